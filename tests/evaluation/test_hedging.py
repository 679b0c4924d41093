"""Hedging costs nothing: the same content gets the same score, however cautiously it is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from media_server.evaluation import hedging
from media_server.evaluation.judging import JudgeRequest
from media_server.evaluation.polarity import is_negation
from media_server.evaluation.tokens import tokens
from media_server.evaluation.transcript import SaidTurn
from media_server.evaluation.verify import ShownTurn
from tests.evaluation.hedged import delta, outcome, pairs, punished
from tests.evaluation.world import LOWEST, fair, fenced

ONLY_PARTLY_COVERED = 1
"""Pairs whose hedge is in no list ("I just have this vague notion that")."""


def shown(text: str, locale: str = "en") -> str:
    return ShownTurn(SaidTurn("q1", 1, text), hedging.hedges(text, locale)).text


def test_there_are_enough_pairs() -> None:
    found = Counter(pair.language for pair in pairs())
    assert found["en"] >= 30
    assert min(found[language] for language in ("de", "es", "fr", "ar")) >= 10
    assert len(pairs()) >= 60


def test_a_judge_that_punishes_hedges_gives_both_the_same() -> None:
    off = [pair.hedged for pair in pairs() if delta(pair)]
    assert len(off) <= ONLY_PARTLY_COVERED, off


def test_that_judge_would_have_given_less() -> None:
    """Else the test above could not fail."""
    assert sum(punished(pair) > 0 for pair in pairs()) >= len(pairs()) - 2


def test_such_a_judge_is_noticed_and_never_scores_low() -> None:
    pair = pairs()[0]
    found = outcome(pair.hedged, "en")
    assert (found.status, found.score) == ("needs_human", 5.0)
    assert [reason.code for reason in found.reasons] == ["hedging_may_matter"]
    assert found.quotes[0].text == pair.hedged.rstrip(".")
    assert found.quotes[0].scored_text is not None
    assert "think" not in found.quotes[0].scored_text
    fair_one = outcome(pair.hedged, "en", fair)
    assert (fair_one.status, fair_one.score) == ("proposed", 5.0)


def test_the_higher_score_is_the_proposal() -> None:
    """Also where a judge likes hedges."""

    def likes(wanted: JudgeRequest) -> Mapping[str, Any]:
        if wanted.step == "quotes":
            return fair(wanted)
        if wanted.step == "control":
            return LOWEST
        return {"score": 5 if "think" in fenced(wanted.request, "quote")[0] else 3}

    found = outcome("I think we left because it was late.", "en", likes)
    assert (found.status, found.score, found.scores) == ("needs_human", 5.0, (3, 3, 3))


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.hedged[:40])
def test_no_negation_and_no_number_goes(pair: Any) -> None:
    kept, plain = shown(pair.hedged, pair.language), pair.plain

    def weight(text: str) -> int:
        return sum(is_negation(token.key) for token in tokens(text))

    assert weight(kept) >= weight(plain)
    assert shown(plain, pair.language) == plain


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "I don't think it scales."),
        ("en", "I think about users first."),
        ("en", "What kind of database is that?"),
        ("en", "That kind of problem is common."),
        ("en", "Maybe 20 users, probably three servers."),
        ("en", "I'm not sure whether it scales."),
        ("en", "I believe in tests."),
        ("en", "I might have lost it."),
        ("de", "Ich glaube nicht, dass es geht."),
        ("de", "Ich denke an die Nutzer."),
        ("de", "Das kann sein."),
        ("es", "No creo que funcione."),
        ("es", "Creo aplicaciones para bancos."),
        ("es", "Pienso en los usuarios."),
        ("fr", "Je ne pense pas que ça marche."),
        ("fr", "Je pense pas que ça marche."),
        ("fr", "Cela peut être utile."),
        ("fr", "Je pense à nos clients."),
        ("ar", "لا أعتقد أن هذا يكفي."),
        ("ar", "أرى الأرقام كل صباح."),
        ("ar", "وهذا يعني أن الخدمة توقفت."),
        ("ar", "تحدثت بصراحة مع المدير."),
        ("ar", "ربما لم يصل البريد."),
        ("ar", "أشعر بالفخر بما أنجزناه."),
        ("ar", "كنت أعرف أنني قد أكون مخطئا في الحساب فراجعته."),
    ],
)
def test_what_is_no_hedge_stays(locale: str, text: str) -> None:
    assert shown(text, locale) == text


def test_a_language_without_a_list_is_left_alone_and_said_to_be() -> None:
    assert not hedging.covers("nl")
    assert hedging.hedges("I think so", "nl") == ()
    assert hedging.covers("pt-BR") is False
    assert hedging.covers("de-CH") is True
