"""From settings to a voice, and what there is to say about it beforehand."""

from __future__ import annotations

import dataclasses
import importlib.util
import shutil
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal

from media_server import engine_factory
from media_server.ports import EngineUnavailable
from media_server.tts import kokoro
from media_server.tts.cache import SpeechCache
from media_server.tts.host import ChildHost
from media_server.tts.piper import find_problem
from media_server.tts.service import SpeechService
from media_server.tts.settings import AUTO, ENGINES, OFF, TtsSettings
from media_server.tts.voices import Voices

STAND_BY = ("flite", "espeak")
"""Small and simple: these two share a process."""
BUILT_IN = ("hibari", *STAND_BY)


OTHER_LANGUAGES = "make run WITH_ESPEAK=1, or pip install espeakng-loader (GPL-3.0)"


@dataclass(frozen=True, slots=True)
class TtsFinding:
    name: str
    level: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


def engine_order(settings: TtsSettings) -> tuple[str, ...]:
    """Whose turn it is, first to last; the first that speaks an interview's language speaks it.

    auto: a Piper voice where one was configured. Then hibari for English: natural, and the one
    that is understood best (docs/models.md has the figures). Then flite, English too. Then
    espeak-ng, where it is installed, for every other language.
    flite and espeak speak alone. Any other by name: it, then these, for a voice that fails must
    not leave the candidate without any.
    """
    if settings.engine == OFF:
        return ()
    if settings.engine in STAND_BY:
        return (settings.engine,)
    if settings.engine != AUTO:
        return tuple(dict.fromkeys((settings.engine, *BUILT_IN)))
    return (("piper",) if settings.piper_model is not None else ()) + BUILT_IN


def processes(order: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Which engines share a process: one that is slow to load or may fail has its own."""
    groups: list[tuple[str, ...]] = [(name,) for name in order if name not in STAND_BY]
    together = tuple(name for name in order if name in STAND_BY)
    return [*groups, together] if together or not groups else groups


def create_text_to_speech(settings: TtsSettings) -> SpeechService:
    """Not started. Without a usable engine it starts all the same, and `speak` says why."""
    hosts = [
        ChildHost(
            _hello(settings, group),
            start_timeout_s=settings.start_timeout_s,
            job_timeout_s=settings.job_timeout_s,
            # A voice of the operator's may well fail: the next one speaks at once.
            attempts=2 if set(group) <= set(BUILT_IN) else 1,
        )
        for group in processes(engine_order(settings))
    ]
    cache = None
    if settings.cache_dir is not None and settings.cache_bytes:
        cache = SpeechCache(settings.cache_dir, settings.cache_bytes)
    return SpeechService(Voices(hosts), cache, memory_bytes=settings.memory_bytes)


def _hello(settings: TtsSettings, engines: tuple[str, ...]) -> dict[str, Any]:
    if settings.engine not in (AUTO, *engines):  # the voice was meant for the one that was named
        settings = dataclasses.replace(settings, voice="")
    return {"order": list(engines), "settings": settings.to_mapping()}


def check(settings: TtsSettings) -> tuple[TtsFinding, ...]:
    """What is installed, without starting anything."""
    if settings.engine == OFF:
        return (TtsFinding("voice", "warn", "switched off: candidates read the questions"),)
    found = [_check_engine(name, settings) for name in engine_order(settings)]
    usable = [finding for finding in found if finding.level == "ok"]
    if usable:
        wanted = found[0].name not in STAND_BY
        return tuple(
            finding
            if finding.level == "ok" or (wanted and finding is found[0])
            else TtsFinding(finding.name, "ok", f"{finding.what} (optional)", finding.mend)
            for finding in found
        )
    nobody = TtsFinding(
        "voice", "warn", "no speech engine: candidates read the questions",
        "pip install hibari-tts, or apt install flite",
    )  # fmt: skip
    return (*found, nobody)


def _check_engine(name: str, settings: TtsSettings) -> TtsFinding:
    if name == "piper":
        problem = find_problem(settings.piper_model) if settings.piper_model else "no model named"
        if not problem and importlib.util.find_spec("piper") is None:
            return TtsFinding("piper", "warn", "not installed", "pip install piper-tts (GPL-3.0)")
        if problem:
            return TtsFinding("piper", "warn", "the voice cannot be used", problem)
        return TtsFinding("piper", "ok", f"voice {settings.piper_model}")
    if name == "kokoro":
        folder = settings.kokoro_dir
        problem = kokoro.find_problem(folder) if folder else f"`{kokoro.PULL}`"
        if problem:
            return TtsFinding("kokoro", "warn", "the voice cannot be used", problem)
        return TtsFinding("kokoro", "ok", f"{folder} (English)")
    if name == "flite":
        program = shutil.which("flite")
        if program is None:
            return TtsFinding("flite", "warn", "not installed", "apt install flite")
        return TtsFinding("flite", "ok", f"{program} (English)")
    if name == "hibari":
        try:
            return TtsFinding("hibari", "ok", f"{metadata.version('hibari-tts')} (English)")
        except metadata.PackageNotFoundError:
            return TtsFinding("hibari", "warn", "not installed", "pip install hibari-tts")
    if name != "espeak":
        return _check_import(name)
    if importlib.util.find_spec("espeakng_loader") is None:
        what = "not installed: it speaks the languages other than English"
        return TtsFinding("espeak", "warn", what, OTHER_LANGUAGES)
    return TtsFinding("espeak", "ok", "espeakng-loader (GPL-3.0, in a process of its own)")


def _check_import(name: str) -> TtsFinding:
    try:
        engine_factory.find(name, ENGINES)
    except EngineUnavailable as error:
        return TtsFinding(name, "warn", "the voice cannot be used", str(error))
    return TtsFinding(name, "ok", "can be imported")
