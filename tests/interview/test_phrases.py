"""The bot's words in every language: none is missing, and none says less than the English one."""

from __future__ import annotations

import json
import re
import string
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import pytest

from media_server.interview.phrases import (
    TABLES,
    consent_text,
    fallback_greeting,
    fixed_phrases,
    hint,
    is_fixed,
    language_of,
    phrase,
)
from media_server.interview.spec import STORED, InterviewSpec
from media_server.interview.spoken_requests import Intent
from media_server.interview.spoken_requests.recogniser import recognise
from media_server.interview.spoken_texts import locale_of, spoken_texts
from media_server.interview.status import UtteranceKind
from media_server.interviewer.greeting import checked_greeting, wording
from media_server.ports import GreetingRequest
from tests.support.env import REPOSITORY

OTHERS = sorted(TABLES.keys() - {"en"})
WORDED_ELSEWHERE = {"recap",
    "greeting", "question", "repeat", "rephrase", "confirm_request", "faq_answer", "summary",
}  # fmt: skip
NEVER_CONFIRMED = {"think", "not_finished"}
QUESTIONS = {"questions": [{"id": "q1", "text": "Por que saiu?", "clarification": "Do emprego."}]}


def leaves(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, str):
        return {path: value}
    found: dict[str, str] = {}
    for key, one in value.items():
        found |= leaves(one, f"{path}.{key}")
    return found


def words(language: str) -> dict[str, str]:
    return leaves(asdict(TABLES[language]))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_english_has_words_for_all_that_can_be_said() -> None:
    assert set(TABLES["en"].said) == set(get_args(UtteranceKind)) - WORDED_ELSEWHERE
    assert set(TABLES["en"].confirm) == set(get_args(Intent)) - NEVER_CONFIRMED


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_is_missing_and_no_value_is_left_out(language: str) -> None:
    english, theirs = words("en"), words(language)
    assert theirs.keys() == english.keys()
    for path, text in theirs.items():
        plural_of_its_own = path.endswith((".two", ".few"))
        if plural_of_its_own:
            continue
        assert text.strip(), path
        assert placeholders(text) == placeholders(english[path]), path
        assert text != english[path] or path.endswith("s.many"), path


@pytest.mark.parametrize("language", sorted(TABLES))
def test_a_greeting_says_what_every_greeting_owes(language: str) -> None:
    greeting = fallback_greeting(3, 6, f"{language}-XX")
    test = wording(language)
    assert test is not None, "no test for a greeting of a language model"
    request = GreetingRequest(title="", questions_total=3, minutes=6, locale=language)
    assert checked_greeting(greeting, request, test) == greeting


def test_counted_things_take_the_form_of_their_number() -> None:
    assert "one question, about a minute" in fallback_greeting(1, 1, "en")
    minutes = TABLES["ar"].minutes
    assert [minutes.of(n) for n in (1, 2, 3, 10, 11, 103)] == [
        "دقيقة واحدة", "دقيقتان", "3 دقائق", "10 دقائق", "11 دقيقة", "103 دقائق"
    ]  # fmt: skip


@pytest.mark.parametrize("language", sorted(TABLES))
def test_how_long_is_left_is_said_as_people_say_it(language: str) -> None:
    table = TABLES[language]
    assert table.minutes.one in hint("near_limit", language, seconds=60)
    assert "20" in hint("near_limit", language, seconds=20)


def test_the_page_has_the_same_languages() -> None:
    page = (REPOSITORY / "client" / "strings" / "index.js").read_text()
    found = re.search(r"LANGUAGES = (\[[^\]]*\])", page)
    assert found is not None
    assert json.loads(found[1]) == list(TABLES)


def test_every_file_of_words_is_used() -> None:
    files = Path(str(TABLES["en"].__class__.__module__).replace(".", "/")).parent
    modules = {path.stem for path in (REPOSITORY / files).glob("*.py")}
    assert modules - {"__init__", "table"} == TABLES.keys()


def test_what_the_bot_proposes_is_understood() -> None:
    """It names words for a repetition, and offers to go on: both are heard in each language."""
    asked = {"de": "bitte wiederholen", "en": "please repeat", "es": "repita, por favor",
             "fr": "répétez, s'il vous plaît"}  # fmt: skip
    onward = {"de": "gehen wir zur nächsten Frage", "en": "let's move on",
              "es": "pasemos a la siguiente", "fr": "passons à la suite"}  # fmt: skip
    for language, said in asked.items():
        assert said in phrase("offer_repeat", language)
        assert said in fallback_greeting(3, 6, language)
        found = recognise(said, language)
        assert found is not None, said
        assert found.intent == "repeat"
    for language, said in onward.items():
        found = recognise(said, language)
        assert found is not None, said
        assert found.intent == "skip"


def test_a_locale_without_a_table_gets_english_and_says_so() -> None:
    assert [language_of(tag) for tag in ("pt-BR", "de_AT", "AR-eg", "eng")] == [
        "en", "de", "ar", "en"
    ]  # fmt: skip
    spec = InterviewSpec.model_validate({**QUESTIONS, "candidate": {"locale": "pt-BR"}})
    greeting, question, clarification = spoken_texts(spec)
    assert greeting == fallback_greeting(1, 2, "en")
    assert locale_of(spec, greeting) == "en"
    assert locale_of(spec, phrase("go_on", "pt-BR")) == "en"
    assert locale_of(spec, spec.consent.text) == "en"
    assert {locale_of(spec, text) for text in (question, clarification)} == {"pt-BR"}
    assert locale_of(spec, f"Here it is again. {question}") == "pt-BR"
    own = spec.model_copy(update={"greeting": "Bem-vinda."})
    assert locale_of(own, "Bem-vinda.") == "pt-BR"


def test_a_locale_with_a_table_is_the_language_of_everything() -> None:
    spec = InterviewSpec.model_validate({**QUESTIONS, "candidate": {"locale": "de-AT"}})
    for text in (*spoken_texts(spec), *fixed_phrases("de"), spec.consent.text):
        assert locale_of(spec, text) == "de-AT"


def test_consent_is_asked_for_in_the_language_of_the_candidate() -> None:
    asked = InterviewSpec.model_validate({**QUESTIONS, "candidate": {"locale": "de"}})
    assert asked.consent.text == consent_text("de")
    versioned = {**QUESTIONS, "candidate": {"locale": "fr"}, "consent": {"version": "7"}}
    assert InterviewSpec.model_validate(versioned).consent.text == consent_text("fr")
    written = {**versioned, "consent": {"text": "I agree."}}
    assert InterviewSpec.model_validate(written).consent.text == "I agree."
    assert InterviewSpec.model_validate(QUESTIONS).consent.text == consent_text("en")


def test_what_was_agreed_to_before_does_not_change() -> None:
    old = {**QUESTIONS, "candidate": {"locale": "de"}, "consent": {"version": "2026-11"}}
    assert InterviewSpec.model_validate(old, context=STORED).consent.text == consent_text("en")


def test_fixed_words_are_fixed_in_every_language() -> None:
    for language in TABLES:
        assert all(is_fixed(text) for text in fixed_phrases(language))
        assert len(set(fixed_phrases(language))) == len(fixed_phrases(language))
    assert not is_fixed("Why did the purple walrus resign?")


@pytest.mark.parametrize("language", TABLES)
def test_the_consent_says_that_people_may_watch(language: str) -> None:
    question = {"id": "q1", "text": "Who?"}
    plain = {"questions": [question], "candidate": {"locale": language}}
    text = InterviewSpec.model_validate(plain | {"watching": True}).consent.text
    assert text == consent_text(language, watching=True) != consent_text(language)
    assert text.startswith(consent_text(language))
    assert InterviewSpec.model_validate(plain).consent.text == consent_text(language)
    own = {"consent": {"text": "As you like it."}, "watching": True}
    assert InterviewSpec.model_validate(plain | own).consent.text == "As you like it."
    # In a language without words of ours it is English, and marked so.
    other = InterviewSpec.model_validate(plain | {"candidate": {"locale": "nl"}, "watching": True})
    assert locale_of(other, other.consent.text) == "en"
    # Said without a language, too.
    spec = InterviewSpec.model_validate({"questions": [question], "watching": True})
    assert spec.consent.text == consent_text("en", watching=True)
