"""What a report needs of the log and the fold does not keep: who said what when, and who was away.

Pure: entries go in one by one, in their order, so that no log has to be in memory as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from media_server.interview import events as ev
from media_server.interview.connection_record import ConnectionRecord
from media_server.interview.status import UtteranceKind
from media_server.interview.utterance_events import UtteranceOutcome

TYPES = frozenset({
    "connected", "disconnected", "paused", "resumed", "parked", "ended", "utterance_started",
    "utterance_resumed", "utterance_ended", "round_advanced", "prompt_asked", "answer_closed",
    "segment_transcribed", "audio_lost",
})  # fmt: skip
"""Of the entries that say something here; the others need not even be read as events."""


LEAST_ABSENCE_S = 2.0
"""Of a connection that vanished and was superseded: a page that is loaded again is back by then,
and the signs of life of a line that says nothing are seconds apart."""


@dataclass(slots=True)
class Piece:
    """What was said without a break: an utterance, or the rest of one that was interrupted."""

    utterance_id: str
    kind: UtteranceKind
    prompt_id: str
    text: str
    at_s: float
    """On the clock, as every `at_s` here."""
    media_at_s: float | None
    duration_s: float
    starts_s: tuple[float, ...]
    clip: str
    spoken: bool
    connection_epoch: int
    from_s: float = 0.0
    heard_s: float = 0.0
    complete: bool = False
    outcome: UtteranceOutcome | Literal["open"] = "open"


@dataclass(slots=True)
class Stretch:
    """From one moment on the clock to another; `end_s` None: it goes on."""

    start_s: float
    end_s: float | None = None


@dataclass(slots=True)
class LogFacts:
    pieces: list[Piece] = field(default_factory=list)
    pauses: list[Stretch] = field(default_factory=list)
    absences: list[Stretch] = field(default_factory=list)
    outages: list[tuple[float, int]] = field(default_factory=list)
    """(when the line was back, how many ms were lost)"""
    late_words: int = 0
    _connection_epoch: int = 0
    _prompt_id: str = ""
    _closed: set[str] = field(default_factory=set)
    _over: bool = False

    def take(self, at_s: float, event: ev.Event) -> None:
        match event:
            case ev.UtteranceStarted() | ev.UtteranceResumed() | ev.UtteranceEnded():
                self._utterance(at_s, event)
            case ev.RoundAdvanced() | ev.PromptAsked():
                self._prompt_id = event.prompt_id or self._prompt_id
            case ev.AnswerClosed():
                self._closed.add(event.prompt_id)
            case ev.SegmentTranscribed():
                if event.prompt_id in self._closed:
                    self.late_words += len(event.text.split())
            case ev.AudioLost():
                self.outages.append((at_s, event.lost_ms))
            case _:
                self._presence(at_s, event)

    def _presence(self, at_s: float, event: ev.Event) -> None:
        match event:
            case ev.Connected():
                self._connection_epoch = event.connection_epoch
                _close(self.absences, at_s)
                if event.vanished_s >= LEAST_ABSENCE_S and not self._over:
                    self.absences.append(Stretch(at_s - event.vanished_s, at_s))
            case ev.Disconnected():
                # Who goes after the end is not away from anything.
                if event.connection_epoch == self._connection_epoch and not self._over:
                    self.absences.append(Stretch(at_s - event.away_s))
            case ev.Paused():
                self.pauses.append(Stretch(at_s))
            case ev.Resumed() | ev.Parked():
                _close(self.pauses, at_s)
            case ev.Ended():
                self._over = True
                _close(self.pauses, at_s)
                _close(self.absences, at_s)

    def _utterance(
        self, at_s: float, event: ev.UtteranceStarted | ev.UtteranceResumed | ev.UtteranceEnded
    ) -> None:
        match event:
            case ev.UtteranceStarted():
                self._started(at_s, event)
            case ev.UtteranceResumed():
                self._resumed(at_s, event)
            case _:
                self._ended(event)

    def _started(self, at_s: float, event: ev.UtteranceStarted) -> None:
        self.pieces.append(
            Piece(
                utterance_id=event.utterance_id,
                kind=event.kind,
                prompt_id=event.prompt_id or self._prompt_id,
                text=event.text,
                at_s=at_s,
                media_at_s=event.media_at_s,
                duration_s=event.duration_s,
                starts_s=event.starts_s,
                clip=event.clip,
                spoken=event.spoken,
                connection_epoch=self._connection_epoch,
            )
        )

    def _resumed(self, at_s: float, event: ev.UtteranceResumed) -> None:
        before = next((p for p in reversed(self.pieces) if p.text == event.text), None)
        self.pieces.append(
            Piece(
                utterance_id=event.utterance_id,
                kind=event.kind,
                prompt_id=before.prompt_id if before is not None else self._prompt_id,
                text=event.text,
                at_s=at_s,
                media_at_s=event.media_at_s,
                duration_s=event.duration_s,
                starts_s=before.starts_s if before is not None else (),
                clip=before.clip if before is not None else "",
                spoken=True,
                connection_epoch=self._connection_epoch,
                from_s=event.from_s,
            )
        )

    def _ended(self, event: ev.UtteranceEnded) -> None:
        piece = next((p for p in reversed(self.pieces) if p.outcome == "open"), None)
        if piece is None or piece.utterance_id != event.utterance_id:
            return
        piece.heard_s = event.heard_s
        piece.complete, piece.outcome = event.complete, event.outcome
        if event.media_from_s is not None:
            piece.media_at_s = event.media_from_s


def _close(stretches: list[Stretch], at_s: float) -> None:
    if stretches and stretches[-1].end_s is None:
        stretches[-1].end_s = max(at_s, stretches[-1].start_s)


class Placing:
    """From the clock to the interview's timeline.

    Where an utterance says how much had been heard when it began, that moment is known exactly; the
    clock says how far another is from the nearest such one before it on the same connection.
    """

    def __init__(self, connections: tuple[ConnectionRecord, ...], facts: LogFacts) -> None:
        self._connections = sorted(connections, key=lambda c: c.connected_at_s)
        self._anchors: dict[int, list[tuple[float, float]]] = {
            c.connection_epoch: [(c.connected_at_s, c.media_offset_s)] for c in connections
        }
        for piece in facts.pieces:
            if piece.media_at_s is not None and piece.connection_epoch in self._anchors:
                self._anchors[piece.connection_epoch].append((piece.at_s, piece.media_at_s))

    @property
    def end_s(self) -> float:
        """Of the timeline, as far as it is known: an open connection has no length yet."""
        ends = [c.media_offset_s + c.media_s for c in self._connections]
        anchors = [media_s for known in self._anchors.values() for _, media_s in known]
        return max((*ends, *anchors), default=0.0)

    def at(self, at_s: float) -> float:
        """A moment between two connections is at the end of the first."""
        before = [c for c in self._connections if c.connected_at_s <= at_s]
        if not before:
            return 0.0
        on = before[-1]
        anchor = max(a for a in self._anchors[on.connection_epoch] if a[0] <= at_s)
        found_s = max(on.media_offset_s, anchor[1] + at_s - anchor[0])
        return min(found_s, on.media_offset_s + on.media_s) if on.reason else found_s

    def of(self, piece: Piece) -> tuple[float | None, Literal["exact", "estimated", "none"]]:
        """Where it begins; None where nothing of the candidate's came on its connection."""
        if piece.media_at_s is not None:
            return piece.media_at_s, "exact"
        record = next(
            (c for c in self._connections if c.connection_epoch == piece.connection_epoch), None
        )
        if record is None or not record.microphone or (record.reason and not record.media_s):
            return None, "none"
        return self.at(piece.at_s), "estimated"
