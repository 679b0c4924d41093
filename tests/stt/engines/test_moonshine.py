"""Moonshine on its real weights, and what is said where they are not."""

from __future__ import annotations

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.types import Pcm
from media_server.model_files import MOONSHINE
from media_server.ports import CannotTranscribe, EngineUnavailable, SttJob, SttRequest
from media_server.stt.engines.asking import ask
from media_server.stt.engines.moonshine import Moonshine
from media_server.stt.moonshine_files import DECODER, FILES, TOKENIZER
from media_server.stt.settings import SttSettings
from media_server.tools.wer import word_error_rate
from tests.stt.queues import Outcomes, Started, prefork
from tests.support.real_models import real_model

SAID = {
    "lj_LJ001-0008": "has never been surpassed",
    "ls_367-130732-0001": "when is a lobster not a lobster when it is a crayfish",
    "ps_cards001": "ten of clubs",
}


def read(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


@pytest.fixture(scope="module")
def engine() -> Moonshine:
    made = Moonshine(SttSettings(moonshine_dir=str(real_model(MOONSHINE, "tiny-en"))))
    assert made.prepare(), "with one thread it may be forked"
    made.warm_up()
    return made


@pytest.mark.corpus
def test_it_hears_english_without_word_times(engine: Moonshine, speech_dir: Path) -> None:
    for name, said in SAID.items():
        pcm = read(speech_dir / f"{name}.wav")
        for final in (True, False):
            made = ask(engine, SttRequest(pcm, "en-GB", final, (), pcm.size // 16))
            assert word_error_rate(said, made.text) < 0.4
            assert (made.words, made.language, made.rejected) == ((), "en", "")
            assert made.confidence is not None
            assert 0 < made.confidence <= 1


def test_nothing_is_invented_of_silence_and_knocks(engine: Moonshine) -> None:
    silence = np.zeros(16_000, np.int16)
    for pcm, speech_ms in ((silence, 0), (silence[:0], 500), (silence[:1], 500), (silence, 500)):
        assert ask(engine, SttRequest(pcm, "en", False, (), speech_ms)).text == ""
    knocks = np.zeros(2 * 16_000)
    at = np.arange(4000)
    for start in range(2000, 28_000, 5000):
        decay = np.exp(-at / 640) * np.minimum(1, at / 32)
        knocks[start : start + 4000] += 8000 * np.sin(2 * np.pi * 110 * at / 16_000) * decay
    made = ask(engine, SttRequest(knocks.astype(np.int16), "en", False, (), 700))
    assert (made.text, made.words, made.confidence) == ("", (), None)
    assert made.rejected == "known invention on noise"
    assert made.rejected_text, "it is kept for people to judge"


@pytest.mark.corpus
def test_a_word_that_is_cut_off_is_no_loop(engine: Moonshine, speech_dir: Path) -> None:
    pcm = read(speech_dir / "ls_367-130732-0002.wav")
    for end_s in np.arange(1.0, 4.0, 0.25):
        text = ask(engine, SttRequest(pcm[: int(16_000 * end_s)], "en", False)).text
        assert len(text.split()) <= 6 * end_s


def test_what_it_cannot_do_is_refused(engine: Moonshine) -> None:
    pcm = np.zeros(16_000, np.int16)
    with pytest.raises(CannotTranscribe, match=r"does not know the language 'de'"):
        ask(engine, SttRequest(pcm, "de", final=True))
    with pytest.raises(CannotTranscribe, match=r"'de'"):
        ask(engine, SttRequest(pcm, "auto", final=True, locale="de"))
    with pytest.raises(CannotTranscribe, match=r"over 30 s"):
        ask(engine, SttRequest(np.zeros(31 * 16_000, np.int16), "en", final=True))


@pytest.mark.parametrize("lack", [*FILES, "the folder"])
def test_missing_files_are_named_with_the_command_that_gets_them(tmp_path: Path, lack: str) -> None:
    folder = tmp_path / "tiny-en"
    if lack != "the folder":
        folder.mkdir()
        for name in FILES:
            (folder / name).write_bytes(b"" if name == lack else b"x")
    engine = Moonshine(SttSettings(moonshine_dir=str(folder)))
    with pytest.raises(EngineUnavailable, match="media-server models pull moonshine-tiny-en") as e:
        engine.warm_up()
    assert (f"{lack} is empty" if lack in FILES else "is not a directory") in str(e.value)


@pytest.mark.parametrize("damage", [TOKENIZER, DECODER, "a tokenizer of another model"])
def test_damaged_files_are_said_to_be_so(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "tiny-en"
    folder.mkdir()
    for name in FILES:
        source = real_model(MOONSHINE, "tiny-en") / name
        (folder / name).symlink_to(source.resolve())
    name = damage if damage in FILES else TOKENIZER
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    (folder / name).write_bytes(whole[:-5] if damage in FILES else whole[6:])
    with pytest.raises(EngineUnavailable, match=r"damaged or of another model.*models pull"):
        Moonshine(SttSettings(moonshine_dir=str(folder))).warm_up()
    shutil.rmtree(folder)


@pytest.mark.corpus
async def test_it_may_be_the_engine_for_everything(started: Started, speech_dir: Path) -> None:
    """Loaded once, before its workers are forked."""
    folder = real_model(MOONSHINE, "tiny-en")
    async with started(engine="moonshine", moonshine_dir=str(folder)) as queue:
        outcomes = Outcomes(queue)
        for name in SAID:
            pcm = read(speech_dir / f"{name}.wav")
            outcomes.submit(SttJob("i", name, 1, True, 0.0, pcm, speech_ms=pcm.size // 16))
        done = await outcomes.count(len(SAID))
        threads = list(Path(f"/proc/{prefork()}/task").iterdir())
        assert len(threads) == 1, "a process that is forked has no other"
        assert (queue.status().engine, queue.status().model) == ("moonshine", "tiny-en")
    for outcome in done:
        assert outcome.transcription is not None
        assert word_error_rate(SAID[outcome.segment_id], outcome.transcription.text) < 0.4
