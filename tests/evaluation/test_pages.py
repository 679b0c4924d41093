"""The pages on evaluation and fairness name everything that a reader will meet."""

from __future__ import annotations

from typing import get_args

from media_server.interview.evaluation import CriterionEvaluation
from media_server.tools.fairness_report import MEASURES, SMALLEST_GROUP
from tests.support.env import REPOSITORY

EVALUATION = (REPOSITORY / "docs" / "evaluation.md").read_text("utf-8")
FAIRNESS = (REPOSITORY / "docs" / "fairness.md").read_text("utf-8")


def test_every_status_of_a_criterion_is_explained() -> None:
    statuses = get_args(CriterionEvaluation.model_fields["status"].annotation)
    assert len(statuses) >= 4
    assert [status for status in statuses if f"| `{status}` |" not in EVALUATION] == []


def test_every_measure_of_fairness_is_explained() -> None:
    titles = [measure.title.lower() for measure in MEASURES]
    assert [title for title in titles if f"| {title} |" not in FAIRNESS] == []
    assert f"Fewer than {SMALLEST_GROUP} interviews" in FAIRNESS
