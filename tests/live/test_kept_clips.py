"""What the bot says in a real call: where the log places it, and that its sound is kept."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.growing_packets import GrowingPackets
from media_server.audio.ogg import read_ogg_opus
from media_server.audio.types import SpeechClip
from media_server.interview import events as ev
from media_server.interview.spec import Retention
from media_server.live import history, kept_clips
from media_server.live.kept_clips import KeptClips, clip_file, clip_name
from media_server.ports import StoreUnavailable
from tests.live.bench import Bench, ToneVoice, make_spec, open_bench

pytestmark = [pytest.mark.virtual_time]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path, tts=ToneVoice(1.5)) as made:
        yield made


async def events(bench: Bench, interview_id: str) -> list[ev.Event]:
    log = bench.services.log
    found = [history.event_of(interview_id, entry) for entry in await log.read(interview_id)]
    return [event for event in found if event is not None]


async def first_question(bench: Bench, interview_id: str) -> None:
    guest = await bench.call(interview_id)
    guest.send("ready")
    await guest.listening(1)
    await asyncio.sleep(0.3)
    await guest.candidate.leave()


async def test_utterances_lie_on_the_timeline_and_are_kept(bench: Bench) -> None:
    interview_id = await bench.interview(make_spec(1))
    await first_question(bench, interview_id)
    found = await events(bench, interview_id)
    started = [event for event in found if isinstance(event, ev.UtteranceStarted)]
    ended = [event for event in found if isinstance(event, ev.UtteranceEnded)]
    assert [event.kind for event in started][:2] == ["greeting", "question"]
    greeting, question = started[:2]
    assert (greeting.prompt_id, question.prompt_id) == ("", "q1")
    assert greeting.starts_s == (0.0,)
    assert greeting.media_at_s is not None
    assert question.media_at_s is not None
    between_s = question.media_at_s - greeting.media_at_s
    assert between_s == pytest.approx(1.5, abs=0.5), "the greeting lasts 1.5 s"
    for start, end in zip(started, ended, strict=False):
        assert end.media_from_s is not None
        assert start.media_at_s is not None
        assert start.media_at_s <= end.media_from_s <= start.media_at_s + 0.3
    blob = await bench.services.blobs.find(interview_id, question.clip)
    assert blob is not None
    stream = read_ogg_opus(await blob.whole(limit=1_000_000))
    assert stream.finished
    assert stream.end / 48_000 == pytest.approx(1.5)


async def test_said_twice_is_kept_once(bench: Bench) -> None:
    """The tone is the same for every text, so all of it is one file."""
    interview_id = await bench.interview(make_spec(1))
    await first_question(bench, interview_id)
    found = await bench.services.blobs.list(interview_id)
    said = [blob.name for blob in found if blob.name.startswith("said-")]
    assert len(said) == 1
    assert await bench.services.recordings.files(interview_id) == ("audio-0001.ogg",)


async def test_nothing_is_kept_of_what_is_not_recorded(bench: Bench) -> None:
    spec = make_spec(1, retention=Retention(record_audio=False))
    interview_id = await bench.interview(spec)
    await first_question(bench, interview_id)
    assert await bench.services.blobs.list(interview_id) == ()
    started = [e for e in await events(bench, interview_id) if isinstance(e, ev.UtteranceStarted)]
    assert started
    assert {event.clip for event in started} == {""}


async def test_erasing_reaches_the_clips(bench: Bench) -> None:
    interview_id = await bench.interview(make_spec(1))
    await first_question(bench, interview_id)
    await bench.service.erase(interview_id)
    assert await bench.services.blobs.list(interview_id) == ()


def clip(seed: int) -> SpeechClip:
    noise = np.random.default_rng(seed)
    packets = tuple(bytes([8]) + noise.bytes(40) for _ in range(50))
    return SpeechClip("key", "text", packets, "tone", "tone")


def test_names_follow_the_sound() -> None:
    assert clip_name(clip(1)) == clip_name(clip(1))
    assert clip_name(clip(1)) != clip_name(clip(2))
    assert clip_file(clip(1)) == clip_file(clip(1))
    assert [payload for _, payload in read_ogg_opus(clip_file(clip(1))).packets] == list(
        clip(1).packets
    )


async def test_what_is_heard_before_it_is_encoded_is_kept_when_it_is() -> None:
    whole = clip(1)
    packets = GrowingPackets(len(whole.packets))
    packets.add(0, whole.packets[:10])
    early = dataclasses.replace(whole, packets=packets)
    store = BadStore(0)
    clips = KeptClips("iv", store, record_audio=True, count=lambda _: None)  # type: ignore[arg-type]
    name = clips.name_of(early)
    keeping = asyncio.create_task(clips.keep(early))
    await asyncio.sleep(0.05)
    assert store.names == []
    packets.add(10, whole.packets[10:])
    packets.end()
    await keeping
    assert store.names == [name] == [clip_name(early)]
    assert clip_name(early) != clip_name(dataclasses.replace(early, key="of other words"))
    heard = read_ogg_opus(clip_file(early)).packets
    assert [payload for _, payload in heard] == list(whole.packets)


class BadStore:
    """Cannot say what it has, and for so many times cannot take anything."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.names: list[str] = []

    async def find(self, interview_id: str, name: str) -> None:
        raise StoreUnavailable("object storage is away")

    async def put(self, interview_id: str, name: str, data: bytes) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("this disk is away")
        self.names.append(name)


@pytest.mark.parametrize(("failures", "kept", "counted"), [(0, 1, 0), (1, 1, 0), (2, 0, 1)])
async def test_a_store_that_is_away_is_asked_twice(
    failures: int, kept: int, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_clips, "TRY_AGAIN_S", 0.0)
    store = BadStore(failures)
    count: list[str] = []
    clips = KeptClips("iv", store, record_audio=True, count=count.append)  # type: ignore[arg-type]
    await clips.keep(clip(1))
    assert (len(store.names), len(count)) == (kept, counted)


async def test_a_store_that_is_slow_keeps_no_clip_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session may be over before it has said what it has."""

    class SlowStore(BadStore):
        async def find(self, interview_id: str, name: str) -> None:
            await asyncio.sleep(10.0)

    monkeypatch.setattr(kept_clips, "ASK_S", 0.05)
    store = SlowStore(0)
    clips = KeptClips("iv", store, record_audio=True, count=lambda _: None)  # type: ignore[arg-type]
    async with asyncio.timeout(2.0):
        await clips.keep(clip(1))
    assert len(store.names) == 1


async def test_what_was_cut_is_kept_whole_when_it_is_said_again() -> None:
    """Both have the name of their words, for none is encoded when it is begun."""
    files: dict[str, bytes] = {}
    puts: list[str] = []

    class Store:
        async def find(self, interview_id: str, name: str) -> bytes | None:
            return files.get(name)

        async def put(self, interview_id: str, name: str, data: bytes) -> None:
            puts.append(name)
            files[name] = data

    whole = clip(1)
    clips = KeptClips("iv", Store(), record_audio=True, count=lambda _: None)  # type: ignore[arg-type]
    lengths = []
    for made in (10, 50, 50):
        packets = GrowingPackets(50)
        packets.add(0, whole.packets[:made])
        packets.end()
        await clips.keep(dataclasses.replace(whole, packets=packets))
        (data,) = files.values()
        lengths.append(len(read_ogg_opus(data).packets))
    assert lengths == [10, 50, 50]
    assert len(puts) == 2, "what is whole is kept once"
