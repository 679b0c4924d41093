"""Which interviews are live here, and everything HTTP may ask of them.

An interview at rest is only its log. Whoever needs it (a link that is opened, a call, a deadline)
takes its lease, folds the log and keeps a `LiveSession` for as long as somebody may be waiting.

Over 400 lines on purpose: which interviews are live is decided in one place.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import result
from media_server.interview.events import TERMINAL, Status
from media_server.interview.pacing import estimated_minutes
from media_server.interview.state import State, evolve, initial
from media_server.live import damage, export, resume, summary
from media_server.live.admission import Admission
from media_server.live.capacity import DEMO_PREFIX
from media_server.live.connection import Connection
from media_server.live.handover import NOT_LET_IN
from media_server.live.link_opened import LinkOpener
from media_server.live.registry import Registry, receiver_settings, store_refusal
from media_server.live.retranscription_queue import RetranscriptionQueue
from media_server.live.services import Services
from media_server.live.session import LiveSession
from media_server.live.tasks import TaskOwner
from media_server.ports import (
    AcceptedCall,
    InterviewRow,
    KeyReused,
    MediaFigures,
    NewEntry,
    OfferRejected,
    Readiness,
    Refused,
    StoreFigures,
    StoreUnavailable,
    SttStatus,
    SummaryRow,
    Transport,
    TrickleAnswer,
    UnknownInterview,
)
from media_server.store.retention import erase_interview
from media_server.wall_clock import wall_s

logger = logging.getLogger(__name__)

MAX_CALLS = 5_000
DRAINING = "draining: this server is about to stop, use another"
TAKE_OVER_S = 5.0
"""An owner that is alive hears of it within a renewal (3 s), and needs up to a second to let go."""


class Openable(Protocol):
    """What the log, the spool and the recordings share: the disk, the connection."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    def troubles(self) -> Sequence[str]:
        """Why no new candidate should come."""

    def figures(self) -> StoreFigures:
        """For metrics."""


class LiveInterviewService:
    """Implements `ports.InterviewService`. `open` before use, `close` after."""

    def __init__(self, services: Services, transport: Transport, stores: Openable) -> None:
        self._services = services
        self._stores = stores
        self._transport = transport
        self._settings = services.settings
        self._registry = Registry(services)
        self._calls: dict[str, tuple[str, Connection]] = {}
        self._tasks = TaskOwner("service", limit=MAX_CALLS)
        self._draining = False
        self._retranscriptions = RetranscriptionQueue(
            services, self._registry, lambda: self._draining
        )
        self._registry.before_opening = self._retranscriptions.give_way
        self._opener = LinkOpener(services, self._registry)
        self._admission = Admission(self._registry, services.settings, services.clock)

    # --- life ---

    async def open(self) -> None:
        """Start every room, then the sweeper. Raises what a room raises: nothing half-open."""
        await self._stores.open()
        await self._services.tts.start()
        await self._services.stt.start()
        await self._transport.start()
        await self._registry.keep_places()  # nobody has offered a call yet
        self._registry.start()
        self._tasks.spawn(self._retranscriptions.run(), "late words")

    def drain(self) -> None:
        """No new joins from here on, `readiness` says so at once; interviews that are live here
        go on to their next pause, then their candidates receive `moved`."""
        if not self._draining:
            self._draining = True
            self._registry.drain()

    async def close(self) -> None:
        self._draining = True
        await self._registry.close()
        await self._tasks.close()
        for closing in (
            self._transport.close(),
            self._services.stt.close(),
            self._services.tts.close(),
            self._services.llm.close(),
            self._stores.close(),
        ):
            try:
                async with asyncio.timeout(6.0):
                    await closing
            except Exception as error:
                logger.exception("closing: %s", type(error).__name__)

    async def give_back(self) -> None:
        """Every interview is left to other servers, where the rest of `close` hangs."""
        self._draining = True
        await self._registry.close()

    def readiness(self) -> Readiness:
        reasons = []
        if self._draining:
            reasons.append(DRAINING)
        reasons += self._unfit()
        full = self._admission.why_full()
        if full is not None:
            reasons.append(full)
        return Readiness(
            not reasons,
            tuple(reasons),
            self.live_calls(),
            self._settings.max_live,
            self._settings.retry_after_s,
            full=full is not None and len(reasons) == 1,
        )

    def _unfit(self) -> list[str]:
        """Why nobody new should come: what they say could not be kept, or not be written down."""
        return [*self._stores.troubles(), *self._deaf()]

    def _deaf(self) -> list[str]:
        """What they say would not be written down in time."""
        stt = self._services.stt.status()
        if stt.workers_ready == 0 or (stt.saturated and stt.trouble):
            trouble = stt.trouble or "see `media-server doctor`"
            return [f"no speech recogniser is ready: {trouble}"]
        if not stt.saturated:
            return []
        late_s = min(stt.newcomer_wait_s, 3600.0)
        reason = (
            f"transcription does not keep up: {stt.queued} segments wait, the next one about "
            f"{late_s:.0f} s; add workers, here or with `media-server stt-worker`"
        )
        return [reason]

    def media(self) -> MediaFigures:
        found, services = self._services.media.figures(self._transport.dropped()), self._services
        speech = {f"tts_{name}": count for name, count in services.tts.figures().items()}
        counters = {**services.counts.figures(), **self._admission.counters(), **speech}
        return replace(
            found,
            counters={**found.counters, **counters},
            gauges={**found.gauges, **self._admission.gauges()},
        )

    def transcription(self) -> SttStatus:
        status = self._services.stt.status()
        counters = {**status.counters, **self._retranscriptions.counters}
        return replace(status, counters=counters)

    def storage(self) -> StoreFigures:
        found, damaged = self._stores.figures(), self._registry.damaged
        return StoreFigures(
            {
                **found.counters,
                "damaged_found": damaged.found,
                "damaged_passed_over": damaged.skipped,
                "recovered": self._registry.recovered,
            },
            {**found.gauges, "interviews_damaged": len(damaged)},
        )

    def live_calls(self) -> int:
        return self._admission.in_call()

    def sessions(self) -> Sequence[LiveSession]:
        """For metrics."""
        return self._registry.all()

    # --- integrators ---

    async def create(
        self, spec: Any, *, idempotency_key: str | None, request_digest: str, demo: bool = False
    ) -> Mapping[str, Any]:
        now_s = wall_s(self._services.clock)
        expires_s = now_s + self._settings.link_ttl_s
        if spec.expires_at is not None:
            expires_s = spec.expires_at.timestamp()
            if expires_s <= now_s:
                raise Refused(422, "expires_at_past", "expires_at lies in the past")
        created = ev.Created(expires_s=expires_s)
        try:
            row = await self._services.log.create(
                f"{DEMO_PREFIX if demo else 'iv_'}{secrets.token_urlsafe(12)}",
                spec=spec.model_dump(mode="json"),
                entries=[_entry(created)],
                status=Status.CREATED.value,
                now_s=now_s,
                summary=summary.of(evolve(initial(spec), created, now_s)),
                idempotency_key=idempotency_key,
                request_digest=request_digest,
            )
        except KeyReused:
            raise Refused(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key was used with another body; use a new key",
            ) from None
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        state = await self._registry.state(row.interview_id)
        return summary.answer(row.interview_id, state.status.value, summary.of(state), live=False)

    def heard_out(self, interview_id: str, version: int) -> bool:
        """At rest, and nothing spooled of it is owed its words. `version`: of its log."""
        return self._registry.heard_until(interview_id, version)

    async def get(self, interview_id: str) -> Mapping[str, Any]:
        return await self._summed_up(await self._registry.row(interview_id))

    async def _summed_up(self, row: InterviewRow, *, keep: bool = False) -> Mapping[str, Any]:
        """One that is damaged is named as such, for its neighbours and its own erasing. `keep`:
        the next list shall not have to fold it."""
        interview_id = row.interview_id
        try:
            state = await self._registry.state(interview_id)
        except Refused as error:
            if error.code != damage.CODE:
                raise
            return damage.summary(row, self._registry.damaged.of(row))
        fields, live = summary.of(state), self._is_live(interview_id)
        if keep and not live:
            with contextlib.suppress(StoreUnavailable, UnknownInterview):
                await self._services.log.save_summary(interview_id, row.version, fields)
        return summary.answer(interview_id, state.status.value, fields, live=live)

    async def page(self, after: str | None, limit: int) -> tuple[Sequence[Mapping[str, Any]], str]:
        try:
            rows = await self._services.log.summaries(after=after, limit=limit)
        except UnknownInterview:
            detail = "cursor must be the next_cursor of a page that was answered here"
            raise Refused(400, "unknown_cursor", detail) from None
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        summaries = []
        for row in rows:
            try:
                summaries.append(await self._listed(row))
            except Refused as error:
                if error.code != "unknown_interview":  # erased since it was listed
                    raise
        return summaries, rows[-1].interview_id if len(rows) == limit else ""

    async def _listed(self, row: SummaryRow) -> Mapping[str, Any]:
        """By what was kept with the row; folded only where that is missing."""
        interview_id = row.interview_id
        session = self._registry.get(interview_id)
        if session is not None:
            status, fields = session.state.status.value, summary.of(session.state)
            return summary.answer(interview_id, status, fields, live=session.connection is not None)
        if row.summary is None or row.damage or self._registry.damaged.of(row):
            return await self._summed_up(await self._registry.row(interview_id), keep=True)
        if not summary.is_whole(row.summary):
            return await self._summed_up(await self._registry.row(interview_id), keep=True)
        return summary.answer(interview_id, row.status, row.summary, live=False)

    async def erase(self, interview_id: str) -> None:
        """Everything of it, everywhere: rows, files, spool, jobs. One audit line stays."""
        await self._registry.row(interview_id)
        async with self._registry.lock(interview_id):
            await self._registry.forget(interview_id)
            self._retranscriptions.forget(interview_id)
            self._services.stt.forget(interview_id)
            try:
                await erase_interview(
                    self._services.log,
                    self._services.spool,
                    self._services.recordings,
                    interview_id,
                    now_s=wall_s(self._services.clock),
                    speech=self._services.tts,
                )
            except StoreUnavailable as error:
                raise store_refusal(error) from error

    async def cancel(self, interview_id: str) -> None:
        state = await self._ask(interview_id, inp.Cancel())
        if state.status is not Status.CANCELLED:
            raise Refused(409, "already_over", f"The interview is over: {state.status.value}")

    async def result(self, interview_id: str) -> Mapping[str, Any]:
        await self._registry.row(interview_id)
        state = await self._registry.state(interview_id)
        notice = self._services.stt.status().notice
        built = result.build(
            interview_id,
            state,
            now_s=self._registry.now_s(interview_id),
            recordings=frozenset(await self._services.recordings.files(interview_id)),
            notices=(notice,) if notice else (),
        )
        return built.model_dump(mode="json")

    async def export(self, interview_id: str) -> AsyncIterator[str]:
        return export.lines(self._services.log, await self._registry.sound_row(interview_id))

    async def recording(self, interview_id: str, name: str) -> str:
        await self._registry.row(interview_id)
        path = await self._services.recordings.path(interview_id, name)
        if path is None:
            raise Refused(404, "unknown_recording", "The result names the recordings there are")
        return path

    # --- candidates ---

    async def joined(self, interview_id: str) -> Mapping[str, Any]:
        if self._draining:
            raise Refused(503, "draining", "This server is about to stop", retry_after_s=5)
        row = await self._registry.sound_row(interview_id)
        if row.status in TERMINAL:
            raise _over(row.status)
        state = await self._registry.state(interview_id)
        if state.status is Status.CREATED:
            state = await self._opener.opened(interview_id)
        spec = state.spec
        notice = self._services.stt.status().notice
        return {
            "id": interview_id,
            "title": spec.title,
            "questions_total": len(spec.questions),
            "minutes": estimated_minutes(spec),
            "locale": spec.candidate.locale,
            "consent": {
                "required": spec.consent.required,
                "version": spec.consent.version,
                "text": spec.consent.text,
                "given": state.consented_s is not None,
            },
            "record_audio": spec.retention.record_audio,
            "text_mode": spec.accommodations.text_mode,
            "status": state.status.value,
            "notices": [notice] if notice else [],
            "demo": spec.metadata.get("demo") == "true",
        }

    async def resumed(self, token: str) -> tuple[str, int]:
        """The interview that a resume token opens, on whichever server it was given out."""
        standing: resume.Standing = "unknown"
        connection_epoch = 0
        interview_id = resume.interview_of(token)
        if interview_id is not None:
            try:
                state = await self._registry.state(interview_id)
                standing = resume.standing(state, token)
                connection_epoch = resume.connection_of(state, token)
            except Refused as error:
                if error.code != "unknown_interview":
                    raise
        if standing == "superseded":
            raise Refused(
                409,
                "superseded",
                "This interview was opened in another window, which has taken over; use the join "
                "link to take it back",
            )
        if interview_id is None or standing == "unknown":
            raise Refused(401, "unknown_resume", "This way back is not valid; open the link again")
        return interview_id, connection_epoch

    async def consent(self, interview_id: str, *, version: str, accepted: bool) -> None:
        state = await self._registry.state(interview_id)
        if version != state.spec.consent.version:
            raise Refused(
                409,
                "consent_version",
                f"The text shown now has version {state.spec.consent.version}; show it again",
            )
        if state.status in TERMINAL:
            raise _over(state.status.value)
        answer: inp.Input = inp.ConsentGiven(version) if accepted else inp.ConsentDeclined(version)
        await self._ask(interview_id, answer, wanted=True)

    async def open_call(
        self, interview_id: str, offer_sdp: str, *, call_id: str, resumed_from: int = 0
    ) -> AcceptedCall:
        if self._draining:
            raise Refused(503, "full", DRAINING, retry_after_s=self._settings.retry_after_s)
        # Before the first await: who asks at the same time finds the place taken.
        self._admission.take(interview_id, call_id)
        try:
            await self._check_fit(interview_id)
            row = await self._registry.sound_row(interview_id)
            if row.status in TERMINAL:
                raise _over(row.status)
            session = await self._session_here(interview_id)
            state = session.state
            if state.status in TERMINAL:
                raise _over(state.status.value)
            if state.consented_s is None:
                raise Refused(403, "consent_needed", "Consent first: POST /v1/consent")
            if not resumed_from:
                _check_device(session)
            accepted = await self._accept(session, offer_sdp, call_id, resumed_from)
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

    async def _check_fit(self, interview_id: str) -> None:
        """Raises Refused when what a newcomer says could not be kept or written down. Who has begun
        waits for words with everybody else."""
        unfit = self._unfit()
        if unfit and not await self._under_way(interview_id):
            raise Refused(503, "full", unfit[0], retry_after_s=self._settings.retry_after_s)

    async def _under_way(self, interview_id: str) -> bool:
        return bool((await self._registry.state(interview_id)).connections)

    async def _session_here(self, interview_id: str) -> LiveSession:
        """The candidate is here: another server that has the interview is asked to let it go, and
        one that has just died still holds its lease. Wait a little before refusing."""
        end_s = time.monotonic() + TAKE_OVER_S
        while True:
            try:
                async with self._registry.lock(interview_id):
                    return await self._registry.session(interview_id, wanted=True)
            except Refused as error:
                if error.code != "elsewhere" or time.monotonic() > end_s:
                    raise
            await asyncio.sleep(0.5)

    async def _accept(
        self, session: LiveSession, offer_sdp: str, call_id: str, resumed_from: int
    ) -> AcceptedCall:
        microphone, channel = _offered(offer_sdp)
        connection = Connection(
            session,
            call_id=call_id,
            microphone=microphone,
            channel=channel,
            receiver_settings=receiver_settings(session.state),
            clock=self._services.clock,
            spool=self._services.spool,
            counts=self._services.media,
        )
        connection.resumed_from = resumed_from
        try:
            accepted = await self._transport.accept(offer_sdp, call_id=call_id, sink=connection)
        except OfferRejected as error:
            raise Refused(error.status, "offer_rejected", error.detail) from error
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

    async def close_call(self, call_id: str) -> bool:
        found = self._calls.get(call_id)
        if found is None:
            return False
        found[1].shut("left")
        return True

    def call_interview(self, call_id: str) -> str | None:
        found = self._calls.get(call_id)
        return found[0] if found is not None else None

    # --- sessions ---

    def _is_live(self, interview_id: str) -> bool:
        session = self._registry.get(interview_id)
        return session is not None and session.connection is not None

    async def _ask(self, interview_id: str, input_: inp.Input, *, wanted: bool = False) -> State:
        """Hand an input to the interview's one inbox and wait for the state after it. `wanted`: as
        in `Registry.session`."""
        await self._registry.sound_row(interview_id)
        if wanted:
            session = await self._session_here(interview_id)
        else:
            async with self._registry.lock(interview_id):
                session = await self._registry.session(interview_id)
        try:
            return await session.ask(input_)
        except TimeoutError:
            raise Refused(
                503, "busy", "The interview did not answer in time", retry_after_s=2
            ) from None


def _check_device(session: LiveSession) -> None:
    """Raises Refused where the integrator lets nobody take over by the link; who is there is
    told."""
    state = session.state
    if state.spec.second_device == "take_over" or state.started_s is None:
        return
    if session.connection is not None:
        session.connection.send(NOT_LET_IN)
    raise Refused(
        409,
        "open_elsewhere",
        "This interview was begun on another device or in another window. Go on there: it cannot "
        "be moved here.",
    )


def _entry(event: ev.Event) -> NewEntry:
    return NewEntry(event.type, event.model_dump(mode="json", exclude={"type"}))


def _over(status: str) -> Refused:
    return Refused(410, "interview_over", f"This interview is over: {status}")


def _offered(sdp: str) -> tuple[bool, bool]:
    """(a microphone, a data channel) as the offer has them; the transport validates the rest."""
    audio, _, rest = sdp.partition("m=audio")[2].partition("m=")
    receive_only = "a=recvonly" in audio or "a=inactive" in audio
    return not receive_only, "application" in rest or "m=application" in sdp
