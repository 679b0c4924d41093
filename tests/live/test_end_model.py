"""A model of ends of turn: it is asked in each pause, and what it says only lengthens that one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.types import SAMPLE_RATE, Pcm, SegmentAudio
from media_server.interview import inputs as inp
from media_server.live.end_model import KEPT_S, PAUSE_S, EndModel, joined
from media_server.live.tasks import TaskOwner
from tests.live.bench import open_bench
from tests.support.segments import info
from tests.support.speak import read_wav, speak_wav


class Model:
    """Says what it is told, and keeps what it has heard."""

    ready = True

    def __init__(self, goes_on: float | None) -> None:
        self.goes_on_is = goes_on
        self.heard: list[Pcm] = []

    async def goes_on(self, pcm: Pcm) -> float | None:
        self.heard.append(pcm)
        return self.goes_on_is


def said(epoch: int, start_s: float, end_s: float, *, level: int = 1000) -> SegmentAudio:
    pcm = np.full(round((end_s - start_s) * SAMPLE_RATE), level, np.int16)
    about = info(f"1-{round(start_s * 10)}", start_s, end_s, turn_epoch=epoch)
    return SegmentAudio(about, pcm, final=True)


def test_what_was_said_is_joined_as_it_was_said() -> None:
    pcm = joined([said(1, 10.0, 11.0), said(1, 12.0, 13.5, level=2000)])
    assert len(pcm) == round((3.5 + PAUSE_S) * SAMPLE_RATE)
    assert pcm[SAMPLE_RATE // 2] == 1000
    assert pcm[round(1.5 * SAMPLE_RATE)] == 0
    assert pcm[3 * SAMPLE_RATE] == 2000
    assert not pcm[-round(PAUSE_S * SAMPLE_RATE) :].any()


@pytest.mark.parametrize("start_s", [0.0, 5.0])
def test_it_is_bounded(start_s: float) -> None:
    long = [said(1, start_s, start_s + 20), said(1, start_s + 20.5, start_s + 45)]
    assert len(joined(long)) == round((KEPT_S + PAUSE_S) * SAMPLE_RATE)


async def test_a_turn_knows_nothing_of_the_one_before() -> None:
    posted: list[inp.Input] = []
    model, tasks = Model(0.9), TaskOwner("test")
    asks = EndModel(model, posted.append, tasks, lambda _name: None)
    asks.heard(said(1, 0.0, 2.0))
    asks.paused(inp.SpeechStopped(2, 500, 900))
    await asyncio.sleep(0.01)
    assert not model.heard, "nothing of that turn was heard"
    asks.heard(said(2, 5.0, 6.0))
    asks.paused(inp.SpeechStopped(2, 500, 900))
    await asyncio.sleep(0.01)
    assert [len(pcm) for pcm in model.heard] == [round((1.0 + PAUSE_S) * SAMPLE_RATE)]
    assert posted == [inp.PauseJudged(2, 900, 0.9)]
    await tasks.close()


@pytest.mark.parametrize("late", [said(1, 1.0, 2.0), said(2, 3.0, 4.0, level=500)])
async def test_what_is_recovered_late_was_not_said_last(late: SegmentAudio) -> None:
    model, tasks = Model(0.9), TaskOwner("test")
    asks = EndModel(model, lambda _input: None, tasks, lambda _name: None)
    asks.heard(said(2, 5.0, 6.0))
    asks.heard(late)
    asks.paused(inp.SpeechStopped(2, 500, 900))
    await asyncio.sleep(0.01)
    [pcm] = model.heard
    assert pcm[-round(PAUSE_S * SAMPLE_RATE) - 1] == 1000, "its end is the end of the newest"
    await tasks.close()


@pytest.mark.virtual_time
@pytest.mark.parametrize(("goes_on", "wait_ms"), [(0.9, 1200), (0.1, 750), (None, 750)])
async def test_the_page_is_told_how_long_the_pause_may_be(
    tmp_path: Path, goes_on: float | None, wait_ms: int
) -> None:
    pcm, rate = read_wav(speak_wav("I was a teacher for two years.", tmp_path / "a.wav"))
    model = Model(goes_on)
    async with open_bench(tmp_path / "data", turn_model=model) as bench:
        guest = await bench.call(await bench.interview())
        guest.send("ready")
        await guest.listening(1)
        guest.candidate.say(pcm, rate)
        await guest.sees("turn", phase="ended", reason="silence")
        waits = [message["wait_ms"] for message in guest.of("turn") if message.get("wait_ms")]
        assert max(waits) == wait_ms, "of 600 ms; 750 while the words are awaited"
        assert model.heard
        await guest.candidate.leave()
