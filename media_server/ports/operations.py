"""What an operator may ask about the interviews of every tenant, without their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from media_server.ports.turn_trace import TurnTrace


@dataclass(frozen=True, slots=True)
class Decision:
    """An entry of an interview's log."""

    seq: int
    at_s: float
    """Unix seconds."""
    type: str
    state: str
    """Of the interview after it; "" where that cannot be told, of a log that is damaged."""
    facts: Mapping[str, Any]
    """Ids, numbers, and reasons of the server's own."""
    held_back: Mapping[str, Any] = field(repr=False)
    """Its words, and whatever else says something of a person."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The end of one interview's log."""

    interview_id: str
    tenant: str
    status: str
    created_s: float
    """Unix seconds."""
    version: int
    """Entries in all."""
    live: bool
    """Whether it is open in this process."""
    damage: str
    """What of it cannot be read; "": nothing."""
    entries: Sequence[Decision]
    """Oldest first."""


class Operations(Protocol):
    """For the page of operations, and for those who watch by a program."""

    async def decisions(self, interview_id: str, limit: int) -> Decisions:
        """The last `limit` entries of its log, whosever it is, also of one that is damaged. Raises
        Refused: 404, and 503 while the store is away."""

    def slowest_turns(self, limit: int) -> Sequence[TurnTrace]:
        """Of this process in the last hour, what the server made of the wait: longest first."""
