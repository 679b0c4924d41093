"""How the doctor's report looks: groups, width, marks, colour, the next step."""

from __future__ import annotations

import re

import pytest

from media_server.terminal import Paint
from media_server.tools.doctor_report import Finding, Looks, report

PLAIN = Looks(Paint(False), 80)
ESCAPES = re.compile(r"\033\[[0-9;]*m")

FOUND = [
    Finding("python", "ok", "3.11.7", "never shown, because all is well"),
    Finding("recogniser", "warn", "a stand-in " * 12, "fetch a model: " + "words " * 30),
    Finding("speed", "ok", "of a group that nobody named"),
    Finding("media", "fail", "UDP port 1 cannot be bound", "set MEDIA_SERVER_RTC_PORT"),
]


@pytest.mark.parametrize("width", [60, 80, 110])
@pytest.mark.parametrize("signs", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, signs: bool) -> None:
    lines = list(report(FOUND, Looks(Paint(True), width, signs)))
    assert max(len(ESCAPES.sub("", line)) for line in lines) <= width
    assert any("\033[31" in line for line in lines), "what fails is red"


def test_findings_stand_in_groups_and_unknown_ones_with_the_last() -> None:
    lines = list(report(FOUND, PLAIN))
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads[:3] == ["This machine", "Listening and speaking", "Network"]
    speed = next(n for n, line in enumerate(lines) if "nobody named" in line)
    assert lines.index("Listening and speaking") < speed < lines.index("Network")
    assert "never shown" not in "\n".join(lines)


def test_marks_are_words_where_nobody_looks_and_signs_on_a_terminal() -> None:
    assert "  FAIL  media" in "\n".join(report(FOUND, PLAIN))
    shown = "\n".join(report(FOUND, Looks(Paint(False), 80, signs=True)))
    assert "  ✗  media" in shown
    assert "→ set MEDIA_SERVER_RTC_PORT" in shown


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (FOUND, "Next: fix media: set MEDIA_SERVER_RTC_PORT"),
        (FOUND[:2], "Next: it runs as it is"),
        (FOUND[:1], "Next: make run"),
    ],
)
def test_the_last_words_are_the_next_step(found: list[Finding], words: str) -> None:
    lines = list(report(found, PLAIN))
    assert lines[-1].startswith(words)
    assert f"{sum(f.level == 'fail' for f in found)} failing" in lines[-2]


def test_lines_come_as_the_findings_do() -> None:
    given = iter(FOUND)
    lines = report(given, PLAIN)
    assert [next(lines), next(lines)][0] == "This machine"
    assert next(given) is FOUND[1], "no more was taken than was shown"
