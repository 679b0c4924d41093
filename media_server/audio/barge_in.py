"""Is the candidate interrupting the bot? On media time, by how long speech goes on over it."""

from __future__ import annotations

from collections import deque

from media_server.audio.background import Background
from media_server.audio.events import Backchannel, BargeIn
from media_server.audio.types import PACKET_MS


class BargeInDetector:
    """Speech over the bot: an interruption from `barge_in_ms` on, a backchannel when shorter.

    Speech that began up to a second before the bot did counts in full (both started together);
    a sound that has been going on for longer does not, else a noisy room would never let the bot
    speak. Nor does what is not 8 dB above the background: babble is speech to any detector.
    """

    _GAP_MS = 200
    _TOGETHER_MS = 1000
    _SHORTEST_MS = 40
    _ABOVE_BACKGROUND = 10 ** (8 / 10)
    _WITHIN = 10 ** (-32 / 10)
    """What is so far below the loudest frame of the stretch is its echo in the room."""
    _NEWEST_FRAMES = 15
    _AGAIN_MS = 60

    def __init__(self, barge_in_ms: int) -> None:
        self._barge_in_ms = barge_in_ms
        self.speaking = False
        self.backchannels = 0
        self._background = Background()
        self._speaking_since_ms = 0
        self._at_ms = 0
        self._start_ms: int | None = None
        self._last_ms = 0
        self._speech_ms = 0
        self._over_ms = 0
        self._not_before_ms = 0
        self._peak = 0.0
        self._powers: deque[float] = deque(maxlen=self._NEWEST_FRAMES)
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

    def frame(
        self, end_ms: int, speech: bool, power: float, heard: bool = True
    ) -> BargeIn | Backchannel | None:
        """Judge the 20 ms frame that ends at `end_ms` of media time.

        `power`: its own, in any unit; `heard`: it was received. BargeIn, once per stretch of
        speech; Backchannel when a shorter one is over; else None.
        """
        self._at_ms = end_ms
        if heard:
            self._background.frame(power)
        if speech:
            if self._start_ms is None:
                self._start_ms = end_ms - PACKET_MS
                self._speech_ms = self._over_ms = 0
                self._peak = 0.0
                self._powers.clear()
                self._reported = False
            self._last_ms = end_ms
            if power > self._peak:
                self._peak = power
            if power >= self._peak * self._WITHIN:
                self._speech_ms += PACKET_MS
                self._powers.append(power)
            if self.speaking:
                self._over_ms += PACKET_MS
                return self._interruption(end_ms, self._start_ms)
        elif self._start_ms is not None and end_ms - self._last_ms >= self._GAP_MS:
            return self._run_over(self._start_ms)
        return None

    def withdraw(self, *, echo: bool) -> None:
        """The last BargeIn was none. `echo`: nothing of the stretch was the candidate's; else it
        is not sure yet, and is given again soon when speech goes on."""
        self._reported = False
        if echo:
            self._start_ms = None
        else:
            self._not_before_ms = self._at_ms + self._AGAIN_MS

    def _interruption(self, end_ms: int, start_ms: int) -> BargeIn | None:
        if self._reported or self._speech_ms < self._barge_in_ms:
            return None
        if start_ms < self._speaking_since_ms - self._TOGETHER_MS:
            return None
        if end_ms < self._not_before_ms:
            return None
        if not self.stands_out():
            self._not_before_ms = end_ms + self._AGAIN_MS
            return None
        self._reported = True
        return BargeIn(start_ms / 1000, end_ms / 1000)

    def stands_out(self) -> bool:
        """Whether the newest speech is clearly louder than the background."""
        newest = sum(self._powers) / max(1, len(self._powers))
        return newest >= self._background.power * self._ABOVE_BACKGROUND

    def _run_over(self, start_ms: int) -> Backchannel | None:
        over_ms, self._over_ms, self._start_ms = self._over_ms, 0, None
        if over_ms < self._SHORTEST_MS or self._speech_ms >= self._barge_in_ms:
            return None
        self.backchannels += 1
        return Backchannel(start_ms / 1000, over_ms)
