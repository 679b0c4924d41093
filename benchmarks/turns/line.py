"""The line: which packets are sent, which arrive, and when."""

from __future__ import annotations

import random

from benchmarks.turns.clips import Clip
from benchmarks.turns.conditions import Transport
from benchmarks.turns.packets import FRAME_S, Encoded
from media_server.audio.types import RtpPacket

_TICKS = 960
"""Of a packet, at 48 kHz."""
_SILENT_BYTES = 2
"""An encoder in DTX says with a packet this short that it need not be sent."""
_HANGOVER_S = 0.3
Arrival = tuple[float, RtpPacket]


def arrivals(made: Encoded, line: Transport, seed: int) -> list[Arrival]:
    """What arrives of it and when. A packet is sent when its 20 ms are over."""
    rng = random.Random(seed)
    count = len(made.payloads)
    jumps = {
        rng.randrange(count // 10, count * 9 // 10): rng.getrandbits(32) for _ in range(line.jumps)
    }
    sequence, shift, silent = rng.getrandbits(16), rng.getrandbits(32), False
    out: list[Arrival] = []
    for index, payload in enumerate(made.payloads):
        shift += jumps.get(index, 0)
        was_silent, silent = silent, line.dtx and len(payload) <= _SILENT_BYTES
        if silent and was_silent:
            continue
        if not line.sends_silence and index and not _near_speech(made.clip, index * FRAME_S):
            continue
        sequence += 1
        sent_s = (index + 1) * FRAME_S
        if index and (rng.random() < line.loss or _inside(made.clip.outage, sent_s)):
            continue
        packet = RtpPacket(
            ssrc=1,
            sequence_number=sequence & 0xFFFF,
            timestamp=(shift + index * _TICKS) & 0xFFFFFFFF,
            marker=False,
            payload_type=111,
            payload=payload,
        )
        out.append((sent_s * (1 + line.drift_ppm / 1e6), packet))
    return out


def _near_speech(clip: Clip, at_s: float) -> bool:
    return any(start_s - 0.1 <= at_s < end_s + _HANGOVER_S for start_s, end_s in clip.speech)


def _inside(span: tuple[float, float] | None, at_s: float) -> bool:
    return span is not None and span[0] <= at_s < span[1]
