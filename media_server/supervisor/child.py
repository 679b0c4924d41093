"""One child as the system sees it: started with its end of a pipe, and ended with its family."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from media_server.beat import PIPE_VARIABLE
from media_server.process_tree import Process as Relative
from media_server.process_tree import descendants, kill


def own_command() -> list[str]:
    """This very command line, interpreter and its options included."""
    return [sys.executable, *sys.orig_argv[1:]]


@dataclass(slots=True)
class Child:
    pid: int
    pipe: int
    """Our end: its signs of life come here."""
    _family: tuple[Relative, ...] = field(default=())

    @classmethod
    def start(
        cls, command: Sequence[str], told: Mapping[str, str], listening: int | None = None
    ) -> Child:
        """`told`: beside our own environment. `listening`: a descriptor that it inherits under its
        own number. Raises OSError."""
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        if listening is not None:
            os.set_inheritable(listening, True)
        environment = {**os.environ, **told, PIPE_VARIABLE: f"{writing},{os.getpid()}"}
        try:
            pid = os.posix_spawn(command[0], list(command), environment)
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
            if listening is not None:
                os.set_inheritable(listening, False)
        os.set_blocking(reading, False)
        return cls(pid, reading)

    def hear(self) -> bytes:
        """What it has said; b"": nothing, or it is gone."""
        said = b""
        with contextlib.suppress(BlockingIOError):
            while heard := os.read(self.pipe, 4096):
                said += heard
        return said

    def send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def ask_for_stacks(self) -> None:
        """Its descendants are noted while they are its own."""
        self._family = descendants(self.pid)
        self.send(getattr(signal, "SIGQUIT", 0))

    def kill(self) -> None:
        """It and the descendants that were noted."""
        self.send(signal.SIGKILL)
        kill(self._family)

    def close(self) -> None:
        """It is reaped. Descendants that were noted go with it: SIGQUIT alone may have ended it."""
        kill(self._family)
        os.close(self.pipe)
