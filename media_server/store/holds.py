"""Legal holds as documents: one per interview, with its history, on both stores.

They lie under one tenant, whoever's the interview is: its id is unique, and retention asks by it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from media_server.ports import Conflict, Document, Documents, Public, StoreUnavailable
from media_server.ports.holds import ARTIFACTS, Artifact, Hold, HoldStep
from media_server.ports.tenancy import DEFAULT_TENANT

logger = logging.getLogger(__name__)

KIND = "hold"
MAX_HISTORY = 100
TRIES = 5
EVERYTHING = frozenset(ARTIFACTS)


class StoredHolds:
    """Every method raises StoreUnavailable: then nothing may be deleted."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def find(self, interview_id: str) -> Hold | None:
        """One that cannot be read holds everything: somebody wanted it so."""
        document = await self._documents.get(DEFAULT_TENANT, KIND, interview_id)
        if document is None:
            return None
        return _unreadable(interview_id) if document.damage else _hold(document)

    async def held(self, interview_id: str) -> frozenset[Artifact]:
        """What of it must stay."""
        hold = await self.find(interview_id)
        return frozenset() if hold is None else hold.artifacts

    async def place(
        self, interview_id: str, reason: str, artifacts: Collection[Artifact], now_s: float
    ) -> Hold:
        """In place of an earlier one; its history goes on."""
        kept = tuple(one for one in ARTIFACTS if one in artifacts)
        return await self._write(interview_id, HoldStep("placed", now_s, kept, reason))

    async def release(self, interview_id: str, now_s: float) -> Hold | None:
        """None: nothing is held."""
        held = await self.held(interview_id)
        if not held:
            return None
        was = tuple(one for one in ARTIFACTS if one in held)
        return await self._write(interview_id, HoldStep("released", now_s, was, ""))

    async def forget(self, interview_id: str) -> None:
        """The interview was erased: its reasons may name people."""
        await self._documents.delete(DEFAULT_TENANT, KIND, interview_id)

    async def let_go(self, interview_id: str) -> bool:
        """False: something of it is held. Else nothing is known of its holds any more, and its log
        may be erased: a row that is gone would leave them behind."""
        for _ in range(TRIES):
            document = await self._documents.get(DEFAULT_TENANT, KIND, interview_id)
            if document is None:
                return True
            if document.damage or _hold(document).artifacts:
                return False
            gone = await self._documents.delete(
                DEFAULT_TENANT, KIND, interview_id, expected_version=document.version
            )
            if not isinstance(gone, Conflict):
                return True
        raise StoreUnavailable("others change this hold at the same time")

    async def _write(self, interview_id: str, step: HoldStep) -> Hold:
        for _ in range(TRIES):
            before = await self._documents.get(DEFAULT_TENANT, KIND, interview_id)
            # A history that cannot be read is not gone on with: the hold could never be released.
            known = () if before is None or before.damage else _steps(before) or ()
            document = Document(
                DEFAULT_TENANT, KIND, interview_id, 0, step.at_s,
                {"history": [_as_json(one) for one in (*known, step)][-MAX_HISTORY:]},
            )  # fmt: skip
            expected: int | None = 0
            if before is not None:
                expected = None if before.damage else before.version
            written = await self._documents.put(document, expected_version=expected)
            if not isinstance(written, Conflict):
                said, now_s = ", ".join(step.artifacts), step.at_s
                logger.info(
                    "legal hold on %s %s at %.0f: %s",
                    interview_id, Public(step.action), now_s, Public(said),
                )  # fmt: skip
                return _hold(written)
        raise StoreUnavailable("others change this hold at the same time")


def _as_json(step: HoldStep) -> dict[str, Any]:
    return {
        "action": step.action,
        "at_s": step.at_s,
        "artifacts": list(step.artifacts),
        "reason": step.reason,
    }


def _steps(document: Document) -> tuple[HoldStep, ...] | None:
    """None: they cannot be read."""
    try:
        return tuple(
            HoldStep(line["action"], line["at_s"], tuple(line["artifacts"]), line["reason"])
            for line in document.body["history"]
        )
    except (KeyError, TypeError):
        return None


def _hold(document: Document) -> Hold:
    steps = _steps(document)
    if not steps:
        return _unreadable(document.id)
    last = steps[-1]
    held = frozenset(last.artifacts) if last.action == "placed" else frozenset()
    reason = next((step.reason for step in reversed(steps) if step.action == "placed"), "")
    return Hold(document.id, held, reason, steps)


def _unreadable(interview_id: str) -> Hold:
    return Hold(interview_id, EVERYTHING, "", ())
