"""Following an interview: its events once and in order wherever it is live, and its words."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from media_server.live import feeds, watch_hub
from media_server.live.watching import InterviewWatch
from media_server.ports import Refused
from media_server.ports.live_events import LiveEvent, Watch
from tests.live.bench import Bench, Guest, make_spec, open_bench
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.virtual_time, pytest.mark.timeout(120)]
LONG = "In my last place I cooked for ninety guests each evening with four others in the kitchen."
THREE = [
    "interview.started",
    "interview.answer_recorded",
    "interview.answer_recorded",
    "interview.answer_recorded",
    "interview.completed",
    "result.transcript_ready",
    "end",
]


class Reader:
    """Takes everything that a watch gives, in a task of its own."""

    def __init__(self, watch: Watch | None) -> None:
        assert watch is not None
        self.watch = watch
        self.got: list[LiveEvent] = []
        self.at_s: list[float] = []
        self.over = asyncio.Event()

    async def read(self) -> None:
        while (found := await self.watch.next(0.2)) is not None:
            self.got += found
            self.at_s += [time.time()] * len(found)
        self.over.set()

    def names(self, *, words: bool = False) -> list[str]:
        return [e.name for e in self.got if words or not e.name.startswith("words.")]

    async def sees(self, name: str, **fields: Any) -> LiveEvent:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.got:
                    if event.name == name and fields.items() <= event.data.items():
                        return event
                await asyncio.sleep(0.01)


@asynccontextmanager
async def reading(
    bench: Bench, interview_id: str, *, after_id: str = "", words_by: str | None = None
) -> AsyncIterator[Reader]:
    watch = await bench.service.watch(interview_id, after_id=after_id, words_by=words_by)
    reader = Reader(watch)
    task = asyncio.create_task(reader.read())
    try:
        yield reader
    finally:
        reader.watch.close()
        async with asyncio.timeout(PATIENCE_S):
            await task


async def answer_all(guest: Guest) -> None:
    guest.send("ready")
    for number in (1, 2, 3):
        await guest.listening(number)
        guest.send("text_answer", text=f"Secret {number}.")
    await guest.sees("completed")


async def test_events_come_once_in_order_within_a_second(store_url: str, tmp_path: Path) -> None:
    """Watched at another server that shares the store, and from the first event on again."""
    elsewhere = tmp_path / ("two" if store_url else "one")
    async with (
        open_bench(tmp_path / "one", store_url=store_url) as one,
        open_bench(elsewhere, store_url=store_url) as two,
    ):
        interview_id = await one.interview()
        async with reading(two, interview_id) as far, reading(one, interview_id) as near:
            async with reading(one, interview_id):
                assert one.services.watching.feeds.running == 1, "one reader for both"
            guest = await one.call(interview_id)
            await answer_all(guest)
            await near.sees("end")
            async with reading(one, interview_id) as newcomer:
                async with asyncio.timeout(PATIENCE_S):
                    await newcomer.over.wait()
            assert newcomer.names() == THREE, (
                "who comes when the others have just been told the end"
            )
            for reader in (far, near):
                async with asyncio.timeout(PATIENCE_S):
                    await reader.over.wait()
                assert reader.names() == THREE
                ids = [int(e.event_id.removesuffix("-final")) for e in reader.got]
                assert ids == sorted(ids)
            log = [e async for e in entries(one, interview_id)]
            by_seq = {entry.seq: entry.at_s for entry in log}
            late = [
                at_s - by_seq[int(event.event_id)]
                for event, at_s in zip(far.got, far.at_s, strict=True)
                if event.event_id.isdigit()
            ]
            # 0.5 s between two looks. One of them may come at a busy moment of the machine.
            assert statistics.median(late) < 1.0
        for cut in (0, 2, 4, 6):
            after = far.got[cut].event_id
            if after.endswith("-final"):
                assert await two.service.watch(interview_id, after_id=after) is None
                continue
            async with reading(two, interview_id, after_id=after) as again:
                async with asyncio.timeout(PATIENCE_S):
                    await again.over.wait()
                assert again.names() == THREE[cut + 1 :]
        assert "Secret" not in str(far.got)
        assert one.services.watching.feeds.running == 0
        await guest.candidate.leave()


async def entries(bench: Bench, interview_id: str) -> AsyncIterator[Any]:
    for entry in await bench.services.log.read(interview_id):
        yield entry


async def test_words_need_that_the_candidate_was_told(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        with pytest.raises(Refused) as refused:
            await bench.service.watch(interview_id, after_id="", words_by="default")
        assert (refused.value.status, refused.value.code) == (403, "watching_not_agreed")
        assert "watching: true" in refused.value.detail
        with pytest.raises(Refused) as refused:
            await bench.service.watch(interview_id, after_id="99")
        assert (refused.value.status, refused.value.code) == (400, "unknown_event")


async def test_the_candidate_sees_a_watcher_before_the_first_word(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_hub, "GRACE_S", 0.2)
    spec = make_spec(watching=True)
    assert "follow the interview live" in spec.consent.text
    async with open_bench(tmp_path, store_url=store_url) as bench:
        interview_id = await bench.interview(spec)
        guest = await bench.call(interview_id)
        await guest.sees("state", stage="ready")
        assert not any(m["watched"] for m in guest.of("state"))
        async with reading(bench, interview_id, words_by="acme") as reader:
            await guest.sees("state", watched=True)
            await answer_all(guest)
            async with asyncio.timeout(PATIENCE_S):
                await reader.over.wait()
            await reader.sees("words.caption", text="Question 1?", kind="question")
            await reader.sees("words.typed", text="Secret 2.", prompt_id="q2")
            assert reader.names() == THREE
        log = [e async for e in entries(bench, interview_id)]
        changes = [e for e in log if e.type == "watch_changed"]
        assert [dict(e.data) for e in changes] == [{"watchers": 1, "by": "acme"}]
        first = next(e for e in log if e.type == "utterance_started")
        assert changes[0].seq < first.seq
        await guest.candidate.leave()


async def test_a_watcher_who_leaves_is_gone_from_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_hub, "GRACE_S", 0.5)
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(make_spec(watching=True))
        # Before anybody is there: who comes then sees it from the first moment.
        async with reading(bench, interview_id, words_by="acme") as reader:
            await reader.sees("words.available", available=False)
            guest = await bench.call(interview_id)
            await guest.sees("state", watched=True)
            await reader.sees("words.available", available=True)
        async with reading(bench, interview_id, words_by="acme"):  # a stream lost, and opened again
            await asyncio.sleep(0.8)
            states = [m["watched"] for m in guest.of("state")]
            assert states[states.index(True) :] == [True] * (len(states) - states.index(True))
        await guest.sees("state", watched=False, count=1 + states.count(False))
        log = [e async for e in entries(bench, interview_id)]
        assert [e.data["watchers"] for e in log if e.type == "watch_changed"] == [1, 0]
        await guest.candidate.leave()


async def test_words_of_another_servers_call_are_refused(store_url: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / ("two" if store_url else "one")
    async with (
        open_bench(tmp_path / "one", store_url=store_url) as one,
        open_bench(elsewhere, store_url=store_url) as two,
    ):
        interview_id = await one.interview(make_spec(watching=True))
        guest = await one.call(interview_id)
        await guest.sees("state", stage="ready")
        with pytest.raises(Refused) as refused:
            await two.service.watch(interview_id, after_id="", words_by="acme")
        assert (refused.value.status, refused.value.code) == (409, "live_elsewhere")
        async with reading(two, interview_id) as reader:  # its events are there all the same
            guest.send("ready")
            await reader.sees("interview.started")
        await guest.candidate.leave()


async def test_spoken_words_are_passed_on_as_the_candidate_reads_them(tmp_path: Path) -> None:
    pcm, rate = read_wav(speak_wav(LONG, tmp_path / "answer.wav"))
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(make_spec(questions=1, watching=True))
        guest = await bench.call(interview_id)
        async with reading(bench, interview_id, words_by="acme") as reader:
            guest.send("ready")
            await guest.listening(1)
            guest.candidate.say(pcm, rate)
            final = await reader.sees("words.final", prompt_id="q1")
            assert final.data["text"] == "These are the words of my answer."
            await guest.sees("transcript", final=True)
            shown = [m["text"] for m in guest.of("transcript") if not m["final"]]
            passed = [e.data["text"] for e in reader.got if e.name == "words.interim"]
            assert passed == shown != []
        await guest.candidate.leave()


async def test_who_does_not_read_is_cut_off(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(make_spec(watching=True))
        watch = await bench.service.watch(interview_id, after_id="", words_by="acme")
        assert watch is not None
        ear = next(iter(bench.services.watching._ears[interview_id]))
        for number in range(watch_hub.MOST_WAITING + 1):
            ear.hear(LiveEvent("words.typed", {"text": str(number)}))
        assert len(ear.waiting) == watch_hub.MOST_WAITING
        assert await watch.next(1.0) is None
        watch.close()
        assert bench.services.watching.listening == 0


async def test_who_does_not_read_events_is_cut_off_and_comes_again(tmp_path: Path) -> None:
    """It gets what was kept for it, and goes on after the last of them."""
    waiting = asyncio.Event()
    follower = feeds.Follower(waiting)
    for seq in range(1, feeds.MOST_WAITING + 9):
        follower.tell(seq, (LiveEvent("interview.paused", {}, str(seq)),))
    assert follower.too_slow
    assert waiting.is_set()
    told = follower.take(2)
    assert [int(e.event_id) for e in told] == list(range(3, feeds.MOST_WAITING + 1))
    assert follower.take(2) == ()
    async with open_bench(tmp_path) as bench:
        watch = await bench.service.watch(await bench.interview(), after_id="")
        assert isinstance(watch, InterviewWatch)
        watch._follower.too_slow = True
        assert await watch.next(1.0) is None
        watch.close()


async def test_an_erased_interview_ends_its_stream(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        interview_id = await bench.interview()
        async with reading(bench, interview_id) as reader:
            await asyncio.sleep(0.1)
            await bench.service.erase(interview_id)
            async with asyncio.timeout(PATIENCE_S):
                await reader.over.wait()
            assert reader.names() == ["interview.deleted", "end"]


async def test_a_server_that_stops_lets_its_readers_go(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        async with reading(bench, interview_id) as reader:
            await asyncio.sleep(0.1)
            asked_s = time.monotonic()
            await bench.service.leave_writers()
            async with asyncio.timeout(PATIENCE_S):
                await reader.over.wait()
            assert time.monotonic() - asked_s < 2.0
            assert reader.got == []
