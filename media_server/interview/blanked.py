"""An entry of the log without words: what an operator sees who looks for what went wrong. Pure.

What is shown is listed, not what is hidden: a field that a later release adds stays hidden until
somebody puts its name here. Numbers and truth values are shown, but for scores, which are a
judgement of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_CHARS = 300
"""Of one text that is shown."""
SHOWN = frozenset({
    # ids
    "clip", "criterion_id", "prompt_id", "question_id", "rubric_hash", "segment_id", "segment_ids",
    "server", "utterance_id",
    # of a closed set
    "by", "cause", "choice", "intent", "kept", "kind", "outcome", "pace", "status", "verdict",
    "via",
    # of our own making: why, and by what
    "action", "because", "detail", "effect", "engine", "language", "model", "prompt_version",
    "reason", "source", "untranscribed", "version",
})  # fmt: skip
"""Names of the texts that nobody has said and no person has typed."""
TYPED_BY_PEOPLE = frozenset({("evaluation_decided", "by"), ("evaluation_decided", "reason")})
"""Type and name where a name of `SHOWN` has another meaning."""
SCORES = frozenset({"score", "scores", "spread"})
NEVER = frozenset({"resume_hash"})
"""Of no use to anybody who reads it."""


def split(type_: str, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what may be shown, what is held back) of an entry's data; what is empty is left out."""
    facts: dict[str, Any] = {}
    held_back: dict[str, Any] = {}
    for name, value in data.items():
        if name in NEVER or value in (None, "", [], (), {}):
            continue
        if _is_shown(type_, name, value):
            facts[name] = value[:MAX_CHARS] if isinstance(value, str) else value
        else:
            held_back[name] = value
    return facts, held_back


def _is_shown(type_: str, name: str, value: Any) -> bool:
    if name in SCORES or (type_, name) in TYPED_BY_PEOPLE:
        return False
    if isinstance(value, list | tuple):
        return all(_is_shown(type_, name, one) for one in value)
    if isinstance(value, str):
        return name in SHOWN
    return isinstance(value, bool | int | float)
