"""Composition: settings to a transcription pool, and what is wrong with the settings."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

from media_server.ports import EngineUnavailable, SpeechToText
from media_server.stt import moonshine_files
from media_server.stt.engines.openai_compatible import OpenAiCompatible
from media_server.stt.engines.registry import create_engine, interim_engine
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import ENGINES, SttSettings
from media_server.stt.whisper_files import missing_files


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `media-server doctor`."""

    engine: str
    usable: bool
    detail: str
    """What was found, or what is missing and how to fix it."""


def create_speech_to_text(
    settings: SttSettings, shared: Path | None = None, *, worker: int = 0
) -> SpeechToText:
    """Recognisers of this process, those that the workers of this server share, or the queue to
    some elsewhere. Nothing is started yet. `shared`: the socket of the process that has them;
    `worker`: the number of this one.

    Raises EngineUnavailable when nobody could ever work.
    """
    if settings.redis_url:
        from media_server.stt.remote.redis_queue import RedisSpeechToText  # noqa: PLC0415 - if configured

        return RedisSpeechToText(settings)
    if shared is not None:
        from media_server.stt.shared.client import SharedSpeechToText  # noqa: PLC0415 - if asked

        return SharedSpeechToText(settings, shared, worker=worker)
    if not settings.workers:
        raise EngineUnavailable(
            "stt workers 0 leaves the work to machines reached over Redis: set stt redis_url"
        )
    return LocalSpeechToText(settings)


def check(settings: SttSettings) -> list[Finding]:
    """Each configured engine, in order, and one for interims alone. Blocks for at most the request
    timeout; loads no model."""
    findings = [_check(name, settings) for name in settings.engines]
    if interims := interim_engine(settings):
        found = _check(interims, settings)
        findings.append(replace(found, engine=f"{interims} for interims"))
    return findings


def _check(name: str, settings: SttSettings) -> Finding:
    if name == "pocketsphinx":
        return _check_pocketsphinx()
    if name == "moonshine":
        return _check_moonshine(settings)
    if name == "faster-whisper":
        return _check_faster_whisper(settings)
    try:
        engine = create_engine(name, settings)
        if isinstance(engine, OpenAiCompatible):
            engine.warm_up()
    except EngineUnavailable as error:
        return Finding(name, usable=False, detail=str(error))
    detail = f"answers at {settings.url}" if name in ENGINES else "can be imported"
    return Finding(name, usable=True, detail=detail)


def _check_pocketsphinx() -> Finding:
    if importlib.util.find_spec("pocketsphinx") is None:
        detail = "pocketsphinx is not installed: install it, or configure a faster-whisper model"
        return Finding("pocketsphinx", usable=False, detail=detail)
    detail = "a stand-in that proves the pipeline and is not fit to assess anybody"
    return Finding("pocketsphinx", usable=True, detail=detail)


def _check_moonshine(settings: SttSettings) -> Finding:
    problems = moonshine_files.missing_files(settings.moonshine_dir)
    if importlib.util.find_spec("onnxruntime") is None:
        problems.append("the package onnxruntime is not installed")
    if problems:
        fix = f"; get it with `{moonshine_files.PULL}`"
        return Finding("moonshine", usable=False, detail="; ".join(problems) + fix)
    detail = f"model {settings.moonshine_dir} is complete, for English"
    return Finding("moonshine", usable=True, detail=detail)


def _check_faster_whisper(settings: SttSettings) -> Finding:
    problems = missing_files(settings.model_dir)
    if importlib.util.find_spec("faster_whisper") is None:
        problems.append("the package faster-whisper is not installed")
    if problems:
        fix = "; point stt model_dir to a model, or use `media-server models pull NAME`"
        return Finding("faster-whisper", usable=False, detail="; ".join(problems) + fix)
    detail = f"model {settings.model_dir} is complete"
    return Finding("faster-whisper", usable=True, detail=detail)
