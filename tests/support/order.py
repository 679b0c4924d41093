"""The order of the test files: what needs the clock last, and of the rest the longest first.

`make test` hands out whole files, in this order, to several processes. A long file that begins
last leaves the others idle until it ends. Tests marked `real_time` speak, listen and wait in real
time; they come when nothing else wants the processors.

    pytest --junit-xml=report.xml ...; python -m tests.support.order report.xml

prints the table again.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY

LISTED_FROM_S = 8
SECONDS: dict[str, int] = {
    "tests/browser/test_resume.py": 130,
    "tests/stt/test_faults.py": 95,
    "tests/browser/test_interview.py": 95,
    "tests/faults/test_redis.py": 90,
    "tests/faults/test_candidates.py": 83,
    "tests/stt/pool/test_local.py": 82,
    "tests/faults/test_nodes.py": 80,
    "tests/network/test_namespaces.py": 76,
    "tests/tts/test_voice.py": 75,
    "tests/stt/remote/test_redis_queue.py": 73,
    "tests/network/test_interview_in_bad_weather.py": 67,
    "tests/tools/test_transcribe.py": 66,
    "tests/live/test_interview.py": 65,
    "tests/browser/test_kept.py": 62,
    "tests/faults/test_kill.py": 60,
    "tests/browser/test_gallery.py": 60,
    "tests/network/test_chromium.py": 56,
    "tests/tools/test_simulate.py": 55,
    "tests/live/test_retranscription_queue.py": 50,
    "tests/faults/test_drain.py": 46,
    "tests/tts/test_piper.py": 38,
    "tests/faults/test_clock.py": 37,
    "tests/browser/test_promises.py": 34,
    "tests/live/test_two_servers.py": 34,
    "tests/live/test_standstill.py": 33,
    "tests/faults/test_places.py": 31,
    "tests/live/test_journal_bounds.py": 26,
    "tests/interview/test_stateful.py": 25,
    "tests/tools/test_machines.py": 25,
    "tests/stt/test_outage.py": 24,
    "tests/faults/test_watchdog.py": 24,
    "tests/signaling/test_serve.py": 24,
    "tests/test_supervisor.py": 24,
    "tests/stt/engines/test_faster_whisper.py": 24,
    "tests/stt/remote/test_redis_interims.py": 22,
    "tests/store/test_spool.py": 21,
    "tests/live/test_unrecorded.py": 20,
    "tests/live/test_handler_faults.py": 19,
    "tests/store/test_retention.py": 18,
    "tests/rtc/test_budget.py": 17,
    "tests/interview/test_state_space.py": 17,
    "tests/signaling/test_texts.py": 16,
    "tests/stt/engines/test_pocketsphinx.py": 14,
    "tests/live/test_paused.py": 14,
    "tests/live/test_damage.py": 13,
    "tests/rtc/test_supervision.py": 13,
    "tests/rtc/test_chromium.py": 13,
    "tests/store/test_redis.py": 13,
    "tests/rtc/test_feedback.py": 13,
    "tests/live/test_readiness.py": 12,
    "tests/signaling/test_admission.py": 12,
    "tests/rtc/test_channel_abuse.py": 12,
    "tests/live/test_away.py": 12,
    "tests/rtc/test_adversary.py": 11,
    "tests/stt/remote/test_preemption.py": 11,
    "tests/store/test_log_processes.py": 11,
    "tests/live/test_other_device.py": 10,
    "tests/live/test_lease.py": 10,
    "tests/live/test_erase.py": 9,
    "tests/rtc/test_full_ice.py": 9,
    "tests/tools/test_stt_worker.py": 9,
    "tests/rtc/test_transport.py": 9,
    "tests/live/test_slow_reader.py": 9,
    "tests/rtc/test_channel_life.py": 8,
}
"""About what each file took on two idle cores; others took less than LISTED_FROM_S."""


def arrange(items: list[pytest.Item], root: Path = REPOSITORY) -> None:
    """Sorts in place; within a file the order stays as it is written."""
    real_time = {item.path for item in items if item.get_closest_marker("real_time")}

    def rank(item: pytest.Item) -> tuple[bool, int, str]:
        path = item.path.relative_to(root).as_posix()
        return item.path in real_time, -SECONDS.get(path, 0), path

    items.sort(key=rank)


def table(report: Path) -> str:
    """SECONDS of a report that pytest has written (`--junit-xml`)."""
    took_s: Counter[str] = Counter()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  # pytest's own report
        took_s[file_of(case.attrib["classname"])] += float(case.attrib["time"])  # type: ignore[assignment]
    listed = [(path, round(s)) for path, s in took_s.most_common() if s >= LISTED_FROM_S]
    return "".join(f'    "{path}": {seconds},\n' for path, seconds in listed)


def file_of(classname: str) -> str:
    parts = classname.split(".")
    while len(parts) > 1 and not parts[-1].startswith("test_"):
        parts.pop()  # a class
    return "/".join(parts) + ".py"


def main(arguments: Sequence[str]) -> int:
    print(table(Path(arguments[0])), end="")  # noqa: T201  # its answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
