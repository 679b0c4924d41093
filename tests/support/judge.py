"""What a stand-in model says when it is asked to judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from media_server.interview.rubric import Anchor, Criterion, EvaluationWanted
from media_server.interview.spec import InterviewSpec, Question
from tests.support.llm_server import Asked, plain_answer

SAID = "I wrote a small tool. It cut the nightly run from nine hours to two."
QUOTE = "It cut the nightly run from nine hours to two"
ANCHORS = (
    Anchor(score=1, text="Names no result"),
    Anchor(score=5, text="Names a result with a measure"),
)
LOWEST = "Nothing that is quoted happened"
"""Begins the right anchor of a question of control (`evaluate_control.en.toml`)."""
RESULT = Criterion(id="result", text="Names what came of the work", anchors=ANCHORS)
OWN = Criterion(id="own", text="Says what the candidate did", anchors=ANCHORS)


def spec(**changes: object) -> InterviewSpec:
    """Two questions; the first has two criteria."""
    return InterviewSpec(
        questions=(
            Question(id="q1", text="What did you build?", criteria=(RESULT, OWN)),
            Question(id="q2", text="And what did you learn?"),
        ),
        evaluation=EvaluationWanted(),
        **changes,
    )


@dataclass
class Judge:
    """`answer` of an `LlmServer`: it quotes what it is told to, and scores."""

    quotes: Sequence[str] = (QUOTE,)
    scores: Callable[[Asked], int] = lambda _: 4
    asked: list[str] = field(default_factory=list)
    """`quotes`, `score` or `control`, for each request."""

    def __call__(self, asked: Asked) -> str:
        wanted = (asked.schema or {}).get("properties", {})
        if "quotes" in wanted:
            self.asked.append("quotes")
            return json.dumps({"claims": [], "quotes": list(self.quotes)})
        if "score" in wanted and LOWEST in asked.user:
            self.asked.append("control")
            return json.dumps({"because": "None does.", "score": 1})
        if "score" in wanted:
            self.asked.append("score")
            return json.dumps({"because": "It says so.", "score": self.scores(asked)})
        return plain_answer(asked)
