"""How loud a recording is, step by step, and where nothing of it arrived. Pure, for one process of
its own: an hour takes some seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from media_server.audio.ogg import OggError, is_filler, read_ogg_opus
from media_server.audio.opus import OpusDecoder, OpusError
from media_server.audio.opus_packet import packet_samples
from media_server.audio.types import RTP_CLOCK_RATE

STEP_S = 0.05
FLOOR_DBFS = -60.0
"""What is quieter counts as silence."""
_RATE = 8_000
"""Enough for loudness, and half the samples."""
_STEP = round(STEP_S * _RATE)
_BLOCK_STEPS = 200
"""10 s at a time: an array for each packet would take most of the time."""
_LEAST_GAP_S = 0.02


@dataclass(frozen=True, slots=True)
class Loudness:
    """Of one file."""

    levels: bytes
    """One a step, from media time 0 on: 0 silence, 255 full scale, by decibels in between."""
    gaps: tuple[tuple[float, float], ...]
    """From, to (s): of what lies there no packet came."""
    damaged: bool = False
    """It cannot be read, so nothing is known of it."""


def loudness_of(data: bytes) -> Loudness:
    """Of an Ogg Opus file. A last page that is cut off is left out."""
    try:
        packets = read_ogg_opus(data).packets
    except OggError:
        return Loudness(b"", (), damaged=True)
    return Loudness(b"".join(_levels(packets)), tuple(_gaps(packets)))


def _levels(packets: Sequence[tuple[int, bytes]]) -> Iterator[bytes]:
    waiting = bytearray()
    written = 0
    with OpusDecoder(_RATE) as decoder:
        for position, payload in packets:
            at = position * _RATE // RTP_CLOCK_RATE
            if at > written:
                waiting += bytes(2 * (at - written))
                written = at
            pcm = _decoded(decoder, payload)
            waiting += pcm
            written += len(pcm) // 2
            while len(waiting) >= 2 * _STEP * _BLOCK_STEPS:
                yield _measured(bytes(waiting[: 2 * _STEP * _BLOCK_STEPS]))
                del waiting[: 2 * _STEP * _BLOCK_STEPS]
    whole = len(waiting) // (2 * _STEP) * 2 * _STEP
    yield _measured(bytes(waiting[:whole]))


def _decoded(decoder: OpusDecoder, payload: bytes) -> bytes:
    """Silence for what stands for a gap, or cannot be decoded."""
    if not is_filler(payload):
        try:
            return decoder.decode_bytes(payload)
        except OpusError:
            pass
    return bytes(2 * ((packet_samples(payload) or 0) * _RATE // RTP_CLOCK_RATE))


def _measured(pcm: bytes) -> bytes:
    """Of each step its mean power."""
    if not pcm:
        return b""
    steps = np.frombuffer(pcm, np.int16).reshape(-1, _STEP).astype(np.float32)
    rms = np.sqrt(np.mean(steps * steps, axis=1)) / 32_768
    dbfs = 20 * np.log10(np.maximum(rms, 1e-9))
    scaled = (dbfs - FLOOR_DBFS) / -FLOOR_DBFS * 255
    return bytes(np.clip(np.round(scaled), 0, 255).astype(np.uint8))


def _gaps(packets: Sequence[tuple[int, bytes]]) -> Iterator[tuple[float, float]]:
    start: int | None = None
    end = 0
    for position, payload in packets:
        if is_filler(payload):
            start = position if start is None else start
            end = position + (packet_samples(payload) or 0)
        elif start is not None:
            yield from _gap(start, end)
            start = None
    if start is not None:
        yield from _gap(start, end)


def _gap(start: int, end: int) -> Iterator[tuple[float, float]]:
    if (end - start) / RTP_CLOCK_RATE >= _LEAST_GAP_S:
        yield round(start / RTP_CLOCK_RATE, 4), round(end / RTP_CLOCK_RATE, 4)


# --- of several, on one timeline ------------------------------------------------------------------


def step_for(duration_s: float, most: int) -> float:
    """A whole number of `STEP_S`, so that at most `most` of them are that long."""
    return STEP_S * max(1, math.ceil(duration_s / STEP_S / most))


def laid(
    pieces: Sequence[tuple[float, bytes]], duration_s: float, step_s: float
) -> tuple[int, ...]:
    """(start_s, levels) of each piece, over a timeline: of each step the loudest."""
    count = math.ceil(duration_s / STEP_S)
    line = np.zeros(count, np.uint8)
    for start_s, levels in pieces:
        at = round(start_s / STEP_S)
        part = np.frombuffer(levels, np.uint8)[max(0, -at) : max(0, count - at)]
        target = line[max(0, at) : max(0, at) + len(part)]
        np.maximum(target, part, out=target)
    per_step = round(step_s / STEP_S)
    padded = np.zeros(math.ceil(count / per_step) * per_step, np.uint8)
    padded[:count] = line
    loudest: list[int] = padded.reshape(-1, per_step).max(axis=1).tolist() if count else []
    return tuple(loudest)
