"""What a language's file holds: its phrases, and the words that mean nothing for a request.

The phrases stand in a text: a name and a colon, then one phrase a line, set in by four; a line
that is set in further goes on with the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from media_server.interview.spoken_requests.model import Intent

Phrases = Mapping[Intent, tuple[str, ...]]
INTENTS: tuple[Intent, ...] = get_args(Intent)


def phrases(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith("     ") and found:
            found[-1] += f" {line.strip()}"
        elif line.strip():
            found.append(line.strip())
    return tuple(found)


def _named(text: str) -> dict[str, tuple[str, ...]]:
    texts: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line and not line.startswith(" "):
            name = line.removesuffix(":")
            texts[name] = ""
        elif line:
            texts[name] += f"{line}\n"
    return {name: phrases(lines) for name, lines in texts.items()}


def groups(text: str) -> Mapping[str, str]:
    return {name: "|".join(lines) for name, lines in _named(text).items()}


def requests(text: str) -> Phrases:
    """KeyError: a name that is no intent."""
    by_name = _named(text)
    found: Phrases = {intent: by_name.pop(intent) for intent in INTENTS if intent in by_name}
    if by_name:
        raise KeyError(f"no intent: {', '.join(by_name)}")
    return found


def polite(text: str) -> frozenset[tuple[str, ...]]:
    """One wording a line."""
    return frozenset(tuple(line.split()) for line in text.splitlines() if line.strip())


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Table:
    """Phrases are written as in `phrases.py`, in normalised words: see `words.py`."""

    fillers: frozenset[str]
    """Dropped wherever they stand: "um", "please", "really"."""
    spellings: Mapping[str, str]
    """One word as it is heard or contracted → the words of the phrases."""
    groups: Mapping[str, str]
    around: tuple[str, ...]
    """Explained, without a meaning of their own: "thank you very much", "for me"."""
    asked: Phrases
    """Addressed to the interviewer: "could you repeat that". A likely request in any company."""
    stated: Phrases
    """Said of oneself: "I did not understand". A likely request as a clause of its own."""
    alone: Phrases
    """A request only where nothing else is said: "next", "a break", "louder"."""
    doubtful: Phrases
    """Never sure, because it answers many a question as well: "I'd rather not", "a person"."""
    questions: tuple[str, ...]
    """How a question to the employer begins. Never sure: what it ends in nobody can list."""
    telling: frozenset[str]
    """Words of a report: a turn with one of them left over is an answer."""
    linking: frozenset[str]
    """Verbs that make what stands before them the subject of a sentence: "is", "was"."""
    joining: frozenset[str]
    """Words between two clauses: "and", "but"."""
    polite: frozenset[tuple[str, ...]] = frozenset()
    """Several words that are dropped like a filler: "por favor"."""
    said_twice: frozenset[str] = frozenset()
    """Not a stutter when they come twice: "testing, testing"."""
