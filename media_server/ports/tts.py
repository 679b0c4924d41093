"""Text to speech."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from media_server.audio.types import Pcm, SpeechClip


@dataclass(frozen=True, slots=True)
class RawSpeech:
    """Mono s16 PCM as the engine makes it."""

    samples: Pcm
    sample_rate: int


class TtsEngine(Protocol):
    """Blocking; called in a child process or a dedicated thread, never on the loop."""

    name: str
    voice: str

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        """Raises EngineUnavailable, or any error for this one text."""


class SpeechUnavailable(Exception):
    """No voice for this text now; show the text instead."""


class KeptSpeech(Protocol):
    """What the bot has said, kept on the disk of this machine: part of what an erasing reaches."""

    async def erase(self, interview_id: str) -> None:
        """Raises StoreUnavailable: call it again."""

    async def interviews(self) -> Mapping[str, float]:
        """Those with speech of their own here, and when it was last written (wall clock)."""


class TextToSpeech(KeptSpeech, Protocol):
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def speak(
        self, text: str, *, locale: str, deadline_s: float, interview_id: str = ""
    ) -> SpeechClip:
        """The clip, from the cache or made now. Raises SpeechUnavailable at the deadline.
        `interview_id`: of words that this interview alone says, so that `erase` finds them."""

    def describe(self) -> str:
        """Engine and voice, for doctor, logs and the result."""

    def figures(self) -> Mapping[str, int]:
        """For metrics: totals since the start; the keys are those of `interview_metrics`."""
