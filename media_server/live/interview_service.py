"""Which interviews are live here, and everything HTTP may ask of them.

An interview at rest is only its log. Whoever needs it (a link that is opened, a call, a deadline)
takes its lease, folds the log and keeps a `LiveSession` for as long as somebody may be waiting.

Which are live is the `Registry`'s; what concerns all of them, or a call, has a class of its own.

Over 400 lines on purpose: it is everything that HTTP may ask, one method after another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.interview.status import TERMINAL, Status
from media_server.live import after_end, page_facts, resume
from media_server.live.admission import Admission
from media_server.live.calls import Calls
from media_server.live.catalogue import Catalogue
from media_server.live.evaluations import Evaluations
from media_server.live.legal_holds import LegalHolds
from media_server.live.link_opened import LinkOpener
from media_server.live.load_meter import LoadMeter
from media_server.live.operations import LiveOperations
from media_server.live.record_queue import RecordQueue
from media_server.live.refusals import over
from media_server.live.registry import Registry
from media_server.live.rehearsals import Rehearsals
from media_server.live.reports import Reports
from media_server.live.results import Results
from media_server.live.retranscription_queue import RetranscriptionQueue
from media_server.live.scores import LiveScores
from media_server.live.service_health import Counting, ServiceHealth
from media_server.live.services import Services
from media_server.live.session import LiveSession
from media_server.live.speech_ahead import SpeechAhead
from media_server.live.sweeper import Sweeper
from media_server.live.tasks import TaskOwner
from media_server.live.watching import open_watch
from media_server.live.webhooks import create_webhooks
from media_server.ports import (
    DEFAULT_TENANT,
    AcceptedCall,
    Blob,
    Documents,
    EvidenceBundle,
    LlmFigures,
    MediaFigures,
    Readiness,
    Refused,
    Signer,
    StoreFigures,
    SttStatus,
    TextLine,
    Transcriber,
    Transport,
    TrickleAnswer,
)
from media_server.ports.live_events import Watch
from media_server.ports.load import LoadFigures, Whereabouts
from media_server.ports.only import ALL, Only
from media_server.wall_clock import wall_s

logger = logging.getLogger(__name__)


class Openable(Counting, Protocol):
    """What the log, the spool and the recordings share: the disk, the connection."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...


class LiveInterviewService:
    """`ports.InterviewService`; `open` before use, `close` after. Joins many parts on purpose.
    `meter`: started and closed by who made it; None: how busy the machine is, is not known."""

    def __init__(
        self,
        services: Services,
        transport: Transport,
        stores: Openable,
        *,
        meter: LoadMeter | None = None,
    ) -> None:
        self._services = services
        self._stores = stores
        self._transport = transport
        self._registry = Registry(services)
        self._sweeper = Sweeper(services, self._registry)
        self._retranscriptions = RetranscriptionQueue(
            services, self._registry, lambda: self._registry.draining
        )
        self._record = RecordQueue(services, self._registry, lambda: self._registry.draining)
        self._evaluations = Evaluations(services, self._registry, lambda: self._registry.draining)
        self._registry.before_opening = self._give_way
        self._opener = LinkOpener(services, self._registry)
        meter = meter or LoadMeter()
        self._admission = Admission(
            self._registry, services.settings, services.clock, meter.gate, services.machine_places
        )
        meter.each_second = self._admission.look
        self._health = ServiceHealth(
            services, stores, transport, self._registry, self._sweeper, self._admission,
            self._retranscriptions, self._record, meter,
        )  # fmt: skip
        admission, health = self._admission, self._health
        self._rehearsals = Rehearsals(services, transport, self._registry, admission, health.unfit)
        self._calls = Calls(
            services, transport, self._registry, self._admission, self._health, self._rehearsals
        )
        self._catalogue = Catalogue(services, self._registry)
        self.repeated = self._catalogue.repeated
        self._results = Results(services, self._registry)
        self.holds = LegalHolds(services, self._registry)
        self.reports = Reports(services, self._registry, self._results)
        self.operations = LiveOperations(services, self._registry)
        self.scores = LiveScores(
            services, self._registry, self._evaluations, partial(self._ask, wanted=True)
        )
        self._speech_ahead = SpeechAhead(services, self._registry, self._admission.in_call)
        self.webhooks = create_webhooks(services, self._registry, self._catalogue.own_urls)
        self._tasks = TaskOwner("service", limit=4)

    # --- life ---

    async def open(self) -> None:
        """Start every room, then the sweeper. Raises what a room raises: nothing half-open."""
        await self._stores.open()
        await self._services.tts.start()
        await self._services.stt.start()
        await self._transport.start()
        await self._registry.keep_places()  # nobody has offered a call yet
        self._sweeper.start()
        self.webhooks.start()
        self._tasks.spawn(self._retranscriptions.run(), "late words")
        self._tasks.spawn(self._record.run(), "the record")
        self._tasks.spawn(self._evaluations.run(), "evaluations")
        self._tasks.spawn(self._speech_ahead.run(), "speech ahead")

    def drain(self) -> None:
        """No new joins from here on, `readiness` says so at once; interviews that are live here
        go on to their next pause, then their candidates receive `moved`."""
        if not self._registry.draining:
            self._registry.drain()

    async def leave_writers(self) -> None:
        self._services.watching.close()
        await self._calls.leave_writers()

    async def close(self) -> None:
        await self.give_back()
        await self._services.watching.feeds.close()
        await self._rehearsals.close()
        await self._calls.close()
        await self.reports.close()
        await self.webhooks.close()
        await self._tasks.close()
        for closing in (
            self._transport.close(), self._services.stt.close(), self._services.tts.close(),
            self._services.llm.close(), self._stores.close(),
        ):  # fmt: skip
            try:
                async with asyncio.timeout(6.0):
                    await closing
            except Exception as error:
                logger.exception("closing: %s", type(error).__name__)

    async def give_back(self) -> None:
        """Every interview is left to other servers, where the rest of `close` hangs."""
        self._registry.draining = True
        await self._sweeper.close()
        await self._registry.close()

    def readiness(self) -> Readiness:
        return self._health.readiness()

    def load(self) -> LoadFigures:
        return self._health.load()

    def media(self) -> MediaFigures:
        found, rehearsals = self._health.media(), self._rehearsals
        counters = {**self._calls.counters(), **rehearsals.counters(), **self._evaluations.counters}
        counters = {**found.counters, **counters}
        return replace(found, counters=counters, gauges={**found.gauges, **rehearsals.gauges()})

    def transcription(self) -> SttStatus:
        return self._health.transcription()

    def storage(self) -> StoreFigures:
        return self._health.storage()

    def language_model(self) -> LlmFigures:
        figures = self._services.llm_counts.figures()
        return replace(figures, has_model=not self._services.llm.scripted)

    def live_calls(self) -> int:
        return self._admission.in_call()

    def whereabouts(self) -> Whereabouts:
        """For whoever sends each request to the process that has its interview."""
        open_here = frozenset(session.interview_id for session in self._registry.all())
        return Whereabouts(self._admission.places(), open_here)

    def sessions(self) -> Sequence[LiveSession]:
        """Those that are open here, with a candidate or without."""
        return self._registry.all()

    # --- integrators ---

    @property
    def documents(self) -> Documents:
        return self._services.documents

    def voice(self) -> str:
        """Who speaks, in words."""
        return self._services.tts.describe(details=False)

    def speaks(self, locale: str) -> bool:
        heard = self._services.stt.status().languages
        understands = not heard or locale.partition("-")[0].lower() in heard
        return understands and self._services.tts.speaks(locale)

    async def create(
        self, spec: Any, *, idempotency_key: str | None, request_digest: str, demo: bool = False,
        tenant: str = DEFAULT_TENANT,
    ) -> Mapping[str, Any]:  # fmt: skip
        created = await self._catalogue.create(
            spec, idempotency_key=idempotency_key, request_digest=request_digest, demo=demo,
            tenant=tenant,
        )  # fmt: skip
        self._speech_ahead.created(str(created["id"]))
        return created

    async def get(self, interview_id: str) -> Mapping[str, Any]:
        return await self._catalogue.get(interview_id)

    async def owner(self, interview_id: str) -> str | None:
        return await self._catalogue.owner(interview_id)

    async def page(
        self,
        after: str | None,
        limit: int,
        *,
        tenant: str = DEFAULT_TENANT,
        only: Only = ALL,
    ) -> tuple[Sequence[Mapping[str, Any]], str]:
        return await self._catalogue.page(after, limit, tenant=tenant, only=only)

    def heard_out(self, interview_id: str, version: int) -> bool:
        """At rest, and nothing spooled of it is owed its words. `version`: of its log."""
        return self._registry.heard_out.until(interview_id, version)

    async def erase(self, interview_id: str) -> None:
        def forget() -> None:
            self._services.stt.forget(interview_id)
            self._services.turns.forget(interview_id)
            for room in (
                self._sweeper, self._retranscriptions, self._record, self._evaluations,
                self._speech_ahead,
                self._rehearsals, self.reports,
            ):  # fmt: skip
                room.forget(interview_id)

        await self.holds.erase(interview_id, forget)

    async def cancel(self, interview_id: str) -> None:
        state = await self._ask(interview_id, inp.Cancel())
        if state.status is not Status.CANCELLED:
            raise Refused(409, "already_over", f"The interview is over: {state.status.value}")

    async def result(self, interview_id: str) -> Mapping[str, Any]:
        return await self._results.result(interview_id)

    async def export(self, interview_id: str) -> AsyncIterator[str]:
        return await self._results.export(interview_id)

    async def evidence(
        self, interview_id: str, signer: Signer, transcripts: Mapping[str, Transcriber]
    ) -> EvidenceBundle:
        return await self._results.evidence(interview_id, signer, transcripts)

    async def watch(
        self, interview_id: str, *, after_id: str, words_by: str | None = None
    ) -> Watch | None:
        return await open_watch(
            self._services, self._registry, interview_id, after_id=after_id, words_by=words_by
        )

    async def recording(self, interview_id: str, name: str) -> Blob:
        return await self._results.recording(interview_id, name)

    # --- candidates ---

    async def joined(self, interview_id: str, *, ended: bool = False) -> Mapping[str, Any]:
        if self._registry.draining:
            raise Refused(503, "draining", "This server is about to stop", retry_after_s=5)
        row = await self._registry.sound_row(interview_id)
        if row.status in TERMINAL and not ended:
            raise over(row.status)
        state = await self._registry.state(interview_id)
        if state.status in TERMINAL:
            after_end.require_live_link(state, wall_s(self._services.clock))
        if state.status is Status.CREATED:
            state = await self._opener.opened(interview_id)
        if state.status not in TERMINAL:
            self._speech_ahead.opened(interview_id)
        notice = self._services.stt.status().notice
        return page_facts.of(interview_id, state, notice=notice)

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
            raise over(state.status.value)
        answer: inp.Input = inp.ConsentGiven(version) if accepted else inp.ConsentDeclined(version)
        state = await self._ask(interview_id, answer, wanted=True)
        if not accepted and state.status is not Status.DECLINED:
            detail = "The interview has begun, in another window perhaps; leave it there"
            raise Refused(409, "already_begun", detail)

    async def own_transcript(
        self, interview_id: str, *, resumed_from: int = 0
    ) -> Mapping[str, Any]:
        await self._registry.sound_row(interview_id)
        state = await self._registry.state(interview_id)
        found = after_end.transcript_of(
            interview_id,
            state,
            now_s=self._registry.now_s(interview_id),
            unix_s=wall_s(self._services.clock),
            resumed_from=resumed_from,
        )
        return found.model_dump(mode="json")

    async def review(
        self, interview_id: str, texts: Mapping[str, str], *, resumed_from: int = 0
    ) -> Mapping[str, Any]:
        state = await self._registry.state(interview_id)
        unix_s = wall_s(self._services.clock)
        input_ = after_end.reviewed(state, texts, unix_s=unix_s, resumed_from=resumed_from)
        if state.reviewed is None:
            state = await self._ask(interview_id, input_, wanted=True)
        after_end.require_reviewed(state, texts)
        return await self.own_transcript(interview_id, resumed_from=resumed_from)

    async def open_call(
        self, interview_id: str, offer_sdp: str, *, call_id: str, resumed_from: int = 0
    ) -> AcceptedCall:
        return await self._calls.open(
            interview_id, offer_sdp, call_id=call_id, resumed_from=resumed_from
        )

    async def open_text(
        self, interview_id: str, *, call_id: str, resumed_from: int = 0
    ) -> TextLine:
        return await self._calls.open_text(interview_id, call_id=call_id, resumed_from=resumed_from)

    async def probe(self, interview_id: str, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        return await self._calls.probe(interview_id, offer_sdp, call_id=call_id)

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        return await self._calls.trickle(call_id, fragment, if_match)

    async def close_call(self, call_id: str) -> bool:
        return self._calls.close_one(call_id)

    def call_interview(self, call_id: str) -> str | None:
        return self._calls.interview_of(call_id)

    async def rehearse(self, interview_id: str, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        return await self._rehearsals.open(interview_id, offer_sdp, call_id=call_id)

    async def close_rehearsal(self, call_id: str) -> bool:
        return self._rehearsals.close_one(call_id)

    def rehearsal_interview(self, call_id: str) -> str | None:
        return self._rehearsals.interview_of(call_id)

    # --- sessions ---

    async def _give_way(self, interview_id: str) -> None:
        """It is about to be opened: what is done at rest ends first."""
        await self._retranscriptions.give_way(interview_id)
        await self._record.give_way(interview_id)
        await self._evaluations.give_way(interview_id)

    async def _ask(self, interview_id: str, input_: inp.Input, *, wanted: bool = False) -> State:
        """Hand an input to the interview's one inbox and wait for the state after it. `wanted`: as
        in `Registry.session`."""
        await self._registry.sound_row(interview_id)
        if wanted:
            session = await self._registry.session_here(interview_id)
        else:
            async with self._registry.lock(interview_id):
                session = await self._registry.session(interview_id)
        try:
            return await session.ask(input_)
        except TimeoutError:
            raise Refused(
                503, "busy", "The interview did not answer in time", retry_after_s=2
            ) from None
