"""Real engines in real child processes."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.opus import OpusDecoder
from media_server.audio.types import Pcm, SpeechClip
from media_server.ports import SpeechUnavailable
from media_server.tools.wer import word_error_rate
from media_server.tts.factory import check, create_text_to_speech
from media_server.tts.service import SpeechService
from media_server.tts.settings import TtsSettings
from tests.support.env import REPOSITORY
from tests.support.waiting import until
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


@pytest.fixture
def slow_flite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called flite that lists a voice, leaves its pid behind and then hangs."""
    program = tmp_path / "bin" / "flite"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        '  -lv) echo "Voices available: slt";;\n'
        '  --version) echo "version: slow";;\n'
        f"  *) echo $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; sleep 300;;\n"
        "esac\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(program.parent))
    return tmp_path / "pid"


async def appears(path: Path) -> int:
    await until(path.exists)
    pid = int(path.read_text())
    path.unlink()
    return pid


async def ended(pid: int) -> None:
    await until(lambda: not Path(f"/proc/{pid}").exists())


async def test_kill_in_mid_synthesis(
    start_voice: StartVoice, slow_flite: Path, without_hibari: Path
) -> None:
    """Killed twice: the next voice speaks; the child is replaced and its program gone with it."""
    require_espeak()
    voice = await start_voice()
    speaking = asyncio.create_task(voice.speak("Hello.", locale="en", deadline_s=120))
    for _ in range(2):
        program = await appears(slow_flite)
        kill_child(voice)
        await ended(program)
    assert (await speaking).engine == "espeak-ng"
    assert "the voice flite rests (the speech process was lost" in voice.notice
    (program_alone,) = (slow_flite.parent / "bin").iterdir()
    assert program_alone.name == "flite", "no text is left behind"
    assert (await voice.speak("Hallo.", locale="de", deadline_s=20)).engine == "espeak-ng"


def kill_child(voice: SpeechService) -> None:
    host = voice._voices._hosts[-1]
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)


async def test_a_hang_ends_at_the_deadline_and_the_next_text_is_spoken(
    start_voice: StartVoice, slow_flite: Path, without_hibari: Path
) -> None:
    require_espeak()
    voice = await start_voice(job_timeout_s=6.0)
    with pytest.raises(SpeechUnavailable, match=r"no sound within 2 s"):
        await voice.speak("Hello.", locale="en", deadline_s=2.0)
    program = await appears(slow_flite)
    voice._voices._hosts[-1]._job_timeout_s = 60.0  # of the steps after the one that hangs
    assert (await voice.speak("Hallo.", locale="de", deadline_s=20)).engine == "espeak-ng"
    await ended(program)


async def test_kill_of_an_idle_child(start_voice: StartVoice) -> None:
    require_espeak()
    voice = await start_voice(engine="espeak")
    for number in range(3):
        kill_child(voice)
        assert (await voice.speak(f"Number {number}.", locale="en", deadline_s=20)).packets
    assert voice.figures()["restarts"] == 3


async def test_close_in_mid_synthesis(start_voice: StartVoice, slow_flite: Path) -> None:
    voice = await start_voice(engine="flite")
    speaking = asyncio.create_task(voice.speak("Hello.", locale="en", deadline_s=20))
    program = await appears(slow_flite)
    async with asyncio.timeout(20):
        await voice.close()
    with pytest.raises(SpeechUnavailable):
        await speaking
    await ended(program)
    with pytest.raises(SpeechUnavailable, match="closed"):
        await voice.speak("More.", locale="de", deadline_s=1)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_the_child_ends_with_its_parent(how: signal.Signals, tmp_path: Path) -> None:
    require_espeak()
    script = """
import asyncio, sys
from media_server.tts.factory import create_text_to_speech
from media_server.tts.settings import TtsSettings
async def main():
    voice = create_text_to_speech(TtsSettings(engine="espeak"))
    await voice.start()
    print(voice._voices._hosts[0].pid, flush=True)
    await asyncio.sleep(300)
asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=REPOSITORY
    ) as parent:
        assert parent.stdout is not None
        child = int(await asyncio.to_thread(parent.stdout.readline))
        parent.send_signal(how)
    await ended(child)


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
