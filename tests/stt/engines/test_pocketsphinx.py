from __future__ import annotations

import csv
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.types import Pcm
from media_server.ports import CannotTranscribe, SttJob, SttRequest
from media_server.stt.engines.asking import ask
from media_server.stt.engines.pocketsphinx import PocketSphinx, clean
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from media_server.tools.wer import word_error_rate
from tests.stt.queues import Outcomes

pytest.importorskip("pocketsphinx", reason="no pocketsphinx wheel for this Python")
CLEAN = ("lj_LJ001-0002", "lj_LJ001-0008", "ls_2414-128291-0006", "g_book_a_room", "ps_cards002")


def read(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


@pytest.mark.parametrize(
    ("raw", "word"),
    [("read(2)", "read"), ("<sil>", ""), ("<s>", ""), ("[NOISE]", ""), ("++UH++", ""), ("a", "a")],
)
def test_what_is_a_word(raw: str, word: str) -> None:
    assert clean(raw) == word


def test_silence_and_nothing_are_empty_and_other_languages_refused() -> None:
    engine = PocketSphinx(SttSettings())
    engine.warm_up()
    pcm = np.zeros(16_000, np.int16)
    for audio, speech_ms in ((pcm, 0), (pcm[:0], 500), (pcm[:1], 500), (pcm[:160], 500)):
        made = ask(engine, SttRequest(audio, "en-US", final=True, speech_ms=speech_ms))
        assert made.text == ""
    with pytest.raises(CannotTranscribe, match=r"does not know the language 'de' \(it knows en\)"):
        ask(engine, SttRequest(pcm, "de", final=True))
    assert "not fit to assess anybody" in engine.notice


@pytest.mark.corpus
def test_nothing_carries_over_from_one_speaker_to_the_next(speech_dir: Path) -> None:
    engine = PocketSphinx(SttSettings())
    engine.warm_up()
    one, other = (read(speech_dir / f"{n}.wav") for n in ("g_book_a_room", "lj_LJ001-0008"))
    made = [ask(engine, SttRequest(pcm, "en", final=True)) for pcm in (one, other, one, one)]
    assert made[0] == made[2] == made[3]


@pytest.mark.corpus
async def test_real_speech_through_the_pool(speech_dir: Path) -> None:
    with (speech_dir / "manifest.tsv").open() as file:
        rows = {Path(row["file"]).stem: row for row in csv.DictReader(file, delimiter="\t")}
    pool = LocalSpeechToText(SttSettings(workers=2))
    try:
        await pool.start()
        outcomes = Outcomes(pool)
        clips = {name: read(speech_dir / f"{name}.wav") for name in CLEAN}
        for name, pcm in clips.items():
            speech_ms = pcm.size // 16
            outcomes.submit(SttJob("i", name, 1, True, 0.0, pcm, speech_ms=speech_ms))
        done = await outcomes.count(len(CLEAN))
    finally:
        await pool.close()
    rates = []
    for outcome in done:
        made = outcome.transcription
        assert made is not None
        assert made.text == " ".join(word.text for word in made.words)
        assert made.words, "speech has words"
        duration_s = clips[outcome.segment_id].size / 16_000
        starts = [word.start_s for word in made.words]
        assert starts == sorted(starts)
        for word in made.words:
            assert 0 <= word.start_s < word.end_s <= duration_s
            assert word.confidence is not None
            assert 0 <= word.confidence <= 1
        rates.append(word_error_rate(rows[outcome.segment_id]["transcript"], made.text))
        speed = outcome.worked_s / duration_s
        sys.stdout.write(f"{outcome.segment_id}: WER {rates[-1]:.2f}, {speed:.2f} of real time\n")
    sys.stdout.write(f"mean WER {sum(rates) / len(rates):.2f}\n")
    assert sum(rates) / len(rates) < 0.6, "far worse than pocketsphinx is"
