"""Interims give way to finals where that costs somebody something, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_server.stt import frames
from media_server.stt.remote import redis_protocol as protocol
from tests.stt.fake_engines import HELD, job, let_go
from tests.stt.machines import machine, server
from tests.stt.queues import Outcomes, attempts
from tests.support.waiting import until


@pytest.mark.redis
async def test_a_final_goes_to_the_machine_that_is_idle(redis_url: str, tmp_path: Path) -> None:
    async with server(redis_url) as queue:
        with machine(redis_url), machine(redis_url):
            await until(lambda: queue.status().workers_ready == 2)
            outcomes = Outcomes(queue)
            long = job(0, HELD, final=False, samples=128_000, notes=tmp_path)
            outcomes.submit(long)
            await attempts(tmp_path, 0, 1)
            for number in range(1, 6):
                outcomes.submit(job(number, interview="other"))
                await outcomes.count(number)
            assert "s0" not in {outcome.segment_id for outcome in outcomes.all}, "it goes on"
            let_go(tmp_path)
            await outcomes.count(6)
            assert all(outcome.transcription for outcome in outcomes.all)


def test_numbers_beyond_all_numbers_are_bad_frames() -> None:
    with pytest.raises(frames.BadFrame):
        protocol.token_of(b'{"type": "outcome", "token": Infinity}')
    made = {"text": "", "engine": "e", "model": "m", "language": "en", "confidence": None}
    with pytest.raises(frames.BadFrame):
        frames.transcription_from(made | {"rejected": "", "words": [["a", 10**400, 1.0, None]]})
