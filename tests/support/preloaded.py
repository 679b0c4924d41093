"""Processes of pytest-xdist that begin with all tests loaded.

Each of them would load all tests, at the same time as the others: seven seconds of a processor
each on two cores. So one process loads them once, and theirs are forks of it. pytest finds the
tests in each of them as ever, in modules that are there already.

Such a process is started as `python -u -c LINE` (execnet), and reads what it is to do.
"""

from __future__ import annotations

import gc
import os
import random
import secrets
import select
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support import nursery
from tests.support.env import REPOSITORY
from tests.support.forking import to_its_end
from tests.support.nursery import Nursery, Order, take_over

TESTS = REPOSITORY / "tests"
LOADED_WITHIN_S = 120


class Preloader(Nursery):
    """Seen from the process that hands out tests."""

    module = __name__

    def start_for(self, config: pytest.Config) -> None:
        """Before its processes start; where these test some files only, they load those faster."""
        asked = [Path(config.rootpath, one) for one in config.args]
        if sys.platform != "linux" or asked != [TESTS]:
            return
        self.enabled = True
        self.watch()
        self._launch()
        assert self._socket is not None
        select.select([self._socket], [], [], LOADED_WITHIN_S)

    def end(self) -> None:
        """When they have started."""
        self.enabled = False
        self.stop()

    def starts(self, arguments: Sequence[str]) -> bool:
        waits = self._socket is not None
        return waits and list(arguments[:3]) == [sys.executable, "-u", "-c"]

    def fits(self, arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
        return True


PRELOADER = Preloader()


def load() -> None:
    """All tests and what they need. What pytest finds is thrown away, the modules stay.

    Raises SystemExit where that has started a thread, which no fork would have: the processes then
    start as ever."""
    gc.disable()
    pytest.main(["--collect-only", "-qq", str(TESTS)])
    gc.unfreeze()  # what tests/conftest.py has frozen
    gc.collect()
    gc.freeze()  # shared with the forks until somebody writes there
    gc.enable()
    threads = len(os.listdir("/proc/self/task")) - 1  # noqa: PTH208
    if threads:
        raise SystemExit(f"loading the tests starts {threads} threads: load what does it by need")


def begin(order: Order, descriptors: Sequence[int]) -> None:
    """Be the process that was asked for, in an environment that the tests may have added to."""
    take_over(order, descriptors)
    os.environ.update(order["environment"])
    random.seed()
    if (worker_socket := sys.modules.get("media_server.worker_socket")) is not None:
        worker_socket.INSTANCE = secrets.token_hex(8)  # type: ignore[attr-defined]
    sys.argv = ["-c"]
    to_its_end(lambda: exec(order["arguments"][3], {"__name__": "__main__"}))  # noqa: S102


if __name__ == "__main__":
    _control = socket.socket(fileno=int(sys.argv.pop(1)))
    load()
    _control.send(nursery.READY)
    nursery.main(_control, begin)
