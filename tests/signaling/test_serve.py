"""`media-server serve` and `media-server interview` as real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from media_server.config import Config
from media_server.serve import CannotServe, bind, check_data_dir, person_url, reachable_urls
from tests.support.env import free_port
from tests.support.forked import FORKER
from tests.support.waiting import PATIENCE_S

COMMAND = [sys.executable, "-c", "import sys; from media_server.cli import main; sys.exit(main())"]
START_S = 90.0
"""Only what hangs takes longer, however busy the machine is."""


def _environment(data_dir: Path, **more: str) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith("MEDIA_SERVER_")}
    ours = {"DATA_DIR": str(data_dir), "PORT": "0", "PYTHONUNBUFFERED": "1"}
    return {**kept, **ours, "MEDIA_SERVER_ADMIT_BY_LOAD": "off", **more}


@contextmanager
def _serving(
    data_dir: Path, command: Sequence[str] = (*COMMAND, "serve"), **more: str
) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """(process, URL of its "ready" line, the lines before it); stopped at the end."""
    process = subprocess.Popen(
        command,
        env=_environment(data_dir, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("ready "):
                break
        assert lines, "the server ended without a word"
        assert lines[-1].startswith("ready "), lines
        yield process, lines[-1].removeprefix("ready "), lines
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def _get(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:  # noqa: S310
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _cli(url: str, data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # PYTHONUNBUFFERED is for who reads while the server runs, unless all have it.
    environment = {n: v for n, v in _environment(data_dir).items() if n != "PYTHONUNBUFFERED"}
    if (unbuffered := os.environ.get("PYTHONUNBUFFERED")) is not None:
        environment["PYTHONUNBUFFERED"] = unbuffered
    return FORKER.run(["interview", "--url", url, *arguments], environment, timeout_s=START_S)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = FORKER.run(arguments, os.environ, timeout_s=START_S)
    done.check_returncode()
    return done


@pytest.mark.timeout(600)
def test_from_ready_through_the_command_line_to_a_clean_end(tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({"questions": [{"id": "q1", "text": "Who are you?"}]}))
    bad = tmp_path / "bad.json"
    bad.write_text('{"questions": [{"id": "q1"}]}')
    data_dir = tmp_path / "data"
    with _serving(data_dir) as (process, url, lines):
        key = (data_dir / "secrets" / "api-key").read_text().strip()
        assert any("secrets/api-key" in line for line in lines)
        assert not any(key in line for line in lines), "the file is named, the key is not shown"
        assert _get(url + "/readyz")[0] == 200

        created = _cli(url, data_dir, "create", str(spec))
        assert created.returncode == 0, created.stderr
        interview_id, join_url = created.stdout.split()
        assert join_url.startswith(url + "/j/" + interview_id)
        assert interview_id in _cli(url, data_dir, "list").stdout
        assert json.loads(_cli(url, data_dir, "show", interview_id).stdout)["status"] == "created"
        assert json.loads(_cli(url, data_dir, "result", interview_id).stdout)["partial"] is True
        cancelled = _cli(url, data_dir, "cancel", interview_id)
        assert json.loads(cancelled.stdout)["status"] == "cancelled"
        exported = tmp_path / "log.ndjson"
        assert _cli(url, data_dir, "export", interview_id, "-o", str(exported)).returncode == 0
        assert exported.stat().st_mode & 0o777 == 0o600
        assert _cli(url, data_dir, "export", interview_id).stdout == exported.read_text()
        again = _cli(url, data_dir, "export", interview_id, "-o", str(exported))
        assert (again.returncode, "File exists" in again.stderr) == (1, True)
        story = _run("replay", str(exported)).stdout
        assert f"interview {interview_id}, created 20" in story
        assert "→ cancelled" in story
        assert json.loads(_run("replay", str(exported), "--result").stdout)["status"] == "cancelled"
        refused = _cli(url, data_dir, "erase", interview_id)
        assert refused.returncode == 1
        assert "--yes" in refused.stderr
        assert _cli(url, data_dir, "erase", interview_id, "--yes").returncode == 0
        unknown = _cli(url, data_dir, "show", interview_id)
        assert (unknown.returncode, "No such interview" in unknown.stderr) == (1, True)
        faults = _cli(url, data_dir, "create", str(bad))
        assert "#/questions/0/text: required field" in faults.stderr
        assert "no API key" in _cli(url, tmp_path / "elsewhere", "list").stderr

        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    nobody = _cli(url, data_dir, "list")
    assert (nobody.returncode, "Is the server running?" in nobody.stderr) == (1, True)


_BUSY = """
import asyncio, contextlib
from media_server import stopping
from media_server.config import load_config
from media_server.serve import Server
from tests.signaling.memory_service import MemoryService

stopping.LET_GO_S = stopping.GONE_S = stopping.NOW_S = 90  # nothing hangs here

@contextlib.asynccontextmanager
async def busy(config):
    service = MemoryService()
    service.calls["c"] = ("iv_1", "etag1")
    yield service
    print("closed", flush=True)

raise SystemExit(asyncio.run(Server(load_config(), open_service=busy).run()))
"""


@pytest.mark.parametrize(("drain_s", "signals"), [("12", 1), ("600", 2)])
def test_a_call_is_waited_for_until_the_deadline_or_the_second_signal(
    tmp_path: Path, drain_s: str, signals: int
) -> None:
    command = [sys.executable, "-c", _BUSY]
    with _serving(tmp_path, command, MEDIA_SERVER_DRAIN_S=drain_s) as (process, url, _):
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("stopping: 1 in a call")
        status, ready = _get(url + "/readyz")
        assert (status, ready["ready"]) == (503, False)
        assert "draining" in ready["reasons"][0]
        assert _get(url + "/healthz")[0] == 200, "calls that are open still have a server"
        for _ in range(signals - 1):
            process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
        assert "closed" in process.stdout.read(), "leases are given back either way"


def test_a_taken_port_names_itself_and_the_mend(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        began_s = time.monotonic()
        done = subprocess.run(
            [*COMMAND, "serve"],
            env=_environment(tmp_path, PORT=str(port)),
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert f"PORT={port + 1}" in done.stderr or "PORT=8081" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began_s < START_S


def test_a_taken_media_port_names_itself_and_the_mend(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "serve"],
            env=_environment(
                tmp_path,
                PORT=str(free_port()),
                MEDIA_SERVER_RTC_BIND_ADDRESSES="127.0.0.1",
                MEDIA_SERVER_RTC_PORT=str(port),
            ),
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
    assert done.returncode == 1
    assert f"UDP port {port} is taken by another program" in done.stderr
    assert "MEDIA_SERVER_RTC_PORT=" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_addresses_that_cannot_be_listened_on() -> None:
    with pytest.raises(CannotServe, match=r"192\.0\.2\.1"):
        bind("192.0.2.1", 0)
    with pytest.raises(CannotServe, match="not an address of this machine"):
        bind("no such host", 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:8080"),
        ("127.0.0.2", "http://127.0.0.2:8080"),
        ("0.0.0.0", "http://localhost:8080"),
        ("::", "http://localhost:8080"),
        ("::1", "http://[::1]:8080"),
        ("192.0.2.5", "http://192.0.2.5:8080"),
    ],
)
def test_ready_names_an_address_that_works(host: str, url: str) -> None:
    class Listening:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def getsockname(self) -> tuple[str, int]:
            return host, 8080

        def getsockopt(self, level: int, option: int) -> int:
            assert (level, option) == (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            return 0

    assert person_url(Config(), cast("socket.socket", Listening())) == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::"])
def test_and_it_does_work(host: str) -> None:
    with bind(host, 0) as listening:
        url = urlsplit(person_url(Config(), listening))
        with socket.create_connection((url.hostname, url.port), timeout=20):
            pass
        for other in map(urlsplit, reachable_urls(listening)):
            with socket.create_connection((other.hostname, other.port), timeout=20):
                pass


def test_a_data_dir_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(CannotServe, match=r"DATA_DIR .* cannot be written"):
        check_data_dir(file / "data")
    check_data_dir(tmp_path / "new" / "deep")
    assert list((tmp_path / "new" / "deep").iterdir()) == []


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CannotServe, match=r"disk of DATA_DIR .* is full"):
        check_data_dir(tmp_path)


def test_the_command_explains_itself() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=START_S, check=False)
    assert done.returncode == 2
    for word in ("serve", "simulate", "interview", "config", "exit codes"):
        assert word in done.stdout
