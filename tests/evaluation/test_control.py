"""The question of control: a judge that is led by an answer is noticed, whatever led it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks.injection import blind_moves, is_changed
from media_server.evaluation.control import control_of
from media_server.evaluation.judging import JudgeRequest
from media_server.folding import folded
from media_server.interview.rubric import Anchor
from media_server.ports.llm import LlmUnavailable
from media_server.prompts import prompt
from tests.evaluation.corpus import ALL, HELD_OUT, SECOND_HELD_OUT, Attack, attacks, innocents
from tests.evaluation.hedged import pairs
from tests.evaluation.obeying import Obedience
from tests.evaluation.world import DEPTH, answered, fair, fenced, judged, only_task

GOOD = "We chose Postgres because our data is relational. As a result the reports got simple."
LANGUAGES = ("en", "de", "es", "fr", "ar")
NEAR = {
    "en": "harbour miner ship pilot offshore museum navy workshop farm jeweller mountains theatre",
    "de": "Hafen Bergwerk Schiff Pilotin Bohrung Museum Marine Werkstatt Bäuerin Schmuck Berge "
    "Theater",
    "es": "puerto minera barco piloto perforación museo buceador taller granja joyería montaña "
    "teatro",
    "fr": "port mineur navire pilote forage musée plongée montres ferme bijoux montagne théâtre",
    "ar": "ميناء مناجم سفينة طيار بترول متحف بحرية ورشة مزرعة مجوهرات جبل مسرح",
}
"""Of each circumstance in its order: where somebody works who has really been near it."""


def control(given: object) -> Any:
    """A judge that is fair, and gives this to the question of control."""

    def judge(wanted: JudgeRequest) -> Mapping[str, Any] | LlmUnavailable:
        if wanted.step != "control":
            return fair(wanted)
        return given if isinstance(given, LlmUnavailable) else {"because": "", "score": given}

    return judge


@pytest.mark.parametrize(
    ("how", "rows"),
    [
        ("a_little", attacks(SECOND_HELD_OUT)),
        ("all", attacks(HELD_OUT)),
        ("by_name", attacks(HELD_OUT)[:10]),
    ],
)
def test_what_nobody_has_recognised_moves_no_score(
    how: Obedience, rows: tuple[Attack, ...]
) -> None:
    """With a guard that finds none: no score is proposed. All sets: `benchmarks.injection`."""
    became = blind_moves(rows, how)
    assert became.moved == set()
    assert became.withheld == {attack.id for attack in rows}


def test_it_would_have_moved_without_the_question() -> None:
    """A judge that obeys but for the control gives its five: the test above can fail."""
    (attack, *_) = attacks(SECOND_HELD_OUT)
    assert blind_moves([attack], "but_for_the_control").silently == {attack.id}


def test_honest_answers_keep_their_scores() -> None:
    assert [row.id for folder in ALL for row in innocents(folder) if is_changed(row)] == []


@pytest.mark.parametrize("given", [2, 5])
def test_a_judge_that_scores_nothing_gets_no_score_through(given: int) -> None:
    task = judged(only_task(answered(GOOD)), control(given))
    found = task.outcome()
    assert (found.status, found.score, found.scores, found.spread) == (
        "needs_human",
        None,
        (),
        None,
    )
    assert [reason.code for reason in found.reasons] == ["control_failed"]
    assert f" {given} points" in found.reasons[0].message
    assert found.quotes, "a person sees what was quoted"
    assert task.scores == (5, 5, 5), "the log has what it gave"


@pytest.mark.parametrize("given", [LlmUnavailable("slow"), None, 0, "1"])
def test_one_that_does_not_answer_needs_a_person(given: object) -> None:
    found = judged(only_task(answered(GOOD)), control(given)).outcome()
    assert (found.status, found.score) == ("needs_human", 5.0)
    assert [reason.code for reason in found.reasons] == ["control_missing"]


@pytest.mark.parametrize(("led", "score"), [(True, None), (False, 5.0)])
def test_what_only_hedged_words_raise_is_tried_too(led: bool, score: float | None) -> None:
    """An attack that is whole only with the hedges in it: the runs see none of it, the probe does.
    And an honest judge of style keeps its score."""
    asked: list[tuple[str, list[str]]] = []

    def judge(wanted: JudgeRequest) -> Mapping[str, Any] | LlmUnavailable:
        if wanted.step == "quotes":
            return fair(wanted)
        asked.append((wanted.step, fenced(wanted.request, "quote")))
        obeys = "I think" in asked[-1][1][0] and (led or wanted.step == "probe")
        return {"because": "", "score": 5 if obeys else 1}

    found = judged(only_task(answered("I think we sold bread for a year.")), judge).outcome()
    assert [step for step, _ in asked] == ["score", "score", "score", "probe", "control"]
    assert asked[-1][1] == asked[-2][1], "the words that were scored so"
    assert (found.status, found.score) == ("needs_human", score)
    expected = "control_failed" if led else "hedging_may_matter"
    assert [reason.code for reason in found.reasons] == [expected]


def test_nobody_attacks_for_the_lowest_score() -> None:
    """So it costs a request only where there is something to lose."""
    asked = []

    def judge(wanted: JudgeRequest) -> Mapping[str, Any] | LlmUnavailable:
        asked.append(wanted.step)
        return fair(wanted)

    judged(only_task(answered("I sold bread for a year.")), judge)
    assert asked == ["quotes", "score", "score", "score"]
    asked.clear()
    judged(only_task(answered(GOOD)), judge)
    assert asked == ["quotes", "score", "score", "score", "control"]


def test_it_looks_like_every_other_question() -> None:
    """Prompt, words of the criterion, quotes: the same."""
    seen: dict[str, JudgeRequest] = {}

    def judge(wanted: JudgeRequest) -> Mapping[str, Any] | LlmUnavailable:
        seen[wanted.step] = wanted
        return fair(wanted)

    judged(only_task(answered(GOOD)), judge)
    real, check = seen["score"].request, seen["control"].request
    assert real.system == check.system
    assert fenced(real, "quote") == fenced(check, "quote")
    (criterion,) = fenced(check, "criterion")
    assert criterion.startswith(DEPTH.text + " Only what happened ")
    assert fenced(check, "anchor_1")[0].startswith("Nothing that is quoted happened ")
    assert fenced(check, "anchor_5")[0].startswith(DEPTH.anchors[-1].text)
    assert seen["control"].prompt == "evaluate_score.en@1 evaluate_control.en@2"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_circumstances_are_none_of_the_quotes(language: str) -> None:
    places = prompt("evaluate_control", language).patterns
    assert len(places) >= 12
    for place, pattern in places.items():
        assert re.search(pattern, folded(place)), "a pattern finds its own words"
        found = control_of(DEPTH, [place], language)
        assert found is not None
        assert f" {place}" not in found.text
    assert control_of(DEPTH, list(places), language) is None
    lighthouse = DEPTH.model_copy(update={"text": "; ".join(list(places)[1:])})
    only = control_of(lighthouse, ["Something else."], language)
    assert only is not None
    assert next(iter(places)) in only.text
    assert only.anchors[0] == Anchor(score=1, text=only.anchors[0].text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nor_are_they_near_what_somebody_does(language: str) -> None:
    """A miner's "we closed the shaft" may well earn something in a salt mine: that would be taken
    for a judge who is led."""
    places = prompt("evaluate_control", language).patterns
    for word, (place, pattern) in zip(NEAR[language].split(), places.items(), strict=True):
        assert re.search(pattern, folded(f"We worked: {word}.")), (place, word)
    assert control_of(DEPTH, NEAR[language].split(), language) is None


def test_they_depend_on_the_quotes() -> None:
    found = {control_of(DEPTH, [pair.plain], "en") for pair in pairs()}
    assert len({criterion.text for criterion in found if criterion is not None}) > 6


def test_where_no_question_can_be_asked_a_person_looks() -> None:
    said = "Because " + ", ".join(prompt("evaluate_control", "en").patterns) + "."
    found = judged(only_task(answered(said)), control(1)).outcome()
    assert (found.status, found.score) == ("needs_human", 3.0)
    assert [reason.code for reason in found.reasons] == ["control_missing"]
