"""What candidates may say to steer the interviewer or the judge, and what sounds alike and is none.

The files in `attacks/` were written before any code that looks for such words, by somebody who had
not seen it. Those who wrote that code could read them, so what it finds of them says little about
what it finds elsewhere. The files in `held_out/` nobody saw before the code was there, and it must
not be changed to fit them: they say how far it reaches. Write others when it has been. Those in
`second_held_out/` were written when it had been, by somebody who had read neither the guard nor the
other files.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

FOLDER = Path(__file__).parent / "attacks"
HELD_OUT = Path(__file__).parent / "held_out"
SECOND_HELD_OUT = Path(__file__).parent / "second_held_out"
ALL = (FOLDER, HELD_OUT, SECOND_HELD_OUT)
INNOCENT = "innocent.json"

Kind = Literal[
    "authority",
    "buried",
    "direct",
    "encoded",
    "examples",
    "fence",
    "flow",
    "homoglyphs",
    "hypothetical",
    "interviewer_said",
    "leetspeak",
    "markup",
    "multi_turn",
    "other_language",
    "other_person",
    "polite",
    "prompt_leak",
    "quote",
    "recogniser",
    "roleplay",
    "rubric_change",
    "self_verdict",
    "speech",
    "spelled_out",
    "system_message",
    "threat",
    "zero_width",
]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d+$")
    language: str = Field(pattern=r"^[a-z]{2}$")
    via: Literal["spoken", "typed"]
    text: str = Field(min_length=1, max_length=2000)


class Attack(_Row):
    kind: Kind
    wants: Literal["score", "flow", "leak", "speech"]
    """A better score, another course of the interview, the words of a prompt, or words from the
    bot's mouth."""
    earlier: tuple[str, ...] = ()
    """Turns of the same candidate before `text`."""
    core: str = ""
    """The attack itself, where the rest of `text` is an honest answer."""


class Innocent(_Row):
    about: str = Field(pattern=r"^[a-z_]+$")
    """What makes it sound like an attack."""


@cache
def attacks(folder: Path = FOLDER) -> tuple[Attack, ...]:
    rows = TypeAdapter(tuple[Attack, ...])
    files = sorted(file for file in folder.glob("*.json") if file.name != INNOCENT)
    return tuple(row for file in files for row in rows.validate_python(_read(file)))


@cache
def innocents(folder: Path = FOLDER) -> tuple[Innocent, ...]:
    return TypeAdapter(tuple[Innocent, ...]).validate_python(_read(folder / INNOCENT))


def _read(file: Path) -> tuple[object, ...]:
    return tuple(json.loads(file.read_text("utf-8")))
