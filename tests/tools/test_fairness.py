"""`media-server fairness`: a planted gap is found, none is not, and small groups are not shown."""

from __future__ import annotations

import io
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from media_server.cli import main
from media_server.interview.evaluation import Decision
from media_server.tools import fairness
from media_server.tools import fairness_data as data
from media_server.tools.fairness_page import page
from media_server.tools.fairness_report import MEASURES, Report, report
from media_server.tools.fairness_words import lines
from tests.tools import made_results
from tests.tools.made_results import AT, Person

SAME = Person()


def reported(folder: Path, people: dict[str, list[Person]], seed: int = 1) -> Report:
    groups, references = made_results.write(folder / "results", people, seed)
    read = data.results(folder / "results", data.references(references))
    return report(read, data.groups(groups), draws=999)


def found(told: Report) -> set[str]:
    return {one.measure.name for one in told.compared if any(gap.found for gap in one.gaps)}


@pytest.mark.parametrize(
    ("measure", "other", "gap"),
    [
        ("words_wrong", replace(SAME, wrong=0.17), 5.0),
        ("cut_off", replace(SAME, cut_off=0.10), 5.0),
        ("score", replace(SAME, score=55.0), -5.0),
        ("wait", replace(SAME, wait_s=0.75), 0.15),
    ],
)
def test_a_planted_gap_of_5_points_is_found(
    tmp_path: Path, measure: str, other: Person, gap: float
) -> None:
    told = reported(tmp_path, {"b": [other] * 400, "a": [SAME] * 400})
    assert found(told) == {measure}
    (seen,) = next(one.gaps for one in told.compared if one.measure.name == measure)
    assert (seen.group, seen.against) == ("a", "b")
    assert seen.interval.low <= -gap <= seen.interval.high
    assert abs(-gap - seen.gap) < 0.5 * abs(gap)


def test_without_a_gap_there_are_no_more_alarms_than_the_stated_level(tmp_path: Path) -> None:
    """Of 40 reports 2 are expected, and more than 6 in one of 200 cases."""
    alarms = 0
    for seed in range(40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        alarms += bool(found(reported(folder, {"a": [SAME] * 12, "b": [SAME] * 15}, seed)))
    assert alarms <= 6


def test_a_great_gap_is_found_among_very_many_comparisons() -> None:
    """So many that as few draws could never make a p-value small enough."""
    columns = tuple(f"column {n}" for n in range(60))
    slow = {f"i{n}": n % 2 == 0 for n in range(24)}
    read = data.Read(
        tuple(
            data.Measured(name, None, {"wait": (9.0 if late else 1.0, 1.0)}, (), {})
            for name, late in slow.items()
        ),
        (),
        (),
    )
    of = {name: dict.fromkeys(columns, "b" if late else "a") for name, late in slow.items()}
    told = report(read, data.Groups(columns, of), draws=999)
    assert told.comparisons == 60
    assert found(told) == {"wait"}


def test_a_group_of_fewer_than_10_is_not_reported(tmp_path: Path) -> None:
    bad = Person(wrong=0.9, cut_off=1.0, wait_s=5, score=0)
    told = reported(tmp_path, {"a": [SAME] * 20, "b": [SAME] * 20, "few": [bad] * 9})
    assert not found(told)
    for one in told.compared:
        assert {value.group: value.value is None for value in one.values} == {
            "a": False,
            "b": False,
            "few": True,
        }
    (impact,) = told.impact
    few = next(ratio for ratio in impact.ratios if ratio.group == "few")
    assert (few.ratio, few.rate, few.taken, few.verdict) == (None, None, None, "not_reported")
    text = "\n".join(lines(told))
    assert "few: 9 interviews, not reported: fewer than 10, so no ratio is given" in text
    assert "not reported: fewer than 10" in page(told)


def test_three_groups_are_each_compared_with_all_others(tmp_path: Path) -> None:
    late = replace(SAME, wait_s=1.5)
    told = reported(tmp_path, {"a": [SAME] * 30, "b": [SAME] * 30, "c": [late] * 30})
    waits = next(one for one in told.compared if one.measure.name == "wait")
    assert {gap.group: gap.found for gap in waits.gaps}["c"]
    assert {gap.against for gap in waits.gaps} == {"all others"}
    assert told.comparisons == 3 * sum(1 for one in told.compared if one.gaps)


def test_the_impact_ratio_is_of_those_who_were_taken(tmp_path: Path) -> None:
    groups, _ = made_results.write(tmp_path / "results", {"a": [SAME] * 50, "b": [SAME] * 50})
    rows = ["interview_id,sex,selected"]
    rows += [f"a-{number},a,{'yes' if number < 40 else 'no'}" for number in range(50)]
    rows += [f"b-{number},b,{'yes' if number < 16 else 'no'}" for number in range(50)]
    groups.write_text("\n".join(rows), "utf-8")
    told = report(data.results(tmp_path / "results", {}), data.groups(groups), draws=99)
    (impact,) = told.impact
    assert impact.taken_means == "selected"
    ratios = {ratio.group: ratio for ratio in impact.ratios}
    assert ratios["a"].ratio == 1.0
    assert ratios["b"].ratio == pytest.approx(0.4)
    assert ratios["b"].verdict == "clearly_below"
    assert "CLEARLY BELOW FOUR FIFTHS" in "\n".join(lines(told))


def test_below_four_fifths_by_chance_is_told_apart(tmp_path: Path) -> None:
    groups, _ = made_results.write(tmp_path / "results", {"a": [SAME] * 12, "b": [SAME] * 12})
    rows = ["candidate_external_id,sex,selected"]
    rows += [f"person-a-{number},a,{'yes' if number < 8 else 'no'}" for number in range(12)]
    rows += [f"person-b-{number},b,{'yes' if number < 6 else 'no'}" for number in range(12)]
    groups.write_text("\n".join(rows), "utf-8")
    told = report(data.results(tmp_path / "results", {}), data.groups(groups), draws=99)
    assert {ratio.verdict for ratio in told.impact[0].ratios} == {"above", "below"}


def test_runs_and_second_evaluations_are_compared(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    made_results.write(folder, {"a": [SAME] * 3})
    again = made_results.result("a-0", SAME, random.Random(99))
    (folder / "later.json").write_text(again.model_dump_json(), "utf-8")
    told = report(data.results(folder, {}), None).consistency
    assert told.criteria == 9
    assert told.all_runs_alike <= told.within_one <= 9
    assert told.scored_again == 3
    assert told.same_score_again <= told.within_one_again <= 3


def test_a_score_of_a_person_counts_and_an_open_one_does_not() -> None:
    made = made_results.result("one", SAME, random.Random(1))
    assert made.evaluation is not None
    first, second, third = made.evaluation.criteria
    decided = Decision(score=5, confirmed=False, by="Kim", reason="Heard it.", at=AT)
    criteria = (
        first.model_copy(update={"final": True, "decision": decided}),
        second.model_copy(update={"status": "needs_human"}),
        third.model_copy(update={"status": "insufficient_evidence", "score": None}),
    )
    evaluation = made.evaluation.model_copy(update={"criteria": criteria})
    pairs = data.measured(made.model_copy(update={"evaluation": evaluation}), {}).pairs
    assert pairs["score"] == (100.0, 1.0)
    assert pairs["needs_person"] == (100.0, 3.0)
    assert pairs["no_evidence"] == (100.0, 3.0)
    assert "words_wrong" not in pairs


def test_what_no_model_has_judged_is_no_share_of_anything() -> None:
    made = made_results.result("one", SAME, random.Random(1))
    assert made.evaluation is not None
    unjudged = {"status": "not_judged", "score": None, "scores": ()}
    criteria = tuple(one.model_copy(update=unjudged) for one in made.evaluation.criteria)
    evaluation = made.evaluation.model_copy(update={"criteria": criteria})
    pairs = data.measured(made.model_copy(update={"evaluation": evaluation}), {}).pairs
    assert not pairs.keys() & {"score", "needs_person", "no_evidence"}


def test_interviews_without_an_evaluation_are_reported_too(tmp_path: Path) -> None:
    plain = replace(SAME, judged=False)
    told = reported(tmp_path, {"a": [plain] * 10, "b": [plain] * 10})
    assert {one.measure.name for one in told.compared} == {"words_wrong", "cut_off", "wait"}
    assert told.impact == ()
    assert "no criterion was judged more than once" in "\n".join(lines(told))


def test_the_command_writes_text_figures_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = {"<b>": [SAME] * 12, "b\u202e": [replace(SAME, wrong=0.4)] * 12}
    groups, references = made_results.write(tmp_path / "results", people)
    figures, shown = tmp_path / "out.json", tmp_path / "out.html"
    (tmp_path / "results" / "broken.json").write_text("{}", "utf-8")
    words = ["fairness", "--results", str(tmp_path / "results"), "--groups", str(groups)]
    words += ["--references", str(references), "--json", str(figures), "--html", str(shown)]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "GAP" in told
    assert "broken.json: not a result" in told
    assert "\u202e" not in told
    assert json.loads(figures.read_text("utf-8"))["interviews"] == 24
    html = shown.read_text("utf-8")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "<script" not in html


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name,sex\na,b\n", "interview_id"),
        ("interview_id,sex\na,b\na,c\n", "twice"),
        ("interview_id,sex,selected\na,b,perhaps\n", "yes or no"),
        ("interview_id,sex\na\n", "columns"),
        ("interview_id,sex\n", "no rows"),
        ("interview_id,name\n" + "".join(f"{n},n{n}\n" for n in range(60)), "more than 50"),
    ],
)
def test_a_wrong_file_of_groups_is_explained(
    tmp_path: Path, content: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made_results.write(tmp_path / "results", {"a": [SAME]})
    file = tmp_path / "wrong.csv"
    file.write_text(content, "utf-8")
    assert main(["fairness", "--results", str(tmp_path / "results"), "--groups", str(file)]) == 1
    assert says in capsys.readouterr().err


def test_an_empty_folder_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fairness", "--results", str(tmp_path)]) == 1
    assert "no *.json files" in capsys.readouterr().err


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_how_far_it_is_and_a_file_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(fairness, "AGAIN_S", 0.0)
    terminal, file = _Terminal(), io.StringIO()
    for out in (terminal, file):
        progress = fairness.Progress(out)
        progress.of("reading results")(1, 4)
        progress.of("comparing groups")(1, 2)
        progress.clear()
    assert terminal.getvalue().split("\r")[1:3] == [
        "reading results: 25 %",
        "comparing groups: 50 %",
    ]
    assert terminal.getvalue().endswith("\r" + " " * len("comparing groups: 50 %") + "\r")
    assert file.getvalue() == ""


def test_every_measure_has_a_name_of_its_own() -> None:
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
