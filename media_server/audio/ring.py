"""The last seconds of 16 kHz audio, by media time, with every sample's origin marked.

Audio is kept as the frames it is judged in (20 ms, 640 bytes), each exactly as decoded: writing
copies nothing, silence costs nothing, and a call holds only what it may still need. The marks of
what was not received are kept far longer than the audio, so that a whole answer can be asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from enum import IntEnum

import numpy as np

from media_server.audio.types import SAMPLE_RATE, Pcm

FRAME_SAMPLES = 320
FRAME_BYTES = FRAME_SAMPLES * 2
SAMPLES_PER_MS = SAMPLE_RATE // 1000
FRAME_MS = FRAME_SAMPLES // SAMPLES_PER_MS
SILENT_FRAME = bytes(FRAME_BYTES)
_MAX_RUNS = 4096


class Origin(IntEnum):
    """Where a sample comes from, from best to worst."""

    RECEIVED = 0
    DTX = 1
    """The sender said: nothing to hear."""
    FEC = 2
    """Taken from the copy in the packet after it."""
    CONCEALED = 3
    """Invented by the decoder from what came before."""
    LOST = 4
    """Silence of ours: nobody knows what was said."""


class PcmRing:
    """Bounded: `capacity_s` of audio and 4,096 marked runs, whatever is written.

    Positions are samples at 16 kHz since the connection's first sample; the public methods that
    end in `_s` take seconds. What lies outside the ring reads as silence.
    """

    def __init__(self, capacity_s: float = 40.0) -> None:
        self._slots = max(2, int(capacity_s * SAMPLE_RATE) // FRAME_SAMPLES)
        self._frames = [SILENT_FRAME] * self._slots
        self._count = 0
        self._released = 0
        self._partial = bytearray()
        self._partial_origin = 0
        self._starts = array("q")
        self._ends = array("q")
        self._origins = array("b")
        self._lost_before = array("q")
        self._concealed_before = array("q")
        self._beyond = array("q")
        self.position = 0
        self.totals = [0] * len(Origin)
        """Samples so far, by origin: those written, and of LOST also what `stretch_loss` added."""

    @property
    def frames(self) -> int:
        """How many whole frames have been written since the beginning."""
        return self._count

    @property
    def oldest_frame(self) -> int:
        """Index of the oldest frame that is still kept."""
        return max(self._released, self._count - self._slots)

    @property
    def position_s(self) -> float:
        """Media time of the end of what was written."""
        return self.position / SAMPLE_RATE

    def write(self, pcm: bytes, origin: int) -> list[tuple[bytes, int]]:
        """Append int16 samples; answers the frames completed, each with its worst origin."""
        samples = len(pcm) >> 1
        if samples == FRAME_SAMPLES and not origin and not self._partial:  # nearly always
            self.totals[0] += FRAME_SAMPLES
            self.position += FRAME_SAMPLES
            self._frames[self._count % self._slots] = pcm
            self._count += 1
            return [(pcm, origin)]
        if not samples:
            return []
        if origin:
            self._mark(self.position, self.position + samples, origin)
        self.totals[origin] += samples
        self.position += samples
        if samples == FRAME_SAMPLES and not self._partial:
            self._append(pcm)
            return [(pcm, origin)]
        return self._gather(pcm, origin)

    def write_silence(self, samples: int, origin: int) -> list[tuple[bytes, int]]:
        """Append `samples` of zeros; whole frames share one object."""
        done: list[tuple[bytes, int]] = []
        head = (FRAME_SAMPLES - (len(self._partial) >> 1)) % FRAME_SAMPLES
        step = min(samples, head) if head else min(samples, FRAME_SAMPLES)
        while samples > 0:
            done += self.write(SILENT_FRAME if step == FRAME_SAMPLES else bytes(2 * step), origin)
            samples -= step
            step = min(samples, FRAME_SAMPLES)
        return done

    def stretch_loss(self, samples: int) -> None:
        """The lost silence just written stands for `samples` more than the timeline has.

        Gaps on the timeline are capped; what is said of the loss is not. A span that has part of
        the silence has the same part of these.
        """
        self.totals[Origin.LOST] += samples
        self._beyond[-1] += samples

    def frame(self, index: int) -> bytes:
        """Frame `index` since the beginning; silence once it has left the ring."""
        if self.oldest_frame <= index < self._count:
            return self._frames[index % self._slots]
        return SILENT_FRAME

    def read(self, start: int, end: int) -> Pcm:
        """Samples [start, end); as long as asked, at most the ring's capacity back from `end`."""
        end = min(end, self.position)
        start = max(start, 0, end - (self._slots + 1) * FRAME_SAMPLES)
        if end <= start:
            return np.zeros(0, np.int16)
        first, last = start // FRAME_SAMPLES, (end - 1) // FRAME_SAMPLES
        parts = self._whole(first, min(last + 1, self._count))
        if last >= self._count:
            parts.append(bytes(self._partial))
        offset = start - first * FRAME_SAMPLES
        joined = b"".join(parts)
        return np.frombuffer(joined, np.int16, end - start, offset * 2)

    def read_s(self, start_s: float, end_s: float) -> Pcm:
        """`read`, from and to a media time: int16, shape (samples,)."""
        return self.read(round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE))

    def origins(self, start: int, end: int) -> list[tuple[int, int, Origin]]:
        """Runs of [start, end) that were not received as they are, in order."""
        runs = []
        for index in range(bisect_right(self._ends, start), len(self._starts)):
            if self._starts[index] >= end:
                break
            run = (max(start, self._starts[index]), min(end, self._ends[index]))
            runs.append((*run, Origin(self._origins[index])))
        return runs

    def missing(self, start: int, end: int) -> tuple[int, int]:
        """(lost, concealed) samples of [start, end), from the marks that are still kept.

        `lost` is longer than the span where an outage was longer than its gap.
        """
        if end <= start:
            return 0, 0
        lost_end, concealed_end = self._before(end)
        lost_start, concealed_start = self._before(start)
        return lost_end - lost_start, concealed_end - concealed_start

    def missing_ms(self, start_s: float, end_s: float) -> tuple[int, int]:
        """`missing`, from and to a media time: (lost, concealed) milliseconds."""
        lost, concealed = self.missing(round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE))
        return round(lost / SAMPLES_PER_MS), round(concealed / SAMPLES_PER_MS)

    def release(self, before_frame: int) -> None:
        """Let audio older than `before_frame` go: nobody will ask for it. The marks stay."""
        frames, slots = self._frames, self._slots
        first = max(self._released, self._count - slots)
        for index in range(first, min(before_frame, self._count)):
            frames[index % slots] = SILENT_FRAME
        self._released = max(self._released, min(before_frame, self._count))

    def _whole(self, first: int, end: int) -> list[bytes]:
        """Frames [first, end), which were written; silence where they have left the ring."""
        slots, frames = self._slots, self._frames
        begin = max(first, self._count - slots)
        found = [SILENT_FRAME] * (min(begin, end) - first)
        if begin < end:
            at, stop = begin % slots, (end - 1) % slots + 1
            found += frames[at:stop] if at < stop else frames[at:] + frames[:stop]
        return found

    def _append(self, frame: bytes) -> None:
        self._frames[self._count % self._slots] = frame
        self._count += 1

    def _gather(self, pcm: bytes, origin: int) -> list[tuple[bytes, int]]:
        """Cut odd lengths (10, 40, 60 ms packets, gaps) into frames."""
        done: list[tuple[bytes, int]] = []
        partial = self._partial
        worst = max(origin, self._partial_origin) if partial else origin
        partial += pcm
        while len(partial) >= FRAME_BYTES:
            frame = bytes(partial[:FRAME_BYTES])
            del partial[:FRAME_BYTES]
            self._append(frame)
            done.append((frame, worst))
            worst = origin
        self._partial_origin = worst
        return done

    def _mark(self, start: int, end: int, origin: int) -> None:
        ends = self._ends
        if ends and ends[-1] == start and self._origins[-1] == origin:
            ends[-1] = end
            return
        if len(ends) >= _MAX_RUNS:
            for marks in (self._starts, ends, self._origins):
                del marks[: _MAX_RUNS // 2]
            del self._lost_before[: _MAX_RUNS // 2]
            del self._concealed_before[: _MAX_RUNS // 2]
            del self._beyond[: _MAX_RUNS // 2]
        self._lost_before.append(self.totals[Origin.LOST])
        self._concealed_before.append(self.totals[Origin.CONCEALED])
        self._beyond.append(0)
        self._starts.append(start)
        ends.append(end)
        self._origins.append(origin)

    def _before(self, at: int) -> tuple[int, int]:
        """(lost, concealed) samples before position `at`."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            if not self._starts:
                return 0, 0
            return self._lost_before[0], self._concealed_before[0]
        lost, concealed = self._lost_before[index], self._concealed_before[index]
        length = self._ends[index] - self._starts[index]
        inside = min(at - self._starts[index], length)
        origin = self._origins[index]
        if origin == Origin.LOST:
            lost += inside + self._beyond[index] * inside // length
        elif origin == Origin.CONCEALED:
            concealed += inside
        return lost, concealed
