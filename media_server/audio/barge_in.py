"""Is the candidate interrupting the bot? On media time, by how long speech goes on over it."""

from __future__ import annotations

from media_server.audio.events import Backchannel, BargeIn
from media_server.audio.vad import FRAME_MS


class BargeInDetector:
    """Speech over the bot: an interruption from 300 ms on, a backchannel when shorter.

    Speech that began up to a second before the bot did counts in full (both started together);
    a sound that has been going on for longer does not, else a noisy room would never let the bot
    speak.
    """

    _GAP_MS = 200
    _TOGETHER_MS = 1000
    _SHORTEST_MS = 40

    def __init__(self, barge_in_ms: int) -> None:
        self._barge_in_ms = barge_in_ms
        self.speaking = False
        self.backchannels = 0
        self._speaking_since_ms = 0
        self._at_ms = 0
        self._start_ms: int | None = None
        self._last_ms = 0
        self._speech_ms = 0
        self._over_ms = 0
        self._reported = False

    @property
    def run_start_ms(self) -> int | None:
        """Where the speech that is going on now began."""
        return self._start_ms

    def bot_speaking(self, speaking: bool) -> None:
        """Say when the bot's sound begins and ends. Speech counts as over it in between."""
        if speaking and not self.speaking:
            self._speaking_since_ms = self._at_ms
            self._reported = False
            self._over_ms = 0
        self.speaking = speaking

    def frame(self, end_ms: int, speech: bool) -> BargeIn | Backchannel | None:
        """Judge the 20 ms frame that ends at `end_ms` of media time.

        BargeIn, once per stretch of speech; Backchannel when a shorter one is over; else None.
        """
        self._at_ms = end_ms
        if speech:
            if self._start_ms is None:
                self._start_ms = end_ms - FRAME_MS
                self._speech_ms = self._over_ms = 0
                self._reported = False
            self._speech_ms += FRAME_MS
            self._last_ms = end_ms
            if self.speaking:
                self._over_ms += FRAME_MS
                return self._interruption(end_ms, self._start_ms)
        elif self._start_ms is not None and end_ms - self._last_ms >= self._GAP_MS:
            return self._run_over(self._start_ms)
        return None

    def _interruption(self, end_ms: int, start_ms: int) -> BargeIn | None:
        if self._reported or self._speech_ms < self._barge_in_ms:
            return None
        if start_ms < self._speaking_since_ms - self._TOGETHER_MS:
            return None
        self._reported = True
        return BargeIn(start_ms / 1000, end_ms / 1000)

    def _run_over(self, start_ms: int) -> Backchannel | None:
        over_ms, self._over_ms, self._start_ms = self._over_ms, 0, None
        if over_ms < self._SHORTEST_MS or self._speech_ms >= self._barge_in_ms:
            return None
        self.backchannels += 1
        return Backchannel(start_ms / 1000, over_ms)
