"""Several recordings as one Ogg Opus file: mixed, joined or cut. Pure, for a process of its own.

Joining and cutting copy packets as they are. Mixing decodes and encodes again, a second at a time,
so that its memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from media_server.audio.ogg import OggOpusWriter, is_filler, read_ogg_opus
from media_server.audio.opus import OpusDecoder, OpusEncoder, OpusError
from media_server.audio.opus_packet import packet_samples
from media_server.audio.types import PACKET_MS, RTP_CLOCK_RATE, SAMPLE_RATE, Pcm

BITRATE = 28_000
COMPLEXITY = 4
"""Half the work of 9; nobody has heard the difference at this bitrate."""
PRE_ROLL_S = 0.08
"""What a decoder needs to be right again after a jump (RFC 7845 §4.6)."""
BETWEEN_S = 0.5
"""Silence between two stretches that were cut out."""
_FRAME = SAMPLE_RATE * PACKET_MS // 1000
_PER_SAMPLE = RTP_CLOCK_RATE // SAMPLE_RATE
_CONCEALED = 4
"""Packets of a gap that the decoder may fill; longer it would invent."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A recording on the timeline of what is made of it."""

    data: bytes
    """Ogg Opus."""
    start_s: float
    """Where it begins to be heard."""
    from_s: float = 0.0
    """What is heard then, of its own time."""
    to_s: float = float("inf")
    """Where it stops being heard, of its own time."""


class _Track:
    """Decodes one voice as it is needed: `add_to` is called with stretches that never go back."""

    def __init__(self, voice: Voice) -> None:
        stream = read_ogg_opus(voice.data)
        self._packets = iter(stream.packets)
        self._shift = round((voice.start_s - voice.from_s) * SAMPLE_RATE)
        self._begin = round(voice.start_s * SAMPLE_RATE)
        length_s = max(0.0, voice.to_s - voice.from_s)
        self._end = self._begin + round(min(length_s, 1e6) * SAMPLE_RATE)
        self._decoder = OpusDecoder(SAMPLE_RATE)
        self._parts: list[tuple[int, Pcm]] = []
        self._decoded_until = self._shift
        self._fillers = 0
        self._over = False

    def add_to(self, mix: np.ndarray[tuple[int], np.dtype[np.int32]], start: int) -> None:
        """`mix`: int32, shape (samples,), which begins at sample `start` of the timeline."""
        end = start + len(mix)
        if end <= self._begin or start >= self._end:
            return
        while self._decoded_until < end and not self._over:
            self._decode_one()
        for at, pcm in self._parts:
            low, high = max(at, start, self._begin), min(at + len(pcm), end, self._end)
            if low < high:
                mix[low - start : high - start] += pcm[low - at : high - at]
        self._parts = [(at, pcm) for at, pcm in self._parts if at + len(pcm) > end]

    def close(self) -> None:
        self._decoder.close()

    def _decode_one(self) -> None:
        found = next(self._packets, None)
        if found is None:
            self._over = True
            return
        position, payload = found
        at = position // _PER_SAMPLE + self._shift
        pcm = self._pcm(payload)
        self._decoded_until = at + len(pcm)
        if self._decoded_until > self._begin:
            self._parts.append((at, pcm))

    def _pcm(self, payload: bytes) -> Pcm:
        self._fillers = self._fillers + 1 if is_filler(payload) else 0
        if self._fillers <= _CONCEALED:
            try:
                return self._decoder.decode(payload)
            except OpusError:
                pass
        return np.zeros((packet_samples(payload) or 0) // _PER_SAMPLE, np.int16)


def mixed(voices: Sequence[Voice], duration_s: float) -> Iterator[bytes]:
    """All of them at once, as Ogg Opus, some pages at a time. Raises OggError for a voice that
    cannot be read.

    What an encoder delays is taken from the beginning (6.5 ms), so that a position in the file is a
    position on the timeline and players that ignore a pre-skip are right as well.
    """
    tracks = [_Track(voice) for voice in voices]
    encoder = OpusEncoder(SAMPLE_RATE, bitrate=BITRATE, fec=False, complexity=COMPLEXITY)
    writer = OggOpusWriter(serial=1)
    try:
        yield writer.header()
        begin, end = encoder.lookahead_samples, round(duration_s * SAMPLE_RATE)
        for start in range(0, end, SAMPLE_RATE):
            mix = np.zeros(min(SAMPLE_RATE, -(-(end - start) // _FRAME) * _FRAME), np.int32)
            for track in tracks:
                track.add_to(mix, start + begin)
            pcm = np.clip(mix, -32_768, 32_767).astype(np.int16)
            pages = [
                writer.add((start + at) / SAMPLE_RATE, encoder.encode(pcm[at : at + _FRAME]))
                for at in range(0, len(pcm), _FRAME)
            ]
            yield b"".join(pages)
        yield writer.finish()
    finally:
        encoder.close()
        for track in tracks:
            track.close()


def joined(voices: Sequence[Voice]) -> Iterator[bytes]:
    """One after another, packets as they are, silence between. Raises OggError."""
    writer = OggOpusWriter(serial=1)
    yield writer.header()
    for voice in voices:
        yield b"".join(_copied(writer, voice, voice.start_s))
    yield writer.finish()


def cut(stretches: Sequence[Voice]) -> Iterator[bytes]:
    """From `from_s` to `to_s` of each, close behind one another. Raises OggError."""
    writer = OggOpusWriter(serial=1)
    yield writer.header()
    at_s = 0.0
    for stretch in stretches:
        yield b"".join(_copied(writer, stretch, at_s))
        at_s = writer.position_s + BETWEEN_S
    yield writer.finish()


def _copied(writer: OggOpusWriter, voice: Voice, at_s: float) -> Iterable[bytes]:
    """Packets of the voice, from `PRE_ROLL_S` before its beginning where it does not begin at 0."""
    from_s = max(0.0, voice.from_s - PRE_ROLL_S)
    for position, payload in read_ogg_opus(voice.data).packets:
        media_s = position / RTP_CLOCK_RATE
        if from_s <= media_s < voice.to_s and not is_filler(payload):
            yield writer.add(at_s + media_s - from_s, payload)
