"""What HTTP may ask of the live side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from media_server.ports.blobs import Blob
from media_server.ports.call import AcceptedCall, TrickleAnswer
from media_server.ports.documents import Documents
from media_server.ports.evidence import EvidenceBundle, Signer, Transcriber
from media_server.ports.figures import LlmFigures, MediaFigures, StoreFigures
from media_server.ports.holds import Holds
from media_server.ports.live_events import Watch
from media_server.ports.load import LoadFigures
from media_server.ports.only import ALL, Only
from media_server.ports.operations import Operations
from media_server.ports.reports import Reports
from media_server.ports.scores import Scores
from media_server.ports.stt import SttStatus
from media_server.ports.tenancy import DEFAULT_TENANT
from media_server.ports.text_line import TextLine
from media_server.ports.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Readiness:
    """What /readyz says: whether a new candidate can join now."""

    ready: bool
    reasons: tuple[str, ...]
    """Why not, each with what to do."""
    live: int
    """Places that are taken."""
    capacity: int
    """Places there are."""
    retry_after_s: int = 10
    """When to ask again, in seconds; of use where `ready` is false."""
    full: bool = False
    """Nothing is wrong but that every place is taken: the server works."""
    waits: bool = False
    """Nothing is wrong but that newcomers have to wait, for a place or because there is too much to
    do: who has begun is let in."""
    notices: tuple[str, ...] = ()
    """What an operator should put right, and what keeps nobody out."""
    kinds: tuple[str, ...] = ()
    """Of each of `reasons`, by `ports.load.REFUSALS`; () where nobody says."""


WaitsFor = Literal["place", "load"]
"""What a newcomer waits for: that somebody goes, or that the server has less to do."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of a newcomer who is refused now and gets in later by asking again."""

    waits_for: WaitsFor
    ahead: int | None = None
    """How many have their turn before; None: there is no queue for what they wait for."""
    expected_s: int | None = None
    """For how long, about; None: not known."""


class Refused(Exception):
    """A request that cannot be granted: becomes an RFC 9457 problem with this status."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        retry_after_s: int | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.waiting = waiting


class InterviewService(Protocol):
    """Everything `signaling` may ask. Raises Refused, nothing else (bugs become 500)."""

    @property
    def holds(self) -> Holds:
        """What must not be deleted for now."""

    @property
    def documents(self) -> Documents:
        """What integrators keep here beside interviews. These raise StoreUnavailable."""

    @property
    def reports(self) -> Reports:
        """For people who judge an interview."""

    @property
    def scores(self) -> Scores:
        """What is proposed, and what people decide about it."""

    @property
    def operations(self) -> Operations:
        """For whoever runs the server: of every tenant."""

    @property
    def webhooks(self) -> Webhooks:
        """What is sent to integrators' own servers."""

    def readiness(self) -> Readiness:
        """From memory, at once: cheap enough for a load balancer that asks every second."""

    def load(self) -> LoadFigures:
        """How busy this process is, averaged over the last seconds: from memory, at once."""

    def drain(self) -> None:
        """Nobody new from here on; live interviews are left to other servers at their pauses."""

    async def leave_writers(self) -> None:
        """Leave the interviews in writing to other servers, in a few seconds.

        Their calls are requests of the HTTP server, which waits for its requests before it lets
        go of this service.
        """

    def media(self) -> MediaFigures:
        """How candidates are heard, for metrics; totals since the process started."""

    def transcription(self) -> SttStatus:
        """Recognisers and their queue as they are now, for metrics."""

    def storage(self) -> StoreFigures:
        """The store's totals since the process started, for metrics."""

    def language_model(self) -> LlmFigures:
        """How the language model answers, for metrics; totals since the process started."""

    def speaks(self, locale: str) -> bool:
        """Whether the interviewer has a voice for it, and as far as known a recogniser: else
        candidates read the questions, or what they say is not written down."""

    async def create(
        self,
        spec: Any,
        *,
        idempotency_key: str | None,
        request_digest: str,
        demo: bool = False,
        tenant: str = DEFAULT_TENANT,
    ) -> Mapping[str, Any]:
        """`spec`: an InterviewSpec. `demo`: anybody may have asked for it; its id says so.
        `tenant`: whose it is from now on. Answers the summary of `get`; 429 `day_is_full` where
        the tenant may make no more today."""

    async def owner(self, interview_id: str) -> str | None:
        """The tenant it belongs to; None: there is no such interview. It costs the same in either
        case, so that nobody learns by the time which ids there are."""

    async def repeated(
        self, *, idempotency_key: str, request_digest: str, tenant: str = DEFAULT_TENANT
    ) -> Mapping[str, Any] | None:
        """The interview that this request has created before, as `create` would answer it; None:
        none. 422 when the key came with another body."""

    async def get(self, interview_id: str) -> Mapping[str, Any]:
        """{id, status, created_at, title, questions_total, round, live, metadata}; 404."""

    async def page(
        self,
        after: str | None,
        limit: int,
        *,
        tenant: str = DEFAULT_TENANT,
        only: Only = ALL,
    ) -> tuple[Sequence[Mapping[str, Any]], str]:
        """Summaries of the tenant's interviews, newest first, and the next cursor ("" at the
        end); 400 `unknown_cursor`, also for another tenant's."""

    async def erase(self, interview_id: str) -> None:
        """Delete log, audio and speech of it, wherever it is live; 404, 409 `held`, 503 where a
        part could not be deleted yet (ask again)."""

    async def cancel(self, interview_id: str) -> None:
        """End it; its answers so far stay. 404, 409 when it is over."""

    async def result(self, interview_id: str) -> Mapping[str, Any]:
        """As docs/result.schema.json has it, partial while it goes on; 404, 409 when damaged."""

    async def export(self, interview_id: str) -> AsyncIterator[str]:
        """The log as lines of JSON (`live.export`), some at a time; 404 before the first. What
        goes wrong on the way is raised as it is: the answer has begun and can only be cut."""

    async def evidence(
        self, interview_id: str, signer: Signer, transcripts: Mapping[str, Transcriber]
    ) -> EvidenceBundle:
        """Everything of it in one signed ZIP (docs/evidence.md). `transcripts`: by file name. 404,
        409 when damaged or too large, 503 when too many are being made."""

    async def watch(
        self, interview_id: str, *, after_id: str, words_by: str | None = None
    ) -> Watch | None:
        """Its public events after the one with this id ("": all), then as they happen. `words_by`:
        with what is heard and said, for this label of an API key. None: that was the last one.

        400 `unknown_event`, 403 `watching_not_agreed`, 404, 409 `live_elsewhere`.
        """

    async def recording(self, interview_id: str, name: str) -> Blob:
        """An Ogg Opus file named in the result, or any other blob of the interview; 404, 503."""

    async def joined(self, interview_id: str, *, ended: bool = False) -> Mapping[str, Any]:
        """The link was opened: what the page needs before the call.

        {id, title, questions_total, minutes, locale, consent{required, version, text, given},
        record_audio, text_mode, status, notices[], demo, branding, those of `next_steps.shown`};
        410 when the interview is over. `ended`: then too, as long as its link lives.
        """

    async def resumed(self, token: str) -> tuple[str, int]:
        """Which interview a resume token opens, and the connection it was given to; 401
        `unknown_resume`, 409 `superseded` for one whose connection was followed by another that is
        known to have its own."""

    async def consent(self, interview_id: str, *, version: str, accepted: bool) -> None:
        """409 when the version is not the one shown, or who declines has begun."""

    async def own_transcript(
        self, interview_id: str, *, resumed_from: int = 0
    ) -> Mapping[str, Any]:
        """`own_words.OwnTranscript` of one that is over: the candidate's own words. `resumed_from`
        as in `open_call`. 409 while it goes on, 410 when the link lives no more."""

    async def review(
        self, interview_id: str, texts: Mapping[str, str], *, resumed_from: int = 0
    ) -> Mapping[str, Any]:
        """The candidate hands the transcript over, with these answers (by prompt id) corrected:
        once. The same again answers the same. 409 `no_review`, `review_over`, `already_reviewed`;
        422 for what may not be corrected."""

    async def open_call(
        self, interview_id: str, offer_sdp: str, *, call_id: str, resumed_from: int = 0
    ) -> AcceptedCall:
        """`resumed_from`: the connection whose resume token was brought; 0: it came by the link,
        and gets nothing of what was said before; 409 `open_elsewhere` where that is refused. 403
        without consent, 503 when full, 4xx for the offer (from OfferRejected)."""

    async def open_text(
        self, interview_id: str, *, call_id: str, resumed_from: int = 0
    ) -> TextLine:
        """A call in writing, without an offer: whoever opens it holds it until it is over. Refused
        as `open_call` is."""

    async def probe(self, interview_id: str, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        """A call that carries nothing and ends within 10 s: whether one could be had. It takes no
        place. 410 when the interview is over, 503 when too many are asked for."""

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        """As `Transport.trickle`; 404 for a call that is not there, 412 for another ETag."""

    async def close_call(self, call_id: str) -> bool:
        """ "Left this call", not "ended the interview". False: no such call."""

    def call_interview(self, call_id: str) -> str | None:
        """Which interview a call belongs to; None: no such call."""

    async def rehearse(self, interview_id: str, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        """A short call before the interview: how the candidate sounds. 403 without consent, 409
        `in_call` while the interview's own call goes on, 410 when it is over, 422 without a
        microphone, 503 where there is no room, 4xx for the offer."""

    async def close_rehearsal(self, call_id: str) -> bool:
        """False: no such rehearsal."""

    def rehearsal_interview(self, call_id: str) -> str | None:
        """Which interview a rehearsal belongs to; None: no such rehearsal."""
