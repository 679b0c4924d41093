"""Ogg Opus files from packets as they came, without re-encoding (RFC 3533, RFC 7845).

What is missing between two packets becomes packets of no content, which ask a decoder for
concealment (RFC 7845 §4.1), so that a position in the file is the media time of the connection.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from media_server.audio.opus_packet import MAX_PACKET_SAMPLES, packet_samples
from media_server.audio.types import RTP_CLOCK_RATE

_PAGE = struct.Struct("<4sBBqIIIB")
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_QUANTUM = 120
"""2.5 ms: the shortest Opus frame, and what gaps are counted in."""
_CELT_SHORTEST = 28 << 3
_VENDOR = b"media-server"
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_MAX_GAP_SAMPLES = 3600 * RTP_CLOCK_RATE


class OggError(ValueError):
    """Not an Ogg Opus stream, or a damaged one; the text says where."""


def page_crc(page: bytes) -> int:
    """Checksum of an Ogg page, its own field taken as 0 (RFC 3533 §6).

    Polynomial 0x04c11db7, not reflected, zero at both ends. zlib's CRC-32 has the same polynomial,
    reflected and inverted; mirroring the bits makes it this one at the speed of C.
    """
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_REVERSED), "big")


class OggOpusWriter:
    """Write `header()`, then what each `add` answers, then `finish()`.

    Positions are absolute: the first packet may begin at any media time. Nothing is skipped at
    the start (pre-skip 0), because offsets in results count from the first decoded sample. At
    most one second of packets waits in memory for its page.
    """

    def __init__(
        self,
        *,
        serial: int,
        channels: int = 1,
        sample_rate: int = RTP_CLOCK_RATE,
        pre_skip: int = 0,
        tags: Mapping[str, str] | None = None,
        page_samples: int = RTP_CLOCK_RATE,
    ) -> None:
        self._serial = serial & 0xFFFFFFFF
        self._channels = channels
        self._sample_rate = sample_rate
        self._pre_skip = pre_skip
        self._tags = dict(tags or {})
        self._page_samples = page_samples
        self._page_number = 0
        self._waiting: list[bytes] = []
        self._segments = 0
        self._waiting_samples = 0
        self._position: int | None = None
        self._toc = _CELT_SHORTEST
        self.skipped = 0
        """Packets that were malformed or lay before what was already written."""

    @property
    def position_s(self) -> float:
        """Media time of the end of what was added."""
        return (self._position or 0) / RTP_CLOCK_RATE

    def header(self) -> bytes:
        """Identification and comment header, a page each (RFC 7845 §5)."""
        head = struct.pack(
            "<8sBBHIhB", b"OpusHead", 1, self._channels, self._pre_skip, self._sample_rate, 0, 0
        )
        comments = [f"{name}={value}".encode() for name, value in self._tags.items()]
        text = b"".join(struct.pack("<I", len(comment)) + comment for comment in comments)
        tags = b"OpusTags" + struct.pack("<I", len(_VENDOR)) + _VENDOR
        tags += struct.pack("<I", len(comments)) + text
        return self._page([head], 0, _FIRST) + self._page([tags], 0, 0)

    def add(self, media_s: float, packet: bytes) -> bytes:
        """The pages that this packet, and the gap before it, have completed (often none)."""
        samples = packet_samples(packet)
        if samples is None:
            self.skipped += 1
            return b""
        begin = round(media_s * RTP_CLOCK_RATE)
        if self._position is None:
            self._position = max(0, begin)
        if begin + samples <= self._position:
            self.skipped += 1
            return b""
        pages = self._fill(min(begin - self._position, _MAX_GAP_SAMPLES))
        self._toc = packet[0] & 0xFC
        return pages + self._put(packet, samples)

    def flush(self) -> bytes:
        """A page of whatever waits, so that it can be on disk."""
        if not self._waiting or self._position is None:
            return b""
        return self._flush(0)

    def finish(self) -> bytes:
        """The last page; empty of audio when nothing waits."""
        if not self._waiting:
            return self._page([], self._granule(), _LAST)
        return self._flush(_LAST)

    def _granule(self) -> int:
        return (self._position or 0) + self._pre_skip

    def _fill(self, gap: int) -> bytes:
        """Packets of no content for the gap: as the packet before, then the shortest frames."""
        pages = b""
        frame = packet_samples(bytes([self._toc])) or _QUANTUM
        for toc, step in ((self._toc, frame), (_CELT_SHORTEST | self._toc & 4, _QUANTUM)):
            while gap >= step:
                count = min(gap // step, MAX_PACKET_SAMPLES // step)
                pages += self._put(bytes([toc | 3, count]), count * step)
                gap -= count * step
        return pages

    def _put(self, packet: bytes, samples: int) -> bytes:
        segments = len(packet) // 255 + 1
        pages = b""
        if self._segments + segments > 255 or self._waiting_samples + samples > self._page_samples:
            pages = self.flush()
        if segments > 255:
            self.skipped += 1
            return pages
        self._waiting.append(packet)
        self._segments += segments
        self._waiting_samples += samples
        self._position = (self._position or 0) + samples
        return pages

    def _flush(self, flags: int) -> bytes:
        page = self._page(self._waiting, self._granule(), flags)
        self._waiting = []
        self._segments = self._waiting_samples = 0
        return page

    def _page(self, packets: list[bytes], granule: int, flags: int) -> bytes:
        lacing = b"".join(
            b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets
        )
        number, self._page_number = self._page_number, self._page_number + 1
        head = (b"OggS", 0, flags, granule, self._serial, number)
        body = lacing + b"".join(packets)
        crc = page_crc(_PAGE.pack(*head, 0, len(lacing)) + body)
        return _PAGE.pack(*head, crc, len(lacing)) + body


@dataclass(frozen=True, slots=True)
class OggOpus:
    """What a file holds. Positions and the pre-skip are samples at 48 kHz."""

    channels: int
    pre_skip: int
    sample_rate: int
    tags: dict[str, str]
    packets: tuple[tuple[int, bytes], ...]
    """(position of its first sample, payload), in order; fillers of gaps included."""
    finished: bool
    """The last page carries the end-of-stream mark."""

    @property
    def end(self) -> int:
        """Position after the last packet."""
        if not self.packets:
            return 0
        position, payload = self.packets[-1]
        return position + (packet_samples(payload) or 0)


def is_filler(payload: bytes) -> bool:
    """True for a packet whose frames are all empty: it stands for a gap, or for DTX."""
    return len(payload) == 1 or (len(payload) == 2 and payload[0] & 3 == 3)


def read_ogg_opus(data: bytes) -> OggOpus:
    """Read one logical stream. A last page that is cut off (a crash while writing) is left out.

    Raises OggError for anything else that is damaged.
    """
    pages: list[tuple[int, int, list[bytes]]] = []
    pending = b""
    at = 0
    while (page := _read_page(data, at, len(pages))) is not None:
        flags, granule, lacing, body, at = page
        if not flags & _CONTINUED:
            pending = b""
        complete, pending = _packets(pending, lacing, body)
        pages.append((flags, granule, complete))
    if len(pages) < 2 or not pages[0][2] or not pages[1][2]:
        raise OggError("the identification or the comment header is missing")
    channels, pre_skip, sample_rate = _identification(pages[0][2][0])
    return OggOpus(
        channels=channels,
        pre_skip=pre_skip,
        sample_rate=sample_rate,
        tags=_comments(pages[1][2][0]),
        packets=tuple(_positions(pages[2:], pre_skip)),
        finished=bool(pages[-1][0] & _LAST),
    )


def _read_page(data: bytes, at: int, number: int) -> tuple[int, int, bytes, bytes, int] | None:
    """(flags, granule, lacing, body, end); None where the data ends before the page does."""
    if at + _PAGE.size > len(data):
        return None
    magic, version, flags, granule, _, sequence, crc, count = _PAGE.unpack_from(data, at)
    if magic != b"OggS" or version != 0:
        raise OggError(f"no Ogg page at byte {at}")
    body_at = at + _PAGE.size + count
    lacing = data[at + _PAGE.size : body_at]
    end = body_at + sum(lacing)
    if len(lacing) < count or end > len(data):
        return None
    page = data[at:end]
    if page_crc(page[:22] + bytes(4) + page[26:]) != crc:
        raise OggError(f"checksum of the page at byte {at} is wrong")
    if sequence != number:
        raise OggError(f"page {number} is missing before byte {at}")
    return flags, granule, lacing, data[body_at:end], end


def _packets(pending: bytes, lacing: bytes, body: bytes) -> tuple[list[bytes], bytes]:
    """Packets completed on this page, and the beginning of one that goes on (RFC 3533 §6)."""
    complete, at = [], 0
    for size in lacing:
        pending += body[at : at + size]
        at += size
        if size < 255:
            complete.append(pending)
            pending = b""
    return complete, pending


def _positions(pages: list[tuple[int, int, list[bytes]]], pre_skip: int) -> list[tuple[int, bytes]]:
    """A page's granule position is where its last complete packet ends (RFC 7845 §4)."""
    found: list[tuple[int, bytes]] = []
    for _, granule, packets in pages:
        position = granule - pre_skip - sum(packet_samples(packet) or 0 for packet in packets)
        for packet in packets:
            found.append((position, packet))
            position += packet_samples(packet) or 0
    return found


def _identification(packet: bytes) -> tuple[int, int, int]:
    if len(packet) < 19 or packet[:8] != b"OpusHead" or packet[8] >> 4:
        raise OggError("the first packet is no OpusHead of version 1")
    channels, pre_skip, sample_rate = struct.unpack_from("<BHI", packet, 9)
    return channels, pre_skip, sample_rate


def _comments(packet: bytes) -> dict[str, str]:
    if packet[:8] != b"OpusTags":
        raise OggError("the second packet is no OpusTags")
    tags: dict[str, str] = {}
    try:
        (size,) = struct.unpack_from("<I", packet, 8)
        at = 12 + size
        (count,) = struct.unpack_from("<I", packet, at)
        at += 4
        for _ in range(min(count, len(packet))):
            (size,) = struct.unpack_from("<I", packet, at)
            name, _, value = packet[at + 4 : at + 4 + size].decode(errors="replace").partition("=")
            tags[name] = value
            at += 4 + size
    except struct.error as error:
        raise OggError("the comment header is cut off") from error
    return tags
