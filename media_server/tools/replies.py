"""What the candidate of `simulate` says to a prompt: a recording, or a text that is spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from media_server.audio.types import Pcm
from media_server.ports import SpeechUnavailable
from media_server.tools.candidate_answers import REQUEST, answer_to, beside
from media_server.tools.candidate_voice import CandidateVoice
from media_server.tools.wav import PLAYBACK_RATE, Utterance

VOICE_WAIT_S = 10.0
"""For the sound of one answer; then it is typed."""


@dataclass(frozen=True, slots=True)
class Say:
    """Spoken. `text`: its words, where they are known, to compare with what was recognised."""

    pcm: Pcm
    rate: int
    text: str
    label: str
    """For the dialogue, such as the name of the recording."""
    is_request: bool = False
    """It asks something back; the answer comes later."""

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / self.rate


@dataclass(frozen=True, slots=True)
class Type:
    """Typed, and why if it should have been said."""

    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """There is nothing left to say."""

    why: str


Reply = Say | Type | Leave


class Replies(Protocol):
    """Where replies come from. `question`: as the data channel has it."""

    think_s: float
    """How long a candidate is silent before an answer, in seconds."""

    def expect(self, question: Mapping[str, Any]) -> None:
        """It was asked: get the reply ready."""

    def reply(self, question: Mapping[str, Any], tries: int) -> Reply | None:
        """None: not yet. `tries`: how often this prompt was answered before."""

    async def close(self) -> None: ...


def is_core(question: Mapping[str, Any]) -> bool:
    return str(question.get("kind", "question")) == "question"


class Recordings:
    """One recording per core question; everything else is typed."""

    think_s = 0.0

    def __init__(self, recordings: Sequence[Utterance], locale: str = "en") -> None:
        self._recordings = tuple(recordings)
        self._locale = locale

    def expect(self, question: Mapping[str, Any]) -> None:
        pass

    def reply(self, question: Mapping[str, Any], tries: int) -> Reply:
        if not is_core(question):
            return Type(beside(self._locale))
        number = int(question["number"])
        if number > len(self._recordings):
            return Leave("no recording is left")
        recording = self._recordings[number - 1]
        if tries > 1:
            text = recording.reference or "This answer was typed."
            return Type(text, "the recording was not understood twice")
        label = f"{recording.path.name}, {recording.duration_s:.1f} s"
        return Say(recording.pcm, PLAYBACK_RATE, recording.reference, label)

    async def close(self) -> None:
        pass


class Spoken:
    """Texts of ours in the candidate's voice; typed where there is none."""

    think_s = 0.7

    def __init__(
        self, voice: CandidateVoice | None, locale: str, *, asks_again: bool = False
    ) -> None:
        """`asks_again`: once it says "could you repeat that?" before it answers."""
        self._voice = voice
        self._locale = locale
        self._asks_again = asks_again
        self._making: dict[str, asyncio.Task[tuple[Pcm, int]]] = {}
        """By text."""

    def expect(self, question: Mapping[str, Any]) -> None:
        self._make(self._text(question))
        if self._should_ask(question):
            self._make(REQUEST)

    def reply(self, question: Mapping[str, Any], tries: int) -> Reply | None:
        asks = self._should_ask(question)
        text = REQUEST if asks else self._text(question)
        if tries > 1:
            return Type(text, "it was not understood twice")
        task = self._make(text)
        if task is None:
            return Type(text, "there is no voice for it")
        if not task.done():
            return None
        if task.cancelled() or task.exception() is not None:
            return Type(text, "the voice failed")
        pcm, rate = task.result()
        if asks:
            self._asks_again = False
        return Say(pcm, rate, text, text, is_request=asks)

    async def close(self) -> None:
        tasks = tuple(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._voice is not None:
            await self._voice.close()

    def _should_ask(self, question: Mapping[str, Any]) -> bool:
        late = min(2, int(question.get("of") or 1))
        return self._asks_again and is_core(question) and int(question["number"]) == late

    def _text(self, question: Mapping[str, Any]) -> str:
        if not is_core(question):
            return beside(self._locale)
        return answer_to(str(question["text"]), int(question["number"]), self._locale)

    def _make(self, text: str) -> asyncio.Task[tuple[Pcm, int]] | None:
        if self._voice is None:
            return None
        if text not in self._making:
            self._making[text] = asyncio.create_task(self._say(text), name="candidate-voice")
        return self._making[text]

    async def _say(self, text: str) -> tuple[Pcm, int]:
        assert self._voice is not None  # noqa: S101  # asked by _make alone
        try:
            async with asyncio.timeout(VOICE_WAIT_S):
                return await self._voice.say(text)
        except TimeoutError:
            raise SpeechUnavailable(f"no sound within {VOICE_WAIT_S:g} s") from None
