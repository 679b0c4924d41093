"""Made results of many interviews, with a gap between two groups where one is wanted."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from media_server.interview.evaluation import CriterionEvaluation, Evaluation
from media_server.interview.result import (
    AnswerResult,
    Latency,
    Media,
    Percentiles,
    Result,
    Timing,
    TurnResult,
)
from media_server.interview.status import Status

AT = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = 40
ANSWERS = 3


@dataclass(frozen=True)
class Person:
    """How one interview goes: rates from 0 to 1, `score` from 0 to 100."""

    wrong: float = 0.12
    cut_off: float = 0.05
    wait_s: float = 0.6
    score: float = 60.0
    judged: bool = True


def reference(prompt: int) -> str:
    return " ".join(f"word{number}" for number in range(prompt, prompt + WORDS))


def turn(text: str, end_reason: str = "silence") -> TurnResult:
    return TurnResult(
        start_s=1.0,
        end_s=2.0,
        text=text,
        words=(),
        engine="whisper",
        model="base",
        confidence=0.9,
        lost_ms=0,
        concealed_ms=0,
        jitter_ms=0.0,
        level_dbfs=-20.0,
        end_reason=end_reason,
        mode="voice",
        request="",
        untranscribed=False,
    )


def answer(prompt: int, person: Person, chance: random.Random) -> AnswerResult:
    """Each word of the reference is heard or lost."""
    heard = (word for word in reference(prompt).split() if chance.random() >= person.wrong)
    text = " ".join(heard)
    cut = chance.random() < person.cut_off
    turns = (turn(text, "cut_off_repaired"), turn("")) if cut else (turn(text),)
    return AnswerResult(
        prompt_id=f"q{prompt}",
        kind="question",
        question_id=f"q{prompt}",
        asked_text="Why?",
        status="answered",
        reason="",
        mode="voice",
        text=text,
        turns=turns,
        follow_ups=(),
        audio=(),
        lost_ms=0,
        concealed_ms=0,
        jitter_ms=0.0,
        level_dbfs=None,
    )


def criterion(prompt: int, person: Person, chance: random.Random) -> CriterionEvaluation:
    drawn = 1 + 4 * (person.score + chance.gauss(0, 25)) / 100
    scores = tuple(min(5, max(1, round(drawn + chance.gauss(0, 0.3)))) for _ in range(3))
    return CriterionEvaluation(
        question_id=f"q{prompt}",
        criterion_id="c1",
        criterion="Names an example.",
        status="proposed",
        score=float(sorted(scores)[1]),
        scores=scores,
        spread=max(scores) - min(scores),
        quotes=(),
        reasons=(),
        final=False,
    )


def result(interview_id: str, person: Person, chance: random.Random) -> Result:
    wait_ms = max(50.0, 1000 * person.wait_s + chance.gauss(0, 150))
    waits = Percentiles(p50=wait_ms, p95=wait_ms, n=ANSWERS)
    criteria = tuple(criterion(prompt, person, chance) for prompt in range(ANSWERS))
    evaluation = Evaluation(
        status="ready",
        reason="",
        final=False,
        engine="ollama",
        model="made",
        prompt_version="1",
        rubric_hash="0" * 64,
        runs=3,
        made_at=AT,
        criteria=criteria,
        coverage=(),
        flags=(),
    )
    return Result(
        id=interview_id,
        status=Status.COMPLETED,
        ended_reason="completed",
        partial=False,
        pending_segments=0,
        title="Made",
        timing=Timing(
            created_at=AT, consented_at=AT, started_at=AT, ended_at=AT, conversation_s=300.0
        ),
        answers=tuple(answer(prompt, person, chance) for prompt in range(ANSWERS)),
        evaluation=evaluation if person.judged else None,
        latency=Latency(decision_to_first_audio_ms=waits, speech_end_to_first_audio_ms=waits),
        media=Media(loss=0.0, jitter_ms=0.0, lost_ms=0, concealed_ms=0, connections=()),
        consents=(),
        requests=(),
        notices=(),
        candidate_external_id=f"person-{interview_id}",
        metadata={},
    )


def write(folder: Path, people: dict[str, list[Person]], seed: int = 1) -> tuple[Path, Path]:
    """Results of all, and (the file of groups, the file of references) beside the folder."""
    chance = random.Random(seed)
    folder.mkdir(exist_ok=True)
    groups, references = ["interview_id,first_language"], ["interview_id,prompt_id,text"]
    for group, members in people.items():
        for number, person in enumerate(members):
            made = result(f"{group}-{number}", person, chance)
            (folder / f"{made.id}.json").write_text(made.model_dump_json(), "utf-8")
            groups.append(f"{made.id},{group}")
            references += [f"{made.id},q{prompt},{reference(prompt)}" for prompt in range(ANSWERS)]
    files = folder.parent / "groups.csv", folder.parent / "references.csv"
    for file, lines in zip(files, (groups, references), strict=True):
        file.write_text("\n".join(lines) + "\n", "utf-8")
    return files
