"""The audio of segments that were given up, from what the store kept of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from media_server.audio.decode import DecodeChain
from media_server.audio.jitter import Slot
from media_server.audio.ogg import OggError, is_filler, read_ogg_opus
from media_server.audio.opus_packet import packet_samples
from media_server.audio.ring import PcmRing
from media_server.audio.types import RTP_CLOCK_RATE, SAMPLE_RATE, Pcm
from media_server.interview import events as ev
from media_server.interview.result import recording_name
from media_server.interview.state import State
from media_server.ports import Blobs, Spool, SpooledPacket

LEAD_S = 0.5
"""Decoded before a segment, for the decoder to find its feet."""
MAX_RECORDING_BYTES = 250_000_000
"""Of one connection, read into memory: 8 h at the 64 kbit/s that browsers send at most."""


class KeptAudio:
    """Of one interview, as it was when `read`."""

    def __init__(self, interview_id: str, spooled: Sequence[SpooledPacket], blobs: Blobs) -> None:
        self._interview_id = interview_id
        self._spooled = spooled
        self._blobs = blobs
        self._recorded: dict[int, list[SpooledPacket]] = {}

    @classmethod
    async def read(cls, interview_id: str, spool: Spool, blobs: Blobs) -> KeptAudio:
        """Raises StoreUnavailable."""
        return cls(interview_id, await spool.read(interview_id), blobs)

    async def of(self, state: State, segment: ev.SegmentTranscribed) -> Pcm:
        """From the spool, else from the recording, else empty. Raises StoreUnavailable."""
        epoch = segment.segment_id.connection_epoch
        record = next((c for c in state.connections if c.connection_epoch == epoch), None)
        offset_s = record.media_offset_s if record is not None else 0.0
        span = (segment.start_s - offset_s, segment.end_s - offset_s)
        pcm = await asyncio.to_thread(pcm_of, _within(self._spooled, epoch, *span), *span)
        if pcm.size:
            return pcm
        if epoch not in self._recorded:
            data = await self._recording(recording_name(epoch))
            self._recorded[epoch] = await asyncio.to_thread(_packets, data, epoch)
        packets = _within(self._recorded[epoch], epoch, *span)
        return await asyncio.to_thread(pcm_of, packets, *span)

    async def _recording(self, name: str) -> bytes:
        """Empty: there is none, or it went meanwhile. Raises StoreUnavailable."""
        blob = await self._blobs.find(self._interview_id, name)
        if blob is None or blob.size > MAX_RECORDING_BYTES:
            return b""
        try:
            return await blob.whole(limit=MAX_RECORDING_BYTES)
        except FileNotFoundError:
            return b""


def _within(
    packets: Sequence[SpooledPacket], epoch: int, start_s: float, end_s: float
) -> list[SpooledPacket]:
    return [
        packet
        for packet in packets
        if packet.connection_epoch == epoch and start_s - LEAD_S <= packet.media_s < end_s
    ]


def _packets(data: bytes, epoch: int) -> list[SpooledPacket]:
    if not data:
        return []
    try:
        stream = read_ogg_opus(data)
    except OggError:
        return []  # as if it were not there: the segment says that its audio is gone
    return [
        SpooledPacket(epoch, position / RTP_CLOCK_RATE, payload)
        for position, payload in stream.packets
        if not is_filler(payload)
    ]


def pcm_of(packets: Sequence[SpooledPacket], start_s: float, end_s: float) -> Pcm:
    """Audio of [start_s, end_s), losses repaired as when it was heard; empty without any packet."""
    ordered = sorted(packets, key=lambda packet: packet.media_s)
    if not any(packet.media_s >= start_s for packet in ordered):
        return PcmRing(0.1).read(0, 0)
    origin_s = min(ordered[0].media_s, start_s)
    ring = PcmRing(end_s - origin_s + 1.0)
    chain = DecodeChain(ring)
    try:
        for packet in ordered:
            samples = packet_samples(packet.opus)
            if samples is None:
                continue
            at = round((packet.media_s - origin_s) * SAMPLE_RATE)
            gap = max(0, at - ring.position) * (RTP_CLOCK_RATE // SAMPLE_RATE)
            chain.feed(Slot(packet.opus, samples, gap, gap, 0, reset=False))
    finally:
        chain.close()
    return ring.read_s(start_s - origin_s, end_s - origin_s)
