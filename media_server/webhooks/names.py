"""The names of the public events. Pure, and cheap to import: settings check names by them."""

from __future__ import annotations

from collections.abc import Mapping

from media_server.interview.status import Status

ENDINGS: Mapping[str, str] = {
    Status.COMPLETED: "interview.completed",
    Status.ENDED_BY_CANDIDATE: "interview.completed",
    Status.ABANDONED: "interview.abandoned",
    Status.EXPIRED: "interview.expired",
    Status.CANCELLED: "interview.cancelled",
    Status.DECLINED: "interview.declined",
    Status.FAILED: "interview.failed",
}
"""By the status it ends with. Whoever left early has completed what they wanted to: `data.status`
tells the difference."""
TRANSCRIPT_READY = "result.transcript_ready"
UPDATED = "result.updated"
EVALUATION_READY, EVALUATION_FAILED = "result.evaluation_ready", "result.evaluation_failed"
DELETED = "interview.deleted"
TEST = "webhook.test"
EVENT_TYPES: tuple[str, ...] = (
    "interview.started",
    "interview.paused",
    "interview.resumed",
    "interview.answer_recorded",
    *dict.fromkeys(ENDINGS.values()),
    TRANSCRIPT_READY,
    UPDATED,
    EVALUATION_READY,
    EVALUATION_FAILED,
    DELETED,
    TEST,
)
"""Every type there is. `result.evaluation_*` comes only where an interview is evaluated."""
