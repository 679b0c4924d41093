"""Real engines in real child processes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.opus import OpusDecoder
from media_server.audio.types import Pcm, SpeechClip
from media_server.ports import SpeechUnavailable
from media_server.tools.wer import word_error_rate
from media_server.tts.factory import check, create_text_to_speech
from media_server.tts.settings import TtsSettings
from tests.tts.conftest import StartVoice, require_espeak

QUESTION = "Tell me about a project that you are proud of. What was your part in it?"


def samples(clip: SpeechClip) -> Pcm:
    with OpusDecoder(16_000) as decoder:
        return np.concatenate([decoder.decode(packet) for packet in clip.packets])


def rms(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean((pcm / 32_768) ** 2)))


@pytest.mark.usefixtures("fresh_processes")
async def test_it_speaks(start_voice: StartVoice, engine: str) -> None:
    voice = await start_voice(engine=engine)
    clip = await voice.speak(QUESTION, locale="en", deadline_s=20)
    assert clip.text == QUESTION
    assert [sentence for _, sentence in clip.sentences] == [
        "Tell me about a project that you are proud of.",
        "What was your part in it?",
    ]
    assert 3 < clip.duration_s < 9
    assert 15_000 < sum(map(len, clip.packets)) * 8 / clip.duration_s < 36_000
    pcm = samples(clip)
    second_s = clip.sentences[1][0]
    before = pcm[int((second_s - 0.12) * 16_000) : int((second_s - 0.02) * 16_000)]
    after = pcm[int((second_s + 0.1) * 16_000) : int((second_s + 1.0) * 16_000)]
    assert rms(before) < 0.02 < 0.05 < rms(after), "the second sentence begins where it says"


def recognised(pcm: Pcm) -> str:
    """By a recogniser that has heard nobody before; "-" where there are no words."""
    pocketsphinx = pytest.importorskip("pocketsphinx", reason="no pocketsphinx for this Python")
    decoder = pocketsphinx.Decoder(samprate=16_000, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()
    return str(decoder.hyp().hypstr) if decoder.hyp() else "-"


async def test_an_english_recogniser_understands_it(start_voice: StartVoice, engine: str) -> None:
    """The words, not a hum: at least half of an easy sentence comes out of pocketsphinx."""
    text = "I have worked with people for many years and we have had good results."
    voice = await start_voice(engine=engine)
    clip = await voice.speak(text, locale="en", deadline_s=90)
    heard = await asyncio.to_thread(recognised, samples(clip))
    assert word_error_rate(text, heard) <= 0.5


@pytest.mark.usefixtures("fresh_processes")
async def test_same_words_same_bytes_in_every_process(
    start_voice: StartVoice, engine: str, tmp_path: Path
) -> None:
    """Without the cache's help: other text in between, another child, another directory."""
    first = await start_voice(engine=engine, cache_dir=tmp_path / "1", memory_bytes=0)
    clips = [await first.speak(QUESTION, locale="en", deadline_s=20)]
    await first.speak("Something else.", locale="en", deadline_s=20)
    second = await start_voice(engine=engine, cache_dir=None, memory_bytes=0)
    await second.speak("Other words before.", locale="en", deadline_s=20)
    clips += [await second.speak(QUESTION, locale="en", deadline_s=20) for _ in range(2)]
    assert clips[0] == clips[1] == clips[2]
    assert second.counters["made"] == 3


async def test_from_memory_and_from_disk(start_voice: StartVoice, tmp_path: Path) -> None:
    require_espeak()
    first = await start_voice(engine="espeak")
    clip = await first.speak(QUESTION, locale="en", deadline_s=20)
    assert await first.speak(QUESTION, locale="en", deadline_s=0.5) is clip
    second = await start_voice(engine="espeak")
    assert await second.speak(QUESTION, locale="en", deadline_s=20) == clip
    assert second.counters == {"memory": 0, "disk": 1, "made": 0, "ahead": 0, "failed": 0}


async def test_a_damaged_file_is_made_again(start_voice: StartVoice, tmp_path: Path) -> None:
    require_espeak()
    first = await start_voice(engine="espeak")
    clip = await first.speak(QUESTION, locale="en", deadline_s=20)
    file, other = tmp_path.rglob("*.clip")
    assert file.samefile(other), "shared, and of those who say it"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    second = await start_voice(engine="espeak")
    assert await second.speak(QUESTION, locale="en", deadline_s=20) == clip
    assert second.counters["made"] == 1
    assert next(tmp_path.rglob("*.clip")).read_bytes() != bytes(content)


async def test_no_disk_still_speaks(start_voice: StartVoice, tmp_path: Path) -> None:
    require_espeak()
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    voice = await start_voice(engine="espeak", cache_dir=blocked / "speech")
    assert (await voice.speak(QUESTION, locale="en", deadline_s=20)).packets


async def test_many_callers_one_synthesis(start_voice: StartVoice, engine: str) -> None:
    voice = await start_voice(engine=engine)
    clips = await asyncio.gather(
        *(voice.speak(QUESTION, locale="en", deadline_s=20) for _ in range(20))
    )
    assert all(clip is clips[0] for clip in clips)
    assert voice.counters["made"] == 1


async def test_a_caller_that_goes_away_spoils_nothing(start_voice: StartVoice) -> None:
    require_espeak()
    voice = await start_voice(engine="espeak")
    leaving = asyncio.create_task(voice.speak(QUESTION, locale="en", deadline_s=20))
    staying = asyncio.create_task(voice.speak(QUESTION, locale="en", deadline_s=20))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).packets
    with pytest.raises(asyncio.CancelledError):
        await leaving


NOTHING_TO_SAY = ("", "  \n ", "\U0001f600", "...", "\x00\x01", "\u202e\u200f")
ODD_TEXTS = (
    "<speak><break time='60s'/>Hello</speak>",
    "[[h@'loU]] \x01 50s Hello",
    "-o /etc/passwd --voicedir /tmp Hello",
    "Hello \u202eolleh\u202c \U0001f600 \x1b[31m there\x00 you",
    "שלום עולם, and hello.",
    "a",
    "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" * 20,
)


async def test_nothing_to_say(start_voice: StartVoice, engine: str) -> None:
    voice = await start_voice(engine=engine)
    for text in NOTHING_TO_SAY:
        with pytest.raises(SpeechUnavailable, match="nothing to say"):
            await voice.speak(text, locale="en", deadline_s=20)
    assert (await voice.speak("Still here.", locale="en", deadline_s=20)).packets
    assert voice.counters["made"] == 1


async def test_odd_texts_are_only_words(start_voice: StartVoice, engine: str) -> None:
    """In one child, one after the other: none of them ends it."""
    voice = await start_voice(engine=engine, job_timeout_s=30)
    for text in ODD_TEXTS:
        clip = await voice.speak(text, locale="en", deadline_s=30)
        assert clip.text == text
        assert 0.1 < clip.duration_s < 120, text
    assert voice.counters["failed"] == 0


async def test_two_thousand_characters(start_voice: StartVoice, engine: str) -> None:
    """Of the fastest voice. Each is asked for one sentence after another: some do for the rest."""
    voice = await start_voice(engine=engine, job_timeout_s=120)
    characters, sentences = (2_000, 29) if engine == "flite" else (550, 8)
    text = "What did you learn from it, and what would you do differently today? " * 30
    clip = await voice.speak(text[:characters], locale="en", deadline_s=120)
    assert clip.duration_s > 2 * sentences
    assert len(clip.sentences) == sentences
    with pytest.raises(SpeechUnavailable, match="longer than"):
        await voice.speak("x" * 5000, locale="en", deadline_s=1)


async def test_languages(start_voice: StartVoice) -> None:
    require_espeak()
    voice = await start_voice(engine="espeak")
    british = await voice.speak("Good morning.", locale="en-GB", deadline_s=20)
    american = await voice.speak("Good morning.", locale="en", deadline_s=20)
    assert (british.voice, american.voice) == ("en-gb", "en-us")
    assert british.packets != american.packets
    for locale in ("de", "fr-CA", "pt_BR", "zh-CN", "ar"):
        assert (await voice.speak("Hallo, 1 2 3.", locale=locale, deadline_s=20)).packets
    assert voice.speaks("de-AT")
    assert not voice.speaks("tlh-x")
    with pytest.raises(SpeechUnavailable, match="speaks 'tlh-x'"):
        await voice.speak("nuqneH", locale="tlh-x", deadline_s=20)


# --- what goes wrong ---


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"engine": "off"}, "no speech engine"),
        ({"engine": "espeak", "voice": "nonesuch"}, "no voice 'nonesuch'"),
        ({"engine": "flite", "voice": "nonesuch"}, "no voice 'nonesuch'"),
    ],
)
async def test_no_usable_engine_is_said_at_each_text(
    start_voice: StartVoice, changes: dict[str, object], reason: str
) -> None:
    voice = await start_voice(**changes)
    with pytest.raises(SpeechUnavailable, match=reason):
        await voice.speak("Hello.", locale="en", deadline_s=5)
    assert not voice.speaks("en")
    if reason != "no speech engine":
        assert reason in voice.describe()


async def test_a_piper_voice_that_is_not_there(start_voice: StartVoice) -> None:
    require_espeak()
    voice = await start_voice(engine="piper", voice="mine", piper_model=Path("/nonexistent.onnx"))
    assert (await voice.speak("Hallo.", locale="de", deadline_s=20)).engine == "espeak-ng"
    assert "no Piper voice at /nonexistent.onnx" in voice.describe()


async def test_a_child_that_cannot_start(
    start_voice: StartVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    voice = await start_voice(engine="espeak")
    with pytest.raises(SpeechUnavailable, match="does not start"):
        await voice.speak("Hello.", locale="en", deadline_s=5)


async def test_before_start() -> None:
    voice = create_text_to_speech(TtsSettings())
    with pytest.raises(SpeechUnavailable, match="not been started"):
        await voice.speak("Hello.", locale="en", deadline_s=1)
    await voice.close()


# --- settings and findings ---


@pytest.mark.parametrize(
    "changes",
    [
        {"engine": "siri"},
        {"engine": "piper"},
        {"speed": 3.0},
        {"voice": "-lv"},
        {"cache_bytes": -1},
        {"job_timeout_s": 0},
    ],
)
def test_settings_out_of_range(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="tts "):
        TtsSettings(**changes)  # type: ignore[arg-type]  # that is the point


def test_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (flite,) = check(TtsSettings(engine="flite"))[:1]
    assert (flite.level, flite.mend) == ("warn", "apt install flite")
    model = tmp_path / "voice.onnx"
    assert "no Piper voice" in check(TtsSettings(engine="piper", piper_model=model))[0].mend
    model.write_bytes(b"version https://git-lfs.github.com/spec/v1")
    assert "too small" in check(TtsSettings(engine="piper", piper_model=model))[0].mend
    model.write_bytes(bytes(200_000))
    assert "is missing" in check(TtsSettings(engine="piper", piper_model=model))[0].mend
    (tmp_path / "voice.onnx.json").write_text("[]")
    assert "not the description" in check(TtsSettings(engine="piper", piper_model=model))[0].mend
