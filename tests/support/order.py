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
    "tests/browser/test_resume.py": 235,
    "tests/browser/test_interview.py": 160,
    "tests/faults/test_redis.py": 150,
    "tests/faults/test_kill.py": 120,
    "tests/tools/test_simulate.py": 105,
    "tests/faults/test_nodes.py": 90,
    "tests/browser/test_kept.py": 90,
    "tests/network/test_interview_in_bad_weather.py": 90,
    "tests/faults/test_candidates.py": 85,
    "tests/faults/test_drain.py": 70,
    "tests/stt/pool/test_local.py": 70,
    "tests/tts/test_voice.py": 60,
    "tests/browser/test_gallery.py": 55,
    "tests/faults/test_watchdog.py": 45,
    "tests/interview/test_stateful.py": 40,
    "tests/signaling/test_serve.py": 40,
    "tests/browser/test_promises.py": 37,
    "tests/network/test_namespaces.py": 35,
    "tests/network/test_chromium.py": 35,
    "tests/rtc/test_chromium.py": 30,
    "tests/faults/test_clock.py": 30,
    "tests/stt/remote/test_redis_queue.py": 30,
    "tests/stt/test_faults.py": 30,
    "tests/tts/test_piper.py": 25,
    "tests/interop/test_node_clients.py": 25,
    "tests/stt/engines/test_faster_whisper.py": 25,
    "tests/live/test_interview.py": 20,
    "tests/live/test_damage.py": 20,
    "tests/store/test_retention.py": 20,
    "tests/browser/test_drafts.py": 20,
    "tests/rtc/test_budget.py": 15,
    "tests/tools/test_machines.py": 15,
    "tests/live/test_handler_faults.py": 15,
    "tests/stt/test_outage.py": 13,
    "tests/store/test_log_suite.py": 12,
    "tests/live/test_standstill.py": 12,
    "tests/test_supervisor.py": 12,
    "tests/live/test_two_servers.py": 12,
    "tests/stt/remote/test_redis_interims.py": 11,
    "tests/stt/engines/test_pocketsphinx.py": 11,
}
"""What each file took on two idle cores; others took less than LISTED_FROM_S."""


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
