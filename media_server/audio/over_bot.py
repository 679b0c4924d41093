"""What is heard while the bot speaks: its echo, a sound of assent, or an interruption.

Two clocks meet here. Frames are heard on the sender's media time; the bot's voice is sent on the
process clock. Each arrival says what our clock showed when the newest frame came; the fastest of
the last seconds give the offset between the two without the network's jitter (`MediaClock`). So
the delay of an echo is one figure for the whole call: network out, the client's playout buffer,
the room, network back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from media_server.audio.barge_in import BargeInDetector
from media_server.audio.echo import EchoDetector, Verdict
from media_server.audio.events import Backchannel, BargeIn
from media_server.audio.levels import dbfs_power
from media_server.audio.media_clock import MediaClock
from media_server.audio.ring import FRAME_SAMPLES
from media_server.audio.sent_voice import SentVoice
from media_server.audio.types import PACKET_MS, Pcm

_FULL_SCALE = dbfs_power(0.0)
_LONGEST_UNSURE_MS = 600
_JUDGED_FRAMES = 30
_FEWEST_FRAMES = 15
_BEFORE_FRAMES = 3
"""An onset says most: a stretch is judged with a little of what came before it."""
_QUIET_FRAMES = 25
"""What came before a stretch: an echo of what was sent then would have been there too."""
_GAP_FRAMES = 10


@dataclass(frozen=True, slots=True)
class EchoFound:
    """All speech from this frame on was the bot's own voice."""

    from_frame: int
    first: bool
    """Of this utterance."""


class OverBot:
    """Feed every frame in order; `voice_begins` and `voice_ends` as the bot's sound does.

    `read(start, end)` gives 16 kHz samples by their position, as far back as half a second.
    """

    def __init__(self, barge_in_ms: int, read: Callable[[int, int], Pcm]) -> None:
        self.barge_in = BargeInDetector(barge_in_ms)
        self.clock = MediaClock()
        self.echoes = 0
        """Utterances of the bot whose echo was found."""
        self.echo_ms = 0
        """Sound that was taken for its echo and is no speech."""
        self._read = read
        self._sent = SentVoice()
        self.echo = EchoDetector(self._sent)
        self._told = False

    def voice_begins(self, levels: bytes, position_s: float, now_s: float) -> None:
        """The bot's clip is sent from `position_s` on, as of `now_s`. See `pack_levels`."""
        if position_s == 0 or now_s >= self._sent.last_s:  # else it was only moved
            self._told = False
        self._sent.begin(levels, position_s, now_s)

    def voice_ends(self, now_s: float) -> None:
        """Nothing more of it is sent; its echo may still come."""
        self._sent.end(now_s)

    def frame(
        self, index: int, speech: bool, power: float, heard: bool
    ) -> tuple[bool, BargeIn | Backchannel | EchoFound | None]:
        """Judge one frame. `speech`, `power`: what the gate says of it; `heard`: it was received.

        Answers whether it is the candidate's speech, and what has become of the speech over the
        bot.
        """
        end_ms = (index + 1) * PACKET_MS
        from_s = index * PACKET_MS / 1000 + self.clock.offset_s
        if not self.echo.may_come(from_s):  # nearly always
            return speech, self.barge_in.frame(end_ms, speech, power, heard)
        found: BargeIn | Backchannel | EchoFound | None
        explained = self.echo.explains(power / _FULL_SCALE, from_s) and speech
        if explained:
            speech = False
            self.echo_ms += PACKET_MS
        found = self.barge_in.frame(end_ms, speech, power, heard)
        if isinstance(found, BargeIn):
            found = self._check(found, index)
        elif isinstance(found, Backchannel) and self.barge_in.stands_out():
            begun, end = round(found.at_s * 1000) // PACKET_MS, index + 1 - _GAP_FRAMES
            if self._judge(begun, end) is Verdict.ECHO:
                self.barge_in.backchannels -= 1
                found = self._found(begun, end)
        elif explained and found is None and not self._told:
            found = self._found(index, index)
        return speech, found

    def _check(self, found: BargeIn, index: int) -> BargeIn | EchoFound | None:
        begun, end = round(found.start_s * 1000) // PACKET_MS, index + 1
        verdict = self._judge(begun, end)
        if verdict is Verdict.ECHO:
            self.barge_in.withdraw(echo=True)
            return self._found(begun, end)
        if verdict is Verdict.OTHER or (end - begun) * PACKET_MS >= _LONGEST_UNSURE_MS:
            return found
        self.barge_in.withdraw(echo=False)
        return None

    def _judge(self, begun: int, end: int) -> Verdict:
        """Of the newest 0.6 s of a stretch of frames, or what there is."""
        start = max(0, min(end - _FEWEST_FRAMES, begun - _BEFORE_FRAMES), end - _JUDGED_FRAMES)
        before = min(start, _QUIET_FRAMES) if start < begun else 0
        first = start - before
        pcm = self._read(first * FRAME_SAMPLES, end * FRAME_SAMPLES)
        return self.echo.judge(pcm, self.clock.at(first * PACKET_MS / 1000), before)

    def _found(self, begun: int, end: int) -> EchoFound:
        self.echo_ms += (end - begun) * PACKET_MS
        first, self._told = not self._told, True
        self.echoes += first
        return EchoFound(begun, first)
