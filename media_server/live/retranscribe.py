"""Words written down later: segments that stayed `untranscribed`, from the audio that was kept.

Works on an interview that nobody has open: its lease is taken, so that no server opens it
meanwhile, and every final is appended as the live side would have appended it. It is given back
as soon as somebody else wants it, such as the server that a candidate has come back to.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.erased import ERASED
from media_server.interview.settling import untranscribed
from media_server.interview.state import State
from media_server.interview.status import TERMINAL
from media_server.live import history, steps
from media_server.live.history import Folded
from media_server.live.journal import Journal, LostOwnership
from media_server.live.kept_audio import KeptAudio
from media_server.live.lease import Change, LeaseKeeper
from media_server.live.lease import now_s as lease_now_s
from media_server.live.second_try import AUDIO_GONE, SecondTry, StillNone, Stopped
from media_server.live.settings import LiveSettings
from media_server.live.transcription import KEPT_BEFORE_S, spoken_until
from media_server.ports import (
    Blobs,
    Clock,
    DamagedInterview,
    EventLog,
    SpeechToText,
    Spool,
    UnknownInterview,
)
from media_server.segment_info import SegmentId
from media_server.store.owner import process_owner
from media_server.wall_clock import InterviewClock

AT_ONCE = 8
"""Segments at the recogniser at the same time: its queue is for live interviews."""


Answer = inp.HeardAgain | StillNone
OnAnswer = Callable[[State, SegmentId, Answer], None]
"""Told what came of a segment, with the state after it."""


class CannotTranscribeLater(Exception):
    """The text says why and what to do."""


class SomebodyHasIt(CannotTranscribeLater):
    """Another writer of this interview, or one that came for it: no failure of any segment."""


@dataclass(slots=True)
class Retranscription:
    """What came of it."""

    wanted: int = 0
    written: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """segment_id: why it still is untranscribed."""


async def fold(log: EventLog, interview_id: str) -> Folded:
    """Raises CannotTranscribeLater, StoreUnavailable."""
    try:
        return await history.fold_now(log, interview_id)
    except UnknownInterview:
        raise CannotTranscribeLater(
            f"there is no interview {interview_id}; it may be erased"
        ) from None
    except DamagedInterview as error:
        raise CannotTranscribeLater(f"interview {interview_id} is damaged: {error}") from error


def open_segments(state: State) -> list[ev.SegmentTranscribed]:
    """Those that were never written down, without those whose words retention has erased."""
    return [segment for segment in untranscribed(state) if segment.untranscribed != ERASED]


async def transcribe_later(
    interview_id: str,
    *,
    log: EventLog,
    spool: Spool,
    blobs: Blobs,
    stt: SpeechToText,
    clock: Clock,
    settings: LiveSettings,
    tidies: Callable[[State], bool],
    on_done: Callable[[Retranscription], None] = lambda _: None,
    at_once: int = AT_ONCE,
    goes_on: Callable[[], bool] = lambda: True,
    only: Callable[[State, SegmentId], bool] = lambda _state, _id: True,
    on_answer: OnAnswer = lambda _state, _id, _answer: None,
    tries: SecondTry | None = None,
) -> Retranscription:
    """`stt` is started. `goes_on`: asked before each group of `at_once` segments. `only`: of which
    segments, by id. `on_answer`: told of each, once its words are written, or that there are none.
    `tidies`: whether it is certain that the spool holds nothing else that is owed, so that it is
    emptied once every word is written; the log alone does not tell, since what was at the
    recogniser when a server died is in the spool only. `tries`: for a caller who may `stop` them.

    Raises CannotTranscribeLater, StoreUnavailable. Over 50 lines on purpose: the lease is taken,
    kept and given back in one place.
    """
    owner = process_owner()
    await fold(log, interview_id)
    asked_s = lease_now_s()
    lease = await log.acquire(interview_id, owner, ttl_s=settings.lease_ttl_s)
    if lease is None:
        raise SomebodyHasIt(
            f"interview {interview_id} is open on a server, which writes to it: try again when "
            "the candidate has left and the server has put it to rest"
        )
    keeper = LeaseKeeper(log, lease, settings, asked_s=asked_s)
    try:
        folded = await fold(log, interview_id)  # as it is now that nobody else writes
        state = folded.state
        asking = tries or SecondTry(interview_id, stt)

        def on_change(change: Change) -> None:
            if change in ("lost", "wanted"):
                asking.stop()

        keeper.start(on_change, lambda: 0)  # a log that shrinks is met at the next append
        journal = Journal(
            log, interview_id, version=folded.version, lease_epoch=lease.lease_epoch, owner=owner
        )
        own_time = InterviewClock(clock, not_before_s=folded.alive_s)  # its log never goes back
        writer = _Writer(state, journal, asking, own_time, on_answer)
        wanted = [segment for segment in open_segments(state) if only(state, segment.segment_id)]
        kept = await KeptAudio.read(interview_id, spool, blobs)
        late = await writer.run(wanted, kept, on_done, at_once, goes_on)
        if not open_segments(writer.state) and tidies(writer.state):
            await tidy(interview_id, writer.state, spool)
    except (LostOwnership, Stopped) as error:
        raise SomebodyHasIt(
            f"a server has taken interview {interview_id} over, or is waiting for it: what was "
            "written until then stays; try again later"
        ) from error
    finally:
        await keeper.close()
    return late


async def tidy(interview_id: str, state: State, spool: Spool) -> None:
    """Nothing needs the audio any more but a later try of segments that stayed without words: they
    stay alone. Its owner holds the lease, and all else that was said is written."""
    missing = open_segments(state)
    if state.status in TERMINAL and not missing:
        await spool.erase(interview_id)
        return
    for record in state.connections:
        epoch, offset_s = record.connection_epoch, record.media_offset_s
        keep = tuple(
            (segment.start_s - offset_s - KEPT_BEFORE_S, segment.end_s - offset_s)
            for segment in missing
            if segment.segment_id.connection_epoch == epoch
        )
        until_s = math.inf if missing else spoken_until(state, epoch) - offset_s
        await spool.trim(interview_id, epoch, until_s, keep)


class _Writer:
    def __init__(
        self,
        state: State,
        journal: Journal,
        tries: SecondTry,
        clock: InterviewClock,
        on_answer: OnAnswer,
    ) -> None:
        self.state = state
        self._journal = journal
        self._tries = tries
        self._clock = clock
        self._on_answer = on_answer

    async def run(
        self,
        segments: Sequence[ev.SegmentTranscribed],
        kept: KeptAudio,
        on_done: Callable[[Retranscription], None],
        at_once: int,
        goes_on: Callable[[], bool],
    ) -> Retranscription:
        late = Retranscription(wanted=len(segments))
        for first in range(0, len(segments), at_once):
            if not goes_on():
                break
            group = segments[first : first + at_once]
            answers = await self._ask(group, kept)
            for segment, answer in zip(group, answers, strict=True):
                if isinstance(answer, StillNone):
                    late.failed[str(segment.segment_id)] = answer.reason
                else:
                    late.written += 1
                self._on_answer(self.state, segment.segment_id, answer)
            on_done(late)
        return late

    async def _ask(
        self, group: Sequence[ev.SegmentTranscribed], kept: KeptAudio
    ) -> Sequence[Answer]:
        """What came of each, written down. Raises Stopped, CannotTranscribeLater, LostOwnership."""
        audio = [await kept.of(self.state, segment) for segment in group]
        tried = [s.segment_id for s, pcm in zip(group, audio, strict=True) if pcm.size]
        await self._write([inp.LateTry(segment_id, "begun") for segment_id in tried])
        asked = zip(group, audio, strict=True)
        spec = self.state.spec
        try:
            answers = await asyncio.gather(*(self._tries.ask(spec, s, pcm) for s, pcm in asked))
        except Stopped:
            with contextlib.suppress(CannotTranscribeLater):
                await self._write([inp.LateTry(segment_id, "stopped") for segment_id in tried])
            raise
        came = zip(group, answers, strict=True)
        await self._write([i for s, answer in came for i in what_to_write(s.segment_id, answer)])
        return answers

    async def _write(self, inputs: Sequence[inp.Input]) -> None:
        now_s, decided, state = self._clock.now_s(), list[steps.Step](), self.state
        for input_ in inputs:
            decided += steps.decide(state, input_, now_s)
            state = decided[-1].after if decided else state
        if decided:
            state = await steps.write(self._journal, decided, now_s)
        if self._journal.trouble:
            raise CannotTranscribeLater(
                "the store cannot be written to now: what is written so far stays; try again"
            )
        self.state = state


def what_to_write(segment_id: SegmentId, answer: Answer) -> list[inp.HeardAgain | inp.LateTry]:
    """Of a try that is over. Where the audio is gone there was none."""
    if answer is AUDIO_GONE:
        return []
    if isinstance(answer, inp.HeardAgain):
        return [answer]
    return [inp.LateTry(segment_id, "failed", answer.cause)]
