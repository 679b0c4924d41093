"""The bot's own voice in the microphone: recognised as such, and the candidate over it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from media_server.audio.events import BargeIn, EchoHeard, SpeechStarted
from media_server.audio.opus import OpusDecoder
from media_server.audio.types import Pcm
from media_server.tts.encode import encode_clip
from media_server.tts.flite import FliteEngine
from tests.audio.echoes import Signal, echo_of, levels_of, microphone, over_the_bot, rms
from tests.support.env import missing

QUESTION = "Please tell me about a project you are proud of, and what your own part in it was."
ANSWER = "Sorry, but before that I would like to say a few words about my last place of work."
BOT_S = 0.5


class Said(NamedTuple):
    """A clip as it is sent: its sound as a client decodes it, and what the server keeps of it."""

    pcm: Pcm
    levels: bytes

    @property
    def length_s(self) -> float:
        return len(self.pcm) / 16_000


@cache
def said(text: str, voice: str) -> Said:
    if shutil.which("flite") is None:
        missing("flite")
    packets, _, levels = encode_clip([FliteEngine(voice).synthesize(text, "en")])
    with OpusDecoder() as decoder:
        return Said(np.concatenate([decoder.decode(packet) for packet in packets]), levels)


def talker(level_dbfs: float = -23.0) -> Signal:
    speech = said(ANSWER, "rms").pcm.astype(np.float64)
    return speech / rms(speech) * 32768 * 10 ** (level_dbfs / 20)


def barge_ins(events: Sequence[tuple[float, object]]) -> list[float]:
    return [at_s for at_s, event in events if isinstance(event, BargeIn)]


@pytest.mark.parametrize(
    ("level_db", "delay_s"), [(-12, 0.06), (-12, 0.45), (-20, 0.25), (-20, 0.48), (-30, 0.13)]
)
def test_a_question_is_not_stopped_by_its_echo(level_db: float, delay_s: float) -> None:
    question = said(QUESTION, "slt")
    echo = echo_of(question.pcm, level_db=level_db, seed=1)
    heard = microphone(question.length_s + 5.0, (BOT_S + delay_s, echo))
    events, receiver = over_the_bot(
        heard, bot_s=BOT_S, levels=question.levels, bot_length_s=question.length_s, jitter_s=0.02
    )
    assert barge_ins(events) == []
    assert not any(isinstance(event, SpeechStarted) for _, event in events)  # its tail
    receiver.close()


def test_an_echo_is_told_once_and_counted() -> None:
    question = said(QUESTION, "slt")
    echo = echo_of(question.pcm, level_db=-20, seed=2)
    heard = microphone(question.length_s + 2.0, (BOT_S + 0.2, echo))
    events, receiver = over_the_bot(
        heard, bot_s=BOT_S, levels=question.levels, bot_length_s=question.length_s
    )
    (found,) = [(at_s, event) for at_s, event in events if isinstance(event, EchoHeard)]
    assert BOT_S + 0.2 <= found[1].at_s < found[0] < BOT_S + 1.5
    quality = receiver.quality()
    assert quality.echoes == 1
    assert quality.echo_ms > 1000 * question.length_s / 2
    receiver.close()


def test_without_what_was_sent_an_echo_passes_for_speech() -> None:
    question = said(QUESTION, "slt")
    echo = echo_of(question.pcm, level_db=-20, seed=2)
    heard = microphone(question.length_s + 2.0, (BOT_S + 0.2, echo))
    events, receiver = over_the_bot(heard, bot_s=BOT_S, levels=b"", bot_length_s=question.length_s)
    assert barge_ins(events)
    receiver.close()


@pytest.mark.parametrize("level_db", [-12, -20, -30])
def test_the_candidate_is_heard_over_the_echo(level_db: float) -> None:
    question = said(QUESTION, "slt")
    echo = echo_of(question.pcm, level_db=level_db, seed=3)
    heard = microphone(question.length_s + 2.0, (BOT_S + 0.2, echo), (2.5, talker()))
    events, receiver = over_the_bot(
        heard, bot_s=BOT_S, levels=question.levels, bot_length_s=question.length_s
    )
    first = barge_ins(events)[0]
    assert 2.5 < first < 3.4
    receiver.close()


def test_where_nothing_comes_back_it_takes_no_longer() -> None:
    """But for speech that happens to move with the voice for 0.3 s: it is asked again."""
    question = said(QUESTION, "slt")
    later_s: list[float] = []
    for talk_s in (0.7, 0.9, 1.2, 1.8, 2.5):
        heard = microphone(question.length_s + 1.0, (talk_s, talker()))
        first_s: list[float] = []
        for levels in (b"", question.levels):
            events, receiver = over_the_bot(
                heard, bot_s=BOT_S, levels=levels, bot_length_s=question.length_s
            )
            assert not any(isinstance(event, EchoHeard) for _, event in events)
            first_s.append(barge_ins(events)[0])
            receiver.close()
        later_s.append(first_s[1] - first_s[0])
    assert sorted(later_s)[2] == 0.0
    assert max(later_s) <= 0.301


def test_the_words_of_the_question_are_no_part_of_an_answer_over_it() -> None:
    """A turn that begins with the interruption begins there, not with the echo before it."""
    question = said(QUESTION, "slt")
    echo = echo_of(question.pcm, level_db=-12, seed=4)
    heard = microphone(question.length_s + 2.0, (BOT_S + 0.2, echo), (2.5, talker()))
    events, receiver = over_the_bot(
        heard, bot_s=BOT_S, levels=question.levels, bot_length_s=question.length_s
    )
    (first, *_) = [event for _, event in events if isinstance(event, BargeIn)]
    assert first.start_s > 2.3
    receiver.close()


def test_levels_are_those_of_what_is_sent() -> None:
    question = said(QUESTION, "slt")
    assert len(question.levels) == 8 * len(question.pcm) // 320
    coarse = np.frombuffer(question.levels, np.uint8).astype(float)
    decoded = np.frombuffer(levels_of(question.pcm), np.uint8).astype(float)
    assert np.corrcoef(coarse, decoded)[0, 1] > 0.9
