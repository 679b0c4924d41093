"""Newcomers wait while there is too much to do: by figures alone, no machine is measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media_server.live.load_admission import (
    FIGURES,
    OLD_S,
    PACE_S,
    PACED_FOR_S,
    RESTED_S,
    LoadGate,
    LoadLimits,
    LoadSample,
)
from media_server.ports.load import REFUSALS

LIMITS = LoadLimits(
    loop_lag_s=0.05, cpu=0.9, stt_wait_s=4.0, memory_bytes=100_000_000, files=0.9, window_s=10.0
)
WELL = LoadSample(0.002, 0.3, 0.0, False, 0, 2_000_000_000, 100, 1000)
TOO_MUCH = {
    "loop_lag": replace(WELL, loop_lag_s=0.075),
    "cpu": replace(WELL, cpu=0.97),
    "transcription": replace(WELL, stt_wait_s=6.0, stt_queued=9),
    "memory": replace(WELL, memory_available_bytes=40_000_000),
    "files": replace(WELL, open_files=950),
}
ADVICE = {
    "loop_lag": "75 ms late (p99), the limit is 50 ms; add a worker or a machine",
    "cpu": "97% of the CPU is in use, the limit is 90%; add cores",
    "transcription": "9 segments wait, the next one about 6 s; add workers",
    "memory": "40 MB of memory are left, the limit is 100 MB; give it more",
    "files": "950 of 1000 file descriptors are open; raise the limit",
}


class Bench:
    def __init__(self, limits: LoadLimits = LIMITS) -> None:
        self.gate = LoadGate(limits)
        self.now_s = 1_000.0

    def seconds(self, sample: LoadSample, seconds: int) -> list[str]:
        """What keeps newcomers out after each of them."""
        found = []
        for _ in range(seconds):
            self.now_s += 1
            self.gate.note(sample, self.now_s)
            found.append("+".join(why.kind for why in self.gate.too_much(self.now_s)))
        return found


def test_every_figure_is_a_reason_that_is_counted() -> None:
    assert set(TOO_MUCH) == set(FIGURES) <= set(REFUSALS)


@pytest.mark.parametrize("figure", FIGURES)
def test_what_lasts_keeps_newcomers_out_and_says_what_to_do(figure: str) -> None:
    bench = Bench()
    assert bench.seconds(WELL, 20) == [""] * 20
    told = bench.seconds(TOO_MUCH[figure], 10)
    assert told[:5] == [""] * 5
    assert told[-4:] == [figure] * 4
    [why] = bench.gate.too_much(bench.now_s)
    assert ADVICE[figure] in why.text
    assert bench.seconds(WELL, 10)[-4:] == [""] * 4


@pytest.mark.parametrize("figure", FIGURES)
def test_a_spike_keeps_nobody_out(figure: str) -> None:
    bench = Bench()
    for _ in range(10):
        assert bench.seconds(WELL, 7) == [""] * 7
        assert bench.seconds(TOO_MUCH[figure], 4) == [""] * 4


def test_at_the_start_nothing_is_judged_by_the_first_seconds() -> None:
    assert Bench().seconds(TOO_MUCH["cpu"], 5) == [""] * 5


def test_between_well_and_too_much_it_stays_as_it_was() -> None:
    between = replace(WELL, cpu=0.8)  # 89 % of the limit
    bench = Bench()
    assert bench.seconds(between, 30)[-1] == ""
    assert bench.seconds(TOO_MUCH["cpu"], 12)[-1] == "cpu"
    assert bench.seconds(between, 30)[-1] == "cpu"
    assert bench.seconds(replace(WELL, cpu=0.7), 12)[-1] == ""


def test_what_stays_within_its_limit_keeps_nobody_out_for_ever() -> None:
    """A machine that has always just so much memory left, after a moment in which it had less."""
    tight = replace(WELL, memory_available_bytes=110_000_000)  # 91 % of the limit is used
    bench = Bench()
    assert bench.seconds(tight, 30)[-1] == ""
    assert bench.seconds(TOO_MUCH["memory"], 12)[-1] == "memory"
    told = bench.seconds(tight, 20)
    [why] = bench.gate.too_much(bench.now_s)
    assert "110 MB of memory are left, the limit is 100 MB" in why.text
    assert "it is within the limit again, newcomers come in 45 s at the latest" in why.text
    told += bench.seconds(tight, 100)
    assert told.index("") == pytest.approx(RESTED_S, abs=6)
    assert told[-1] == ""


@pytest.mark.parametrize("window_s", [0.5, 1.0, 2.0])
def test_a_short_window_is_one(window_s: float) -> None:
    """Measured each second and some: no window has two of them."""
    bench = Bench(replace(LIMITS, window_s=window_s))
    for _ in range(5):
        bench.now_s += 0.03
        told = bench.seconds(TOO_MUCH["cpu"], 1)
    assert told == ["cpu"]


def test_where_nothing_is_measured_any_more_words_are_not_judged_here() -> None:
    bench = Bench()
    bench.seconds(TOO_MUCH["transcription"], 12)
    assert bench.gate.hears_of_words(bench.now_s + OLD_S)
    assert not bench.gate.hears_of_words(bench.now_s + OLD_S + 1)


def test_a_recogniser_that_says_that_it_does_not_keep_up_is_believed() -> None:
    bench = Bench()
    assert bench.seconds(replace(WELL, stt_saturated=True), 12)[-1] == "transcription"


def test_a_limit_of_0_keeps_nobody_out() -> None:
    bench = Bench(LoadLimits())
    for sample in TOO_MUCH.values():
        assert bench.seconds(replace(sample, stt_saturated=True), 20)[-1] == ""
    assert not bench.gate.hears_of_words(bench.now_s)


def test_what_is_not_known_keeps_nobody_out() -> None:
    assert Bench().seconds(LoadSample(), 20)[-1] == ""


def test_without_a_window_it_is_judged_at_once() -> None:
    bench = Bench(replace(LIMITS, window_s=0.0))
    assert bench.seconds(TOO_MUCH["cpu"], 1) == ["cpu"]
    assert bench.seconds(WELL, 1) == [""]


def test_what_was_measured_long_ago_says_nothing() -> None:
    bench = Bench()
    bench.seconds(TOO_MUCH["cpu"], 12)
    assert bench.gate.too_much(bench.now_s + OLD_S)
    assert not bench.gate.too_much(bench.now_s + OLD_S + 1)


def test_after_too_much_newcomers_come_in_one_after_another() -> None:
    bench = Bench()
    bench.seconds(WELL, 20)
    assert not bench.gate.paced(bench.now_s), "nothing was wrong"
    bench.seconds(TOO_MUCH["cpu"], 12)
    while bench.gate.too_much(bench.now_s):
        bench.seconds(WELL, 1)
    well_s = bench.now_s
    let_in, now_s = 0, well_s
    while bench.gate.paced(now_s):
        if not bench.gate.too_early(now_s):
            bench.gate.came(now_s)
            let_in += 1
        now_s += 0.1
    assert now_s - well_s == pytest.approx(PACED_FOR_S, abs=0.2)
    assert let_in == pytest.approx(PACED_FOR_S / PACE_S, abs=1)
    assert not bench.gate.too_early(now_s)


def test_too_much_again_prolongs_it() -> None:
    bench = Bench()
    bench.seconds(TOO_MUCH["cpu"], 12)
    bench.seconds(WELL, 30)
    bench.seconds(TOO_MUCH["files"], 12)
    bench.seconds(WELL, 12)
    assert bench.gate.paced(bench.now_s + PACED_FOR_S - 10)
