"""Answers are judged when an interview is over and its words are final: `evaluation_try`, for each.

One interview at a time for each server, and at the model after every candidate (`llm.places`).
Servers share the work by leases: who holds an interview's lease judges it. Each criterion is
written down when it is judged, and what was answered of one that is put off, so whoever comes after
a crash does the rest; the end is written once. A model that is away is asked again for
`live.evaluate_within_s`; then the facts stand.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from media_server.interview import evaluating
from media_server.interview import inputs as inp
from media_server.interview.evaluation_events import EvaluationMade
from media_server.interview.state import State
from media_server.interview.status import TERMINAL
from media_server.live import damage
from media_server.live.evaluation_try import EvaluationTry, NotNow
from media_server.live.one_at_a_time import OneAtATime
from media_server.live.registry import Registry
from media_server.live.rest_writer import SomebodyHasIt, at_rest
from media_server.live.result_standing import ResultStanding
from media_server.live.services import Services
from media_server.live.session import LiveSession
from media_server.live.to_evaluate import PAGE, ToEvaluate
from media_server.ports import (
    DamagedInterview,
    Document,
    Public,
    Refused,
    StoreUnavailable,
    UnknownInterview,
)
from media_server.wall_clock import wall_s

logger = logging.getLogger(__name__)

EVERY_S = 1.0
GOES_ON_S = 10.0
"""For an interview that is not over, or that somebody else has."""
DAMAGED_S = 3_600.0
FORGET_S = 60.0
"""A name on the list without an interview: it was erased, or is just being made."""
RETRY_S = (5.0, 15.0, 60.0, 300.0, 600.0)
"""After a model that was away for the first time, the second, …; the last again and again."""
LONGEST_S = 1_800.0
"""For one interview: afterwards others have their turn."""
MAX_REMEMBERED = 4096
_V = TypeVar("_V")


class Evaluations:
    """`run` until it is cancelled; one per process."""

    def __init__(
        self, services: Services, registry: Registry, stopping: Callable[[], bool]
    ) -> None:
        """`stopping`: this server is about to stop, and begins nothing new."""
        self.counters = Counter(
            {"evaluations_made": 0, "evaluations_failed": 0, "evaluations_put_off": 0}
        )
        self._services = services
        self._registry = registry
        self._stopping = stopping
        self._list = ToEvaluate(services.documents)
        self._standing = ResultStanding(services, registry)
        self._after: str | None = None
        """How far the list was looked through."""
        self._not_before_s: dict[str, float] = {}
        """Of the monotonic clock."""
        self._failures: dict[str, int] = {}
        """How often in a row the model was away."""
        self._halts: dict[str, Counter[tuple[str, str]]] = {}
        self._current = OneAtATime()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except StoreUnavailable:
                continue  # it is looked at again
            except Exception as error:  # nobody else would begin again
                logger.exception("evaluations: %s", type(error).__name__)

    async def look(self) -> None:
        """Once over the interviews that are open here, and over some of the list."""
        for session in self._registry.all():
            state = session.state
            is_over = state.status in TERMINAL
            if is_over and evaluating.is_due(state.spec, state.evaluated):
                await self._alone(session.interview_id, self._look_at(session.interview_id))
        page = await self._list.page(self._after)
        self._after = page[-1].id if len(page) == PAGE else None
        for document in page:
            if self._stopping():
                return
            if self._is_due(document.id) and not self._registry.get(document.id):
                await self._alone(document.id, self._look_at_rest(document))
            elif self._registry.get(document.id) is not None:
                await self._look_done(document.id)

    async def _alone(self, interview_id: str, look: Awaitable[None]) -> None:
        """What is odd about one interview keeps no other. Raises StoreUnavailable."""
        try:
            await look
        except StoreUnavailable:
            self._later(interview_id, GOES_ON_S)  # perhaps of this one only: others come first
            raise
        except Refused as error:
            if error.code == "unknown_interview":
                self._later(interview_id, GOES_ON_S)
            elif error.code == damage.CODE:
                self._later(interview_id, DAMAGED_S)
            else:
                raise StoreUnavailable(error.detail) from error
        except Exception as error:
            self._later(interview_id, RETRY_S[-1])
            logger.exception("evaluations: %s", type(error).__name__)

    def forget(self, interview_id: str) -> None:
        """It is erased: nothing of it may be judged or written any more."""
        self._drop(interview_id)
        self._current.forget(interview_id)

    async def renewed(self, interview_id: str) -> None:
        """It is asked for again: looked at soon, here, as if for the first time. Raises
        StoreUnavailable."""
        self._drop(interview_id)
        await self._list.add(interview_id, wall_s(self._services.clock))

    async def give_way(self, interview_id: str) -> None:
        """It is about to be opened here: its lease is given back first."""
        self._not_before_s.pop(interview_id, None)
        await self._current.give_way(interview_id)

    # --- when ---

    def _is_due(self, interview_id: str) -> bool:
        return time.monotonic() >= self._not_before_s.get(interview_id, 0.0)

    def _later(self, interview_id: str, wait_s: float) -> None:
        _remember(self._not_before_s, interview_id, time.monotonic() + wait_s)

    def _drop(self, interview_id: str) -> None:
        for known in (self._not_before_s, self._failures, self._halts):
            known.pop(interview_id, None)

    # --- one interview ---

    async def _look_done(self, interview_id: str) -> None:
        """Open here: the list may have forgotten to forget it."""
        session = self._registry.get(interview_id)
        if session is not None and session.state.evaluated.outcome is not None:
            await self._list.remove(interview_id)
            self._drop(interview_id)

    async def _look_at_rest(self, document: Document) -> None:
        interview_id = document.id
        row = await self._services.log.row(interview_id)
        if row is None:
            if wall_s(self._services.clock) - document.created_s > FORGET_S:
                await self._list.remove(interview_id)
                self._drop(interview_id)
            return
        if row.damage:
            self._later(interview_id, DAMAGED_S)
        elif row.status not in {status.value for status in TERMINAL}:
            self._later(interview_id, GOES_ON_S)
        else:
            await self._look_at(interview_id)

    async def _look_at(self, interview_id: str) -> None:
        """One that is over: judged, where its words are final."""
        if self._stopping() or not self._is_due(interview_id):
            return
        state = await self._registry.state(interview_id)
        if not evaluating.is_due(state.spec, state.evaluated):
            await self._list.remove(interview_id)
            self._drop(interview_id)
            return
        wait_s = await self._standing.settled(interview_id)
        if wait_s is not None:
            self._later(interview_id, min(wait_s, GOES_ON_S))
        elif self._asks_now(interview_id, state):
            await self._guarded(interview_id)

    def _asks_now(self, interview_id: str, state: State) -> bool:
        """Whether it makes sense to begin: a model that rests is not even asked."""
        llm, known = self._services.llm, state.evaluated
        if llm.scripted or llm.available() or known.began is None:
            return True
        if self._is_late(state):
            return True
        self._later(interview_id, RETRY_S[0])
        return False

    def _is_late(self, state: State) -> bool:
        within_s = self._services.settings.evaluate_within_s
        began_s = state.evaluated.began_s
        return wall_s(self._services.clock) > began_s + within_s

    async def _guarded(self, interview_id: str) -> None:
        """A failure costs this interview its turn, and the others nothing."""
        halts = self._halts.get(interview_id, Counter())
        _remember(self._halts, interview_id, halts)
        at_once = self._services.evaluations_at_once
        tries = EvaluationTry(self._services.llm, halts, self._stopping, at_once=at_once)
        error = await self._current.run(interview_id, self._one(interview_id, tries), tries)
        match error:
            case None:
                self._failures.pop(interview_id, None)
                self._later(interview_id, EVERY_S)
            case NotNow():
                times = self._failures.get(interview_id, 0) + 1
                _remember(self._failures, interview_id, times)
                self._later(interview_id, RETRY_S[min(times, len(RETRY_S)) - 1])
                self.counters["evaluations_put_off"] += 1
            case SomebodyHasIt() | UnknownInterview() | DamagedInterview() | TimeoutError():
                self._later(interview_id, GOES_ON_S)
            case _:
                self._later(interview_id, RETRY_S[-1])
                logger.error("evaluation: %s", Public(type(error).__name__), exc_info=error)

    async def _one(self, interview_id: str, tries: EvaluationTry) -> None:
        session = self._registry.get(interview_id)
        within_s = self._services.settings.evaluate_within_s
        async with asyncio.timeout(LONGEST_S):
            if session is not None:
                with session.inbox.expecting(), _ending(session, tries):
                    now_s = session.clock.now_s()
                    writer = _SessionWriter(session)
                    await tries.run(writer, give_up_s=within_s, now_s=now_s)
                    self._count(session.state)
            elif not self._registry.in_use(interview_id):
                async with at_rest(interview_id, self._services, tries.stop) as resting:
                    now_s = max(wall_s(self._services.clock), resting.state.evaluated.began_s)
                    await tries.run(resting, give_up_s=within_s, now_s=now_s)
                    self._count(resting.state)

    def _count(self, state: State) -> None:
        outcome = state.evaluated.outcome
        if outcome is not None:
            made = isinstance(outcome, EvaluationMade)
            self.counters["evaluations_made" if made else "evaluations_failed"] += 1


def _remember(known: dict[str, _V], interview_id: str, value: _V) -> None:
    """So many at most: another server may finish it, and then nothing tells this one."""
    if interview_id not in known and len(known) >= MAX_REMEMBERED:
        del known[next(iter(known))]
    known[interview_id] = value


@contextlib.contextmanager
def _ending(session: LiveSession, tries: EvaluationTry) -> Iterator[None]:
    """Nothing is asked any more once the session is put to rest: whoever has it then does so."""
    done = asyncio.create_task(session.done.wait(), name="a session's end")
    done.add_done_callback(lambda _: tries.stop())
    try:
        yield
    finally:
        done.cancel()


class _SessionWriter:
    """Its owner writes what is handed in by the inbox."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    @property
    def state(self) -> State:
        return self._session.state

    async def write(self, input_: inp.Input) -> None:
        """Raises SomebodyHasIt, StoreUnavailable, TimeoutError."""
        if self._session.done.is_set():
            raise SomebodyHasIt  # whoever has it now does the rest
        await self._session.ask(input_)
        if self._session.journal.trouble:
            raise StoreUnavailable("the store cannot be written to now")
