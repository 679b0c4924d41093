"""The event of a transcript that its candidate has looked through: part of `events`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from media_server.interview.event import Event


class Correction(BaseModel):
    """Of one answer. It stands beside what was heard."""

    model_config = ConfigDict(frozen=True)
    prompt_id: str
    text: str
    """What the candidate says it should be; "": nothing of it."""
    original: str
    """What it was when the candidate corrected it; better words may have come since."""


class Reviewed(Event):
    """The candidate has handed the transcript over, before the time for it was over."""

    type: Literal["reviewed"] = "reviewed"
    corrections: tuple[Correction, ...] = ()
    """Empty: all was well, or the words were erased since."""
