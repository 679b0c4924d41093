"""Pairs of answers with the same content, hedged and plain, and a judge that punishes hedges."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from media_server.evaluation.judging import JudgeRequest
from media_server.evaluation.requests import score_request
from media_server.interview.evaluation import CriterionEvaluation
from tests.evaluation.world import (
    DEPTH,
    LOWEST,
    answered,
    by_content,
    fenced,
    judged,
    only_task,
    spec,
)
from tests.evaluation.world import whole_answers as whole

FOLDER = Path(__file__).parent / "hedging"
_PUNISHED = re.compile(
    # What annoys such a judge, written without looking at what the server takes out.
    r"\b(?:think|guess|suppose|believe|maybe|perhaps|probably|possibly|sort of|kinda|kind of a|"
    r"kind of|not an expert|i could be wrong|not (?:completely )?sure|i mean|um|uh|i feel like|"
    r"in my opinion|to be honest|as far as i know|if i remember|my guess|seems to me|i'd say|"
    r"i would say|sorry|correct me|silly|reckon|vague notion|just a guess|makes sense|"
    r"more or less|or something|in a way|so to speak|from what i remember|i don't know|"
    r"glaube|denke|vielleicht|wahrscheinlich|experte|nicht (?:ganz )?sicher|würde (?:ich )?"
    r"(?:mal )?sagen|irgendwie|meinung|soweit ich|ehrlich|oder so|irre|ähm|"
    r"creo|quizás|experto|no estoy seguro|diría|opinión|de alguna manera|supongo|algo así|"
    r"no recuerdo mal|equivoque|a lo mejor|me parece|la verdad|eh|"
    r"je pense|je crois|peut-être|expert|pas sûr|dirais|mon avis|en quelque sorte|me semble|"
    r"souviens|me tromper|sans doute|honnêtement|euh|quelque chose comme|"
    r"أظن|وأعتقد|أعتقد|ربما|خبيرا|متأكدا|رأيي|يبدو لي|مخطئة|نوعا ما|من هذا القبيل|بصراحة|علمي|"
    r"تخني|الأرجح|التعبير)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pair:
    language: str
    hedged: str
    plain: str


@cache
def pairs() -> tuple[Pair, ...]:
    return tuple(
        Pair(language, row["hedged"], row["plain"])
        for language in ("en", "de", "es", "fr", "ar")
        for row in json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    )


def punishing(wanted: JudgeRequest) -> Mapping[str, Any]:
    """One point less for each hedge it sees, down to 1; and it quotes no sentence with three."""
    if wanted.step == "quotes":
        quotes = [text for text in whole(wanted.request) if len(_PUNISHED.findall(text)) < 3]
        return {"claims": [], "quotes": quotes}
    if wanted.step == "control":
        return LOWEST
    texts = fenced(wanted.request, "quote")
    seen = sum(len(_PUNISHED.findall(text)) for text in texts)
    return {"because": "", "score": max(1, by_content(texts) - seen)}


def outcome(text: str, language: str, judge: Any = punishing) -> CriterionEvaluation:
    state = answered(text, spec_=spec(locale=language))
    return judged(only_task(state), judge).outcome()


def delta(pair: Pair, judge: Any = punishing) -> float:
    """How much less the hedged answer got; a score that is missing counts as none at all."""
    plain, hedged = (outcome(text, pair.language, judge) for text in (pair.plain, pair.hedged))
    return abs((plain.score or 0.0) - (hedged.score or 0.0))


def punished(pair: Pair) -> float:
    """What the punishing judge takes off where the hedges are left in."""
    plain, hedged = (
        punishing(JudgeRequest("score", 1, score_request(DEPTH, [text], "en", run=1), {}, ""))
        for text in (pair.plain, pair.hedged)
    )
    return float(plain["score"] - hedged["score"])
