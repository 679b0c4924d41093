"""What a candidate may see of an interview now, in words of no dialect. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from media_server.interview import events as ev
from media_server.interview import pacing
from media_server.interview.phrases import confirmation
from media_server.interview.state import State
from media_server.interview.status import LIVE, TERMINAL, Status
from media_server.interview.summary_events import SUMMARY_ID

Activity = Literal["idle", "speaking", "listening", "thinking"]
Stage = Literal["ready", "greeting", "question", "answer", "paused", "wrap_up", "ended", "parked"]
Action = Literal[
    "ready", "done", "not_finished", "repeat", "rephrase", "skip", "text_answer", "pause",
    "resume", "leave", "confirm", "undo_skip", "think", "summary",
]  # fmt: skip

_STAGES: dict[Status, Stage] = {
    Status.CREATED: "ready",
    Status.JOINED: "ready",
    Status.READY: "ready",
    Status.GREETING: "greeting",
    Status.ASKING: "question",
    Status.LISTENING: "answer",
    Status.CLOSING_TURN: "answer",
    Status.DECIDING: "answer",
    Status.WRAP_UP: "wrap_up",
    Status.PAUSED: "paused",
    Status.DISCONNECTED: "paused",
    Status.PARKED: "parked",
}
_CAN: dict[Status, tuple[Action, ...]] = {
    Status.READY: ("ready", "leave"),
    Status.GREETING: ("skip", "pause", "leave"),
    Status.ASKING: ("repeat", "rephrase", "skip", "not_finished", "text_answer", "pause", "leave"),
    Status.LISTENING: (
        "done", "not_finished", "repeat", "rephrase", "skip", "think", "text_answer", "pause",
        "leave",
    ),
    Status.CLOSING_TURN: (
        "not_finished", "repeat", "rephrase", "skip", "text_answer", "pause", "leave",
    ),
    Status.DECIDING: ("not_finished", "text_answer", "pause", "leave"),
    Status.PAUSED: ("resume", "leave"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """What the server does now. Two that are equal look the same on every screen."""

    status: Status
    stage: Stage
    activity: Activity
    paused_remaining_s: float | None
    """Of the pause's budget; None outside a pause."""
    can: tuple[Action, ...]
    """What a candidate may ask for now."""
    prompt_id: str = ""
    """Of the prompt that is being answered, or asked: the current one, or one before it again; "":
    nothing was asked yet."""
    number: int = 0
    """Of the core question that it is, or asks back about, from 1; 0: it belongs to none."""
    skipped: str | None = None
    """The prompt that was skipped, while that can be undone."""
    confirm: str | None = None
    """The question that is open whether the last words were a request."""
    watched: bool = False
    """Somebody follows the words now."""


@dataclass(frozen=True, slots=True)
class Progress:
    number: int
    """Of the question, from 1; 0 before the first."""
    of: int
    elapsed_s: float
    limit_s: float


def view(state: State, now_s: float) -> View:
    """What the candidate should see of the state now."""
    speaking = state.utterance is not None and state.utterance.playing_since_s is not None
    activity: Activity = "idle"
    if state.status in LIVE:
        activity = "thinking"
        if speaking:
            activity = "speaking"
        elif state.status is Status.LISTENING and state.listening is not None:
            activity = "listening"
    remaining_s = None
    if state.status is Status.PAUSED:
        budget_s = state.spec.limits.pause_budget_ms / 1000 - state.paused_used_s
        remaining_s = round(max(0.0, budget_s - (now_s - state.entered_s)), 0)
    return View(
        status=state.status,
        stage=_STAGES.get(state.status, "ended"),
        activity=activity,
        paused_remaining_s=remaining_s,
        can=_may(state),
        skipped=state.skipped.prompt_id if _can_undo(state) and state.skipped else None,
        confirm=_question_back(state),
        prompt_id=state.answering,
        watched=state.watchers > 0 and state.status not in TERMINAL,
        number=0 if (round_ := state.round_of(state.answering)) is None else round_ + 1,
    )


def _may(state: State) -> tuple[Action, ...]:
    """What makes sense now. Where there are no other words, nobody is offered any."""
    allowed = _CAN.get(state.status, ())
    if state.awaits_reply:  # nothing has been chosen yet that these would come too late for
        allowed = ("repeat", "rephrase", "skip", *allowed)
    useless = _useless(state)
    allowed = tuple(action for action in allowed if action not in useless)
    if _question_back(state) is not None:
        allowed = (*allowed, "confirm")
    if _can_undo(state):
        allowed = (*allowed, "undo_skip")
    if _about_summary(state):
        allowed = (*allowed, "summary")
    return allowed


def _useless(state: State) -> set[Action]:
    useless: set[Action] = set()
    if not has_other_words(state):
        useless.add("rephrase")
    if state.status is Status.GREETING and state.greeting_heard:
        useless.add("skip")  # the question is on its way
    if state.listening is not None and state.listening.closing is not None:
        useless.add("think")
    if state.status is Status.CLOSING_TURN and state.time_up:
        useless |= {"repeat", "rephrase", "skip"}  # the farewell follows
    return useless


def _can_undo(state: State) -> bool:
    return state.skipped is not None and not state.time_up


def _question_back(state: State) -> str | None:
    confirming = state.confirming
    if confirming is None or not confirming.asked:
        return None
    return confirmation(confirming.intent, state.spec.candidate.locale)


def _about_summary(state: State) -> bool:
    """Whether the candidate may want the summary, or say that it is right."""
    settled = state.summary is not None and state.summary.outcome
    return state.answering == SUMMARY_ID and state.status in _IN_A_QUESTION and not settled


_IN_A_QUESTION = (Status.ASKING, Status.LISTENING, Status.CLOSING_TURN, Status.DECIDING)


def has_other_words(state: State) -> bool:
    """Whether the question can be put differently once more."""
    answer = state.given
    if answer is None or answer.prompt.clarification is None:
        return False
    return answer.rephrased < pacing.MAX_REPHRASED


def progress(state: State, now_s: float) -> Progress:
    return Progress(
        number=state.round + 1,
        of=len(state.spec.questions),
        elapsed_s=round(state.active_until(now_s), 1),
        limit_s=state.spec.limits.total_ms / 1000,
    )


def is_hidden(event: ev.Event, hidden_turns: int) -> bool:
    """What was said on another device: not for a connection that came by the link alone."""
    turn_epoch = _turn_whose_words_it_tells(event)
    return turn_epoch is not None and turn_epoch <= hidden_turns


def is_quote_hidden(state: State, prompt_id: str, hidden_turns: int) -> bool:
    """A follow-up repeats what was said before it: where that was on another device, it is not for
    a connection that came by the link alone, unless it is asked there or was answered there."""
    answer = state.answers.get(prompt_id)
    asked_now = state.answering == prompt_id and state.status not in TERMINAL
    if answer is None or answer.prompt.kind != "follow_up" or asked_now:
        return False
    core = state.answers.get(answer.prompt.question_id or "")
    about = core.turns if core is not None else ()
    answered_here = any(turn.turn_epoch > hidden_turns for turn in answer.turns)
    return not answered_here and any(turn.turn_epoch <= hidden_turns for turn in about)


def _turn_whose_words_it_tells(event: ev.Event) -> int | None:
    match event:
        case ev.SegmentTranscribed() | ev.StretchTranscribed() | ev.TurnEnded() | ev.TypedLate():
            return event.turn_epoch
        case ev.InterruptionJudged() | ev.Requested():  # sent again, as what they were
            return event.turn_epoch
        case ev.Confirmed():
            return event.reply_turn_epoch
        case ev.SummaryTold():
            return event.turn_epoch
        case ev.SummaryCorrected():  # it names the words that it corrects
            return event.told_turn
    return None
