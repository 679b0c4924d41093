"""The order of the test files: what needs the clock last, and of the rest the longest first.

`make test` hands out whole files, in this order, to several processes. A long file that begins
last leaves the others idle until it ends. Tests marked `real_time` speak, listen and wait in real
time; they come when nothing else wants the processors.

    make test ARGS="--junit-xml=report.xml"; python -m tests.support.order report.xml

prints the two tables again.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY

LISTED_FROM_S = 15
WAITING_FROM_S = 8
BUSY_FROM = 0.2
"""Of its time on a processor, where more files compute than there are processors: less waits."""
CPU_S = "cpu_s"
"""Property of a test in the report: what it and the processes that it saw the end of took."""
_written = pytest.StashKey[int]()
_numbers = itertools.count()
SECONDS: dict[str, int] = {
    "tests/stt/test_faults.py": 123,
    "tests/browser/test_resume.py": 101,
    "tests/browser/test_report.py": 100,
    "tests/interview/test_state_space.py": 98,
    "tests/browser/test_gallery.py": 95,
    "tests/browser/test_interview.py": 79,
    "tests/browser/test_report_sound.py": 73,
    "tests/faults/test_candidates.py": 70,
    "tests/stt/remote/test_redis_queue.py": 69,
    "tests/browser/test_console.py": 69,
    "tests/network/test_namespaces.py": 65,
    "tests/faults/test_redis.py": 63,
    "tests/tools/test_simulate.py": 60,
    "tests/faults/test_nodes.py": 59,
    "tests/signaling/test_serve.py": 59,
    "tests/tts/test_voice.py": 58,
    "tests/stt/pool/test_local.py": 57,
    "tests/network/test_chromium.py": 54,
    "tests/network/test_interview_in_bad_weather.py": 49,
    "tests/tools/test_bench.py": 46,
    "tests/rtc/test_playout.py": 45,
    "tests/stt/test_outage.py": 44,
    "tests/browser/test_report_real.py": 43,
    "tests/browser/test_docs_page.py": 42,
    "tests/browser/test_kept.py": 39,
    "tests/stt/engines/test_whisper_real.py": 39,
    "tests/front/test_races.py": 36,
    "tests/browser/test_console_care.py": 36,
    "tests/stt/engines/test_faster_whisper.py": 36,
    "tests/store/test_retention.py": 35,
    "tests/tools/test_transcribe.py": 34,
    "tests/tts/test_piper.py": 34,
    "tests/network/test_blocked_udp.py": 33,
    "tests/interview/test_stateful.py": 32,
    "tests/docs/test_examples.py": 32,
    "tests/store/test_redis.py": 32,
    "tests/browser/test_report_links.py": 32,
    "tests/browser/test_firefox.py": 30,
    "tests/store/blobs/test_uploads.py": 30,
    "tests/browser/test_ops.py": 29,
    "tests/live/test_replies.py": 28,
    "tests/llm/test_faults.py": 26,
    "tests/browser/test_model_faults.py": 26,
    "tests/signaling/test_stopping.py": 25,
    "tests/browser/test_turn.py": 25,
    "tests/faults/test_kill.py": 24,
    "tests/tts/test_early.py": 24,
    "tests/audio/test_silence.py": 24,
    "tests/faults/test_clock.py": 23,
    "tests/browser/test_endings.py": 23,
    "tests/browser/test_report_decisions.py": 23,
    "tests/browser/test_rehearsal.py": 22,
    "tests/browser/test_watched.py": 22,
    "tests/report/test_audio_urls.py": 22,
    "tests/faults/test_kill_evaluation.py": 22,
    "tests/docs/test_request_examples.py": 21,
    "tests/tts/test_hibari.py": 21,
    "tests/tools/test_model_sources.py": 21,
    "tests/live/test_damage.py": 20,
    "tests/browser/test_languages.py": 20,
    "tests/faults/test_drain.py": 20,
    "tests/live/test_evaluations.py": 20,
    "tests/live/test_object_storage.py": 19,
    "tests/faults/test_watchdog.py": 19,
    "tests/faults/test_workers.py": 19,
    "tests/rtc/test_channel_abuse.py": 19,
    "tests/interview/test_replies_in_time.py": 19,
    "tests/faults/test_stream.py": 18,
    "tests/store/blobs/test_retention_there.py": 18,
    "tests/faults/test_soak.py": 18,
    "tests/tools/test_machines.py": 18,
    "tests/browser/test_promises.py": 18,
    "tests/faults/test_simulated_return.py": 18,
    "tests/test_supervisor.py": 18,
    "tests/tools/test_own_server.py": 18,
    "tests/signaling/test_admission.py": 18,
    "tests/support/test_forked.py": 17,
    "tests/rtc/test_budget.py": 16,
    "tests/signaling/test_webhooks.py": 16,
    "tests/live/test_interview.py": 15,
    "tests/browser/test_sdk.py": 15,
}
"""About what each file took in `make test` on two cores; others took less than LISTED_FROM_S."""


WAITING = frozenset(
    {
        "tests/deploy/test_redis_users.py",
        "tests/faults/test_soak.py",
        "tests/front/test_routing.py",
        "tests/llm/test_faults.py",
        "tests/rtc/test_adversary.py",
        "tests/rtc/test_channel_abuse.py",
        "tests/rtc/test_channel_life.py",
        "tests/rtc/test_feedback.py",
        "tests/rtc/test_full_ice.py",
        "tests/rtc/test_playout.py",
        "tests/rtc/test_supervision.py",
        "tests/rtc/test_transport.py",
        "tests/signaling/test_admission.py",
        "tests/signaling/test_saturated.py",
        "tests/signaling/test_serve.py",
        "tests/signaling/test_stopping.py",
        "tests/store/blobs/test_retention_there.py",
        "tests/store/blobs/test_uploads.py",
        "tests/store/test_redis.py",
        "tests/store/test_spool.py",
        "tests/stt/pool/test_local.py",
        "tests/stt/remote/test_redis_interims.py",
        "tests/stt/remote/test_redis_queue.py",
        "tests/stt/test_faults.py",
        "tests/stt/test_outage.py",
        "tests/test_supervisor.py",
        "tests/test_supervisor_away.py",
        "tests/tools/test_machines.py",
        "tests/tools/test_stt_worker.py",
        "tests/tts/test_piper.py",
        "tests/webhooks/test_kill.py",
    }
)
"""Files that take long and mostly wait, without needing real time."""


def note_as_written(item: pytest.Item) -> None:
    """Called in the order in which tests stand in their files."""
    item.stash[_written] = next(_numbers)


def in_a_browser(item: pytest.Item) -> bool:
    return "open_browser" in getattr(item, "fixturenames", ())


def arrange(items: list[pytest.Item], root: Path = REPOSITORY) -> None:
    """Sorts in place. Within a file the order stays what pytest has made of it; where some tests
    share a browser it is as written: pytest would run all of those first."""
    real_time = {item.path for item in items if item.get_closest_marker("real_time")}
    with_browser = {item.path for item in items if in_a_browser(item)}

    names = {path: path.relative_to(root).as_posix() for path in {item.path for item in items}}

    def rank(item: pytest.Item) -> tuple[bool, int, str, int]:
        path = names[item.path]
        written = item.stash[_written] if item.path in with_browser else 0
        return item.path in real_time, -SECONDS.get(path, 0), path, written

    items.sort(key=rank)


def collect_from_different_ends(config: pytest.Config) -> None:
    """Each process of `make test` collects all files, and begins with others than the rest.

    What pytest makes of a file (its asserts written anew) is kept for who comes later. In the same
    order each would make all of it at the same time. `arrange` gives all the same order again.
    """
    worker = getattr(config, "workerinput", None)
    tests = REPOSITORY / "tests"
    if worker is None or [Path(config.rootpath, arg) for arg in config.args] != [tests]:
        return
    places = sorted(p for p in tests.iterdir() if p.is_dir() and p.name != "__pycache__")
    places += sorted(tests.glob("test_*.py"))
    number = int(worker["workerid"].removeprefix("gw"))
    first = number * len(places) // worker["workercount"]
    config.args[:] = [str(place) for place in (*places[first:], *places[:first])]


@contextlib.contextmanager
def measured(item: pytest.Item) -> Iterator[None]:
    """For `tables`: how long the test keeps a processor, where a report is asked for. What a
    browser takes is not seen here."""
    reported = item.config.getoption("xmlpath", None) and not in_a_browser(item)
    if not reported or item.get_closest_marker("real_time"):
        yield
        return
    before = _processor_s()
    yield
    item.user_properties.append((CPU_S, f"{_processor_s() - before:.2f}"))


def _processor_s() -> float:
    return sum(os.times()[:4])


def tables(report: Path) -> str:
    """SECONDS and WAITING of a report that pytest has written (`--junit-xml`)."""
    took_s: Counter[str] = Counter()
    busy_s: Counter[str] = Counter()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  # pytest's own report
        path = file_of(case.attrib["classname"])
        took_s[path] += float(case.attrib["time"])  # type: ignore[assignment]
        for found in case.iterfind(f"properties/property[@name='{CPU_S}']"):
            busy_s[path] += float(found.attrib["value"])  # type: ignore[assignment]
    listed = [(path, round(s)) for path, s in took_s.most_common() if s >= LISTED_FROM_S]
    waiting = sorted(
        path
        for path, busy in busy_s.items()
        if took_s[path] >= WAITING_FROM_S and busy < BUSY_FROM * took_s[path]
    )
    return "".join(
        (
            *(f'    "{path}": {seconds},\n' for path, seconds in listed),
            "\n",
            *(f'    "{path}",\n' for path in waiting),
        )
    )


def file_of(classname: str) -> str:
    parts = classname.split(".")
    while len(parts) > 1 and not parts[-1].startswith("test_"):
        parts.pop()  # a class
    return "/".join(parts) + ".py"


def main(arguments: Sequence[str]) -> int:
    print(tables(Path(arguments[0])), end="")  # noqa: T201  # its answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
