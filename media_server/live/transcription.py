"""The way from a segment of audio to its words: what is owed, what came back, what was lost."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from media_server.audio.events import ReceiverSettings
from media_server.audio.types import SegmentAudio
from media_server.interview import inputs as inp
from media_server.interview.connection_record import ConnectionRecord
from media_server.interview.pacing import STILL_WORDS_MS
from media_server.interview.record import held
from media_server.interview.settling import untranscribed
from media_server.interview.state import State
from media_server.interview.still_words import StillWords
from media_server.live.recognition import heard, job, spoken_words
from media_server.live.recover import (
    NOTHING_SPOOLED,
    Span,
    Spooled,
    segments_of,
    turn_of,
    written_spans,
)
from media_server.live.services import Services
from media_server.live.stable_captions import StableCaption
from media_server.ports import SpooledPacket, StoreUnavailable, SttOutcome, Transcription
from media_server.ports.dialect import Interim, ToCandidate
from media_server.ports.turn_trace import turn_id_of
from media_server.segment_info import SegmentId, SegmentInfo

logger = logging.getLogger(__name__)

KEPT_BEFORE_S = 0.5
"""Audio before a segment that is kept with it, for the decoder to find its feet."""


class ShownTo(Protocol):
    """The connection whose candidate reads the words so far."""

    @property
    def open(self) -> bool: ...
    def interim_done(self, segment_id: SegmentId) -> None: ...
    def send(self, said: ToCandidate) -> bool: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A segment at the recogniser."""

    segment: SegmentInfo
    """On the interview's timeline."""
    shown_to: ShownTo | None
    """None: recovered from the spool, its connection is gone."""
    attempt: int


class Session(Protocol):
    """What the transcriber asks of its session."""

    interview_id: str
    state: State

    def post(self, input_: inp.Input) -> None: ...


class Transcriber:
    """One per session. `owed` is empty when every final has come back."""

    def __init__(self, session: Session, services: Services, count: Callable[[str], None]) -> None:
        self.owed: dict[SegmentId, Asked] = {}
        self.fenced = False
        """Somebody else owns the interview: its audio is theirs, and not to be touched."""
        self._unwritten: dict[SegmentId, float] = {}
        """Segments whose words are not in the log yet: their start on the timeline."""
        self._floors: dict[int, float] = {}
        """By connection: audio before this belongs to no answer, on the timeline."""
        self._trimmed: dict[int, tuple[float, frozenset[Span]]] = {}
        """By connection: how far the spool is trimmed, in media time, and what was left."""
        self.unread = bool(session.state.connections)
        """What an earlier process left is not all known (yet): nothing may go."""
        self._interims: dict[SegmentId, Asked] = {}
        self._captions: dict[SegmentId, StableCaption] = {}
        """Of the open segment, what its candidate reads."""
        self._still = StillWords(0)
        """Of the newest turn."""
        self._attempts: dict[SegmentId, int] = {}
        self.when_closed: Callable[[SegmentAudio], None] = lambda _audio: None
        """Each segment whose words are owed from now on."""
        self.when_final: Callable[[int, SttOutcome], None] = lambda _turn_epoch, _outcome: None
        """Called with each final that is taken, and the turn it belongs to."""
        self._session = session
        self._services = services
        self._count = count

    def submit(self, audio: SegmentAudio, shown_to: ShownTo | None) -> None:
        """Have a segment on the interview's timeline written down.

        A final is owed from now on, and told to the interview. An interim is answered to
        `shown_to`: by `interim_done` in any case, by a message where there are words.
        """
        segment, segment_id = audio.info, audio.info.segment_id
        attempt = self._attempts.get(segment_id, 0) + 1
        self._attempts[segment_id] = attempt
        asked = Asked(segment, shown_to, attempt)
        if audio.final:
            self._session.post(inp.SegmentReady(segment))
            self._unwritten[segment_id] = segment.start_s
            self._interims.pop(segment_id, None)  # nobody reads it after the final
            self._captions.pop(segment_id, None)
            self.owed[segment_id] = asked
            self.when_closed(audio)
        else:
            self._interims[segment_id] = asked
        self._count("stt_finals" if audio.final else "stt_interims")
        interview_id, spec = self._session.interview_id, self._session.state.spec
        self._services.stt.submit(
            job(interview_id, spec, segment, audio.pcm, final=audio.final, attempt=attempt),
            partial(self._final_came if audio.final else self._interim_came, asked),
        )

    def hang_up(self) -> None:
        """The candidate left: no interim is computed for nobody; finals stay owed."""
        self._services.stt.drop_interims(self._session.interview_id)
        self._interims.clear()
        self._captions.clear()

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

    def _final_came(self, asked: Asked, outcome: SttOutcome) -> None:
        segment_id = asked.segment.segment_id
        if self.owed.get(segment_id) is not asked:
            self._count("stt_late")  # of an earlier attempt, or come twice
            return
        del self.owed[segment_id]
        self._attempts.pop(segment_id, None)
        self._tell(asked.segment, outcome)
        self.when_final(asked.segment.turn_epoch, outcome)
        self._session.post(heard(asked.segment, outcome))
        self._still_after_final(asked.segment, outcome.transcription)
        if asked.shown_to is not None:
            self._tell_interim(asked.segment, "")

    def _tell(self, segment: SegmentInfo, outcome: SttOutcome) -> None:
        turn_id = turn_id_of(self._session.interview_id, segment.turn_epoch)
        segment_id, queued_s, worked_s = segment.segment_id, outcome.queued_s, outcome.worked_s
        if outcome.transcription is None:
            self._count("stt_given_up")
            line = "turn=%s: segment %s is given up after %d deliveries"
            logger.warning(line, turn_id, segment_id, outcome.deliveries)
        line = "turn=%s: segment %s waited %.3f s for a worker, which had it for %.3f s"
        logger.debug(line, turn_id, segment_id, queued_s, worked_s)

    def _interim_came(self, asked: Asked, outcome: SttOutcome) -> None:
        segment, connection = asked.segment, asked.shown_to
        if self._interims.get(segment.segment_id) is not asked or connection is None:
            return
        del self._interims[segment.segment_id]
        made = outcome.transcription
        connection.interim_done(segment.segment_id)
        if made is None or not connection.open:
            return
        still = self._still_of(segment)
        if still is not None and not made.rejected:  # else nobody knows what was said
            still.interim(segment, made.text)
        if made.text:
            self._show(segment, made.text, connection)
        self._tell_interim(segment, made.text)

    def _tell_interim(self, segment: SegmentInfo, text: str) -> None:
        still = self._still_of(segment)
        still_ms = still.still_ms if still is not None else 0
        if text or still_ms >= STILL_WORDS_MS:
            self._session.post(inp.InterimHeard(segment.turn_epoch, text, still_ms))

    def _still_of(self, segment: SegmentInfo) -> StillWords | None:
        """None: it is of an older turn than the newest."""
        if segment.turn_epoch > self._still.turn_epoch:
            self._still = StillWords(segment.turn_epoch)
        return self._still if segment.turn_epoch == self._still.turn_epoch else None

    def _still_after_final(self, segment: SegmentInfo, made: Transcription | None) -> None:
        still = self._still_of(segment)
        if still is None or made is None or made.rejected:
            return
        last_s = None
        if made.text:
            words = spoken_words(made.words, segment.start_s, segment.end_s)
            last_s = words[-1].e if words else segment.end_s
        still.final(segment, last_s)

    def _show(self, segment: SegmentInfo, text: str, connection: ShownTo) -> None:
        """The machine gets the newest guess; the candidate reads it joined to what stands."""
        captions = self._captions.setdefault(segment.segment_id, StableCaption())
        shown = captions.take(text, segment.start_s, segment.end_s)
        if shown is not None:
            whole = replace(segment, start_s=captions.start_s)
            state = self._session.state
            connection.send(Interim(whole, shown.text, shown.stable, state))
            self._services.watching.interim(
                self._session.interview_id, whole, shown.text, shown.stable, state
            )

    # --- spool ---

    def written(self, segment_id: SegmentId) -> None:
        """The machine has taken its words in: from the next append that succeeds they are safe."""
        self._unwritten.pop(segment_id, None)

    def begins(self, connection_epoch: int, media_s: float, offset_s: float) -> bool:
        """A turn begins now: what came before it belongs to no answer, unless words are owed.

        `media_s`: how far the connection's audio has come; `offset_s`: its place on the timeline.
        Answers whether there is something to trim, once all that was decided is in the log.
        """
        if self._unwritten:
            return False
        until_s = media_s - 1.0
        self._floors[connection_epoch] = until_s + offset_s
        return until_s > 0

    async def trim(self, live: Collection[int]) -> None:
        """Audio goes once its words are in the log, or nobody is owed words for it.

        Only after an append, while nothing waits for one. `live`: connections that go on; of
        one that is over nothing is kept but what is owed.
        """
        for record in self._session.state.connections:
            epoch = record.connection_epoch
            starts = [
                at for known, at in self._unwritten.items() if known.connection_epoch == epoch
            ]
            if starts:
                until_s = min(starts)
            elif epoch in live:
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
        keep = tuple(sorted({*keep, *self._for_the_record(record)}))
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
        epoch, offset_s = record.connection_epoch, record.media_offset_s
        return tuple(
            (segment.start_s - offset_s - KEPT_BEFORE_S, segment.end_s - offset_s)
            for segment in untranscribed(self._session.state)
            if segment.segment_id.connection_epoch == epoch
        )

    def _for_the_record(self, record: ConnectionRecord) -> tuple[Span, ...]:
        """As `_not_written_down`: exactly what has its words, so that no recovery finds any of it
        without."""
        if not self._services.keeps_for_record(self._session.state):
            return ()
        epoch, offset_s = record.connection_epoch, record.media_offset_s
        return tuple(
            (segment.start_s - offset_s, segment.end_s - offset_s)
            for segment in held(self._session.state)
            if segment.segment_id.connection_epoch == epoch
        )

    async def empty_spool(self) -> None:
        """The interview is over and every word is written: nothing needs the audio any more.

        Otherwise it stays, until it is transcribed or its days of retention are over.
        """
        if self.unread or self.fenced or self._unwritten or untranscribed(self._session.state):
            return
        state = self._session.state
        if self._services.keeps_for_record(state) and held(state):
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
            segment = audio.info.later_by(offset_s)
            turn_epoch = turn_of(state, epoch, segment.start_s)
            if turn_epoch is None:
                self._count("stt_before_any_question")
                continue
            self.submit(replace(audio, info=replace(segment, turn_epoch=turn_epoch)), None)
        if found:
            logger.info(
                "interview %s: %d segments of connection %d recovered",
                self._session.interview_id, len(found), epoch,
            )  # fmt: skip


def spoken_until(state: State, connection_epoch: int) -> float:
    """End of the newest final of a connection, on the timeline."""
    return max(
        (
            segment.end_s
            for turn in state.turns
            for segment in turn.segments
            if segment.segment_id.connection_epoch == connection_epoch
        ),
        default=0.0,
    )
