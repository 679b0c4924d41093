"""A supervisor that was stopped (SIGSTOP) watches nobody: its children wake it again.

A supervisor that is not stopped and hangs all the same (in the kernel, or in an endless loop) is
nobody's business here: the children go on serving without it, and systemd's WatchdogSec ends them
all and starts again. Ctrl-Z stops the children with their parent, so none of them wakes it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from pathlib import Path

logger = logging.getLogger(__name__)

LOOKS = 3
"""So many looks in a row, one with each beat, find it stopped before it is woken."""


class Waker:
    """`look` with each sign of life."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._stopped = 0

    def look(self) -> None:
        """Never raises; microseconds."""
        if not is_stopped(self._parent):
            self._stopped = 0
            return
        self._stopped += 1
        if self._stopped >= LOOKS and os.getppid() == self._parent:
            self._stopped = 0
            logger.warning("the supervisor was stopped: SIGCONT makes it go on")
            with contextlib.suppress(OSError):
                os.kill(self._parent, signal.SIGCONT)


def is_stopped(pid: int) -> bool:
    """By a signal, such as SIGSTOP; not by a debugger (proc(5), field 3). False without /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "T"
