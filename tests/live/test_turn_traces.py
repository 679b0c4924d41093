"""What a process keeps of its turns: figures of all, the slow ones whole, and a line for those."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.live.turn_traces import KEPT, KEPT_S, SLOW_S, SLOW_STOP_S, TurnTraces
from media_server.logging import SafeFormatter
from media_server.media_metrics import MediaMetrics
from media_server.metrics import HttpMetrics, render
from media_server.ports import MediaFigures
from media_server.ports.turn_trace import (
    BARGE_IN_STAGES,
    STAGES,
    WORKS,
    BargeInTrace,
    LateWork,
    StageTime,
    TurnTrace,
    WorkTime,
)

AT_S = 1_790_000_000.0


def trace(number: int, waited_s: float, at_s: float = AT_S, interview: str = "iv_1") -> TurnTrace:
    """It waited for its words alone."""
    took = (2.0, waited_s, 0.0, 0.0, 0.0, 0.0)
    stages = tuple(
        StageTime(stage, at_s, length_s) for stage, length_s in zip(STAGES, took, strict=True)
    )
    works = (WorkTime("recogniser", at_s, waited_s, "1-7"),)
    return TurnTrace(
        f"{interview}:{number}", interview, number, 1, "silence", f"u-{number}", "question",
        at_s, sum(took), stages, works,
    )  # fmt: skip


def barge_in(heard_s: float, store_s: float = 0.0) -> BargeInTrace:
    took = (heard_s, 0.0, store_s, 0.0)
    stages = tuple(
        StageTime(stage, AT_S, length_s)
        for stage, length_s in zip(BARGE_IN_STAGES, took, strict=True)
    )
    return BargeInTrace("demo_hEOHiqu9uU-XLTYl:2", "demo_hEOHiqu9uU-XLTYl", 1, "u-3", AT_S, stages)


@given(st.lists(st.floats(0.0, 30.0), max_size=3 * KEPT))
def test_the_slowest_are_kept(waited_s: list[float]) -> None:
    turns = TurnTraces()
    for number, one in enumerate(waited_s):
        turns.finished(trace(number, one))
    kept = [found.waited_s for found in turns.slowest(AT_S, KEPT)]
    assert kept == pytest.approx(sorted(waited_s, reverse=True)[:KEPT])


def test_what_is_long_ago_makes_room() -> None:
    turns = TurnTraces()
    turns.finished(trace(1, 9.0))
    turns.finished(trace(2, 1.0, AT_S + KEPT_S - 1))
    assert [one.turn_epoch for one in turns.slowest(AT_S + KEPT_S - 1)] == [1, 2]
    turns.finished(trace(3, 2.0, AT_S + KEPT_S + 1))
    assert [one.turn_epoch for one in turns.slowest(AT_S + KEPT_S + 1)] == [3, 2]
    assert not turns.slowest(AT_S + 3 * KEPT_S), "also where no turn came since"


def test_an_erased_interview_is_in_no_list() -> None:
    turns = TurnTraces()
    turns.finished(trace(1, 1.0))
    turns.finished(trace(1, 2.0, interview="iv_2"))
    turns.forget("iv_2")
    assert [one.interview_id for one in turns.slowest(AT_S)] == ["iv_1"]


def test_a_slow_one_has_a_line_that_names_it(caplog: pytest.LogCaptureFixture) -> None:
    turns = TurnTraces()
    with caplog.at_level(logging.INFO, "media_server"):
        turns.finished(trace(1, SLOW_S - 0.1))
        turns.finished(trace(2, SLOW_S + 0.1, interview="demo_hEOHiqu9uU-XLTYl"))
    (line,) = [SafeFormatter().message(record) for record in caplog.records]
    assert line == (
        "slow turn=demo_hEOHiqu9uU-XLTYl:2: 5.1 s to the first packet of u-2: "
        "silence 2.00 s, words 3.10 s"
    )


def test_a_bot_that_talks_on_over_somebody_has_a_line(caplog: pytest.LogCaptureFixture) -> None:
    turns = TurnTraces()
    with caplog.at_level(logging.INFO, "media_server"):
        turns.barged_in(barge_in(0.3))
        turns.barged_in(barge_in(0.3, SLOW_STOP_S))
    (line,) = [SafeFormatter().message(record) for record in caplog.records]
    assert line == (
        "turn=demo_hEOHiqu9uU-XLTYl:2: the bot stopped 1.80 s after speech over it began: "
        "heard 0.30 s, store 1.50 s"
    )


def test_the_figures_have_labels_of_closed_sets() -> None:
    turns = TurnTraces()
    for number in range(50):
        turns.finished(trace(number, 0.3, interview=f"iv_{number}"))
    turns.barged_in(barge_in(0.4))
    late = WorkTime("recogniser", AT_S, 3.0, "1-8")
    turns.late(LateWork("iv_1:1", (late,)))
    metrics = HttpMetrics()
    shown: MediaMetrics = metrics.media
    shown.figures = MediaFigures({}, {}, {}, {}, turns.distributions())
    text = render(metrics.registry).decode()
    for stage in STAGES:
        assert f'\nmedia_server_turn_stage_seconds_count{{stage="{stage}"}} 50.0' in text
    for work in WORKS:
        count = 51.0 if work == "recogniser" else 0.0
        assert f'\nmedia_server_turn_work_seconds_count{{work="{work}"}} {count}' in text
    assert "\nmedia_server_turn_reply_seconds_count 50.0" in text
    assert "\nmedia_server_barge_in_seconds_count 1.0" in text
    for barge_in_stage in BARGE_IN_STAGES:
        counted = f'barge_in_stage_seconds_count{{stage="{barge_in_stage}"}} 1.0'
        assert f"\nmedia_server_{counted}" in text
    assert "iv_" not in text
    sums = {
        line.split('"')[1]: float(line.split()[-1])
        for line in text.splitlines()
        if line.startswith("media_server_turn_stage_seconds_sum")
    }
    (whole,) = [
        float(line.split()[-1])
        for line in text.splitlines()
        if line.startswith("media_server_turn_reply_seconds_sum")
    ]
    assert sum(sums.values()) == pytest.approx(whole), "the stages add up to the reply"
