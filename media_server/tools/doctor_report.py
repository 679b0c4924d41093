"""How the findings of `media-server doctor` look: in groups, aligned, with the next step."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from media_server.terminal import Paint, Tone

Level = Literal["ok", "warn", "fail"]

SIGNS = "✓!✗→"
_AREA_COLUMNS = 16
_TONES: dict[Level, Tone] = {"ok": "green", "warn": "yellow", "fail": "red"}
_WORDS: dict[Level, str] = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
_MARKS: dict[Level, str] = {"ok": "✓", "warn": "!", "fail": "✗"}
_COUNTED: dict[Level, str] = {"ok": "ok", "warn": "to look at", "fail": "failing"}

_GROUPS = {
    "This machine": ("python", "processor", "opus", "data"),
    "Listening and speaking": ("recogniser", "voice", "models", "language model"),
    "Interviews": ("store", "stt queue"),
    "Network": ("http", "file descriptors", "media", "buffer", "ice", "address", "browser"),
}
_GROUP_OF = {area: group for group, areas in _GROUPS.items() for area in areas}


@dataclass(frozen=True, slots=True)
class Finding:
    area: str
    level: Level
    what: str
    mend: str = ""
    """What to do about it; shown where it is not ok."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Of the place where the report is written."""

    paint: Paint
    width: int
    signs: bool = False
    """Marks as ✓ ! ✗, for a terminal; else as words, which can be searched for."""


def report(findings: Iterable[Finding], looks: Looks) -> Iterator[str]:
    """Line by line, as the findings come. One whose area is in no group stays with the last."""
    seen: list[Finding] = []
    group = ""
    for finding in findings:
        named = _GROUP_OF.get(finding.area, group)
        if named != group:
            group = named
            if seen:
                yield ""
            yield looks.paint(group, "bold")
        seen.append(finding)
        yield from _lines(finding, looks)
    yield ""
    yield from _summary(seen, looks)


def _lines(finding: Finding, looks: Looks) -> Iterator[str]:
    words = _MARKS if looks.signs else _WORDS
    mark = words[finding.level]
    left = f"{finding.area:{_AREA_COLUMNS}} "
    indent = " " * (2 + len(mark) + 2)
    room = looks.width - len(indent) - len(left)
    what = _wrapped(finding.what, room) or [""]
    tone = _TONES[finding.level]
    yield f"  {looks.paint(mark, tone, 'bold')}  {looks.paint(left, 'dim')}{what[0]}".rstrip()
    under = indent + " " * len(left)
    yield from (under + line for line in what[1:])
    if finding.mend and finding.level != "ok":
        arrow = "→ " if looks.signs else "-> "
        for number, line in enumerate(_wrapped(finding.mend, room - len(arrow))):
            lead = arrow if not number else " " * len(arrow)
            yield under + looks.paint(lead + line, "cyan")


def _summary(seen: list[Finding], looks: Looks) -> Iterator[str]:
    counts = {level: sum(finding.level == level for finding in seen) for level in _TONES}
    yield ", ".join(
        looks.paint(f"{count} {_COUNTED[level]}", _TONES[level] if count else "dim")
        for level, count in counts.items()
    )
    yield from _wrapped(_next_step(seen), looks.width)


def _next_step(seen: list[Finding]) -> str:
    failing = [finding for finding in seen if finding.level == "fail"]
    if failing:
        first = failing[0]
        return ": ".join(filter(None, (f"Next: fix {first.area}", first.mend)))
    if any(finding.level == "warn" for finding in seen):
        return "Next: it runs as it is (make run). Read what is marked before others use it."
    return "Next: make run, or media-server serve."


def _wrapped(text: str, width: int) -> list[str]:
    """Addresses and commands are never cut in two."""
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False)
