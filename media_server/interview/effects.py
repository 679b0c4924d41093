"""What the shell has to do about an event, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from media_server.delivery import PLAIN, Delivery
from media_server.interview import events as ev
from media_server.interview import faq_asked, faq_pieces, pacing, summing
from media_server.interview.agenda import next_prompt
from media_server.interview.pause import whole_wait_ms
from media_server.interview.phrases import phrase
from media_server.interview.state import State
from media_server.interview.status import TERMINAL, Status, TurnEndReason
from media_server.interview.summary_events import SUMMARY_ID


@dataclass(frozen=True, slots=True)
class PrepareGreeting:
    attempt: int
    first_token_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class PrepareReply:
    """Ask the language model what to say next, from the state as it is now: a follow-up, or the
    answer to a question to the interviewer. Prepare its audio, then answer ReplyReady; ReplyFailed
    where there is none. At most one is in flight in an interview."""

    reply_id: str
    turn_epoch: int
    prompt_id: str


@dataclass(frozen=True, slots=True)
class CancelReply:
    """Stop computing this reply. It is answered (ReplyReady) only where proposals were dropped
    until then, so that the log keeps why. What crosses this is not used."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class PrepareVoice:
    """Get the clip, then answer VoiceReady or VoiceFailed."""

    utterance_id: str
    text: str
    delivery: Delivery = PLAIN


@dataclass(frozen=True, slots=True)
class Prefetch:
    """Have the clip of this text at hand; nothing is answered."""

    text: str
    delivery: Delivery = PLAIN


@dataclass(frozen=True, slots=True)
class Play:
    utterance_id: str
    text: str
    from_s: float = 0.0
    delivery: Delivery = PLAIN


@dataclass(frozen=True, slots=True)
class StopPlaying:
    pass


@dataclass(frozen=True, slots=True)
class Listen:
    turn_epoch: int
    from_s: float | None
    max_turn_ms: int


@dataclass(frozen=True, slots=True)
class StopListening:
    """Close the open segment as a final; detect no turns."""


@dataclass(frozen=True, slots=True)
class CloseTurn:
    """Close the open segment, then answer TurnOver with this reason."""

    turn_epoch: int
    reason: TurnEndReason


@dataclass(frozen=True, slots=True)
class SetWait:
    """How long the pause that runs may be, before the accommodation; and why (`patience`)."""

    wait_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    hold_s: float


@dataclass(frozen=True, slots=True)
class KeepAudio:
    """False: nobody listens (paused). What is received is silence, kept nowhere.

    True: audio should come from now on; also when the candidate has unmuted."""

    keep: bool


@dataclass(frozen=True, slots=True)
class SetSilence:
    silence_ms: int


@dataclass(frozen=True, slots=True)
class LookForInstructions:
    """All words of a turn are there. Answer InstructionsFound where they speak to whoever
    interviews or judges; nothing else is answered, and nobody waits for it. It takes too long for
    an event loop."""

    turn_epoch: int
    text: str


@dataclass(frozen=True, slots=True)
class PrepareSummary:
    """Have at hand what a summary would tell of each answer that is over: `State.told_ahead`.
    Nothing is answered, and nobody waits for it."""


@dataclass(frozen=True, slots=True)
class CloseCall:
    connection_epoch: int
    reason: Literal["superseded", "ended", "left"]
    linger_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EndSession:
    """Free what the live session holds; finals that are owed are still taken in."""


Effect = (
    PrepareGreeting | PrepareReply | CancelReply | PrepareVoice | Prefetch | Play | StopPlaying
    | Listen | StopListening | CloseTurn | SetWait | Hold | KeepAudio | SetSilence | CloseCall
    | EndSession | LookForInstructions | PrepareSummary
)  # fmt: skip


def effects(before: State, event: ev.Event, after: State, now_s: float) -> list[Effect]:
    """In the order in which they are to be carried out."""
    found: list[Effect] = []
    found += _stops(before, event, after)
    found += _replies(before, event)
    found += _starts(event, after, now_s)
    found += _answer_ahead(event, after)
    found += _holds(event, after)
    found += _looks(event, after)
    found += _tells_ahead(event, after)
    changed = keeps_audio(before) != keeps_audio(after)
    if after.connected and (changed or isinstance(event, ev.Muted)):
        found.append(KeepAudio(keeps_audio(after)))
    if isinstance(event, ev.Connected) and before.connected:
        found.append(CloseCall(before.connection_epoch, "superseded"))
    if after.status in (Status.PARKED, *TERMINAL) and after.status is not before.status:
        if after.connected:
            linger_s = pacing.ENDED_LINGER_S
            found.append(CloseCall(after.connection_epoch, "ended", linger_s))
        found.append(EndSession())
    return found


def keeps_audio(state: State) -> bool:
    """Whether the page says that somebody listens: else nothing that comes is kept."""
    return state.status not in (Status.PAUSED, Status.PARKED)


def _stops(before: State, event: ev.Event, after: State) -> list[Effect]:
    found: list[Effect] = []
    was_playing = before.utterance is not None and before.utterance.playing_since_s is not None
    if was_playing and not isinstance(event, ev.Connected):
        ended_by_itself = isinstance(event, ev.UtteranceEnded) and event.complete
        replaced = after.utterance is None or (
            before.utterance is not None
            and after.utterance.utterance_id != before.utterance.utterance_id
        )
        if replaced and not ended_by_itself:
            found.append(StopPlaying())
    if before.status is Status.LISTENING and after.status is not Status.LISTENING:
        found.append(StopListening())
    return found


def _replies(before: State, event: ev.Event) -> list[Effect]:
    """Also one that is missed is not to be computed any longer."""
    match event:
        case ev.ReplyAsked():
            return [PrepareReply(event.reply_id, event.turn_epoch, event.prompt_id)]
        case ev.ReplyCancelled():
            return [CancelReply(event.reply_id)]
        case ev.ReplyMissed() if before.reply is not None and before.reply.status == "asked":
            return [CancelReply(before.reply.reply_id)]
    return []


def _starts(event: ev.Event, after: State, now_s: float) -> list[Effect]:
    match event:
        case ev.GreetingAsked():
            asked_s = after.greeting_asked_s if after.greeting_asked_s is not None else now_s
            left_s = max(0.5, pacing.GREETING_TOTAL_S - (now_s - asked_s))
            first_s = min(pacing.GREETING_FIRST_TOKEN_S, left_s)
            return [PrepareGreeting(event.attempt, first_s, left_s)]
        case ev.UtteranceRequested():
            voice = PrepareVoice(event.utterance_id, event.text, event.delivery)
            return [voice, *_rest_ahead(event, after)]
        case ev.UtteranceStarted(spoken=True):
            return [
                Play(event.utterance_id, event.text, delivery=_delivery(after)),
                *_summary_ahead(after),
            ]
        case ev.UtteranceResumed():
            return [Play(event.utterance_id, event.text, event.from_s, event.delivery)]
        case ev.TurnOpened():
            return [Listen(event.turn_epoch, event.from_s, after.max_turn_ms)]
        case ev.TurnClosing():
            return [CloseTurn(after.turn_epoch, event.reason)]
        case ev.SilenceExtended():
            return [SetWait(event.wait_ms, event.reason)]
        case ev.Held():
            return [Hold(event.hold_s)]
        case ev.PaceSet():
            return [SetSilence(pacing.silence_ms(after.spec.turn, after.pace))]
        case (
            ev.SpeechPaused()
            | ev.RoundAdvanced()
            | ev.PromptAsked()
            | ev.AgendaExtended()
            | ev.PlanMade(awaits_reply=True)
            | ev.Joined()
            | ev.Consented()
        ):
            if (following := next_prompt(after)) is not None:
                return [Prefetch(following.text, after.delivery)]
            return [
                Prefetch(phrase("wrap_up", after.spec.candidate.locale), after.delivery),
                *_offer_ahead(after),
            ]
    return []


def _tells_ahead(event: ev.Event, after: State) -> list[Effect]:
    """An answer is over, or its words have changed; or nothing is at hand, after a restart."""
    if after.spec.summary != "offer" or (after.summary is not None and after.summary.outcome):
        return []
    match event:
        case (
            ev.AnswerClosed()
            | ev.UtteranceStarted(kind="question")
            | ev.SegmentTranscribed()
            | ev.StretchTranscribed()
            | ev.Connected()
        ):
            return [PrepareSummary()]
    return []


def _answer_ahead(event: ev.Event, state: State) -> list[Effect]:
    """The voice of an answer from the FAQ, while the pause after the question still runs."""
    listening = state.status is Status.LISTENING
    if not listening or not isinstance(event, ev.SegmentTranscribed) or not state.spec.faq:
        return []
    turn = state.turn(state.turn_epoch)
    match = faq_asked.question_match(state, turn) if turn is not None else None
    if match is None:
        return []
    return [Prefetch(faq_pieces.pieces(match.entry.a)[0], state.delivery)]


def _rest_ahead(event: ev.UtteranceRequested, after: State) -> list[Effect]:
    """Of a long answer from the FAQ: while one piece is heard, the next one is made."""
    following = faq_pieces.next_piece(after, event.kind, event.text)
    return [Prefetch(following, event.delivery)] if following is not None else []


def _offer_ahead(after: State) -> list[Effect]:
    """What comes before the farewell, if it does."""
    if not summing.is_due(after):
        return []
    return [Prefetch(summing.offer(after.spec.candidate.locale).text, after.delivery)]


def _summary_ahead(after: State) -> list[Effect]:
    """While it is offered, what it begins with; while a piece of it is said, the next one."""
    utterance, summary = after.utterance, after.summary
    if utterance is None or utterance.prompt_id != SUMMARY_ID:
        return []
    told = summary is not None and summary.told_s is not None
    if not told and utterance.kind == "question":
        first = summing.pieces_of(after, summing.sentences_of(after))[:1]
        return [Prefetch(text, after.delivery) for text in first]
    if utterance.kind != "summary":
        return []
    said = summing.pieces(after)
    at = said.index(utterance.text) + 1 if utterance.text in said else len(said)
    check = phrase("summary_check", after.spec.candidate.locale)
    return [Prefetch(said[at] if at < len(said) else check, after.delivery)]


def _holds(event: ev.Event, after: State) -> list[Effect]:
    """No silence ends a turn while its candidate is asked to repeat what was lost, and a full
    window runs from the end of that on."""
    pause = after.listening.pause if after.listening is not None else None
    if pause is None or not after.connected:
        return []
    match event:
        case ev.UtteranceRequested(kind="lost_you"):
            return [Hold(pacing.VOICE_DEADLINE_S)]
        case ev.UtteranceStarted(kind="lost_you", spoken=True):
            return [Hold(event.duration_s + pacing.PLAYOUT_MARGIN_S)]
        case ev.UtteranceEnded(kind="lost_you"):
            return [Hold(whole_wait_ms(after.spec, pause) / 1000)]
    return []


def _looks(event: ev.Event, after: State) -> list[Effect]:
    """Once a turn is over and owes no words."""
    match event:
        case ev.TurnEnded() | ev.TypedLate() | ev.SegmentTranscribed():
            turn_epoch = event.turn_epoch
        case _:
            return []
    turn = after.turn(turn_epoch)
    owed = any(one.segment.turn_epoch == turn_epoch for one in after.pending.values())
    if turn is None or owed or not turn.end_reason or turn.flagged or not turn.text:
        return []
    return [LookForInstructions(turn_epoch, turn.text)]


def _delivery(state: State) -> Delivery:
    """As its voice was asked for."""
    return state.utterance.delivery if state.utterance is not None else state.delivery
