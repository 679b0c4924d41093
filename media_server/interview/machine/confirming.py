"""A turn that looks like a request, and may be an answer: the candidate is asked, once an answer.

Nothing is lost by it: the words are the answer unless they are said to be the request.
"""

from __future__ import annotations

from typing import Literal

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine import interrupted, requests, saying_again
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.replying import answered
from media_server.interview.machine.rounds import plan
from media_server.interview.machine.turns import end_turn, is_open, open_turn
from media_server.interview.machine.utterances import request, stop
from media_server.interview.phrases import confirmation
from media_server.interview.replies import reply
from media_server.interview.request_events import ConfirmOutcome
from media_server.interview.settling import has_content, said_something
from media_server.interview.spoken_requests import Intent, Recognised, recognise
from media_server.interview.state import Confirming, State, Turn


def may_ask(state: State, asked: Recognised) -> bool:
    """Whether the candidate is to be asked what was meant."""
    return not asked.sure and state.answers[state.answering].confirm == ""


def is_trusted(state: State, asked: Recognised) -> bool:
    """Sure by itself; or another one was confirmed in this answer, so no second is asked about."""
    return asked.sure or state.answers[state.answering].confirm == "yes"


def ask(draft: Draft, intent: Intent) -> None:
    state = draft.state
    plan(draft, None, "it may be a request")
    draft.emit(
        ev.ConfirmAsked(
            intent=intent,
            turn_epoch=state.turn_epoch,
            prompt_id=state.answering,
            round=state.round_of(state.answering),
        )
    )
    request(draft, "confirm_request", confirmation(intent, state.spec.candidate.locale))


def replied(draft: Draft, turn: Turn, *, is_answer: bool) -> bool:
    """A turn has ended after the question. False: it is no reply, and is decided like any other."""
    confirming = draft.state.confirming
    if turn.request == "confirm" and not has_content(draft.state, turn.prompt_id):
        saying_again.say_again(draft)
        return True
    if confirming is None or turn.turn_epoch == confirming.turn_epoch or turn.typed is not None:
        return False
    before = draft.state.turn_before(turn.turn_epoch)
    first = before is not None and before.turn_epoch == confirming.turn_epoch
    if first and turn.end_reason != "done" and not said_something(draft.state, turn):
        open_turn(draft, "nothing was said to the question back")
        return True
    if first and not is_answer and _is_echo(draft.state, turn, confirming.intent):
        interrupted.set_echo_aside(draft, turn)
        return True
    choice = None if is_answer else _choice(draft.state, turn, confirming.intent)
    if choice is None:
        _settle(draft, "none", "voice", None)
        return False
    _act(draft, choice, "voice", turn.turn_epoch)
    return True


def _is_echo(state: State, turn: Turn, intent: Intent) -> bool:
    """The question back came back. Who says the same words once more means them."""
    locale = state.spec.candidate.locale
    if reply(turn.text, locale) is not None:
        return False
    return interrupted.is_echo_of(state, turn, confirmation(intent, locale))


def _choice(state: State, turn: Turn, intent: str) -> inp.ConfirmChoice | None:
    """Also who says the same again, and clearly, has confirmed it."""
    locale = state.spec.candidate.locale
    if (choice := reply(turn.text, locale)) is not None:
        return choice
    again = recognise(turn.text, locale)
    return "yes" if again is not None and again.intent == intent else None


def pressed(draft: Draft, input_: inp.ConfirmPressed) -> None:
    """What was said meanwhile is part of the answer, unless it is known to be a reply."""
    state, confirming = draft.state, draft.state.confirming
    if confirming is None or not confirming.asked:
        return
    stop(draft, "interrupted by a click")
    reply_turn = state.turn_epoch if _was_reply(state, confirming) else None
    if is_open(state):
        end_turn(draft, "request")
    _act(draft, input_.choice, "click", reply_turn)


def _was_reply(state: State, confirming: Confirming) -> bool:
    """Whether all of the newest turn is known, and says no more than the click."""
    turn, listening = state.turn(state.turn_epoch), state.listening
    if turn is None or turn.turn_epoch == confirming.turn_epoch:
        return False
    owed = any(owed.segment.turn_epoch == turn.turn_epoch for owed in state.pending.values())
    if owed or (listening is not None and listening.speaking):
        return False
    return _choice(state, turn, confirming.intent) is not None


def no_reply(draft: Draft) -> None:
    """The words are the answer, and the interview goes on."""
    _settle(draft, "none", "deadline", None)
    stop(draft, "no reply came")
    end_turn(draft, "silence", "no reply")
    answered(draft, "no reply")


def _act(
    draft: Draft,
    choice: inp.ConfirmChoice,
    by: Literal["voice", "click"],
    reply_turn: int | None,
) -> None:
    confirming = draft.state.confirming
    if confirming is None:
        return
    _settle(draft, choice, by, reply_turn)
    if choice == "yes":
        requests.BY_INTENT[confirming.intent](draft, "voice")
    elif choice == "no":
        plan(draft, None, "it was no request")
        request(draft, "go_on")
    else:
        answered(draft, "confirmed")


def _settle(
    draft: Draft,
    choice: ConfirmOutcome,
    by: Literal["voice", "click", "deadline"],
    reply_turn: int | None,
) -> None:
    state = draft.state
    if state.confirming is None:
        return
    draft.emit(
        ev.Confirmed(
            choice=choice,
            by=by,
            turn_epoch=state.confirming.turn_epoch,
            reply_turn_epoch=reply_turn,
            prompt_id=state.answering,
            round=state.round_of(state.answering),
        )
    )
