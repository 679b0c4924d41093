"""What an engine tells about itself besides speaking, and which languages it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from media_server.ports import TtsEngine

_ALIASES = {"zh": "cmn", "no": "nb", "iw": "he", "in": "id"}
_DEFAULTS = {"en": "en-us", "es": "es", "pt": "pt-br", "fr": "fr-fr"}


class VoiceEngine(TtsEngine, Protocol):
    """An engine in the child process."""

    detail: str
    """Version, pace and whatever else changes the sound: part of the cache's key."""
    languages: tuple[str, ...]
    """BCP 47 tags in lower case."""

    def voice_for(self, locale: str) -> str:
        """The voice that `synthesize` would take. Raises EngineUnavailable for no such language."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """One usable engine as its child process announced it."""

    name: str
    voice: str
    detail: str
    languages: tuple[str, ...]


def match_language(languages: Sequence[str], locale: str) -> str | None:
    """The tag that serves `locale` best: itself, the language's usual variety, any variety."""
    wanted = locale.strip().lower().replace("_", "-")
    primary = wanted.split("-", 1)[0]
    primary = _ALIASES.get(primary, primary)
    for tag in (wanted, _DEFAULTS.get(primary, primary), primary):
        if tag in languages:
            return tag
    varieties = sorted(tag for tag in languages if tag.split("-", 1)[0] == primary)
    return varieties[0] if varieties else None
