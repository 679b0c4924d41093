"""What an interview costs the store: appends per turn and of speech, and how late the spool is."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest

from media_server.audio.types import Pcm
from media_server.store.factory import create_stores
from media_server.store.settings import StoreSettings
from tests.live.bench import Bench, Guest, make_spec, open_bench
from tests.support.speak import read_wav, speak_wav

pytestmark = pytest.mark.virtual_time
APPENDS_PER_TURN = 4
SECONDS_OF_SPEECH_PER_APPEND = 10.0
SPOOLED_WITHIN_S = 2.0
TEXT = "I worked as a teacher in a small school, and after that I went to the sea."


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    return read_wav(speak_wav(TEXT, tmp_path_factory.mktemp("speech") / "a.wav"))


def count_appends(bench: Bench) -> list[tuple[str, ...]]:
    """The types of the entries of every append from here on."""
    found: list[tuple[str, ...]] = []
    log: Any = bench.services.log
    append = log.append

    async def counted(interview_id: str, **named: Any) -> Any:
        found.append(tuple(entry.type for entry in named["entries"]))
        return await append(interview_id, **named)

    log.append = counted
    return found


async def say(guest: Guest, speech: tuple[Pcm, int], times: int) -> float:
    """Without a pause that would end the turn; its length in seconds."""
    length_s = sum(guest.candidate.say(*speech) for _ in range(times))
    await asyncio.sleep(length_s)
    return length_s


async def test_few_appends_in_a_spoken_interview(tmp_path: Path, speech: tuple[Pcm, int]) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(make_spec(2))
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        appends = count_appends(bench)
        spoken_s = 0.0
        for number, times in ((1, 3), (2, 1)):
            before, length_s = len(appends), await say(guest, speech, times)
            await guest.sees("turn", phase="ended", count=number)
            if number < 2:
                await guest.listening(number + 1)
            allowed = APPENDS_PER_TURN + math.ceil(length_s / SECONDS_OF_SPEECH_PER_APPEND)
            assert len(appends) - before <= allowed, appends[before:]
            spoken_s += length_s
        await guest.sees("completed")
        await guest.candidate.leave()
        allowed = 2 * APPENDS_PER_TURN + math.ceil(spoken_s / SECONDS_OF_SPEECH_PER_APPEND)
        assert len(appends) <= allowed, appends
        entries = [name for batch in appends for name in batch]
        assert entries.count("turn_ended") == 2, entries
        assert entries.count("segment_transcribed") >= 2, "it was not spoken at all"


async def test_what_was_said_is_in_the_spool_within_two_seconds(
    tmp_path: Path, speech: tuple[Pcm, int]
) -> None:
    """As another process sees it: what a kill -9 in the next moment would leave."""
    reader = create_stores(StoreSettings(data_dir=tmp_path))
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(make_spec(1))
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        await reader.open()
        try:
            guest.candidate.say(*speech)
            await asyncio.sleep(1.0)
            [session] = bench.service.sessions()
            for _ in range(6):
                await asyncio.sleep(0.5)
                assert session.connection is not None
                heard_s = session.connection.media_s
                packets = await reader.spool.read(interview_id)
                assert packets, "nothing is in the spool"
                late_s = heard_s - max(packet.media_s for packet in packets)
                assert late_s <= SPOOLED_WITHIN_S, f"{late_s:.2f} s were in memory alone"
        finally:
            await reader.close()
        await guest.candidate.leave()
