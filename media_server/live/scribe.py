"""The way from a segment of audio to its words: what is owed, what came back, what was lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from media_server.audio.events import EarSettings
from media_server.audio.types import SegmentAudio
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.live.connection import Connection
from media_server.live.recover import segments_of
from media_server.live.rooms import Rooms
from media_server.ports import StoreUnavailable, SttJob, SttOutcome, Word
from media_server.stt.transcript import on_timeline

logger = logging.getLogger(__name__)

KEPT_BEFORE_S = 0.5
"""Audio before a segment that is kept with it, for the decoder to find its feet."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A segment at the recogniser: where its words belong on the timeline."""

    connection: Connection | None
    """None: recovered from the spool, its connection is gone."""
    turn_epoch: int
    start_s: float
    end_s: float
    attempt: int


class Session(Protocol):
    """What the scribe asks of its session."""

    interview_id: str
    state: State

    def post(self, input_: inp.Input) -> None: ...


class Scribe:
    """One per session. `owed` is empty when every final has come back."""

    def __init__(self, session: Session, rooms: Rooms, count: Callable[[str], None]) -> None:
        self.owed: dict[str, Owed] = {}
        self._interims: dict[str, Owed] = {}
        self._attempts: dict[str, int] = {}
        self._session = session
        self._rooms = rooms
        self._count = count

    def submit(
        self,
        connection: Connection | None,
        turn_epoch: int,
        audio: SegmentAudio,
        offset_s: float,
    ) -> None:
        """Give a segment to the pool. `offset_s`: its connection's place on the timeline."""
        spec = self._session.state.spec
        attempt = self._attempts.get(audio.segment_id, 0) + 1
        self._attempts[audio.segment_id] = attempt
        table = self.owed if audio.final else self._interims
        table[audio.segment_id] = Owed(
            connection, turn_epoch, audio.start_s + offset_s, audio.end_s + offset_s, attempt
        )
        self._count("stt_finals" if audio.final else "stt_interims")
        self._rooms.stt.submit(
            SttJob(
                interview_id=self._session.interview_id,
                segment_id=audio.segment_id,
                attempt=attempt,
                final=audio.final,
                start_s=audio.start_s + offset_s,
                pcm=audio.pcm,
                language=spec.candidate.locale.split("-")[0],
                glossary=spec.glossary,
                speech_ms=audio.speech_ms,
            ),
            self._on_outcome,
        )

    def hang_up(self) -> None:
        """The candidate left: no interim is computed for nobody; finals stay owed."""
        self._rooms.stt.drop_interims(self._session.interview_id)
        self._interims.clear()

    def give_up(self, reason: str) -> None:
        """Nobody will wait any longer: what is owed stays marked, with its audio, for later."""
        for segment_id in tuple(self.owed):
            del self.owed[segment_id]
            self._count("stt_given_up")
            self._session.post(inp.SegmentHeard(segment_id, "", failed=reason))

    # --- what comes back ---

    def _on_outcome(self, outcome: SttOutcome) -> None:
        if not outcome.final:
            self._on_interim(outcome)
            return
        owed = self.owed.get(outcome.segment_id)
        if owed is None or owed.attempt != outcome.attempt:
            self._count("stt_late")  # of an earlier attempt, or come twice
            return
        del self.owed[outcome.segment_id]
        self._attempts.pop(outcome.segment_id, None)
        made = outcome.transcription
        if made is None:
            reason = outcome.reason or "failed"
            self._session.post(inp.SegmentHeard(outcome.segment_id, "", failed=reason))
            return
        self._session.post(
            inp.SegmentHeard(
                outcome.segment_id,
                made.text,
                spoken_words(made.words, owed.start_s, owed.end_s),
                made.engine,
                made.model,
                made.language,
                made.confidence,
                rejected=made.rejected,
            )
        )

    def _on_interim(self, outcome: SttOutcome) -> None:
        segment_id = outcome.segment_id
        asked = self._interims.get(segment_id)
        if asked is None or asked.connection is None or asked.attempt != outcome.attempt:
            return
        del self._interims[segment_id]
        connection, made = asked.connection, outcome.transcription
        connection.interim_done(segment_id)
        if made is None or not made.text or not connection.open:
            return
        state = self._session.state
        connection.send(native.interim(segment_id, made.text, state, asked.start_s, asked.end_s))
        self._session.post(inp.InterimHeard(asked.turn_epoch, segment_id, made.text))

    # --- spool ---

    async def trim(self, connection: Connection) -> None:
        """Audio is kept until its words are in the log, or nobody is owed words for it."""
        starts = [o.start_s for o in self.owed.values() if o.connection is connection]
        spoken_s = spoken_until(self._session.state, connection.epoch)
        await self.trim_until(connection, min(starts, default=spoken_s) - connection.media_offset_s)

    async def trim_until(self, connection: Connection, until_s: float) -> None:
        prefix = f"{connection.epoch}-"
        for segment in untranscribed(self._session.state):
            if segment.segment_id.startswith(prefix):  # `media-server transcribe` needs its audio
                until_s = min(until_s, segment.start_s - connection.media_offset_s - KEPT_BEFORE_S)
        if until_s <= 0:
            return
        try:
            await self._rooms.spool.trim(self._session.interview_id, connection.epoch, until_s)
        except StoreUnavailable:
            self._count("spool_trouble")  # it keeps too much for a while: no harm

    async def empty_spool(self) -> None:
        """The interview is over and every word is written: nothing needs the audio any more.

        Otherwise it stays, until it is transcribed or its days of retention are over.
        """
        if untranscribed(self._session.state):
            return
        try:
            await self._rooms.spool.erase(self._session.interview_id)
        except StoreUnavailable:
            self._count("spool_trouble")

    async def recover(self, settings: EarSettings) -> None:
        """After a crash: what the last connection said and nobody wrote down is owed."""
        state = self._session.state
        if not state.connections:
            return
        record = state.connections[-1]
        try:
            packets = await self._rooms.spool.read(self._session.interview_id)
        except StoreUnavailable as error:
            logger.error("interview %s: spool unreadable: %s", self._session.interview_id, error)
            return
        written_s = spoken_until(state, record.connection_epoch) - record.media_offset_s
        fresh = [packet for packet in packets if packet.media_s >= written_s]
        found = await segments_of(fresh, settings, record.connection_epoch)
        known = {s.segment_id for a in state.answers for t in a.turns for s in t.segments}
        for audio in found:
            if audio.segment_id not in known:
                self._session.post(segment_ready(state.turn_epoch, audio, record.media_offset_s))
                self.submit(None, state.turn_epoch, audio, record.media_offset_s)
        if found:
            logger.info(
                "interview %s: %d segments recovered", self._session.interview_id, len(found)
            )


def untranscribed(state: State) -> list[ev.SegmentTranscribed]:
    """Segments that the recogniser gave up, in the order of the interview."""
    return [
        segment
        for answer in state.answers
        for turn in answer.turns
        for segment in turn.segments
        if segment.untranscribed and segment.speech_ms > 0
    ]


def spoken_words(words: Sequence[Word], start_s: float, end_s: float) -> tuple[ev.SpokenWord, ...]:
    """Words of a segment on the candidate's timeline: within it, and never going back."""
    return tuple(
        ev.SpokenWord(
            w=word.text,
            s=word.start_s,
            e=word.end_s,
            c=None if word.confidence is None else round(word.confidence, 3),
        )
        for word in on_timeline(words, start_s, end_s - start_s)
    )


def spoken_until(state: State, connection_epoch: int) -> float:
    """End of the newest final of a connection, on the timeline."""
    prefix = f"{connection_epoch}-"
    return max(
        (
            segment.end_s
            for answer in state.answers
            for turn in answer.turns
            for segment in turn.segments
            if segment.segment_id.startswith(prefix)
        ),
        default=0.0,
    )


def timeline_end(state: State) -> float:
    """Where the next connection's audio begins: after everything that was received."""
    ends = [record.media_offset_s + record.media_s for record in state.connections]
    ends += [s.end_s for a in state.answers for t in a.turns for s in t.segments]
    ends += [segment.end_s for segment in state.pending.values()]
    return max(ends, default=0.0)


def segment_ready(turn_epoch: int, audio: SegmentAudio, offset_s: float) -> inp.SegmentReady:
    return inp.SegmentReady(
        turn_epoch,
        audio.segment_id,
        audio.start_s + offset_s,
        audio.end_s + offset_s,
        audio.speech_ms,
        audio.lost_ms,
        audio.concealed_ms,
        audio.level_dbfs,
    )
