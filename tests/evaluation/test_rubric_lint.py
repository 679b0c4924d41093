"""Criteria about who somebody is, or how they speak, are refused; the same words elsewhere not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from media_server.evaluation.rubric_lint import faults, kinds_in
from media_server.interview.rubric import Anchor, Criterion
from media_server.interview.spec import Question
from tests.evaluation.world import DEPTH, spec

CORPUS = json.loads((Path(__file__).parent / "rubrics.json").read_text("utf-8"))
CONTEXT = json.loads((Path(__file__).parent / "rubric_context.json").read_text("utf-8"))
REFUSED = [(kind, text) for kind, texts in CORPUS["refused"].items() for text in texts]


def test_the_corpus_has_both_kinds() -> None:
    assert len(REFUSED) + len(CORPUS["fine"]) >= 80
    assert len(CORPUS["fine"]) >= 40


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_refused(kind: str, text: str) -> None:
    assert kind in kinds_in(text)


@pytest.mark.parametrize("text", CORPUS["fine"])
def test_fine(text: str) -> None:
    assert kinds_in(text) == ()


@pytest.mark.parametrize("text", CONTEXT["fine"])
def test_work_with_people_may_be_asked_about(text: str) -> None:
    """Patients are pregnant, callers angry, pupils have accents: 66 of 126 such criteria were
    refused when they were written, and with each the whole interview."""
    assert kinds_in(text) == ()


@pytest.mark.parametrize("text", CONTEXT["refused"])
def test_the_same_words_about_the_candidate_are_refused(text: str) -> None:
    """Also behind a verb such as "explains"."""
    assert kinds_in(text) != ()


def test_a_fault_says_where_why_and_what_is_better() -> None:
    loud = Criterion(
        id="loud",
        text="Explains the decision.",
        anchors=(
            Anchor(score=1, text="No reason."),
            Anchor(score=5, text="Very confident, with a clear voice."),
        ),
    )
    questions = (
        Question(id="q1", text="Why?", criteria=(DEPTH,)),
        Question(id="q2", text="How?", criteria=(DEPTH, loud)),
    )
    found = faults(spec(questions=questions))
    assert [fault.pointer for fault in found] == ["#/questions/1/criteria/1/anchors/1/text"] * 2
    assert found[0].message.startswith("“confident”: It asks how sure somebody sounds.")
    assert "Gives a reason" in found[0].better


def test_a_good_rubric_has_no_fault() -> None:
    assert faults(spec()) == []
