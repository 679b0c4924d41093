"""From slots of the jitter buffer to marked audio in the ring.

A loss is repaired in this order: the frame just before the packet that came is taken from that
packet's in-band FEC; what is older is concealed for at most 80 ms; the rest is marked silence.
"""

from __future__ import annotations

from media_server.audio.jitter import Slot
from media_server.audio.opus import OpusDecoder, OpusError
from media_server.audio.opus_packet import inspect_packet
from media_server.audio.ring import Origin, PcmRing

MAX_CONCEALED_SAMPLES = 1280
"""80 ms at 16 kHz: longer than that, concealment invents sound instead of bridging it."""
_QUANTUM = 40
"""2.5 ms at 16 kHz: what libopus counts in."""
_LONGEST_SILENT_PACKET = 2
"""Bytes: an encoder in DTX sends a bare table of contents now and then."""

Frames = list[tuple[bytes, int]]


class DecodeChain:
    """Owns one decoder; writes to the ring it is given. `close` frees the decoder."""

    def __init__(self, ring: PcmRing) -> None:
        self._ring = ring
        self._decoder = OpusDecoder()
        self._decode = self._decoder.decode_bytes
        self.fec_recovered = 0
        """Packets whose audio came from the packet after."""
        self.undecodable = 0
        self.packet_start = 0
        """Ring position of the first sample of the packet that was fed last."""

    def close(self) -> None:
        """Free the decoder's native state. Harmless when done twice."""
        self._decoder.close()

    def feed(self, slot: Slot) -> Frames:
        """Decode one slot. Answers the ring's frames that it completed, with their origin."""
        if slot.gap_samples or slot.reset:
            return self._after_gap(slot)
        return self.feed_next(slot.payload, slot.samples)

    def feed_next(self, payload: bytes, samples: int) -> Frames:
        """`feed`, of a packet before which nothing is missing. `samples`: its own, at 48 kHz."""
        ring = self._ring
        self.packet_start = ring.position
        try:
            if len(payload) > _LONGEST_SILENT_PACKET:
                return ring.write(self._decode(payload), 0)
            if not samples:
                return []
            # a DTX packet: the decoder's comfort noise, marked as such
            return ring.write(self._decode(payload), Origin.DTX)
        except OpusError:
            self.undecodable += 1
            return self._conceal(samples // 3)

    def _after_gap(self, slot: Slot) -> Frames:
        if slot.reset:
            self._decoder.reset()
        lost = slot.lost_samples // 3
        frames = self._ring.write_silence(slot.gap_samples // 3 - lost, Origin.DTX)
        if slot.reset:
            frames += self._ring.write_silence(lost, Origin.LOST)
            if slot.outage_samples:
                self._ring.stretch_loss(slot.outage_samples // 3)
        elif lost:
            frames += self._mend(lost, slot.payload, slot.outage_samples // 3)
        return frames + self.feed(slot._replace(gap_samples=0, lost_samples=0, reset=False))

    def _mend(self, gap: int, payload: bytes, outage: int) -> Frames:
        info = inspect_packet(payload)
        copied = info.frame_samples // 3 if info is not None and info.has_fec else 0
        if not 0 < copied <= gap:
            copied = 0
        frames = self._conceal(gap - copied)
        if outage:
            self._ring.stretch_loss(outage)
        if not copied:
            return frames
        try:
            frames += self._ring.write(self._decoder.decode_fec_bytes(payload, copied), Origin.FEC)
            self.fec_recovered += 1
        except OpusError:
            frames += self._conceal(copied)
        return frames

    def _conceal(self, samples: int) -> Frames:
        invented = min(samples, MAX_CONCEALED_SAMPLES) // _QUANTUM * _QUANTUM
        frames: Frames = []
        if invented:
            frames = self._ring.write(self._decoder.conceal_bytes(invented), Origin.CONCEALED)
        return frames + self._ring.write_silence(samples - invented, Origin.LOST)
