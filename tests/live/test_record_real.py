"""The second pass with real weights: two halves of a sentence become one."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.opus import OpusEncoder
from media_server.interview import events as ev
from media_server.interview.status import Status
from media_server.model_files import WHISPER
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from tests.live.bench import open_bench
from tests.live.test_retranscription_queue import at_rest
from tests.live.test_words_after_a_crash import begun, cut, die, gone, spooled, written
from tests.support.given_up import turn_of
from tests.support.real_models import real_model
from tests.support.speak import read_wav, speak_wav

PAUSE_S = 3.0
NEVER_BY_ITSELF = 1e9


def opus(directory: Path, text: str) -> list[bytes]:
    pcm, rate = read_wav(speak_wav(text, directory / "half.wav"))
    quiet = np.zeros(rate // 5, np.int16)
    with OpusEncoder(rate) as encoder:
        return list(encoder.encode_all(np.concatenate([quiet, pcm, quiet])))


async def test_halves_of_a_sentence_become_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.live.test_words_after_a_crash.NOW_S", time.time())
    # The service's own look would come in between wherever the weights take a second to load.
    monkeypatch.setattr("media_server.live.record_queue.EVERY_S", NEVER_BY_ITSELF)
    model = real_model(WHISPER, "base")
    first, second = opus(tmp_path, "My first job was"), opus(tmp_path, "at a bakery in the town")
    middle_s = 10.0 + 0.02 * len(first)
    begin_s = middle_s + PAUSE_S
    end_s = begin_s + 0.02 * len(second)
    halves = [
        written("1-1", 10.0, middle_s).model_copy(update={"text": "My first job was."}),
        written("1-2", begin_s, end_s).model_copy(update={"text": "At a bakery in the town."}),
    ]
    over = ev.Ended(status=Status.COMPLETED, reason="over")
    log = [*begun(), *halves, gone(1, end_s), cut(), over]
    packets = [*spooled(1, 10.0, first), *spooled(1, begin_s, second)]
    interview_id = await die(tmp_path, Status.COMPLETED, log, packets)
    stt = LocalSpeechToText(SttSettings(engine="faster-whisper", model_dir=str(model)))
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        await bench.service._record.look_at_rest()
        turn = await turn_of(bench, interview_id)
    assert turn["words_from"] == "record"
    assert turn["live_text"] == "My first job was. At a bakery in the town."
    plain = turn["text"].casefold()
    assert "first job" in plain
    assert "bakery" in plain
    assert "was." not in plain
    (bakery,) = [word for word in turn["words"] if "baker" in word["w"].casefold()]
    assert begin_s <= bakery["s"] < bakery["e"] <= end_s
    assert turn["words"][0]["s"] < middle_s
