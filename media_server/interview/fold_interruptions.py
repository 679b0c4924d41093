"""The fold of the events of speech over the bot. Pure."""

from __future__ import annotations

from types import MappingProxyType

from media_server.interview import events as ev
from media_server.interview.fold_answers import with_answer, with_turn
from media_server.interview.replacing import replace
from media_server.interview.state import Interruption, State, Turn


def barged_in(s: State, e: ev.BargedIn, at_s: float) -> State:
    """Its turn is opened next; logs of former releases, which judged nothing, have no check."""
    if s.utterance is None or e.judged:
        return s
    offset_s = s.connections[-1].media_offset_s if s.connections else 0.0
    check = Interruption(
        turn_epoch=s.last_turn_epoch + 1, utterance=s.utterance, heard_s=e.heard_s,
        resume_from_s=e.resume_from_s, speech_s=e.speech_s,
        stopped_s=offset_s + e.start_s + e.speech_s, since_s=at_s, repairs=e.repairs,
    )  # fmt: skip
    return replace(s, interruption=check)


MAX_BEFORE = 2
"""So many turns before the newest are judged with it: words that never come hold up no more."""


def in_turn(check: Interruption | None, e: ev.TurnOpened, at_s: float) -> Interruption | None:
    """What is still to be judged when a turn opens: that which began it, or goes on in it."""
    if check is None or check.turn_epoch == e.turn_epoch:
        return check
    if not e.goes_on:
        return None
    before = check.turn_epochs[-MAX_BEFORE:]
    return replace(check, turn_epoch=e.turn_epoch, before=before, since_s=at_s)


def interruption_judged(s: State, e: ev.InterruptionJudged, at_s: float) -> State:
    turn = s.turn(e.turn_epoch)
    if s.interruption is not None and s.interruption.turn_epoch == e.turn_epoch:
        s = replace(s, interruption=None)
    s = replace(s, question_heard=s.question_heard or e.question_heard)
    if turn is not None:
        if e.prompt_id != turn.prompt_id and e.prompt_id in s.answers:
            s = _moved(s, turn, e)
        s = with_turn(s, e.turn_epoch, e.prompt_id, at_s, set_aside=e.set_aside)
    cut_off = s.turn(e.repairs)
    if cut_off is not None:
        reason = "cut_off_repaired"
        s = with_turn(s, e.repairs, cut_off.prompt_id, at_s, end_reason=reason)
    return s


def _moved(s: State, turn: Turn, to: ev.OfPrompt) -> State:
    """A turn becomes one of another answer, with every word of it: those that are owed, too."""
    about = {"prompt_id": to.prompt_id, "round": to.round}
    segments = tuple(segment.model_copy(update=about) for segment in turn.segments)
    pending = {
        key: owed.model_copy(update=about) if owed.segment.turn_epoch == turn.turn_epoch else owed
        for key, owed in s.pending.items()
    }
    left = tuple(t for t in s.answers[turn.prompt_id].turns if t is not turn)
    s = replace(s, answers=with_answer(s, turn.prompt_id, turns=left))
    turns = (
        *s.answers[to.prompt_id].turns,
        replace(turn, prompt_id=to.prompt_id, segments=segments),
    )
    answers = with_answer(s, to.prompt_id, turns=turns)
    answering = to.prompt_id if turn.turn_epoch == s.turn_epoch else s.answering
    return replace(s, answers=answers, pending=MappingProxyType(pending), answering=answering)
