"""The speech gate: what it hears, what it keeps out, and that a talker who falls silent ends.

The talker is `streams.voice`, the room is noise and other voices made of the same sound, softer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.events import ReceiverSettings, TurnEnded
from media_server.audio.gate import factory, silero_model
from media_server.audio.gate.policy import SpeechGate
from media_server.audio.gate.silero import SileroGate
from media_server.audio.gate.silero_model import GateUnavailable, SileroNetwork
from media_server.audio.gate.webrtc import WebrtcGate
from media_server.audio.ring import FRAME_BYTES, FRAME_MS, SILENT_FRAME, Origin
from media_server.audio.turns import TurnDetector
from media_server.audio.types import SAMPLE_RATE, Pcm
from tests.audio.streams import join, room, voice
from tests.support.examples import examples

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "turns"


def judge(pcm: Pcm, gate: SpeechGate | None = None) -> list[bool]:
    gate = gate or factory.make_gate("silero")
    data = pcm.tobytes()
    return [
        gate.judge(data[at : at + FRAME_BYTES], Origin.RECEIVED)
        for at in range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES)
    ]


def ended_s(speech: list[bool]) -> float | None:
    turn = TurnDetector(ReceiverSettings(silence_ms=1500, min_turn_ms=0))
    turn.start(1, 0)
    for index, is_speech in enumerate(speech):
        for event in turn.frame((index + 1) * FRAME_MS, is_speech, True):
            if isinstance(event, TurnEnded):
                return (index + 1) * FRAME_MS / 1000
    return None


def softer(pcm: Pcm, by_db: float) -> Pcm:
    return (pcm * 10 ** (-by_db / 20)).astype(np.int16)


@cache
def somebody_else() -> Pcm:
    return voice(15, seed=6)


class Failing:
    """A network that cannot say."""

    def beginning(self) -> Any:
        return None

    def for_another_thread(self) -> SileroNetwork:
        return self

    def run(self, pcm: bytes, state: Any) -> Any:
        raise RuntimeError("no answer")


class Nonsense:
    """A network whose weights have gone bad."""

    def beginning(self) -> Any:
        return None

    def for_another_thread(self) -> SileroNetwork:
        return self

    def run(self, pcm: bytes, state: Any) -> Any:
        return [float("nan")], state


def test_the_default_is_silero() -> None:
    assert factory.problem_of("silero") == ""
    assert isinstance(factory.make_gate(ReceiverSettings().gate), SileroGate)
    assert isinstance(factory.make_gate("webrtc"), WebrtcGate)


def test_speech_is_found_soon_and_its_end_too() -> None:
    speech = judge(join(room(1), voice(2), room(2)))
    first, last = speech.index(True), len(speech) - speech[::-1].index(True)
    assert 50 <= first <= 64
    assert 148 <= last <= 162
    assert sum(speech[first:last]) > 0.95 * (last - first)


def test_a_word_20_db_softer_than_before_is_heard() -> None:
    soft = softer(voice(0.4), 20)
    talk = join(voice(3), room(3), soft, room(1))
    assert any(judge(talk)[300:])
    assert not any(judge(talk, WebrtcGate())[315:])


def test_a_soft_end_of_a_sentence_is_part_of_it() -> None:
    pcm = voice(4).astype(float)
    pcm[-SAMPLE_RATE:] *= 10 ** (-12 / 20)
    speech = judge(join(pcm.astype(np.int16), room(2)))
    assert sum(speech[155:200]) > 40


@pytest.mark.parametrize("kind", ["knocks", "hiss", "keys"])
def test_what_is_no_speech_opens_nothing(kind: str) -> None:
    rng = np.random.default_rng(4)
    sound = np.zeros(10 * SAMPLE_RATE)
    time = np.arange(3200) / SAMPLE_RATE
    for at in range(8000, len(sound) - 3200, 6000):
        if kind == "knocks":
            burst = np.sin(2 * np.pi * 130 * time) * np.exp(-time / 0.03) * 6000
        elif kind == "keys":
            burst = rng.normal(0, 4000, 3200) * np.exp(-time / 0.006)
        else:
            burst = rng.normal(0, 300, 3200) * np.sin(np.pi * time / 0.2)
        sound[at : at + 3200] += burst
    gate = factory.make_gate("silero")
    assert not any(judge((sound + room(10)).astype(np.int16), gate))


@pytest.mark.parametrize("by_db", [10, 15])
def test_who_has_become_softer_since_the_last_turn_is_heard(by_db: float) -> None:
    gate = factory.make_gate("silero")
    judge(join(voice(6, seed=2), room(2)), gate)
    gate.bot_speaking(True)
    judge(room(3), gate)
    gate.bot_speaking(False)
    heard = judge(softer(voice(12, seed=3), by_db), gate)
    assert sum(heard[-300:]) > 200


def test_another_voice_that_goes_on_does_not_hold_the_turn() -> None:
    """14 dB below, it is first taken for the talker's own soft words, then for what it is."""
    talk = join(voice(3), room(12)).astype(float)
    talk += softer(voice(15, seed=5), 14)
    mixed = np.clip(talk, -32768, 32767).astype(np.int16)
    end_s = ended_s(judge(mixed))
    assert end_s is not None
    assert end_s < 3 + 1.5 + 4


@settings(max_examples=examples(6), deadline=None, derandomize=True)
@given(
    below_db=st.floats(13, 45),
    level_db=st.floats(0, 14),
    kind=st.sampled_from(("voice", "noise", "nothing")),
    seconds=st.floats(0.6, 4),
)
def test_the_turn_of_a_talker_who_falls_silent_ends(
    below_db: float, level_db: float, kind: str, seconds: float
) -> None:
    """Whatever goes on behind, and however loud he was."""
    talk = join(room(0.5), softer(voice(seconds), level_db), room(10)).astype(float)
    if kind == "voice":
        talk += softer(somebody_else()[: len(talk)], below_db + level_db)
    elif kind == "noise":
        rng = np.random.default_rng(7)
        talk += rng.normal(0, 4000 * 10 ** (-(below_db + level_db) / 20), len(talk))
    end_s = ended_s(judge(np.clip(talk, -32768, 32767).astype(np.int16)))
    assert end_s is not None
    assert end_s > 0.5 + seconds


def test_what_was_lost_is_neither_speech_nor_learnt() -> None:
    gate = factory.make_gate("silero")
    judge(voice(1), gate)
    peak = gate.peak_dbfs
    for origin in (Origin.LOST, Origin.CONCEALED, Origin.DTX):
        for _ in range(10):
            speech = gate.judge(SILENT_FRAME, origin)
    assert not speech
    assert gate.peak_dbfs == peak


def test_no_level_is_learnt_from_what_comes_back_of_the_bot() -> None:
    gate = factory.make_gate("silero")
    before = gate.peak_dbfs
    gate.bot_speaking(True)
    judge(voice(2), gate)
    assert gate.peak_dbfs == before
    gate.bot_speaking(False)
    judge(voice(2), gate)
    assert gate.peak_dbfs > before + 10


@pytest.mark.parametrize("network", [Failing(), Nonsense()])
def test_a_network_that_fails_leaves_it_to_webrtcvad(network: SileroNetwork) -> None:
    gate = SileroGate(network)
    speech = judge(join(room(1), voice(2), room(3)), gate)
    assert sum(speech[50:150]) > 70
    assert not any(speech[170:])
    assert gate.counts.failed > 0


def test_where_the_network_cannot_be_had_webrtc_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> None:
        raise GateUnavailable("silero_vad_v6.onnx was not found: install faster-whisper")

    monkeypatch.setattr(silero_model, "_loaded", None)
    monkeypatch.setattr(silero_model, "_find", nowhere)
    assert "install faster-whisper" in factory.problem_of("silero")
    assert isinstance(factory.make_gate("silero"), WebrtcGate)


def test_what_is_kept_out_is_counted_by_its_reason() -> None:
    gate = factory.make_gate("silero")
    judge(join(voice(3), room(1)), gate)
    far = gate.counts.far
    judge(softer(voice(3), 42), gate)
    assert gate.counts.far > far
    assert gate.counts.failed == 0


def test_a_first_word_among_other_voices_ends() -> None:
    """The clip of a fault: "Yes." with babble 20 dB below, for 90 s."""
    path = CASES / "yes_babble20.wav"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    with wave.open(str(path)) as file:
        pcm = np.frombuffer(file.readframes(20 * SAMPLE_RATE), np.int16)
    end_s = ended_s(judge(pcm))
    assert end_s is not None
    assert end_s < 10


@pytest.mark.parametrize("module", ["media_server.supervisor", "media_server.live.assembly"])
def test_who_takes_no_calls_loads_no_network(module: str) -> None:
    code = f"import sys, {module}; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_a_server_gives_numpy_one_thread_before_it_loads_it() -> None:
    code = (
        "import os, sys; from media_server import cli; cli.main(['serve', '--config', 'none.toml'])"
        "; sys.exit('numpy' in sys.modules or os.environ['OPENBLAS_NUM_THREADS'] != '1')"
    )
    environ = {name: value for name, value in os.environ.items() if "OPENBLAS" not in name}
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, env=environ, check=False, timeout=60).returncode == 0
