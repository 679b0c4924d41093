"""The calls of this server: an offer takes a place and opens its interview, or is refused and costs
nobody anything. A call in writing is one like any other, without an offer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from media_server.interview.status import TERMINAL, Status
from media_server.live.admission import Admission
from media_server.live.capacity import NoPlace
from media_server.live.connection import Connection
from media_server.live.handover import hint_in
from media_server.live.offered import offered
from media_server.live.probe import Probes
from media_server.live.refusals import over
from media_server.live.registry import Registry, receiver_settings
from media_server.live.rehearsals import Rehearsals
from media_server.live.service_health import DRAINING, ServiceHealth
from media_server.live.services import Services
from media_server.live.session import LiveSession
from media_server.live.tasks import TaskOwner
from media_server.live.text_call import TextCall
from media_server.ports import (
    AcceptedCall,
    CallSink,
    OfferRejected,
    Refused,
    TextLine,
    Transport,
    TrickleAnswer,
)

MAX_CALLS = 5_000
LEAVE_WRITERS_S = 4.0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A call that somebody asks for."""

    interview_id: str
    call_id: str
    resumed_from: int
    microphone: bool
    channel: bool
    accept: Callable[[CallSink], Awaitable[AcceptedCall]]
    """Makes it; may raise OfferRejected."""


class Calls:
    """`close` once. The methods are those of `ports.InterviewService`."""

    def __init__(
        self,
        services: Services,
        transport: Transport,
        registry: Registry,
        admission: Admission,
        health: ServiceHealth,
        rehearsals: Rehearsals,
    ) -> None:
        self._services = services
        self._transport = transport
        self._registry = registry
        self._admission = admission
        self._health = health
        self._rehearsals = rehearsals
        self._calls: dict[str, tuple[str, Connection]] = {}
        """By call id: its interview and its connection, until that is over."""
        self._tasks = TaskOwner("calls", limit=MAX_CALLS)
        self._probes = Probes(transport)
        self._texts_opened = 0

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, call_id: str) -> Connection | None:
        found = self._calls.get(call_id)
        return found[1] if found is not None else None

    async def close(self) -> None:
        for _, connection in list(self._calls.values()):
            connection.shut("shutdown")
        await self._tasks.close()

    async def leave_writers(self) -> None:
        """See `ports.InterviewService`; harmless when done twice."""
        writing = {i for i, one in self._calls.values() if isinstance(one.call, TextCall)}
        sessions = [found for i in writing if (found := self._registry.get(i)) is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WRITERS_S):
                closings = (session.close("shutdown") for session in sessions)
                await asyncio.gather(*closings, return_exceptions=True)

    def counters(self) -> dict[str, float]:
        """For metrics."""
        return {"calls_text": self._texts_opened, **self._probes.counters()}

    async def open(
        self, interview_id: str, offer_sdp: str, *, call_id: str, resumed_from: int = 0
    ) -> AcceptedCall:
        microphone, channel = offered(offer_sdp)

        async def accept(sink: CallSink) -> AcceptedCall:
            return await self._transport.accept(offer_sdp, call_id=call_id, sink=sink)

        wanted = _Wanted(interview_id, call_id, resumed_from, microphone, channel, accept)
        return await self._open(wanted)

    async def open_text(
        self, interview_id: str, *, call_id: str, resumed_from: int = 0
    ) -> TextLine:
        made: list[TextCall] = []

        async def accept(sink: CallSink) -> AcceptedCall:
            made.append(TextCall(call_id, sink, self._services.clock))
            return AcceptedCall(made[0], "", "")

        wanted = _Wanted(interview_id, call_id, resumed_from, False, True, accept)
        await self._open(wanted)
        self._texts_opened += 1
        made[0].begin()
        return made[0]

    async def probe(self, interview_id: str, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        if self._registry.draining:
            raise self._admission.stopping(DRAINING)
        row = await self._registry.sound_row(interview_id)
        if row.status in TERMINAL:
            raise over(row.status)
        return await self._probes.begin(offer_sdp, call_id=call_id)

    async def _open(self, wanted: _Wanted) -> AcceptedCall:
        interview_id, call_id = wanted.interview_id, wanted.call_id
        if self._registry.draining:
            raise self._admission.stopping(DRAINING)
        # Before the first await: who asks at the same time finds the place taken.
        returns = wanted.resumed_from > 0
        try:
            self._admission.take(interview_id, call_id, returns=returns)
        except NoPlace as none:
            await self._require_use(interview_id)
            raise self._admission.must_wait(interview_id, none, returns=returns) from None
        self._rehearsals.interview_begins(interview_id)
        try:
            await self._check_fit(interview_id)
            await self._require_startable(interview_id)
            session = await self._registry.session_here(interview_id)
            state = session.state
            if state.status in TERMINAL:
                raise over(state.status.value)
            if state.consented_s is None:
                raise Refused(403, "consent_needed", "Consent first: POST /v1/consent")
            if not wanted.resumed_from:
                _check_device(session)
            accepted = await self._accept(session, wanted)
        except BaseException:
            self._admission.over(call_id)
            raise
        # Not before: an offer that is refused costs nobody their call.
        for lost in self._admission.answered(call_id):
            self._give_up(lost)
        return accepted

    def _is_up(self, call_id: str) -> None:
        if not self._admission.connected(call_id):
            self._give_up(call_id)

    def _give_up(self, call_id: str) -> None:
        """A pending call whose place a newer call has. Where it is still being set up, that ends
        by itself."""
        found = self._calls.get(call_id)
        if found is not None:
            found[1].shut("superseded")

    async def _require_startable(self, interview_id: str) -> None:
        """Raises Refused of one that is over, damaged, unknown, or beyond what its tenant may
        have at one time."""
        row = await self._registry.sound_row(interview_id)
        if row.status in TERMINAL:
            raise over(row.status)
        tenant = self._services.tenants().get(row.tenant)
        await self._admission.require_own_place(interview_id, tenant)

    async def _require_use(self, interview_id: str) -> None:
        """Raises Refused of one that a place would be of no use to: it shall not wait for one, nor
        hold up who waits behind it."""
        try:
            await self._require_startable(interview_id)
        except Refused as why:
            if why.code == "store_unavailable":
                return  # it is not known
            self._admission.waits_no_more(interview_id)
            raise

    async def _check_fit(self, interview_id: str) -> None:
        """Raises Refused when what a newcomer says could not be kept or written down, or there is
        too much to do. Who has begun waits for words with everybody else."""
        unfit, paced = self._health.unfit(), self._admission.paced()
        if not (unfit or paced) or await self._under_way(interview_id):
            return
        if unfit:
            why = unfit[0]
            raise self._admission.unfit(interview_id, why.kind, why.text)
        self._admission.keep_pace(interview_id)

    async def _under_way(self, interview_id: str) -> bool:
        return bool((await self._registry.state(interview_id)).connections)

    async def _accept(self, session: LiveSession, wanted: _Wanted) -> AcceptedCall:
        call_id = wanted.call_id
        settings = receiver_settings(session.state, self._services.settings.speech_gate)
        talker_dbfs = self._rehearsals.talkers.level_dbfs(session.interview_id)
        connection = Connection(
            session,
            call_id=call_id,
            microphone=wanted.microphone,
            channel=wanted.channel,
            dialects=self._services.dialects,
            receiver_settings=replace(settings, talker_dbfs=talker_dbfs),
            clock=self._services.clock,
            spool=self._services.spool,
            counts=self._services.media,
        )
        connection.resumed_from = wanted.resumed_from
        session.calls.opens(connection)  # it is not put to rest while this call is set up
        try:
            accepted = await wanted.accept(connection)
        except BaseException as error:
            session.calls.refused(connection)
            if isinstance(error, OfferRejected):
                raise Refused(error.status, "offer_rejected", error.detail) from error
            raise
        connection.call = accepted.call
        connection.when_up = self._is_up
        self._services.media.opened(connection)
        self._calls[call_id] = (session.interview_id, connection)
        if not self._tasks.spawn(self._forget_call(call_id, connection), "call"):
            connection.shut("limit")
            raise Refused(503, "full", "Too many calls", retry_after_s=10)
        try:
            self._admission.keeps(call_id)
        except Refused:
            connection.shut("superseded")
            raise
        return accepted

    async def _forget_call(self, call_id: str, connection: Connection) -> None:
        await connection.over.wait()
        interview_id, _ = self._calls.pop(call_id)
        self._admission.over(call_id, left=connection.close_reason == "left")
        session = self._registry.get(interview_id)
        if session is None or session.state.status in (*TERMINAL, Status.PARKED):
            self._admission.release(interview_id)

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        try:
            return await self._transport.trickle(call_id, fragment, if_match)
        except OfferRejected as error:
            raise Refused(error.status, "bad_fragment", error.detail) from error

    def close_one(self, call_id: str) -> bool:
        found = self._calls.get(call_id)
        if found is None:
            return False
        found[1].shut("left")
        return True

    def interview_of(self, call_id: str) -> str | None:
        found = self._calls.get(call_id)
        return found[0] if found is not None else None


def _check_device(session: LiveSession) -> None:
    """Raises Refused where the integrator lets nobody take over by the link; who is there is
    informed."""
    state = session.state
    if state.spec.second_device == "take_over" or state.started_s is None:
        return
    if session.connection is not None:
        session.connection.send(hint_in(state.spec, "opened_elsewhere"))
    raise Refused(
        409,
        "open_elsewhere",
        "This interview was begun on another device or in another window. Go on there: it cannot "
        "be moved here.",
    )
