"""What a list of interviews is narrowed to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Only:
    """What a list is narrowed to."""

    statuses: tuple[str, ...] = ()
    """Any of these; (): every status."""
    text: str = ""
    """It stands in the title, the candidate's external id, a value of the metadata, or the id."""


ALL = Only()
