"""Words written down later: segments that stayed `untranscribed`, from the audio that was kept.

Works on an interview that nobody has open: its lease is taken, so that no server opens it
meanwhile, and every final is appended as the live side would have appended it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from media_server.audio.decode import DecodeChain
from media_server.audio.jitter import Slot
from media_server.audio.ogg import OggError, is_filler, read_ogg_opus
from media_server.audio.opus_packet import packet_samples
from media_server.audio.ring import PcmRing
from media_server.audio.types import RTP_CLOCK_RATE, SAMPLE_RATE, Pcm
from media_server.interview import events as ev
from media_server.interview.events import TERMINAL
from media_server.interview.model import stored_spec
from media_server.interview.result import recording_name
from media_server.interview.settling import settled
from media_server.interview.state import State, evolve, initial
from media_server.live import history, summary
from media_server.live.journal import Journal, LostOwnership
from media_server.live.lease import Change, LeaseKeeper
from media_server.live.lease import now_s as lease_now_s
from media_server.live.scribe import spoken_words, untranscribed
from media_server.live.settings import LiveSettings
from media_server.ports import (
    Clock,
    DamagedInterview,
    EventLog,
    Recordings,
    SpeechToText,
    Spool,
    SpooledPacket,
    SttJob,
    SttOutcome,
)
from media_server.store.owner import process_owner
from media_server.store.retention import ERASED
from media_server.wall_clock import InterviewClock

AT_ONCE = 8
"""Segments at the recogniser at the same time: its queue is for live interviews."""
LEAD_S = 0.5
"""Decoded before a segment, for the decoder to find its feet."""


class CannotTranscribeLater(Exception):
    """The text says why and what to do."""


@dataclass(slots=True)
class Late:
    """What came of it."""

    wanted: int = 0
    written: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """segment_id: why it still is untranscribed."""


async def fold(log: EventLog, interview_id: str) -> tuple[State, int]:
    """(state, version). Raises CannotTranscribeLater, StoreUnavailable."""
    row = await log.row(interview_id)
    if row is None:
        raise CannotTranscribeLater(f"there is no interview {interview_id}; it may be erased")
    try:
        state, version = initial(stored_spec(row.spec)), 0
        async for entry in history.entries(log, interview_id):
            version = entry.seq
            if (event := history.event_of(interview_id, entry)) is not None:
                state = evolve(state, event, entry.at_s)
    except (DamagedInterview, ValueError) as error:
        what = row.damage or str(error)
        raise CannotTranscribeLater(f"interview {interview_id} is damaged: {what}") from error
    return state, version


def open_segments(state: State) -> list[ev.SegmentTranscribed]:
    """Those that were never written down, without those whose words retention has erased."""
    return [segment for segment in untranscribed(state) if segment.untranscribed != ERASED]


async def transcribe_later(
    interview_id: str,
    *,
    log: EventLog,
    spool: Spool,
    recordings: Recordings,
    stt: SpeechToText,
    clock: Clock,
    settings: LiveSettings,
    on_done: Callable[[Late], None] = lambda _: None,
    at_once: int = AT_ONCE,
    goes_on: Callable[[], bool] = lambda: True,
) -> Late:
    """`stt` is started. `goes_on`: asked before each group of `at_once` segments.

    Raises CannotTranscribeLater, StoreUnavailable. Over 50 lines on purpose: the lease is taken,
    kept and given back in one place.
    """
    owner = process_owner()
    await fold(log, interview_id)
    asked_s = lease_now_s()
    lease = await log.acquire(interview_id, owner, ttl_s=settings.lease_ttl_s)
    if lease is None:
        raise CannotTranscribeLater(
            f"interview {interview_id} is open on a server, which writes to it: try again when "
            "the candidate has left and the server has put it to rest"
        )
    keeper = LeaseKeeper(log, lease, settings, asked_s=asked_s)
    lost = asyncio.Event()

    def on_change(change: Change) -> None:
        if change == "lost":
            lost.set()

    keeper.start(on_change, lambda: 0)  # a log that shrinks is met at the next append
    try:
        state, version = await fold(log, interview_id)  # as it is now that nobody else writes
        journal = Journal(
            log, interview_id, version=version, lease_epoch=lease.lease_epoch, owner=owner
        )
        own_time = InterviewClock(clock, not_before_s=state.entered_s)  # its log never goes back
        writer = _Writer(interview_id, state, journal, stt, own_time, lost)
        audio = await _audio(interview_id, state, spool, recordings)
        late = await writer.run(audio, on_done, at_once, goes_on)
        if not open_segments(writer.state) and state.status in TERMINAL:
            await spool.erase(interview_id)
    except LostOwnership as error:
        raise CannotTranscribeLater(
            f"a server has taken interview {interview_id} over ({error}): try again later"
        ) from error
    finally:
        await keeper.close()
    return late


class _Writer:
    def __init__(
        self,
        interview_id: str,
        state: State,
        journal: Journal,
        stt: SpeechToText,
        clock: InterviewClock,
        lost: asyncio.Event,
    ) -> None:
        self.state = state
        self._interview_id = interview_id
        self._journal = journal
        self._stt = stt
        self._clock = clock
        self._lost = lost

    async def run(
        self,
        audio: Sequence[tuple[ev.SegmentTranscribed, Pcm]],
        on_done: Callable[[Late], None],
        at_once: int,
        goes_on: Callable[[], bool],
    ) -> Late:
        late = Late(wanted=len(audio))
        for first in range(0, len(audio), at_once):
            if not goes_on():
                break
            group = audio[first : first + at_once]
            outcomes = await asyncio.gather(*(self._ask(segment, pcm) for segment, pcm in group))
            if self._lost.is_set():
                raise LostOwnership("the lease is lost")
            for (segment, _), outcome in zip(group, outcomes, strict=True):
                await self._write(segment, outcome, late)
            on_done(late)
        return late

    async def _ask(self, segment: ev.SegmentTranscribed, pcm: Pcm) -> SttOutcome | str:
        if not pcm.size:
            return "its audio is not kept any more"
        done: asyncio.Future[SttOutcome] = asyncio.get_running_loop().create_future()
        spec = self.state.spec
        job = SttJob(
            interview_id=self._interview_id,
            segment_id=segment.segment_id,
            attempt=1,
            final=True,
            start_s=segment.start_s,
            pcm=pcm,
            language=spec.candidate.locale.split("-")[0],
            glossary=spec.glossary,
            speech_ms=segment.speech_ms,
        )

        def on_outcome(outcome: SttOutcome) -> None:
            if not done.done():
                done.set_result(outcome)

        # Bounded by the pool: a job has a deadline and a number of deliveries.
        self._stt.submit(job, on_outcome)
        return await done

    async def _write(
        self, segment: ev.SegmentTranscribed, outcome: SttOutcome | str, late: Late
    ) -> None:
        made = outcome if isinstance(outcome, str) else outcome.transcription
        if made is None or isinstance(made, str):
            reason = made or getattr(outcome, "reason", "") or "failed"
            late.failed[segment.segment_id] = reason
            return
        now_s = self._clock.now_s()
        event = segment.model_copy(
            update={
                "text": made.text,
                "words": spoken_words(made.words, segment.start_s, segment.end_s),
                "engine": made.engine,
                "model": made.model,
                "language": made.language,
                "confidence": made.confidence,
                "untranscribed": "",
                "rejected": made.rejected,
                "rejected_text": made.rejected_text,
            }
        )
        after = evolve(self.state, event, now_s)
        closed = settled(after, event.round)
        if closed is not None:
            after = evolve(after, closed, now_s)
        self._journal.add([event] if closed is None else [event, closed], now_s)
        await self._journal.flush(self.state.status.value, now_s, summary.of(after))
        if self._journal.trouble:
            raise CannotTranscribeLater(
                "the store cannot be written to now: what is written so far stays; try again"
            )
        self.state = after
        late.written += 1


# --- audio ----------------------------------------------------------------------------------------


async def _audio(
    interview_id: str, state: State, spool: Spool, recordings: Recordings
) -> list[tuple[ev.SegmentTranscribed, Pcm]]:
    """Each open segment with its audio: from the spool, else from the recording, else none."""
    spooled = await spool.read(interview_id)
    recorded: dict[int, list[SpooledPacket]] = {}
    found = []
    for segment in open_segments(state):
        epoch = int(segment.segment_id.partition("-")[0])
        record = next((c for c in state.connections if c.connection_epoch == epoch), None)
        offset_s = record.media_offset_s if record is not None else 0.0
        span = (segment.start_s - offset_s, segment.end_s - offset_s)
        pcm = await asyncio.to_thread(pcm_of, _within(spooled, epoch, *span), *span)
        if not pcm.size:
            if epoch not in recorded:
                path = await recordings.path(interview_id, recording_name(epoch))
                recorded[epoch] = await asyncio.to_thread(_read_recording, path, epoch)
            packets = _within(recorded[epoch], epoch, *span)
            pcm = await asyncio.to_thread(pcm_of, packets, *span)
        found.append((segment, pcm))
    return found


def _within(
    packets: Sequence[SpooledPacket], epoch: int, start_s: float, end_s: float
) -> list[SpooledPacket]:
    return [
        packet
        for packet in packets
        if packet.connection_epoch == epoch and start_s - LEAD_S <= packet.media_s < end_s
    ]


def _read_recording(path: str | None, epoch: int) -> list[SpooledPacket]:
    if path is None:
        return []
    try:
        stream = read_ogg_opus(Path(path).read_bytes())
    except (OSError, OggError):
        return []  # as if it were not there: the segment says that its audio is gone
    return [
        SpooledPacket(epoch, position / RTP_CLOCK_RATE, payload)
        for position, payload in stream.packets
        if not is_filler(payload)
    ]


def pcm_of(packets: Sequence[SpooledPacket], start_s: float, end_s: float) -> Pcm:
    """Audio of [start_s, end_s), losses mended as when it was heard; empty without any packet."""
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
