"""What the fairness report reads: results of interviews, who belongs to which group, and what was
truly said. Of a result only numbers are kept.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from media_server.interview.evaluation import CriterionEvaluation
from media_server.interview.result import AnswerResult, Result
from media_server.interview.rubric import MAX_SCORE, MIN_SCORE
from media_server.tools.wer import word_errors

MAX_RESULT_BYTES = 64 << 20
MAX_GROUPS = 50
"""Of one column: more are no groups but something else, such as names."""
_KEYS = ("interview_id", "candidate_external_id")
_SELECTED = "selected"
_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0"}


class Unreadable(Exception):
    """The text says which file, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One interview in numbers."""

    interview_id: str
    external_id: str | None
    pairs: Mapping[str, tuple[float, float]]
    """Measure → (part, whole), see `fairness_statistics.Sample`; without what it cannot give."""
    runs: tuple[tuple[int, ...], ...]
    """Of each criterion the scores of its runs."""
    scores: Mapping[tuple[str, str], float]
    """(question id, criterion id) → score, a person's where there is one."""


@dataclass(frozen=True, slots=True)
class Read:
    interviews: tuple[Measured, ...]
    again: tuple[tuple[Mapping[tuple[str, str], float], Mapping[tuple[str, str], float]], ...]
    """Scores of interviews that were evaluated more than once: of the first and a later file."""
    left_out: tuple[str, ...]
    """Why a file does not count."""


@dataclass(frozen=True, slots=True)
class Groups:
    columns: tuple[str, ...]
    of: Mapping[str, Mapping[str, str]]
    """Interview or candidate → column → group; a column may be missing."""
    selected: Mapping[str, bool] = field(default_factory=dict)
    """Who was taken, where the file says so."""


References = Mapping[tuple[str, str], str]
"""(interview id, prompt id) → what was truly said."""


def results(
    folder: Path,
    references: References,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Read:
    """Every `*.json` of the folder; `told`, how many are read. Raises Unreadable where there is
    none."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise Unreadable(f"{folder}: no *.json files; save results there, one file each")
    first: dict[str, Measured] = {}
    again, left_out = [], []
    for number, file in enumerate(files):
        told(number, len(files))
        read = _result(file)
        if isinstance(read, str):
            left_out.append(f"{file.name}: {read}")
            continue
        one = measured(read, references)
        if one.interview_id in first:
            again.append((first[one.interview_id].scores, one.scores))
        else:
            first[one.interview_id] = one
    return Read(tuple(first.values()), tuple(again), tuple(left_out))


def _result(file: Path) -> Result | str:
    try:
        if file.stat().st_size > MAX_RESULT_BYTES:
            return f"larger than {MAX_RESULT_BYTES >> 20} MiB"
        result = Result.model_validate_json(file.read_bytes())
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except ValidationError:
        return "not a result as GET /v1/interviews/{id}/result gives it"
    return "not over yet" if result.partial else result


def measured(result: Result, references: References) -> Measured:
    """An interview's numbers."""
    answers = [answer for answer in result.answers if answer.kind in ("question", "follow_up")]
    criteria = result.evaluation.criteria if result.evaluation else ()
    # Where no model answered there is nothing to compare, but a person may have decided.
    judged = tuple(one for one in criteria if one.status != "not_judged")
    scores = {
        (one.question_id, one.criterion_id): score
        for one in criteria
        if (score := _score(one)) is not None
    }
    found = {
        "words_wrong": _words_wrong(result.id, answers, references),
        "cut_off": _cut_off(answers),
        "wait": _wait(result),
        "score": _mean_score(list(scores.values())),
        "needs_person": _share(judged, "needs_human"),
        "no_evidence": _share(judged, "insufficient_evidence"),
    }
    return Measured(
        result.id,
        result.candidate_external_id,
        {name: pair for name, pair in found.items() if pair is not None},
        tuple(one.scores for one in judged if len(one.scores) > 1),
        scores,
    )


def _words_wrong(
    interview_id: str, answers: list[AnswerResult], references: References
) -> tuple[float, float] | None:
    wrong = said = 0
    for answer in answers:
        reference = references.get((interview_id, answer.prompt_id))
        if reference is not None:
            errors, words = word_errors(reference, answer.text)
            wrong, said = wrong + errors, said + words
    return (100.0 * wrong, float(said)) if said else None


def _cut_off(answers: list[AnswerResult]) -> tuple[float, float] | None:
    spoken = [answer for answer in answers if answer.mode in ("voice", "mixed")]
    cut = sum(
        any(turn.end_reason == "cut_off_repaired" for turn in answer.turns) for answer in spoken
    )
    return (100.0 * cut, float(len(spoken))) if spoken else None


def _wait(result: Result) -> tuple[float, float] | None:
    median_ms = result.latency.speech_end_to_first_audio_ms.p50
    return None if median_ms is None else (median_ms / 1000, 1.0)


def _score(one: CriterionEvaluation) -> float | None:
    if one.decision is not None:
        return one.decision.score
    return one.score if one.status == "proposed" else None


def _mean_score(scores: list[float]) -> tuple[float, float] | None:
    """The lowest score is 0 and the highest 100, so that all measures but the wait are points."""
    if not scores:
        return None
    return 100 * (sum(scores) / len(scores) - MIN_SCORE) / (MAX_SCORE - MIN_SCORE), 1.0


def _share(judged: tuple[CriterionEvaluation, ...], status: str) -> tuple[float, float] | None:
    if not judged:
        return None
    return 100.0 * sum(one.status == status for one in judged), float(len(judged))


def groups(file: Path) -> Groups:
    """A CSV file: `interview_id` or `candidate_external_id`, then one column for each way to
    group people, and `selected` (yes or no) where it is known. Raises Unreadable."""
    columns: tuple[str, ...] = ()
    of: dict[str, dict[str, str]] = {}
    selected: dict[str, bool] = {}
    for number, row in _rows(file):
        key = next((name for name in _KEYS if name in row), None)
        if key is None:
            raise Unreadable(f"{file}: the first line must name a column {' or '.join(_KEYS)}")
        columns = tuple(name for name in row if name not in (*_KEYS, _SELECTED))
        if row[key] in of:
            raise Unreadable(f"{file}, line {number}: this interview stands there twice")
        of[row[key]] = {name: row[name] for name in columns if row[name]}
        if word := row.get(_SELECTED, "").lower():
            if word not in _YES | _NO:
                raise Unreadable(f"{file}, line {number}: {_SELECTED} must be yes or no")
            selected[row[key]] = word in _YES
    for name in columns:
        if len({row[name] for row in of.values() if name in row}) > MAX_GROUPS:
            raise Unreadable(
                f"{file}: column {name!r} has more than {MAX_GROUPS} groups; leave it out, or put "
                "its values together"
            )
    return Groups(columns, of, selected)


def references(file: Path) -> References:
    """A CSV file: `interview_id`, `prompt_id`, `text`. Raises Unreadable."""
    wanted = ("interview_id", "prompt_id", "text")
    made: dict[tuple[str, str], str] = {}
    for _, row in _rows(file):
        if not all(name in row for name in wanted):
            raise Unreadable(f"{file}: the first line must name the columns {', '.join(wanted)}")
        made[row["interview_id"], row["prompt_id"]] = row["text"]
    return made


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            empty = True
            for row in reader:
                empty = False
                if None in row or None in row.values():
                    raise Unreadable(
                        f"{file}, line {reader.line_num}: another number of columns than the first"
                    )
                yield reader.line_num, {key.strip(): word.strip() for key, word in row.items()}
            if empty:
                raise Unreadable(f"{file}: no rows")
    except OSError as error:
        raise Unreadable(f"{file}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"{file}: not a CSV file in UTF-8: {error}") from None
