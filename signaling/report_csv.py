"""A report as a table: one row per prompt (RFC 4180). Pure.

A program that calculates takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage
return for a formula, and may run it. Texts that begin so get an apostrophe before them, and so does
what follows a semicolon, a tab or a line end in a text: where the comma is the decimal sign, Excel
separates cells by semicolons and takes no quotes for quotes but those at the beginning of a cell.
Numbers are written as such and stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

BOM = "\ufeff"
"""Excel takes a file without it for the code page of its machine, and spoils every name that is not
English. Readers that follow the standard know it (Python: `utf-8-sig`)."""
_FORMULA = re.compile(
    r"^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[^\S\t\r\n]*[=+\-@＝＋－＠])"  # noqa: RUF001
)
"""Before what is taken for a formula, in full width too."""
COLUMNS = (
    "interview_id", "title", "candidate_external_id", "interview_status", "partial", "number",
    "prompt_id", "kind", "question_id", "asked", "status", "reason", "mode", "answer",
    "correction", "summary_corrections", "words", "speaking_s", "low_confidence_words",
    "lost_ms", "concealed_ms", "level_dbfs", "untranscribed", "start_s", "end_s", "usable",
    "quality_reasons", "scores_proposed", "scores_final", "decided_by",
)  # fmt: skip


def table(report: Mapping[str, Any]) -> str:
    """`report`: as JSON has it. With BOM and CRLF."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    shown, quality = report["interview"], report["quality"]
    about = {
        "interview_id": shown["id"],
        "title": shown["title"],
        "candidate_external_id": shown["candidate_external_id"],
        "interview_status": shown["status"],
        "partial": shown["partial"],
        "usable": quality["usable"],
        "quality_reasons": " ".join(r["code"] for r in quality["reasons"] if r["limits_use"]),
    }
    coverage = {row["prompt_id"]: row for row in report["coverage"]}
    for answer in report["result"]["answers"]:
        row = {**about, **_row(answer, coverage[answer["prompt_id"]])}
        row |= _scores(answer, report["result"]["evaluation"])
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return BOM + out.getvalue()


def _row(answer: Mapping[str, Any], covered: Mapping[str, Any]) -> dict[str, Any]:
    turns = [turn for turn in answer["turns"] if not turn["request"] and not turn["set_aside"]]
    starts = [turn["start_s"] for turn in turns if turn["start_s"] is not None]
    ends = [turn["end_s"] for turn in turns if turn["end_s"] is not None]
    correction = answer["correction"]
    same = ("prompt_id", "kind", "question_id", "status", "reason", "mode", "lost_ms",
            "concealed_ms", "level_dbfs")  # fmt: skip
    return {
        **{name: answer[name] for name in same},
        "number": covered["number"],
        "asked": answer["asked_text"],
        "answer": answer["text"],
        "correction": None if correction is None else correction["text"],
        "summary_corrections": " | ".join(one["text"] for one in answer["summary_corrections"]),
        "words": covered["words"],
        "speaking_s": covered["speaking_s"],
        "low_confidence_words": covered["low_confidence_words"],
        "untranscribed": any(turn["untranscribed"] for turn in answer["turns"]),
        "start_s": min(starts, default=None),
        "end_s": max(ends, default=None),
    }


def _scores(answer: Mapping[str, Any], evaluation: Mapping[str, Any] | None) -> dict[str, str]:
    """By criterion, as `measure: 4 | own: -`; of a core question. Proposed is not decided."""
    found = evaluation["criteria"] if evaluation and answer["kind"] == "question" else ()
    mine = [one for one in found if one["question_id"] == answer["question_id"]]
    decided = [one for one in mine if one["decision"] is not None]
    return {
        "scores_proposed": " | ".join(_score(one, one["score"]) for one in mine),
        "scores_final": " | ".join(_score(one, one["decision"]["score"]) for one in decided),
        "decided_by": " | ".join(dict.fromkeys(one["decision"]["by"] for one in decided)),
    }


def _score(criterion: Mapping[str, Any], score: float | None) -> str:
    return f"{criterion['criterion_id']}: {'-' if score is None else f'{score:g}'}"


def _cell(value: Any) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
    return _FORMULA.sub("'", str(value).replace("\0", ""))
