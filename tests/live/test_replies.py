"""Asking back in a whole interview over WebRTC, with a server that speaks a model's protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from media_server.audio.types import Pcm
from media_server.interview.result import Result
from media_server.interview.rubric import Criterion, FollowUps
from media_server.interview.spec import InterviewSpec, Question, TurnSettings
from media_server.llm.factory import create_llm
from media_server.llm.settings import LlmSettings
from tests.live.bench import Bench, Guest, ScriptedStt, open_bench
from tests.support.llm_server import MODEL, Asked, LlmServer, open_llm_server
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import until

pytestmark = pytest.mark.virtual_time

SAID = "We moved the freezer to the back door and the driver complained about the steps a lot."
MORE = "So I asked a friend to build a ramp of wood for the driver, and that took one weekend."
LAST = "I like to work with people who know what they want, and the place is close to my home."
ASK = "What did you do when the driver complained about the steps?"
NOT_AWAITED_S = 4.0
"""Far less than a model may take, and more than the 1.2 s that are promised, for a machine with
other work. The promise is proved in virtual time (`tests/interview/test_replies_in_time.py`), and
measured by `benchmarks.replies`."""


def asks_back(_: Asked) -> str:
    """What a good model says, and only about the first answer."""
    if "about the steps" not in _.user.split("<answer>")[1]:
        return json.dumps({"open_criteria": [], "quote": "", "question": None})
    quote = "the driver complained about the steps"
    return json.dumps({"open_criteria": ["effect"], "quote": quote, "question": ASK})


def spec(**changes: Any) -> InterviewSpec:
    effect = (Criterion(id="effect", text="Says what it brought."),)
    first = Question(
        id="q1", text="What did you change?", follow_ups=FollowUps(max=1), criteria=effect
    )
    changes.setdefault("turn", TurnSettings(silence_ms=1_200, min_turn_ms=300))
    return InterviewSpec(
        questions=(first, Question(id="q2", text="Why here?")), greeting="Hello.", **changes
    )


@dataclass
class Room:
    bench: Bench
    server: LlmServer
    pcm: Pcm
    rate: int
    interview_id: str = ""

    @property
    def state(self) -> Any:
        return self.bench.service.sessions()[0].state

    async def begin(self, wanted: InterviewSpec | None = None) -> Guest:
        self.interview_id = await self.bench.interview(wanted or spec())
        guest = await self.bench.call(self.interview_id)
        guest.send("ready")
        await guest.listening(1)
        return guest

    def say(self, guest: Guest) -> None:
        guest.candidate.say(self.pcm, self.rate)

    async def listens_again(self, prompt_id: str) -> None:
        await until(
            lambda: self.state.answering == prompt_id and self.state.listening is not None,
            f"listening to {prompt_id}",
        )

    async def finish(self, guest: Guest) -> Mapping[str, Any]:
        await guest.sees("completed")
        await guest.candidate.leave()
        result = await self.bench.service.result(self.interview_id)
        jsonschema.validate(result, Result.model_json_schema())
        return result


@pytest.fixture(scope="session")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    path = tmp_path_factory.mktemp("speech") / "sentence.wav"
    return read_wav(speak_wav("I was a teacher.", path, rate=16_000))


@asynccontextmanager
async def open_room(
    data_dir: Path,
    sentence: tuple[Pcm, int],
    said: tuple[str, ...] = (SAID, MORE, LAST),
    answer: Callable[[Asked], str] = asks_back,
) -> AsyncIterator[Room]:
    async with open_llm_server(answer) as server:
        llm = create_llm(LlmSettings(engine="ollama", ollama_url=server.url, ollama_model=MODEL))
        try:
            async with open_bench(data_dir, stt=ScriptedStt(list(said)), llm=llm) as bench:
                yield Room(bench, server, *sentence)
        finally:
            await llm.close()


async def test_it_asks_back_and_the_result_says_on_what_it_rests(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    async with open_room(tmp_path, sentence) as room:
        guest = await room.begin()
        room.say(guest)
        await guest.sees("caption", text=ASK)
        await room.listens_again("q1:1")
        room.say(guest)
        await guest.listening(2)
        room.say(guest)
        result = await room.finish(guest)
    first, back, last = result["answers"]
    assert (first["text"], back["text"], last["text"]) == (SAID, MORE, LAST)
    assert first["follow_ups"] == ["q1:1"]
    assert (back["kind"], back["asked_text"]) == ("follow_up", ASK)
    quote = "the driver complained about the steps"
    assert back["grounded_on"] == {"quote": quote, "criterion_id": "effect"}
    assert back["grounded_on"]["quote"] in first["text"]
    assert first["grounded_on"] is None


async def test_typed_answers_are_asked_back_about_as_well(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    async with open_room(tmp_path, sentence) as room:
        guest = await room.begin()
        guest.send("text_answer", text=SAID)
        await guest.sees("caption", text=ASK)
        await room.listens_again("q1:1")
        guest.send("text_answer", text=MORE)
        await guest.listening(2)
        guest.send("text_answer", text=LAST)
        result = await room.finish(guest)
    assert [answer["text"] for answer in result["answers"]] == [SAID, MORE, LAST]


async def test_speech_that_goes_on_stops_the_model_and_the_answer_goes_on(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    said = (SAID, "And we paid him for it.", LAST)
    async with open_room(tmp_path, sentence, said) as room:
        room.server.fault = lambda _: "silent" if len(room.server.asked) == 1 else ""
        guest = await room.begin(spec(turn=TurnSettings(silence_ms=2_500, min_turn_ms=300)))
        room.say(guest)
        await until(lambda: room.server.computing, "the model is asked")
        turn_epoch = room.state.turn_epoch
        room.say(guest)  # before the turn's end
        await until(lambda: room.server.hang_ups == 1, "the model is told to stop")
        assert room.state.turn_epoch == turn_epoch
        await guest.sees("caption", text=ASK)
        first = room.state.answers["q1"]
        assert [turn.text for turn in first.turns] == [f"{SAID} And we paid him for it."]
        assert len(room.server.asked) == 2
        await guest.candidate.leave()


@pytest.mark.parametrize("fault", ["silent", "half_open", "dies", "500", "not_json", "endless"])
async def test_a_model_that_fails_costs_the_candidate_nothing(
    tmp_path: Path, sentence: tuple[Pcm, int], fault: Any
) -> None:
    async with open_room(tmp_path, sentence, (SAID, LAST)) as room:
        room.server.fault = fault
        guest = await room.begin()
        room.say(guest)
        await guest.listening(2)
        assert room.server.asked
        (after_decision_s, _) = room.state.latencies[-1]
        assert after_decision_s < NOT_AWAITED_S
        room.say(guest)
        result = await room.finish(guest)
    assert [answer["text"] for answer in result["answers"]] == [SAID, LAST]
    assert all(not answer["follow_ups"] for answer in result["answers"])


async def test_a_model_that_is_too_slow_is_done_without(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    async with open_room(tmp_path, sentence, (SAID, LAST)) as room:
        room.server.tokens_per_s = 3
        guest = await room.begin()
        room.say(guest)
        await guest.listening(2)
        (after_decision_s, _) = room.state.latencies[-1]
        assert 0.9 < after_decision_s < NOT_AWAITED_S
        await until(lambda: room.server.hang_ups == 1, "nobody waits for it any more")
        log = await room.bench.services.log.read(room.interview_id)
        await guest.candidate.leave()
    missed = [entry.data for entry in log if entry.type == "reply_missed"]
    assert [entry["reason"] for entry in missed] == ["late"]


async def test_what_is_dropped_is_in_the_log_by_its_reason_and_never_by_its_words(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    bad = json.dumps({
        "open_criteria": ["effect"], "quote": "the driver complained",
        "question": "Great! What did the zebra do when the driver complained?",
    })  # fmt: skip
    async with open_room(tmp_path, sentence, (SAID, LAST), lambda _: bad) as room:
        guest = await room.begin()
        room.say(guest)
        await guest.listening(2)
        room.say(guest)
        await room.finish(guest)
        log = await room.bench.services.log.read(room.interview_id)
    (dropped,) = [entry.data for entry in log if entry.type == "follow_ups_dropped"]
    assert [each["reason"] for each in dropped["dropped"]] == ["judgement", "judgement"]
    assert "zebra" not in "".join(str(entry.data) for entry in log)
    assert not [message for message in guest.messages if "zebra" in str(message)]


async def test_who_has_left_hears_nothing_and_the_model_stops(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    async with open_room(tmp_path, sentence) as room:
        room.server.tokens_per_s = 10
        guest = await room.begin()
        room.say(guest)
        await until(lambda: room.server.computing, "the model is asked")
        await guest.candidate.leave()
        count = len(guest.messages)
        await until(lambda: room.server.hang_ups == 1, "the model is told to stop")
        await asyncio.sleep(0.5)
        assert len(guest.messages) == count
        assert ASK not in room.bench.services.tts.spoken  # type: ignore[attr-defined]


async def test_a_line_that_breaks_while_a_reply_is_made(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    async with open_room(tmp_path, sentence) as room:
        room.server.fault = lambda _: "silent" if len(room.server.asked) == 1 else ""
        guest = await room.begin()
        room.say(guest)
        await until(lambda: room.server.computing, "the model is asked")
        await guest.candidate.vanish()
        back = await room.bench.call(room.interview_id)
        await back.sees("welcome")
        await until(lambda: room.server.hang_ups == 1, "the first reply is stopped")
        await until(
            lambda: room.state.listening is not None or room.state.utterance is not None,
            "the conversation goes on",
        )
        assert SAID in [turn.text for turn in room.state.answers["q1"].turns]
        back.send("text_answer", text="That is all there is to say about it.")
        await until(lambda: room.state.answering in ("q1:1", "q2"), "the next prompt")
        await back.candidate.leave()


async def test_another_process_goes_on_at_the_follow_up(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    async with open_room(tmp_path, sentence) as room:
        guest = await room.begin()
        room.say(guest)
        await guest.sees("caption", text=ASK)
        await room.listens_again("q1:1")
        interview_id = room.interview_id
        await guest.candidate.vanish()
    async with open_room(tmp_path, sentence, (MORE, LAST)) as room:
        room.interview_id = interview_id
        guest = await room.bench.call(interview_id)
        await room.listens_again("q1:1")
        guest.send("text_answer", text=MORE)
        await guest.listening(2)
        guest.send("text_answer", text=LAST)
        result = await room.finish(guest)
    assert [answer["text"] for answer in result["answers"]] == [SAID, MORE, LAST]


async def test_without_a_model_nothing_is_asked_back_and_nothing_waits(
    tmp_path: Path, sentence: tuple[Pcm, int]
) -> None:
    llm = create_llm(LlmSettings())
    async with open_bench(tmp_path, stt=ScriptedStt([SAID, LAST]), llm=llm) as bench:
        room = Room(bench, LlmServer(), *sentence)
        guest = await room.begin()
        room.say(guest)
        await guest.listening(2)
        (after_decision_s, _) = room.state.latencies[-1]
        assert after_decision_s < 0.3
        room.say(guest)
        result = await room.finish(guest)
    assert [answer["text"] for answer in result["answers"]] == [SAID, LAST]
