"""The headless candidate and what is asked beside the questions: messages, no server."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import numpy as np

from media_server.tools.candidate_answers import beside
from media_server.tools.dialogue import Dialogue
from media_server.tools.headless import HeadlessCandidate
from media_server.tools.replies import Leave, Recordings, Replies, Reply, Say
from media_server.tools.simulation import Simulation
from media_server.tools.simulation_summary import summary
from media_server.tools.wav import Utterance

BESIDE = beside("en")


class Candidate:
    """Keeps what is said and typed."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def say(self, pcm: np.ndarray[Any, Any], _rate: int) -> float:
        self.did.append(f"recording {pcm[0]}")
        return -2.0  # it is over at once

    def send(self, message: dict[str, Any]) -> None:
        self.did.append(message.get("text", message["type"]))


class Run:
    """A simulation that is told messages instead of hearing them."""

    def __init__(self, replies: Replies | None = None) -> None:
        self.out = io.StringIO()
        self.candidate = Candidate()
        self.replies = replies or Recordings([
            Utterance(Path(f"{number}.wav"), np.full(10, number, np.int16), f"words of {number}")
            for number in (1, 2)
        ])  # fmt: skip
        self.simulation = Simulation("http://x", None, self._make, Dialogue(self.out))

    async def _make(self, _locale: str) -> Replies:
        return self.replies

    def hear(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            self.simulation.hear(message, self.replies)

    def answer(self) -> None:
        self.simulation.answer(cast("HeadlessCandidate", self.candidate), self.replies)

    def turn(self) -> None:
        """What `simulate` does after each message."""
        if self.simulation.may_speak(self.replies):
            self.answer()


def asks(prompt_id: str, kind: str, number: int) -> dict[str, Any]:
    question_id = f"q{number}" if number else ""
    return {"type": "question", "prompt_id": prompt_id, "kind": kind, "question_id": question_id,
            "number": number, "of": 2, "text": f"{prompt_id}?"}  # fmt: skip


def says(prompt_id: str, question_id: str, text: str) -> dict[str, Any]:
    return {"type": "transcript", "prompt_id": prompt_id, "question_id": question_id,
            "text": text, "final": True}  # fmt: skip


def does(activity: str) -> dict[str, Any]:
    return {"type": "state", "activity": activity}


ENDED = {"type": "turn", "phase": "ended", "reason": "silence"}


def test_each_prompt_has_its_own_answer_and_each_question_its_recording() -> None:
    run = Run()

    def heard(message: dict[str, Any], *finals: dict[str, Any]) -> None:
        run.hear(message)
        run.answer()
        run.hear(*finals)

    heard(asks(":practice", "practice", 0), says(":practice", "", "tried"))
    heard(asks("q1", "question", 1), says("q1", "q1", "words of 1"))
    heard(asks("q1:1", "follow_up", 1), says("q1:1", "q1", "more of 1"))
    heard(asks("q2", "question", 2), says("q2", "q2", "words of 2"), says("q1:1", "q1", "late"))
    assert run.candidate.did == [BESIDE, "recording 1", BESIDE, "recording 2"]

    seen = run.simulation.seen()
    assert [(a["prompt_id"], a["asked_text"], a["text"]) for a in seen["answers"]] == [
        (":practice", ":practice?", "tried"),
        ("q1", "q1?", "words of 1"),
        ("q1:1", "q1:1?", "more of 1 late"),
        ("q2", "q2?", "words of 2"),
    ]
    shown = run.out.getvalue()
    assert "ask  question 2 of 2\n" in shown
    assert "ask  follow-up to question 1 of 2\n" in shown
    lines = list(summary(seen, run.simulation.said))
    assert lines[lines.index("1a. q1:1?") :][:3] == ["1a. q1:1?", "   more of 1 late", "2. q2?"]
    assert sum("word error rate 0.00" in line for line in lines) == 2, "each against its own"
    assert "word error rate of all answers: 0.000 (0 of 6 words)" in lines


def test_messages_of_a_server_that_names_no_prompts() -> None:
    run = Run()
    run.hear({"type": "question", "question_id": "q1", "number": 1, "of": 2, "text": "Why?"})
    run.answer()
    run.hear({"type": "transcript", "question_id": "q1", "text": "words of 1", "final": True})
    assert run.candidate.did == ["recording 1"]
    assert [a["text"] for a in run.simulation.seen()["answers"]] == ["words of 1"]


def test_it_speaks_when_it_is_listened_to_and_once() -> None:
    run = Run()
    run.hear(asks("q1", "question", 1))
    run.turn()
    assert run.candidate.did == [], "the question is still being spoken"
    run.hear(does("speaking"), does("listening"))
    run.turn()
    assert run.candidate.did == ["recording 1"]
    run.hear(does("listening"))
    run.turn()
    run.hear(ENDED)
    run.turn()
    assert run.candidate.did == ["recording 1"], "its turn is over before the state says so"
    run.hear(does("thinking"), asks("q2", "question", 2), does("speaking"), does("listening"))
    run.turn()
    assert run.candidate.did == ["recording 1", "recording 2"]


def test_what_is_not_understood_is_said_again_then_typed() -> None:
    run = Run()
    run.hear(asks("q1", "question", 1))
    for _ in range(3):
        run.hear(does("listening"))
        run.turn()
        run.hear(ENDED, does("thinking"), {"type": "caption", "text": "Please say it again."})
    assert run.candidate.did == ["recording 1", "recording 1", "words of 1"]


class Asking:
    """Asks something back before its answer."""

    think_s = 0.0

    def __init__(self) -> None:
        self.given: list[Reply | None] = [
            None,
            Say(np.full(10, 7, np.int16), 16_000, "again?", "again?", is_request=True),
            Say(np.full(10, 8, np.int16), 16_000, "the answer", "the answer"),
            Leave("all is said"),
        ]

    def expect(self, question: Any) -> None: ...
    def reply(self, question: Any, tries: int) -> Reply | None:
        assert tries == 0, "a request is no answer"
        return self.given.pop(0)

    async def close(self) -> None: ...


def test_a_request_is_no_answer_and_a_late_voice_is_waited_for() -> None:
    run = Run(Asking())
    run.hear(asks("q1", "question", 1), does("listening"))
    run.turn()
    assert run.candidate.did == [], "the sound is not there yet"
    run.turn()
    assert run.candidate.did == ["recording 7"]
    assert run.simulation.said == {}
    run.hear(ENDED, {"type": "caption", "text": "q1?"}, does("speaking"), does("listening"))
    run.turn()
    assert run.candidate.did == ["recording 7", "recording 8"]
    assert run.simulation.said["q1"].text == "the answer"


def test_delays_are_measured_from_what_was_said() -> None:
    run = Run()
    run.hear(asks("q1", "question", 1), does("listening"))
    run.turn()
    run.hear(ENDED, {"type": "caption", "text": "Thank you."})
    said = run.simulation.said["q1"]
    assert said.turn_ended_s is not None
    assert said.reply_s is not None
    assert said.ended_s < said.turn_ended_s <= said.reply_s
    table = "\n".join(summary(run.simulation.seen(), run.simulation.said))
    assert "end noticed" in table
    assert "+2.00 s" in table or "+2.01 s" in table


def test_a_hostile_server_writes_nothing_else_on_the_terminal() -> None:
    run = Run()
    run.hear(
        {**asks("q1", "question", 1), "text": "\x1b[2J?", "kind": "\x1b]0;x\x07"},
        {"type": "caption", "text": "\x1b[2Jhello\r"},
        {"type": "error", "message": "a\nforged", "recoverable": True},
        says("q1", "q1", "\x9b31m"),
    )
    for line in summary(run.simulation.seen(), {}):
        run.simulation.dialogue.text(line)
    assert run.out.getvalue().replace("\n", "").isprintable()
    assert "\nforged" not in run.out.getvalue()
