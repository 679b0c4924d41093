"""By what an answer may be judged, and what the interviewer may say of its own: the parts of a
specification that concern the language model.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from media_server.interview.texts import has_words, unwanted

MIN_SCORE, MAX_SCORE = 1, 5


def _words(text: str) -> str:
    if found := unwanted(text):
        raise ValueError(f"{found} is not allowed in a text: remove it")
    if not has_words(text):
        raise ValueError("nothing here can be said: a letter or a digit is needed")
    return text


_Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, strip_whitespace=True),
    AfterValidator(_words),
]
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FollowUps(_Part):
    max: int = Field(
        0,
        ge=0,
        le=3,
        description="How often the interviewer may ask back about this answer. It needs a language "
        "model; without one, and wherever no criterion stays open, nothing is asked back.",
    )


class Anchor(_Part):
    """What an answer is like that has this score."""

    score: int = Field(ge=MIN_SCORE, le=MAX_SCORE)
    text: _Text


class Criterion(_Part):
    """One thing that an answer may show, judged by what was said and never by how."""

    id: _Id
    text: _Text
    anchors: tuple[Anchor, ...] = Field(
        (),
        max_length=5,
        description="What an answer of a score is like, 1 the least and 5 the most. Where answers "
        "are evaluated: two of them at least, each score once.",
    )

    @model_validator(mode="after")
    def _each_score_once(self) -> Criterion:
        scores = [anchor.score for anchor in self.anchors]
        if len(set(scores)) != len(scores):
            raise ValueError("each score may have one anchor")
        return self


class EvaluationWanted(_Part):
    """Judge the answers by the criteria of their questions, after the end."""

    runs: int = Field(3, ge=1, le=5, description="How often each criterion is judged.")
    max_spread: int = Field(
        1,
        ge=0,
        le=4,
        description="How far apart the runs may be for the score to stand without a person.",
    )


class FaqEntry(_Part):
    """One question that a candidate may ask, and its answer, word for word."""

    q: _Text
    a: _Text


SummaryWanted = Literal["off", "offer"]
"""offer: after the last question the candidate may hear or read what was understood."""
