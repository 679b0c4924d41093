"""Requests, and answers that look like them: what the phrases are built on, and what judges them.

`building/` is for those who write phrases. `unseen/` was written down before the first phrase was
and judges only: a phrase that is added because a line there was missed makes its figures worthless.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

LANGUAGES = ("en", "de", "es", "fr", "ar")
Half = Literal["building", "unseen"]


@dataclass(frozen=True, slots=True)
class Line:
    intent: str
    """Empty for an answer."""
    text: str


def lines(half: Half, language: str) -> list[Line]:
    rows = (Path(__file__).parent / half / f"{language}.tsv").read_text("utf-8").splitlines()
    return [Line(*row.split("\t")) for row in rows]
