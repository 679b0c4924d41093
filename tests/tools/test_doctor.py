"""The doctor names what is wrong here and how to fix it, and says so with its exit code."""

from __future__ import annotations

import json
import re
import shutil
import socket
from pathlib import Path

import pytest

from media_server.config import Config, load_config
from media_server.rtc import udp
from media_server.stt.engines.measuring import Measured, measure
from media_server.stt.settings import SttSettings
from media_server.stt.speed import remembered
from media_server.tools import doctor
from media_server.tools.doctor import examine, run_doctor
from media_server.tools.doctor_report import Finding
from media_server.tools.doctor_speed import recogniser_speed, said
from tests.support.env import free_port
from tests.support.redis_server import RedisServer


def config(tmp_path: Path, **variables: str) -> Config:
    return load_config({"DATA_DIR": str(tmp_path), "PORT": str(free_port()), **variables})


def by_area(found: Config) -> dict[str, Finding]:
    return {finding.area: finding for finding in examine(found)}


def test_a_plain_machine_is_usable_and_the_stand_in_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_doctor(config(tmp_path), True) == 0
    findings = json.loads(capsys.readouterr().out)
    recogniser = next(f for f in findings if f["area"] == "recogniser")
    assert recogniser["level"] == "warn"
    assert "not fit to assess" in recogniser["what"]
    assert "libopus" in next(f["what"] for f in findings if f["area"] == "opus")


def test_incomplete_model_fails_and_names_the_files(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.bin").write_bytes(b"x")
    found = by_area(
        config(
            tmp_path,
            MEDIA_SERVER_STT_ENGINE="faster-whisper",
            MEDIA_SERVER_STT_MODEL_DIR=str(model),
        )
    )
    assert found["recogniser"].level == "fail"
    assert "tokenizer.json" in found["recogniser"].what


def test_ports_in_use_are_told(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        found = by_area(
            config(
                tmp_path,
                PORT=str(tcp.getsockname()[1]),
                MEDIA_SERVER_RTC_PORT=str(udp.getsockname()[1]),
                MEDIA_SERVER_RTC_BIND_ADDRESSES="127.0.0.1",
            )
        )
    assert found["http"].level == "warn"
    assert "PORT=" in found["http"].mend
    assert found["media"].level == "fail"


def test_a_small_buffer_is_told_with_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp, "BUFFER_BYTES", 1 << 30)
    monkeypatch.setattr(udp, "_RECEIVE_BUFFER_FORCE", None)  # as for anybody but root
    finding = by_area(config(tmp_path))["buffer"]
    assert finding.level == "warn"
    assert "net.core.rmem_max=1073741824" in finding.mend
    monkeypatch.setattr(udp, "BUFFER_BYTES", 4096)
    assert "buffer" not in by_area(config(tmp_path))


def test_an_insecure_origin_has_no_microphone(tmp_path: Path) -> None:
    found = by_area(config(tmp_path, MEDIA_SERVER_PUBLIC_URL="http://interviews.example.org"))
    assert found["browser"].level == "fail"
    assert "HTTPS" in found["browser"].mend


def test_a_dead_store_and_a_dead_model_server(tmp_path: Path) -> None:
    found = by_area(
        config(
            tmp_path,
            MEDIA_SERVER_STORE_URL=f"redis://127.0.0.1:{free_port()}/0",
            MEDIA_SERVER_OLLAMA_URL=f"http://127.0.0.1:{free_port()}",
        )
    )
    assert found["store"].level == "fail"
    assert found["language model"].level != "ok"


@pytest.mark.redis
def test_the_redis_of_the_recognisers(tmp_path: Path, redis_server: RedisServer) -> None:
    def queue_of(url: str) -> Finding:
        (found,) = doctor._queue(config(tmp_path, MEDIA_SERVER_STT_REDIS_URL=url))
        return found

    place = f"127.0.0.1:{redis_server.port}"
    assert list(doctor._queue(config(tmp_path))) == []
    assert queue_of(redis_server.url) == Finding("stt queue", "ok", f"Redis at {place} answers")
    redis_server.command("CONFIG", "SET", "requirepass", "right-canary")
    refused = queue_of(redis_server.url)
    assert refused.level == "fail"
    assert f"Redis at {place} wants a password: put it into stt redis_url" in refused.what
    away = queue_of(f"redis://127.0.0.1:{free_port()}/0")
    assert (away.level, "cannot be reached" in away.what) == ("fail", True)


def media(tmp_path: Path, **variables: str) -> list[Finding]:
    wanted = config(tmp_path, MEDIA_SERVER_RTC_BIND_ADDRESSES="127.0.0.1", **variables)
    return [f for f in examine(wanted) if f.area in {"media", "address", "ice"}]


def test_a_public_address_of_a_family_that_is_not_bound_fails(tmp_path: Path) -> None:
    found = media(tmp_path, MEDIA_SERVER_PUBLIC_IP="203.0.113.7,2a00:1450:4001::7")
    failing = [f for f in found if f.level == "fail"]
    assert [f.area for f in failing] == ["address"]
    assert "2a00:1450:4001::7" in failing[0].what
    assert "IPv6" in failing[0].what


def test_one_to_one_nat_is_named(tmp_path: Path) -> None:
    found = media(tmp_path, MEDIA_SERVER_PUBLIC_IP="93.184.216.34", MEDIA_SERVER_RTC_PORT="0")
    (address,) = [f for f in found if f.area == "address"]
    assert address.level == "ok"
    assert "1:1 NAT: 93.184.216.34" in address.what


def test_the_full_transport_and_its_servers(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        found = media(
            tmp_path,
            MEDIA_SERVER_RTC_TRANSPORT="full",
            MEDIA_SERVER_RTC_TURN_URL=f"turn:127.0.0.1:{silent.getsockname()[1]}",
            MEDIA_SERVER_RTC_TURN_USERNAME="user",
            MEDIA_SERVER_RTC_TURN_CREDENTIAL="canary-secret",
        )
    assert [f.level for f in found if f.area == "ice"] == ["fail"]
    assert "MEDIA_SERVER_RTC_TURN_URL" in next(f.mend for f in found if f.area == "ice")
    assert "canary-secret" not in str(found)
    assert next(f for f in found if f.area == "media").level == "warn"


MODEL = Path(__file__).parents[1] / "fixtures" / "tiny-whisper"


def test_what_the_recogniser_costs_here_is_measured(tmp_path: Path) -> None:
    """The tiny model says nothing sensible, and is loaded and timed like a real one."""
    named = {"MEDIA_SERVER_STT_MODEL_DIR": str(shutil.copytree(MODEL, tmp_path / "model"))}
    quick = config(tmp_path, **named, MEDIA_SERVER_STT_SLOW_CPU_S="100")
    (found,) = recogniser_speed(quick)
    assert found.level == "ok"
    assert re.search(r"Whisper model.*: \d+\.\d\d s of CPU per second of speech", found.what)
    assert remembered(quick.stt) is not None

    slow = config(tmp_path, **named, MEDIA_SERVER_STT_SLOW_CPU_S="0.001")
    (found,) = recogniser_speed(slow)
    assert found.level == "warn"
    assert "too slow for this machine" in found.what
    assert "`media-server models pull tiny.en`" in found.mend

    named["MEDIA_SERVER_STT_SLOW_MODEL_DIR"] = str(shutil.copytree(MODEL, tmp_path / "small"))
    both = config(tmp_path, **named, MEDIA_SERVER_STT_SLOW_CPU_S="0.001")
    assert [finding.level for finding in recogniser_speed(both)] == ["warn", "ok"]


def test_where_no_model_is_used_nothing_is_measured(tmp_path: Path) -> None:
    assert list(recogniser_speed(config(tmp_path))) == []


def test_a_measurement_that_takes_too_long_is_ended() -> None:
    found = measure(SttSettings(), str(MODEL), limit_s=0.01)
    assert found.cpu_per_s is None
    assert "longer than" in found.problem


def test_what_the_figure_means() -> None:
    told = said(Measured("base", 0.08), "int8")
    assert told.startswith("Whisper base (int8): 0.08 s of CPU per second of speech")
    assert "one core carries about 8 talking candidates" in told
    assert "carries one talking candidate" in said(Measured("base", 0.5), "auto")
    assert "no talking candidate without delay" in said(Measured("base", 0.9), "default")
