"""Interviews that are over, and judges that stand in for a model: exact, and as wrong as wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from media_server.evaluation.judging import JudgeRequest, JudgeTask, plan
from media_server.interview import events as ev
from media_server.interview.rubric import Anchor, Criterion, EvaluationWanted
from media_server.interview.spec import Candidate, InterviewSpec, Question
from media_server.interview.state import Answer, State, Turn, initial
from media_server.ports.llm import JsonAnswer, LlmRequest, LlmUnavailable
from media_server.segment_info import SegmentId

DEPTH = Criterion(
    id="depth",
    text="Explains a decision with its reasons and its consequences.",
    anchors=(
        Anchor(score=1, text="No decision is named."),
        Anchor(score=3, text="A decision and one reason."),
        Anchor(score=5, text="A decision, its reasons and what came of it."),
    ),
)
QUESTION = Question(id="q1", text="Tell me about a decision you made.", criteria=(DEPTH,))


def spec(
    *, questions: Sequence[Question] = (QUESTION,), locale: str = "en", **wanted: int
) -> InterviewSpec:
    return InterviewSpec(
        questions=tuple(questions),
        candidate=Candidate(locale=locale),
        evaluation=EvaluationWanted(**wanted),
    )


def spoken(
    text: str,
    turn_epoch: int = 1,
    prompt_id: str = "q1",
    *,
    start_s: float = 10.0,
    confidence: float | None = 0.95,
    **changes: Any,
) -> Turn:
    """One turn in one segment, half a second for each word."""
    words = tuple(
        ev.SpokenWord(w=word, s=start_s + n / 2, e=start_s + n / 2 + 0.4, c=confidence)
        for n, word in enumerate(text.split())
    )
    end_s = start_s + max(1, len(words)) / 2
    figures = {name: changes.pop(name, 0) for name in ("lost_ms", "concealed_ms")}
    segment = ev.SegmentTranscribed(
        segment_id=SegmentId(1, turn_epoch),
        turn_epoch=turn_epoch,
        prompt_id=prompt_id,
        start_s=start_s,
        end_s=end_s,
        text=text,
        words=words,
        confidence=confidence,
        speech_ms=int(1000 * (end_s - start_s)),
        **figures,
    )
    return Turn(
        turn_epoch=turn_epoch,
        prompt_id=prompt_id,
        opened_s=0.0,
        start_s=start_s,
        end_s=end_s,
        segments=(segment,),
        **changes,
    )


def typed(text: str, turn_epoch: int = 1, prompt_id: str = "q1") -> Turn:
    return Turn(turn_epoch=turn_epoch, prompt_id=prompt_id, opened_s=0.0, typed=text)


def answered(*turns: Turn | str, spec_: InterviewSpec | None = None) -> State:
    """The state of an interview whose question q1 has these turns; a text alone was spoken."""
    state = initial(spec_ or spec())
    made = tuple(
        spoken(turn, n, start_s=10.0 + 100 * n) if isinstance(turn, str) else turn
        for n, turn in enumerate(turns, 1)
    )
    answer = replace(state.answers["q1"], status="answered", turns=made)
    answers: Mapping[str, Answer] = {**state.answers, "q1": answer}
    return replace(state, answers=answers)


Judge = Callable[[JudgeRequest], Mapping[str, Any] | LlmUnavailable]


def judged(task: JudgeTask, judge: Judge) -> JudgeTask:
    """The task when it is over. Ends, whatever the judge says."""
    for _ in range(20):
        wanted = task.next_request()
        if wanted is None:
            return task
        said = judge(wanted)
        if isinstance(said, LlmUnavailable):
            task = task.failed(said)
        else:
            task = task.answered(JsonAnswer(said, json.dumps(said), "stand-in"))
    raise AssertionError("the task does not end")


def only_task(state: State) -> JudgeTask:
    (task,) = plan(state)
    return task


_FENCED = re.compile(r"<(\w+)>(\".*?\")</\1>")


def fenced(request: LlmRequest, label: str) -> list[str]:
    """The data that a request shows under this label."""
    return [json.loads(data) for name, data in _FENCED.findall(request.user) if name == label]


def whole_answers(request: LlmRequest) -> list[str]:
    """The most diligent extraction: everything that was shown."""
    return fenced(request, "answer")


def by_content(texts: Sequence[str]) -> int:
    """A score by what is said: reasons, and what came of it."""
    text = " ".join(texts).casefold()
    reasons = ("because", "since", "weil", "denn", "porque", "parce que", "car ", "لأن")
    results = (
        "result",
        "so we",
        "therefore",
        "ergebnis",
        "resultado",
        "résultat",
        "afterwards",
        "لذلك",
    )
    return 1 + 2 * any(r in text for r in reasons) + 2 * any(r in text for r in results)


LOWEST: Mapping[str, Any] = {"because": "", "score": 1}
"""What is right where nothing that is quoted happened there."""


def fair(wanted: JudgeRequest) -> Mapping[str, Any]:
    """Quotes everything, and scores by content."""
    if wanted.step == "quotes":
        return {"claims": [], "quotes": whole_answers(wanted.request)}
    if wanted.step == "control":
        return LOWEST
    return {"because": "", "score": by_content(fenced(wanted.request, "quote"))}
