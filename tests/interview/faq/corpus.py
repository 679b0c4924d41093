"""FAQs and the questions that candidates ask about them aloud, with the entry that answers each.

`building/` is what the words of `faq_words` were chosen on. `unseen/` was written before any of
that, and only its sums were looked at until the thresholds stood. `near/` was written so
as to be answered wrongly.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from media_server.interview.rubric import FaqEntry

HALVES = ("building", "unseen", "near")
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Asked:
    half: str
    language: str
    entries: tuple[FaqEntry, ...]
    text: str
    index: int | None
    """Of the right entry; None: none answers it."""


@cache
def asked() -> tuple[Asked, ...]:
    return tuple(_read())


def _read() -> Iterator[Asked]:
    for half in HALVES:
        for path in sorted((_HERE / half).glob("*.toml")):
            known = tomllib.loads(path.read_text("utf-8"))
            entries = tuple(FaqEntry(q=one["q"], a=one["a"]) for one in known["faq"])
            places = {one["id"]: place for place, one in enumerate(known["faq"])}
            for one in known["asked"]:
                right = places[one["entry"]] if one["entry"] else None
                yield Asked(half, path.stem[:2], entries, one["text"], right)
