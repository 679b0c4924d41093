"""What a sentence said before the interview tells of the sound that arrives. Pure.

The candidate reads a sentence aloud; what was received of it is measured as a whole, when it is
over: how loud the speech is and what lies between the words, whether it is cut off at the top,
and whether somebody else speaks. The thresholds are those from which on answers are understood
worse, not those of a studio; calibrated on the recordings that `tests/audio/test_rehearsal.py`
names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from media_server.audio.gate.silero_model import (
    CHUNK,
    CONTEXT,
    GateUnavailable,
    SileroStream,
    load,
)
from media_server.audio.levels import SILENCE_DBFS
from media_server.audio.opus import OpusDecoder, OpusEncoder, OpusError
from media_server.audio.types import SAMPLE_RATE, Pcm

Finding = Literal[
    "nothing",
    "no_speech",
    "too_quiet",
    "too_loud",
    "gaps",
    "echo",
    "other_voice",
    "noise",
]
"""nothing: no sound at all. no_speech: sound, and no speech in it. too_loud: cut off at the top.
gaps: parts of it did not arrive. The rest is what it says."""

LONGEST_S = 20.0
"""What is said beyond this is not measured."""
_CHUNK_S = CHUNK / SAMPLE_RATE
_SPEECH, _VAD_MODE, _VAD_SAMPLES = 0.5, 3, 480
_AROUND_CHUNKS = 6
"""Beside speech a room still sounds: 0.2 s that are neither speech nor noise."""
_LEAST_SPEECH_S = 0.4
_LEAST_NOISE_CHUNKS = 10
_DIGITAL_SILENCE_DBFS = -90.0
"""What no microphone gives: silence that was not sent, or did not arrive."""
_NOTHING_DBFS = -55.0
_TOO_QUIET_DBFS = -42.0
_FULL = 32_500
_TOO_LOUD_SHARE = 0.002
_NOISY_DB, _NOISE_DBFS = 15.0, -60.0
_OTHER_CHUNKS = round(0.9 / _CHUNK_S)
_OTHER_SHARE = 0.6
_OTHER_BELOW_DB, _OTHER_ABOVE_DB = 12.0, 34.0
_ECHO_MS = 200
_GAPS_SHARE = 0.03

Levels: TypeAlias = "NDArray[np.float64]"
Mask: TypeAlias = "NDArray[np.bool_]"


@dataclass(frozen=True, slots=True)
class SoundHeard:
    """Levels in dBFS. `speech_dbfs` and `noise_dbfs` are means of power over their time."""

    speech_s: float = 0.0
    speech_dbfs: float = SILENCE_DBFS
    noise_dbfs: float | None = None
    """Between the words; None: there was too little of it."""
    loudest_dbfs: float = SILENCE_DBFS
    """Of 32 ms, speech or not."""
    clipped_share: float = 0.0
    """Of the samples of speech, at full scale."""
    other_s: float = 0.0
    """Of speech far below that of the candidate."""
    begins_s: float = 0.0
    """Where the speech lies within what was measured; both 0 where there was none."""
    ends_s: float = 0.0

    @property
    def above_noise_db(self) -> float | None:
        """By how much the speech stands out; None: not known."""
        return None if self.noise_dbfs is None else self.speech_dbfs - self.noise_dbfs


@dataclass(frozen=True, slots=True)
class LineHeard:
    """What the receiver counted meanwhile."""

    echo_ms: int = 0
    """Sound that was the interviewer's own voice."""
    lost_ms: int = 0
    """Time without any sound, because it did not arrive."""
    concealed_ms: int = 0


def decode(packets: Sequence[tuple[float, bytes]]) -> Pcm:
    """Opus payloads with their media time, in order, as 16 kHz samples from the first one on.

    What did not come is silence; what cannot be decoded, too. At most `LONGEST_S`.
    """
    if not packets:
        return np.zeros(0, np.int16)
    begin_s = packets[0][0]
    pcm = np.zeros(round(LONGEST_S * SAMPLE_RATE), np.int16)
    end = 0
    with OpusDecoder() as decoder:
        for at_s, payload in packets:
            try:
                sound = decoder.decode(payload)
            except OpusError:
                continue
            start = round((at_s - begin_s) * SAMPLE_RATE)
            if start < 0 or start + len(sound) > len(pcm):
                continue
            pcm[start : start + len(sound)] = sound
            end = max(end, start + len(sound))
    return pcm[:end]


def encode(pcm: Pcm) -> tuple[bytes, ...]:
    """As the packets of a clip, 20 ms each: what was heard, to be played back."""
    with OpusEncoder(SAMPLE_RATE) as encoder:
        return tuple(encoder.encode_all(pcm))


def measure(pcm: Pcm) -> SoundHeard:
    """Of what was received while the candidate was asked to speak. Takes some 50 ms for 10 s."""
    chunks = pcm[: min(len(pcm) // CHUNK, round(LONGEST_S / _CHUNK_S)) * CHUNK].reshape(-1, CHUNK)
    if not len(chunks):
        return SoundHeard()
    power = np.mean(np.square(chunks.astype(np.float64)), axis=1) / 32768.0**2
    speech = _speech(chunks)
    loudest = _dbfs(float(power.max()))
    if np.count_nonzero(speech) * _CHUNK_S < _LEAST_SPEECH_S:
        return SoundHeard(loudest_dbfs=loudest, noise_dbfs=_noise(power, speech))
    band = _band_levels(chunks)
    other = _other(band, speech)
    mine = speech & ~other
    clipped = np.count_nonzero(np.abs(chunks[mine].astype(np.int32)) >= _FULL)
    at = np.flatnonzero(mine)
    return SoundHeard(
        speech_s=float(np.count_nonzero(mine) * _CHUNK_S),
        speech_dbfs=_dbfs(float(power[mine].mean())),
        noise_dbfs=_noise(power, speech),
        loudest_dbfs=loudest,
        clipped_share=clipped / (np.count_nonzero(mine) * CHUNK),
        other_s=float(np.count_nonzero(other) * _CHUNK_S),
        begins_s=float(at[0] * _CHUNK_S),
        ends_s=float((at[-1] + 1) * _CHUNK_S),
    )


def findings(sound: SoundHeard, line: LineHeard) -> tuple[Finding, ...]:
    """What is wrong, what matters most first; empty: all is well."""
    echo: tuple[Finding, ...] = ("echo",) if line.echo_ms >= _ECHO_MS else ()
    if sound.speech_s < _LEAST_SPEECH_S:
        return ("nothing" if sound.loudest_dbfs < _NOTHING_DBFS else "no_speech", *echo)
    found: list[Finding] = []
    if sound.speech_dbfs < _TOO_QUIET_DBFS:
        found.append("too_quiet")
    if sound.clipped_share > _TOO_LOUD_SHARE:
        found.append("too_loud")
    missing_s = (line.lost_ms + line.concealed_ms) / 1000
    if missing_s > _GAPS_SHARE * max(1.0, sound.ends_s - sound.begins_s):
        found.append("gaps")
    found += echo
    if sound.other_s > 0:
        found.append("other_voice")
    elif _is_noisy(sound):
        found.append("noise")
    return tuple(found)


def _is_noisy(sound: SoundHeard) -> bool:
    above_db = sound.above_noise_db
    if above_db is None or sound.noise_dbfs is None:
        return False
    return above_db < _NOISY_DB and sound.noise_dbfs > _NOISE_DBFS


def _speech(chunks: Pcm) -> Mask:
    """Which chunks are speech of anybody."""
    flat = np.concatenate([np.zeros(CONTEXT, np.int16), chunks.reshape(-1)])
    try:
        stream = SileroStream(load().for_another_thread())
        likely: list[float] = []
        for begin in range(0, len(chunks), 32):
            end = min(len(chunks), begin + 32)
            part = flat[begin * CHUNK : end * CHUNK + CONTEXT]
            likely += stream.likelihoods(part.astype(np.int16).tobytes())
        return np.asarray(likely) >= _SPEECH
    except GateUnavailable:
        is_speech = webrtcvad.Vad(_VAD_MODE).is_speech
        return np.asarray(
            [is_speech(chunk[:_VAD_SAMPLES].tobytes(), SAMPLE_RATE) for chunk in chunks]
        )


def _band_levels(chunks: Pcm) -> Levels:
    """dBFS of each chunk in the speech band: the comb of `levels.SpeechBand`."""
    samples = chunks.astype(np.float64) / 32768.0
    comb = samples[:, 4:] - samples[:, :-4]
    return np.asarray(10 * np.log10(np.mean(np.square(comb), axis=1) + 1e-10))


def _other(band: Levels, speech: Mask) -> Mask:
    """Speech for most of a second of which nothing comes near the level of the loudest talker."""
    other = np.zeros(len(speech), np.bool_)
    loud_dbfs = float(np.percentile(band[speech], 90))
    far = band < loud_dbfs - _OTHER_BELOW_DB
    audible = speech & (band > loud_dbfs - _OTHER_ABOVE_DB)
    for begin in range(len(speech) - _OTHER_CHUNKS + 1):
        part = slice(begin, begin + _OTHER_CHUNKS)
        if far[part].all() and np.count_nonzero(audible[part]) >= _OTHER_SHARE * _OTHER_CHUNKS:
            other[part] |= speech[part]
    return other


def _noise(power: Levels, speech: Mask) -> float | None:
    """The middle of what lies away from speech."""
    around = np.convolve(speech, np.ones(2 * _AROUND_CHUNKS + 1))
    near = around[_AROUND_CHUNKS : _AROUND_CHUNKS + len(speech)] > 0
    rest = power[~near & (power > 10 ** (_DIGITAL_SILENCE_DBFS / 10))]
    return _dbfs(float(np.median(rest))) if len(rest) >= _LEAST_NOISE_CHUNKS else None


def _dbfs(power: float) -> float:
    return max(SILENCE_DBFS, float(10 * np.log10(power + 1e-12)))
