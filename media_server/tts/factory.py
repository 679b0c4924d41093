"""From settings to a voice, and what there is to say about it beforehand."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from typing import Any, Literal

from media_server.tts.cache import SpeechCache
from media_server.tts.host import ChildHost
from media_server.tts.piper import find_problem
from media_server.tts.service import SpeechService
from media_server.tts.settings import TtsSettings
from media_server.tts.voices import Voices


@dataclass(frozen=True, slots=True)
class TtsFinding:
    name: str
    level: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


def engine_order(settings: TtsSettings) -> tuple[str, ...]:
    """Whose turn it is, first to last; the first that speaks an interview's language speaks it.

    auto: a configured Piper voice sounds the most natural. Then flite for English: a recogniser
    misreads 6 % of its words and 36 % of espeak-ng's, and people find it easier as well. Then
    espeak-ng for every other language, and for English where flite is not installed.
    piper: the same, for a Piper voice that fails must not leave the candidate without any.
    """
    if settings.engine == "off":
        return ()
    if settings.engine in ("flite", "espeak"):
        return (settings.engine,)
    return (("piper",) if settings.piper_model is not None else ()) + ("flite", "espeak")


def create_text_to_speech(settings: TtsSettings) -> SpeechService:
    """Not started. Without a usable engine it starts all the same, and `speak` says why."""
    order = engine_order(settings)
    groups = [group for group in (order[:1], order[1:]) if group] if "piper" in order else [order]
    hosts = [
        ChildHost(
            _hello(settings, group),
            start_timeout_s=settings.start_timeout_s,
            job_timeout_s=settings.job_timeout_s,
            attempts=1 if group == ("piper",) else 2,
        )
        for group in groups
    ]
    cache = None
    if settings.cache_dir is not None and settings.cache_bytes:
        cache = SpeechCache(settings.cache_dir, settings.cache_bytes)
    return SpeechService(Voices(hosts), cache, memory_bytes=settings.memory_bytes)


def _hello(settings: TtsSettings, engines: tuple[str, ...]) -> dict[str, Any]:
    return {
        "order": list(engines),
        # It was meant for Piper, where that was asked for by name: no other engine knows it.
        "voice": "" if settings.engine == "piper" else settings.voice,
        "speed": settings.speed,
        "piper_model": str(settings.piper_model or ""),
    }


def check(settings: TtsSettings) -> tuple[TtsFinding, ...]:
    """What is installed, without starting anything."""
    if settings.engine == "off":
        return (TtsFinding("voice", "warn", "switched off: candidates read the questions"),)
    found = [_check_engine(name, settings) for name in engine_order(settings)]
    usable = [finding for finding in found if finding.level == "ok"]
    if usable:
        wanted_lacks = found[0].name == "piper"
        return tuple(
            finding
            if finding.level == "ok" or (wanted_lacks and finding.name == "piper")
            else TtsFinding(finding.name, "ok", f"{finding.what} (optional)", finding.mend)
            for finding in found
        )
    nobody = TtsFinding(
        "voice", "warn", "no speech engine: candidates read the questions",
        "apt install flite, or pip install espeakng-loader",
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
    if name == "flite":
        program = shutil.which("flite")
        if program is None:
            return TtsFinding("flite", "warn", "not installed", "apt install flite")
        return TtsFinding("flite", "ok", f"{program} (English)")
    if importlib.util.find_spec("espeakng_loader") is None:
        mend = "pip install espeakng-loader (GPL-3.0)"
        return TtsFinding("espeak", "warn", "not installed", mend)
    return TtsFinding("espeak", "ok", "espeakng-loader (GPL-3.0, in a process of its own)")
