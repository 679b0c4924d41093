"""How a reply is made: the model asked, its proposal checked, its sound prepared, or stopped.

With a real engine and a server that speaks its protocol; the session around it is a few lines.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from media_server.audio.types import SpeechClip
from media_server.delivery import Delivery
from media_server.interview import effects as fx
from media_server.interview import inputs as inp
from media_server.interview.rubric import Criterion, FaqEntry, FollowUps
from media_server.interview.spec import InterviewSpec, Question
from media_server.live import replies, warming
from media_server.live.prompt_audio import PromptAudio
from media_server.live.replies import Replies
from media_server.live.services import Services
from media_server.live.tasks import TaskOwner
from media_server.live.transcription import Transcriber
from media_server.llm.factory import create_llm
from media_server.llm.settings import LlmSettings
from tests.interview.world import World
from tests.support.llm_server import MODEL, LlmServer, open_llm_server
from tests.support.segments import heard, ready
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is slow here is the machine: not the model, nor who recognises the words."""
    monkeypatch.setattr(replies, "DEADLINE_S", 40.0)
    monkeypatch.setattr(replies, "WORDS_WAIT_S", 40.0)
    warming.load_words("en")


SAID = "We moved the freezer to the back door and the driver complained about the steps."
ASK = "What did you do when the driver complained about the steps?"


def proposal(**changes: Any) -> str:
    made = {"open_criteria": ["effect"], "quote": "the driver complained", "question": ASK}
    return json.dumps(made | changes)


class Rig:
    """As much of a session as replies see."""

    interview_id = "i1"

    def __init__(
        self, server: LlmServer, faq: tuple[FaqEntry, ...] = (), first_token_s: float = 30.0
    ) -> None:
        question = Question(
            id="q1", text="What did you change last year?", follow_ups=FollowUps(max=2),
            criteria=(Criterion(id="effect", text="Measures what it brought"),),
        )  # fmt: skip
        self.world = World(InterviewSpec(questions=(question,), faq=faq))
        self.world.to_question(1)
        self.posted: list[inp.Input] = []
        self.spoken: list[str] = []
        self.counts: Counter[str] = Counter()
        self.server = server
        self.tasks = TaskOwner("test")
        self.owed: dict[Any, Any] = {}
        settings = LlmSettings(
            engine="ollama", ollama_url=server.url, ollama_model=MODEL,
            first_token_s=first_token_s, connect_timeout_s=10.0,
        )  # fmt: skip
        self.llm = llm = create_llm(settings)
        self.replies = Replies(
            self, cast("Services", Only(llm=llm)), cast("Transcriber", Only(owed=self.owed)),
            cast("PromptAudio", self), self.tasks, lambda name: self.counts.update((name,)),
        )  # fmt: skip

    @property
    def state(self) -> Any:
        return self.world.state

    @property
    def clock(self) -> Any:
        return Only(now_s=lambda: self.world.now_s)

    def post(self, input_: inp.Input) -> None:
        self.posted.append(input_)

    async def prepare(self, text: str, delivery: Delivery) -> SpeechClip | None:
        self.spoken.append(text)
        return SpeechClip(text, text, (b"x",) * 50, "tone", "tone", ((0.0, text),))

    def says(self, text: str) -> None:
        """Words of the open turn that are written down."""
        epoch = self.state.turn_epoch
        segment = f"1-{len(self.state.turn(epoch).segments) + 1}"
        for input_ in (ready(epoch, segment), heard(segment, text)):
            self.world.do(input_)
            self.replies.hears(input_)

    def asks(self, reply_id: str = "r1") -> None:
        self.replies.prepare(fx.PrepareReply(reply_id, self.state.turn_epoch, "q1"))

    async def answer(self) -> inp.Input:
        await until(lambda: self.posted, "an answer to PrepareReply")
        return self.posted[0]


class Only:
    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)


@asynccontextmanager
async def rig(
    answer: Any = lambda _: proposal(), faq: tuple[FaqEntry, ...] = (), **options: Any
) -> AsyncIterator[Rig]:
    async with open_llm_server(answer) as server:
        made = Rig(server, faq, **options)
        try:
            yield made
        finally:
            await made.tasks.close()
            await made.llm.close()


async def test_a_follow_up_is_made_with_its_sound() -> None:
    async with rig() as it:
        it.says(SAID)
        it.asks()
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        reply = ready_.reply
        assert (reply.kind, reply.text, reply.criterion_id) == ("follow_up", ASK, "effect")
        assert reply.quote == "the driver complained"
        assert reply.duration_s == 1.0
        assert it.spoken == [ASK]
        assert ready_.dropped == ()


async def test_what_is_said_reaches_the_model_fenced_and_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with rig() as it:
        it.says(SAID)
        it.asks()
        await it.answer()
        (asked,) = it.server.asked
        assert f'<answer>"{SAID}"</answer>' in asked.user
        assert "freezer" not in asked.system
        assert "freezer" not in caplog.text
        assert "complained" not in caplog.text


async def test_a_second_proposal_is_asked_for_and_the_first_one_told() -> None:
    answers = iter([proposal(question="Great! And why the steps?"), proposal()])
    async with rig(lambda _: next(answers)) as it:
        it.says(SAID)
        it.asks()
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        assert ready_.reply.kind == "follow_up"
        assert [dropped.reason for dropped in ready_.dropped] == ["judgement"]
        first, second = (asked.body["options"]["temperature"] for asked in it.server.asked)
        assert (first, second > 0) == (0, True)
        assert it.counts["follow_ups_dropped"] == 1


async def test_two_bad_proposals_and_the_script_goes_on() -> None:
    async with rig(lambda _: proposal(question="Why did that happen?")) as it:
        it.says(SAID)
        it.asks()
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        assert ready_.reply.kind == "next"
        assert [dropped.reason for dropped in ready_.dropped] == ["quote_not_used"] * 2
        assert it.spoken == []
        assert len(it.server.asked) == 2


async def test_no_second_proposal_is_asked_for_that_nobody_would_wait_for() -> None:
    async with rig(lambda _: proposal(question="Why did that happen?")) as it:
        it.says(SAID)
        it.world.do(inp.SpeechStopped(it.state.turn_epoch, 500))
        it.world.now_s += 3.4  # the pause is over by then, and the second after it nearly
        it.asks()
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        assert (ready_.reply.kind, len(ready_.dropped)) == ("next", 1)
        assert len(it.server.asked) == 1


async def test_a_thin_answer_costs_no_request() -> None:
    async with rig() as it:
        it.says("Not much, really.")
        it.asks()
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        assert (ready_.reply.kind, ready_.reply.reason) == ("next", "too_thin")
        assert it.server.asked == []


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [("dies", {"broken"}), ("500", {"busy", "broken"}), ("not_json", {"wrong_schema", "broken"})],
)
async def test_a_model_that_fails_is_told_at_once(fault: Any, reasons: set[str]) -> None:
    async with rig() as it:
        it.server.fault = fault
        it.says(SAID)
        it.asks()
        failed = await it.answer()
        assert isinstance(failed, inp.ReplyFailed)
        assert failed.reason in reasons
        assert "freezer" not in failed.reason


async def test_cancelled_the_line_is_closed_and_nothing_is_answered() -> None:
    async with rig() as it:
        it.server.fault = "silent"
        it.says(SAID)
        it.asks()
        await until(lambda: it.server.computing, "a request under way")
        it.replies.cancel("another")
        assert it.server.computing
        it.replies.cancel("r1")
        await until(lambda: it.server.hang_ups == 1, "the model's server sees the line closed")
        assert not it.posted


async def test_cancelled_it_tells_what_was_dropped_until_then() -> None:
    async with rig(lambda _: proposal(question="Why did that happen?")) as it:
        it.server.fault = lambda _: "" if len(it.server.asked) == 1 else "silent"
        it.says(SAID)
        it.asks()
        await until(lambda: len(it.server.asked) == 2, "a second proposal is asked for")
        it.replies.cancel("r1")
        (told,) = it.posted
        assert isinstance(told, inp.ReplyReady)
        assert (told.reply_id, told.reply.kind) == ("r1", "next")
        assert [dropped.reason for dropped in told.dropped] == ["quote_not_used"]
        await until(lambda: it.server.hang_ups == 1, "the model's server sees the line closed")
        assert len(it.posted) == 1


async def test_a_newer_one_stops_the_one_before_it() -> None:
    async with rig() as it:
        it.server.fault = lambda _: "silent" if len(it.server.asked) == 1 else ""
        it.says(SAID)
        it.asks("r1")
        await until(lambda: it.server.computing, "a request under way")
        it.asks("r2")
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        assert ready_.reply_id == "r2"
        await until(lambda: it.server.hang_ups == 1, "the model's server sees the line closed")
        assert len(it.posted) == 1


async def test_cancelled_before_it_began() -> None:
    async with rig() as it:
        it.says(SAID)
        it.asks()
        it.replies.cancel("r1")
        await asyncio.sleep(0.05)
        assert not it.posted
        assert not it.server.asked


async def test_the_end_of_the_session_stops_it() -> None:
    async with rig() as it:
        it.server.fault = "silent"
        it.says(SAID)
        it.asks()
        await until(lambda: it.server.computing, "a request under way")
        await it.tasks.close()
        await until(lambda: it.server.hang_ups == 1, "the model's server sees the line closed")
        assert not it.posted


async def test_words_that_are_owed_are_waited_for() -> None:
    async with rig() as it:
        it.says("We moved the freezer to the back door")
        epoch = it.state.turn_epoch
        it.world.do(ready(epoch, "1-9"))
        it.asks()
        await asyncio.sleep(0.1)
        assert not it.server.asked
        late = heard("1-9", "and the driver complained about the steps.")
        it.world.do(late)
        it.replies.hears(late)
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        assert "about the steps" in it.server.asked[0].user


async def test_for_words_that_do_not_come_the_newest_guess_has_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("media_server.live.replies.WORDS_WAIT_S", 0.1)
    async with rig() as it:
        it.says("We moved the freezer to the back door")
        epoch = it.state.turn_epoch
        it.world.do(ready(epoch, "1-9"))
        it.replies.hears(inp.InterimHeard(epoch, "and the driver complained about"))
        it.asks()
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        assert "the driver complained about" in it.server.asked[0].user


async def test_for_who_has_left_no_sound_is_made() -> None:
    async with rig() as it:
        it.says(SAID)
        it.asks()
        it.world.do(inp.CallEnded(1, "closed", 1.0))
        await it.answer()
        assert it.spoken == []


HOLIDAY = FaqEntry(
    q="How many days of holiday are there?",
    a="There are 28 days of holiday each year. They can be taken from the first month.",
)


async def test_a_question_to_the_interviewer_is_answered_in_words_of_the_faq() -> None:
    async with rig(lambda _: "You have 28 days of holiday each year.", (HOLIDAY,)) as it:
        it.says("How many days of holiday do I get?")
        it.asks()
        ready_ = await it.answer()
        assert isinstance(ready_, inp.ReplyReady)
        assert ready_.reply.kind == "faq_answer"
        assert ready_.reply.text == "You have 28 days of holiday each year."
        assert it.spoken == [ready_.reply.text]


async def test_an_answer_that_is_not_in_the_faq_is_not_said() -> None:
    async with rig(lambda _: "You have 40 days of holiday each year.", (HOLIDAY,)) as it:
        it.says("How many days of holiday do I get?")
        it.asks()
        assert await it.answer() == inp.ReplyFailed("r1", "rejected")
        assert it.spoken == []


def test_without_a_model_it_fails_at_once() -> None:
    posted: list[inp.Input] = []
    spec = InterviewSpec(questions=(Question(id="q1", text="Why?"),))
    session = cast("Any", Only(interview_id="i1", post=posted.append, state=Only(spec=spec)))
    llm = create_llm(LlmSettings())
    replies = Replies(
        session, cast("Services", Only(llm=llm)), cast("Transcriber", None),
        cast("PromptAudio", None), TaskOwner("test"), lambda _: None,
    )  # fmt: skip
    replies.prepare(fx.PrepareReply("r1", 1, "q1"))
    assert posted == [inp.ReplyFailed("r1", "no model")]
