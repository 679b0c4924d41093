"""Processes of pytest-xdist that begin with all tests loaded.

Each of them would load all tests, at the same time as the others: seven seconds of a processor
each on two cores. So one process loads them once, and theirs are forks of it. pytest finds the
tests in each of them as ever, in modules that are there already.

Such a process is started as `python -u -c LINE` (execnet), and reads what it is to do.
"""

from __future__ import annotations

import gc
import importlib
import os
import secrets
import select
import socket
import sys
import types
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support import nursery
from tests.support.env import REPOSITORY
from tests.support.forking import to_its_end
from tests.support.nursery import ONE_THREAD, Nursery, Order, take_over

TESTS = REPOSITORY / "tests"
LOADED_WITHIN_S = 120
NAME = "tests.support.preloaded"
begun = False
"""Whether this process is such a fork."""


class Preloader(Nursery):
    """Seen from the process that hands out tests."""

    module = NAME

    def start_for(self, config: pytest.Config) -> None:
        """Before its processes start; where these test some files only, they load those faster."""
        asked = [Path(config.rootpath, one) for one in config.args]
        if sys.platform != "linux" or asked != [TESTS]:
            return
        self.enabled = True
        self.watch()
        self._launch()
        assert self._socket is not None
        loaded, _, _ = select.select([self._socket], [], [], LOADED_WITHIN_S)
        if not loaded:
            self.end()

    def end(self) -> None:
        """When they have started, or will start as ever."""
        self.enabled = False
        if self._process is not None and not self._ready:
            self._process.kill()
        self.stop()

    def starts(self, arguments: Sequence[str]) -> bool:
        waits = self._socket is not None
        return waits and list(arguments[:3]) == [sys.executable, "-u", "-c"]

    def fits(self, arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
        return True


PRELOADER = Preloader()


def load() -> None:
    """All tests and what they need. What pytest finds is thrown away, the modules stay.

    Raises SystemExit where that has started a thread or has left a descriptor, which no fork would
    have: the processes then start as ever, and tests/support/test_preloaded.py tells."""
    gc.disable()
    before = _kept()
    pytest.main(["--collect-only", "-qq", str(TESTS)])
    gc.unfreeze()  # what tests/conftest.py has frozen
    gc.collect()
    gc.freeze()  # shared with the forks until somebody writes there
    gc.enable()
    sys.stdout.flush()  # not in a fork, whose standard output is another
    if (after := _kept()) != before:
        raise SystemExit(f"a test file has these when it is loaded, not by need: {after - before}")


def _kept() -> set[str]:
    """Threads and descriptors of this process; not the one that lists them."""
    return {
        f"{kind} {one}"
        for kind in ("task", "fd")
        for one in os.listdir(f"/proc/self/{kind}")  # noqa: PTH208
        if kind == "task" or os.path.exists(f"/proc/self/fd/{one}")  # noqa: PTH110
    }


def begin(order: Order, descriptors: Sequence[int]) -> None:
    """Be the process that was asked for, in its environment and what the tests have added to it.

    What its numpy has read already (ONE_THREAD) stays as it was; what it starts decides itself."""
    take_over(order, descriptors)
    for name in ONE_THREAD.keys() - order["environment"].keys():
        os.environ.pop(name, None)
    os.environ.update(order["environment"])
    if (worker_socket := sys.modules.get("media_server.worker_socket")) is not None:
        worker_socket.INSTANCE = secrets.token_hex(8)  # type: ignore[attr-defined]
    importlib.import_module(NAME).begun = True  # type: ignore[attr-defined]
    sys.argv = ["-c"]
    sys.modules["__main__"] = main = types.ModuleType("__main__")
    to_its_end(lambda: exec(order["arguments"][3], main.__dict__))  # noqa: S102


if __name__ == "__main__":
    _control = socket.socket(fileno=int(sys.argv.pop(1)))
    load()
    _control.send(nursery.READY)
    nursery.main(_control, begin)
    os._exit(0)  # what lies in memory is not taken apart: the forks share it
