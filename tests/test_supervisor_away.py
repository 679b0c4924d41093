"""What a supervisor makes of time in which it did not run itself."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.test_supervisor import SERVES, SUPERVISOR, gone, said_in, started, supervised, watching

pytestmark = pytest.mark.timeout(120)


def test_time_in_which_it_did_not_run_itself_is_not_the_childs(tmp_path: Path) -> None:
    errors, watchdog_s = tmp_path / "e", 10.0
    with supervised(errors, SERVES, watching(watchdog_s)) as (process, said):
        child = started(said)
        time.sleep(0.5)
        os.kill(child, signal.SIGSTOP)
        process.send_signal(signal.SIGSTOP)
        time.sleep(watchdog_s + 1.0)
        process.send_signal(signal.SIGCONT)  # it wakes first, and finds a child that was silent
        said_in(errors, "did not run")
        os.kill(child, signal.SIGCONT)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert list(said) == [], "no other child was started"
    assert "killed" not in errors.read_text()


def test_nor_is_time_in_which_it_stood_still_between_hearing_and_judging(tmp_path: Path) -> None:
    stands = SUPERVISOR.replace("Supervisor(settings", "Stands(settings").replace(
        "sys.exit(",
        """
import time
real, away_s = time.monotonic, 0.0
time.monotonic = lambda: real() + away_s
class Stands(Supervisor):
    def _reap(self):
        global away_s
        super()._reap()
        if self._was_serving:
            away_s = 200.0
sys.exit(""",
    )
    errors = tmp_path / "e"
    with supervised(errors, SERVES, stands) as (process, said):
        started(said)
        said_in(errors, "did not run for 20")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert list(said) == [], "no other child was started"
    assert "killed" not in errors.read_text()


def test_one_that_is_stopped_is_woken_by_its_child(tmp_path: Path) -> None:
    with supervised(tmp_path / "e", "parent = Parent(pipe, None, above)" + SERVES) as (
        process,
        said,
    ):
        child = started(said)
        time.sleep(0.5)
        process.send_signal(signal.SIGSTOP)
        said_in(tmp_path / "e", "the supervisor was stopped")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert gone(child)
