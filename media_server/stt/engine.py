"""What an engine may raise, and how one is made from its name."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from media_server.audio.types import Pcm
from media_server.ports import EngineUnavailable, SttEngine, Transcription
from media_server.stt.settings import SttSettings

BUILT_IN = {
    "pocketsphinx": "media_server.stt.engines.pocketsphinx:create",
    "faster-whisper": "media_server.stt.engines.faster_whisper:create",
    "openai-compatible": "media_server.stt.engines.openai_compatible:create",
}


class CannotTranscribe(Exception):
    """This job can never succeed on this engine; trying again would not help.

    The text goes into the outcome's reason and perhaps a log: say nothing of what was spoken.
    """


@runtime_checkable
class WeighsEvidence(Protocol):
    """An engine that also wants to know how much of the audio the VAD took for speech."""

    def transcribe_segment(
        self, pcm: Pcm, *, language: str, final: bool, glossary: Sequence[str], speech_ms: int
    ) -> Transcription: ...


@dataclass(frozen=True, slots=True)
class SttRequest:
    """What a worker asks of an engine about one segment."""

    pcm: Pcm = field(repr=False)
    language: str
    final: bool
    glossary: tuple[str, ...] = ()
    speech_ms: int = 0
    lost: int = 0
    """How many workers died, or hung and were killed, over this segment before."""


@runtime_checkable
class TakesRequests(Protocol):
    """An engine that also wants to know what became of a segment before."""

    def transcribe_request(self, request: SttRequest) -> Transcription: ...


@runtime_checkable
class LoadsInParts(Protocol):
    """An engine of which a part may be loaded once and forked into every worker."""

    def load_before_fork(self) -> None:
        """What owns no thread and no device; `warm_up` in the worker does the rest."""


@runtime_checkable
class TakesBatches(Protocol):
    """An engine that decodes several segments at once faster than one after another."""

    batch_size: int
    """Segments in one call, at most. Read once, after `warm_up`; 1: no batches."""

    def transcribe_batch(
        self, requests: Sequence[SttRequest]
    ) -> Sequence[Transcription | Exception]:
        """One answer for each request, in order; their languages and glossaries may differ.

        What one segment raised is answered in its place, CannotTranscribe when it can never
        succeed, so that it does not spoil the rest. An exception fails no segment: each is then
        tried alone. Called with 2 to `batch_size` requests that were never tried before.
        """


def batch_size(engine: SttEngine) -> int:
    return max(1, engine.batch_size) if isinstance(engine, TakesBatches) else 1


def transcribe(
    engine: SttEngine,
    pcm: Pcm,
    *,
    language: str,
    final: bool,
    glossary: Sequence[str],
    speech_ms: int,
) -> Transcription:
    """Either kind of engine."""
    if isinstance(engine, WeighsEvidence):
        return engine.transcribe_segment(
            pcm, language=language, final=final, glossary=glossary, speech_ms=speech_ms
        )
    return engine.transcribe(pcm, language=language, final=final, glossary=glossary)


def answer(engine: SttEngine, request: SttRequest) -> Transcription:
    """Any kind of engine."""
    if isinstance(engine, TakesRequests):
        return engine.transcribe_request(request)
    return transcribe(
        engine,
        request.pcm,
        language=request.language,
        final=request.final,
        glossary=request.glossary,
        speech_ms=request.speech_ms,
    )


def load_before_fork(engine: SttEngine) -> bool:
    """Loads what the workers can share; True: nothing is left for them to load."""
    if isinstance(engine, LoadsInParts):
        engine.load_before_fork()
        return False
    if not forks_after_load(engine):
        return False
    engine.warm_up()
    return True


def forks_after_load(engine: SttEngine) -> bool:
    return bool(getattr(engine, "fork_after_load", False))


def create_engine(name: str, settings: SttSettings) -> SttEngine:
    """`name`: a built-in engine or "package.module:factory". Raises EngineUnavailable.

    The factory is called with the settings and must return quickly; loading belongs into
    `warm_up`. An engine with an attribute `fork_after_load = True` is warmed up once and forked
    into every worker: it must own no thread and no device by then.
    """
    path = BUILT_IN.get(name, name)
    module_name, colon, attribute = path.partition(":")
    if not colon or not module_name or not attribute:
        known = ", ".join(BUILT_IN)
        raise EngineUnavailable(
            f"unknown speech-to-text engine {name!r}: use one of {known}, or package.module:factory"
        )
    try:
        factory = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise EngineUnavailable(
            f"speech-to-text engine {name!r} cannot be imported: {error}"
        ) from error
    engine: SttEngine = factory(settings)
    return engine


def create_engines(settings: SttSettings) -> SttEngine:
    """The engine, or a failover over several. Raises EngineUnavailable."""
    if len(settings.engines) == 1:
        return create_engine(settings.engines[0], settings)
    from media_server.stt.engines.failover import Failover  # noqa: PLC0415 - it imports this module

    return Failover(settings)
