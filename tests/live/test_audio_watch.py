"""That no audio comes is posted while the call lives, and not while nothing comes at all."""

from __future__ import annotations

import asyncio

import pytest

from media_server.audio.arrivals import STEPS_S
from media_server.interview import inputs as inp
from media_server.live.audio_watch import AudioWatch


class LoopClock:
    def now_s(self) -> float:
        return asyncio.get_running_loop().time()


@pytest.mark.virtual_time
async def test_a_dead_microphone_is_posted_once_per_step() -> None:
    posted: list[inp.Input] = []
    clock = LoopClock()
    watch = AudioWatch(clock, posted.append)
    watch.start()
    for _ in range(500):
        watch.packet(clock.now_s())
        await asyncio.sleep(0.02)
    assert posted == []
    await asyncio.sleep(STEPS_S[0] + 0.5)
    assert [round(i.quiet_s) for i in posted if isinstance(i, inp.AudioStopped)] == [7]
    await asyncio.sleep(600.0)
    assert len(posted) == len(STEPS_S)
    watch.packet(clock.now_s())
    assert isinstance(posted[-1], inp.AudioReturned)
    watch.stop()


@pytest.mark.virtual_time
async def test_a_connection_that_is_suspect_has_another_trouble() -> None:
    posted: list[inp.Input] = []
    clock = LoopClock()
    watch = AudioWatch(clock, posted.append)
    watch.start()
    watch.suspect = True
    await asyncio.sleep(14.0)
    watch.suspect = False
    watch.packet(clock.now_s())
    await asyncio.sleep(5.0)
    assert posted == []
    await asyncio.sleep(4.0)
    assert len(posted) == 1
    watch.stop()
    await asyncio.sleep(60.0)
    assert len(posted) == 1


@pytest.mark.virtual_time
async def test_an_outage_at_the_end_is_counted_while_audio_is_wanted() -> None:
    clock = LoopClock()
    watch = AudioWatch(clock, lambda _: None)
    watch.start()
    watch.packet(clock.now_s())
    await asyncio.sleep(0.5)
    assert watch.outage_ms(0.0) == 0  # a sender in DTX
    await asyncio.sleep(19.5)
    assert watch.outage_ms(0.0) == 20_000
    assert watch.outage_ms(clock.now_s() - 4.0) == 4_000
    watch.want(False)
    assert watch.outage_ms(0.0) == 0
    await asyncio.sleep(30.0)
    watch.want(True)
    await asyncio.sleep(2.0)
    assert watch.outage_ms(0.0) == 2_000
    watch.stop()
