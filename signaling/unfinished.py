"""What the schema of an interview has and this server does not do yet: refused, not ignored."""

from __future__ import annotations

from media_server.interview.spec import InterviewContent
from signaling.faults import MAX_LISTED
from signaling.problems import Problem


def refuse_unfinished(spec: InterviewContent) -> None:
    """Raises Problem 422 with a pointer to each field that would have no effect."""
    found: list[dict[str, str]] = []
    for index, question in enumerate(spec.questions):
        if question.follow_ups.max:
            found.append(
                {
                    "pointer": f"#/questions/{index}/follow_ups/max",
                    "message": "no follow-up is asked yet: leave it out, or give 0",
                }
            )
        if question.criteria:
            found.append(
                {
                    "pointer": f"#/questions/{index}/criteria",
                    "message": "answers are not judged by criteria yet: leave it out",
                }
            )
    if found:
        detail = "Some fields would have no effect on this server; see errors."
        raise Problem(422, "not_supported", detail, errors=found[:MAX_LISTED])
