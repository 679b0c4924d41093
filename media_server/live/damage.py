"""Interviews whose stored data cannot be read: known once, told to whoever asks, skipped by sweeps.

A damaged interview costs that one alone. Lists name it, its candidate gets a final answer, sweeps
pass it over, and it can be erased. What was found is kept in memory: a log that was restored from
a backup is looked at again when somebody asks for it, or after a restart.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from media_server.interview import result
from media_server.ports import InterviewRow, Public, Refused, SummaryRow

logger = logging.getLogger(__name__)

CODE = "interview_damaged"
MAX_KNOWN = 10_000
STATUS = "damaged"


class DamageBook:
    """Which interviews were found damaged by this process."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, str]] = {}
        self.found = 0
        """How often an interview was found damaged for the first time."""
        self.skipped = 0
        """How often a sweep passed one over."""

    def __len__(self) -> int:
        return len(self._known)

    def note(self, row: InterviewRow, what: str) -> Refused:
        """It was found now; the answer to whoever asked for it."""
        known = self._known.get(row.interview_id)
        if known is None or known[0] != row.version:
            self.found += 1
            logger.error(
                "interview %s is damaged: %s; restore the store from a backup, or erase it with "
                "DELETE /v1/interviews/%s",
                row.interview_id, Public(what), row.interview_id,
            )  # fmt: skip
        if known is not None or len(self._known) < MAX_KNOWN:
            self._known[row.interview_id] = (row.version, what)
        return refusal()

    def of(self, row: InterviewRow | SummaryRow) -> str:
        """What is known to be damaged of it; "" for nothing."""
        known = self._known.get(row.interview_id)
        if known is not None and known[0] == row.version:
            return known[1]
        return row.damage

    def sound(self, interview_id: str) -> None:
        """It was read whole, or is gone."""
        self._known.pop(interview_id, None)


def refusal() -> Refused:
    """Final: 409, and no Retry-After, for trying again does not help."""
    return Refused(
        409,
        CODE,
        "What is stored of this interview is damaged and cannot be read; trying again does not "
        "help. GET /v1/interviews/{id} says what, DELETE erases it.",
    )


def summary(row: InterviewRow, what: str) -> dict[str, Any]:
    """In the place of the summary that cannot be made: as much of it as can be read."""
    spec: Mapping[str, Any] = row.spec
    title, questions, metadata = (spec.get(name) for name in ("title", "questions", "metadata"))
    return {
        "id": row.interview_id,
        "status": STATUS,
        "created_at": result.iso(row.created_s),
        "expires_at": None,
        "title": title if isinstance(title, str) else "",
        "candidate_external_id": None,
        "questions_total": len(questions) if isinstance(questions, list) else 0,
        "round": None,
        "prompt": None,
        "live": False,
        "metadata": _texts(metadata),
        "damage": what,
    }


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str)}
