"""What a language model may say next: prepared while the candidate may still speak, used if it is
there, done without if not.

A reply is asked for when a pause has lasted `pacing.REPLY_AHEAD_S` and every word so far is written
down, or at the turn's end. It is one at a time. What is said to the candidate next never waits for
it longer than `pacing.REPLY_WAIT_S` after the turn's end, and the script is always at hand.

`keep_in_step` runs after every input: it is what cancels a reply nobody waits for any more, and
asks for one once its words are there. So no handler has to think of it.
"""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import faq_asked, needed_words, pacing
from media_server.interview.agenda import Grounds, Prompt, follow_up, next_prompt
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.rounds import (
    plan,
    request_current,
    request_next,
    request_prompt,
)
from media_server.interview.machine.utterances import request
from media_server.interview.replies_ahead import (
    MAX_FAQ_ANSWER_CHARS,
    MAX_FOLLOW_UP_CHARS,
    NextReply,
    ReplyAhead,
)
from media_server.interview.reply_events import MissedBecause
from media_server.interview.settling import settled
from media_server.interview.spoken_requests import recognise
from media_server.interview.state import State, Turn, Utterance
from media_server.interview.status import Status


def answered(draft: Draft, end_reason: str) -> None:
    """The turn was an answer, or more of an earlier one: on to what is asked after it, which may be
    a question back. Nobody is asked back who has talked for as long as is allowed."""
    state = draft.state
    if state.is_answering_earlier:
        if (closed := settled(state, state.answering)) is not None:
            draft.emit(closed)
        plan(draft, None, "the earlier answer was added to")
        request_current(draft)
        return
    reason = f"answered, turn ended by {end_reason}"
    if end_reason in ("soft_landing", "hard_limit"):
        plan(draft, "answered", reason)
        request(draft, "bridge")
    elif may_follow_up(state) and _may_still_come(state, draft.now_s):
        plan(draft, "answered", reason, awaits_reply=True)
    else:
        plan(draft, "answered", reason)
        go_on(draft)


# --- whether a reply is wanted --------------------------------------------------------------------


def may_follow_up(state: State) -> bool:
    """Whether the answer that is being given may be followed by a question back: there is a model,
    and something left of both budgets."""
    answer = state.given
    if not state.replies or state.time_up or answer is None or state.is_answering_earlier:
        return False
    if answer.prompt.round is None:  # practice, or the candidate's own questions
        return False
    following = next_prompt(state)
    if following is not None and following.kind == "follow_up":
        return False  # one is to be asked already
    question = state.spec.questions[answer.prompt.round]
    put = [prompt for prompt in state.agenda if prompt.kind == "follow_up"]
    put_here = sum(prompt.round == answer.prompt.round for prompt in put)
    return put_here < question.follow_ups.max and len(put) < state.spec.follow_up_budget


def _wants_reply(state: State) -> bool:
    """Whether the newest turn, as far as it is written down, is one that a model may reply to. What
    is likely to be a request is not; a question to the interviewer is, where there is a FAQ."""
    turn = state.turn(state.turn_epoch)
    if not state.replies or state.time_up or turn is None or not _chars(state):
        return False
    if state.confirming is not None or state.interruption is not None:
        return False  # what is meant is to be known first
    if _asks_us(state, turn):
        return True
    if (
        needed_words.may_be_request(state)
        and recognise(turn.text, state.spec.candidate.locale) is not None
    ):
        return False
    return may_follow_up(state)


def _asks_us(state: State, turn: Turn) -> bool:
    """Whether it is a question to the interviewer that the FAQ answers."""
    is_short = needed_words.may_be_request(state) or turn.typed is not None
    return is_short and faq_asked.question_match(state, turn) is not None


def _chars(state: State) -> int:
    """How much of the answer that is being given is written down."""
    answer = state.given
    return sum(len(turn.text) for turn in answer.turns if turn.counts) if answer is not None else 0


def _words_are_owed(state: State) -> bool:
    return any(owed.prompt_id == state.answering for owed in state.pending.values())


def _current(state: State) -> ReplyAhead | None:
    """The newest reply, where it is about the words there are now."""
    reply = state.reply
    if reply is None or reply.turn_epoch != state.turn_epoch or _words_are_owed(state):
        return None
    return reply if reply.chars == _chars(state) else None


def _may_ask(state: State) -> bool:
    """Whether a reply may be asked for now, once for the same words; at the turn's end also where
    it was cancelled."""
    if _words_are_owed(state) or not _wants_reply(state):
        return False
    reply = _current(state)
    return reply is None or (reply.status == "cancelled" and state.status is Status.DECIDING)


def _may_still_come(state: State, now_s: float) -> bool:
    """Whether it makes sense to wait: there is time left, and a reply or its words are awaited."""
    if state.turn_ended_s is None or now_s >= state.turn_ended_s + pacing.REPLY_WAIT_S:
        return False
    reply = _current(state)
    if reply is None:
        return _words_are_owed(state) or _wants_reply(state)
    return reply.status in ("asked", "cancelled")


# --- asked for, and cancelled ---------------------------------------------------------------------


def ask_at_s(state: State) -> float | None:
    """When the pause that runs is sure enough to prepare what is said next; None: it is not to be
    prepared, or is already."""
    listening = state.listening
    pause = listening.pause if listening is not None else None
    if not state.replies or listening is None or pause is None or pause.held:
        return None
    if listening.speaking or listening.closing is not None or state.audio_gone is not None:
        return None
    if not _may_ask(state):
        return None
    return pause.since_s + max(0.0, pacing.REPLY_AHEAD_S - pause.silence_ms / 1000)


def ask(draft: Draft) -> None:
    state, before = draft.state, draft.state.reply
    same_turn = before is not None and before.turn_epoch == state.turn_epoch
    number = int(before.reply_id.rpartition("-")[2]) + 1 if before is not None and same_turn else 1
    draft.emit(
        ev.ReplyAsked(
            reply_id=f"r-{state.turn_epoch}-{number}",
            turn_epoch=state.turn_epoch,
            prompt_id=state.answering,
            round=state.round_of(state.answering),
            chars=_chars(state),
        )
    )


def keep_in_step(draft: Draft) -> None:
    """Cancel what nobody waits for any more, and ask for what is wanted by now."""
    reason = _why_over(draft.state)
    if draft.state.reply is not None and reason is not None:
        draft.emit(ev.ReplyCancelled(reply_id=draft.state.reply.reply_id, reason=reason))
    state = draft.state
    if not state.replies:
        return
    at_s = ask_at_s(state)
    if (at_s is not None and at_s <= draft.now_s) or (state.awaits_reply and _may_ask(state)):
        ask(draft)


def _why_over(state: State) -> str | None:
    """Why a reply that is on its way is not waited for any more; None: it is, or there is none."""
    reply, listening = state.reply, state.listening
    if reply is None or reply.status != "asked":
        return None
    if _current(state) is not reply:
        return "there is more of the answer"
    if state.time_up:
        return "the time is over"
    if state.status is Status.CLOSING_TURN or state.awaits_reply:
        return None
    if listening is None:
        return "something else comes first"
    if listening.speaking:
        return "speech went on"
    held = listening.thinks or (listening.pause is not None and listening.pause.held)
    return "the pause is held" if held else None


# --- waited for, and used -------------------------------------------------------------------------


def awaited_until_s(state: State) -> float:
    """Until when, of a state in which one is awaited: at once where none can come any more."""
    ended_s = state.turn_ended_s if state.turn_ended_s is not None else state.entered_s
    reply = _current(state)
    lost = reply is not None and reply.status != "asked"
    none = reply is None and not _words_are_owed(state)
    return state.entered_s if lost or none else ended_s + pacing.REPLY_WAIT_S


def wait_for(draft: Draft, reason: str) -> bool:
    """Wait for the answer to a question to the interviewer, where one may still come; `decide_turn`
    follows again, and finds it (`faq_answer`) or not. False: there is nothing to wait for."""
    state = draft.state
    turn = state.turn(state.turn_epoch)
    if turn is None or not _asks_us(state, turn) or not _wants_reply(state):
        return False
    if not _may_still_come(state, draft.now_s):
        return False
    plan(draft, None, reason, awaits_reply=True)
    return True


def faq_answer(state: State) -> NextReply | None:
    """What the model made of the FAQ for the question that the newest turn is."""
    reply = _current(state)
    found = reply.reply if reply is not None and reply.status == "ready" else None
    if found is None or found.kind != "faq_answer":
        return None
    return found if found.text.strip() and len(found.text) <= MAX_FAQ_ANSWER_CHARS else None


def go_on(draft: Draft) -> None:
    """The answer is over: ask back where a reply says so, or go on with the script."""
    prompt = None
    if may_follow_up(draft.state):
        _say_why_not(draft)
        prompt = _asks_back(draft.state)
    if prompt is not None:
        request_prompt(draft, prompt)
    else:
        request_next(draft)


def put_on_agenda(draft: Draft, utterance: Utterance) -> None:
    """A follow-up is about to be heard. Until then it is on no agenda, so that it is not asked when
    the candidate has gone on meanwhile, and has said more than it was made from."""
    prompt, reply = _asks_back(draft.state), draft.state.reply
    if prompt is None or (prompt.prompt_id, prompt.text) != (utterance.prompt_id, utterance.text):
        return
    why = reply.reply.reason if reply is not None and reply.reply is not None else ""
    draft.emit(ev.AgendaExtended(prompt=prompt, reason=why or "a criterion is open"))


def _asks_back(state: State) -> Prompt | None:
    """The follow-up that the reply to the newest turn is; None: it is none, or cannot be asked."""
    reply, answer = _current(state), state.given
    found = reply.reply if reply is not None and reply.status == "ready" else None
    if found is None or answer is None or found.kind != "follow_up" or not _is_fit(found):
        return None
    asked = (p for p in state.agenda if p.kind == "follow_up")
    number = 1 + sum(prompt.round == answer.prompt.round for prompt in asked)
    grounds = Grounds(found.quote, found.criterion_id)
    return follow_up(answer.prompt, number, found.text, grounds)


def _is_fit(reply: NextReply) -> bool:
    return bool(reply.text.strip()) and len(reply.text) <= MAX_FOLLOW_UP_CHARS


def _say_why_not(draft: Draft) -> None:
    """Where a reply was wanted and none can be used."""
    state, reply = draft.state, _current(draft.state)
    if reply is None or reply.status in ("asked", "cancelled"):
        if state.awaits_reply or reply is not None:
            _missed(draft, "late", "its words" if _words_are_owed(state) else "the reply")
    elif reply.status == "failed":
        _missed(draft, "failed", reply.failure)
    elif (found := reply.reply) is not None and found.kind == "follow_up" and not _is_fit(found):
        _missed(draft, "unfit", f"{len(found.text)} characters")


def give_up(draft: Draft) -> None:
    """What is on its way is not waited for any longer."""
    reply = draft.state.reply
    if reply is not None and reply.status == "asked":
        _missed(draft, "late", "the reply")


def _missed(draft: Draft, reason: MissedBecause, detail: str) -> None:
    state = draft.state
    draft.emit(
        ev.ReplyMissed(
            turn_epoch=state.turn_epoch,
            prompt_id=state.answering,
            round=state.round_of(state.answering),
            reason=reason,
            detail=detail,
        )
    )
