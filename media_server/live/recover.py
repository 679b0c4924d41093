"""What was said before a crash: from the spool to segments that the recogniser is still owed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from media_server.audio.ear import Ear
from media_server.audio.events import EarEvent, EarSettings, SegmentClosed, TurnEnded
from media_server.audio.opus_packet import packet_samples
from media_server.audio.types import RTP_CLOCK_RATE, RtpPacket, SegmentAudio
from media_server.ports import SpooledPacket

MAX_GAP_S = 0.9
YIELD_EVERY = 50
"""Packets between two turns of the loop: about 3 ms of decoding."""


async def segments_of(
    packets: Sequence[SpooledPacket], settings: EarSettings, connection_epoch: int
) -> list[SegmentAudio]:
    """Decode one connection's spooled packets again and cut them as the live ear would have.

    Segment ids are `<epoch>-r<n>`: they can never be taken for one of the lost process.
    """
    mine = sorted(
        (p for p in packets if p.connection_epoch == connection_epoch), key=lambda p: p.media_s
    )
    found: list[SegmentAudio] = []
    for run in _runs(mine):
        found += await _segments_of_run(run, settings, connection_epoch)
    return [
        replace(segment, segment_id=f"{connection_epoch}-r{number}")
        for number, segment in enumerate(found, start=1)
    ]


def _runs(packets: Sequence[SpooledPacket]) -> Iterator[list[SpooledPacket]]:
    """Stretches without a long gap: an ear would re-base there and lose the timeline."""
    run: list[SpooledPacket] = []
    for packet in packets:
        if run and packet.media_s - run[-1].media_s > MAX_GAP_S:
            yield run
            run = []
        run.append(packet)
    if run:
        yield run


async def _segments_of_run(
    run: Sequence[SpooledPacket], settings: EarSettings, connection_epoch: int
) -> list[SegmentAudio]:
    ear = Ear(settings, connection_epoch=connection_epoch)
    origin_s, sequence, turn, ends_s = run[0].media_s, 0, 1, run[0].media_s
    found: list[SegmentAudio] = []

    def take(events: Sequence[EarEvent]) -> None:
        nonlocal turn
        for event in events:
            if isinstance(event, SegmentClosed):
                found.append(event.segment)
            elif isinstance(event, TurnEnded):
                turn += 1  # where a turn ended is for the machine to say; here all speech counts
                take(ear.listen(turn))

    try:
        take(ear.listen(turn))
        for number, packet in enumerate(run):
            samples = packet_samples(packet.opus)
            if samples is None:
                continue
            missing_s = packet.media_s - ends_s
            sequence += 1 + max(0, round(missing_s * RTP_CLOCK_RATE / samples))
            ends_s = packet.media_s + samples / RTP_CLOCK_RATE
            at_s = packet.media_s - origin_s
            rtp = RtpPacket(
                ssrc=1,
                sequence_number=sequence & 0xFFFF,
                timestamp=round(at_s * RTP_CLOCK_RATE) & 0xFFFFFFFF,
                marker=False,
                payload_type=111,
                payload=packet.opus,
            )
            take(ear.receive(rtp, at_s))
            ear.take_packets()
            if number % YIELD_EVERY == YIELD_EVERY - 1:
                await asyncio.sleep(0)
        take(ear.handle_timer(ends_s - origin_s + 1.0))
        take(ear.stop_listening())
    finally:
        ear.close()
    return [replace(s, start_s=s.start_s + origin_s, end_s=s.end_s + origin_s) for s in found]
