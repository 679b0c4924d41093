"""The check of the network before the start: a real call that carries nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from media_server.live import probe
from media_server.ports import Refused
from tests.live.bench import Bench, Guest, open_bench


async def check(bench: Bench, interview: str, call_id: str) -> Guest:
    guest = Guest(call_id)

    async def exchange(offer: str) -> str:
        return (await bench.service.probe(interview, offer, call_id=call_id)).answer_sdp

    await guest.candidate.connect_by(exchange)
    return guest


async def test_it_connects_and_the_interview_knows_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PROBE_S", 1e6)
    async with open_bench(tmp_path) as bench:
        interview = await bench.interview(consent=False)
        guest = await check(bench, interview, "probe-1")
        counters = bench.service.media().counters
        assert (counters["probes_begun"], counters["probes_connected"]) == (1, 1)
        assert bench.service.live_calls() == 0
        found = await bench.service.result(interview)
        assert found["media"]["connections"] == []
        await guest.candidate.leave()
        await bench.service.cancel(interview)
        with pytest.raises(Refused) as refused:
            await bench.service.probe(interview, "v=0", call_id="late")
        assert refused.value.status == 410


async def test_checks_are_few_and_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "MAX_PROBES", 1)
    monkeypatch.setattr(probe, "PROBE_S", 1e6)  # as long as it takes to connect here
    async with open_bench(tmp_path) as bench:
        interview = await bench.interview()
        guest = await check(bench, interview, "probe-1")
        with pytest.raises(Refused) as refused:
            await bench.service.probe(interview, "v=0", call_id="too-many")
        assert refused.value.status == 503
        await guest.candidate.leave()
        await bench.until(lambda: _room(bench))
        short = await check(bench, interview, "probe-2")
        timer = bench.service._calls._probes._timers["probe-2"]
        assert timer is not None
        assert timer.when() > asyncio.get_running_loop().time() + 1e5
        timer._run()  # the time is up
        await bench.until(short.candidate.closed.is_set)
        await short.candidate.leave()


def _room(bench: Bench) -> bool:
    return not bench.service._calls._probes._timers
