"""A clip whose beginning is heard while its end is encoded."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.growing_packets import GrowingPackets
from media_server.audio.types import SpeechClip
from media_server.ports import RawSpeech, SpeechUnavailable
from media_server.tts.clip_codec import (
    BadClip,
    ClipPiece,
    piece_from_bytes,
    piece_to_bytes,
)
from media_server.tts.early import EarlyClip
from media_server.tts.encode import encode_clip, encode_in_steps
from media_server.tts.settings import TtsSettings
from tests.support.waiting import until
from tests.tts.conftest import StartVoice

OURS = "tests.tts.test_early:create"
TEXT = "A first sentence. !!! And a second one."
"""The one in the middle has no sound."""


class Long:
    """Each sentence is 20 s of noise, the same each time. One about a gate waits for a file of
    its name."""

    name, voice, detail, languages = "long", "one", "1", ("en",)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def voice_for(self, locale: str) -> str:
        return self.voice

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        if "Fail" in text:
            raise RuntimeError("as it was told")
        if "Gate" in text:
            (self.folder / f"at {text}").touch()
            while not (self.folder / text).exists():
                time.sleep(0.01)
            return noise(1.0, 1)
        return noise(20.0, len(text))


def create(settings: TtsSettings) -> Long:
    assert settings.cache_dir is not None
    return Long(settings.cache_dir.parent)


def noise(length_s: float, seed: int) -> RawSpeech:
    rng = np.random.default_rng(seed)
    return RawSpeech(rng.normal(0, 3000, round(24_000 * length_s)).astype(np.int16), 24_000)


async def ended(clip: SpeechClip) -> None:
    packets = clip.packets
    assert isinstance(packets, GrowingPackets)
    await until(lambda: packets.ended)


async def test_it_is_heard_before_it_is_encoded_and_is_the_same(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    voice = await start_voice(engine=OURS)
    early = await voice.speak(TEXT, locale="en", deadline_s=30, interview_id="iv_1", early=True)
    assert b"" in early.packets, "40 s are not encoded at once"
    assert early.packets[0], "its beginning is"
    assert early.duration_s == pytest.approx(40.4, abs=0.2)
    assert [start_s for start_s, _ in early.sentences][1:] == [pytest.approx(20.3, abs=0.1)] * 2
    assert len(early.levels) == 8 * len(early.packets)
    same = asyncio.create_task(
        voice.speak(TEXT, locale="en", deadline_s=30, interview_id="iv_2", early=True)
    )
    whole = await voice.speak(TEXT, locale="en", deadline_s=30)
    assert isinstance(whole.packets, tuple)
    await ended(early)
    for clip in (early, await same):
        assert tuple(clip.packets) == whole.packets
        assert (clip.key, clip.sentences, clip.levels) == (whole.key, whole.sentences, whole.levels)
    assert voice.figures()["made"] == 1
    await until(lambda: len(list(tmp_path.rglob("iv_*/*.clip"))) == 2)


async def test_what_is_cached_comes_whole(start_voice: StartVoice) -> None:
    voice = await start_voice(engine=OURS)
    whole = await voice.speak(TEXT, locale="en", deadline_s=30)
    assert await voice.speak(TEXT, locale="en", deadline_s=30, early=True) == whole


async def test_where_the_voice_fails_another_speaks_as_before(start_voice: StartVoice) -> None:
    voice = await start_voice(engine=OURS)
    clip = await voice.speak("Fail.", locale="en", deadline_s=30, early=True)
    assert clip.engine == "hibari"
    with pytest.raises(SpeechUnavailable, match="nothing to say"):
        await voice.speak("!!!", locale="en", deadline_s=30, early=True)


async def test_a_voice_that_dies_while_it_is_heard_goes_on_where_it_stopped(
    start_voice: StartVoice,
) -> None:
    voice = await start_voice(engine=OURS)
    early = await voice.speak(TEXT, locale="en", deadline_s=30, early=True)
    assert b"" in early.packets
    host = voice._voices._hosts[0]
    host.restart()
    await ended(early)
    assert host.restarts == 1
    whole = await voice.speak(TEXT, locale="en", deadline_s=30)
    assert tuple(early.packets) == whole.packets


async def test_what_was_made_ahead_and_is_heard_goes_before_all_else(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    """It had to give way in mid-encoding. Somebody hears its beginning now, and no other text is so
    urgent: else they would hear half of a word, and nothing until that other text is made."""
    voice = await start_voice(engine=OURS)
    ahead = asyncio.create_task(voice.prepare(TEXT, locale="en"))
    await until(lambda: any(making.first.done() for making in voice._making.values()))
    gates = asyncio.create_task(voice.speak("Gate 1. Gate 2.", locale="en", deadline_s=60))
    await until((tmp_path / "at Gate 1.").exists)
    early = await voice.speak(TEXT, locale="en", deadline_s=30, early=True)
    assert b"" in early.packets
    (tmp_path / "Gate 1.").touch()
    await ended(early)
    assert not gates.done()
    assert len(early.packets) > 2000, "nothing of it is left out"
    (tmp_path / "Gate 2.").touch()
    await gates
    assert await ahead


async def test_a_service_that_closes_ends_what_is_heard(start_voice: StartVoice) -> None:
    voice = await start_voice(engine=OURS)
    early = await voice.speak(TEXT, locale="en", deadline_s=30, early=True)
    assert b"" in early.packets
    await voice.close()
    packets = early.packets
    assert isinstance(packets, GrowingPackets)
    assert (packets.ended, packets.cut) == (True, True)
    assert b"" not in packets


def pieces() -> list[bytes]:
    return [
        piece_to_bytes(ClipPiece("e", "v", at, tuple(packets), total, tuple(starts_s), levels))
        for at, packets, total, starts_s, levels in encode_in_steps([noise(3.0, 1)])
    ]


async def test_a_child_that_is_lost_begins_again_where_nothing_is_heard_twice() -> None:
    first: asyncio.Future[SpeechClip] = asyncio.get_running_loop().create_future()
    packets, starts, levels = encode_clip([noise(3.0, 1)])
    clip = EarlyClip("key", "Words.", first)
    some = pieces()
    assert len(some) == 3, "0.2 s, then 1 s at a time, and the rest with the result"
    for piece in (some[0], b"damaged", some[1], *some):
        clip.take(piece)
    early = first.result()
    assert b"" in early.packets
    assert (early.levels, early.sentences) == (levels, ((starts[0], "Words."),))
    clip.complete(SpeechClip("key", "Words.", tuple(packets), "e", "v"))
    clip.end()
    assert list(early.packets) == packets


async def test_a_piece_of_another_number_of_sentences_is_not_heard() -> None:
    first: asyncio.Future[SpeechClip] = asyncio.get_running_loop().create_future()
    EarlyClip("key", "One. Two.", first).take(pieces()[0])
    assert not first.done()


@pytest.mark.parametrize(
    ("at", "count", "total"), [(-1, 1, 5), (5, 1, 5), (0, 6, 5)], ids=["before", "after", "more"]
)
def test_a_piece_without_a_place_is_damaged(at: int, count: int, total: int) -> None:
    piece = ClipPiece("e", "v", at, (b"x",) * count, total, (0.0,), b"")
    with pytest.raises(BadClip):
        piece_from_bytes(piece_to_bytes(piece))


def test_a_piece_keeps_what_it_was_made_of() -> None:
    piece = ClipPiece("e", "v", 2, (b"one", b"two"), 9, (0.04, 1.5), bytes(72))
    assert piece_from_bytes(piece_to_bytes(piece)) == piece
    for data in (b"", piece_to_bytes(piece)[:-1], b"\0\2{}"):
        with pytest.raises(BadClip):
            piece_from_bytes(data)
