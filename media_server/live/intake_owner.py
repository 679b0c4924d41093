"""What the audio intake asks of the connection whose audio it takes in."""

from __future__ import annotations

from typing import Protocol

from media_server.audio import events as heard
from media_server.audio.types import SegmentAudio
from media_server.interview import inputs as inp


class IntakeOwner(Protocol):
    """What the intake asks of its connection."""

    def post(self, input_: inp.Input) -> None: ...
    def transcribe(self, audio: SegmentAudio) -> None:
        """`audio` lies on the interview's timeline."""

    def level(self, level: heard.Level) -> None: ...
    def barge_in(self, start_s: float) -> None:
        """The candidate speaks over the bot. `start_s`: where that began, in media time."""

    def too_many_sources(self) -> None: ...
    @property
    def open(self) -> bool:
        """The gate is open: somebody may read an interim."""
