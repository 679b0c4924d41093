"""The state of an interview. Pure data; what changes it is in `fold`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from media_server import spacing
from media_server.delivery import PLAIN, Delivery
from media_server.interview import events as ev
from media_server.interview.agenda import Agenda, Prompt, agenda_for
from media_server.interview.connection_record import ConnectionRecord
from media_server.interview.evaluating import NOT_EVALUATED, Evaluated
from media_server.interview.interruption_events import SetAside
from media_server.interview.late_tries import LateTries
from media_server.interview.pause import ASKED_FOR, Pause
from media_server.interview.replies_ahead import ReplyAhead
from media_server.interview.request_events import ConfirmOutcome
from media_server.interview.review_events import Reviewed
from media_server.interview.spec import InterviewSpec, Pace
from media_server.interview.spoken_requests import Intent
from media_server.interview.status import AnswerStatus, Status, TurnEndReason, UtteranceKind
from media_server.interview.summary_events import SentenceAhead, Summary

NO_PENDING: Mapping[ev.SegmentKey, ev.SegmentSubmitted] = MappingProxyType({})
NO_ANSWERS: Mapping[str, Answer] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the bot is about to say, says, or has just said."""

    utterance_id: str
    kind: UtteranceKind
    text: str
    prompt_id: str
    """What it asks, or is said about; "" before anything was asked."""
    requested_s: float
    playing_since_s: float | None = None
    duration_s: float = 0.0
    """Of the whole clip."""
    delivery: Delivery = PLAIN
    from_s: float = 0.0
    """Where in the clip it began: later than 0 where it goes on after an interruption."""
    again: int = 0
    """How often in a row it went on at this very sentence."""


@dataclass(frozen=True)
class Turn:
    """One turn of the candidate, open or ended."""

    turn_epoch: int
    prompt_id: str
    opened_s: float
    end_reason: str = ""
    start_s: float | None = None
    end_s: float | None = None
    typed: str | None = None
    segments: tuple[ev.SegmentTranscribed, ...] = ()
    request: str = ""
    """Non-empty: the turn was nothing but this request."""
    set_aside: SetAside = ""
    """Why its words are no part of the answer though they ask for nothing."""
    spoken_over: UtteranceKind | Literal[""] = ""
    """What the bot was saying in it when somebody spoke."""
    lost_ms: int = 0
    concealed_ms: int = 0
    jitter_ms: float = 0.0
    connection_epoch: int = 0
    """Whose audio it began with: where speech found after a crash belongs."""
    stretches: tuple[ev.StretchTranscribed, ...] = ()
    """What was decoded once more for the record: see `record`."""
    late: bool = False
    """Typed, and came when its prompt was not being answered: it was never open."""
    flagged: bool = False
    """Something in it speaks to whoever interviews or judges, and the log says so."""

    @property
    def text(self) -> str:
        """All words of the turn as they came live, in the order they were spoken. The conversation
        goes by them; a reader gets `record.text`."""
        if self.typed is not None:
            return self.typed
        ordered = sorted(self.segments, key=lambda segment: segment.start_s)
        return spacing.join(segment.text for segment in ordered)

    @property
    def counts(self) -> bool:
        """Its words are part of the answer."""
        return not self.request and not self.set_aside


@dataclass(frozen=True)
class Answer:
    """What was said to one prompt."""

    prompt: Prompt
    status: AnswerStatus = "not_asked"
    reason: str = ""
    turns: tuple[Turn, ...] = ()
    not_heard_said: bool = False
    skip_offered: bool = False
    rephrased: int = 0
    confirm: Literal["", "asked"] | ConfirmOutcome = ""
    """What came of asking whether a turn of it was a request; "": that was not asked."""


@dataclass(frozen=True, slots=True)
class Confirming:
    """The candidate is asked whether a turn was this request."""

    intent: Intent
    turn_epoch: int
    asked: bool = False
    """Its first sound was heard, or it was shown."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A question that was skipped, while that can be undone."""

    prompt_id: str
    at_s: float


@dataclass(frozen=True, slots=True)
class CutOff:
    """What met a closed gate, and is said again when it opens."""

    utterance: Utterance
    since_s: float


@dataclass(frozen=True, slots=True)
class AudioGone:
    """The microphone sends nothing, and the candidate should know."""

    since_s: float
    said: int = 0
    """How often they have heard so."""
    typed: bool = False
    """They have typed an answer since."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """Somebody has spoken over the bot, and what was meant is not known yet: see
    `interruptions`. It lasts until its words are judged, at the latest when its turn is decided."""

    turn_epoch: int
    """The turn that its words are in, the newest where there are more."""
    utterance: Utterance
    heard_s: float
    resume_from_s: float
    speech_s: float
    """How long the speech had been going on when the bot was stopped."""
    stopped_s: float
    """When that was, on the interview's timeline."""
    since_s: float
    """When that was, on the clock."""
    repairs: int = 0
    """The turn of the earlier answer that may be going on; 0: none."""
    before: tuple[int, ...] = ()
    """The turns before it that are judged together with it: their words had not come."""

    @property
    def turn_epochs(self) -> tuple[int, ...]:
        return (*self.before, self.turn_epoch)


@dataclass(frozen=True)
class Listening:
    """Volatile facts of the open turn."""

    quiet_since_s: float
    speaking: bool = False
    spoke: bool = False
    words: bool = False
    more_than_request: bool = False
    """More words were heard than a request has: it is an answer, whatever words are still owed."""
    pause: Pause | None = None
    """None: the candidate speaks, or has not begun."""
    lost_ms: int = 0
    """What was lost in pieces too short to speak of, since that was done last."""
    lost_to_say: bool = False
    """The line was lost for so long that the candidate is asked, at the next pause, to repeat."""
    lost_said_s: float | None = None
    """When that was asked for last."""
    rung: int = 0
    typing_s: float | None = None
    """When the text of an answer changed last; None: it has not."""
    think_until_s: float | None = None
    """Time to think was asked for, until then: no pause ends the turn before, also not one that
    begins again after an outage. Asked for by a click in mid-speech, it is for the next pause."""
    closing: TurnEndReason | None = None
    """Why the turn is being closed, while the audio receiver closes its segment."""
    closing_since_s: float = 0.0

    @property
    def thinks(self) -> bool:
        """Time to think was asked for, and runs."""
        return self.think_until_s is not None or (
            self.pause is not None and self.pause.held and self.pause.reason == ASKED_FOR
        )


@dataclass(frozen=True, slots=True)
class Noted:
    """A request, and when it was made."""

    request: ev.Requested
    at_s: float


@dataclass(frozen=True)
class State:
    """The fold of an interview's events; times by the process clock. No slots: `replacing`."""

    spec: InterviewSpec
    status: Status = Status.CREATED
    entered_s: float = 0.0
    created_s: float = 0.0
    expires_s: float = float("inf")
    """Unix time, unlike all others: see `clock_ahead_s`."""
    clock_ahead_s: float = 0.0
    """How far the interview's time is ahead of Unix time, where a clock was wrong. No event sets
    it: the shell knows it, and no snapshot keeps it."""
    replies: bool = False
    """A language model can be asked now what to say next. No event sets it: the shell knows it."""
    consent_version: str = ""
    consent_by: str = ""
    consented_s: float | None = None
    started_s: float | None = None
    ended_s: float | None = None
    ended_reason: str = ""
    connected: bool = False
    connection_epoch: int = 0
    server: str = ""
    """Where the newest connection came to; "" where the log does not say."""
    microphone: bool = True
    channel: bool = True
    connections: tuple[ConnectionRecord, ...] = ()
    resume_hashes: tuple[tuple[int, str], ...] = ()
    """(connection_epoch, SHA-256) of the resume tokens that are good: that of the newest welcome
    known to have arrived, and those after it."""
    came_from: Status | None = None
    """Where DISCONNECTED and PARKED go back to."""
    paused_from: Status | None = None
    """Where PAUSED goes back to."""
    greeting_text: str = ""
    greeting_source: str = ""
    greeting_attempts: int = 0
    greeting_asked_s: float | None = None
    greeting_heard: bool = False

    agenda: Agenda = ()
    position: int = -1
    """In the agenda, of the current prompt; -1: nothing was asked yet."""
    round: int = -1
    """Index of the newest core question, -1 before the first. Only ever rises, by exactly one."""
    question_heard: bool = False
    question_starts: int = 0
    """How often the current prompt's question was begun; going on with it does not count."""
    utterance: Utterance | None = None
    utterances: int = 0
    plan: ev.PlanMade | None = None
    reply: ReplyAhead | None = None
    """The newest that was asked for, whatever came of it. Only memory knows it."""
    turn_epoch: int = 0
    answering: str = ""
    """The prompt whose answer is being given: the current one, or one before it again."""
    listening: Listening | None = None
    interruption: Interruption | None = None
    pending: Mapping[ev.SegmentKey, ev.SegmentSubmitted] = field(default_factory=lambda: NO_PENDING)
    answers: Mapping[str, Answer] = field(default_factory=lambda: NO_ANSWERS)
    """By prompt id, in the order of the agenda."""
    waiting_step: int = 0
    time_up: bool = False
    muted: bool = False
    audio_gone: AudioGone | None = None
    """No packet of the microphone comes, though the call lives."""
    gate_closed_s: float | None = None
    """Since when nothing may be said."""
    cut_off: CutOff | None = None
    echo_heard: bool = False
    """The bot's own voice came back from a loudspeaker, and the screen has said so."""
    pace: Pace = "normal"
    watchers: int = 0  # how many follow the words now
    pauses_ms: tuple[int, ...] = ()
    """The newest pauses that were followed by more speech. Only memory knows them."""
    delivery: Delivery = PLAIN
    """How the bot speaks, since the candidate asked for it slower or louder."""
    confirming: Confirming | None = None
    skipped: Skipped | None = None
    requests: tuple[Noted, ...] = ()
    summary: Summary | None = None
    told_ahead: Mapping[str, SentenceAhead] = field(default_factory=dict)
    """By prompt id, for a summary. The shell knows it, as `replies`."""
    reviewed: Reviewed | None = None
    """What came of the candidate's looking through the transcript."""
    reviewed_s: float | None = None
    evaluated: Evaluated = NOT_EVALUATED
    """How far its evaluation is, and what people have decided."""
    late_tries: tuple[LateTries, ...] = ()
    """Of the segments that were given up and have no words yet."""

    active_s: float = 0.0
    active_since_s: float | None = None
    paused_used_s: float = 0.0
    turn_ended_s: float | None = None
    last_speech_s: float | None = None
    latencies: tuple[tuple[float, float | None], ...] = ()
    """(turn decision → next question's start, end of speech → the same), seconds."""

    def active_until(self, now_s: float) -> float:
        """Seconds of conversation so far; pauses and absences do not count."""
        since = self.active_since_s
        return self.active_s + (max(0.0, now_s - since) if since is not None else 0.0)

    @property
    def turns(self) -> Iterator[Turn]:
        """All of them, prompt by prompt."""
        return (turn for answer in self.answers.values() for turn in answer.turns)

    def turn(self, turn_epoch: int) -> Turn | None:
        for answer in self.answers.values():
            for turn in answer.turns:
                if turn.turn_epoch == turn_epoch:
                    return turn
        return None

    @property
    def last_turn_epoch(self) -> int:
        """Of the newest turn of all: one that was typed late may be newer than the open one."""
        return max((self.turn_epoch, *(turn.turn_epoch for turn in self.turns)))

    def turn_before(self, turn_epoch: int) -> Turn | None:
        before = [t for t in self.turns if t.turn_epoch < turn_epoch and not t.late]
        return max(before, key=lambda turn: turn.turn_epoch, default=None)

    @property
    def prompt(self) -> Prompt | None:
        """The current prompt, in O(1); None: nothing was asked yet."""
        return self.agenda[self.position] if 0 <= self.position < len(self.agenda) else None

    def round_of(self, prompt_id: str) -> int | None:
        """The core question that a prompt belongs to; None: to none, or there is no such prompt."""
        answer = self.answers.get(prompt_id)
        return answer.prompt.round if answer is not None else None

    @property
    def max_turn_ms(self) -> int:
        """The limit of a turn of the answer being given: the prompt's own where it has one."""
        answer = self.answers.get(self.answering)
        own = answer.prompt.max_turn_ms if answer is not None else None
        return own if own is not None else self.spec.turn.max_turn_ms

    @property
    def current(self) -> Answer | None:
        """The answer to the current prompt, in O(1)."""
        prompt = self.prompt
        return self.answers[prompt.prompt_id] if prompt is not None else None

    @property
    def given(self) -> Answer | None:
        """The answer that is being given, which may be one before the current again."""
        return self.answers.get(self.answering)

    @property
    def is_answering_earlier(self) -> bool:
        """Whether something is being added to the answer of a prompt before the current one."""
        prompt = self.prompt
        return prompt is not None and self.answering != prompt.prompt_id

    @property
    def awaits_reply(self) -> bool:
        """Whether nothing is said because a reply is awaited."""
        awaits = self.plan is not None and self.plan.awaits_reply
        return awaits and self.status is Status.DECIDING and self.utterance is None


MAX_RESUME_HASHES = 4
"""After this many welcomes in a row that were cut off, the first token and the newest ones stay."""


def initial(spec: InterviewSpec) -> State:
    """The state before the first event."""
    agenda = agenda_for(spec)
    answers = MappingProxyType({prompt.prompt_id: Answer(prompt) for prompt in agenda})
    return State(spec=spec, agenda=agenda, answers=answers)


def prompt_id_of(spec: InterviewSpec, event: ev.OfPrompt) -> str:
    """Whose answer an event is about. Former releases named the core question by its index."""
    if event.prompt_id or event.round is None:
        return event.prompt_id
    return spec.questions[event.round].id if 0 <= event.round < len(spec.questions) else ""
