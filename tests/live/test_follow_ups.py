"""An interview that asks back, from the first answer to the result: the model is a few lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from media_server.interview import pacing
from media_server.interview.rubric import Criterion, FollowUps
from media_server.interview.spec import InterviewSpec, Question
from media_server.live import warming
from media_server.ports import JsonAnswer, LlmRequest, LlmUnavailable
from tests.live.bench import PlainLlm, ToneVoice, open_bench
from tests.live.test_text_call import writing

ANSWER = "We moved the freezer to the back door and the driver complained about the steps."
ASK = "What did you do when the driver complained about the steps?"


class AskingLlm(PlainLlm):
    """Proposes one and the same question; `dies`: or never answers."""

    def __init__(self, *, dies: bool = False) -> None:
        super().__init__()
        self.dies = dies
        self.replies = 0
        self.stopped = 0

    async def json(self, request: LlmRequest, schema: Mapping[str, Any]) -> JsonAnswer:
        if request.purpose != "follow_up":
            raise LlmUnavailable("not asked for here", failure="no_model")
        self.replies += 1
        if self.dies:
            try:
                await asyncio.sleep(60.0)
            except asyncio.CancelledError:
                self.stopped += 1
                raise
        value = {"open_criteria": ["effect"], "quote": "the driver complained", "question": ASK}
        return JsonAnswer(value, json.dumps(value), "a few lines")

    def available(self) -> bool:
        return True


def asking_spec() -> InterviewSpec:
    effect = (Criterion(id="effect", text="Measures what it brought."),)
    return InterviewSpec(
        greeting="Hello.",
        questions=(
            Question(
                id="q1", text="What did you change?", follow_ups=FollowUps(max=1), criteria=effect
            ),
            Question(id="q2", text="What came next?"),
        ),
    )  # fmt: skip


async def test_it_is_asked_back_and_the_result_says_on_what_grounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the machine takes for it here."""
    monkeypatch.setattr(pacing, "REPLY_WAIT_S", 30.0)
    warming.load_words("en")
    llm = AskingLlm()
    async with open_bench(tmp_path, tts=ToneVoice(duration_s=0.1), llm=llm) as bench:
        interview = await bench.interview(asking_spec())
        async with writing(bench, interview) as writer:
            await writer.sees("welcome")
            writer.send("ready")
            for prompt_id, text in (("q1", ANSWER), ("q1:1", "I built a ramp."), ("q2", "Rest.")):
                await writer.sees("question", prompt_id=prompt_id)
                await writer.sees("state", activity="listening")
                writer.send("text_answer", text=text, prompt_id=prompt_id)
            await writer.sees("completed")
            [asked] = [m for m in writer.of("question") if m["kind"] == "follow_up"]
        found = await bench.service.result(interview)
        counters = bench.service.media().counters
    assert (asked["text"], asked["number"]) == (ASK, 1)
    told = [(a["prompt_id"], a["asked_text"], a["text"], a["status"]) for a in found["answers"]]
    assert told == [
        ("q1", "What did you change?", ANSWER, "answered"),
        ("q1:1", ASK, "I built a ramp.", "answered"),
        ("q2", "What came next?", "Rest.", "answered"),
    ]
    assert found["answers"][0]["follow_ups"] == ["q1:1"]
    assert found["answers"][1]["grounded_on"] == {
        "quote": "the driver complained", "criterion_id": "effect",
    }  # fmt: skip
    assert [found["answers"][n]["grounded_on"] for n in (0, 2)] == [None, None]
    assert llm.replies == counters["session_replies_wanted"] == 1
    assert counters["session_follow_ups_asked"] == 1


async def test_a_model_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    llm = AskingLlm(dies=True)
    async with open_bench(tmp_path, tts=ToneVoice(duration_s=0.1), llm=llm) as bench:
        interview = await bench.interview(asking_spec())
        async with writing(bench, interview) as writer:
            await writer.sees("welcome")
            writer.send("ready")
            await writer.listening(1)
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            writer.send("text_answer", text=ANSWER)
            await writer.sees("question", prompt_id="q2")
            waited_s = loop.time() - began_s
            await bench.until(lambda: llm.stopped == 1)
        counters = bench.service.media().counters
    assert waited_s > 0.9, "it was not even waited for"
    assert counters["session_replies_late"] == 1
