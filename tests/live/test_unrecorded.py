"""Where nothing is recorded: what the disk holds while an interview goes on, and after a return."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from media_server.interview.spec import Retention as Wanted
from media_server.interview.status import Status
from media_server.store.retention import Retention
from media_server.store.retention_plan import DAY_S
from tests.live.bench import Bench, make_spec, open_bench
from tests.live.test_retranscription_queue import SPEECH, at_rest, parked
from tests.live.test_words_after_a_crash import die, spooled
from tests.support.given_up import GivesUp, begun, says, spoken_sentence
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.virtual_time

UNRECORDED = Wanted(record_audio=False)


@pytest.fixture(scope="module")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spoken_sentence(tmp_path_factory.mktemp("speech"))


class Later:
    """Unix time, days after."""

    def now_s(self) -> float:
        return 1_700_000_000.0 + 5 * DAY_S


async def left_before(
    bench: Bench, interview_id: str, before_s: float, none_from_s: float
) -> list[float]:
    """Media times of what is spooled, once nothing lies between the two."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = [packet.media_s for packet in await bench.services.spool.read(interview_id)]
            kept = [at_s for at_s in found if at_s < before_s]
            if max(kept, default=-1.0) < none_from_s:
                return kept
            await asyncio.sleep(0.05)


async def test_a_segment_not_understood_keeps_no_later_answer_on_disk(
    tmp_path: Path, sentence: Path
) -> None:
    """The first answer is not understood; of the second, which is, nothing stays."""
    stt = GivesUp(cause="not_taken")
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id, guest = await begun(bench, make_spec(3, retention=UNRECORDED))
        await says(guest, sentence)
        lost = await guest.sees("transcript", final=True, untranscribed=True)
        stt.well, stt.busy = True, 1  # and nobody tries the first one again
        await says(guest, sentence, 2)
        written = await guest.sees("transcript", final=True, text="I was a teacher")
        await guest.listening(3)
        kept = await left_before(bench, interview_id, written["end_s"], lost["end_s"])
        assert min(kept) >= lost["start_s"] - 0.5
        assert len(kept) >= 50 * (lost["end_s"] - lost["start_s"]), "all of the first one"
        stt.busy = 0
        await bench.service._retranscriptions.look()
        await guest.sees("transcript", final=True, text="I was a teacher", count=2)
        assert await left_before(bench, interview_id, written["end_s"], 0.0) == []
        await guest.candidate.leave()


async def test_who_comes_back_after_its_sound_is_gone_goes_on(
    tmp_path: Path, sentence: Path
) -> None:
    spec = make_spec(3, retention=UNRECORDED)
    packets = spooled(1, 10.0, SPEECH)
    interview_id = await die(tmp_path, Status.PARKED, parked(), packets, spec)
    stt = GivesUp("I was a teacher.")
    async with open_bench(tmp_path, stt=stt) as bench:
        stores: Any = bench.service._stores
        retention = Retention(stores, Later(), None, bench.service.heard_out)
        await at_rest(bench, interview_id)
        assert await retention.run_once() == 1
        assert await bench.services.spool.read(interview_id) == ()
        stt.well, asked = True, stt.finals
        await bench.service._retranscriptions.look()
        guest = await bench.call(interview_id)
        await guest.sees("welcome", resumed=True)
        guest.send("ready")
        await says(guest, sentence)
        await guest.sees("transcript", final=True, text="I was a teacher.")
        assert await bench.services.spool.read(interview_id), (
            "what is said now is kept until written"
        )
        await bench.service._retranscriptions.look()
        assert stt.finals == asked + 1, "nobody tries a segment without sound"
        first = (await bench.service.result(interview_id))["answers"][0]
        assert first["turns"][0]["untranscribed"] is True
        assert "I was a teacher." in [turn["text"] for turn in first["turns"]]
        await guest.candidate.leave()
