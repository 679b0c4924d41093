"""After the end: the candidate hands the transcript over, with corrections or without."""

from __future__ import annotations

from media_server.interview import inputs as inp
from media_server.interview import review
from media_server.interview.machine.draft import Draft
from media_server.interview.review_events import Reviewed


def transcript_reviewed(draft: Draft, input_: inp.TranscriptReviewed) -> None:
    """Once, and in time; else nothing changes any more."""
    if review.standing(draft.state, draft.now_s) != "open":
        return
    made = review.corrections(draft.state, dict(input_.texts), input_.hidden_turns)
    draft.emit(Reviewed(corrections=made))
