"""What every gate is: a judge of frames, with its levels and its counters."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class GateCounts(NamedTuple):
    """Frames of 20 ms that webrtcvad took for speech and the gate did not. They only grow."""

    far: int = 0
    """Further below the talker's level than the talker is: another voice, an echo, a television."""
    not_speech: int = 0
    """Near enough, but no speech: keys, breath, knocks, music."""
    failed: int = 0
    """The model could not say; webrtcvad's word was taken."""


class SpeechGate(Protocol):
    """Feed every 20 ms frame in order. Needs no clock; a lost frame is neither judged nor loud."""

    power: float
    """Mean square of the last frame."""

    @property
    def level_dbfs(self) -> float:
        """Level of the last 100 ms, in dBFS."""

    @property
    def peak_dbfs(self) -> float:
        """The talker's own level in dBFS, as far as it is known."""

    @property
    def counts(self) -> GateCounts:
        """What was kept out, and why."""

    def judge(self, frame: bytes, origin: int) -> bool:
        """Whether the candidate speaks.

        `frame`: 20 ms of int16 at 16 kHz, 640 bytes. `origin`: an `Origin`. Never raises.
        """

    def bot_speaking(self, speaking: bool) -> None:
        """While the bot speaks its echo comes back: what is heard may be nobody in the room.

        Which of it is the echo, `over_bot` finds out by what is sent.
        """
