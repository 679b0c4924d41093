"""When a result is final: not while words are owed, nor while the candidate may correct them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from media_server.interview import events as ev
from media_server.interview.status import Status
from media_server.live.result_standing import LATER_S, LONGEST_S, SOON_S, ResultStanding
from tests.live import test_words_after_a_crash as crash
from tests.live.bench import Bench, ScriptedStt, open_bench
from tests.live.test_after_end import ended
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.virtual_time

ENDED = ev.Ended(status=Status.ENDED_BY_CANDIDATE, reason="left by the candidate")


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return crash.speech_packets(tmp_path_factory.mktemp("speech"))


def standing(bench: Bench) -> ResultStanding:
    return ResultStanding(bench.services, bench.service._registry)


async def killed(tmp_path: Path, speech: list[bytes]) -> str:
    """Over, with words owed: what a server that was killed leaves behind."""
    said = crash.spooled(1, 10.0, speech)
    events = [*crash.begun(), crash.gone(1, said[-1].media_s), crash.cut(), ENDED]
    return await crash.die(tmp_path, Status.ENDED_BY_CANDIDATE, events, said)


async def test_nothing_is_owed_after_typing(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id, _ = await ended(bench)

        async def final() -> bool:
            return await standing(bench).settled(interview_id) is None

        await crash.until(final)


async def test_a_review_is_waited_for_until_it_is_handed_over(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id, epoch = await ended(bench, review=True, review_minutes=5)
        wait_s = await standing(bench).settled(interview_id)
        assert wait_s is not None
        assert 200.0 < wait_s <= 300.0 < LONGEST_S
        await bench.service.review(interview_id, {}, resumed_from=epoch)

        async def final() -> bool:
            return await standing(bench).settled(interview_id) is None

        await crash.until(final)


async def test_words_that_a_dead_server_owed_are_waited_for(
    tmp_path: Path, speech: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crash, "NOW_S", time.time() - 60.0)
    interview_id = await killed(tmp_path, speech)
    stt = ScriptedStt(["The last words."], delay_s=1.0)
    async with open_bench(tmp_path, stt=stt) as bench:
        asked: list[float] = []

        async def final() -> bool:
            wait_s = await standing(bench).settled(interview_id)
            if wait_s is not None:
                asked.append(wait_s)
            return wait_s is None

        await crash.until(final)
        assert await crash.words(bench, interview_id) == ["The last words."]
        assert asked, "it was not final before they came"
        assert set(asked) <= {SOON_S, LATER_S}


async def test_words_that_are_owed_for_an_hour_are_waited_for_no_longer(
    tmp_path: Path, speech: list[bytes]
) -> None:
    interview_id = await killed(tmp_path, speech)  # it ended years ago
    async with open_bench(tmp_path, stt=ScriptedStt(["Late."], delay_s=1e3)) as bench:
        assert await standing(bench).settled(interview_id) is None


async def followed(bench: Bench, interview_id: str) -> list[str]:
    """Names of what the live view tells until its end."""
    watch = await bench.service.watch(interview_id, after_id="")
    assert watch is not None
    names: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while (found := await watch.next(0.2)) is not None:
            names += [event.name for event in found]
    watch.close()
    return names


async def test_the_live_view_waits_for_the_words_that_webhooks_wait_for(
    tmp_path: Path, speech: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crash, "NOW_S", time.time() - 60.0)
    interview_id = await killed(tmp_path, speech)
    stt = ScriptedStt(["The last words."], delay_s=1.0)
    async with open_bench(tmp_path, stt=stt) as bench:
        assert (await followed(bench, interview_id))[-2:] == ["result.transcript_ready", "end"]
        assert await crash.words(bench, interview_id) == ["The last words."]


async def test_the_live_view_waits_no_longer_than_webhooks(
    tmp_path: Path, speech: list[bytes]
) -> None:
    interview_id = await killed(tmp_path, speech)  # it ended years ago
    async with open_bench(tmp_path, stt=ScriptedStt(["Late."], delay_s=1e3)) as bench:
        assert (await followed(bench, interview_id))[-2:] == ["result.transcript_ready", "end"]
        assert "Late." not in await crash.words(bench, interview_id)


async def test_one_that_is_gone_is_owed_nothing(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        assert await standing(bench).settled("iv_never") is None
