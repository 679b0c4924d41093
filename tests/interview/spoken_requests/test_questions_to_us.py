"""A FAQ is evidence that a short question is one to the interviewer; answers stay answers."""

from __future__ import annotations

import re
from functools import cache

import pytest

from media_server.interview import faq
from media_server.interview.rubric import FaqEntry
from media_server.interview.spoken_requests import recognise
from tests.interview.faq.corpus import asked
from tests.interview.spoken_requests.corpus import LANGUAGES, lines

ANSWERS = {
    "en": (
        "My boss asked me every week, can I work from home?",
        "And then I asked myself, what would my salary be?",
        "When I started, the salary was low.",
        "I would work from home.",
        "The working hours, I think, and the salary.",
        "I told them: how long is the probation period?",
        "What would my salary be was my first thought.",
    ),
    "de": (
        "Da habe ich mich gefragt, wie hoch ist das Gehalt?",
        "Das Gehalt war nicht so hoch.",
        "Ich habe meinen Chef gefragt: Kann ich im Homeoffice arbeiten?",
        "Die Probezeit hat lange gedauert.",
    ),
    "es": (
        "Y entonces pregunté a mi jefe: ¿cuál es el sueldo?",
        "El sueldo era bajo.",
        "Cuando trabajaba desde casa.",
    ),
    "fr": (
        "Alors j'ai demandé à mon chef : quel est le salaire ?",
        "Le salaire était trop bas.",
        "Quand je travaillais de chez moi.",
    ),
    "ar": (
        "سألت مديري: كم الراتب؟",
        "كان الراتب منخفضًا.",
        "كنت أعمل من المنزل.",
    ),
}
"""They speak of what the FAQs are about, or hold a question that is put to somebody else."""


def answered(text: str, language: str) -> bool:
    """By any FAQ of the language."""
    return faq.is_question(text, language) and any(
        faq.find(entries, text, language) for entries in faqs(language)
    )


@cache
def faqs(language: str) -> frozenset[tuple[FaqEntry, ...]]:
    return frozenset(one.entries for one in asked() if one.language == language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_of_the_corpora_is_a_question_to_us(language: str) -> None:
    answers = [
        line.text
        for half in ("building", "unseen")
        for line in lines(half, language)
        if not line.intent
    ]
    assert len(answers) >= 60
    assert [text for text in answers if answered(text, language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_with_a_question_in_it_is_an_answer(language: str) -> None:
    assert [text for text in ANSWERS[language] if answered(text, language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_request_is_no_question_to_us(language: str) -> None:
    others = [
        line.text
        for half in ("building", "unseen")
        for line in lines(half, language)
        if line.intent not in ("", "interviewer_question")
    ]
    assert [text for text in others if answered(text, language)] == []


def test_what_the_faq_answers_is_seen_as_a_question() -> None:
    """As it is written; and as a recogniser writes it that knows no marks, capitals or accents."""
    every = [one for one in asked() if one.index is not None]
    assert all(faq.is_question(one.text, one.language) for one in every)
    bare = [re.sub(r"[^\w\s\'-]", "", one.text).lower().strip() for one in every]
    seen = sum(
        faq.is_question(text, one.language)
        or ((found := recognise(text, one.language)) is not None and found.sure)
        for text, one in zip(bare, every, strict=True)
    )
    assert seen / len(every) >= 0.75
