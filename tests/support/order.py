"""The order of the test files: what needs the clock last, and of the rest the longest first.

`make test` hands out whole files, in this order, to several processes. A long file that begins
last leaves the others idle until it ends. Tests marked `real_time` speak, listen and wait in real
time; they come when nothing else wants the processors.

    pytest --junit-xml=report.xml ...; python -m tests.support.order report.xml

prints the table again.
"""

from __future__ import annotations

import itertools
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY

LISTED_FROM_S = 8
_written = pytest.StashKey[int]()
_numbers = itertools.count()
SECONDS: dict[str, int] = {
    "tests/browser/test_resume.py": 172,
    "tests/browser/test_interview.py": 142,
    "tests/stt/test_faults.py": 96,
    "tests/browser/test_report.py": 83,
    "tests/browser/test_gallery.py": 82,
    "tests/browser/test_report_sound.py": 81,
    "tests/stt/remote/test_redis_queue.py": 78,
    "tests/faults/test_candidates.py": 72,
    "tests/faults/test_redis.py": 70,
    "tests/tools/test_simulate.py": 70,
    "tests/browser/test_report_real.py": 70,
    "tests/browser/test_languages.py": 65,
    "tests/network/test_chromium.py": 64,
    "tests/tts/test_voice.py": 64,
    "tests/browser/test_kept.py": 64,
    "tests/tools/test_transcribe.py": 59,
    "tests/stt/pool/test_local.py": 57,
    "tests/network/test_namespaces.py": 55,
    "tests/tts/test_piper.py": 53,
    "tests/faults/test_nodes.py": 52,
    "tests/browser/test_console.py": 52,
    "tests/signaling/test_serve.py": 48,
    "tests/browser/test_model_faults.py": 46,
    "tests/network/test_interview_in_bad_weather.py": 45,
    "tests/faults/test_drain.py": 40,
    "tests/browser/test_endings.py": 40,
    "tests/webhooks/test_kill.py": 38,
    "tests/faults/test_kill.py": 32,
    "tests/interview/test_state_space.py": 31,
    "tests/stt/engines/test_faster_whisper.py": 30,
    "tests/llm/test_faults.py": 30,
    "tests/browser/test_promises.py": 29,
    "tests/network/test_blocked_udp.py": 28,
    "tests/signaling/test_webhooks.py": 28,
    "tests/store/test_retention.py": 27,
    "tests/front/test_races.py": 27,
    "tests/stt/test_outage.py": 25,
    "tests/faults/test_kill_evaluation.py": 24,
    "tests/test_supervisor.py": 24,
    "tests/tools/test_machines.py": 24,
    "tests/stt/remote/test_redis_interims.py": 23,
    "tests/faults/test_watchdog.py": 23,
    "tests/faults/test_stream.py": 22,
    "tests/faults/test_clock.py": 22,
    "tests/rtc/test_budget.py": 22,
    "tests/store/blobs/test_uploads.py": 22,
    "tests/store/test_spool.py": 21,
    "tests/browser/test_rehearsal.py": 20,
    "tests/browser/test_layout.py": 20,
    "tests/browser/test_said.py": 20,
    "tests/report/test_audio_urls.py": 20,
    "tests/faults/test_simulated_return.py": 18,
    "tests/browser/test_report_decisions.py": 18,
    "tests/signaling/test_stopping.py": 18,
    "tests/faults/test_workers.py": 17,
    "tests/stt/engines/test_pocketsphinx.py": 15,
    "tests/rtc/test_chromium.py": 15,
    "tests/signaling/test_admission.py": 14,
    "tests/rtc/test_channel_abuse.py": 14,
    "tests/docs/test_request_examples.py": 14,
    "tests/docs/test_examples.py": 14,
    "tests/test_supervisor_away.py": 14,
    "tests/rtc/test_adversary.py": 13,
    "tests/signaling/test_real_service.py": 13,
    "tests/rtc/test_supervision.py": 13,
    "tests/rtc/test_feedback.py": 13,
    "tests/store/test_redis.py": 13,
    "tests/browser/test_docs_page.py": 13,
    "tests/interview/test_stateful.py": 13,
    "tests/stt/pool/test_schedule.py": 12,
    "tests/signaling/test_texts.py": 12,
    "tests/llm/test_checking.py": 12,
    "tests/faults/test_replacing.py": 11,
    "tests/audio/test_receiver.py": 11,
    "tests/stt/remote/test_preemption.py": 11,
    "tests/tools/test_stt_worker.py": 10,
    "tests/browser/test_sdk.py": 10,
    "tests/fuzz/test_parsers.py": 10,
    "tests/rtc/test_transport.py": 10,
    "tests/stt/pool/test_slow_machine.py": 10,
    "tests/store/test_log_suite.py": 10,
    "tests/rtc/test_full_ice.py": 9,
    "tests/interview/test_any_order.py": 9,
    "tests/store/test_log_processes.py": 8,
    "tests/deploy/test_redis_users.py": 8,
    "tests/rtc/test_channel_life.py": 8,
    "tests/rtc/test_upstream_faults.py": 8,
    "tests/test_sizes.py": 8,
    "tests/rtc/test_moving.py": 8,
}
"""About what each file took on two idle cores; others took less than LISTED_FROM_S."""


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

    def rank(item: pytest.Item) -> tuple[bool, int, str, int]:
        path = item.path.relative_to(root).as_posix()
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
