"""Legal holds: what must not be deleted for now, whatever retention or a request says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

Artifact = Literal["audio", "transcript", "log"]
"""What retention deletes, each at its own time. "log" is the whole interview."""
ARTIFACTS: tuple[Artifact, ...] = ("audio", "transcript", "log")


@dataclass(frozen=True, slots=True)
class HoldStep:
    """One line of a hold's history."""

    action: Literal["placed", "released"]
    at_s: float
    """Unix seconds."""
    artifacts: tuple[Artifact, ...]
    reason: str
    """Empty for a release."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Of one interview; kept with its history until the interview is erased."""

    interview_id: str
    artifacts: frozenset[Artifact]
    """What must stay. Empty: it was released. Any of them keeps the whole interview from being
    erased."""
    reason: str
    """As it was given last."""
    history: tuple[HoldStep, ...]
    """Oldest first, the last 100."""


class Holds(Protocol):
    """Raises Refused, nothing else. The caller has seen that there is such an interview."""

    async def find(self, interview_id: str) -> Hold | None:
        """Also one that was released; None: there never was one."""

    async def place(self, interview_id: str, reason: str, artifacts: Collection[Artifact]) -> Hold:
        """In place of an earlier one; from its return on nothing of it is deleted. 404 where the
        interview was erased meanwhile."""

    async def release(self, interview_id: str) -> Hold:
        """404 `no_hold` where nothing is held."""
