"""The events of an interview: what its log says, and the short-lived ones that only memory holds.

`durability` says how an event meets the log. NOW: appended before anything is done about it.
LAZY: folded at once and appended with the next NOW event, or within 10 s; the spool keeps the
audio until then, so a crash costs nothing but a second transcription. NEVER: lives in memory.

Over 400 lines on purpose: it is the vocabulary of the log, one entry after another. What an event
is stands in `event`, those of what the bot says in `utterance_events`, of speech over it in
`interruption_events`, those of what is asked for in `request_events`, of pauses and outages in
`pause_events`, and those of its judging in `evaluation_events`; use them from here.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    model_validator,
)

from media_server.interview.agenda import Prompt
from media_server.interview.evaluation_events import (
    CriterionJudged,
    CriterionPutOff,
    EvaluationBegan,
    EvaluationDecided,
    EvaluationFailed,
    EvaluationMade,
    EvaluationRenewed,
)
from media_server.interview.event import Durability, Event, Lazy, OfPrompt, SegmentKey, Volatile
from media_server.interview.former import with_silence_ms
from media_server.interview.given_up import GivenUp
from media_server.interview.interruption_events import (
    BargedIn,
    EchoHeard,
    InterruptionJudged,
    UtteranceResumed,
)
from media_server.interview.pause_events import (
    AudioLost,
    Held,
    PauseJudged,
    SilenceExtended,
    SpeechBegan,
    SpeechPaused,
    SpeechWentOn,
)
from media_server.interview.reply_events import (
    FollowUpsDropped,
    ReplyAsked,
    ReplyCame,
    ReplyCancelled,
    ReplyLost,
    ReplyMissed,
)
from media_server.interview.request_events import (
    AnswerReopened,
    ConfirmAsked,
    Confirmed,
    DeliverySet,
    Requested,
    TypedLate,
    UndoOver,
)
from media_server.interview.review_events import Reviewed
from media_server.interview.spec import Pace
from media_server.interview.status import AnswerStatus, Status, TurnEndReason
from media_server.interview.summary_events import (
    SummaryAsked,
    SummaryCorrected,
    SummarySettled,
    SummaryTold,
)
from media_server.interview.utterance_events import (
    UtteranceEnded,
    UtteranceRequested,
    UtteranceStarted,
)
from media_server.interview.watch_events import WatchChanged
from media_server.segment_info import SegmentInfo

_INFO_FIELDS = fields(SegmentInfo)


# --- before the call ----------------------------------------------------------------------------


class Created(Event):
    type: Literal["created"] = "created"
    expires_s: float


class Joined(Event):
    """The link was opened for the first time."""

    type: Literal["joined"] = "joined"


class Consented(Event):
    type: Literal["consented"] = "consented"
    version: str
    by: Literal["candidate", "integrator"] = "candidate"


# --- connection ---------------------------------------------------------------------------------


class Connected(Event):
    type: Literal["connected"] = "connected"
    connection_epoch: int
    media_offset_s: float
    """Where this connection's audio begins on the interview's one timeline."""
    microphone: bool
    channel: bool
    resume_hash: str = ""
    """SHA-256 of the resume token that `welcome` carries, in hexadecimal; "": there is none."""
    hidden_turns: int = 0
    """Up to this turn it is shown nothing: it came by the link, with no proof that it was there."""
    server: str = ""
    """Whose call it is: a name that stays over a restart; "" in logs of former releases."""
    vanished_s: float = 0.0  # for how long nothing had come of the connection that it supersedes


class Welcomed(Lazy):
    """The candidate has received `welcome`: resume tokens of earlier connections are void."""

    type: Literal["welcomed"] = "welcomed"
    connection_epoch: int


class Disconnected(Event):
    type: Literal["disconnected"] = "disconnected"
    connection_epoch: int
    reason: str
    media_s: float
    """Seconds of audio this connection carried."""
    lost_ms: int = 0
    concealed_ms: int = 0
    jitter_ms: float = 0.0
    packets_received: int = 0
    packets_lost: int = 0
    unkept_ms: int = 0
    """Received and heard, and not kept: more than 64 kbit/s."""
    away_s: float = 0.0
    """How long ago the connection really ended: the server was down meanwhile, and that time is
    neither conversation nor pause."""


class Started(Event):
    """Start was pressed: sound is unlocked."""

    type: Literal["started"] = "started"
    reason: str = "start pressed"


class Paused(Event):
    type: Literal["paused"] = "paused"
    reason: str


class Resumed(Event):
    type: Literal["resumed"] = "resumed"
    reason: str


class Parked(Event):
    type: Literal["parked"] = "parked"
    reason: str


class Ended(Event):
    """The one way into a terminal state."""

    type: Literal["ended"] = "ended"
    status: Status
    reason: str


# --- greeting -----------------------------------------------------------------------------------


class GreetingAsked(Volatile):
    type: Literal["greeting_asked"] = "greeting_asked"
    attempt: int


class GreetingPrepared(Lazy):
    type: Literal["greeting_prepared"] = "greeting_prepared"
    text: str
    source: str
    reason: str
    """Such as `first attempt` or `fallback after 2 retries: connection refused`."""


class GreetingAttemptFailed(Lazy):
    type: Literal["greeting_attempt_failed"] = "greeting_attempt_failed"
    attempt: int
    reason: str


# --- the bot asks ---------------------------------------------------------------------------------


class AgendaExtended(Event):
    """A prompt was put on the agenda: a follow-up that a language model proposed and code has
    checked. What it rests on stands in its `grounds`."""

    type: Literal["agenda_extended"] = "agenda_extended"
    prompt: Prompt
    reason: str


class PromptAsked(OfPrompt):
    """A prompt that is no core question is asked now, so the round stays."""

    type: Literal["prompt_asked"] = "prompt_asked"
    reason: str


class RoundAdvanced(OfPrompt):
    """The next core question is asked now: the only event that moves the round, by exactly one."""

    type: Literal["round_advanced"] = "round_advanced"
    round: int
    question_id: str
    reason: str


# --- the candidate speaks -----------------------------------------------------------------------


class TurnOpened(OfPrompt, Lazy):
    type: Literal["turn_opened"] = "turn_opened"
    turn_epoch: int
    reason: str
    from_s: float | None = None
    """Media time on this connection where the turn begins, when before now (barge-in)."""
    goes_on: bool = False
    """With the turn before it, which had interrupted the bot: the words of both are judged."""


class TurnEnded(OfPrompt):
    type: Literal["turn_ended"] = "turn_ended"
    turn_epoch: int
    reason: TurnEndReason
    detail: str = ""
    """For people."""
    silence_ms: int | None = None
    """What was received of silence when it ended; None: the receiver did not end it."""
    start_s: float | None = None
    end_s: float | None = None
    """First and last speech on the interview's timeline; None: nothing was said."""
    typed: str | None = None
    lost_ms: int = 0
    concealed_ms: int = 0
    """Of the whole turn, pauses included: words may lie in what never arrived."""
    jitter_ms: float = 0.0
    """The highest while the turn was open."""

    _of_former_releases = model_validator(mode="before")(with_silence_ms)


class TurnClosing(Volatile):
    """The turn is to end now; the audio receiver closes the open segment first."""

    type: Literal["turn_closing"] = "turn_closing"
    reason: TurnEndReason


class SegmentSubmitted(OfPrompt, Volatile):
    """The recogniser owes its words from now on."""

    type: Literal["segment_submitted"] = "segment_submitted"
    segment: SegmentInfo


class SpokenWord(BaseModel):
    model_config = ConfigDict(frozen=True)
    w: str
    s: float
    e: float
    c: float | None = None


class SegmentTranscribed(OfPrompt, Lazy):
    """A final: never thrown away. `untranscribed` non-empty: given up, and why.

    The log has the fields of `segment` side by side with the words.
    """

    type: Literal["segment_transcribed"] = "segment_transcribed"
    segment_id: SegmentKey
    turn_epoch: int
    start_s: float
    end_s: float
    text: str
    words: tuple[SpokenWord, ...] = ()
    engine: str = ""
    model: str = ""
    language: str = ""
    confidence: float | None = None
    speech_ms: int = 0
    lost_ms: int = 0
    concealed_ms: int = 0
    level_dbfs: float = 0.0
    untranscribed: str = ""
    cause: GivenUp = ""
    """Why it was given up, as a value; "" also in older logs."""
    rejected: str = ""
    """Why text was taken out (a loop, an invention on silence), or ""."""
    rejected_text: str = ""
    """What was taken out: no part of the answer. Logs before it have it behind the reason."""

    @property
    def segment(self) -> SegmentInfo:
        return SegmentInfo(**{field.name: getattr(self, field.name) for field in _INFO_FIELDS})

    @classmethod
    def of(cls, segment: SegmentInfo, about: OfPrompt, **words: Any) -> SegmentTranscribed:
        """`about`: names the prompt whose answer it belongs to. `words`: what came of it."""
        info = {field.name: getattr(segment, field.name) for field in _INFO_FIELDS}
        return cls(**info, prompt_id=about.prompt_id, round=about.round, **words)


Kept = Literal["", "failed", "audio_gone", "empty", "rejected", "shorter", "longer", "gap"]
"""Why the live words of a stretch stay. `failed`: the recogniser gave it up. `audio_gone`: it is
not kept any more. `empty`: no word. `rejected`: a loop or an invention. `shorter`, `longer`: too
few words, or too many, to be the same speech. `gap`: a segment with words was passed over. "": the
new words are better."""


class StretchTranscribed(OfPrompt, Lazy):
    """Some segments of a turn, decoded once more in one piece when it was over: for the record. It
    takes the place of their words, which stay in the log, in what a reader gets; or says why not,
    so that it is not tried again."""

    type: Literal["stretch_transcribed"] = "stretch_transcribed"
    turn_epoch: int
    segment_ids: tuple[SegmentKey, ...]
    start_s: float
    end_s: float
    """On the interview's timeline, as the times of the words are."""
    text: str = ""
    words: tuple[SpokenWord, ...] = ()
    engine: str = ""
    model: str = ""
    language: str = ""
    confidence: float | None = None
    kept: Kept = ""
    """Not "": the text is empty, and the live words stay."""


LateTryOutcome = Literal["begun", "failed", "stopped"]
"""stopped: broken off, because somebody needed the interview."""


class LateTried(Event):
    """Another try at a segment that was given up: written before it is made, and when it failed.
    Words that come of it are a `SegmentTranscribed`."""

    type: Literal["late_tried"] = "late_tried"
    segment_id: SegmentKey
    outcome: LateTryOutcome
    cause: GivenUp = ""
    """Of `failed`."""


class AudioStopped(Lazy):
    """No audio comes any more while the call lives: the microphone, not the network."""

    type: Literal["audio_stopped"] = "audio_stopped"
    quiet_s: float
    """Since the last packet."""


class AudioReturned(Lazy):
    type: Literal["audio_returned"] = "audio_returned"


class AnswerGrew(Volatile):
    """The candidate types: they are busy with the answer, though they say nothing."""

    type: Literal["answer_grew"] = "answer_grew"


class WordsHeard(Volatile):
    """An interim or a final with at least one word arrived for the open turn."""

    type: Literal["words_heard"] = "words_heard"
    more_than_request: bool = False
    """They are too many for a request, so an answer is being given."""


class NotHeard(Lazy):
    """A turn without a word: said once per question, then the question is left."""

    type: Literal["not_heard"] = "not_heard"
    reason: str


class LadderReached(Lazy):
    type: Literal["ladder_reached"] = "ladder_reached"
    rung: int
    quiet_s: float
    action: str


class Waiting(Lazy):
    """Transcripts are late: the page says so, and from `typing_offered` may type."""

    type: Literal["waiting"] = "waiting"
    step: int
    reason: str


class PlanMade(Volatile):
    """What follows the answer that was just given."""

    type: Literal["plan_made"] = "plan_made"
    answer: AnswerStatus | None
    """None: the answer stays open."""
    reason: str
    awaits_reply: bool = False
    """What is said next depends on a reply that is still awaited, for a moment."""


class AnswerClosed(OfPrompt, Lazy):
    type: Literal["answer_closed"] = "answer_closed"
    status: AnswerStatus
    reason: str


class TimeUp(Lazy):
    type: Literal["time_up"] = "time_up"
    reason: str


class Noticed(Volatile):
    """A note on the screen, nothing else."""

    type: Literal["noticed"] = "noticed"
    code: str
    text: str
    seconds: int | None = None
    """What the text speaks of, where that is a time."""


class GateChanged(Volatile):
    """Whether anything may be sent now: this server's right to speak is in doubt while closed."""

    type: Literal["gate_changed"] = "gate_changed"
    closed: bool


class Muted(Volatile):
    type: Literal["muted"] = "muted"
    muted: bool


class PaceSet(Lazy):
    type: Literal["pace_set"] = "pace_set"
    pace: Pace


AnyEvent = Annotated[
    Created
    | Joined
    | Consented
    | Connected
    | Welcomed
    | Disconnected
    | Started
    | Paused
    | Resumed
    | Parked
    | Ended
    | GreetingAsked
    | GreetingPrepared
    | GreetingAttemptFailed
    | UtteranceRequested
    | UtteranceStarted
    | UtteranceEnded
    | UtteranceResumed
    | AgendaExtended
    | PromptAsked
    | RoundAdvanced
    | TurnOpened
    | TurnEnded
    | TypedLate
    | TurnClosing
    | SegmentSubmitted
    | SegmentTranscribed
    | LateTried
    | StretchTranscribed
    | AudioStopped
    | AudioReturned
    | AnswerGrew
    | SpeechBegan
    | SpeechPaused
    | SpeechWentOn
    | WordsHeard
    | SilenceExtended
    | PauseJudged
    | AudioLost
    | Held
    | BargedIn
    | InterruptionJudged
    | EchoHeard
    | Requested
    | DeliverySet
    | ConfirmAsked
    | Confirmed
    | SummaryTold
    | SummaryAsked
    | SummaryCorrected
    | SummarySettled
    | NotHeard
    | LadderReached
    | Waiting
    | PlanMade
    | ReplyAsked
    | ReplyCancelled
    | ReplyCame
    | ReplyLost
    | ReplyMissed
    | FollowUpsDropped
    | AnswerClosed
    | AnswerReopened
    | UndoOver
    | TimeUp
    | Noticed
    | GateChanged
    | Muted
    | PaceSet
    | WatchChanged
    | Reviewed
    | EvaluationBegan
    | CriterionJudged
    | CriterionPutOff
    | EvaluationMade
    | EvaluationFailed
    | EvaluationDecided
    | EvaluationRenewed,
    Field(discriminator="type"),
]
_KEPT_AT_ONCE = frozenset({"greeting", "question", "wrap_up"})


def durability_of(event: Event) -> Durability:
    """How this event meets the log; side remarks of the bot can wait for the next append."""
    if isinstance(event, UtteranceStarted | UtteranceEnded) and event.kind not in _KEPT_AT_ONCE:
        return Durability.LAZY
    return event.durability


EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
