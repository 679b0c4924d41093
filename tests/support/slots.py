"""At most so many `real_time` tests at once, however many processes `make test` has.

The others may fill every processor. Who speaks and listens as fast as people do needs some of it
free. A slot is an abstract Unix socket: it leaves no file, and is free again when its holder dies.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 3
"""On two cores. Such a test has a server, recognisers and often a browser."""
BROWSERS_AT_ONCE = 2
"""Of those with a browser: with three at once one of a hundred waited too long for something."""
_LOOK_S = 0.05


@contextlib.contextmanager
def slot(run_id: str, at_once: int = AT_ONCE) -> Iterator[int]:
    """Blocks until one of this run's slots is free; gives its number.

    Who waits is next: a process that gives its slot back does not get it again before.
    """
    with _wait_for(lambda: _bound(f"{run_id}-next")):
        number, holder = _wait_for(lambda: _take(run_id, at_once))
    with holder:
        yield number


@contextlib.contextmanager
def turn(run_id: str, *, browser: bool, at_once: int = AT_ONCE) -> Iterator[None]:
    """A slot, and for a test with a `browser` one of those before."""
    with contextlib.ExitStack() as held:
        if browser:
            held.enter_context(slot(f"{run_id}-browser", BROWSERS_AT_ONCE))
        held.enter_context(slot(run_id, at_once))
        yield


def run_id_of_this_process() -> str:
    """Of `pytest -n`, the same in all its processes; empty where there is only one."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", "")


def _wait_for(get: Callable[[], T | None]) -> T:
    while (got := get()) is None:
        time.sleep(_LOOK_S)
    return got


def _take(run_id: str, at_once: int) -> tuple[int, socket.socket] | None:
    for number in range(at_once):
        holder = _bound(f"{run_id}-{number}")
        if holder is not None:
            return number, holder
    return None


def _bound(name: str) -> socket.socket | None:
    """None: somebody else has this name."""
    holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        holder.bind(f"\0media-server-tests-{name}")
    except OSError:
        holder.close()
        return None
    return holder
