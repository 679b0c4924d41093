"""What was said once more: as it was, its last part, in other words, slower, or louder. That is the
question, but for who asks right after something else: see `said_before`."""

from __future__ import annotations

from dataclasses import replace

from media_server.delivery import Delivery
from media_server.interview import events as ev
from media_server.interview import pacing
from media_server.interview.faq_pieces import pieces
from media_server.interview.machine import summing_up
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import By, asking_turn, is_noted, note
from media_server.interview.machine.rounds import plan
from media_server.interview.machine.utterances import request, show_hint
from media_server.interview.phrases import remark
from media_server.interview.said_before import Said, said_before
from media_server.interview.view import has_other_words
from media_server.sentences import last_sentence


def repeat(draft: Draft, by: By) -> None:
    """The question; said right after an answer from the FAQ, that answer."""
    before = _said_before(draft) if by == "voice" else None
    if before is not None and before.answer is not None:
        _say_that_again(draft, by, "repeat", "repeated", before)
        return
    note(draft, by, "repeat", "repeated")
    if not summing_up.tells_again(draft):
        say_again(draft)


def repeat_last(draft: Draft, by: By) -> None:
    """The last sentence of what was said."""
    before = _said_before(draft)
    if before is not None:
        before = replace(before, text=last_sentence(before.text))
        _say_that_again(draft, by, "repeat_last", "repeated", before)
        return
    note(draft, by, "repeat_last", "repeated")
    told = summing_up.told_last(draft.state)
    say_again(draft, last_sentence(told or _question(draft)))


def rephrase(draft: Draft, by: By) -> None:
    """The question's clarification, once or twice. Without one that is said, and the question comes
    again, slower."""
    answer = draft.state.given
    other_words = answer.prompt.clarification if answer is not None else None
    if other_words is not None and has_other_words(draft.state):
        note(draft, by, "rephrase", "rephrased")
        plan(draft, None, "the question is rephrased")
        request(draft, "rephrase", other_words)
        return
    note(draft, by, "rephrase", "repeated")
    no_other = remark("no_other_words", draft.state.spec.candidate.locale)
    slower = pacing.slower(draft.state.delivery)
    say_again(draft, f"{no_other} {_question(draft)}", slower)


def slower(draft: Draft, by: By) -> None:
    """At a slower tempo, which stays."""
    delivery = pacing.slower(draft.state.delivery)
    _once_more(draft, by, "slower", _set(draft, by, delivery, "slower"))


def louder(draft: Draft, by: By) -> None:
    """With more gain, which stays; how to raise the volume is shown."""
    delivery = pacing.louder(draft.state.delivery)
    show_hint(draft, "volume")
    _once_more(draft, by, "louder", _set(draft, by, delivery, "louder"))


def cannot_hear(draft: Draft, by: By) -> None:
    """Who hears nothing has to read what to do."""
    show_hint(draft, "cannot_hear")
    _once_more(draft, by, "cannot_hear", "repeated")


def _once_more(draft: Draft, by: By, intent: str, effect: str) -> None:
    """What was said last, as the bot speaks from now on."""
    before = _said_before(draft)
    if before is not None:
        _say_that_again(draft, by, intent, effect, before)
        return
    note(draft, by, intent, effect)
    if not summing_up.tells_again(draft):
        say_again(draft)


def _said_before(draft: Draft) -> Said | None:
    turn = asking_turn(draft)
    return said_before(draft.state, turn) if turn is not None else None


def _say_that_again(draft: Draft, by: By, intent: str, effect: str, before: Said) -> None:
    note(draft, by, intent, effect, answer=before.answer)
    plan(draft, None, "what was said last is repeated")
    first = pieces(before.text)[0] if before.kind == "faq_answer" else before.text
    request(draft, before.kind, first)


def _set(draft: Draft, by: By, delivery: Delivery, effect: str) -> str:
    """What came of it: at the end of the range, or where it was set before a connection was lost,
    it is only said again."""
    if delivery == draft.state.delivery or is_noted(draft, by, effect):
        return "repeated"
    draft.emit(ev.DeliverySet(delivery=delivery))
    return effect


def _question(draft: Draft) -> str:
    """The one on the table: of an answer that is open again, its own."""
    answer = draft.state.given
    return answer.prompt.text if answer is not None else ""


def say_again(draft: Draft, text: str = "", delivery: Delivery | None = None) -> None:
    """The question that is being answered, or these words in its place."""
    plan(draft, None, "the question is repeated")
    asks = draft.state.answering
    request(draft, "repeat", text or _question(draft), asks, delivery=delivery)
