"""An engine as its child process announced it, and which languages it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_ALIASES = {"zh": "cmn", "no": "nb", "iw": "he", "in": "id"}
_DEFAULTS = {"en": "en-us", "es": "es", "pt": "pt-br", "fr": "fr-fr"}


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
