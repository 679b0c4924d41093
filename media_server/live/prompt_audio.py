"""The bot's words and their sound: greetings from the language model, clips from the voice."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import cast

from media_server.audio.growing_packets import is_cut
from media_server.audio.types import SpeechClip
from media_server.delivery import PLAIN, Delivery
from media_server.interview import effects as fx
from media_server.interview import inputs as inp
from media_server.interview.disclosure import greeting_parts, with_disclosure
from media_server.interview.pacing import VOICE_DEADLINE_S, estimated_minutes
from media_server.interview.phrases import is_fixed
from media_server.interview.spec import InterviewSpec
from media_server.interview.spoken_texts import locale_of
from media_server.interviewer.greeting import (
    MAX_COLLECTED_CHARS,
    Rejected,
    checked_greeting,
    greeting_request,
    scripted_greeting,
    wording,
)
from media_server.live.services import Services
from media_server.ports import GreetingRequest, Llm, LlmUnavailable, SpeechUnavailable
from media_server.prompts import Prompt

logger = logging.getLogger(__name__)

CLIPS_KEPT = 32


class PromptAudio:
    """One per session; its coroutines run as tasks of the session and answer with inputs."""

    def __init__(
        self,
        interview_id: str,
        spec: InterviewSpec,
        services: Services,
        post: Callable[[inp.Input], None],
        count: Callable[[str], None],
    ) -> None:
        self._interview_id = interview_id
        self._spec = spec
        self._services = services
        self._post = post
        self._count = count
        self._clips: OrderedDict[tuple[str, Delivery], SpeechClip] = OrderedDict()

    def clip_of(self, text: str, delivery: Delivery = PLAIN) -> SpeechClip | None:
        """The clip of a text that was prepared before, to be said in this way."""
        return self._clips.get((text, delivery))

    async def greet(self, effect: fx.PrepareGreeting) -> None:
        """One attempt, and its sound: both are ready before Start is pressed."""
        spec = self._spec
        if spec.greeting is not None:
            await self._greet_with(spec.greeting, "spec")
            return
        request = GreetingRequest(
            title=spec.title,
            questions_total=len(spec.questions),
            minutes=estimated_minutes(spec),
            locale=spec.candidate.locale,
        )
        llm = self._services.llm
        try:
            async with asyncio.timeout(effect.total_s + 0.5):
                text = (
                    scripted_greeting(request)
                    if llm.scripted
                    else await _worded(llm, request, effect)
                )
        except (LlmUnavailable, TimeoutError) as error:
            self._post(inp.GreetingFailed(str(error) or "no answer in time"))
            return
        except Exception as error:
            logger.exception("interview %s: greeting failed", self._interview_id)
            self._post(inp.GreetingFailed(type(error).__name__))
            return
        await self._greet_with(text, llm.name)

    async def _greet_with(self, words: str, source: str) -> None:
        """Whoever wrote the words: that an AI interviews is said."""
        locale = self._spec.candidate.locale
        for part in greeting_parts(words, locale):
            await self.prepare(part)
        self._post(inp.GreetingReady(with_disclosure(words, locale), source))

    async def voice(self, utterance_id: str, text: str, delivery: Delivery = PLAIN) -> None:
        clip = await self.prepare(text, delivery)
        if clip is None:
            self._post(inp.VoiceFailed(utterance_id, "no voice"))
        else:
            self._post(inp.VoiceReady(utterance_id, clip.duration_s))

    async def prepare(self, text: str, delivery: Delivery = PLAIN) -> SpeechClip | None:
        """The audio of a text; None when no voice can be had for it."""
        key = (text, delivery)
        clip = self._clips.get(key)
        if clip is None or is_cut(clip):
            clip = await self._speak(text, delivery)
            if clip is None:
                return None
            self._clips[key] = clip
            while len(self._clips) > CLIPS_KEPT:
                self._clips.popitem(last=False)
        self._clips.move_to_end(key)
        return clip

    async def _speak(self, text: str, delivery: Delivery) -> SpeechClip | None:
        locale = locale_of(self._spec, text)
        try:
            async with asyncio.timeout(VOICE_DEADLINE_S):
                return await self._services.tts.speak(
                    text,
                    locale=locale,
                    deadline_s=VOICE_DEADLINE_S - 0.5,
                    interview_id="" if is_fixed(text) else self._interview_id,
                    delivery=delivery,
                    early=True,
                )
        except (SpeechUnavailable, TimeoutError) as error:
            logger.warning("interview %s: no voice: %s", self._interview_id, error)
        except Exception:
            logger.exception("interview %s: voice failed", self._interview_id)
        self._count("voice_failed")
        return None


async def _worded(llm: Llm, request: GreetingRequest, effect: fx.PrepareGreeting) -> str:
    """In the words of the model. Raises LlmUnavailable, also for what is no greeting."""
    words = wording(request.locale)
    if words is None:
        raise LlmUnavailable("no test for a greeting in this language: fixed text")
    checked: list[str] = []

    async def check(text: str) -> None:
        checked.append(_usable(text, request, words))

    asked = greeting_request(
        request, words, first_token_s=effect.first_token_s, total_s=effect.total_s
    )
    asked = replace(asked, check=check)
    pieces: list[str] = []
    # Closed at once: whatever comes after the last sentence that fits need not be computed.
    async with aclosing(cast("AsyncGenerator[str, None]", llm.stream(asked))) as stream:
        async for piece in stream:
            pieces.append(piece)
            if sum(map(len, pieces)) > MAX_COLLECTED_CHARS:
                break
    return checked[0] if checked else _usable("".join(pieces), request, words)


def _usable(text: str, request: GreetingRequest, words: Prompt) -> str:
    """The greeting in the model's text. Raises LlmUnavailable where there is none."""
    try:
        return checked_greeting(text, request, words)
    except Rejected as error:
        raise LlmUnavailable(f"rejected: {error}", failure="rejected", next_step="retry") from None
