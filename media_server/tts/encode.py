"""Raw speech to Opus packets: trimmed, one loudness, sentences on packet boundaries. Pure.

The same samples give the same bytes. Opus is given 24 kHz (16 kHz where the engine makes no more):
no engine here has anything above 12 kHz, and at 28 kb/s the codec stays in the modes that carry
in-band FEC.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from media_server.audio.band_levels import band_levels, pack_levels
from media_server.audio.opus import OpusEncoder
from media_server.audio.types import PACKET_MS, Pcm
from media_server.ports import RawSpeech
from media_server.tts.steps import StepsWith, finish

ENCODER_VERSION = "4"
"""Part of the cache's key: raise it with every change that alters packets, sentence starts or
levels."""
BITRATE = 28_000
COMPLEXITY = 6
"""Of 10. From 7 on the encoder takes twice the time, which a question spoken at once waits for."""
TARGET_RMS_DBFS = -20.0
PEAK_LIMIT_DBFS = -1.5
LEAD_IN_MS = 40
TAIL_MS = 100
SENTENCE_PAUSE_MS = 240
MAX_CLIP_S = 600
_SILENCE_BELOW_PEAK_DB = 46.0
_BLOCK_MS = 5
_FIRST_PACKETS = 10
"""What is encoded before any of it is heard: 0.2 s of sound, some milliseconds of work."""
_STEP_PACKETS = 50
"""1 s of sound: about 20 ms of work."""

Signal = NDArray[np.float32]


class Encoded(NamedTuple):
    packets: list[bytes]
    """20 ms each."""
    starts_s: list[float]
    """Of each sentence."""
    levels: bytes
    """See `SpeechClip.levels`."""


class Piece(NamedTuple):
    """Of a clip that is being encoded."""

    at: int
    packets: list[bytes]
    total: int
    """Packets of the whole clip."""
    starts_s: list[float]
    levels: bytes
    """Of the whole clip, in its first piece; empty in the others."""


def encode_clip(sentences: Sequence[RawSpeech], gain_db: float = 0.0) -> Encoded:
    """Packets, sentence starts and levels. Raises ValueError for silence. `gain_db`: on top of the
    loudness that all clips have; peaks stay below the limit.

    Each sentence starts on a packet, so that playing can resume there without a click.
    """
    return finish(encode_in_steps(sentences, gain_db))


def encode_in_steps(
    sentences: Sequence[RawSpeech], gain_db: float = 0.0
) -> StepsWith[Piece, Encoded]:
    """As `encode_clip`, with the same bytes. Yields all pieces but the last one: that is heard with
    the result."""
    if not sentences:
        raise ValueError("the engine made no sound")
    rate = 16_000 if all(part.sample_rate <= 16_000 for part in sentences) else 24_000
    voiced = [_trim(_resample(_signal(part), part.sample_rate, rate), rate) for part in sentences]
    packet = rate * PACKET_MS // 1000
    pieces: list[Signal] = [_silence(rate, LEAD_IN_MS)]
    starts: list[float] = []
    length = pieces[0].size
    for index, part in enumerate(voiced):
        if index:
            gap = rate * SENTENCE_PAUSE_MS // 1000
            gap += -(length + gap) % packet
            pieces.append(np.zeros(gap, np.float32))
            length += gap
        starts.append(length / rate)
        pieces.append(part)
        length += part.size
    pieces.append(_silence(rate, TAIL_MS))
    if length > MAX_CLIP_S * rate:
        raise ValueError(f"the text takes more than {MAX_CLIP_S} s to say")
    levelled = _limit(_normalise(np.concatenate(pieces), rate, gain_db), rate)
    pcm = np.rint(levelled * 32_767).astype(np.int16)
    with OpusEncoder(rate, bitrate=BITRATE, complexity=COMPLEXITY) as encoder:
        packets: list[bytes] = []
        pcm = np.pad(pcm, (0, -len(pcm) % packet))
        levels = pack_levels(band_levels(pcm, rate))
        total = len(pcm) // packet
        while True:
            at = len(packets)
            until = at + (_STEP_PACKETS if at else _FIRST_PACKETS)
            packets += encoder.encode_all(pcm[at * packet : until * packet], PACKET_MS)
            if until >= total:
                return Encoded(packets, starts, levels)
            yield Piece(at, packets[at:], total, starts, b"" if at else levels)


def _signal(raw: RawSpeech) -> Signal:
    return np.asarray(raw.samples, np.float32) / np.float32(32_768)


def _silence(rate: int, duration_ms: int) -> Signal:
    return np.zeros(rate * duration_ms // 1000, np.float32)


def _resample(signal: Signal, rate_from: int, rate_to: int) -> Signal:
    """Band-limited through the spectrum of the whole sentence, padded so that nothing wraps."""
    if rate_from == rate_to or not signal.size:
        return signal
    divisor = gcd(rate_from, rate_to)
    up, down = rate_to // divisor, rate_from // divisor
    padded = signal.size + rate_from // 20
    padded += -padded % down
    spectrum = np.fft.rfft(signal.astype(np.float64), padded)
    length = padded // down * up
    resized = np.zeros(length // 2 + 1, np.complex128)
    kept = min(spectrum.size, resized.size)
    resized[:kept] = spectrum[:kept]
    result = np.fft.irfft(resized, length) * (length / padded)
    return result[: -(-signal.size * up // down)].astype(np.float32)


def _trim(signal: Signal, rate: int) -> Signal:
    """Without the engine's own silence: 15 ms stay before the sound, 40 ms after it."""
    peak = float(np.max(np.abs(signal), initial=0.0))
    if peak < 1e-4:
        raise ValueError("the engine made no sound")
    loud = np.flatnonzero(np.abs(signal) > peak * 10 ** (-_SILENCE_BELOW_PEAK_DB / 20))
    begin = max(0, int(loud[0]) - rate * 15 // 1000)
    end = min(signal.size, int(loud[-1]) + rate * 40 // 1000)
    fade = min(rate * 5 // 1000, (end - begin) // 2)
    cut = signal[begin:end].copy()
    if fade:
        ramp = np.linspace(0, 1, fade, dtype=np.float32)
        cut[:fade] *= ramp
        cut[-fade:] *= ramp[::-1]
    return cut


def _normalise(signal: Signal, rate: int, gain_db: float) -> Signal:
    """To one RMS over the blocks that hold speech: pauses do not make a slow text louder."""
    step = rate * PACKET_MS // 1000
    blocks = signal[: signal.size // step * step].reshape(-1, step)
    power = np.mean(np.square(blocks, dtype=np.float64), axis=1)
    speech = power[power > np.max(power, initial=0.0) * 1e-3]
    if not speech.size:
        return signal
    gain = 10 ** ((TARGET_RMS_DBFS + gain_db) / 20) / float(np.sqrt(np.mean(speech)))
    return signal * np.float32(gain)


def _limit(signal: Signal, rate: int) -> Signal:
    """Look-ahead limiter: the gain of a 5 ms block reaches over its neighbours, without steps."""
    step = rate * _BLOCK_MS // 1000
    padded = np.zeros(-(-signal.size // step) * step, np.float32)
    padded[: signal.size] = signal
    ceiling = 10 ** (PEAK_LIMIT_DBFS / 20)
    peaks = np.max(np.abs(padded.reshape(-1, step)), axis=1)
    gains = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    wide = np.concatenate((gains[:1], gains, gains[-1:]))
    reach = np.minimum(np.minimum(wide[:-2], wide[1:-1]), wide[2:])
    centres = (np.arange(reach.size) + 0.5) * step
    smooth = np.interp(np.arange(padded.size) + 0.5, centres, reach)
    return np.asarray((padded * smooth)[: signal.size], np.float32)


def pcm_of(data: bytes) -> Pcm:
    """Native-endian s16 bytes as samples."""
    return np.frombuffer(data, np.int16)
