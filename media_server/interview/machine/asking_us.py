"""A question to the interviewer, answered from the integrator's FAQ; then the prompt goes on.

Which entry answers it is decided here, without a model, and only where it is sure (`faq.find`).
"""

from __future__ import annotations

from media_server.interview import faq_asked, faq_pieces
from media_server.interview.machine import replying
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import By, asking_turn, note
from media_server.interview.machine.rounds import plan
from media_server.interview.machine.utterances import request
from media_server.interview.request_events import FaqAnswer, Requested
from media_server.interview.spoken_requests import Recognised
from media_server.interview.state import State, Turn, Utterance


def is_asked(state: State, turn: Turn, recognised: Recognised | None) -> bool:
    """Whether this whole turn is a question that the FAQ answers, though its words alone do not
    say for sure that it is one to the interviewer."""
    if recognised is not None and recognised.intent != "interviewer_question":
        return False
    return faq_asked.question_match(state, turn) is not None


def answered(draft: Draft, by: By) -> bool:
    """Say the answer to the question that was just asked, or wait for a model's words for it;
    False: the FAQ has none."""
    turn = asking_turn(draft)
    if turn is not None and by != "click" and says_again(draft, turn):
        return True
    match = faq_asked.match(draft.state, turn) if turn is not None and by != "click" else None
    if turn is None or match is None:
        return False
    is_newest = turn.turn_epoch == draft.state.turn_epoch  # else it is a "yes"
    if is_newest and replying.wait_for(draft, "the answer from the FAQ is being worded"):
        return True
    worded = replying.faq_answer(draft.state) if is_newest else None
    text = worded.text if worded is not None else match.entry.a
    answer = FaqAnswer(index=match.index, q=match.entry.q, text=text)
    note(draft, by, "interviewer_question", "answered", answer=answer)
    _say(draft, faq_pieces.pieces(answer.text)[0])
    return True


def says_again(draft: Draft, turn: Turn) -> bool:
    """It is decided about this turn again, after an outage: the answer that was given to it, in the
    same words. False: none was."""
    asked = (noted.request for noted in reversed(draft.state.requests))
    given = (one for one in asked if one.turn_epoch == turn.turn_epoch and one.answer is not None)
    return _say_from_its_beginning(draft, next(given, None))


def says_what_was_cut_off(draft: Draft) -> bool:
    """Say the answer that was being said when the conversation stopped: no turn was opened after
    it. False: there was none."""
    asked = (noted.request for noted in reversed(draft.state.requests))
    last = next((request for request in asked if request.intent != "pause"), None)
    is_newest = last is not None and last.turn_epoch == draft.state.turn_epoch
    return is_newest and _say_from_its_beginning(draft, last)


def _say_from_its_beginning(draft: Draft, given: Requested | None) -> bool:
    told = faq_pieces.told(given) if given is not None else ()
    if told:
        _say(draft, told[0])
    return bool(told)


def _say(draft: Draft, first: str) -> None:
    """`goes_on` says the rest of a long one."""
    plan(draft, None, "a question to the interviewer is answered from the FAQ")
    request(draft, "faq_answer", first)


def goes_on(draft: Draft, said: Utterance) -> bool:
    """This was a piece of an answer, and the next one follows. False: all of it was said."""
    following = faq_pieces.next_piece(draft.state, said.kind, said.text)
    if following is None:
        return False
    plan(draft, None, "the rest of the answer from the FAQ")
    request(draft, "faq_answer", following)
    return True
