"""The evaluation of an interview from the outcomes of its tasks, and the facts that need no judge.
Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from media_server.evaluation.judging import plan
from media_server.evaluation.requests import prompt_names
from media_server.evaluation.tokens import tokens
from media_server.injection.guard import instructions
from media_server.interview import record, review
from media_server.interview.evaluation import (
    AnswerFacts,
    CriterionEvaluation,
    Evaluation,
    EvaluationFlag,
)
from media_server.interview.spec import InterviewContent
from media_server.interview.state import Answer, State
from media_server.interview.summary_result import kept_corrections

_NO_ANSWER = "no language model answered"


def assemble(
    state: State,
    outcomes: Sequence[CriterionEvaluation],
    *,
    engine: str,
    model: str,
    made_at: datetime | None,
) -> Evaluation:
    """`outcomes`: of the tasks of `plan(state)`, in their order, with any decisions already made.
    `engine`: such as "ollama". Failed where there are criteria and the model answered to none."""
    judged = [one for one in outcomes if one.status != "not_judged"]
    failed = bool(outcomes) and not judged
    wanted = state.spec.evaluation
    return Evaluation(
        status="failed" if failed else "ready",
        reason=_NO_ANSWER if failed else "",
        final=bool(outcomes) and all(one.final for one in outcomes),
        engine=engine,
        model=model,
        prompt_version=str(prompt_names(state.spec.candidate.locale)),
        rubric_hash=rubric_hash(state.spec),
        runs=wanted.runs if wanted is not None else 0,
        made_at=made_at,
        criteria=tuple(outcomes),
        coverage=coverage(state),
        flags=injection_flags(state),
    )


def scripted(state: State, *, made_at: datetime | None) -> Evaluation:
    """Without a model: facts only. Every criterion is there for a person to decide, none judged."""
    criteria = tuple(
        task.outcome().model_copy(update={"status": "not_judged", "reasons": ()})
        for task in plan(state)
    )
    found = assemble(state, criteria, engine="scripted", model="", made_at=made_at)
    update = {"status": "ready", "reason": "", "prompt_version": "", "runs": 0}
    return found.model_copy(update=update)


def rubric_hash(spec: InterviewContent) -> str:
    """SHA-256 in hexadecimal of what the answers are judged by: ids and words of the questions,
    their criteria and anchors, as canonical JSON (sorted keys, no white space, UTF-8)."""
    rubric = [
        {
            "id": question.id,
            "text": question.text,
            "criteria": [criterion.model_dump(mode="json") for criterion in question.criteria],
        }
        for question in spec.questions
    ]
    canonical = json.dumps(rubric, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def coverage(state: State) -> tuple[AnswerFacts, ...]:
    """Of each prompt but the practice: whether it was asked and answered, and with how much."""
    return tuple(
        _coverage(answer)
        for answer in state.answers.values()
        if answer.prompt.kind not in ("practice", "candidate_questions", "summary")
    )


def _coverage(answer: Answer) -> AnswerFacts:
    turns = [turn for turn in answer.turns if turn.counts]
    words = sum(len(tokens(record.text(turn))) for turn in turns)
    speech_ms = sum(segment.speech_ms for turn in turns for segment in turn.segments)
    return AnswerFacts(
        prompt_id=answer.prompt.prompt_id,
        asked=answer.status != "not_asked",
        answered=words > 0,
        words=words,
        speaking_s=round(speech_ms / 1000, 1),
    )


_FLAGGED = "Something here speaks to whoever judges the answer. It has no effect on the interview."


def injection_flags(state: State) -> tuple[EvaluationFlag, ...]:
    """Turns, and corrections by the candidate, that hold instructions to the judge."""
    found = []
    for prompt_id, answer in state.answers.items():
        found += [
            EvaluationFlag(
                code="injection",
                prompt_id=prompt_id,
                turn_epoch=turn.turn_epoch,
                message=_FLAGGED,
            )
            for turn in answer.turns
            if turn.counts and instructions(record.text(turn))
        ]
        corrected = review.correction_of(state, prompt_id)
        written = [one.text for one in kept_corrections(state, prompt_id) if one.turn_epoch is None]
        if corrected is not None:
            written.append(corrected.text)
        if any(map(instructions, written)):
            found.append(
                EvaluationFlag(
                    code="injection", prompt_id=prompt_id, turn_epoch=None, message=_FLAGGED
                )
            )
    return tuple(found)
