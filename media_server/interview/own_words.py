"""What a candidate gets to read of an interview that is over: the own words. Pure.

No judgement, no engine, no figures, no recording; and of what was said on another device nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from media_server.interview import record, review
from media_server.interview.agenda import PromptKind
from media_server.interview.erased import ERASED, words_are_erased
from media_server.interview.state import Answer, State, Turn
from media_server.interview.status import AnswerStatus, Status
from media_server.interview.summary_events import SUMMARY_ID
from media_server.interview.summary_result import corrections_of
from media_server.interview.times import at_time
from media_server.interview.view import is_quote_hidden


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Said(_Part):
    """One turn."""

    text: str
    mode: Literal["voice", "text"]
    request: str = Field(description="Not empty: it was this request, no part of the answer.")
    untranscribed: bool = Field(description="Some of it could not be written down.")


class OwnAnswer(_Part):
    prompt_id: str
    kind: PromptKind
    number: int = Field(description="Of the core question, from 1; 0: it belongs to none.")
    asked_text: str
    status: AnswerStatus
    text: str = Field(description="The answer as it stands in the result.")
    said: tuple[Said, ...]
    may_correct: bool
    correction: str | None = Field(description="By the candidate; null: there is none.")
    in_summary: tuple[str, ...] = Field(
        (), description="What the candidate said or wrote about it when the summary was given."
    )


class OwnReview(_Part):
    status: Literal["open", "done", "over"]
    until: datetime
    left_s: int = Field(description="Seconds until then, where it is open; 0 otherwise.")


class OwnTranscript(_Part):
    """Answer of `GET /v1/transcript`."""

    id: str
    title: str
    status: Status
    answered: int
    of: int
    pending: int = Field(description="Stretches of speech whose words are still to come.")
    words: Literal["kept", "erased", "elsewhere"] = Field(
        description="`erased`: their time is over. `elsewhere`: something was said in another "
        "window or on another device, and is shown there only."
    )
    review: OwnReview | None
    answers: tuple[OwnAnswer, ...]


def own_transcript(
    interview_id: str, state: State, *, now_s: float, hidden_turns: int = 0
) -> OwnTranscript:
    """`hidden_turns`: what was said up to this turn is not shown."""
    core = [a for a in state.answers.values() if a.prompt.kind == "question"]
    hidden = any(turn.turn_epoch <= hidden_turns and _tells(turn) for turn in state.turns)
    erased = words_are_erased(state)
    return OwnTranscript(
        id=interview_id,
        title=state.spec.title,
        status=state.status,
        answered=sum(answer.status == "answered" for answer in core),
        of=len(core),
        pending=sum(owed.segment.turn_epoch > hidden_turns for owed in state.pending.values()),
        words="erased" if erased else "elsewhere" if hidden else "kept",
        review=_review(state, now_s, hidden_turns),
        answers=tuple(
            _answer(answer, state, hidden_turns)
            for answer in state.answers.values()
            if answer.status != "not_asked"
        ),
    )


def _tells(turn: Turn) -> bool:
    return bool(record.text(turn)) or any(segment.untranscribed for segment in turn.segments)


def _answer(answer: Answer, state: State, hidden_turns: int) -> OwnAnswer:
    prompt = answer.prompt
    may_see = all(turn.turn_epoch > hidden_turns for turn in answer.turns)
    made = review.correction_of(state, prompt.prompt_id) if may_see else None
    return OwnAnswer(
        prompt_id=prompt.prompt_id,
        kind=prompt.kind,
        number=0 if prompt.round is None else prompt.round + 1,
        asked_text="" if is_quote_hidden(state, prompt.prompt_id, hidden_turns) else prompt.text,
        status=answer.status,
        text=review.heard(answer, hidden_turns),
        said=tuple(
            _said(turn)
            for turn in answer.turns
            if turn.turn_epoch > hidden_turns and _tells(turn) and not turn.set_aside
        ),
        may_correct=review.may_correct(state, prompt.prompt_id, hidden_turns),
        correction=made.text if made is not None else None,
        in_summary=_in_summary(state, prompt.prompt_id, hidden_turns),
    )


def _in_summary(state: State, prompt_id: str, hidden_turns: int) -> tuple[str, ...]:
    """At the answer that each is about; what it is not known of stands in the summary itself."""
    summary = state.summary
    if prompt_id == SUMMARY_ID or summary is None or summary.turn_epoch <= hidden_turns:
        return ()
    return tuple(one.text for one in corrections_of(state, prompt_id) if one.text)


def _said(turn: Turn) -> Said:
    unclear = any(s.untranscribed and s.untranscribed != ERASED for s in turn.segments)
    mode: Literal["voice", "text"] = "voice" if turn.typed is None else "text"
    text = record.text(turn)
    return Said(text=text, mode=mode, request=turn.request, untranscribed=unclear)


def _review(state: State, now_s: float, hidden_turns: int) -> OwnReview | None:
    standing, end_s = review.standing(state, now_s), review.until_s(state)
    seen = any(review.may_see(state, name, hidden_turns) for name in state.answers)
    if standing == "none" or end_s is None or not seen:
        return None
    left_s = max(0, int(end_s - now_s)) if standing == "open" else 0
    return OwnReview(status=standing, until=at_time(end_s), left_s=left_s)
