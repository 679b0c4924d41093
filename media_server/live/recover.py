"""What was said before a crash: from the spool to segments that the recogniser is still owed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from media_server.audio.events import ReceiverEvent, ReceiverSettings, SegmentClosed, TurnEnded
from media_server.audio.opus_packet import packet_samples
from media_server.audio.receiver import AudioReceiver
from media_server.audio.types import RTP_CLOCK_RATE, RtpPacket, SegmentAudio
from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.ports import SpooledPacket
from media_server.segment_info import SegmentId, SegmentInfo

MAX_GAP_S = 0.9
SHORTEST_RUN_S = 0.25
"""Shorter is the edge of a segment that is written, and no words."""
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spooled:
    """What the spool still held of a connection: its last media time, and what damage took."""

    end_s: float = 0.0
    lost_ms: int = 0


NOTHING_SPOOLED = Spooled()
YIELD_EVERY = 50
"""Packets between two turns of the loop: about 3 ms of decoding."""


async def segments_of(
    packets: Sequence[SpooledPacket],
    settings: ReceiverSettings,
    connection_epoch: int,
    written: Sequence[Span] = (),
) -> list[SegmentAudio]:
    """Decode one connection's spooled packets again and cut them as the live receiver would have.

    `written`: stretches of its media time that have their words, which are left out: no audio is
    given to the recogniser twice. Segment ids are `<epoch>-r<ms>`, by media time: they can never
    be taken for one of the lost process, nor for other audio of an earlier recovery.
    """
    mine = sorted(
        (p for p in packets if p.connection_epoch == connection_epoch), key=lambda p: p.media_s
    )
    found: list[SegmentAudio] = []
    for run in _runs(mine, written):
        found += await _segments_of_run(run, settings, connection_epoch)
    return found


def written_spans(state: State, connection_epoch: int, media_offset_s: float) -> list[Span]:
    """What of a connection's media time has its words, or was given up with a mark."""
    return [
        (segment.start_s - media_offset_s, segment.end_s - media_offset_s)
        for turn in state.turns
        for segment in turn.segments
        if segment.segment_id.connection_epoch == connection_epoch
    ]


def turn_of(state: State, connection_epoch: int, start_s: float) -> int | None:
    """The turn that recovered speech belongs to, which began at `start_s` on the timeline.

    None: nobody had been asked anything yet, so that it is no part of an answer.
    """
    turns = sorted(
        (turn for turn in state.turns if not turn.late),  # nobody spoke in it
        key=lambda turn: turn.turn_epoch,
    )
    own = [turn for turn in turns if turn.connection_epoch == connection_epoch]
    for turn in own:
        ends = [segment.end_s for segment in turn.segments]
        if turn.end_s is not None:
            ends.append(turn.end_s)
        if ends and start_s <= max(ends):
            return turn.turn_epoch
    before = [turn for turn in turns if turn.connection_epoch <= connection_epoch]
    if before:
        return before[-1].turn_epoch
    # The log of the turn itself may be lost: it can wait for the next append.
    return state.last_turn_epoch + 1 if state.question_heard else None


def _runs(
    packets: Sequence[SpooledPacket], written: Sequence[Span]
) -> Iterator[list[SpooledPacket]]:
    """Unwritten stretches without a long gap: a receiver would re-base there."""
    spans, at = sorted(written), 0
    run: list[SpooledPacket] = []
    for packet in packets:
        while at < len(spans) and spans[at][1] <= packet.media_s:
            at += 1
        known = at < len(spans) and spans[at][0] <= packet.media_s
        if run and (known or packet.media_s - run[-1].media_s > MAX_GAP_S):
            yield run
            run = []
        if not known:
            run.append(packet)
    if run:
        yield run


async def _segments_of_run(
    run: Sequence[SpooledPacket], settings: ReceiverSettings, connection_epoch: int
) -> list[SegmentAudio]:
    if run[-1].media_s - run[0].media_s < SHORTEST_RUN_S:
        return []
    receiver = AudioReceiver(settings, connection_epoch=connection_epoch)
    origin_s, sequence, turn, ends_s = run[0].media_s, 0, 1, run[0].media_s
    found: list[SegmentAudio] = []

    def take(events: Sequence[ReceiverEvent]) -> None:
        nonlocal turn
        for event in events:
            if isinstance(event, SegmentClosed):
                found.append(event.segment)
            elif isinstance(event, TurnEnded):
                turn += 1  # where a turn ended is for the machine to say; here all speech counts
                take(receiver.listen(turn))

    try:
        take(receiver.listen(turn))
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
            take(receiver.receive(rtp, at_s))
            receiver.take_packets()
            if number % YIELD_EVERY == YIELD_EVERY - 1:
                await asyncio.sleep(0)
        take(receiver.handle_timer(ends_s - origin_s + 1.0))
        take(receiver.stop_listening())
    finally:
        receiver.close()
    return [replace(segment, info=_recovered(segment.info.later_by(origin_s))) for segment in found]


def _recovered(info: SegmentInfo) -> SegmentInfo:
    """With an id of its own, by its place in the connection's media time."""
    epoch = info.segment_id.connection_epoch
    return replace(info, segment_id=SegmentId(epoch, round(info.start_s * 1000), recovered=True))


def ended_by_restart(
    state: State, spooled: Mapping[int, Spooled], alive_s: float, now_s: float
) -> inp.CallEnded:
    """What became of the connection that the log says is there, whose process is gone.

    `spooled`: what was found of each connection; `alive_s`: when the log was last written.
    """
    last = state.connections[-1]
    heard = spooled.get(last.connection_epoch, NOTHING_SPOOLED)
    alive_s = max(alive_s, last.connected_at_s + heard.end_s)
    return inp.CallEnded(
        last.connection_epoch,
        "server restarted",
        max(timeline_end(state) - last.media_offset_s, heard.end_s),
        lost_ms=heard.lost_ms,
        away_s=max(0.0, now_s - alive_s),
        turn=inp.TurnLoss(heard.lost_ms) if heard.lost_ms else None,
    )


def timeline_end(state: State) -> float:
    """Where the next connection's audio begins: after everything that was received."""
    ends = [record.media_offset_s + record.media_s for record in state.connections]
    ends += [segment.end_s for turn in state.turns for segment in turn.segments]
    ends += [owed.segment.end_s for owed in state.pending.values()]
    return max(ends, default=0.0)
