"""The question once more: as it was, its last part, in other words, slower, or louder."""

from __future__ import annotations

from media_server.delivery import Delivery
from media_server.interview import events as ev
from media_server.interview import pacing
from media_server.interview.machine import asking_us, summing_up
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import By, note
from media_server.interview.machine.rounds import plan
from media_server.interview.machine.utterances import request, show_hint
from media_server.interview.phrases import remark
from media_server.interview.view import has_other_words
from media_server.sentences import last_sentence


def repeat(draft: Draft, by: By) -> None:
    """The question; said right after an answer from the FAQ, that answer."""
    answer = asking_us.answer_before(draft) if by == "voice" else None
    if answer is not None:
        asking_us.say_again(draft, by, "repeat", answer)
        return
    note(draft, by, "repeat", "repeated")
    if not summing_up.tells_again(draft):
        say_again(draft)


def repeat_last(draft: Draft, by: By) -> None:
    note(draft, by, "repeat_last", "repeated")
    say_again(draft, last_sentence(_question(draft)))


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
    """The question at a slower tempo, which stays."""
    delivery = pacing.slower(draft.state.delivery)
    note(draft, by, "slower", _set(draft, delivery, "slower"))
    say_again(draft)


def louder(draft: Draft, by: By) -> None:
    """The question with more gain, which stays; how to raise the volume is shown."""
    delivery = pacing.louder(draft.state.delivery)
    note(draft, by, "louder", _set(draft, delivery, "louder"))
    show_hint(draft, "volume")
    say_again(draft)


def cannot_hear(draft: Draft, by: By) -> None:
    """Who hears nothing has to read what to do."""
    note(draft, by, "cannot_hear", "repeated")
    show_hint(draft, "cannot_hear")
    say_again(draft)


def _set(draft: Draft, delivery: Delivery, effect: str) -> str:
    """What came of it: at the end of the range it is only said again."""
    if delivery == draft.state.delivery:
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
