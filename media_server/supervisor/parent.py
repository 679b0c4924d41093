"""The loop around the supervisor's places: signals, pipes, the children's ends, systemd.

Its own silence is not its children's: time in which it did not run itself (SIGSTOP, a machine that
slept or had no core for it) is not counted. Children that find it stopped wake it (`waking`).

| signal | one process | several |
|---|---|---|
| SIGTERM, SIGINT, each time | SIGTERM to the child, which drains, then hurries, then goes | the same to every worker; front and speech go when the last worker is gone |
| SIGHUP | passed on; the child ignores it | the file of settings is read, then each process is replaced, one after another |
| SIGUSR1, SIGUSR2, SIGQUIT | passed on; ignored, or it writes its stacks | passed on to all |
| the supervisor dies | the children are killed (Linux), or end at their next beat | the same |
"""  # noqa: E501  # the table

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Sequence

from media_server import restarts
from media_server.beat import BEAT_S, STOPPING
from media_server.ports import Public
from media_server.process_settings import ProcessSettings
from media_server.roles import Role
from media_server.supervisor.child import Child, own_command
from media_server.supervisor.plan import SINGLE, Order, Plan, name_of
from media_server.supervisor.slot import Action, Death, Kill, Patience, Send, Slot, Stacks, Start
from media_server.systemd import Notifier

logger = logging.getLogger(__name__)

EXIT_FAILED = 1
TICK_S = 0.5
EXTEND_S = 60.0
_PASSED_ON = tuple(
    getattr(signal, name)
    for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT")
    if hasattr(signal, name)
)


class Unusable(Exception):
    """The settings as they are now cannot be used; the text says why."""


class Supervisor:
    """`run` once, in the main thread of a process that has no other."""

    def __init__(
        self,
        settings: ProcessSettings,
        *,
        drain_s: float,
        command: Sequence[str] | None = None,
        notifier: Notifier | None = None,
        plan: Plan = SINGLE,
        check: Callable[[], None] = lambda: None,
        on_serving: Callable[[], None] = lambda: None,
    ) -> None:
        """`command`: how a child is started; None: as this process was. `check`: whether new
        processes could start with the settings as they are now; raises Unusable. `on_serving`:
        called once, when candidates can be served."""
        self._settings = settings
        self._command = list(command or own_command())
        self._notifier = notifier or Notifier.from_environment()
        self._plan = plan
        self._check = check
        self._on_serving = on_serving
        silent_s = settings.watchdog_s
        if not plan.single:
            silent_s = min(silent_s, settings.worker_watchdog_s)
        patience = Patience(silent_s, settings.watchdog_start_s)
        self._tick_s = min(TICK_S, silent_s / 4)
        self._slots = [(role, _slot_of(plan, role, patience, drain_s)) for role in plan.roles]
        self._order = Order(self._slots)
        self._children: dict[int, Child] = {}
        self._arrived: list[int] = []
        self._asked: list[int] = []
        """The signals that asked us to stop."""
        self._code: int | None = None
        """Why we stop without having been asked: the exit code of who could not start."""
        self._was_serving = False
        self._ticked_s = time.monotonic()
        self._notified_s = 0.0
        self._poll = select.poll()
        self._wake = os.pipe()

    def run(self) -> int:
        """Blocking, until all have stopped as asked or one could not start: its exit code."""
        self._listen()
        try:
            while True:
                self._decide()
                if not self._running and all(slot.empty for _, slot in self._slots):
                    return self._code or 0
                self._turn(self._timeout_s())
        finally:
            self._notifier.close()

    @property
    def _running(self) -> bool:
        return not self._asked and self._code is None

    # --- signals ------------------------------------------------------------------------------

    def _listen(self) -> None:
        for end in self._wake:
            os.set_blocking(end, False)
        self._poll.register(self._wake[0], select.POLLIN)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, *_PASSED_ON):
            signal.signal(number, lambda number, _: self._arrived.append(number))
        signal.signal(signal.SIGCHLD, lambda *_: None)  # so that it wakes us

    def _obey(self) -> None:
        while self._arrived:
            number = self._arrived.pop(0)
            if number in (signal.SIGTERM, signal.SIGINT):
                self._asked.append(number)
                self._order.give_up_replacing()
                self._notifier.tell("STOPPING=1", "STATUS=draining")
                for slot in self._order.to_hurry():
                    self._do(slot, slot.stop(time.monotonic()))
            elif not self._plan.single and number == getattr(signal, "SIGHUP", None):
                self._replace_all()
            else:
                for child in self._children.values():
                    child.send(number)

    def _replace_all(self) -> None:
        if not self._running:
            return
        try:
            self._check()
        except Unusable as error:
            logger.error("SIGHUP: nothing is replaced: %s", Public(str(error)))
            return
        logger.info("SIGHUP: every process is replaced, one after another")
        for _, slot in self._slots:
            self._do(slot, slot.start_over(time.monotonic()))
        self._order.replace_all()

    # --- the places ---------------------------------------------------------------------------

    def _decide(self) -> None:
        now_s = self._present()
        if self._running:
            for slot in list(self._order.to_start()):
                slot.wanted = True
            if (next_one := self._order.next_to_replace()) is not None:
                self._do(next_one, next_one.replace(now_s))
        else:
            for slot in list(self._order.to_stop()):
                self._do(slot, slot.stop(now_s))
        for _, slot in self._slots:
            self._do(slot, slot.due(now_s))

    def _do(self, slot: Slot, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Start(beside):
                    self._start(slot, beside=beside)
                case Send(pid, number):
                    self._children[pid].send(number)
                case Stacks(pid, why):
                    logger.error("%s %s: it is killed", Public(slot.name), Public(why))
                    self._children[pid].ask_for_stacks()
                case Kill(pid):
                    self._children[pid].kill()

    def _start(self, slot: Slot, *, beside: bool) -> None:
        role = next(role for role, one in self._slots if one is slot)
        died_ago_s = time.monotonic() - slot.died_s
        told = {
            **restarts.environment_for(slot.restarts, died_ago_s),
            **role.told(beside=beside),
        }
        if role.kind == "speech" and role.speech_restarts is not None:
            restarts.write(role.speech_restarts, slot.restarts)
        listening = self._plan.listening
        try:
            child = Child.start(
                self._command, told, None if listening is None else listening.fileno()
            )
        except OSError as error:
            logger.error("no process could be started: %s", Public(error.strerror))
            slot.not_started(time.monotonic())
            return
        self._poll.register(child.pipe, select.POLLIN)
        self._children[child.pid] = child
        slot.started(child.pid, time.monotonic(), beside=beside)

    def _timeout_s(self) -> float:
        next_s = min(slot.next_s() for _, slot in self._slots)
        return max(0.0, min(self._tick_s, next_s - time.monotonic()))

    def _turn(self, timeout_s: float) -> None:
        """Wait for anything to happen, or this long, and take note of it."""
        self._present()
        self._poll.poll(timeout_s * 1000)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake[0], 512):
                pass
        now_s = self._present(timeout_s)
        self._hear()  # first: who has just got ready is not one that starts over
        self._obey()
        self._reap()
        self._tell_systemd(now_s)

    def _present(self, waited_s: float = 0.0) -> float:
        """The time. What has passed since the last call, but for `waited_s`, is nobody's silence:
        to be called before anybody's is judged."""
        now_s = time.monotonic()
        away_s, self._ticked_s = now_s - self._ticked_s - waited_s, now_s
        if away_s > BEAT_S:
            logger.info("did not run for %.1f s: not counted", away_s)
            for _, slot in self._slots:
                slot.slept(away_s)
        return now_s

    def _hear(self) -> None:
        for role, slot in self._slots:
            for process in slot.processes:
                self._hear_one(role, slot, self._children[process.pid])

    def _hear_one(self, role: Role, slot: Slot, child: Child) -> None:
        said = child.hear()
        if not said:
            return
        self._do(slot, slot.heard(child.pid, said, time.monotonic()))
        if role.kind == "single" and STOPPING in said:
            self._notifier.tell("STOPPING=1", "STATUS=draining")
        if not self._was_serving and self._order.serving:
            self._was_serving = True
            self._notifier.tell("READY=1", "STATUS=serving")
            self._on_serving()

    def _reap(self) -> None:
        """Our children, and as process 1 whoever else was left to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for role, slot in self._slots:
                if slot.find(pid) is not None:
                    self._ended(role, slot, pid, os.waitstatus_to_exitcode(status))

    def _ended(self, role: Role, slot: Slot, pid: int, code: int) -> None:
        child = self._children[pid]
        self._hear_one(role, slot, child)  # also the last words
        del self._children[pid]
        self._poll.unregister(child.pipe)
        child.close()
        process = slot.find(pid)
        was_ready = process is not None and process.ready_s is not None
        death = slot.exited(pid, code, time.monotonic())
        if not self._running:
            if self._asked and (was_ready or self._plan.single or not self._was_serving):
                self._code = max(self._code or 0, self._code_of(slot, code))
        elif death.fatal:
            self._code = _exit_code(code, signal.SIGTERM)
        else:
            self._tell(slot, death)

    def _tell(self, slot: Slot, death: Death) -> None:
        if death.gave_up_replacing:
            self._order.give_up_replacing()
            logger.error(
                "a new process for %s ended (%s) before it was ready: the old one goes on, and "
                "nothing more is replaced",
                Public(slot.name),
                Public(_said(death.code)),
            )
        elif not death.expected and not slot.was_ready and not slot.needed:
            logger.error(
                "%s ended (%s) before it was ready: the server goes on without it, and tries again "
                "in %.0f s",
                Public(slot.name),
                Public(_said(death.code)),
                death.again_s,
            )
        elif not death.expected:
            logger.error(
                "%s ended (%s): it is started again", Public(slot.name), Public(_said(death.code))
            )

    # --- the end ------------------------------------------------------------------------------

    def _code_of(self, slot: Slot, code: int) -> int:
        """Of one that ended after we were asked to stop."""
        if code == -signal.SIGTERM and slot.was_ready:
            return 0
        return _exit_code(code, self._asked[0])

    def _tell_systemd(self, now_s: float) -> None:
        """Its watchdog runs from READY=1 on; until then it limits the time of the start."""
        notifier = self._notifier
        since_s = now_s - self._notified_s
        if not self._was_serving:
            if since_s > EXTEND_S / 4:
                self._notified_s = now_s
                notifier.tell(f"EXTEND_TIMEOUT_USEC={EXTEND_S * 1e6:.0f}")
            return
        watchdog_s = notifier.watchdog_s
        if watchdog_s is None or since_s < watchdog_s / 2 - TICK_S:
            return
        if self._plan.single:
            # A child that is being replaced is our business; one that is silent may be systemd's.
            serving = self._slots[0][1].serving
            limit_s = watchdog_s / 2 + BEAT_S
            if serving and serving.ready_s is not None and now_s - serving.beat_s >= limit_s:
                return
        self._notified_s = now_s
        notifier.tell("WATCHDOG=1")


def _slot_of(plan: Plan, role: Role, patience: Patience, drain_s: float) -> Slot:
    return Slot(
        name_of(role),
        patience,
        drain_s,
        alone=plan.single,
        beside=plan.beside(role),
        needed=plan.needed(role),
    )


def _exit_code(code: int, asked: int) -> int:
    """As a shell would say it: 143 or 130 where the signal met a child that was not ready."""
    if code == -signal.SIGTERM:
        return 128 + asked
    return code if code >= 0 else EXIT_FAILED


def _said(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
