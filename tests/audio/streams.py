"""Streams of real Opus packets for the tests of this room.

`voice` is a synthetic talker (harmonics of a pitch that moves, formants that glide from vowel to
vowel, syllables at 4 Hz): every gate takes it for speech, so these tests run without recordings.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from media_server.audio.opus import OpusEncoder
from media_server.audio.receiver import AudioReceiver, ReceiverEvent
from media_server.audio.types import SAMPLE_RATE, Pcm, RtpPacket

SSRC = 0x1234


def room(seconds: float, seed: int = 3) -> Pcm:
    """A quiet room, about -72 dBFS."""
    noise = np.random.default_rng(seed).normal(0, 8, round(seconds * SAMPLE_RATE))
    return noise.astype(np.int16)


_VOWELS = np.array(
    ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
)
_SYLLABLES_PER_S = 4


def voice(seconds: float, seed: int = 0, peak: float = 12_000) -> Pcm:
    count = round(seconds * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    syllable, within = np.divmod(time * _SYLLABLES_PER_S, 1)
    order = np.random.default_rng(8).integers(0, len(_VOWELS), round(seconds * 4) + 3)
    glide = np.clip((within - 0.5) * 4, 0, 1)[:, None]
    here, there = _VOWELS[order[syllable.astype(int)]], _VOWELS[order[syllable.astype(int) + 1]]
    formants = here * (1 - glide) + there * glide
    pitch = 120 * (1 + 0.12 * np.sin(4.4 * time) + 0.04 * np.sin(14.5 * time))
    phase = np.cumsum(2 * np.pi * pitch / SAMPLE_RATE)
    sound = np.zeros(count)
    for harmonic in range(1, 32):
        hertz = harmonic * pitch
        weight = sum(
            gain / (1 + ((hertz - formants[:, index]) / width) ** 2)
            for index, (width, gain) in enumerate(((90, 1.0), (110, 0.5), (160, 0.25)))
        )
        sound += weight * np.sin(harmonic * phase) * (hertz < 7600)
    sound *= 0.6 + 0.4 * np.sin(2 * np.pi * _SYLLABLES_PER_S * time)
    sound *= peak / max(1e-9, float(np.abs(sound).max()))
    return (sound + np.random.default_rng(seed).normal(0, 20, count)).astype(np.int16)


def join(*parts: Pcm) -> Pcm:
    return np.concatenate(parts)


def encode(pcm: Pcm, frame_ms: int = 20, *, channels: int = 1, dtx: bool = False) -> list[bytes]:
    # At 9 it takes three times as long. With DTX it also decides what is silence, as in a browser.
    with OpusEncoder(SAMPLE_RATE, channels, dtx=dtx, complexity=9 if dtx else 0) as encoder:
        return encoder.encode_all(pcm, frame_ms)


@cache
def spoken(seconds: float = 2.0, lead_s: float = 1.0, tail_s: float = 4.0) -> tuple[bytes, ...]:
    """20 ms packets: a quiet room, speech, the quiet room again."""
    return tuple(encode(join(room(lead_s), voice(seconds), room(tail_s))))


def rtp(
    payloads: Iterable[bytes],
    *,
    ssrc: int = SSRC,
    sequence: int = 0,
    timestamp: int = 0,
    step: int = 960,
) -> list[RtpPacket]:
    """Consecutive packets, wrapping as RTP wraps."""
    return [
        RtpPacket(
            ssrc=ssrc,
            sequence_number=(sequence + index) & 0xFFFF,
            timestamp=(timestamp + index * step) & 0xFFFFFFFF,
            marker=index == 0,
            payload_type=111,
            payload=payload,
        )
        for index, payload in enumerate(payloads)
    ]


def drive(
    receiver: AudioReceiver,
    arrivals: Iterable[tuple[float, RtpPacket]],
    *,
    tick_s: float | None = None,
) -> list[ReceiverEvent]:
    """Deliver (arrival_s, packet) pairs, firing the receiver's timer between them."""
    events: list[ReceiverEvent] = []
    now_s = 0.0
    for arrival_s, packet in arrivals:
        fire(receiver, events, arrival_s)
        now_s = arrival_s
        events += receiver.receive(packet, arrival_s)
    fire(receiver, events, now_s + (tick_s or 1.0))
    return events


def fire(receiver: AudioReceiver, events: list[ReceiverEvent], until_s: float) -> None:
    for _ in range(1000):
        deadline = receiver.deadline()
        if deadline is None or deadline > until_s:
            return
        events += receiver.handle_timer(deadline)
    raise AssertionError("the timer never comes to rest")


def on_time(packets: Iterable[RtpPacket], step_s: float = 0.02) -> list[tuple[float, RtpPacket]]:
    return [(index * step_s, packet) for index, packet in enumerate(packets)]
