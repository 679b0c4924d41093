"""The headless candidate and what is asked beside the questions: messages, no server."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import numpy as np

from media_server.tools.headless import HeadlessCandidate
from media_server.tools.simulate import BESIDE, Simulation
from media_server.tools.wav import Utterance


class Candidate:
    """Keeps what is said and typed."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def say(self, pcm: np.ndarray[Any, Any], _rate: int) -> float:
        self.did.append(f"recording {pcm[0]}")
        return 0.0

    def send(self, message: dict[str, Any]) -> None:
        self.did.append(message.get("text", message["type"]))


def simulation() -> Simulation:
    recordings = [
        Utterance(Path(f"{number}.wav"), np.full(10, number, np.int16), f"words of {number}")
        for number in (1, 2)
    ]
    return Simulation("http://localhost", None, recordings, io.StringIO())


def asks(prompt_id: str, kind: str, number: int) -> dict[str, Any]:
    question_id = f"q{number}" if number else ""
    return {"type": "question", "prompt_id": prompt_id, "kind": kind, "question_id": question_id,
            "number": number, "of": 2, "text": f"{prompt_id}?"}  # fmt: skip


def says(prompt_id: str, question_id: str, text: str) -> dict[str, Any]:
    return {"type": "transcript", "prompt_id": prompt_id, "question_id": question_id,
            "text": text, "final": True}  # fmt: skip


def test_each_prompt_has_its_own_answer_and_each_question_its_recording() -> None:
    simulated, candidate = simulation(), Candidate()

    def heard(message: dict[str, Any], *finals: dict[str, Any]) -> None:
        simulated._hear(message)
        simulated._answer(cast("HeadlessCandidate", candidate))
        for final in finals:
            simulated._hear(final)

    heard(asks(":practice", "practice", 0), says(":practice", "", "tried"))
    heard(asks("q1", "question", 1), says("q1", "q1", "words of 1"))
    heard(asks("q1:1", "follow_up", 1), says("q1:1", "q1", "more of 1"))
    heard(asks("q2", "question", 2), says("q2", "q2", "words of 2"), says("q1:1", "q1", "late"))
    assert candidate.did == [BESIDE, "recording 1", BESIDE, "recording 2"]

    seen = simulated.seen()
    assert [(a["prompt_id"], a["asked_text"], a["text"]) for a in seen["answers"]] == [
        (":practice", ":practice?", "tried"),
        ("q1", "q1?", "words of 1"),
        ("q1:1", "q1:1?", "more of 1 late"),
        ("q2", "q2?", "words of 2"),
    ]
    simulated.summarise(seen)
    shown = cast("io.StringIO", simulated.out).getvalue()
    assert "ask  question 2 of 2\n" in shown
    assert "ask  follow-up to question 1 of 2\n" in shown
    assert "\n1a. q1:1?\n   more of 1 late\n2. q2?\n" in shown
    assert shown.count("word error rate 0.00") == 2, "each against its own recording"


def test_messages_of_a_server_that_names_no_prompts() -> None:
    simulated, candidate = simulation(), Candidate()
    question = {"type": "question", "question_id": "q1", "number": 1, "of": 2, "text": "Why?"}
    simulated._hear(question)
    simulated._answer(cast("HeadlessCandidate", candidate))
    final = {"type": "transcript", "question_id": "q1", "text": "words of 1", "final": True}
    simulated._hear(final)
    assert candidate.did == ["recording 1"]
    assert [a["text"] for a in simulated.seen()["answers"]] == ["words of 1"]
