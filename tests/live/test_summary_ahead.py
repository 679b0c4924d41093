"""What a summary tells is prepared beside the interview, by a model where its words hold.

With a real engine and a server that speaks its protocol; the session around it is a few lines.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from media_server.interview import effects as fx
from media_server.interview import summing
from media_server.interview.rubric import FaqEntry
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.state import State
from media_server.live.summary_ahead import SummaryAhead
from media_server.live.tasks import TaskOwner
from media_server.llm.factory import create_llm
from media_server.llm.settings import LlmSettings
from media_server.ports import LlmRequest
from tests.interview.summary_world import offered
from tests.live.bench import PlainLlm, ToneVoice, open_bench
from tests.live.test_text_call import writing
from tests.support.llm_server import MODEL, LlmServer, open_llm_server
from tests.support.waiting import until

SAID = (
    "Well, I worked in a bakery in Homburg for five years, and I liked it.",
    "My best project was a bridge.",
)
WORDED = "You worked in a bakery in Homburg for five years, and you liked it."


class Rig:
    interview_id = "i1"

    def __init__(self, server: LlmServer) -> None:
        self.world = offered("en", *SAID)
        self.counts: Counter[str] = Counter()
        self.tasks = TaskOwner("test")
        settings = LlmSettings(
            engine="ollama", ollama_url=server.url, ollama_model=MODEL, connect_timeout_s=10.0
        )
        self.llm = create_llm(settings)
        self.ahead = SummaryAhead(self, self.llm, self.tasks, lambda n: self.counts.update([n]))

    @property
    def state(self) -> State:
        return self.world.state

    def told(self) -> list[tuple[str, str]]:
        sentences = summing.sentences_of(self.ahead.known_to(self.state))
        return [(one.text, one.source) for one in sentences]

    async def looked(self, enough: Callable[[], bool]) -> None:
        self.ahead.look()
        await until(enough)


@asynccontextmanager
async def rig(text: str = WORDED) -> AsyncIterator[Rig]:
    async with open_llm_server(lambda _asked: text) as server:
        made = Rig(server)
        try:
            yield made
        finally:
            await made.tasks.close()
            await made.llm.close()


async def test_a_model_says_an_answer_back_where_its_words_hold() -> None:
    async with rig() as it:
        plain = it.told()
        assert {source for _, source in plain} == {"key_sentences"}
        await it.looked(lambda: it.counts.total() == 2)
        assert it.told() == [(WORDED, "model"), plain[1]]
        assert it.counts == {"summaries_worded": 1, "summaries_dropped": 1}
        it.ahead.look()  # nothing is new: nobody is asked again
        await asyncio.sleep(0.05)
        assert it.counts.total() == 2


async def test_other_words_are_not_told_by_what_was_prepared() -> None:
    async with rig() as it:
        await it.looked(lambda: "summaries_worded" in it.counts)
        said = it.state.answers["q1"]
        segment = said.turns[0].segments[0]
        turn = replace(said.turns[0], segments=(segment.model_copy(update={"text": "A tunnel."}),))
        answers = {**it.state.answers, "q1": replace(said, turns=(turn,))}
        changed = it.ahead.known_to(replace(it.state, answers=answers))
        assert summing.sentences_of(changed)[0].source == "key_sentences"


@pytest.mark.parametrize("changed", ["You worked in a bakery in Hamburg for five years.", ""])
async def test_without_a_model_that_holds_the_key_sentences_are_told(changed: str) -> None:
    async with rig(changed) as it:
        before = it.told()
        it.ahead.look()
        await until(lambda: len(it.ahead.told) == 2)
        await until(lambda: it.counts["summaries_dropped"] == 2 or not changed)
        assert it.told() == before


def test_it_is_prepared_when_an_answer_is_over_and_only_where_it_is_wanted() -> None:
    world = offered("en", *SAID)
    assert fx.PrepareSummary() in world.effects


class SayingBack(PlainLlm):
    """Says the bakery back, whatever it is asked about."""

    async def stream(self, request: LlmRequest) -> AsyncIterator[str]:
        if request.purpose == "summary":
            yield WORDED
            return
        async for piece in super().stream(request):
            yield piece

    def available(self) -> bool:
        return True


async def test_a_whole_interview_with_questions_of_their_own_and_a_summary(tmp_path: Path) -> None:
    spec = InterviewSpec(
        greeting="Hello.", questions=(Question(id="q1", text="What did you do?"),), summary="offer",
        candidate_questions=True, faq=(FaqEntry(q="What is the salary?", a="42,000 euros."),),
    )  # fmt: skip
    async with open_bench(tmp_path, tts=ToneVoice(duration_s=0.1), llm=SayingBack()) as bench:
        interview = await bench.interview(spec)
        async with writing(bench, interview) as writer:
            await writer.sees("welcome")
            writer.send("ready")
            await writer.listening(1)
            writer.send("text_answer", text=SAID[0])
            await writer.sees("question", kind="candidate_questions")
            await writer.sees("state", activity="listening", prompt_id=":candidate_questions")
            writer.send("text_answer", text="What is the salary?")
            await writer.sees("caption", kind="more_questions")
            writer.send("text_answer", text="No, thank you.")
            await writer.sees("question", kind="summary")
            worded = "session_summaries_worded"
            await bench.until(lambda: bench.service.media().counters[worded] == 1)
            writer.send("summary", choice="yes")
            told = await writer.sees("summary_sentence")
            writer.send("summary", choice="yes")
            await writer.sees("completed")
        found = await bench.service.result(interview)
    assert told["text"] == WORDED
    assert found["summary"]["sentences"][0]["source"] == "model"
    assert [(r["intent"], r["effect"]) for r in found["requests"]] == [
        ("interviewer_question", "answered"), ("no_question", "noted"),
    ]  # fmt: skip
