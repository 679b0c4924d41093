"""The order of the test files: what needs the clock last, and of the rest the longest first.

`make test` hands out whole files, in this order, to several processes. A long file that begins
last leaves the others idle until it ends. Tests marked `real_time` speak, listen and wait in real
time; they come when nothing else wants the processors.

    make test ARGS="--junit-xml=build/report.xml"
    .venv/bin/python -m tests.support.order build/report.xml

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
WAITING_FROM_S = 4.5
BUSY_FROM = 0.2
"""A file that spends less of its time on a processor counts as waiting. Low, for in a full run more
files compute at once than there are processors."""
CPU_S = "cpu_s"
"""Property of a test in the report: processor seconds of it and of the children it waited for."""
_written = pytest.StashKey[int]()
_numbers = itertools.count()
SECONDS: dict[str, int] = {
    "tests/stt/test_faults.py": 120,
    "tests/browser/test_resume.py": 100,
    "tests/faults/test_candidates.py": 76,
    "tests/browser/test_interview.py": 71,
    "tests/interview/test_state_space.py": 69,
    "tests/signaling/test_serve.py": 69,
    "tests/stt/remote/test_redis_queue.py": 67,
    "tests/browser/test_report.py": 67,
    "tests/network/test_namespaces.py": 63,
    "tests/tools/test_simulate.py": 62,
    "tests/browser/test_report_sound.py": 61,
    "tests/faults/test_redis.py": 59,
    "tests/rtc/test_playout.py": 58,
    "tests/stt/pool/test_local.py": 57,
    "tests/network/test_chromium.py": 49,
    "tests/browser/test_console.py": 49,
    "tests/faults/test_nodes.py": 48,
    "tests/stt/test_outage.py": 45,
    "tests/network/test_interview_in_bad_weather.py": 44,
    "tests/browser/test_report_real.py": 42,
    "tests/browser/test_gallery.py": 40,
    "tests/tools/test_transcribe.py": 35,
    "tests/tools/test_own_server.py": 34,
    "tests/browser/test_firefox.py": 33,
    "tests/tools/test_bench.py": 31,
    "tests/network/test_blocked_udp.py": 30,
    "tests/tools/test_fairness.py": 30,
    "tests/tts/test_voice.py": 29,
    "tests/tts/test_piper.py": 28,
    "tests/tools/test_doctor.py": 28,
    "tests/front/test_races.py": 28,
    "tests/browser/test_kept.py": 28,
    "tests/audio/test_gate.py": 28,
    "tests/tools/test_stt_worker.py": 27,
    "tests/store/test_redis.py": 27,
    "tests/faults/test_kill.py": 26,
    "tests/browser/test_model_faults.py": 26,
    "tests/faults/test_clock.py": 24,
    "tests/faults/test_drain.py": 23,
    "tests/browser/test_turn.py": 22,
    "tests/browser/test_ops.py": 22,
    "tests/faults/test_kill_evaluation.py": 21,
    "tests/llm/test_faults.py": 21,
    "tests/tts/test_voice_lost.py": 21,
    "tests/browser/test_endings.py": 21,
    "tests/rtc/test_budget.py": 21,
    "tests/report/test_audio_urls.py": 21,
    "tests/browser/test_docs_page.py": 21,
    "tests/browser/test_languages.py": 20,
    "tests/tts/test_hibari.py": 20,
    "tests/live/test_object_storage.py": 20,
    "tests/browser/test_rehearsal.py": 20,
    "tests/stt/engines/test_whisper_real.py": 20,
    "tests/browser/test_console_care.py": 20,
    "tests/faults/test_stream.py": 19,
    "tests/store/blobs/test_uploads.py": 19,
    "tests/faults/test_watchdog.py": 19,
    "tests/live/test_replies.py": 19,
    "tests/tts/test_ahead.py": 18,
    "tests/tools/test_mcp.py": 18,
    "tests/store/test_spool.py": 18,
    "tests/audio/test_echo.py": 18,
    "tests/faults/test_simulated_return.py": 17,
    "tests/faults/test_workers.py": 17,
    "tests/stt/engines/test_faster_whisper.py": 17,
    "tests/tools/test_machines.py": 17,
    "tests/docs/test_examples.py": 17,
    "tests/browser/test_watched.py": 17,
    "tests/browser/test_promises.py": 17,
    "tests/faults/test_soak.py": 17,
    "tests/test_supervisor.py": 16,
    "tests/tts/test_kokoro.py": 16,
    "tests/signaling/test_stopping.py": 15,
    "tests/browser/test_sdk.py": 15,
}
"""About what each file took in `make test` on two cores; others took less than LISTED_FROM_S."""


WAITING = frozenset(
    {
        "tests/deploy/test_redis_users.py",
        "tests/dialects/test_second_dialect.py",
        "tests/faults/test_soak.py",
        "tests/front/test_routing.py",
        "tests/live/test_text_call.py",
        "tests/rtc/test_adversary.py",
        "tests/rtc/test_channel_abuse.py",
        "tests/rtc/test_channel_life.py",
        "tests/rtc/test_feedback.py",
        "tests/rtc/test_full_ice.py",
        "tests/rtc/test_moving.py",
        "tests/rtc/test_playout.py",
        "tests/rtc/test_supervision.py",
        "tests/rtc/test_transport.py",
        "tests/signaling/test_serve.py",
        "tests/signaling/test_stopping.py",
        "tests/store/blobs/test_uploads.py",
        "tests/store/test_recordings.py",
        "tests/store/test_redis.py",
        "tests/stt/engines/test_openai_compatible.py",
        "tests/stt/pool/test_local.py",
        "tests/stt/remote/test_redis_interims.py",
        "tests/stt/remote/test_redis_queue.py",
        "tests/stt/shared/test_shared.py",
        "tests/stt/test_faults.py",
        "tests/stt/test_outage.py",
        "tests/support/test_helpers.py",
        "tests/test_supervisor.py",
        "tests/test_supervisor_away.py",
        "tests/tools/test_machines.py",
        "tests/tools/test_models.py",
        "tests/tts/test_piper.py",
        "tests/tts/test_voice_lost.py",
        "tests/webhooks/test_kill.py",
    }
)
"""Files that take WAITING_FROM_S or longer and mostly wait, of tests that need no real time."""


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
    """The tables SECONDS and WAITING, made from a report of pytest (`--junit-xml`)."""
    took_s: Counter[str] = Counter()
    measured_s: Counter[str] = Counter()
    busy_s: Counter[str] = Counter()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  # pytest's own report
        path = file_of(case.attrib["classname"])
        took_s[path] += float(case.attrib["time"])  # type: ignore[assignment]
        for found in case.iterfind(f"properties/property[@name='{CPU_S}']"):
            measured_s[path] += float(case.attrib["time"])  # type: ignore[assignment]
            busy_s[path] += float(found.attrib["value"])  # type: ignore[assignment]
    listed = [(path, round(s)) for path, s in took_s.most_common() if s >= LISTED_FROM_S]
    waiting = sorted(
        path
        for path, busy in busy_s.items()
        if measured_s[path] >= WAITING_FROM_S and busy < BUSY_FROM * measured_s[path]
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
