"""What a candidate may still have of an interview that is over: its page, the own words, a review.

All of it for as long as the link lives: until `expires_at`, and for a day after the end at least.
"""

from __future__ import annotations

from collections.abc import Mapping

from media_server.interview import inputs as inp
from media_server.interview import review
from media_server.interview.erased import words_are_erased
from media_server.interview.machine.connection import hidden_turns
from media_server.interview.own_words import OwnTranscript, own_transcript
from media_server.interview.state import State
from media_server.interview.status import TERMINAL
from media_server.ports import Refused

DAY_S = 86_400.0
"""As long as the longest review."""


def require_live_link(state: State, unix_s: float) -> None:
    """Raises Refused 410."""
    ended_s = state.entered_s if state.ended_s is None else state.ended_s
    if unix_s >= max(state.expires_s, ended_s + DAY_S):
        raise Refused(410, "link_expired", "The interview is over, and its link has expired")


def transcript_of(
    interview_id: str, state: State, *, now_s: float, unix_s: float, resumed_from: int
) -> OwnTranscript:
    """Raises Refused 409 while it goes on, 410 when the link lives no more. `resumed_from`: as in
    `open_call`."""
    _require_over(state)
    require_live_link(state, unix_s)
    hidden = _hidden_turns(state, resumed_from)
    return own_transcript(interview_id, state, now_s=now_s, hidden_turns=hidden)


def reviewed(
    state: State, texts: Mapping[str, str], *, unix_s: float, resumed_from: int
) -> inp.TranscriptReviewed:
    """The input that hands the transcript over. Raises Refused where it may not be, for good."""
    _require_over(state)
    require_live_link(state, unix_s)
    hidden = _hidden_turns(state, resumed_from)
    if not state.spec.review:
        raise Refused(409, "no_review", "This interview was not meant to be corrected")
    if words_are_erased(state):
        raise Refused(409, "review_over", "The words are erased; nothing can be corrected any more")
    unknown = [name for name in texts if not review.may_correct(state, name, hidden)]
    seen = any(review.may_correct(state, name, hidden) for name in state.answers)
    if unknown or not seen:
        detail = "Only answers that GET /v1/transcript shows with may_correct can be corrected"
        raise Refused(422, "not_yours_to_correct", detail)
    return inp.TranscriptReviewed(tuple(texts.items()), hidden)


def require_reviewed(state: State, texts: Mapping[str, str]) -> None:
    """Raises Refused 409 where it was handed over otherwise, or its time was over."""
    if state.reviewed is None:
        raise Refused(409, "review_over", "The time to correct is over; the result is as it was")
    if not review.is_as_sent(state, texts):
        raise Refused(409, "already_reviewed", "It was corrected before, in another window")


def _require_over(state: State) -> None:
    if state.status not in TERMINAL:
        raise Refused(409, "not_over", "The interview is not over; its words are in the call")


def _hidden_turns(state: State, resumed_from: int) -> int:
    if not resumed_from and state.spec.words_by_link:
        return 0
    return hidden_turns(state, resumed_from)
