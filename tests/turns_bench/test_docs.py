"""docs/turn-taking.md says what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.turns.conditions import CONDITIONS
from benchmarks.turns.report import draw, fill, points, tables

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def results() -> tuple[dict[str, Any], dict[str, Any]]:
    before, now = (
        json.loads((RESULTS / f"turns-{name}.json").read_text()) for name in ("before", "now")
    )
    return before, now


def test_the_tables_are_those_of_the_results() -> None:
    document = (ROOT / "docs" / "turn-taking.md").read_text()
    assert fill(document, tables(*results())) == document


def test_the_plot_is_that_of_the_results() -> None:
    assert (ROOT / "docs" / "images" / "turns.svg").read_text() == draw(points(*results()))


def test_the_results_are_of_conditions_that_there_are() -> None:
    before, now = ([row["condition"] for row in each["rows"]] for each in results())
    assert before == list(CONDITIONS)
    assert now == [name for name in CONDITIONS if name in now]
