"""Everything that can happen to an interview. The shell turns the world into these.

Over 400 lines on purpose: it is the vocabulary of the machine, one input after another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from media_server.interview.evaluation_events import EvaluationDecided, EvaluationStep
from media_server.interview.events import Kept, LateTryOutcome, SpokenWord
from media_server.interview.given_up import GivenUp
from media_server.interview.replies_ahead import Dropped, NextReply
from media_server.interview.spec import Pace
from media_server.interview.status import TurnEndReason
from media_server.segment_info import SegmentId, SegmentInfo


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline of the state has come (or may have: too early is harmless)."""


# --- link and consent ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkOpened:
    pass


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    version: str


@dataclass(frozen=True, slots=True)
class ConsentDeclined:
    version: str


# --- connection ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallConnected:
    """Media can flow on a new connection; it supersedes any other."""

    media_offset_s: float
    microphone: bool
    channel: bool
    resume_hash: str = ""
    resumed_from: int = 0
    """The connection whose resume token was brought; 0: it came by the link."""
    server: str = ""
    """The server it came to."""
    vanished_s: float = 0.0
    """For how long nothing had come of the connection that this one supersedes."""


@dataclass(frozen=True, slots=True)
class WelcomeReceived:
    """The candidate has acknowledged an event of this connection, which came after `welcome`."""

    connection_epoch: int


@dataclass(frozen=True, slots=True)
class TurnLoss:
    """What of an open turn never arrived, up to its sudden end."""

    lost_ms: int = 0
    concealed_ms: int = 0
    jitter_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class CallEnded:
    connection_epoch: int
    reason: str
    media_s: float
    lost_ms: int = 0
    concealed_ms: int = 0
    jitter_ms: float = 0.0
    packets_received: int = 0
    packets_lost: int = 0
    unkept_ms: int = 0
    away_s: float = 0.0
    """Seconds since its last sign of life, where nobody was there to see it end."""
    turn: TurnLoss | None = None
    """Of the turn that was open then."""


# --- the candidate's messages -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartPressed:
    pass


@dataclass(frozen=True, slots=True)
class DonePressed:
    pass


@dataclass(frozen=True, slots=True)
class NotFinishedPressed:
    pass


@dataclass(frozen=True, slots=True)
class RepeatPressed:
    pass


@dataclass(frozen=True, slots=True)
class RephrasePressed:
    pass


@dataclass(frozen=True, slots=True)
class SkipPressed:
    """The question is to be left out, or the rest of the greeting."""

    prompt_id: str | None = None
    """What was on the screen when it was pressed, "" for the greeting: where something else is
    asked by now, nothing is skipped. None: a client that does not say."""


@dataclass(frozen=True, slots=True)
class ThinkPressed:
    """Time to think is asked for with a button."""


@dataclass(frozen=True, slots=True)
class SkipUndone:
    """The question that was skipped a moment ago is wanted after all."""


ConfirmChoice = Literal["yes", "no", "answer"]


@dataclass(frozen=True, slots=True)
class ConfirmPressed:
    """Whether the words that were asked about are the request, or the answer, or neither yet."""

    choice: ConfirmChoice


SummaryChoice = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class SummaryChosen:
    """To its offer, or to the question whether it is right."""

    choice: SummaryChoice


@dataclass(frozen=True, slots=True)
class SummaryWritten:
    """What should stand in place of one of its sentences."""

    prompt_id: str
    text: str


@dataclass(frozen=True, slots=True)
class PausePressed:
    pass


@dataclass(frozen=True, slots=True)
class ResumePressed:
    pass


@dataclass(frozen=True, slots=True)
class LeavePressed:
    pass


@dataclass(frozen=True, slots=True)
class CandidateTypes:
    """The text of an answer changes. Not sent yet, it stays with the candidate."""


@dataclass(frozen=True, slots=True)
class AnswerTyped:
    text: str
    prompt_id: str | None = None
    """What was on the screen when it was sent; None: whatever is asked when it arrives."""


@dataclass(frozen=True, slots=True)
class PaceChosen:
    pace: Pace


@dataclass(frozen=True, slots=True)
class MuteChanged:
    muted: bool


@dataclass(frozen=True, slots=True)
class WatchChanged:
    """Somebody came to follow the interview, or left. Not the candidate's."""

    watchers: int
    """How many do now."""
    by: str
    """Label of the API key of the one who came or left."""


# --- what the receiver hears ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AudioStopped:
    """No packet of the microphone has come for `quiet_s`, though the call lives."""

    quiet_s: float


@dataclass(frozen=True, slots=True)
class AudioReturned:
    """Packets come again after `AudioStopped`."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    turn_epoch: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """A pause of 0.5 s: prepare the reply, judge the pause. Again after an outage within it."""

    turn_epoch: int
    pause_ms: int = 0
    spoken_ms: int = 0
    """First speech of the turn to the last."""


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    turn_epoch: int
    pause_ms: int = 0
    """How long the pause was; 0: not known."""


@dataclass(frozen=True, slots=True)
class PauseJudged:
    """A model of ends of turn has heard what was said before the pause."""

    turn_epoch: int
    spoken_ms: int
    """As in the `SpeechStopped` of the pause: which one is meant."""
    goes_on: float
    """0: that was all; 1: more is to come."""


@dataclass(frozen=True, slots=True)
class AudioLost:
    """So much of the open turn never came in one piece; the line is back."""

    turn_epoch: int
    lost_ms: int


@dataclass(frozen=True, slots=True)
class SegmentReady:
    """A segment was closed and given to the recogniser."""

    segment: SegmentInfo


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The turn detector's verdict."""

    turn_epoch: int
    reason: TurnEndReason
    detail: str
    start_s: float | None
    end_s: float | None
    lost_ms: int = 0
    concealed_ms: int = 0
    """Of the whole turn, pauses included: words may lie in what never arrived."""
    jitter_ms: float = 0.0
    """The highest since the turn began."""
    silence_ms: int | None = None
    """Silence received up to now; None: it was closed on request."""
    until_s: float | None = None
    """How far the audio had come, on the timeline of `start_s`; None: to the end of the speech and
    the silence."""


@dataclass(frozen=True, slots=True)
class TurnNearLimit:
    turn_epoch: int
    remaining_s: float


@dataclass(frozen=True, slots=True)
class BargeIn:
    """240 ms of speech over the bot, or while a transcript is awaited."""

    start_s: float
    """On this connection's media time."""
    heard_s: float = 0.0
    """How much of the utterance had been sent."""
    resume_from_s: float = 0.0
    """Start of the sentence that was being spoken: where a false barge-in goes on."""
    speech_s: float = 0.3
    """How long the speech had been going on by then."""


@dataclass(frozen=True, slots=True)
class EchoHeard:
    """The bot's own voice came back by the microphone, and was ignored. Once an utterance."""

    at_s: float
    """On this connection's media time."""


# --- what the engines answer --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InterimHeard:
    turn_epoch: int
    text: str
    """Of the last seconds of the open segment; "": no word was heard in them."""
    still_ms: int = 0
    """For how long the recogniser has heard no new word (`still_words`); 0: not known."""


@dataclass(frozen=True, slots=True)
class SegmentHeard:
    """The final of a segment; `failed` non-empty: the recogniser gave up, and why."""

    segment_id: SegmentId
    text: str
    words: tuple[SpokenWord, ...] = ()
    engine: str = ""
    model: str = ""
    language: str = ""
    confidence: float | None = None
    failed: str = ""
    cause: GivenUp = ""
    rejected: str = ""
    rejected_text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LateTry:
    """What the shell does about a segment that was given up: `events.LateTried`."""

    segment_id: SegmentId
    outcome: LateTryOutcome
    cause: GivenUp = ""


@dataclass(frozen=True, slots=True)
class HeardAgain:
    """Words of a segment that had been given up, from a later try.

    They go to where they were said: they are no part of what is said now, end no turn, ask for
    nothing, and move nothing on.
    """

    heard: SegmentHeard


@dataclass(frozen=True, slots=True)
class StretchHeard:
    """What came of a stretch for the record (`record.Stretch`)."""

    turn_epoch: int
    segment_ids: tuple[SegmentId, ...]
    text: str = ""
    words: tuple[SpokenWord, ...] = ()
    """With times in the stretch."""
    engine: str = ""
    model: str = ""
    language: str = ""
    confidence: float | None = None
    rejected: str = ""
    failed: Kept = ""
    """Why there are none."""


@dataclass(frozen=True, slots=True)
class GreetingReady:
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class GreetingFailed:
    reason: str


@dataclass(frozen=True, slots=True)
class ReplyReady:
    """What the language model makes of the answer, checked, its audio at hand: for
    `effects.PrepareReply`, once. Where `reply_id` is not waited for any more, only what was dropped
    is noted."""

    reply_id: str
    reply: NextReply
    dropped: tuple[Dropped, ...] = ()
    """Follow-ups that did not pass the checks, whatever `reply` is."""


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    reply_id: str
    reason: str
    """Short, without words of the model."""


@dataclass(frozen=True, slots=True)
class VoiceReady:
    """The clip of an utterance is there; `duration_s` of audio."""

    utterance_id: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class VoiceFailed:
    utterance_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlayoutEnded:
    utterance_id: str
    heard_s: float
    complete: bool


@dataclass(frozen=True, slots=True)
class PlayRefused:
    """The gate was closed when the utterance was to be played: not a word of it was sent."""

    utterance_id: str


@dataclass(frozen=True, slots=True)
class GateClosed:
    """The lease is in doubt: nothing leaves until it is certain again, what plays was stopped."""


@dataclass(frozen=True, slots=True)
class GateOpened:
    """The lease is certain again."""


# --- the guard ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InstructionsFound:
    """The words of this turn speak to whoever interviews or judges: see `injection.guard`."""

    turn_epoch: int


# --- after the end ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TranscriptReviewed:
    """The candidate has looked through the transcript, and has no more to correct."""

    texts: tuple[tuple[str, str], ...] = ()
    """(prompt id, what the answer should be)"""
    hidden_turns: int = 0
    """What was said in turns up to this one whoever asks may not see, nor correct."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The answers are being judged: what has come of it now."""

    step: EvaluationStep


@dataclass(frozen=True, slots=True)
class EvaluateAgain:
    """Somebody asks for the evaluation once more."""

    because: Literal["failed", "stale"] = "failed"


@dataclass(frozen=True, slots=True)
class ScoreDecided:
    """A person has confirmed a score or given another."""

    decision: EvaluationDecided
    expected: int = 0
    """How many decisions about this criterion they had seen."""
    renewed: int = 0
    """How often the evaluation that they had seen was begun again."""


# --- the integrator -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cancel:
    reason: Literal["integrator"] = "integrator"


@dataclass(frozen=True, slots=True)
class Fail:
    """The shell cannot go on (store lost for good): keep what there is."""

    reason: str


Input = (
    Tick
    | LinkOpened
    | ConsentGiven
    | ConsentDeclined
    | CallConnected
    | WelcomeReceived
    | CallEnded
    | StartPressed
    | DonePressed
    | NotFinishedPressed
    | RepeatPressed
    | RephrasePressed
    | SkipPressed
    | ThinkPressed
    | SkipUndone
    | ConfirmPressed
    | SummaryChosen
    | SummaryWritten
    | PausePressed
    | ResumePressed
    | LeavePressed
    | CandidateTypes
    | AnswerTyped
    | PaceChosen
    | WatchChanged
    | MuteChanged
    | AudioStopped
    | AudioReturned
    | SpeechStarted
    | SpeechStopped
    | PauseJudged
    | AudioLost
    | SpeechResumed
    | SegmentReady
    | TurnOver
    | TurnNearLimit
    | BargeIn
    | EchoHeard
    | InterimHeard
    | SegmentHeard
    | LateTry
    | HeardAgain
    | StretchHeard
    | GreetingReady
    | GreetingFailed
    | ReplyReady
    | ReplyFailed
    | VoiceReady
    | VoiceFailed
    | PlayoutEnded
    | PlayRefused
    | GateClosed
    | GateOpened
    | InstructionsFound
    | TranscriptReviewed
    | Evaluated
    | EvaluateAgain
    | ScoreDecided
    | Cancel
    | Fail
)
