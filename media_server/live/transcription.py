"""The way from a segment of audio to its words: what is owed, what came back, what was lost."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from media_server.audio.events import ReceiverSettings
from media_server.audio.types import SegmentAudio
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.settling import untranscribed
from media_server.interview.state import ConnectionRecord, State
from media_server.live.connection import Connection
from media_server.live.recover import Span, segments_of, turn_of, written_spans
from media_server.live.services import Services
from media_server.ports import (
    SpooledPacket,
    StoreUnavailable,
    SttJob,
    SttOutcome,
    Transcription,
    Word,
)
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


@dataclass(frozen=True, slots=True)
class Spooled:
    """What the spool still held of a connection: its last media time, and what damage took."""

    end_s: float = 0.0
    lost_ms: int = 0


NOTHING_SPOOLED = Spooled()


class Session(Protocol):
    """What the transcriber asks of its session."""

    interview_id: str
    state: State

    def post(self, input_: inp.Input) -> None: ...


class Transcriber:
    """One per session. `owed` is empty when every final has come back."""

    def __init__(self, session: Session, services: Services, count: Callable[[str], None]) -> None:
        self.owed: dict[str, Owed] = {}
        self.fenced = False
        """Somebody else owns the interview: its audio is theirs, and not to be touched."""
        self._unwritten: dict[str, tuple[int, float]] = {}
        """Segments whose words are not in the log yet: connection, start on the timeline."""
        self._floors: dict[int, float] = {}
        """By connection: audio before this belongs to no answer, on the timeline."""
        self._trimmed: dict[int, tuple[float, frozenset[Span]]] = {}
        """By connection: how far the spool is trimmed, in media time, and what was left."""
        self.unread = bool(session.state.connections)
        """What an earlier process left is not all known (yet): nothing may go."""
        self._interims: dict[str, Owed] = {}
        self._attempts: dict[str, int] = {}
        self._session = session
        self._services = services
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
        if audio.final:
            epoch = int(audio.segment_id.partition("-")[0])
            self._unwritten[audio.segment_id] = (epoch, audio.start_s + offset_s)
            self._interims.pop(audio.segment_id, None)  # nobody reads it after the final
        table = self.owed if audio.final else self._interims
        table[audio.segment_id] = Owed(
            connection, turn_epoch, audio.start_s + offset_s, audio.end_s + offset_s, attempt
        )
        self._count("stt_finals" if audio.final else "stt_interims")
        self._services.stt.submit(
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
        self._services.stt.drop_interims(self._session.interview_id)
        self._interims.clear()

    def give_up(self, reason: str) -> None:
        """Nobody will wait any longer: what is owed stays marked, with its audio, for later."""
        for segment_id in tuple(self.owed):
            del self.owed[segment_id]
            self._count("stt_given_up")
            self._session.post(inp.SegmentHeard(segment_id, "", failed=reason, cause="not_awaited"))

    @property
    def heard_out(self) -> bool:
        """What an earlier process left is read, and no words are on their way to the log."""
        return not (self.unread or self.owed or self._unwritten or self.fenced)

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
            self._count("stt_given_up")
            reason = outcome.reason or "failed"
            self._session.post(
                inp.SegmentHeard(outcome.segment_id, "", failed=reason, cause=outcome.cause)
            )
            return
        self._session.post(heard(outcome.segment_id, made, owed.start_s, owed.end_s))

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

    def written(self, segment_id: str) -> None:
        """The machine has taken its words in: from the next append that succeeds they are safe."""
        self._unwritten.pop(segment_id, None)

    def begins(self, connection: Connection) -> bool:
        """A turn begins now: what came before it belongs to no answer, unless words are owed.

        Answers whether there is something to trim, once all that was decided is in the log.
        """
        if self._unwritten:
            return False
        until_s = connection.media_s - 1.0
        self._floors[connection.epoch] = until_s + connection.media_offset_s
        return until_s > 0

    async def trim(self, live: Collection[int]) -> None:
        """Audio goes once its words are in the log, or nobody is owed words for it.

        Only after an append, while nothing waits for one. `live`: connections that go on; of
        one that is over nothing is kept but what is owed.
        """
        for record in self._session.state.connections:
            starts = [at for e, at in self._unwritten.values() if e == record.connection_epoch]
            if starts:
                until_s = min(starts)
            elif (epoch := record.connection_epoch) in live:
                spoken_s = spoken_until(self._session.state, epoch)
                until_s = max(spoken_s, self._floors.get(epoch, 0.0))
            else:
                until_s = math.inf
            await self._trim_until(record, until_s - record.media_offset_s)

    async def _trim_until(self, record: ConnectionRecord, until_s: float) -> None:
        """Audio of segments that nobody could write down stays: their words may come later."""
        epoch = record.connection_epoch
        keep = self._not_written_down(record)
        if keep and self._session.state.spec.retention.record_audio:
            until_s = min(until_s, *(start_s for start_s, _ in keep))  # the rest is kept anyway
            keep = ()
        so_far_s, left = self._trimmed.get(epoch, (0.0, frozenset[Span]()))
        nothing_new = until_s <= so_far_s and left.issubset(keep)
        if nothing_new or self.unread or self.fenced:
            return
        try:
            await self._services.spool.trim(self._session.interview_id, epoch, until_s, keep)
        except StoreUnavailable:
            self._count("spool_trouble")  # it keeps too much for a while: no harm
        else:
            self._trimmed[epoch] = until_s, frozenset(keep)

    def _not_written_down(self, record: ConnectionRecord) -> tuple[Span, ...]:
        """Of a connection, in its media time."""
        prefix, offset_s = f"{record.connection_epoch}-", record.media_offset_s
        return tuple(
            (segment.start_s - offset_s - KEPT_BEFORE_S, segment.end_s - offset_s)
            for segment in untranscribed(self._session.state)
            if segment.segment_id.startswith(prefix)
        )

    async def empty_spool(self) -> None:
        """The interview is over and every word is written: nothing needs the audio any more.

        Otherwise it stays, until it is transcribed or its days of retention are over.
        """
        if self.unread or self.fenced or self._unwritten or untranscribed(self._session.state):
            return
        try:
            await self._services.spool.erase(self._session.interview_id)
        except StoreUnavailable:
            self._count("spool_trouble")

    async def recover(self, settings: ReceiverSettings) -> dict[int, Spooled]:
        """After a crash: what any connection said and nobody wrote down is owed.

        Answers what was found of each connection. What cannot be read now stays where it is, for
        the next time.
        """
        state, interview_id = self._session.state, self._session.interview_id
        try:
            packets = await self._services.spool.read(interview_id)
            damage = await self._services.spool.damage(interview_id)
        except StoreUnavailable as error:
            logger.error("interview %s: spool unreadable: %s", interview_id, error)
            return {}
        found: dict[int, Spooled] = {}
        failed = False
        for epoch, damaged in damage.items():
            found[epoch] = Spooled(0.0, round(damaged.lost_s * 1000))
            logger.error(
                "interview %s: the spool of connection %d is damaged: %d bytes cannot be read, "
                "about %.1f s of what was said are lost",
                interview_id, epoch, damaged.damaged_bytes, damaged.lost_s,
            )  # fmt: skip
        for record in state.connections:
            epoch = record.connection_epoch
            mine = [packet for packet in packets if packet.connection_epoch == epoch]
            if not mine:
                continue
            end_s = max(packet.media_s for packet in mine)
            found[epoch] = Spooled(end_s, found.get(epoch, NOTHING_SPOOLED).lost_ms)
            try:
                await self._recover(record, mine, settings)
            except Exception as error:
                # Audio that nobody can decode must not keep the interview from being opened.
                failed = True
                kind = type(error).__name__
                logger.exception("interview %s: %s in recovering", interview_id, kind)
        self.unread = failed
        return found

    async def _recover(
        self, record: ConnectionRecord, packets: Sequence[SpooledPacket], settings: ReceiverSettings
    ) -> None:
        state, offset_s, epoch = self._session.state, record.media_offset_s, record.connection_epoch
        found = await segments_of(packets, settings, epoch, written_spans(state, epoch, offset_s))
        for audio in found:
            turn_epoch = turn_of(state, epoch, audio.start_s + offset_s)
            if turn_epoch is None:
                self._count("stt_before_any_question")
                continue
            self._session.post(segment_ready(turn_epoch, audio, offset_s))
            self.submit(None, turn_epoch, audio, offset_s)
        if found:
            logger.info(
                "interview %s: %d segments of connection %d recovered",
                self._session.interview_id, len(found), epoch,
            )  # fmt: skip


def heard(segment_id: str, made: Transcription, start_s: float, end_s: float) -> inp.SegmentHeard:
    """What a recogniser made of a segment that lies there on the candidate's timeline."""
    return inp.SegmentHeard(
        segment_id,
        made.text,
        spoken_words(made.words, start_s, end_s),
        made.engine,
        made.model,
        made.language,
        made.confidence,
        rejected=made.rejected,
        rejected_text=made.rejected_text,
    )


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
