"""What is sure, what has to be confirmed, and what is left alone."""

from __future__ import annotations

import time
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview.spoken_requests import MAX_WORDS, Intent, Recognised, recognise
from media_server.interview.spoken_requests.languages import TABLES

SURE: list[tuple[Intent, str]] = [
    ("rephrase", "What do you mean by cold chain?"),
    ("slower", "Could you speak a little slower please?"),
    ("cannot_hear", "I can't hear you very well."),
    ("skip", "Can we go to the next question please?"),
    ("repeat_last", "Can you repeat the last part?"),
    ("rephrase", "I don't understand the question, can you put it differently?"),
    ("rephrase", "Could you explain what you are asking for?"),
    ("rephrase", "Can you say that in simpler words?"),
    ("skip", "Let's move on to the next one."),
    ("skip", "I'd rather not answer that."),
    ("skip", "I have no answer to this, next please."),
    ("no_idea", "I have no answer to this."),
    ("think", "Hmm, let me think about that for a moment."),
    ("repeat", "Um, could you, could you, uh, repeat that, please?"),
    ("repeat", "COULD YOU REPEAT THAT"),
    ("repeat", "I\u2019m sorry, I didn\u2019t catch that."),
]
SEVERAL: list[tuple[Intent, str]] = [
    ("cannot_hear", "Hello? I can't hear you."),
    ("slower", "Sorry, that was too fast, can you say it again more slowly?"),
    ("louder", "Can you repeat that, but louder?"),
    ("repeat", "I don't understand, could you repeat the question?"),
    ("repeat", "My internet is bad, can you repeat that?"),
    ("skip", "I don't know, next question."),
    ("not_finished", "Hold on, I wasn't finished."),
    ("think", "I don't know, let me think."),
]
UNSURE: list[tuple[Intent, str]] = [
    ("repeat", "My dog was barking, could you repeat that?"),
    ("repeat", "Could you repeat the question about the warehouse?"),
    ("repeat", "Sorry?"),
    ("pause", "My baby is crying, can we take a break?"),
    ("interviewer_question", "Do you offer part time work?"),
]
ANSWERS = [
    "I would repeat the experiment.",
    "Can you repeat that was my manager's first question.",
    "Skip lists are sorted lists with shortcuts.",
    "I asked them to speak slower.",
    "Next I moved to Berlin.",
    "No idea survives contact with the customer.",
    "That's right.",
    "It was quick.",
    "I can hear.",
    "?",
    "...",
]


@pytest.mark.parametrize(("intent", "text"), SURE + SEVERAL)
def test_sure_where_nothing_is_left_over(intent: Intent, text: str) -> None:
    assert recognise(text, "en") == Recognised(intent, sure=True)


@pytest.mark.parametrize(("intent", "text"), UNSURE)
def test_to_be_confirmed_where_some_words_are_left_over(intent: Intent, text: str) -> None:
    assert recognise(text, "en") == Recognised(intent, sure=False)


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_left_alone(text: str) -> None:
    assert recognise(text, "en") is None


@pytest.mark.parametrize("locale", ["de", "de-AT", "fr-CA", "es-419", "tlh", ""])
def test_english_is_understood_whatever_the_language(locale: str) -> None:
    assert recognise("Can you repeat that?", locale) == Recognised("repeat", sure=True)


def test_the_language_of_the_candidate_comes_first() -> None:
    assert recognise("Noch einmal, bitte.", "de-AT") == Recognised("repeat", sure=True)
    assert recognise("Noch einmal, bitte.", "en") is None


def test_a_long_turn_is_an_answer_even_with_a_request_in_it() -> None:
    request = "could you repeat that"
    names = "Anna Bob Carl Dora Emil Fritz Gerd Hans Ida Jan"
    short = f"{names}, {request}"
    assert len(short.split()) == MAX_WORDS
    assert recognise(short, "en") == Recognised("repeat", sure=False)
    assert recognise(f"Kurt {short}", "en") is None


def test_the_length_of_a_text_costs_nothing() -> None:
    """CPU time: a text of ten thousand words is given up at once."""
    long = "could you repeat that please " * 2000
    began_s = time.process_time()
    for _ in range(100):
        assert recognise(long, "de") is None
    assert time.process_time() - began_s < 0.1


def test_a_turn_costs_less_than_a_millisecond() -> None:
    text = "Sorry, I caught the first part but not the rest, could you repeat it?"
    recognise(text, "de")
    costs_s = []
    for _ in range(20):
        began_s = time.process_time()
        recognise(text, "de")
        costs_s.append(time.process_time() - began_s)
    assert min(costs_s) < 0.001


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_language_knows_every_request(language: str) -> None:
    table = TABLES[language]
    known = {intent for part in (table.asked, table.stated, table.alone) for intent in part}
    assert known == set(get_args(Intent))


@given(st.sampled_from(["en", "de", "es", "fr", "ar"]), st.text(max_size=300))
def test_any_text_does_no_harm(locale: str, text: str) -> None:
    recognise(text, locale)


@pytest.mark.parametrize("tag", TABLES)
@given(data=st.data())
def test_any_words_of_the_tables_do_no_harm(tag: str, data: st.DataObject) -> None:
    table = TABLES[tag]
    known = sorted({*table.fillers, *table.linking, *table.joining, *table.telling})
    phrases = " ".join((*table.around, *table.groups.values()))
    for sign in "()[]|<>*":
        phrases = phrases.replace(sign, " ")
    vocabulary = [*known, *sorted(set(phrases.split()))]
    words = data.draw(st.lists(st.sampled_from(vocabulary), max_size=20))
    recognise(" ".join(words), tag)
