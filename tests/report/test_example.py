"""The example of a report: what the page is built against is what the server makes."""

from __future__ import annotations

import json

from media_server.interview.events import EVENT
from media_server.interview.report import Report
from media_server.interview.report_log import LogFacts
from tests.report import example


def test_example_is_what_its_log_gives() -> None:
    assert example.FILE.read_text(encoding="utf-8") == example.text(), (
        "run python -m tests.report.example"
    )


def test_example_is_a_report() -> None:
    Report.model_validate_json(example.FILE.read_text(encoding="utf-8"))


def test_log_survives_being_written() -> None:
    """The facts come out of stored entries as out of the events themselves."""
    told = example.told()
    facts = LogFacts()
    for at_s, event in told.log:
        facts.take(at_s, EVENT.validate_python(json.loads(event.model_dump_json())))
    assert facts == told.facts
