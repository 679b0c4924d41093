"""At most so many `real_time` tests at once, however many processes `make test` has.

The others may fill every processor. Who speaks and listens as fast as people do needs some of it
free. A slot is an abstract Unix socket: it leaves no file, and is free again when its holder dies.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator

AT_ONCE = 3
"""On two cores. Such tests take a third of a processor each."""
_LOOK_S = 0.05


@contextlib.contextmanager
def slot(run_id: str, at_once: int = AT_ONCE) -> Iterator[int]:
    """Blocks until one of this run's slots is free; gives its number."""
    while (held := _take(run_id, at_once)) is None:
        time.sleep(_LOOK_S)
    number, holder = held
    with holder:
        yield number


def run_id_of_this_process() -> str:
    """Of `pytest -n`, the same in all its processes; empty where there is only one."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", "")


def _take(run_id: str, at_once: int) -> tuple[int, socket.socket] | None:
    for number in range(at_once):
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            holder.bind(f"\0media-server-tests-{run_id}-{number}")
        except OSError:
            holder.close()
        else:
            return number, holder
    return None
