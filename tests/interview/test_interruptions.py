"""What somebody meant who spoke over the bot, by the words alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media_server.interview.backchannels import is_backchannel
from media_server.interview.interruptions import Heard, Over, judge

QUESTION = (
    "Thank you for coming. What was the most difficult project that you have worked on? "
    "Tell me what your part in it was."
)
OVER = Over(text=QUESTION, duration_s=9.0, heard_s=4.0, began_s=3.7)


def said(text: str, locale: str = "en", **more: object) -> Heard:
    return replace(Heard(text=text, locale=locale), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Okay."), ("en-GB", "Mm-hm."), ("en", "Uh-huh, I see."), ("en", "Yeah."),
        ("en", "Right, okay."), ("en", "Um..."), ("en", "That\u2019s right."),
        ("xx", "Okay, got it."),
        ("de", "Alles klar."), ("de-DE", "Ja, genau."), ("de", "Ach so, verstehe."), ("de", "Mhm."),
        ("de", "\u00c4hm"), ("es", "S\u00ed, claro."), ("es", "Vale, de acuerdo."),
        ("es", "Ya veo."),
        ("fr", "D\u2019accord."), ("fr", "Oui, bien s\u00fbr."), ("fr", "\u00c7a marche."),
        ("fr", "Hmm, je vois."),
    ],
)  # fmt: skip
def test_back_channels_of_each_language(locale: str, text: str) -> None:
    assert is_backchannel(text, locale, also_answers=True)
    assert judge(said(text, locale), OVER) == "backchannel"


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "No."), ("en", "Okay, so I worked at a bank."), ("en", "Home."), ("en", "Python."),
        ("en", "yes yes yes yes yes yes yes"), ("de", "Nein."), ("de", "Ja, ich war bei der Post."),
        ("es", "No, nunca."), ("fr", "Oui, trois ans."), ("en", "Who?"), ("en", "Me."),
        ("fr", "Okay, alors."),
    ],
)  # fmt: skip
def test_an_answer_is_no_back_channel(locale: str, text: str) -> None:
    assert not is_backchannel(text, locale, also_answers=True)
    assert judge(said(text, locale), OVER) == "answer"


def test_yes_answers_a_question_that_is_almost_over_and_okay_never_does() -> None:
    over = Over("Have you ever worked in a team?", 3.0, heard_s=2.3, began_s=2.0)
    assert judge(said("Yes."), over) == "answer"
    assert judge(said("Okay."), over) == "backchannel"
    assert judge(said("Yes."), replace(over, heard_s=1.5, began_s=1.2)) == "backchannel"


def test_done_says_that_it_was_meant() -> None:
    assert judge(said("Okay.", meant=True), OVER) == "answer"


def test_no_word_is_nothing_unless_there_was_speech_that_nobody_could_write_down() -> None:
    assert judge(said(""), OVER) == "nothing"
    assert judge(said(" ... "), OVER) == "nothing"
    assert judge(said("", unwritten=True), OVER) == "answer"
    assert judge(said("Okay.", unwritten=True), OVER) == "answer"


@pytest.mark.parametrize(
    "text",
    [
        "most difficult project",
        "The most difficult projects that you",
        "was the most difficult, product that",  # misheard
        "coming. What was",
        "difficult",
    ],
)
def test_the_bots_own_words_are_an_echo(text: str) -> None:
    assert judge(said(text, after_s=0.6), OVER) == "echo"


@pytest.mark.parametrize(
    ("text", "after_s"),
    [
        ("The most difficult project was a bridge", 2.5),
        ("most difficult project", 2.0),  # the bot was silent long before it ended
        ("tell me what your part", 0.6),  # the bot had not come to that
        ("a bridge", 0.4),
        ("project bridge", 0.4),
    ],
)
def test_an_answer_that_has_words_of_the_question_is_no_echo(text: str, after_s: float) -> None:
    assert judge(said(text, after_s=after_s), OVER) == "answer"


def test_where_echo_and_answer_sound_the_same_a_sentence_is_said_again() -> None:
    """One word in four may be misheard, so this could be either; nothing is lost by asking."""
    assert judge(said("The most difficult project I", after_s=0.8), OVER) == "echo"


@pytest.mark.parametrize("text", ["Coffee.", "Tea!"])
def test_one_side_of_a_choice_is_an_answer(text: str) -> None:
    over = Over("Would you like tea or coffee?", 2.4, heard_s=2.3, began_s=2.0)
    assert judge(said(text, after_s=0.2), over) == "answer"
    assert judge(said("tea or coffee", after_s=0.2), over) == "echo"


def test_a_request_is_one_and_what_the_bot_invites_is_no_echo() -> None:
    assert judge(said("Can you repeat that?", is_request=True), OVER) == "request"
    offer = Over("Otherwise say skip again, and we go on.", 2.5, 1.8, 1.4, invites=True)
    assert judge(said("Skip again.", is_request=True, after_s=0.4), offer) == "request"
    assert judge(said("Skip again.", after_s=0.4), offer) == "echo"


# --- the earlier answer goes on ---

EARLIER = "Where did you work before? I was at a bank, and I led a team there."
NEXT = Over("How do you handle conflicts in a team?", 3.0, 1.5, began_s=1.2, earlier=EARLIER)


@pytest.mark.parametrize(
    ("text", "began_s", "verdict"),
    [
        ("and then I moved to Berlin", 0.2, "unfinished"),
        ("Conflicts I solve by talking", 0.5, "unfinished"),  # nothing of it was heard by then
        ("Conflicts I solve by talking", 1.2, "answer"),
        ("I handled them by talking", 1.2, "answer"),
        ("And conflicts were a part of it", 1.2, "unfinished"),
        ("Because of the conflicts there", 1.2, "unfinished"),
        ("My team grew to ten people", 1.2, "unfinished"),  # it is the earlier answer's word, too
        ("later I moved to Berlin", 1.2, "unfinished"),
        ("", 1.2, "unfinished"),
        ("Okay.", 0.4, "backchannel"),
    ],
)
def test_who_goes_on_and_who_answers(text: str, began_s: float, verdict: str) -> None:
    over = replace(NEXT, began_s=began_s, heard_s=began_s + 0.3)
    assert judge(said(text, unwritten=not text), over) == verdict


def test_a_question_that_was_heard_out_is_answered() -> None:
    over = Over("Why?", 0.6, 0.6, began_s=0.5, earlier=EARLIER)
    assert judge(said("Because I wanted to."), over) == "answer"


def test_over_the_bridge_there_is_no_other_question_yet() -> None:
    bridge = Over("Thank you. Let's go on.", 2.0, 1.9, began_s=1.8, earlier=EARLIER, bridge=True)
    assert judge(said("one more thing about the bank"), bridge) == "unfinished"
    assert judge(said("Yes, sure."), bridge) == "backchannel"
