"""Criteria that nobody could be judged by fairly, or at all: refused when they are sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

from media_server.evaluation.rubric_lint import faults
from media_server.interview.spec import InterviewContent
from signaling.faults import MAX_LISTED
from signaling.problems import Problem

LEAST_ANCHORS = 2


async def refuse_unfair(spec: InterviewContent) -> None:
    """Raises Problem 422 with a pointer to each fault and what to write instead."""
    found = [*_incomplete(spec)]
    if any(question.criteria for question in spec.questions):
        # A thread: a long specification takes a while, and the first one compiles the patterns.
        found += await asyncio.to_thread(lambda: list(_unfair(spec)))
    if found:
        detail = "Answers cannot be judged like this; see errors."
        raise Problem(422, "bad_rubric", detail, errors=found[:MAX_LISTED])


def _unfair(spec: InterviewContent) -> Iterator[dict[str, str]]:
    for fault in faults(spec):
        entry = {"pointer": fault.pointer, "message": fault.message}
        yield {**entry, "better": fault.better} if fault.better else entry


def _incomplete(spec: InterviewContent) -> Iterator[dict[str, str]]:
    for index, question in enumerate(spec.questions):
        times = Counter(criterion.id for criterion in question.criteria)
        for at, criterion in enumerate(question.criteria):
            pointer = f"#/questions/{index}/criteria/{at}"
            if times[criterion.id] > 1:
                message = "two criteria of a question have this id: give each its own"
                yield {"pointer": f"{pointer}/id", "message": message}
            if spec.evaluation is not None and len(criterion.anchors) < LEAST_ANCHORS:
                message = (
                    "an evaluation needs two anchors or more: say what an answer of 1 and one of 5 "
                    "is like"
                )
                yield {"pointer": f"{pointer}/anchors", "message": message}
    if spec.evaluation is not None and not any(q.criteria for q in spec.questions):
        message = (
            "there is nothing to judge by: give a question `criteria`, each with two anchors, or "
            "leave `evaluation` out"
        )
        yield {"pointer": "#/evaluation", "message": message}
