"""For how long have the words of an open turn stood still, although the gate hears somebody? Pure.

A gate can take another voice in the room for the candidate's; then no silence ends the turn. The
recogniser is the second witness: it has listened on, and nothing was added to the words. It can
only be late, deaf or make words up. So what it has not heard proves nothing, and whatever it writes
that is new begins the wait again: being late or wrong it lets a turn go on, and never ends one.
"""

from __future__ import annotations

from media_server.interview.backchannels import words
from media_server.segment_info import SegmentId, SegmentInfo

_LOST_MS = 500
"""Of what was listened to: words may have been lost with it."""
_GAP_S = 1.0
"""Between two segments: a longer one may be an outage."""


class StillWords:
    """Of one turn. Feed it each interim and final as it comes back; some may be missing."""

    def __init__(self, turn_epoch: int) -> None:
        self.turn_epoch = turn_epoch
        self._segment_id: SegmentId | None = None
        self._tail: tuple[str, ...] = ()
        """The words of the newest interim of this segment that had a new one."""
        self._start_s = 0.0
        """Where this segment begins, as far as it was heard."""
        self._last_s: float | None = None
        """The last word was over by then, on the candidate's timeline. None: no word so far."""
        self._from_s = 0.0
        """What came before it proves nothing, whatever the last word was."""
        self._until_s = 0.0
        """So far the recogniser has listened."""

    @property
    def still_ms(self) -> int:
        """From the last word to where the recogniser has listened; 0: no word was heard so far."""
        if self._last_s is None:
            return 0
        return max(0, round((self._until_s - max(self._last_s, self._from_s)) * 1000))

    def interim(self, heard: SegmentInfo, text: str) -> None:
        """`text` is all that was made of the audio of `heard`: at most the last seconds of an open
        segment, so its first word may be half of one."""
        same = heard.segment_id == self._segment_id
        if not same:
            self._segment_id, self._tail, self._start_s = heard.segment_id, (), heard.start_s
        found = words(text)
        if self._tail and not found and heard.start_s < (self._last_s or 0.0):
            return  # deaf to the words that it knew: what else did it not hear?
        self._listened(heard, 0.0 if same else _GAP_S)
        if found and not self._is_known(found, cut=heard.start_s > self._start_s):
            self._tail = found
            self._last_s = heard.end_s

    def final(self, heard: SegmentInfo, last_word_s: float | None) -> None:
        """`last_word_s`: where the last word of this segment ends; None: it has none."""
        self._listened(heard, _GAP_S)
        if last_word_s is not None:
            self._last_s = max(last_word_s, self._last_s or 0.0)

    def _listened(self, heard: SegmentInfo, gap_s: float) -> None:
        """What nobody listened to, or what was lost, may have had words in it. Also before the
        first word is known: the final that has it may come later than this."""
        if heard.start_s > self._until_s + gap_s:
            self._from_s = max(self._from_s, heard.start_s)
        if heard.lost_ms > _LOST_MS:
            self._from_s = max(self._from_s, heard.end_s)
        self._until_s = max(self._until_s, heard.end_s)

    def _is_known(self, found: tuple[str, ...], *, cut: bool) -> bool:
        """Whether these are the last words over again, or the end of them."""
        ends = (found, found[1:]) if cut and len(found) > 1 else (found,)
        return any(self._tail[-len(end) :] == end for end in ends)
