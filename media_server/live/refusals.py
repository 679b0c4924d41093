"""Why something asked over HTTP cannot be had, in the same words wherever it is found out."""

from __future__ import annotations

from media_server.ports import Refused


def store_refusal(error: Exception) -> Refused:
    detail = f"The store cannot be reached: {error}"
    return Refused(503, "store_unavailable", detail, retry_after_s=5)


def unknown() -> Refused:
    return Refused(404, "unknown_interview", "No such interview; it may have been erased")


def over(status: str) -> Refused:
    return Refused(410, "interview_over", f"This interview is over: {status}")
