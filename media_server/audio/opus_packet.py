"""What the bytes of an Opus packet say without decoding them (RFC 6716 §3).

Pure parsing of the table-of-contents byte and the frame lengths, so that the jitter buffer and
the Ogg writer need no codec library.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_PACKET_SAMPLES = 5760
"""120 ms at 48 kHz: the longest packet the format allows (RFC 6716 §3.2.5, R5)."""
MAX_FRAME_BYTES = 1275

_SILK_SAMPLES = (480, 960, 1920, 2880)
_FRAME_SAMPLES = tuple(
    _SILK_SAMPLES[config & 3]
    if config < 12
    else (480, 960)[config & 1]
    if config < 16
    else 120 << (config & 3)
    for config in range(32)
)
"""Samples per frame at 48 kHz by configuration number (RFC 6716 §3.1, table 2)."""
SAMPLES_BY_TOC = tuple((1, 2, 2, 0)[toc & 3] * _FRAME_SAMPLES[toc >> 3] for toc in range(256))
"""Samples of a packet at 48 kHz by its first byte; 0 where the second one says how many frames."""


@dataclass(frozen=True, slots=True)
class OpusPacketInfo:
    """One well-formed packet. Sample counts are at 48 kHz, whatever the audio bandwidth."""

    samples: int
    frame_samples: int
    frames: int
    stereo: bool
    has_fec: bool
    """Carries a low-bitrate copy of the frame before it (LBRR, RFC 6716 §4.2.4)."""


def packet_samples(packet: bytes) -> int | None:
    """Samples at 48 kHz by the table of contents alone; None where that is already malformed.

    Enough for the timeline; frame lengths are not checked (see `inspect_packet`).
    """
    if not packet:
        return None
    samples = SAMPLES_BY_TOC[packet[0]]
    if samples:  # at most two frames, of 60 ms
        return samples
    if len(packet) < 2:
        return None
    samples = (packet[1] & 0x3F) * _FRAME_SAMPLES[packet[0] >> 3]
    return samples if 0 < samples <= MAX_PACKET_SAMPLES else None


def inspect_packet(packet: bytes) -> OpusPacketInfo | None:
    """Everything knowable without decoding; None for a packet that breaks RFC 6716 §3.2 to 3.4."""
    samples = packet_samples(packet)
    if samples is None:
        return None
    first = _first_frame(packet)
    if first is None:
        return None
    toc = packet[0]
    frame_samples = _FRAME_SAMPLES[toc >> 3]
    stereo = bool(toc & 4)
    return OpusPacketInfo(
        samples=samples,
        frame_samples=frame_samples,
        frames=samples // frame_samples,
        stereo=stereo,
        has_fec=toc < 0x80 and _has_lbrr(packet, first, frame_samples, stereo),
    )


def _has_lbrr(packet: bytes, first: tuple[int, int], frame_samples: int, stereo: bool) -> bool:
    """The flags lead the SILK layer: one VAD bit per 20 ms, then LBRR; the side channel again."""
    offset, length = first
    if length == 0:
        return False
    parts = max(1, frame_samples // 960)
    head = packet[offset]
    mid = head >> (7 - parts) & 1
    side = head >> (6 - 2 * parts) & 1 if stereo else 0
    return bool(mid | side)


def _first_frame(packet: bytes) -> tuple[int, int] | None:
    """Offset and length of the first frame; None where the lengths do not add up."""
    code = packet[0] & 3
    size = len(packet)
    if code == 0:
        return (1, size - 1) if size - 1 <= MAX_FRAME_BYTES else None
    if code == 1:
        half, odd = divmod(size - 1, 2)
        return (1, half) if not odd and half <= MAX_FRAME_BYTES else None
    if code == 2:
        length, offset = _frame_length(packet, 1)
        rest = size - offset - length
        return (offset, length) if length >= 0 and 0 <= rest <= MAX_FRAME_BYTES else None
    return _first_frame_of_many(packet)


def _first_frame_of_many(packet: bytes) -> tuple[int, int] | None:
    """Code 3 (RFC 6716 §3.2.5): a count, perhaps padding, then equal or stated lengths."""
    flags = packet[1]
    count = flags & 0x3F
    offset, end = 2, len(packet)
    if flags & 0x40:
        while True:
            if offset >= end:
                return None
            step = packet[offset]
            offset += 1
            end -= 254 if step == 255 else step
            if step != 255:
                break
        if end < offset:
            return None
    if not flags & 0x80:
        length, odd = divmod(end - offset, count)
        return (offset, length) if not odd and length <= MAX_FRAME_BYTES else None
    lengths = []
    for _ in range(count - 1):
        length, offset = _frame_length(packet, offset, end)
        if length < 0:
            return None
        lengths.append(length)
    last = end - offset - sum(lengths)
    if not 0 <= last <= MAX_FRAME_BYTES:
        return None
    return (offset, lengths[0] if lengths else last)


def _frame_length(packet: bytes, offset: int, end: int | None = None) -> tuple[int, int]:
    """(length, next offset); length -1 where the packet ends first (RFC 6716 §3.2.1)."""
    end = len(packet) if end is None else end
    if offset >= end:
        return -1, offset
    first = packet[offset]
    if first < 252:
        return first, offset + 1
    if offset + 1 >= end:
        return -1, offset
    return first + 4 * packet[offset + 1], offset + 2
