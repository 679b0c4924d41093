"""Whole interviews in writing with a real small language model: they end; what is dropped.

    scripts/small-model.sh && python -m benchmarks.small_model_interview [--interviews 5]

Greeting, follow-ups, an answer from the FAQ and an evaluation, all by SmolLM2-135M on one core. It
says nonsense, and nearly all of it is dropped: every interview has to complete all the same.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.small_model import ANSWERS
from media_server.interview.rubric import Anchor, Criterion, EvaluationWanted, FaqEntry, FollowUps
from media_server.interview.spec import InterviewSpec, Question, TurnSettings
from media_server.llm.counts import LlmCounts
from media_server.llm.factory import create_llm
from media_server.llm.settings import LlmSettings
from tests.live.bench import Bench, Guest, open_bench
from tests.support.small_model import MODEL, available, small_model

QUESTIONS = (
    "What did you look after, and what went wrong?",
    "What did you change about the queue?",
    "When did a colleague disagree with you?",
    "Which languages do you use at work?",
)
EVALUATED_WITHIN_S = 600.0


@dataclass
class Seen:
    """What came of all interviews."""

    completed: int = 0
    greetings: Counter[str] = field(default_factory=Counter)
    """By who worded them."""
    follow_ups: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """Follow-ups by the reason."""
    missed: Counter[str] = field(default_factory=Counter)
    """Replies that were not there in time, or failed."""
    criteria: Counter[str] = field(default_factory=Counter)
    """Of evaluations, by status."""
    requests: dict[str, int] = field(default_factory=dict)
    """To the model, by purpose and outcome."""


def spec() -> InterviewSpec:
    """Four questions, each with a criterion and at most two follow-ups."""
    return InterviewSpec(
        title="Caretaker",
        questions=tuple(
            Question(
                id=f"q{number}",
                text=text,
                follow_ups=FollowUps(max=2),
                criteria=(
                    Criterion(
                        id="result",
                        text="Says what was done and what it brought.",
                        anchors=(
                            Anchor(score=1, text="Names no result."),
                            Anchor(score=5, text="Names a result that was measured."),
                        ),
                    ),
                ),
            )
            for number, text in enumerate(QUESTIONS, start=1)
        ),
        faq=(FaqEntry(q="Where would I work?", a="In the office in Leipzig, two days from home."),),
        evaluation=EvaluationWanted(runs=3),
        turn=TurnSettings(silence_ms=600, min_turn_ms=300),
    )


async def interview(bench: Bench, seen: Seen) -> str:
    """One in writing; each question and each follow-up gets an answer."""
    interview_id = await bench.interview(spec())
    guest: Guest = await bench.call(interview_id)
    # As somebody does who reads the page first: a greeting has ten seconds.
    await bench.until(lambda: _state(bench, interview_id).greeting_text, timeout_s=60.0)
    guest.send("ready")
    answered: set[str] = set()
    while not guest.of("completed"):
        state = _state(bench, interview_id)
        if state is not None and state.listening is not None and state.answering not in answered:
            number = len(answered)
            answered.add(state.answering)
            guest.send("text_answer", text=ANSWERS[number % len(ANSWERS)])
        await asyncio.sleep(0.02)
    await guest.candidate.leave()
    seen.completed += 1
    for entry in await bench.services.log.read(interview_id):
        match entry.type:
            case "greeting_prepared":
                seen.greetings[str(entry.data["source"])] += 1
            case "reply_missed":
                seen.missed[str(entry.data["reason"])] += 1
            case "follow_ups_dropped":
                seen.dropped.update(each["reason"] for each in entry.data["dropped"])
    result = await bench.service.result(interview_id)
    seen.follow_ups += sum(answer["kind"] == "follow_up" for answer in result["answers"])
    return interview_id


def _state(bench: Bench, interview_id: str) -> Any:
    """None: it is not live any more."""
    sessions = (each for each in bench.service.sessions() if each.interview_id == interview_id)
    session: Any = next(sessions, None)
    return session.state if session is not None else None


async def evaluated(bench: Bench, interview_id: str, seen: Seen) -> None:
    """Waits for the evaluation, and that it claims nothing that nobody said."""
    async with asyncio.timeout(EVALUATED_WITHIN_S):
        while True:
            result = await bench.service.result(interview_id)
            if result["evaluation"]["status"] != "pending":
                break
            await asyncio.sleep(0.5)
    said = " ".join(answer["text"] or "" for answer in result["answers"])
    for criterion in result["evaluation"]["criteria"]:
        seen.criteria[criterion["status"]] += 1
        assert all(quote["text"] in said for quote in criterion["quotes"])
        assert criterion["score"] is None or criterion["quotes"], "no quote, no score"


async def run(url: str, interviews: int) -> Seen:
    """One after another, at a model that is there."""
    seen, counts = Seen(), LlmCounts()
    llm = create_llm(LlmSettings(ollama_url=url, ollama_model=MODEL), counts)
    with tempfile.TemporaryDirectory() as directory:
        async with open_bench(Path(directory), llm=llm) as bench:
            for _ in range(interviews):
                await evaluated(bench, await interview(bench, seen), seen)
    requests = sorted(counts.figures().requests.items())
    seen.requests = {f"{purpose} {outcome}": n for (purpose, outcome), n in requests}
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interviews", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not available():
        print("skipped: scripts/small-model.sh fetches the model", file=sys.stderr)
        return 0
    with small_model() as url:
        seen = asyncio.run(run(url, options.interviews))
    text = json.dumps(vars(seen), indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
