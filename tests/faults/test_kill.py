"""kill -9 of a real server in every part of a conversation: it goes on at the same word.

Four candidates at one server, each in another part when it dies.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from media_server.audio.types import Pcm
from tests.faults.invariants import (
    check_everything,
    check_holdings,
    holdings,
    read_sqlite_log,
)  # fmt: skip
from tests.faults.visitor import Visitor, create, get
from tests.support.env import free_port
from tests.support.server import (
    HURRIED,
    REAL_RECOGNISER,
    Server,
    kill_server,
    start_server,
    stop_server,
)
from tests.support.speak import read_wav, speak_wav

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]
TEXT = "I worked as a teacher in a small school."
LONG_TEXT = f"{TEXT[:-1]} by the river, and later I had the care of a library for many years."
"""Still being said when somebody who began with TEXT at the same time has been silent for long."""
GREETING = """Hello and welcome to this interview. I am a machine, and I ask a few questions.
There is no hurry: take your time for each of them, and tell me when you have said it all."""
GREETING_S = 8.0
"""More than it takes at the tests' speed."""
QUESTION = "Tell me about your work, and take as much time as you need, for nobody is in a hurry."


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    return read_wav(speak_wav(TEXT, tmp_path_factory.mktemp("speech") / "a.wav"))


@pytest.fixture(scope="module")
def long_speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    return read_wav(speak_wav(LONG_TEXT, tmp_path_factory.mktemp("speech") / "a.wav"))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


async def finish(visitor: Visitor) -> None:
    """Type what is left."""
    while True:
        numbers = [m["number"] for m in visitor.of("question")]
        number = max(numbers)
        await visitor.listening(number)
        visitor.send("text_answer", text=f"The rest of answer {number}.")
        if number == 3:
            break
        await visitor.sees("question", number=number + 1)
    await visitor.sees("completed")
    await visitor.candidate.leave()


class Cut:
    """One candidate whose server dies, and who comes back."""

    def __init__(self, server: Server, http: aiohttp.ClientSession, made: dict[str, Any]) -> None:
        self.http = http
        self.made = made
        self.visitor = Visitor(server, http, made["join_url"])

    def on_disk(self, kind: str) -> list[dict[str, Any]]:
        """Data of the entries of this type."""
        log = read_sqlite_log(self.visitor.server.data_dir, self.made["id"])
        return [entry["data"] for entry in log if entry["type"] == kind]

    def heard(self, kind: str) -> list[bool]:
        """Whether what was said of this kind was heard to its end, each time it was said."""
        ended = self.on_disk("utterance_ended")
        return [each["complete"] for each in ended if each["kind"] == kind]

    async def back(self, server: Server) -> Visitor:
        await self.visitor.candidate.vanish()
        link = self.made["join_url"]
        return await Visitor(server, self.http, link, was=self.visitor).visit()

    async def check(self, server: Server, again: Visitor) -> None:
        visitors = [self.visitor, again]
        await check_everything(server, self.http, self.made, visitors, secrets=[TEXT, LONG_TEXT])

    async def spoken(self, server: Server) -> str:
        """The words of the first answer that were spoken."""
        result = await get(server, self.http, f"/v1/interviews/{self.made['id']}/result")
        turns = result["answers"][0]["turns"]
        return " ".join(t["text"] for t in turns if t["mode"] == "voice").lower()


async def test_killed_in_every_part_of_a_conversation(
    tmp_path: Path,
    http: aiohttp.ClientSession,
    speech: tuple[Pcm, int],
    long_speech: tuple[Pcm, int],
) -> None:
    """Over 50 lines on purpose: four candidates whom one kill meets in different parts."""
    server = start_server(tmp_path, PORT=str(free_port()), **REAL_RECOGNISER)
    short = [{"id": f"q{n}", "text": f"This is question number {n}."} for n in (2, 3)]
    long_question = [{"id": "q1", "text": " ".join([QUESTION] * 3)}, *short]
    greeted = Cut(server, http, await create(server, http, greeting=GREETING))
    asked = Cut(server, http, await create(server, http, questions=long_question))
    speaking = Cut(server, http, await create(server, http))
    recognised = Cut(server, http, await create(server, http))

    await asyncio.gather(
        greeted.visitor.visit(start=False),
        asked.visitor.visit(start=False),
        speaking.visitor.visit(),
        recognised.visitor.visit(),
    )
    await asyncio.gather(speaking.visitor.listening(1), recognised.visitor.listening(1))
    recognised.visitor.candidate.say(*speech)
    speaking.visitor.candidate.say(*long_speech)
    await asyncio.sleep(2.0)  # most of the shorter one: the others are to be cut early
    asked.visitor.send("ready")
    greeted.visitor.send("ready")
    await greeted.visitor.sees("caption", kind="greeting")
    greeted_s = time.monotonic()
    await asked.visitor.sees("caption", kind="question")
    await recognised.visitor.sees("turn", phase="ended")
    kill_server(server)

    assert greeted.heard("greeting") == []
    assert asked.heard("question") == []
    assert not speaking.on_disk("turn_ended")
    assert not speaking.on_disk("segment_transcribed")
    assert recognised.on_disk("turn_ended")

    # Down for longer than the greeting takes: cut off it was all the same, not heard to its end.
    await asyncio.sleep(greeted_s + GREETING_S - time.monotonic())
    again = {"PORT": server.environment["PORT"], "MEDIA_SERVER_TTS_CACHE_BYTES": "0"}
    server = await asyncio.to_thread(start_server, tmp_path, **again, **REAL_RECOGNISER, **HURRIED)
    baseline = holdings(server)
    await asyncio.gather(
        goes_on_in_the_greeting(greeted, server),
        goes_on_while_a_question_plays(asked, server),
        goes_on_in_the_middle_of_an_answer(speaking, server),
        goes_on_while_the_recogniser_works(recognised, server),
    )
    await check_holdings(server, baseline)
    assert await asyncio.to_thread(stop_server, server) == 0


async def goes_on_in_the_greeting(cut: Cut, server: Server) -> None:
    again = await cut.back(server)
    await again.sees("caption", kind="greeting")
    await again.listening(1)
    await finish(again)
    await cut.check(server, again)
    assert cut.heard("greeting").count(True) == 1


async def goes_on_while_a_question_plays(cut: Cut, server: Server) -> None:
    again = await cut.back(server)
    await again.sees("caption", kind="question")
    await again.listening(1)
    assert not [c for c in again.of("caption") if c["kind"] == "greeting"]
    await finish(again)
    await cut.check(server, again)


async def goes_on_in_the_middle_of_an_answer(cut: Cut, server: Server) -> None:
    again = await cut.back(server)
    await again.listening(1)
    assert [m["number"] for m in again.of("question")] == [1]
    await again.sees("transcript", final=True)
    await finish(again)
    await cut.check(server, again)
    words = await cut.spoken(server)
    assert "teacher" in words or "school" in words, words


async def goes_on_while_the_recogniser_works(cut: Cut, server: Server) -> None:
    again = await cut.back(server)
    await again.sees("question", number=1)
    await again.sees("transcript", final=True)
    await finish(again)
    await cut.check(server, again)
    segments = [each["segment_id"] for each in cut.on_disk("segment_transcribed")]
    assert len(set(segments)) == len(segments)
