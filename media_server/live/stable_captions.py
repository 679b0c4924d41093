"""Captions that stand still: of an open segment, which words are shown for good. Pure.

Each interim is a new guess at the last seconds of the segment. Words on which two interims in a row
agree are stable (LocalAgreement-2: Liu, Spanakis and Niehues, "Low-Latency Sequence-to-Sequence
Speech Recognition and Translation by Partial Hypothesis Selection", 2020); they are never taken
back within the segment. The rest is provisional. An interim whose audio begins later than the
segment is joined to what stands, by the words that both have and by where in the audio they lie.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from media_server.stt.loops import UNSPACED, fold

MATCH, OTHER_WORD, ONE_MORE, LEADING = 2.0, -1.0, -1.0, -0.25
"""What an alignment is worth, word by word. LEADING: words at the beginning of a window that is cut
out of the segment; the first is often half of one."""
OUT_OF_PLACE = 0.4
"""Taken off for each word that the join lies away from where its time has it."""
EDGE_S = 1.0
"""So far may the beginning of a word lie from where it is thought to be."""
MOST_COMPARED = 40
"""Stable words that are looked at: more than fit into the window of an interim."""
_UNIT = re.compile(rf"(\s*)([{UNSPACED}]|[^\s{UNSPACED}]+)")
_SPACELESS = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of an open segment as they are shown."""

    text: str
    stable: str
    """The beginning of `text` that does not change any more."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word with its marks; a character of a script without spaces."""

    text: str
    key: str
    """What of it counts when two are compared."""
    spaced: bool
    """There is a space before it."""


class StableCaption:
    """The captions of one open segment. Feed it the interims in order; any may be missing."""

    def __init__(self) -> None:
        self._stable: list[_Unit] = []
        self._open: list[tuple[_Unit, float]] = []
        """Provisional, each with about where it ends, in seconds."""
        self._stable_until_s = 0.0
        """About where the stable words end."""
        self.start_s = 0.0
        """Where the segment begins, as far as it was heard."""
        self._heard = False

    def take(self, text: str, start_s: float, end_s: float) -> Caption | None:
        """The newest interim, of the audio from `start_s` to `end_s` on the candidate's timeline.

        None: it has no words, and what is shown stays.
        """
        units = _units(text)
        if not units:
            return None
        if not self._heard:
            self._heard, self.start_s, self._stable_until_s = True, start_s, start_s
        ends_s = _ends_s(units, start_s, end_s)
        self._leave_behind(sum(ends <= start_s for _, ends in self._open))
        cut_out = start_s > self.start_s
        heard = list(zip(units, ends_s, strict=True))
        rest = heard[self._joined_at(heard, cut_out=cut_out) :]
        if cut_out and len(rest) == len(heard):
            self._leave_behind(self._missing(rest, start_s))
        agreed = _agreed(self._open, rest[:-1])
        self._stable += [unit for unit, _ in rest[:agreed]]
        if agreed:
            self._stable_until_s = rest[agreed - 1][1]
        self._open = rest[agreed:]
        return self._caption()

    def _leave_behind(self, count: int) -> None:
        """Provisional words before the window are heard no more: they stand as they are."""
        for unit, ends_s in self._open[:count]:
            self._stable.append(unit)
            self._stable_until_s = ends_s
        del self._open[:count]

    def _missing(self, rest: list[tuple[_Unit, float]], start_s: float) -> int:
        """Provisional words at the edge of the window that this interim does not have, by those
        after them that it does. One that begins before the window is cut, and may not be heard."""
        begin_s = [self._stable_until_s, *(ends_s for _, ends_s in self._open[:-1])]
        near = sum(one <= start_s + EDGE_S for one in begin_s) if self._open else 0
        common = [_agreed(self._open[count:], rest) for count in range(near + 1)]
        return common.index(max(common))

    def _joined_at(self, heard: list[tuple[_Unit, float]], *, cut_out: bool) -> int:
        """How many of the words that were heard are the stable ones over again: by what is alike
        in them, by their time, and by those after them that were heard the last time, too."""
        stable = [unit.key for unit in self._stable[-MOST_COMPARED:]]
        if not stable:
            return 0
        cut_out = cut_out or len(self._stable) > MOST_COMPARED
        expected = sum(end_s <= self._stable_until_s for _, end_s in heard)
        worth = _worth(stable, [unit.key for unit, _ in heard], cut_out=cut_out)
        ranked = [
            one - OUT_OF_PLACE * abs(at - expected) + MATCH * _agreed(self._open, heard[at:])
            for at, one in enumerate(worth)
        ]
        return max(range(len(ranked)), key=lambda at: (ranked[at], at))

    def _caption(self) -> Caption:
        stable = _text(self._stable)
        following = [unit for unit, _ in self._open]
        rest = _text(following, after=bool(stable))
        return Caption(stable + rest, stable)


def _agreed(before: list[tuple[_Unit, float]], now: list[tuple[_Unit, float]]) -> int:
    """Words at the beginning that both have. Of the newest interim the last one is not compared:
    the end of the audio may lie within it."""
    count = 0
    for (one, _), (other, _) in zip(before, now, strict=False):
        if one.key != other.key:
            break
        count += 1
    return count


def _worth(stable: Sequence[str], heard: Sequence[str], *, cut_out: bool) -> list[float]:
    """What it is worth to say that the last stable word is the k-th heard one, for each k.

    The best alignment of the stable words with the first k heard ones (Needleman and Wunsch 1970);
    with `cut_out` stable words at the beginning may be missing for nothing.
    """
    leading = [LEADING * k for k in range(len(heard) + 1)]
    row = leading if cut_out else [ONE_MORE * k for k in range(len(heard) + 1)]
    for i, word in enumerate(stable, 1):
        before, row = row, [0.0 if cut_out else ONE_MORE * i]
        for k, other in enumerate(heard, 1):
            pair = before[k - 1] + (MATCH if word == other else OTHER_WORD)
            best = max(pair, before[k] + ONE_MORE, row[k - 1] + ONE_MORE)
            row.append(max(best, leading[k]) if cut_out else best)
    return row


def _units(text: str) -> list[_Unit]:
    """Marks that stand alone belong to the word before them."""
    units: list[_Unit] = []
    for space, written in _UNIT.findall(text):
        key = fold(written).strip(".-' ")
        if key:
            # The first of a window has no space before it; a script without spaces needs none.
            first = not units and not _SPACELESS.match(written)
            units.append(_Unit(written, key, bool(space) or first))
        elif units:
            last = units[-1]
            units[-1] = _Unit(last.text + (" " if space else "") + written, last.key, last.spaced)
    return units


def _ends_s(units: Sequence[_Unit], start_s: float, end_s: float) -> list[float]:
    """About where each word ends: a longer one takes longer to say."""
    total = sum(len(unit.key) + 1 for unit in units)
    ends_s, so_far = [], 0
    for unit in units:
        so_far += len(unit.key) + 1
        ends_s.append(start_s + (end_s - start_s) * so_far / total)
    return ends_s


def _text(units: Sequence[_Unit], *, after: bool = False) -> str:
    """`after`: words stand before them."""
    joined = "".join((" " if unit.spaced else "") + unit.text for unit in units)
    return joined if after else joined.removeprefix(" ")
