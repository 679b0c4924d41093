"""`media-server bench`: the ramp ends near what a machine carries, and the verdict names why."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server import tracing
from media_server import workers as workers_of
from media_server.config import load_config
from media_server.process_tree import descendants
from media_server.stt.speed import LOAD, candidates
from media_server.terminal import Paint
from media_server.tools import bench, bench_probe, bench_ramp, bench_run
from media_server.tools.bench_ramp import Machine, Window, faults, next_step, reach, verdict
from media_server.tools.bench_report import progress, summary
from media_server.tools.own_server import OwnServer
from tests.support import recogniser
from tests.support.env import free_port

GB = 1 << 30
MACHINE = Machine(cores=8, memory_bytes=16 * GB, recognisers=4, idle_rss_bytes=GB)


def talk(count: int, **changes: float | str) -> Window:
    """What a machine with room measures: each candidate costs the same."""
    made = Window(
        talking=count, seconds=12.0, loop_cores=0.005 * count, media_cores=0.006 * count,
        recogniser_cores=0.25 * count, voice_cores=0.0, load_cores=0.003 * count,
        finals_busy=0.2 * count, finals_wait_p95_s=0.1, loop_lag_p99_s=0.004, frames=600 * count,
        frames_lost=0, load_late=0, rss_bytes=GB + count * 1_000_000,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def climb(machine: Machine, carries: int, cost: float, seconds: float = 10_000.0) -> list[Window]:
    """The whole ramp on a machine whose loop comes late beyond `carries` candidates."""
    windows: list[Window] = []
    while (step := next_step(windows, machine, seconds)) is not None:
        seconds -= bench_ramp.STEP_S
        lag_s = 0.004 if step <= carries else 0.1
        windows.append(talk(step, loop_lag_p99_s=lag_s, loop_cores=cost * step, finals_busy=0.0))
        assert len(windows) < 60
    return windows


@given(carries=st.integers(0, 1500), guess=st.floats(0.2, 5.0))
def test_the_ramp_ends_near_what_is_carried(carries: int, guess: float) -> None:
    """However wrong the costs of a step make its guess."""
    cost = bench_ramp.LOOP_SHARE / max(1, carries) * guess
    machine = dataclasses.replace(MACHINE, cores=10_000)
    windows = climb(machine, carries, cost)
    steps = [window.talking for window in windows]
    assert len(set(steps)) == len(steps)
    assert steps[0] == bench_ramp.FIRST
    found = verdict(windows, machine)
    assert found.measured <= carries
    assert found.measured >= carries * 5 // 6 - 1
    assert not found.at_least
    assert found.limit == "media"


@given(carries=st.integers(2, 300), seconds=st.floats(0, 500))
def test_the_ramp_keeps_to_its_time(carries: int, seconds: float) -> None:
    machine = dataclasses.replace(MACHINE, cores=10_000)
    windows = climb(machine, carries, 0.8 / carries, seconds)
    assert (len(windows) - 1) * bench_ramp.STEP_S <= seconds


@given(cost=st.floats(0.01, 0.69))
def test_it_says_of_the_recogniser_what_the_doctor_says(cost: float) -> None:
    """One worker, finals alone: the same figure from the same cost."""
    machine = Machine(cores=64, memory_bytes=16 * GB, recognisers=1, idle_rss_bytes=GB)
    said = reach(talk(1, finals_busy=cost), machine)["recogniser"]
    assert said == max(1, candidates(cost))
    too_many = talk(said + 1, finals_busy=cost * (said + 1))
    assert faults(too_many, machine)[0][0] == "recogniser"


@pytest.mark.parametrize(
    ("changes", "limit", "advice"),
    [
        ({"finals_busy": 4 * LOAD + 0.1}, "recogniser", "MEDIA_SERVER_STT_WORKERS"),
        ({"finals_wait_p95_s": 2.5, "recogniser_cores": 6.6}, "recogniser", "stt-worker"),
        ({"loop_lag_p99_s": 0.05}, "media", "--workers 2"),
        ({"frames_lost": 100}, "media", "--workers 2"),
        ({"loop_lag_p99_s": 0.05, "recogniser_cores": 6.0, "other_cores": 1.1}, "media", "Add co"),
        ({"finals_wait_p95_s": 2.5, "recogniser_cores": 7.5}, "processor", "recogniser takes"),
        ({"loop_lag_p99_s": 0.05, "media_cores": 7.5}, "processor", "media takes"),
        ({"loop_lag_p99_s": 0.05, "other_cores": 4.0}, "others", "nothing else to do"),
        ({"load_late": 3}, "load", "more cores"),
    ],
)
def test_what_gave_way_is_named(changes: dict[str, float], limit: str, advice: str) -> None:
    found = verdict([talk(4), talk(8, **changes)], MACHINE)
    assert (found.measured, found.limit) == (4, limit)
    assert advice in found.advice
    assert found.advice.count(". ") == 0, "one sentence"


def test_several_workers_have_as_many_event_loops() -> None:
    three = dataclasses.replace(MACHINE, workers=3)
    step = talk(6, finals_busy=0.0, loop_cores=1.2, loop_lag_p99_s=0.1)
    assert reach(step, three)["media"] == 3 * reach(step, MACHINE)["media"] == 12
    found = verdict([talk(3), step], three)
    assert found.why == "an event loop comes 100 ms late"
    assert "Add cores" in found.advice, "one core is left: for the front, voices and the store"
    roomy = dataclasses.replace(three, cores=16)
    assert "--workers 4" in verdict([talk(3), step], roomy).advice
    assert "40%" in progress(step, (), three, Paint(False)), "of each of them"
    windows = [talk(3), step]
    told = " ".join(
        summary(load_config({}), three, windows, verdict(windows, three), 9.0, Paint(False))
    )
    assert "the event loops of 3 workers" in told


def test_two_cores_have_none_for_another_recogniser() -> None:
    machine = Machine(cores=2, memory_bytes=16 * GB, recognisers=1, idle_rss_bytes=GB)
    found = verdict([talk(2), talk(4, finals_busy=0.8, recogniser_cores=0.5)], machine)
    assert found.limit == "recogniser"
    assert "smaller model" in found.advice


def test_the_load_is_subtracted_where_it_took_what_was_missing() -> None:
    full = talk(12, loop_lag_p99_s=0.1, media_cores=7.9)
    found = verdict([talk(10, load_cores=1.28, finals_busy=0.1), full], MACHINE)
    assert (found.measured, found.carries) == (10, 15)


def test_a_refusal_is_a_limit_in_the_words_of_the_server() -> None:
    found = verdict([talk(4), talk(5, refused="503 no room")], MACHINE)
    assert "503 no room" in found.why
    assert not found.at_least


def test_nothing_gave_way_in_the_time_there_was() -> None:
    found = verdict([talk(2), talk(6)], MACHINE)
    assert (found.carries, found.at_least, found.limit) == (6, True, "recogniser")
    assert "--seconds" in found.advice


def test_a_step_that_failed_below_one_that_did_not_was_chance() -> None:
    windows = [talk(4, loop_lag_p99_s=0.1), talk(2), talk(3), talk(6)]
    assert verdict(windows, MACHINE).measured == 6


def test_a_quantile_is_of_what_was_added() -> None:
    before = {'media_server_x_bucket{kind="a",le="0.1"}': 90.0,
              'media_server_x_bucket{kind="a",le="+Inf"}': 90.0}  # fmt: skip
    after = {'media_server_x_bucket{kind="a",le="0.1"}': 91.0,
             'media_server_x_bucket{kind="a",le="+Inf"}': 100.0}  # fmt: skip
    assert bench_probe.quantile_s(before, after, "x", 0.95, 'kind="a",') == float("inf")
    assert bench_probe.quantile_s(before, after, "x", 0.1, 'kind="a",') == 0.1
    assert bench_probe.quantile_s(after, after, "x", 0.95, 'kind="a",') == 0.0


FRONT = """
media_server_x_total{worker="1"} 3.0
media_server_x_total{worker="2"} 4.0
media_server_x_total{worker="front"} 100.0
media_server_y{kind="final",worker="2"} 5.0
media_server_stt_oldest_final_seconds{worker="1"} 0.6
media_server_stt_oldest_final_seconds{worker="2"} 0.7
media_server_loop_lag_seconds_bucket{le="0.01",worker="1"} 99.0
media_server_loop_lag_seconds_bucket{le="+Inf",worker="1"} 100.0
media_server_loop_lag_seconds_bucket{le="0.01",worker="2"} 50.0
media_server_loop_lag_seconds_bucket{le="0.04",worker="2"} 100.0
media_server_loop_lag_seconds_bucket{le="+Inf",worker="2"} 100.0
"""


def test_figures_of_several_workers_are_added_but_for_lateness_and_ages() -> None:
    found = bench_probe.by_worker(bench_probe.parse_metrics(FRONT))
    assert sorted(found) == ["1", "2"]
    both = bench_probe.together(found.values())
    assert both["media_server_x_total"] == 7.0
    assert both['media_server_y{kind="final"}'] == 5.0
    cpu_s: dict[bench_ramp.Part, float] = dict.fromkeys(("media", "recogniser", "voice"), 0.0)
    before = bench_probe.Reading(0.0, cpu_s, 0.0, 0, {})
    after = bench_probe.Reading(10.0, cpu_s, 0.0, 0, both, found)
    window = bench_probe.window(before, after, talking=2)
    assert window.loop_lag_p99_s == 0.04
    assert window.finals_wait_p95_s == 0.7, "both tell of the recognisers that they share"
    assert bench_probe.by_worker({'media_server_y{kind="final"}': 5.0}) == {}, "of one worker"


def test_a_worker_that_answers_no_more_is_not_left_out() -> None:
    """The front gives the figures of those that answer in time: an overload hides itself."""
    cpu_s: dict[bench_ramp.Part, float] = dict.fromkeys(("media", "recogniser", "voice"), 0.0)

    def reading(at_s: float, lost: dict[str, float]) -> bench_probe.Reading:
        of_each = {n: {"media_server_media_packets_lost_total": lost[n]} for n in lost}
        both = bench_probe.together(of_each.values())
        return bench_probe.Reading(at_s, cpu_s, 0.0, 0, both, of_each)

    window = bench_probe.window(
        reading(0.0, {"1": 5.0, "2": 900.0}), reading(10.0, {"1": 8.0}), talking=2
    )
    assert window.frames_lost == 3
    several = dataclasses.replace(MACHINE, workers=2)
    late = talk(2, loop_lag_p99_s=window.loop_lag_p99_s)
    assert faults(late, several) == (("media", "an event loop comes more than 1 s late"),)


async def test_a_server_that_is_gone_before_the_first_step_is_named() -> None:
    gone = bench_run.Bench(OwnServer(f"http://127.0.0.1:{free_port()}", 0), {})
    async with aiohttp.ClientSession() as gone._http:
        with pytest.raises(bench_run.BenchFailed, match="media-server doctor"):
            await gone.idle(MACHINE)


def test_it_starts_the_workers_that_serve_would_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_of, "cores", lambda: 8)
    two = {"MEDIA_SERVER_STT_WORKERS": "2", "MEDIA_SERVER_STT_THREADS": "1"}
    assert workers_of.starting(load_config(two)) == 5
    assert workers_of.starting(load_config(two), without_recognisers=True) == 7
    assert workers_of.starting(load_config(two | {"MEDIA_SERVER_WORKERS": "3"})) == 3
    assert workers_of.starting(load_config(two | {"MEDIA_SERVER_SUPERVISE": "off"})) == 1
    assert workers_of.starting(load_config(two | {"MEDIA_SERVER_RTC_PORT": "5000"})) == 1


def test_its_server_shares_nothing_with_the_operators(tmp_path: Path) -> None:
    config = load_config({
        "DATA_DIR": str(tmp_path / "theirs"),
        "MEDIA_SERVER_STORE_URL": "redis://elsewhere:6379/0",
        "MEDIA_SERVER_WEBHOOK_URL": "https://example.org/hook",
        "MEDIA_SERVER_WEBHOOK_SECRETS": "whsec_" + "A" * 32,
        "MEDIA_SERVER_STT_WORKERS": "3",
        "MEDIA_SERVER_TTS_SPEED": "1.25",
    })  # fmt: skip
    theirs = {
        "MEDIA_SERVER_STORE_URL": "redis://elsewhere:6379/0",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector.example.org",
        "PORT": "80",
        "PATH": "/bin",
    }
    made = bench.environment(config, tmp_path / "own", theirs, media_only=False)
    ours = load_config(made)
    assert (ours.stt.workers, ours.tts.speed) == (3, 1.25)
    assert ours.stt.engine == config.stt.engine
    assert ours.store.data_dir == tmp_path / "own" / "data"
    assert not ours.store.uses_redis
    assert not ours.webhooks.url
    assert made["PATH"] == "/bin"
    assert not tracing.wanted(made), "spans of nobody's turns"


def test_lines_and_verdict_can_be_read(tmp_path: Path) -> None:
    config = load_config({"DATA_DIR": str(tmp_path)})
    windows = [talk(2), talk(12, finals_wait_p95_s=float("inf"), loop_lag_p99_s=float("inf"))]
    lines = [progress(w, faults(w, MACHINE), MACHINE, Paint(False)) for w in windows]
    assert lines[0].endswith("ok")
    assert "> 30 s" in lines[1]
    assert "> 1 s" in lines[1]
    told = list(summary(config, MACHINE, windows, verdict(windows, MACHINE), 900.0, Paint(False)))
    assert told[1] == "This machine carries about 2 talking candidates at the same time."
    assert max(map(len, told)) <= 100


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_leaves_nothing_when_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    """While its server starts, which is the soonest that there is something to leave."""
    kept = {name: value for name, value in os.environ.items() if "MEDIA_SERVER_" not in name}
    environ = {
        **kept,
        "DATA_DIR": str(tmp_path / "theirs"),
        "TMPDIR": str(tmp_path),
        "MEDIA_SERVER_STT_ENGINE": recogniser.NAME,
        "MEDIA_SERVER_TTS_ENGINE": "off",
    }
    command = [sys.executable, "-m", "media_server", "bench"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        end_s = time.monotonic() + 60
        # To find a library takes a program, too: its directory is there before its server.
        while not (list(tmp_path.glob("media-server-bench-*")) and descendants(process.pid)):
            assert time.monotonic() < end_s
            time.sleep(0.02)
        started = descendants(process.pid)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert not list(tmp_path.iterdir())
    assert not [one for one in started if Path(f"/proc/{one.pid}").exists()]


@pytest.fixture
def short_path() -> Iterator[Path]:
    """Sockets of workers are in TMPDIR, and their paths may have 107 characters (unix(7))."""
    with tempfile.TemporaryDirectory(dir="/tmp") as path:
        yield Path(path)


@pytest.mark.parametrize("workers", [1, 2])
def test_it_measures_here_and_leaves_nothing(
    workers: int,
    short_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One step with two candidates, with parts that cost little."""
    for name in [name for name in os.environ if name.startswith("MEDIA_SERVER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(short_path / "theirs"))
    monkeypatch.setenv("TMPDIR", str(short_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("MEDIA_SERVER_STT_ENGINE", recogniser.NAME)
    monkeypatch.setenv("MEDIA_SERVER_TTS_ENGINE", "off")
    monkeypatch.setattr(bench_run, "WINDOW_S", 4.0)
    monkeypatch.setattr(bench_ramp, "STEP_S", 1_000.0)
    others = set(descendants(os.getpid()))
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    code = bench.run(parser.parse_args(["--json", "--workers", str(workers)]))
    told = capsys.readouterr()
    assert code == 0, told.err
    found = json.loads(told.out)
    assert found["machine"]["workers"] == workers
    (step,) = found["steps"]
    assert step["talking"] == 2
    assert step["refused"] == ""
    assert step["frames"] > 0
    assert step["loop_cores"] > step["media_cores"] / 4, "of the workers, not of their parent"
    assert found["disk"]["bytes_per_candidate_s"] > 0
    assert found["limit"] in bench_ramp.Part.__args__  # type: ignore[attr-defined]
    assert not list(short_path.iterdir())
    assert not set(descendants(os.getpid())) - others
