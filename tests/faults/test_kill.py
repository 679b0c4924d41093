"""kill -9 of a real server in every part of a conversation: it goes on at the same word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from media_server.audio.types import Pcm
from tests.faults.invariants import check_everything, holdings, read_sqlite_log
from tests.faults.visitor import Visitor, create, get
from tests.support.env import free_port
from tests.support.server import Server, kill_server, start_server, stop_server
from tests.support.speak import read_wav, speak_wav

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]
TEXT = "I worked as a teacher in a small school."


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    return read_wav(speak_wav(TEXT, tmp_path_factory.mktemp("speech") / "a.wav"))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


def restart(server: Server, down_s: float = 0.0) -> Server:
    kill_server(server)
    time.sleep(down_s)
    port = server.environment["PORT"]
    return start_server(server.data_dir, PORT=port)


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


def kinds(log: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [e["data"] for e in log if e["type"] == kind]


async def test_in_the_greeting(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    server = start_server(tmp_path, PORT=str(free_port()))
    made = await create(server, http)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await visitor.sees("caption", kind="greeting")
    await asyncio.sleep(0.3)
    # Down for longer than the greeting takes: cut off it was all the same, not heard to its end.
    server = await asyncio.to_thread(restart, server, 4.0)
    baseline = holdings(server)
    await visitor.candidate.vanish()
    again = await Visitor(server, http, made["join_url"], was=visitor).visit()
    await again.sees("caption", kind="greeting")
    await again.listening(1)
    await finish(again)
    log = await check_everything(server, http, made, [visitor, again], baseline, secrets=[TEXT])
    heard = [e for e in kinds(log, "utterance_ended") if e["kind"] == "greeting" and e["complete"]]
    assert len(heard) == 1
    assert stop_server(server) == 0


async def test_while_a_question_plays(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    server = start_server(tmp_path, PORT=str(free_port()))
    long = "Tell me about your work, and take as much time as you need, for nobody is in a hurry."
    questions = [{"id": f"q{n}", "text": long} for n in (1, 2, 3)]  # long enough to be cut
    made = await create(server, http, questions=questions)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await visitor.sees("caption", kind="question", timeout_s=30)
    await asyncio.sleep(0.3)
    server = restart(server)
    baseline = holdings(server)
    await visitor.candidate.vanish()
    again = await Visitor(server, http, made["join_url"], was=visitor).visit()
    await again.sees("caption", kind="question")
    await again.listening(1)
    assert not [c for c in again.of("caption") if c["kind"] == "greeting"]
    await finish(again)
    await check_everything(server, http, made, [visitor, again], baseline, secrets=[TEXT])
    assert stop_server(server) == 0


async def test_in_the_middle_of_an_answer(
    tmp_path: Path, http: aiohttp.ClientSession, speech: tuple[Pcm, int]
) -> None:
    server = start_server(tmp_path, PORT=str(free_port()))
    made = await create(server, http)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await visitor.listening(1)
    await visitor.speak(*speech)
    await asyncio.sleep(0.2)  # not even the segment's pause has passed
    before = read_sqlite_log(tmp_path, made["id"])
    assert not kinds(before, "segment_transcribed")
    server = restart(server)
    baseline = holdings(server)
    await visitor.candidate.vanish()
    again = await Visitor(server, http, made["join_url"], was=visitor).visit()
    await again.listening(1)
    assert [m["number"] for m in again.of("question")] == [1]
    await again.sees("transcript", final=True, timeout_s=20)
    await finish(again)
    await check_everything(server, http, made, [visitor, again], baseline, secrets=[TEXT])
    result = await get(server, http, f"/v1/interviews/{made['id']}/result")
    spoken = [t for t in result["answers"][0]["turns"] if t["mode"] == "voice"]
    words = " ".join(t["text"] for t in spoken).lower()
    assert "teacher" in words or "school" in words, words
    assert stop_server(server) == 0


async def test_while_the_recogniser_works(
    tmp_path: Path, http: aiohttp.ClientSession, speech: tuple[Pcm, int]
) -> None:
    server = start_server(tmp_path, PORT=str(free_port()))
    made = await create(server, http)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await visitor.listening(1)
    await visitor.speak(*speech)
    await visitor.sees("turn", phase="ended", timeout_s=10)
    server = restart(server)
    baseline = holdings(server)
    await visitor.candidate.vanish()
    again = await Visitor(server, http, made["join_url"], was=visitor).visit()
    await again.sees("question", number=1)
    await again.sees("transcript", final=True, timeout_s=20)
    await finish(again)
    log = await check_everything(server, http, made, [visitor, again], baseline, secrets=[TEXT])
    segments = kinds(log, "segment_transcribed")
    assert len({s["segment_id"] for s in segments}) == len(segments)
    assert stop_server(server) == 0
