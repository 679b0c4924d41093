"""Cut the candidate's speech into segments, and the open one into batches.

A segment begins with speech and 0.2 s before it, ends 0.2 s after the speech when a pause of 0.5 s
has passed, and is cut at its quietest point between 12 and 20 s when there is none. Closed
segments are final. The open one is handed out as an interim when four chunks of 500 ms have been
gathered or 2 s have passed, never two at a time.
"""

from __future__ import annotations

from array import array
from itertools import compress
from typing import NamedTuple

from media_server.audio.events import ReceiverSettings
from media_server.audio.ring import FRAME_MS

_QUIET_FRAMES = 5
_INTERIM_LOST_S = 10.0
"""An interim whose result never came: a loaded pool may drop it without a word."""


class Span(NamedTuple):
    """Frames [start, end) of a segment, counted from the connection's first sample, 20 ms each."""

    number: int
    start: int
    end: int
    final: bool
    speech_frames: int
    power: float
    """Mean square over the speech frames; 0 without any."""


class Segmenter:
    """Cuts speech into segments, and the open one into batches; see the module.

    Call `begin`, then `frame` for every 20 ms in order. Frames are counted from the connection's
    first sample. A pause here is time without speech, lost or not: a hole is a good place to cut.
    Over 20 attributes on purpose: seven are its settings in frames.
    """

    def __init__(self, settings: ReceiverSettings) -> None:
        self._pause = -(-settings.segment_pause_ms // FRAME_MS)
        self._padding = settings.padding_ms // FRAME_MS
        self._cut_from = settings.cut_from_ms // FRAME_MS
        self._cut_until = settings.cut_until_ms // FRAME_MS
        self._batch = settings.chunk_ms * settings.batch_chunks // FRAME_MS
        self._batch_s = settings.batch_ms / 1000
        self._window = settings.interim_window_ms // FRAME_MS
        self.end = 0
        """Where the last final ended: nothing before it is given again."""
        self.start: int | None = None
        """First frame of the open segment, speech that no final holds yet; None while nobody
        speaks. To be read."""
        self._floor = 0
        self._number = 0
        self._last = 0
        self._busy_from = 0
        """The frame before whose end nothing is due that goes by their number."""
        self._speech = bytearray()
        self._powers = array("f")
        self._next = 0
        self._batch_from = 0
        self._batch_since_s = 0.0
        self._due = False
        self._outstanding: int | None = None
        self._outstanding_until_s = 0.0

    def begin(self, frame: int) -> None:
        """Listen from `frame` on; padding may reach back before it, never into a final."""
        self._floor = max(self.end, frame - self._padding, 0)
        self.start = None
        self._due = False

    def deadline(self) -> float | None:
        """When the batch must be flushed although no audio comes."""
        if self.start is None or self._next <= self._batch_from:
            return None
        if self._outstanding is not None:
            return max(self._outstanding_until_s, self._batch_since_s + self._batch_s)
        return self._batch_since_s + self._batch_s

    def interim_done(self, number: int) -> None:
        """The interim of segment `number` has its result, or never gets one: the next may go."""
        if self._outstanding == number:
            self._outstanding = None

    def frame(self, index: int, speech: bool, power: float, now_s: float) -> list[Span] | None:
        """Frame `index` lies at [index, index + 1). None stands for no span at all.

        While no segment is open a frame without speech changes nothing, and need not be given.
        """
        self._next = end = index + 1
        if self.start is None:
            if speech and index >= self._floor:
                self._open(index, now_s)
                self._speech.append(1)
                self._powers.append(power)
            return None
        self._speech.append(speech)
        self._powers.append(power)
        if speech:
            self._last = end
        elif end - self._last >= self._pause:
            return [self._close(self._last + self._padding)]
        if end < self._busy_from:
            return None
        if end - self.start >= self._cut_until:
            return [self._cut(now_s)]
        self._due = True
        return self.handle_timer(now_s)

    def _look_ahead(self) -> None:
        """Call it when the segment, its batch, or what is due has changed."""
        cut, batch = (self.start or 0) + self._cut_until, self._batch_from + self._batch
        self._busy_from = 0 if self._due else min(cut, batch)

    def handle_timer(self, now_s: float) -> list[Span] | None:
        """What is due at `now_s` of the process clock; None stands for no span at all.

        That is the batch, by count or by time, unless another is being transcribed.
        """
        if self.start is None or self._next <= self._batch_from:
            return None
        if not self._due and now_s < self._batch_since_s + self._batch_s:
            return None
        self._due = True
        if self._outstanding is not None and now_s < self._outstanding_until_s:
            self._look_ahead()
            return None
        self._outstanding = self._number
        self._outstanding_until_s = now_s + _INTERIM_LOST_S
        self._due = False
        self._batch_from = self._next
        self._batch_since_s = now_s
        self._look_ahead()
        start = max(self.start, self._next - self._window)
        return [self._span(start, self._next, final=False)]

    def close(self) -> Span | None:
        """End the open segment now, as final. None: there is none."""
        if self.start is None:
            return None
        return self._close(min(self._next, self._last + self._padding))

    def _open(self, index: int, now_s: float) -> None:
        start = max(self._floor, index - self._padding)
        self.start = start
        self._number += 1
        self._last = index + 1
        self._speech = bytearray(index - start)
        self._powers = array("f", bytes(4 * (index - start)))
        self._batch_from = start
        self._batch_since_s = now_s
        self._due = False
        self._look_ahead()

    def _close(self, end: int) -> Span:
        start = self.start or 0
        span = self._span(start, end, final=True)
        self.end = self._floor = end
        self.start = None
        self._due = False
        self._outstanding = None  # what it says is old news, and the next segment has its own
        return span

    def _cut(self, now_s: float) -> Span:
        """No pause for 20 s: end at the quietest 100 ms, go on from there."""
        start = self.start or 0
        powers = self._powers
        best, quietest = self._cut_from, float("inf")
        window = sum(powers[self._cut_from : self._cut_from + _QUIET_FRAMES])
        for at in range(self._cut_from, len(powers) - _QUIET_FRAMES):
            if window < quietest:
                best, quietest = at, window
            window += powers[at + _QUIET_FRAMES] - powers[at]
        keep = best + _QUIET_FRAMES // 2
        speech, rest = self._speech, powers
        batch_from, batch_since_s = self._batch_from, self._batch_since_s
        span = self._close(start + keep)
        if 1 in speech[keep:]:
            self._open(start + keep, now_s)
            # The batches keep their pace: what was shown a moment ago is not shown again at once.
            self._batch_from, self._batch_since_s = max(batch_from, start + keep), batch_since_s
            self._look_ahead()
            self._speech, self._powers = speech[keep:], rest[keep:]
            self._last = start + speech.rindex(1) + 1
        return span

    def _span(self, start: int, end: int, *, final: bool) -> Span:
        base = self.start or 0
        speech = self._speech[start - base : end - base]
        powers = self._powers[start - base : end - base]
        count = speech.count(1)
        loud = sum(compress(powers, speech))
        return Span(self._number, start, end, final, count, loud / count if count else 0.0)
