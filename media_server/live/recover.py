"""What was said before a crash: from the spool to segments that the recogniser is still owed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from media_server.audio.ear import Ear
from media_server.audio.events import EarEvent, EarSettings, SegmentClosed
from media_server.audio.types import RTP_CLOCK_RATE, RtpPacket, SegmentAudio
from media_server.ports import SpooledPacket

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
    if not mine:
        return []
    ear = Ear(settings, connection_epoch=connection_epoch)
    origin_s = mine[0].media_s
    events: list[EarEvent] = [*ear.listen(1)]
    try:
        for number, packet in enumerate(mine):
            at_s = packet.media_s - origin_s
            rtp = RtpPacket(
                ssrc=1,
                sequence_number=number & 0xFFFF,
                timestamp=round(at_s * RTP_CLOCK_RATE) & 0xFFFFFFFF,
                marker=False,
                payload_type=111,
                payload=packet.opus,
            )
            events += ear.receive(rtp, at_s)
            ear.take_packets()
            if number % YIELD_EVERY == YIELD_EVERY - 1:
                await asyncio.sleep(0)
        events += ear.stop_listening()
    finally:
        ear.close()
    found = [event.segment for event in events if isinstance(event, SegmentClosed)]
    return [
        SegmentAudio(
            segment_id=f"{connection_epoch}-r{number}",
            start_s=segment.start_s + origin_s,
            end_s=segment.end_s + origin_s,
            pcm=segment.pcm,
            final=True,
            speech_ms=segment.speech_ms,
            lost_ms=segment.lost_ms,
            concealed_ms=segment.concealed_ms,
            level_dbfs=segment.level_dbfs,
        )
        for number, segment in enumerate(found, start=1)
    ]
