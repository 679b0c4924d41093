"""The Protocols between the rooms. A room is written against these and against nothing else.

Times named `now_s` are seconds of one process-wide clock that never jumps (see `Clock`); times
named `start_s` / `end_s` are seconds of the candidate's audio. "Failure is a value": what an
engine could not do comes back as a value or as the one documented exception.

Over 400 lines on purpose: every seam of the house is found in one place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from media_server.audio.types import Pcm, RtpPacket, SpeechClip
from media_server.interview.given_up import GivenUp

# --- clock --------------------------------------------------------------------------------------


class Clock(Protocol):
    """Unix seconds, anchored once at process start and advanced by the monotonic clock.

    A wall clock that jumps moves no lease, timeout or ping, yet times in the log still mean
    something after a restart.
    """

    def now_s(self) -> float: ...


# --- speech to text -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start_s: float
    """Seconds from the first sample of the audio that was given."""
    end_s: float
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Transcription:
    """What an engine made of one stretch of audio. Empty `text`: nothing was recognised."""

    text: str
    words: tuple[Word, ...]
    engine: str
    model: str
    language: str
    confidence: float | None = None
    rejected: str = ""
    """Why text was taken out (repetition, known invention on silence); empty: nothing was."""
    rejected_text: str = field(default="", repr=False)
    """What was taken out: no part of the answer, and kept for people to judge."""


class SttEngine(Protocol):
    """Runs inside a worker process, blocking, one call at a time."""

    name: str
    model: str
    notice: str
    """A sentence the candidate and the result must carry, or "" (the stand-in's honesty)."""

    def warm_up(self) -> None:
        """Load whatever is slow. Raises EngineUnavailable with what to do about it."""

    def transcribe(
        self, pcm: Pcm, *, language: str, final: bool, glossary: Sequence[str]
    ) -> Transcription: ...


class EngineUnavailable(Exception):
    """An engine cannot be used here; the text says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class SttJob:
    """Self-contained: any worker on any machine can do it."""

    interview_id: str
    segment_id: str
    attempt: int
    final: bool
    start_s: float
    pcm: Pcm = field(repr=False)
    language: str = "en"
    glossary: tuple[str, ...] = ()
    speech_ms: int = 0


@dataclass(frozen=True, slots=True)
class SttOutcome:
    """The fate of a job. `transcription` None: given up after retries, `reason` says why."""

    interview_id: str
    segment_id: str
    attempt: int
    final: bool
    transcription: Transcription | None
    reason: str = ""
    queued_s: float = 0.0
    worked_s: float = 0.0
    deliveries: int = 1
    cause: GivenUp = ""
    """Of `reason`, as a value."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How durations were distributed since the start, as Prometheus' histograms have it."""

    buckets: tuple[tuple[float, int], ...]
    """(upper bound in seconds, how many were at most that); the bounds ascend."""
    count: int
    sum_s: float


@dataclass(frozen=True, slots=True)
class SttStatus:
    workers_ready: int
    workers_wanted: int
    queued: int
    """Finals that wait for a worker."""
    oldest_queued_s: float
    engine: str
    model: str
    notice: str
    saturated: bool = False
    """Finals do not keep up, or nobody works: let no new candidate in."""
    trouble: str = ""
    """Why workers are missing, with what to do; "" when all is well."""
    counters: Mapping[str, int] = field(default_factory=dict)
    queued_interims: int = 0
    running: int = 0
    """Jobs in work."""
    expected_wait_s: float = 0.0
    """How long a final submitted now would wait for a worker; infinite without one."""
    newcomer_wait_s: float = 0.0
    """The same of a new candidate's, who does not wait for the whole backlog of one interview."""
    timings: Mapping[tuple[str, str], Distribution] = field(default_factory=dict)
    """By ("wait" or "run", "final" or "interim"): until a worker began, and its work."""


class SpeechToText(Protocol):
    """The pool as the live sessions see it. All methods run on the event loop.

    After `start` returns, at least one worker is warm. `on_outcome` is called on the loop exactly
    once per final job that was submitted and not dropped by `forget`; for an interim at most once,
    without a transcription where it was not computed (a newer interim of the same interview
    replaces a waiting older one, load may leave it out).
    """

    async def start(self) -> None: ...
    async def close(self) -> None: ...
    def submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None: ...
    def drop_interims(self, interview_id: str) -> None:
        """The candidate left: what nobody will read is not computed. Finals stay owed."""

    def forget(self, interview_id: str) -> None:
        """Erasure: every job of the interview is dropped, and its outcomes with it."""

    def status(self) -> SttStatus: ...


class Public(str):
    """Text of our own making, nobody's words or name: it may be logged as it stands.

    Of any other text in a log's arguments only the length is shown.
    """

    __slots__ = ()


# --- text to speech -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawSpeech:
    """Mono s16 PCM as the engine makes it."""

    samples: Pcm
    sample_rate: int


class TtsEngine(Protocol):
    """Blocking; called in a child process or a dedicated thread, never on the loop."""

    name: str
    voice: str

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        """Raises EngineUnavailable, or any error for this one text."""


class SpeechUnavailable(Exception):
    """No voice for this text now; show the text instead."""


class KeptSpeech(Protocol):
    """What the bot has said, kept on the disk of this machine: part of what an erasing reaches."""

    async def erase(self, interview_id: str) -> None:
        """Raises StoreUnavailable: call it again."""

    async def interviews(self) -> Mapping[str, float]:
        """Those with speech of their own here, and when it was last written (wall clock)."""


class TextToSpeech(KeptSpeech, Protocol):
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def speak(
        self, text: str, *, locale: str, deadline_s: float, interview_id: str = ""
    ) -> SpeechClip:
        """The clip, from the cache or made now. Raises SpeechUnavailable at the deadline.
        `interview_id`: of words that this interview alone says, so that `erase` finds them."""

    def describe(self) -> str:
        """Engine and voice, for doctor, logs and the result."""

    def figures(self) -> Mapping[str, int]:
        """For metrics: totals since the start; the keys are those of `interview_metrics`."""


# --- language model -----------------------------------------------------------------------------


class LlmUnavailable(Exception):
    """Refused, silent, busy or nonsense: `str(error)` is a short reason fit for the log."""


@dataclass(frozen=True, slots=True)
class GreetingRequest:
    title: str
    questions_total: int
    minutes: int
    locale: str


class Llm(Protocol):
    name: str

    async def greet(self, request: GreetingRequest, *, first_token_s: float, total_s: float) -> str:
        """One attempt, no retry (the interview counts attempts). Raises LlmUnavailable."""

    async def close(self) -> None: ...


# --- transport ----------------------------------------------------------------------------------

CloseReason = Literal[
    "left",
    "superseded",
    "gone",
    "timeout_connect",
    "timeout_channel",
    "channel_lost",
    "limit",
    "shutdown",
    "ended",
    "lease_lost",
    "error",
]


@dataclass(frozen=True, slots=True)
class CallStats:
    """Counters of one call since it began."""

    packets_received: int = 0
    packets_lost: int = 0
    packets_sent: int = 0
    bytes_sent: int = 0
    jitter_ms: float = 0.0
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Why datagrams were dropped before anything parsed them (off_path, empty, …)."""
    packets_resent: int = 0
    """Because the client asked for them (NACK)."""
    remote_loss: float = 0.0
    """Share of what we sent that the client missed, as its last report says."""
    round_trip_s: float | None = None
    """From the client's last report on a sender report of ours; None: not measured yet."""


class CallSink(Protocol):
    """What a live session offers to its call. Called on the loop, must return within 5 ms.

    An exception here is caught, counted and logged by the transport; it never ends the call.
    """

    def on_connected(self) -> None:
        """DTLS is up: media can flow. Once per call."""

    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None: ...
    def on_channel_open(self, label: str) -> None: ...
    def on_text(self, data: str | bytes) -> None: ...
    def on_playout(
        self,
        utterance_id: str,
        what: Literal["started", "finished", "stopped"],
        position_s: float,
    ) -> None:
        """`position_s`: how much of the clip has been sent. "stopped" answers `stop_playing`."""

    def on_quality(self, what: Literal["suspect", "recovered"]) -> None:
        """No authenticated packet for 6 s, and the first one after that."""

    def on_closed(self, reason: CloseReason) -> None:
        """Last callback, exactly once, whatever happened."""


class Call(Protocol):
    """One candidate's connection. After `close` nothing is sent, synchronously."""

    call_id: str

    @property
    def position_s(self) -> float | None:
        """How much of the clip that plays has been sent; None when nothing plays."""

    def play(self, clip: SpeechClip, utterance_id: str, *, from_s: float = 0.0) -> None:
        """Replaces what is playing (which is reported as stopped)."""

    def stop_playing(self) -> None: ...
    def send_text(self, text: str) -> bool:
        """False: not open, or the reader is too slow (bufferedAmount over 64 KiB)."""

    @property
    def delivered(self) -> bool:
        """The client has acknowledged every text that was sent."""

    def stats(self) -> CallStats: ...
    def close(self, reason: CloseReason) -> None:
        """Close the gate now; sockets and handshakes are torn down by the transport's tasks."""


class OfferRejected(Exception):
    """The SDP cannot become a call. `status` is the HTTP status, the text says what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class AcceptedCall:
    call: Call
    answer_sdp: str
    etag: str
    """Changes with each ICE restart (RFC 9725 §4.3.1)."""


class Transport(Protocol):
    """All calls of one process."""

    async def start(self) -> None: ...
    async def close(self) -> None:
        """Every call is closed with "shutdown"; returns within 5 s."""

    async def accept(self, offer_sdp: str, *, call_id: str, sink: CallSink) -> AcceptedCall:
        """Raises OfferRejected."""

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        """`fragment`: application/trickle-ice-sdpfrag (RFC 8840). Raises OfferRejected."""

    def etag(self, call_id: str) -> str | None:
        """None: no such call any more."""

    def dropped(self) -> Mapping[str, int]:
        """Datagrams that belonged to no call, by reason, since the start."""


@dataclass(frozen=True, slots=True)
class MediaFigures:
    """How well candidates are heard in this process, since its start. For metrics."""

    counters: Mapping[str, float]
    """Totals that only grow, of the calls that are over and those that are not."""
    closed: Mapping[str, int]
    """Calls by CloseReason."""
    dropped: Mapping[str, int]
    """Datagrams by the reason why nothing parsed them."""
    gauges: Mapping[str, float]
    """Of the calls there are now."""
    distributions: Mapping[str, Distribution]
    """Times in seconds; `loss` is a share, `level` is dBFS."""


@dataclass(frozen=True, slots=True)
class TrickleAnswer:
    """status 204 for candidates; 200 with a fragment and a new ETag for an ICE restart."""

    status: int
    fragment: str = ""
    etag: str = ""


# --- event log ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewEntry:
    type: str
    data: Mapping[str, Any]
    at_s: float | None = None
    """When it was decided, which may be a while before it is written; None: `now_s` of the call."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    seq: int
    """1-based, without gaps within an interview; equals the version after it."""
    at_s: float
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Appended:
    entries: tuple[LogEntry, ...]
    repeated: bool = False
    """True: this operation id was applied before; `entries` are those of then."""


@dataclass(frozen=True, slots=True)
class Conflict:
    version: int
    """The log has moved on to this version: read, fold, decide again."""


@dataclass(frozen=True, slots=True)
class Fenced:
    lease_epoch: int
    """Another owner has taken over with this epoch: stop at once."""


class StoreUnavailable(Exception):
    """The store did not answer in time or cannot write (disk full, server down): try again."""

    nobody_can_write = False
    """True: the store itself refuses everybody (its disk is full), so that no other owner can
    take a lease over meanwhile."""


@dataclass(frozen=True, slots=True)
class InterviewRow:
    interview_id: str
    created_s: float
    version: int
    status: str
    spec: Mapping[str, Any]
    idempotency: tuple[str, str] = field(default=("", ""), compare=False, repr=False)
    """Key and digest of the request that made it, as its store keeps them; for `restore` alone."""
    damage: str = ""
    """What of the row could not be read, "" for nothing; the fields it stood in are empty then."""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What a list needs of an interview, without its specification."""

    interview_id: str
    created_s: float
    version: int
    status: str
    summary: Mapping[str, Any] | None
    """As it was given with the newest append; None: there is none, or it is of an older version."""
    damage: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    interview_id: str
    owner: str
    lease_epoch: int
    expires_s: float
    """On the store's clock; the holder fences itself earlier, on its own monotonic clock."""
    log_version: int | None = None
    """Entries in the log when it was renewed, where the store can lose some (Redis). Fewer than
    the owner has written: the owner writes them again."""
    wanted: bool = False
    """From `renew`: another owner has asked for it since the renewal before."""


class EventLog(Protocol):
    """Append-only log of every interview, the only write path. SQLite and Redis pass one suite.

    Every method is awaitable, never blocks the loop, and answers or raises StoreUnavailable
    within 1 s. `status` is a column kept for listing, written in the same transaction.
    """

    async def open(self) -> None: ...
    async def close(self) -> None: ...

    async def create(
        self,
        interview_id: str,
        *,
        spec: Mapping[str, Any],
        entries: Sequence[NewEntry],
        status: str,
        now_s: float,
        idempotency_key: str | None = None,
        request_digest: str = "",
        summary: Mapping[str, Any] | None = None,
    ) -> InterviewRow:
        """Idempotent by key: the same key and digest give the first row again. `summary`: what
        lists say of it, kept with the row.

        Raises KeyReused when the digest differs.
        """

    async def append(
        self,
        interview_id: str,
        *,
        expected_version: int,
        lease_epoch: int,
        operation_id: str,
        entries: Sequence[NewEntry],
        status: str,
        now_s: float,
        summary: Mapping[str, Any] | None = None,
    ) -> Appended | Conflict | Fenced:
        """Raises UnknownInterview."""

    async def read(
        self, interview_id: str, *, after_seq: int = 0, limit: int = 10_000
    ) -> tuple[LogEntry, ...]:
        """Raises DamagedInterview for an entry that cannot be read."""

    async def row(self, interview_id: str) -> InterviewRow | None:
        """One that cannot be read whole says so in `damage`; it raises nothing for it."""

    async def rows(
        self, *, after: str | None, limit: int, status: str | None = None
    ) -> tuple[InterviewRow, ...]:
        """Newest first; `after` is the interview_id that ended the page before. Raises
        UnknownInterview for an `after` that never was."""

    async def summaries(
        self, *, after: str | None, limit: int, status: str | None = None
    ) -> tuple[SummaryRow, ...]:
        """As `rows`, by what was kept with the rows: no specification is read."""

    async def save_summary(
        self, interview_id: str, version: int, summary: Mapping[str, Any]
    ) -> None:
        """Of a log that has this version; ignored when it has moved on, or is gone."""

    async def save_snapshot(self, interview_id: str, version: int, state: str) -> None: ...
    async def snapshot(self, interview_id: str) -> tuple[int, str] | None: ...
    async def erase(self, interview_id: str, *, now_s: float) -> bool:
        """Rows, snapshot and keys go; one audit line (id, time, no content) stays."""

    async def acquire(
        self, interview_id: str, owner: str, *, ttl_s: float, wanted: bool = False
    ) -> Lease | None:
        """A new lease_epoch, higher than any before; None while another owner's lease lives.
        With `wanted` that owner is told so at its next renewal, and may let it go."""

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease | None: ...
    async def release(self, lease: Lease) -> None: ...
    async def probe(self) -> None:
        """Raises StoreUnavailable when an append would. Cheap enough for every second."""


@runtime_checkable
class Restorable(Protocol):
    """A log whose server may come back with less than it had; its owner writes the rest again."""

    async def restore(
        self, row: InterviewRow, entries: Sequence[LogEntry], *, lease_epoch: int, now_s: float
    ) -> int | Conflict | Fenced:
        """`entries`: the whole log. How many were missing; see `store.redis`."""


class UnknownInterview(Exception):
    pass


class DamagedInterview(Exception):
    """What is stored of one interview cannot be read, and trying again does not help. The text
    says where and what, never what stands there."""


class KeyReused(Exception):
    """An Idempotency-Key came again with another body."""


# --- received audio: spool and recordings ---------------------------------------------------------


@dataclass(slots=True)  # not frozen: 50 a second and call, and freezing makes each cost 4 times
class SpooledPacket:
    connection_epoch: int
    media_s: float
    """Media time of the packet's first sample on its connection."""
    opus: bytes


@dataclass(frozen=True, slots=True)
class SpoolDamage:
    """What of a connection's spooled audio cannot be read."""

    damaged_bytes: int = 0
    lost_s: float = 0.0

    def __add__(self, other: SpoolDamage) -> SpoolDamage:
        return SpoolDamage(self.damaged_bytes + other.damaged_bytes, self.lost_s + other.lost_s)


class Spool(Protocol):
    """Received Opus packets until the final of their segment is in the log.

    `put` returns at once (bounded buffer); packets reach the disk or Redis within 2 s.
    """

    def put(self, interview_id: str, packets: Sequence[SpooledPacket]) -> None: ...
    async def flush(self) -> None: ...
    async def interviews(self) -> tuple[str, ...]:
        """Those that have audio on the disk or in Redis; a listing, no audio is read."""

    async def read(self, interview_id: str) -> tuple[SpooledPacket, ...]: ...
    async def damage(self, interview_id: str) -> Mapping[int, SpoolDamage]:
        """By connection_epoch, what of its spooled audio cannot be read; {} as a rule."""

    async def trim(
        self,
        interview_id: str,
        connection_epoch: int,
        until_s: float,
        keep: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Packets of this connection that begin before `until_s` go, but not those that begin in
        a stretch of `keep`: from, to (not included), in its media time."""

    async def empty(self, interview_id: str) -> None:
        """All that is there goes; what comes later is kept."""

    async def erase(self, interview_id: str) -> None:
        """For good: what comes later is not kept either."""


class Recording(Protocol):
    """The candidate's audio of one connection, Ogg Opus as it came. Never raises after opening:
    a full disk turns it off, `failed` says why, and the interview goes on."""

    failed: str

    def add(self, media_s: float, opus: bytes) -> None: ...
    async def close(self) -> None: ...


class Recordings(Protocol):
    def open(self, interview_id: str, connection_epoch: int) -> Recording: ...
    async def files(self, interview_id: str) -> tuple[str, ...]: ...
    async def path(self, interview_id: str, name: str) -> str | None: ...
    async def erase(self, interview_id: str) -> int: ...


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """Of this process, for metrics; the keys are those of `store_metrics`."""

    counters: Mapping[str, float]
    gauges: Mapping[str, float]


# --- what HTTP asks of the live side --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Readiness:
    ready: bool
    reasons: tuple[str, ...]
    """Why not, each with what to do."""
    live: int
    capacity: int
    retry_after_s: int = 10
    full: bool = False
    """Nothing is wrong but that every place is taken: the server works."""


class Refused(Exception):
    """A request that cannot be granted: becomes an RFC 9457 problem with this status."""

    def __init__(
        self, status: int, code: str, detail: str, *, retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s


class Desk(Protocol):
    """Everything `signaling` may ask. Raises Refused, nothing else (bugs become 500)."""

    def readiness(self) -> Readiness: ...
    def drain(self) -> None:
        """Nobody new from here on; live interviews are left to other servers at their pauses."""

    def media(self) -> MediaFigures:
        """For metrics."""

    def transcription(self) -> SttStatus:
        """For metrics."""

    def storage(self) -> StoreFigures:
        """For metrics."""

    async def create(
        self, spec: Any, *, idempotency_key: str | None, request_digest: str, demo: bool = False
    ) -> Mapping[str, Any]:
        """`spec`: an InterviewSpec. `demo`: anybody may have asked for it; its id says so. Answers
        the summary of `get`."""

    async def get(self, interview_id: str) -> Mapping[str, Any]:
        """{id, status, created_at, title, questions_total, round, live, metadata}; 404."""

    async def page(self, after: str | None, limit: int) -> tuple[Sequence[Mapping[str, Any]], str]:
        """Summaries, newest first, and the next cursor ("" at the end)."""

    async def erase(self, interview_id: str) -> None: ...
    async def cancel(self, interview_id: str) -> None: ...
    async def result(self, interview_id: str) -> Mapping[str, Any]: ...
    async def export(self, interview_id: str) -> AsyncIterator[str]:
        """The log as lines of JSON (`live.export`), some at a time; 404 before the first. What
        goes wrong on the way is raised as it is: the answer has begun and can only be cut."""

    async def recording(self, interview_id: str, name: str) -> str:
        """Path of an Ogg Opus file named in the result; 404."""

    async def joined(self, interview_id: str) -> Mapping[str, Any]:
        """The link was opened: what the page needs before the call.

        {id, title, questions_total, minutes, locale, consent{required, version, text, given},
        record_audio, text_mode, status, notices[], demo}; 410 when the interview is over.
        """

    async def resumed(self, token: str) -> tuple[str, int]:
        """Which interview a resume token opens, and the connection it was given to; 401
        `unknown_resume`, 409 `superseded` for one whose connection was followed by another that is
        known to have its own."""

    async def consent(self, interview_id: str, *, version: str, accepted: bool) -> None:
        """409 when the version is not the one shown."""

    async def open_call(
        self, interview_id: str, offer_sdp: str, *, call_id: str, resumed_from: int = 0
    ) -> AcceptedCall:
        """`resumed_from`: the connection whose resume token was brought; 0: it came by the link,
        and gets nothing of what was said before; 409 `open_elsewhere` where that is refused. 403
        without consent, 503 when full, 4xx for the offer (from OfferRejected)."""

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer: ...
    async def close_call(self, call_id: str) -> bool:
        """ "Left this call", not "ended the interview". False: no such call."""

    def call_interview(self, call_id: str) -> str | None:
        """Which interview a call belongs to; None: no such call."""
