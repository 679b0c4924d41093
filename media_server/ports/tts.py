"""Text to speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from media_server.audio.types import Pcm, SpeechClip
from media_server.delivery import PLAIN, Delivery


@dataclass(frozen=True, slots=True)
class RawSpeech:
    """Mono s16 PCM as the engine makes it."""

    samples: Pcm
    """int16, shape (samples,)."""
    sample_rate: int
    """In Hz, as the voice has it."""


class TtsEngine(Protocol):
    """Blocking; lives in the speech child, one call at a time. Its constructor loads it and raises
    EngineUnavailable with what to do about it."""

    name: str
    voice: str
    detail: str
    """Version, pace and whatever else changes the sound: part of the cache's key."""
    languages: tuple[str, ...]
    """BCP 47 tags in lower case."""

    def voice_for(self, locale: str) -> str:
        """The voice that `synthesize` would take. Raises EngineUnavailable for no such language."""

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        """Speak `text`, one sentence, in the language of `locale` (BCP 47).

        Raises EngineUnavailable where it can speak nothing here, ValueError for a text without a
        sound; any other error is the engine's fault, which rests for a while.
        """


@runtime_checkable
class SpeaksInClauses(Protocol):
    """A slow engine: what it makes of a sentence comes in parts, so that others get in between."""

    def clauses(self, text: str, locale: str) -> Sequence[str]:
        """`text`, one sentence, in the parts that `synthesize` gets one after another."""


class SpeechUnavailable(Exception):
    """No voice for this text now; show the text instead."""


class KeptSpeech(Protocol):
    """What the bot has said, kept on the disk of this machine: part of what an erasing reaches."""

    async def erase(self, interview_id: str) -> None:
        """Raises StoreUnavailable: call it again."""

    async def interviews(self) -> Mapping[str, float]:
        """Those with speech of their own here, and when it was last written (wall clock)."""


class TextToSpeech(KeptSpeech, Protocol):
    """The bot's voice: engines in child processes, and a cache of what they have said."""

    async def start(self) -> None:
        """Start the children and open the cache. An engine that is missing raises nothing here:
        `speak` does."""

    async def close(self) -> None:
        """End the children; every `speak` under way raises SpeechUnavailable."""

    async def speak(
        self,
        text: str,
        *,
        locale: str,
        deadline_s: float,
        interview_id: str = "",
        delivery: Delivery = PLAIN,
        early: bool = False,
    ) -> SpeechClip:
        """The clip, from the cache or made now. Raises SpeechUnavailable at the deadline.
        `interview_id`: of words that this interview alone says, so that `erase` finds them.
        `early`: one that is made now may come with its first packets, and the others join it
        (`audio.growing_packets`): whoever plays it need not wait for them."""

    async def prepare(self, text: str, *, locale: str, interview_id: str = "") -> bool:
        """Have the clip in the cache before anybody waits for it, after all that is waited for.
        False: it is not there. Arguments as of `speak`; raises nothing."""

    def speaks(self, locale: str) -> bool:
        """Whether an engine has a voice for it, be it that it rests or is started again now."""

    def describe(self, *, details: bool = True) -> str:
        """Engines and voices in their order, for logs and the start of the server; `details`: with
        version and pace."""

    def figures(self) -> Mapping[str, int]:
        """For metrics: totals since the start; the keys are those of `interview_metrics`."""
