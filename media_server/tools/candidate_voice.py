"""The voice of a candidate without recordings: another than the bot's, where there is one.

It is spoken by the same engines, each in a child process, but by none that the server uses.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from media_server.audio.opus import OpusDecoder
from media_server.audio.types import Pcm
from media_server.sentences import split_sentences
from media_server.tts.clip_codec import from_bytes
from media_server.tts.engine import EngineInfo, match_language
from media_server.tts.factory import engine_order
from media_server.tts.host import ChildHost
from media_server.tts.settings import AUTO, OFF, TtsSettings

RATE = 24_000
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.35, 0.9
"""Between two sentences: what people leave, and no end of a turn."""
LOWER = 0.86
"""Of the pitch, where only the bot's own voice is there: two people must be heard."""
_MAX_S = 120


@dataclass(frozen=True, slots=True)
class Choice:
    engine: str
    """As in `TtsSettings.engine`."""
    voice: str = ""
    pitch: float = 1.0


ENGLISH = (
    Choice("hibari", "emma"),
    Choice("hibari", "heart"),
    Choice("flite", "rms"),
    Choice("flite", "slt"),
    Choice("espeak", "en-gb"),
    Choice("espeak", "en-us"),
)
"""The voices of a candidate, best first. Lowered, hibari's only one is understood better than
flite's, and nobody takes it for the bot's."""


def choices(order: tuple[str, ...], bot: EngineInfo | None, locale: str) -> Iterator[Choice]:
    """Which voice, in the order to try. `order`: the engines in the server's order; `bot`: the
    voice that speaks the questions, as far as one can tell from here."""
    found = ENGLISH if match_language(("en",), locale) is not None else ()
    for choice in (*found, *map(Choice, order)):  # the order: other languages, voices of others
        same = bot is not None and choice.engine == _key(bot) and choice.voice in ("", bot.voice)
        yield replace(choice, pitch=LOWER) if same else choice


def _key(engine: EngineInfo) -> str:
    return "espeak" if engine.name == "espeak-ng" else engine.name


class CandidateVoice:
    """Made by `find`; `close` it."""

    def __init__(self, host: ChildHost, engine: EngineInfo, choice: Choice, locale: str) -> None:
        self._host = host
        self._engine = engine
        self._choice = choice
        self._locale = locale

    def describe(self) -> str:
        lowered = ", lowered" if self._choice.pitch != 1.0 else ""
        return " ".join(filter(None, (self._engine.name, self._engine.voice))) + lowered

    async def say(self, text: str) -> tuple[Pcm, int]:
        """(mono PCM, its rate in Hz), with pauses between the sentences; the same each time.

        Raises SpeechUnavailable.
        """
        pauses = random.Random(text)  # noqa: S311  # no secret: a person's rhythm
        pieces: list[Pcm] = []
        for sentence in split_sentences(text):
            if pieces:
                pause_s = pauses.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S)
                pieces.append(np.zeros(int(pause_s * RATE), np.int16))
            clip = await self._host.synthesize(self._engine.name, sentence, self._locale)
            with OpusDecoder(RATE) as decoder:
                pieces += [decoder.decode(packet) for packet in from_bytes(clip).packets]
        pcm = np.concatenate(pieces)[: _MAX_S * RATE]
        return pcm, round(RATE * self._choice.pitch)

    async def close(self) -> None:
        await self._host.close()


async def find(settings: TtsSettings, locale: str) -> CandidateVoice | None:
    """The first voice of `choices` that is there and speaks the language. None: there is none."""
    order = engine_order(replace(settings, engine=AUTO) if settings.engine == OFF else settings)
    bot = await _bot(order, settings, locale)
    for choice in choices(order, bot, locale):
        speed = 1.0 / choice.pitch  # a voice that is played lower is slower, too
        wanted = replace(settings, engine=AUTO, voice=choice.voice, speed=speed)
        host = _host((choice.engine,), wanted)
        await host.start()
        for engine in host.engines:
            if match_language(engine.languages, locale) is not None:
                return CandidateVoice(host, engine, choice, locale)
        await host.close()
    return None


async def _bot(order: tuple[str, ...], settings: TtsSettings, locale: str) -> EngineInfo | None:
    """One engine at a time: the first that speaks is the bot's, and the others need not load."""
    for engine in order:
        named = settings.engine in (AUTO, engine)
        host = _host((engine,), settings if named else replace(settings, voice=""))
        try:
            await host.start()
            for found in host.engines:
                if match_language(found.languages, locale) is not None:
                    return found
        finally:
            await host.close()
    return None


def _host(order: tuple[str, ...], settings: TtsSettings) -> ChildHost:
    hello: dict[str, Any] = {"order": list(order), "settings": settings.to_mapping()}
    return ChildHost(
        hello, start_timeout_s=settings.start_timeout_s, job_timeout_s=settings.job_timeout_s
    )
