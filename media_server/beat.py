"""The serving process's sign of life, given by its event loop: a loop that hangs gives none.

It goes to the supervisor through a pipe, one byte each second, or to systemd where it is systemd
that watches this process itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Protocol

from media_server.restarts import Restarts
from media_server.systemd import Notifier
from media_server.waking import Waker

BEAT_S = 1.0
BEAT, READY, STOPPING = b".", b"R", b"S"
"""What the pipe carries."""
PIPE_VARIABLE = "MEDIA_SERVER_BEAT_PIPE"
"""In the environment of a supervised process: its end of the pipe and its parent's id."""
EXIT_ORPHANED = 1


class Watcher(Protocol):
    """Whoever wants to know how the serving process is. No method raises or waits."""

    supervised: bool
    """A parent passes SIGINT on as SIGTERM: the terminal's own is for the parent alone."""
    restarts: Restarts | None
    """How often it has started the server again. None: whoever watches counts itself."""

    def beat(self) -> None: ...
    def ready(self) -> None: ...
    def stopping(self) -> None: ...


class Parent:
    """The supervisor at the other end of the pipe. Without it this process ends."""

    supervised = True

    def __init__(
        self, pipe: int, restarts: Restarts | None = None, parent: int | None = None
    ) -> None:
        """`parent`: its process, which is woken where it was stopped; None: nobody is."""
        self.restarts = restarts
        self._pipe = pipe
        self._waker = Waker(parent) if parent is not None else None
        os.set_blocking(pipe, False)
        os.set_inheritable(pipe, False)

    def beat(self) -> None:
        self._write(BEAT)
        if self._waker is not None:
            self._waker.look()

    def ready(self) -> None:
        self._write(READY)

    def stopping(self) -> None:
        self._write(STOPPING)

    def _write(self, what: bytes) -> None:
        try:
            os.write(self._pipe, what)
        except BrokenPipeError:  # where the system does not kill orphans by itself
            os._exit(EXIT_ORPHANED)
        except BlockingIOError:
            return  # the parent was stopped for hours: it will find beats enough


class Systemd:
    """A server without supervisor tells systemd itself, if it was started by it."""

    supervised = False
    restarts: Restarts | None = None

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier

    def beat(self) -> None:
        if self._notifier.watchdog_s is not None:
            self._notifier.tell("WATCHDOG=1")

    def ready(self) -> None:
        self._notifier.tell("READY=1", "STATUS=serving")

    def stopping(self) -> None:
        self._notifier.tell("STOPPING=1", "STATUS=draining")

    @property
    def interval_s(self) -> float:
        """Twice as often as systemd asks for."""
        return min(BEAT_S, (self._notifier.watchdog_s or 2 * BEAT_S) / 2)


class Heart:
    """Beats by a callback of the loop it was started on."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._interval_s: float = getattr(watcher, "interval_s", BEAT_S)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._watcher.beat()
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self.start)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def handed_over(environ: dict[str, str] | os._Environ[str]) -> tuple[int, int] | None:
    """(pipe, parent) of a supervised process, once: no child of it shall take itself for one."""
    with contextlib.suppress(ValueError):
        pipe, _, parent = environ.pop(PIPE_VARIABLE, "").partition(",")
        return int(pipe), int(parent)
    return None
