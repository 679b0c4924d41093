"""The record: an answer that has its words is decoded once more, in long stretches. Pure.

While somebody speaks, an answer is cut at every short pause, so that its words come at once. A
recogniser that hears half a minute in one piece gets more of them right, and knows where a sentence
ends. So the segments of a turn that is over are joined to stretches, and what the recogniser makes
of a stretch takes the place of its segments' words. Those stay in the log, and the conversation
goes by them alone: what was asked for, and whether anything was said, is never decided again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from media_server import spacing
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.state import State, Turn
from media_server.interview.status import TERMINAL, Status
from media_server.segment_info import SegmentId

LONGEST_S = 26.0
"""Of a stretch: Whisper's window of 30 s, less the silence it needs at the end."""
PAUSE_S = 0.5
"""A longer pause between two segments is shortened to it: silence tells a recogniser nothing, and
tempts it to invent."""
LEAST_SHARE = 0.6
"""Of the letters of the live words: a stretch with fewer has lost words."""
MOST_TIMES = 2.0
MOST_MORE = 40
"""Letters. More than twice the live ones and these: invented."""
CLEAR_LETTERS = 16
CLEAR_SHARE = 0.25
"""A segment with so many letters, of which the stretch has less than this share at its place, was
passed over; one with fewer where there is no word of it at all."""
EDGE_S = 0.5
"""Times of words are about so exact."""
_IN_HAND = (Status.LISTENING, Status.CLOSING_TURN, Status.DECIDING)
"""The newest turn is still spoken, or what follows from it is being decided."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment, and where it begins in its stretch."""

    segment: ev.SegmentTranscribed
    at_s: float

    @property
    def length_s(self) -> float:
        return length_s(self.segment)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Segments that are decoded in one piece, in their order, with short silences between them."""

    turn_epoch: int
    pieces: tuple[Piece, ...]

    @property
    def segment_ids(self) -> tuple[SegmentId, ...]:
        return tuple(piece.segment.segment_id for piece in self.pieces)

    @property
    def length_s(self) -> float:
        last = self.pieces[-1]
        return last.at_s + last.length_s

    def on_timeline(self, at_s: float) -> float:
        """From a time in the stretch to the interview's timeline. What lies in the silence after a
        segment is at its end; before the first one, at its start."""
        return _placed(self._piece(at_s), at_s)

    def words(self, words: Iterable[ev.SpokenWord]) -> tuple[ev.SpokenWord, ...]:
        """With times on the interview's timeline, each within one segment and none going back."""
        placed: list[ev.SpokenWord] = []
        so_far_s = self.pieces[0].segment.start_s
        for word in words:
            piece = self.piece_of(word)
            start_s = max(so_far_s, _placed(piece, word.s))
            end_s = max(start_s, _placed(piece, word.e))
            so_far_s = start_s
            times = {"s": round(start_s, 3), "e": round(end_s, 3)}
            placed.append(word.model_copy(update=times))
        return tuple(placed)

    def _piece(self, at_s: float) -> Piece:
        index = bisect_right(self.pieces, at_s, key=lambda piece: piece.at_s) - 1
        return self.pieces[max(0, index)]

    def piece_of(self, word: ev.SpokenWord) -> Piece:
        """The one that has its middle; of one in the silence, the one that it reaches into."""
        piece = self._piece((word.s + word.e) / 2)
        reached = self._piece(word.e)
        beyond = (word.s + word.e) / 2 >= piece.at_s + piece.length_s
        return reached if beyond else piece


def length_s(segment: ev.SegmentTranscribed) -> float:
    return max(0.0, segment.end_s - segment.start_s)


def _placed(piece: Piece, at_s: float) -> float:
    return piece.segment.start_s + min(max(0.0, at_s - piece.at_s), piece.length_s)


# --- what is decoded together ---------------------------------------------------------------------


def stretches(turn: Turn, longest_s: float = LONGEST_S) -> list[Stretch]:
    """All of a turn's segments that have words, or may have some, each in exactly one stretch.

    A stretch is cut at the longest pause of its second half, and never within a segment; it has
    segments of one connection. A segment that was given up is left out, as one is whose text was
    thrown away; words that come later to the first plan its turn again.
    """
    usable = [s for s in turn.segments if not s.untranscribed and not s.rejected and s.speech_ms]
    ordered = sorted(usable, key=lambda s: (s.start_s, s.segment_id))
    found: list[Stretch] = []
    for _, run in groupby(ordered, key=lambda segment: segment.segment_id.connection_epoch):
        rest = list(run)
        while rest:
            count = _count(rest, longest_s)
            found.append(Stretch(turn.turn_epoch, _joined(rest[:count])))
            rest = rest[count:]
    return found


def _joined(segments: Sequence[ev.SegmentTranscribed]) -> tuple[Piece, ...]:
    pieces = [Piece(segments[0], 0.0)]
    for before, segment in pairwise(segments):
        last = pieces[-1]
        pause_s = min(PAUSE_S, max(0.0, segment.start_s - before.end_s))
        pieces.append(Piece(segment, last.at_s + last.length_s + pause_s))
    return tuple(pieces)


def _count(segments: Sequence[ev.SegmentTranscribed], longest_s: float) -> int:
    """How many of them the first stretch has; at least one, however long it is."""
    ends_s = [piece.at_s + piece.length_s for piece in _joined(segments)]
    fitting = max(1, sum(end_s <= longest_s for end_s in ends_s))
    if fitting == len(segments):
        return fitting
    cuts = [n for n in range(1, fitting + 1) if ends_s[n - 1] >= longest_s / 2] or [fitting]
    return max(cuts, key=lambda n: (segments[n].start_s - segments[n - 1].end_s, n))


# --- what is still to be done ---------------------------------------------------------------------


def due(state: State) -> list[Stretch]:
    """Stretches that may be decoded now, in the order of the interview. One of a single segment is
    none: it was heard like that already."""
    turns = [turn for turn in state.turns if _is_over(state, turn)]
    return [stretch for turn in turns for stretch in _open(turn)]


def held(state: State) -> list[ev.SegmentTranscribed]:
    """Segments whose audio is needed: of what is due, and of turns that are not over."""
    segments = [piece.segment for stretch in due(state) for piece in stretch.pieces]
    for turn in state.turns:
        if _counts(turn) and not _is_over(state, turn):
            segments += [segment for segment in turn.segments if not segment.untranscribed]
    return segments


def give_up_s(state: State, within_s: float) -> float:
    """When nothing of the record is done any more, of the interview's own time: so long after it
    has come to rest. `inf`: it goes on."""
    if state.status in TERMINAL or state.status is Status.PARKED:
        return state.entered_s + within_s
    return float("inf")


def pending(state: State, now_s: float, within_s: float) -> int:
    """How many stretches will still be tried. `within_s`: as in `give_up_s`; 0: none ever is."""
    return len(due(state)) if within_s > 0 and now_s < give_up_s(state, within_s) else 0


def _counts(turn: Turn) -> bool:
    """It was spoken, and is part of an answer."""
    return turn.typed is None and turn.counts


def _is_over(state: State, turn: Turn) -> bool:
    """Its words are all there, and what follows from them is decided."""
    if not _counts(turn) or (turn.turn_epoch == state.turn_epoch and state.status in _IN_HAND):
        return False
    return all(owed.segment.turn_epoch != turn.turn_epoch for owed in state.pending.values())


def _open(turn: Turn) -> list[Stretch]:
    known = {stretch.segment_ids for stretch in turn.stretches}
    return [
        stretch
        for stretch in stretches(turn)
        if len(stretch.pieces) > 1
        and stretch.segment_ids not in known
        and any(piece.segment.text for piece in stretch.pieces)
    ]


# --- what came of it ------------------------------------------------------------------------------


def transcribed(state: State, input_: inp.StretchHeard) -> ev.StretchTranscribed | None:
    """What is written of it; None: it is not due (any more), so there is nothing to write."""
    stretch = next((s for s in due(state) if s.segment_ids == input_.segment_ids), None)
    turn = state.turn(input_.turn_epoch)
    if stretch is None or turn is None or stretch.turn_epoch != input_.turn_epoch:
        return None
    words = stretch.words(input_.words)
    kept = input_.failed or _why_kept(stretch, input_, words)
    event = ev.StretchTranscribed(
        prompt_id=turn.prompt_id,
        round=state.round_of(turn.prompt_id),
        turn_epoch=turn.turn_epoch,
        segment_ids=stretch.segment_ids,
        start_s=stretch.pieces[0].segment.start_s,
        end_s=max(piece.segment.end_s for piece in stretch.pieces),
        engine=input_.engine,
        model=input_.model,
        language=input_.language,
        kept=kept,
    )
    if kept:
        return event
    better = {"text": input_.text, "words": words, "confidence": input_.confidence}
    return event.model_copy(update=better)


def _why_kept(
    stretch: Stretch, input_: inp.StretchHeard, words: Sequence[ev.SpokenWord]
) -> ev.Kept:
    """Why the live words stay; "": the new ones are better. Words that were heard must not go."""
    live, new = sum(_letters(p.segment.text) for p in stretch.pieces), _letters(input_.text)
    if input_.rejected:
        return "rejected"
    if not new:
        return "empty"
    if new < LEAST_SHARE * live:
        return "shorter"
    if new > MOST_TIMES * live + MOST_MORE:
        return "longer"
    if words:
        own = {id(stretch.piece_of(word)) for word in input_.words if _letters(word.w)}
        for piece in stretch.pieces:
            if _passed_over(piece.segment, words, has_own=id(piece) in own):
                return "gap"
    return ""


def _passed_over(
    segment: ev.SegmentTranscribed, words: Sequence[ev.SpokenWord], *, has_own: bool
) -> bool:
    """`has_own`: at least one word lies in it, and not only close by: a short answer ("No, never.")
    is nobody's neighbour."""
    live = _letters(segment.text)
    if live and not has_own:
        return True
    if live < CLEAR_LETTERS:
        return False
    from_s, to_s = segment.start_s - EDGE_S, segment.end_s + EDGE_S
    here = sum(_letters(word.w) for word in words if from_s <= (word.s + word.e) / 2 <= to_s)
    return here < CLEAR_SHARE * live


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)


# --- the words of a turn --------------------------------------------------------------------------

Part = ev.SegmentTranscribed | ev.StretchTranscribed


def parts(turn: Turn) -> list[Part]:
    """The best words of a spoken turn: a stretch in place of its segments, where it is better."""
    better = [stretch for stretch in turn.stretches if not stretch.kept]
    replaced = {segment_id for stretch in better for segment_id in stretch.segment_ids}
    live = [segment for segment in turn.segments if segment.segment_id not in replaced]
    return sorted([*better, *live], key=lambda part: part.start_s)


def text(turn: Turn) -> str:
    """The best words of a turn."""
    if turn.typed is not None:
        return turn.typed
    return spacing.join(part.text for part in parts(turn))


def after(turn: Turn, event: ev.StretchTranscribed) -> tuple[ev.StretchTranscribed, ...]:
    """The stretches of a turn with this one, which takes the place of those it has segments of.
    One that has brought nothing takes the place of none but itself."""
    mine = set(event.segment_ids)
    rest = [
        known
        for known in turn.stretches
        if known.segment_ids != event.segment_ids
        and (event.kept or mine.isdisjoint(known.segment_ids))
    ]
    return (*rest, event)
