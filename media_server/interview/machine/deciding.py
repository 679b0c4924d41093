"""What follows a turn, once its words are there or have been given up."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import needed_words, record
from media_server.interview.machine import (
    asking_us,
    confirming,
    interrupted,
    replying,
    requests,
    skipping,
    summing_up,
    their_questions,
    typed_late,
)
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import By
from media_server.interview.machine.replying import answered
from media_server.interview.machine.rounds import (
    leave_question,
    plan,
    request_next,
)
from media_server.interview.machine.turns import (
    end_turn,
    leave_turn,
    open_turn,
    take_in_words,
)
from media_server.interview.machine.utterances import request, stop
from media_server.interview.replies_ahead import MAX_DROPPED
from media_server.interview.settling import (
    has_content,
    settled,
    transcribed,
    untranscribed,
    written_later,
)
from media_server.interview.spoken_requests import recognise
from media_server.interview.state import State, Turn, prompt_id_of
from media_server.interview.status import AnswerStatus, Status, TurnEndReason

TAKES_TYPING = (Status.ASKING, Status.LISTENING, Status.CLOSING_TURN, Status.DECIDING)
"""States in which a question is open that a typed answer could belong to."""


def has_pending_words(state: State) -> bool:
    """Whether the recogniser still owes words of the answer that is being given."""
    return any(owed.prompt_id == state.answering for owed in state.pending.values())


def decide_when_heard(draft: Draft, *, is_answer: bool = False) -> None:
    """At once, unless what follows depends on words that are owed. `is_answer`: it does not."""
    counts = summing_up.is_on(draft.state) or their_questions.is_on(draft.state)
    is_answer = is_answer and not counts  # every word of it counts
    check = draft.state.interruption
    whose = check is not None and check.repairs  # which answer they belong to, the words tell
    if (is_answer and not whose) or not needed_words.are_awaited(draft.state):
        decide_turn(draft, is_answer=is_answer)


def decide_turn(draft: Draft, *, is_answer: bool = False) -> None:
    """A turn has ended, and its words are there, given up or not needed: choose what follows."""
    state = draft.state
    turn = state.turn(state.turn_epoch)
    if turn is None:
        request_next(draft)  # the time was up before anything was asked
        return
    if interrupted.settle(draft):
        return
    if not is_answer and interrupted.settle_aside(draft):
        return
    state = draft.state
    turn = state.turn(state.turn_epoch) or turn  # its words may be of another answer now
    if state.time_up:
        summing_up.take(draft, turn)
        prompt = state.prompt
        some = prompt is not None and has_content(state, prompt.prompt_id)
        left = not state.is_answering_earlier and skipping.is_skipped(state)
        without: AnswerStatus = "cut_short" if some else "no_answer"
        plan(draft, "skipped" if left else without, "the time is over")
        request_next(draft)
        return
    if skipping.is_skipped(state):
        skipping.leave_skipped(draft)
        return
    if turn.request == "pause":
        open_turn(draft, "the break is over")
    elif summing_up.is_on(state):
        _about_summary(draft, turn)
    elif not confirming.replied(draft, turn, is_answer=is_answer):
        _follow(draft, turn, is_answer=is_answer)


def _follow(draft: Draft, turn: Turn, *, is_answer: bool) -> None:
    """What the words of a turn ask for; where they ask for nothing, what comes after an answer."""
    if their_questions.is_on(draft.state):
        _about_their_questions(draft, turn)
        return
    if not is_answer and _wants_summary_in_writing(draft.state, turn):
        requests.summarise(draft, "typed")
        return
    state = draft.state
    may_be_request = not is_answer and needed_words.may_be_request(state)
    asked = recognise(turn.text, state.spec.candidate.locale) if may_be_request else None
    asks_us = may_be_request or (turn.typed is not None and not is_answer)
    if asks_us and asking_us.is_asked(state, turn, asked):
        by: By = "voice" if turn.typed is None else "typed"
        requests.interviewer_question(draft, by)
    elif asked is not None and confirming.is_trusted(state, asked):
        requests.BY_INTENT[asked.intent](draft, "voice")
    elif asked is not None and asked.intent in requests.LISTENING_ON:
        requests.listen_on(draft, asked.intent, turn.text)
    elif asked is not None and confirming.may_ask(state, asked):
        confirming.ask(draft, asked.intent)
    elif has_content(state, state.answering):
        answered(draft, turn.end_reason)
    elif not state.answers[state.answering].not_heard_said:
        draft.emit(ev.NotHeard(reason="a turn without a word"))
        plan(draft, None, "nothing was heard, said once")
        request(draft, "not_heard")
    else:
        leave_question(draft, "no_answer", "nothing was heard twice")


def _about_summary(draft: Draft, turn: Turn) -> None:
    """A request is one here, too, where that is sure; all else is a reply, or a correction."""
    may_be_request = needed_words.may_be_request(draft.state)
    asked = recognise(turn.text, draft.state.spec.candidate.locale) if may_be_request else None
    is_reply = summing_up.is_reply(draft.state, turn)
    if _wants_summary_in_writing(draft.state, turn) and not is_reply:
        requests.summarise(draft, "typed")
    elif asked is not None and asked.sure and not is_reply:
        requests.BY_INTENT[asked.intent](draft, "voice")
    else:
        summing_up.follow(draft, turn)


def _wants_summary_in_writing(state: State, turn: Turn) -> bool:
    """The one request that is known in writing: for all others there is a button."""
    asked = recognise(turn.text, state.spec.candidate.locale) if turn.typed is not None else None
    return asked is not None and asked.sure and asked.intent == "summarise"


def _about_their_questions(draft: Draft, turn: Turn) -> None:
    """A sure request is one here, too; all else is a question to the employer, or "no"."""
    may_be_request = needed_words.may_be_request(draft.state) and not turn.request
    asked = recognise(turn.text, draft.state.spec.candidate.locale) if may_be_request else None
    theirs = asked is None or asked.intent in ("interviewer_question", "no_idea")
    if asked is not None and asked.sure and not theirs:
        requests.BY_INTENT[asked.intent](draft, "voice")
    else:
        their_questions.follow(draft, turn)


# --- what a language model makes of it ---


def reply_ready(draft: Draft, input_: inp.ReplyReady) -> None:
    """Kept until the turn is over, or used at once where it is waited for. Of one that is late or
    was cancelled only what was dropped is noted."""
    reply = draft.state.reply
    if reply is None or reply.reply_id != input_.reply_id:
        return  # to other words
    if input_.dropped and reply.status in ("asked", "missed", "cancelled"):
        draft.emit(
            ev.FollowUpsDropped(
                prompt_id=reply.prompt_id,
                round=draft.state.round_of(reply.prompt_id),
                turn_epoch=reply.turn_epoch,
                dropped=input_.dropped[:MAX_DROPPED],
                total=len(input_.dropped),
            )
        )
    if reply.status != "asked":
        return  # late, or twice
    draft.emit(ev.ReplyCame(reply_id=input_.reply_id, reply=input_.reply))
    wait_is_over(draft)


def reply_failed(draft: Draft, input_: inp.ReplyFailed) -> None:
    if _is_on_its_way(draft.state, input_.reply_id):
        draft.emit(ev.ReplyLost(reply_id=input_.reply_id, reason=input_.reason))
        wait_is_over(draft)


def _is_on_its_way(state: State, reply_id: str) -> bool:
    reply = state.reply
    return reply is not None and reply.reply_id == reply_id and reply.status == "asked"


def wait_is_over(draft: Draft) -> None:
    """On with what came, or without."""
    state = draft.state
    if not state.awaits_reply:
        return
    turn = state.turn(state.turn_epoch)
    if turn is not None and state.plan is not None and state.plan.answer is None:
        replying.give_up(draft)
        _follow(draft, turn, is_answer=False)
    else:
        replying.go_on(draft)


# --- what ends a turn, or brings its words ---


def turn_over(draft: Draft, input_: inp.TurnOver) -> None:
    if input_.turn_epoch != draft.state.turn_epoch:
        return
    _end_and_decide(draft, input_.reason, input_.detail, input_)


def force_turn_end(draft: Draft, reason: TurnEndReason) -> None:
    """The receiver owes the end of the turn and does not give it: end it without."""
    _end_and_decide(draft, reason, "deadline")


def _end_and_decide(
    draft: Draft, reason: TurnEndReason, detail: str, heard: inp.TurnOver | None = None
) -> None:
    listening = draft.state.listening
    end_turn(draft, reason, detail, heard=heard)
    decide_when_heard(draft, is_answer=listening is not None and listening.more_than_request)


def segment_heard(draft: Draft, input_: inp.SegmentHeard) -> None:
    pending = draft.state.pending.get(input_.segment_id)
    if pending is None:
        return  # late or twice: the first final stands
    draft.emit(transcribed(pending.segment, pending, input_))
    if (closed := settled(draft.state, prompt_id_of(draft.state.spec, pending))) is not None:
        draft.emit(closed)
    turn = draft.state.turn(pending.segment.turn_epoch)
    check = draft.state.interruption
    is_newest = pending.segment.turn_epoch == draft.state.turn_epoch
    decides = is_newest or (check is not None and pending.segment.turn_epoch in check.before)
    if is_newest and draft.state.status is Status.LISTENING:
        take_in_words(draft, input_.text)
    elif decides and draft.state.status is Status.CLOSING_TURN:
        decide_when_heard(draft)
    elif turn is not None:  # nobody waited for them
        interrupted.late_words(draft, turn.turn_epoch, input_.text)


def late_try(draft: Draft, input_: inp.LateTry) -> None:
    """Counted, where there is something to try: nothing else follows from it."""
    if any(segment.segment_id == input_.segment_id for segment in untranscribed(draft.state)):
        draft.emit(
            ev.LateTried(segment_id=input_.segment_id, outcome=input_.outcome, cause=input_.cause)
        )


def heard_again(draft: Draft, input_: inp.HeardAgain) -> None:
    """Into its old place, whatever goes on now: nothing but a status can follow from it."""
    segment = written_later(draft.state, input_)
    if segment is None:
        return
    draft.emit(segment)
    if (closed := settled(draft.state, prompt_id_of(draft.state.spec, segment))) is not None:
        draft.emit(closed)


def stretch_heard(draft: Draft, input_: inp.StretchHeard) -> None:
    """Better words of an answer that is over: nothing follows from them."""
    event = record.transcribed(draft.state, input_)
    if event is not None:
        draft.emit(event)


# --- typed answers ---


def answer_typed(draft: Draft, input_: inp.AnswerTyped) -> None:
    """A typed answer ends the turn at once; what was said before it stays with it."""
    if draft.state.prompt is None or typed_late.is_meant_elsewhere(draft.state, input_):
        typed_out_of_turn(draft, input_)
        return
    stop(draft, "answer typed")
    listening = draft.state.listening
    if draft.state.status is not Status.LISTENING or listening is None or listening.spoke:
        leave_turn(draft, "typed")
        open_turn(draft, "typed")
    end_turn(draft, "typed", typed=input_.text)
    decide_turn(draft)


def typed_while_deciding(draft: Draft, input_: inp.AnswerTyped) -> None:
    """Until the next question begins the same answer goes on, as it does for speech."""
    state = draft.state
    turn = state.turn(state.turn_epoch)
    again = turn is not None and turn.prompt_id == state.answering and turn.typed == input_.text
    if again and not typed_late.is_meant_elsewhere(state, input_):
        return  # it was sent twice, and is there
    answer_typed(draft, input_)


def typed_while_paused(draft: Draft, input_: inp.AnswerTyped) -> None:
    """The pause crossed an answer on its way: who sends one is there, so it is taken.

    For the question that was open before the pause; where none was, the pause goes on.
    """
    closed = draft.state.prompt is None or draft.state.paused_from not in TAKES_TYPING
    if closed or typed_late.is_meant_elsewhere(draft.state, input_):
        typed_out_of_turn(draft, input_)
        return
    deciding = draft.state.paused_from is Status.DECIDING
    draft.emit(ev.Resumed(reason="an answer was typed"))
    (typed_while_deciding if deciding else answer_typed)(draft, input_)


def typed_out_of_turn(draft: Draft, input_: inp.AnswerTyped) -> None:
    """Nothing is being answered: it belongs to what it was typed to, or is noted."""
    typed_late.take(draft, input_)
