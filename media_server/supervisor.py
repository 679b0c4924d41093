"""The small parent of the serving process: it replaces one that hangs or dies.

Why a process and not a thread. A thread shares what hangs: a C call that holds the interpreter's
lock (a parser, a codec) stops every Python thread with it, and so does SIGSTOP or running out of
memory. A thread could only kill its own process, so that somebody else would have to start it
again. A parent needs none of what it watches: it imports no media, no HTTP, no event loop, sleeps
in `poll`, and is its children's reaper where it is process 1 of a container.

It learns that the loop turns by a byte each second in a pipe (`beat`). Its own silence is not its
child's: time in which it did not run itself (SIGSTOP, a machine that slept or had no core for it)
is not counted.

| what happens | what follows |
|---|---|
| no beat for `watchdog_s` (`watchdog_start_s` until the child is ready) | stacks to stderr, SIGKILL with its descendants, restart |
| the child dies after it, or one before it, was ready | restart at once, then after 1, 2, 4 ... 30 s; a minute of service ends the counting |
| it ends by itself before any was ready (configuration, port) | its exit code is ours: starting it again would change nothing |
| SIGTERM or SIGINT, each time | SIGTERM to the child, which drains, then hurries, then goes |
| SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT | passed on; the child ignores them, or writes its stacks |
| the supervisor dies | the child is killed (Linux), or ends at its next beat |
"""  # noqa: E501  # the table

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from media_server import restarts
from media_server.beat import BEAT_S, PIPE_VARIABLE, READY, STOPPING
from media_server.ports import Public
from media_server.process_settings import ProcessSettings
from media_server.process_tree import descendants, kill
from media_server.systemd import Notifier

logger = logging.getLogger(__name__)

EXIT_FAILED = 1
TICK_S = 0.5
STACKS_S = 0.5
"""A process that hangs in Python needs this long to write where."""
LONGEST_PAUSE_S = 30.0
HEALTHY_S = 60.0
"""After so long in service a death is the first one again."""
OVERDUE_S = 11.0
"""After the drain, or the second signal: the child ends itself within 8 s."""
EXTEND_S = 60.0
_PASSED_ON = tuple(
    getattr(signal, name)
    for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT")
    if hasattr(signal, name)
)


def own_command() -> list[str]:
    """This very command line, interpreter and its options included."""
    return [sys.executable, *sys.orig_argv[1:]]


@dataclass(slots=True)
class _Child:
    pid: int
    pipe: int
    beat_s: float
    """Of our clock; moved on by the time in which we did not run."""
    ready_s: float | None = None
    hung: bool = False
    """It was killed for its silence."""


class Supervisor:
    """`run` once, in the main thread of a process that has no other."""

    def __init__(
        self,
        settings: ProcessSettings,
        *,
        drain_s: float,
        command: Sequence[str] | None = None,
        notifier: Notifier | None = None,
    ) -> None:
        """`command`: how the child is started; None: as this process was."""
        self._settings = settings
        self._drain_s = drain_s
        self._command = list(command or own_command())
        self._notifier = notifier or Notifier.from_environment()
        self._child: _Child | None = None
        self._exited: int | None = None
        """The child's wait status."""
        self._arrived: list[int] = []
        self._asked: list[int] = []
        """The signals that asked us to stop."""
        self._overdue_s = float("inf")
        self._was_ready = False
        self._deaths = 0
        self._restarts: Counter[restarts.RestartReason] = Counter()
        self._ticked_s = time.monotonic()
        self._notified_s = 0.0
        self._poll = select.poll()
        self._wake = os.pipe()

    def run(self) -> int:
        """Blocking, until the child has stopped as asked or could not start: its exit code."""
        self._listen()
        while True:
            child = self._start()
            status = self._watch(child)
            code = self._verdict(child, os.waitstatus_to_exitcode(status))
            if code is None:
                code = self._pause()
            if code is not None:
                self._notifier.close()
                return code

    # --- signals ------------------------------------------------------------------------------

    def _listen(self) -> None:
        for end in self._wake:
            os.set_blocking(end, False)
        self._poll.register(self._wake[0], select.POLLIN)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, *_PASSED_ON):
            signal.signal(number, lambda number, _: self._arrived.append(number))
        signal.signal(signal.SIGCHLD, lambda *_: None)  # so that it wakes us

    def _pass_on(self) -> None:
        while self._arrived:
            number = self._arrived.pop(0)
            if number in (signal.SIGTERM, signal.SIGINT):
                self._asked.append(number)
                wait_s = self._drain_s if len(self._asked) == 1 else 0.0
                self._overdue_s = time.monotonic() + wait_s + OVERDUE_S
                self._notifier.tell("STOPPING=1", "STATUS=draining")
                number = signal.SIGTERM
            self._send(number)

    def _send(self, number: int) -> None:
        if self._child is not None and self._exited is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child.pid, number)

    # --- the child ----------------------------------------------------------------------------

    def _start(self) -> _Child:
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        environment = {
            **os.environ,
            **restarts.environment_for(self._restarts),
            PIPE_VARIABLE: f"{writing},{os.getpid()}",
        }
        pid = os.posix_spawn(self._command[0], self._command, environment)
        os.close(writing)
        os.set_blocking(reading, False)
        self._poll.register(reading, select.POLLIN)
        self._exited = None
        self._child = _Child(pid, reading, beat_s=time.monotonic())
        return self._child

    def _watch(self, child: _Child) -> int:
        """Until the child is gone: its wait status."""
        while self._exited is None:
            self._turn(min(TICK_S, self._settings.watchdog_s / 4))
            if self._exited is None:
                self._look_at(child)
        self._poll.unregister(child.pipe)
        os.close(child.pipe)
        return self._exited

    def _turn(self, timeout_s: float) -> None:
        """Wait for anything to happen, or this long, and take note of it."""
        began_s = time.monotonic()
        self._poll.poll(timeout_s * 1000)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake[0], 512):
                pass
        now_s = time.monotonic()
        away_s = max(began_s - self._ticked_s, 0.0) + max(now_s - began_s - timeout_s, 0.0)
        self._ticked_s = now_s
        if away_s > BEAT_S and self._child is not None:
            logger.info("did not run for %.1f s: not counted", away_s)
            self._child.beat_s += away_s
            self._overdue_s += away_s
        self._pass_on()
        self._reap()
        self._hear()  # also the last words of one that is gone
        self._tell_systemd(now_s)

    def _hear(self) -> None:
        child = self._child
        if child is None:
            return
        with contextlib.suppress(BlockingIOError):
            while heard := os.read(child.pipe, 4096):
                child.beat_s = time.monotonic()
                if READY in heard and child.ready_s is None:
                    child.ready_s = child.beat_s
                    self._was_ready = True
                    self._notifier.tell("READY=1", "STATUS=serving")
                if STOPPING in heard:
                    self._notifier.tell("STOPPING=1", "STATUS=draining")

    def _reap(self) -> None:
        """The child, and as process 1 whoever else was left to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if self._child is not None and pid == self._child.pid:
                self._exited = status

    def _look_at(self, child: _Child) -> None:
        now_s = time.monotonic()
        settings = self._settings
        limit_s = settings.watchdog_start_s if child.ready_s is None else settings.watchdog_s
        silent_s = now_s - child.beat_s
        if silent_s > limit_s:
            logger.error("the server gave no sign of life for %.1f s: it is killed", silent_s)
            child.hung = True
            self._kill(child)
        elif now_s > self._overdue_s:
            logger.error("the server did not stop in time: it is killed")
            self._kill(child)

    def _kill(self, child: _Child) -> None:
        family = descendants(child.pid)  # noted while they are its own
        self._send(getattr(signal, "SIGQUIT", 0))
        end_s = time.monotonic() + STACKS_S
        while self._exited is None and (left_s := end_s - time.monotonic()) > 0:
            self._turn(left_s)
        self._send(signal.SIGKILL)
        kill(family)
        while self._exited is None:
            self._turn(TICK_S)

    # --- afterwards ---------------------------------------------------------------------------

    def _verdict(self, child: _Child, code: int) -> int | None:
        """Our exit code, or None: another child is wanted."""
        self._child = None
        if self._asked:
            return (
                0
                if code == -signal.SIGTERM and self._was_ready
                else self._exit_code(code, self._asked[0])
            )
        if code in (0, -signal.SIGTERM) or (code > 0 and not self._was_ready):
            return self._exit_code(code, signal.SIGTERM)
        if child.ready_s is not None and time.monotonic() - child.ready_s > HEALTHY_S:
            self._deaths = 0
        self._deaths += 1
        self._restarts["hung" if child.hung else "killed" if code < 0 else "exited"] += 1
        logger.error("the server ended (%s): it is started again", Public(_said(code)))
        return None

    @staticmethod
    def _exit_code(code: int, asked: int) -> int:
        """As a shell would say it: 143 or 130 where the signal met a child that was not ready."""
        if code == -signal.SIGTERM:
            return 128 + asked
        return code if code >= 0 else EXIT_FAILED

    def _pause(self) -> int | None:
        """Before the next start. Answers an exit code when we are asked to stop meanwhile."""
        pause_s = 0.0
        if self._deaths > 1:
            pause_s = min(LONGEST_PAUSE_S, 2.0 ** (self._deaths - 2))
        end_s = time.monotonic() + pause_s
        while not self._asked and (left_s := end_s - time.monotonic()) > 0:
            self._turn(min(left_s, TICK_S))
        self._pass_on()
        return 0 if self._asked else None

    def _tell_systemd(self, now_s: float) -> None:
        """Its watchdog runs from READY=1 on; until then it limits the time of the start."""
        notifier, child = self._notifier, self._child
        since_s = now_s - self._notified_s
        if not self._was_ready:
            if since_s > EXTEND_S / 4:
                self._notified_s = now_s
                notifier.tell(f"EXTEND_TIMEOUT_USEC={EXTEND_S * 1e6:.0f}")
            return
        watchdog_s = notifier.watchdog_s
        if watchdog_s is None or since_s < watchdog_s / 2 - TICK_S:
            return
        # A child that is being replaced is our business; one that is silent may be systemd's.
        serving = child is not None and child.ready_s is not None
        if child is None or not serving or now_s - child.beat_s < watchdog_s / 2 + BEAT_S:
            self._notified_s = now_s
            notifier.tell("WATCHDOG=1")


def _said(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
