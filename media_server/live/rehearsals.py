"""The rehearsals of this server: who may have one, and when it must make room.

A rehearsal counts as a candidate where there is room, and gives way as soon as there is none: it
never takes the place of an interview. An interview has one of them at most, and none while its own
call goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from media_server.interview.status import TERMINAL
from media_server.live.admission import Admission
from media_server.live.load_admission import Unfit
from media_server.live.offered import offered
from media_server.live.refusals import over
from media_server.live.registry import Registry, receiver_settings
from media_server.live.rehearsal import LISTEN_S, SILENCE_MS, Rehearsal
from media_server.live.services import Services
from media_server.live.talkers import Talkers
from media_server.live.tasks import TaskOwner
from media_server.ports import AcceptedCall, CloseReason, OfferRejected, Refused, Transport

MAX_REHEARSALS = 1_000
COUNTED = (
    "rehearsals_begun",
    "rehearsals_refused",
    "rehearsals_gave_way",
    "rehearsal_words_understood",
    "rehearsal_words_late",
    "rehearsal_words_none",
)


class Rehearsals:
    """`close` once. `unfit`: why nobody new can be taken in, where that is so."""

    def __init__(
        self,
        services: Services,
        transport: Transport,
        registry: Registry,
        admission: Admission,
        unfit: Callable[[], list[Unfit]],
    ) -> None:
        self.talkers = Talkers(services.clock.now_s)
        self._services = services
        self._transport = transport
        self._registry = registry
        self._admission = admission
        self._unfit = unfit
        self._open: dict[str, Rehearsal] = {}
        """By call id, the oldest first."""
        self._tasks = TaskOwner("rehearsals", limit=MAX_REHEARSALS)
        self._counts = dict.fromkeys(COUNTED, 0)

    async def close(self) -> None:
        for rehearsal in tuple(self._open.values()):
            rehearsal.shut("shutdown")
            await rehearsal.release()
        await self._tasks.close()

    async def open(self, interview_id: str, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        """Raises Refused: 403 without consent, 409 while the interview's call goes on, 410 when it
        is over, 422 without a microphone, 503 without room."""
        microphone, channel = offered(offer_sdp)
        if not (microphone and channel):
            raise Refused(
                422, "offer_rejected", "A rehearsal needs a microphone and a data channel"
            )
        state = await self._registry.state(interview_id)
        if state.status in TERMINAL:
            raise over(state.status.value)
        if state.consented_s is None:
            raise Refused(403, "consent_needed", "Consent first: POST /v1/consent")
        session = self._registry.get(interview_id)
        if session is not None and session.connection is not None:
            raise Refused(409, "in_call", "The interview's call goes on; rehearse before it")
        self._end_of(interview_id, "superseded", "taken")
        self._check_room()
        settings = replace(
            receiver_settings(state, self._services.settings.speech_gate),
            silence_ms=SILENCE_MS,
            min_turn_ms=0,
            max_turn_ms=round(LISTEN_S * 1000),
            time_multiplier=state.spec.accommodations.time_multiplier,
        )
        rehearsal = Rehearsal(
            interview_id,
            call_id,
            state.spec,
            settings,
            self._services,
            lambda level_dbfs: self.talkers.learn(interview_id, level_dbfs),
        )
        return await self._accept(rehearsal, offer_sdp)

    def _check_room(self) -> None:
        """Raises Refused."""
        settings = self._services.settings
        why = "This server is about to stop" if self._registry.draining else ""
        why = why or next((unfit.text for unfit in self._unfit()), "")
        if not why and len(self._open) >= min(self._admission.free(), MAX_REHEARSALS):
            why = "Every place is taken; the interview itself may begin without a rehearsal"
        if why:
            self._counts["rehearsals_refused"] += 1
            raise Refused(503, "full", why, retry_after_s=settings.retry_after_s)

    async def _accept(self, rehearsal: Rehearsal, offer_sdp: str) -> AcceptedCall:
        call_id = rehearsal.call_id
        self._open[call_id] = rehearsal  # before the first await: its place is taken
        try:
            accepted = await self._transport.accept(offer_sdp, call_id=call_id, sink=rehearsal)
        except BaseException as error:
            self._open.pop(call_id, None)
            await rehearsal.release()
            if isinstance(error, OfferRejected):
                raise Refused(error.status, "offer_rejected", error.detail) from error
            raise
        rehearsal.begin(accepted.call)
        self._counts["rehearsals_begun"] += 1
        if not self._tasks.spawn(self._forget(rehearsal), "rehearsal"):
            rehearsal.shut("limit")
            self._open.pop(call_id, None)
            await rehearsal.release()
            raise Refused(503, "full", "Too many rehearsals", retry_after_s=10)
        return accepted

    async def _forget(self, rehearsal: Rehearsal) -> None:
        try:
            await rehearsal.over.wait()
        finally:
            self._open.pop(rehearsal.call_id, None)
            if rehearsal.words:
                self._counts[f"rehearsal_words_{rehearsal.words}"] += 1
        await rehearsal.release()

    # --- what makes them end ---

    def close_one(self, call_id: str) -> bool:
        """False: no such rehearsal."""
        found = self._open.get(call_id)
        if found is not None:
            found.shut("left")
        return found is not None

    def interview_of(self, call_id: str) -> str | None:
        found = self._open.get(call_id)
        return found.interview_id if found is not None else None

    def interview_begins(self, interview_id: str) -> None:
        """Its call has taken a place: its rehearsal is over, and others go where it is full."""
        self._end_of(interview_id, "superseded", "begun")
        too_many = len(self._open) - max(0, self._admission.free())
        for rehearsal in tuple(self._open.values())[: max(0, too_many)]:
            self._counts["rehearsals_gave_way"] += 1
            self._end(rehearsal, "superseded", "limit")

    def forget(self, interview_id: str) -> None:
        """Before an erasure."""
        self._end_of(interview_id, "superseded", "taken")
        self.talkers.forget(interview_id)

    def _end_of(self, interview_id: str, reason: CloseReason, why: str) -> None:
        for rehearsal in tuple(self._open.values()):
            if rehearsal.interview_id == interview_id:
                self._end(rehearsal, reason, why)

    def _end(self, rehearsal: Rehearsal, reason: CloseReason, why: str) -> None:
        """From here on it has no place, whatever it still has to say."""
        self._open.pop(rehearsal.call_id, None)
        rehearsal.end(reason, why)

    # --- figures ---

    def counters(self) -> Mapping[str, int]:
        """For metrics."""
        return self._counts

    def gauges(self) -> Mapping[str, float]:
        """For metrics."""
        return {"rehearsals": len(self._open)}
