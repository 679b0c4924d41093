"""One place of the supervisor, and the process in it: what is started, asked to go, killed. Pure.

A place has at most one process that serves. While it is *replaced* there may be two: the one that
comes, which starts beside the other, and the one that leaves, which is asked to go as soon as the
new one is ready. Where two cannot stand side by side (a fixed UDP port) the old one leaves first.

| what happens | what follows |
|---|---|
| no beat for `silent_s` (`starting_s` until it is ready) | SIGQUIT for its stacks, then SIGKILL with its descendants; another is started |
| it dies, once one was ready here | another at once, then after 1, 2, 4 ... 30 s; a minute of service ends the counting |
| it ends by itself, with a code above 0, before any was ready here | that code is the supervisor's: starting it again would change nothing |
| the same of one that is not `needed` | others serve: it is started again as one that was ready. Only where the first of them finds that the settings cannot be used, its code is the supervisor's |
| the one that comes dies before it is ready | the old one goes on, and the replacing is given up |
| asked to go, and too late | SIGKILL |
"""  # noqa: E501  # the table

from __future__ import annotations

import math
import signal
from collections import Counter
from dataclasses import dataclass, field

from media_server.beat import READY
from media_server.restarts import RestartReason

STACKS_S = 0.5
"""A process that hangs in Python needs this long to write where."""
LONGEST_PAUSE_S = 30.0
HEALTHY_S = 60.0
"""After so long in service a death is the first one again."""
AGAIN_S = 1.0
"""After the system had no memory or no place for another process."""
UNUSABLE_SETTINGS = 2
"""The exit code of a process that cannot use its settings (`cli.EXIT_USAGE`)."""
OVERDUE_S = 11.0
"""After the drain, or the second signal: a child ends itself within 8 s."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a process may be silent, seconds."""

    silent_s: float
    starting_s: float


@dataclass(frozen=True, slots=True)
class Start:
    """Start a process here. `beside`: another one still serves in this place."""

    beside: bool


@dataclass(frozen=True, slots=True)
class Send:
    """A signal to one process."""

    pid: int
    number: int


@dataclass(frozen=True, slots=True)
class Stacks:
    """Note the descendants of this process, which is about to be killed with them, and ask it
    where it stands (SIGQUIT)."""

    pid: int
    why: str


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL to the process and to the descendants that were noted."""

    pid: int


Action = Start | Send | Stacks | Kill


@dataclass(slots=True)
class Process:
    """Times of the supervisor's clock, moved on by what it slept through itself."""

    pid: int
    beat_s: float
    ready_s: float | None = None
    hung: bool = False
    """It is killed for its silence."""
    asked: bool = False
    """It was asked to go."""
    overdue_s: float = math.inf
    kill_s: float = math.inf
    """When SIGKILL follows on SIGQUIT."""


@dataclass(frozen=True, slots=True)
class Death:
    """What the end of a process means."""

    expected: bool
    """It was asked to go."""
    code: int
    """As `os.waitstatus_to_exitcode`: below 0 it is a signal."""
    fatal: bool
    """It could not start, and no other could."""
    gave_up_replacing: bool = False
    again_s: float = 0.0
    """In how many seconds another is started."""


@dataclass(slots=True)
class Slot:
    """`due` as often as anything may have happened; the rest when it happens. No call may have a
    lower `now_s` than the one before."""

    name: str
    """Of a log line."""
    patience: Patience
    drain_s: float
    alone: bool = True
    """The whole server is this one process: an end by itself without error is the server's."""
    beside: bool = True
    """Two may stand here side by side while it is replaced."""
    needed: bool = True
    """Without a process here there is no server."""
    wanted: bool = False
    """A process should be here."""
    was_ready: bool = False
    serving: Process | None = None
    coming: Process | None = None
    leaving: list[Process] = field(default_factory=list)
    restarts: Counter[RestartReason] = field(default_factory=Counter)
    died_s: float = -math.inf
    """When the last one that `restarts` counts ended."""
    replacing: bool = False
    _deaths: int = 0
    _not_before_s: float = -math.inf
    _starting: bool = False
    """A start was asked for and has not been reported."""

    # --- what the supervisor asks ---

    @property
    def processes(self) -> list[Process]:
        return [one for one in (self.serving, self.coming, *self.leaving) if one is not None]

    @property
    def empty(self) -> bool:
        return not self.processes

    @property
    def ready(self) -> bool:
        return self.serving is not None and self.serving.ready_s is not None

    @property
    def waits_to_try_again(self) -> bool:
        """The last one has just ended, and none was ever ready here, or another had ended before
        it: it may be so for long."""
        return self.serving is None and self._deaths > (1 if self.was_ready else 0)

    def find(self, pid: int) -> Process | None:
        return next((one for one in self.processes if one.pid == pid), None)

    def next_s(self) -> float:
        """When `due` has something to say next, as far as it is known."""
        times = [one.overdue_s if one.kill_s == math.inf else one.kill_s for one in self.processes]
        if self.wanted and self.serving is None and not self.leaving:
            times.append(self._not_before_s)
        return min(times, default=math.inf)

    # --- what happens ---

    def due(self, now_s: float) -> list[Action]:
        """What is to be done now."""
        actions: list[Action] = []
        for one in self.processes:
            actions += self._look_at(one, now_s)
        if not self.wanted or self._starting:
            return actions
        if self.serving is None and self.coming is None:
            waits = self.leaving and not self.beside
            if not waits and now_s >= self._not_before_s:
                self._starting = True
                actions.append(Start(beside=False))
        return actions

    def replace(self, now_s: float) -> list[Action]:
        """A new process for the one that serves. Without one: nothing, `due` starts it anyway."""
        if self.serving is None or self.coming is not None or self._starting or not self.wanted:
            return []
        self.replacing = True
        if self.beside:
            self._starting = True
            return [Start(beside=True)]
        return self._let_go(now_s)

    def start_over(self, now_s: float) -> list[Action]:
        """The settings are new: a process that is not ready yet has the old ones, which may be why,
        and goes; where none could start, one is started at once."""
        if self.waits_to_try_again:
            self._not_before_s = now_s
        if self.coming is not None:
            process, self.coming = self.coming, None
        elif self.serving is not None and self.serving.ready_s is None:
            process, self.serving = self.serving, None
        else:
            return []
        self.replacing = False
        return self._ask_to_go(process, now_s)

    def stop(self, now_s: float) -> list[Action]:
        """No process is wanted here any more; again: they hurry. Who leaves anyway has its time."""
        hurry = not self.wanted
        self.wanted = False
        self.replacing = False
        actions: list[Action] = []
        for one in self.processes:
            if one.asked and not hurry:
                continue
            wait_s = 0.0 if one.asked else self.drain_s
            one.asked = True
            one.overdue_s = now_s + wait_s + OVERDUE_S
            actions.append(Send(one.pid, signal.SIGTERM))
        return actions

    def started(self, pid: int, now_s: float, *, beside: bool) -> None:
        self._starting = False
        process = Process(pid, beat_s=now_s)
        if beside and self.serving is not None:
            self.coming = process
        else:
            self.serving = process

    def not_started(self, now_s: float) -> None:
        """The system had no process for us."""
        self._starting = False
        self.replacing = False
        self._not_before_s = now_s + AGAIN_S

    def heard(self, pid: int, said: bytes, now_s: float) -> list[Action]:
        """Bytes of its pipe."""
        process = self.find(pid)
        if process is None:
            return []
        process.beat_s = now_s
        actions: list[Action] = []
        if READY in said and process.ready_s is None:
            process.ready_s = now_s
            self.was_ready = True
            if process is self.coming:
                actions = self._let_go(now_s)
                self.serving, self.coming = process, None
                self.replacing = False
            elif process is self.serving:
                self.replacing = False
        return actions

    def exited(self, pid: int, code: int, now_s: float) -> Death:
        """It is reaped. `code`: as `os.waitstatus_to_exitcode`."""
        process = self.find(pid)
        if process is None:
            return Death(expected=True, code=code, fatal=False)
        if process in self.leaving:
            self.leaving.remove(process)
            return Death(expected=True, code=code, fatal=False)
        if process is self.coming:
            self.coming = None
            self.replacing = False
            return Death(process.asked, code, fatal=False, gave_up_replacing=not process.asked)
        self.serving = None
        if self.coming is not None:  # it takes over as it is
            self.serving, self.coming = self.coming, None
        if process.asked:
            return Death(expected=True, code=code, fatal=False)
        if code in (0, -signal.SIGTERM) and self.alone:
            return Death(expected=False, code=code, fatal=True)
        if code > 0 and not self.was_ready and self._ends_all(code):
            return Death(expected=False, code=code, fatal=True)
        if process.ready_s is not None and now_s - process.ready_s > HEALTHY_S:
            self._deaths = 0
        self._deaths += 1
        self.restarts["hung" if process.hung else "killed" if code < 0 else "exited"] += 1
        self.died_s = now_s
        pause_s = 0.0
        if self._deaths > 1:
            pause_s = min(LONGEST_PAUSE_S, 2.0 ** min(self._deaths - 2, 8))
        self._not_before_s = now_s + pause_s
        return Death(expected=False, code=code, fatal=False, again_s=pause_s)

    def slept(self, away_s: float) -> None:
        """The supervisor did not run itself for so long: nobody's silence counts."""
        for one in self.processes:
            one.beat_s += away_s
            one.overdue_s += away_s

    # --- inside ---

    def _ends_all(self, code: int) -> bool:
        """Where none was ever ready here."""
        return self.needed or (code == UNUSABLE_SETTINGS and not self._deaths)

    def _let_go(self, now_s: float) -> list[Action]:
        """The one that serves is asked to leave."""
        process = self.serving
        if process is None:
            return []
        self.serving = None
        return self._ask_to_go(process, now_s)

    def _ask_to_go(self, process: Process, now_s: float) -> list[Action]:
        self.leaving.append(process)
        process.asked = True
        process.overdue_s = now_s + self.drain_s + OVERDUE_S
        return [Send(process.pid, signal.SIGTERM)]

    def _look_at(self, one: Process, now_s: float) -> list[Action]:
        if now_s >= one.kill_s:
            one.kill_s = now_s + STACKS_S  # until it is reaped
            return [Kill(one.pid)]
        if one.kill_s < math.inf:
            return []
        limit_s = self.patience.starting_s if one.ready_s is None else self.patience.silent_s
        silent_s = now_s - one.beat_s
        if silent_s > limit_s:
            one.hung = True
            why = f"gave no sign of life for {silent_s:.1f} s"
        elif now_s > one.overdue_s:
            why = "did not stop in time"
        else:
            return []
        one.kill_s = now_s + STACKS_S
        return [Stacks(one.pid, why)]
