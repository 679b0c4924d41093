"""How many requests are found, and how many answers are taken for one."""

from __future__ import annotations

from typing import get_args

import pytest

from media_server.interview.spoken_requests import Intent, recognise
from tests.interview.spoken_requests.corpus import LANGUAGES, Half, lines

INTENTS = get_args(Intent)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_holds_every_intent_and_says_nothing_twice(language: str) -> None:
    both = [*lines("building", language), *lines("unseen", language)]
    assert {line.intent for line in both} == {"", *INTENTS}
    assert len({line.text.casefold() for line in both}) == len(both)
    for half in ("building", "unseen"):
        requests = [line for line in lines(half, language) if line.intent]
        assert min(len(requests), len(lines(half, language)) - len(requests)) >= 25


@pytest.mark.parametrize(
    ("half", "least_recall", "least_precision"), [("building", 1.0, 1.0), ("unseen", 0.95, 0.98)]
)
def test_requests_are_found_and_answers_are_left_alone(
    half: Half, least_recall: float, least_precision: float
) -> None:
    """Recall counts the right intent, sure or to be confirmed; precision what is acted on."""
    right = sure = sure_and_right = requests = confirmed_answers = 0
    for language in LANGUAGES:
        for line in lines(half, language):
            found = recognise(line.text, language)
            intent = found.intent if found is not None else ""
            requests += bool(line.intent)
            right += bool(line.intent) and intent == line.intent
            if found is not None and found.sure:
                sure += 1
                sure_and_right += intent == line.intent
            confirmed_answers += found is not None and not found.sure and not line.intent
    assert right / requests >= least_recall
    assert sure_and_right / sure >= least_precision
    assert confirmed_answers <= 4
    assert sure_and_right / requests >= 0.9, "most requests are to be handled without a question"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("half", ["building", "unseen"])
def test_every_language_reaches_the_floor(half: Half, language: str) -> None:
    requests = [line for line in lines(half, language) if line.intent]
    found = [recognise(line.text, language) for line in requests]
    right = sum(
        f is not None and f.intent == line.intent for f, line in zip(found, requests, strict=True)
    )
    assert right / len(requests) >= 0.9
