"""What the schema of an interview has and this server does not do yet: refused, not ignored."""

from __future__ import annotations

from collections.abc import Iterator

from media_server.interview.spec import InterviewContent
from signaling.faults import MAX_LISTED
from signaling.problems import Problem


def refuse_unfinished(spec: InterviewContent) -> None:
    """Raises Problem 422 with a pointer to each field that would have no effect."""
    found = [{"pointer": pointer, "message": message} for pointer, message in _unfinished(spec)]
    if found:
        detail = "Some fields would have no effect on this server; see errors."
        raise Problem(422, "not_supported", detail, errors=found[:MAX_LISTED])


def _unfinished(spec: InterviewContent) -> Iterator[tuple[str, str]]:
    if spec.summary != "off":
        yield "#/summary", "no summary is offered yet: leave it out"
