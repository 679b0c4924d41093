"""What candidates do to a real server: go and come back, vanish, come ten at once, stop reading.

One server for all of them, many interviews on it at the same time: what goes wrong with one is
nothing that another may notice.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import aiohttp
import pytest

from media_server.audio.types import Pcm
from tests.faults.invariants import (
    Holdings,
    check_everything,
    check_gate,
    check_holdings,
    holdings,
    read_log,
)
from tests.faults.visitor import AUTHORISED, Visitor, create, get, join
from tests.support.candidate import bot_speaks
from tests.support.server import REAL_RECOGNISER, Server, start_server, stop_server
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]
TEXT = "I worked as a teacher in a small school."
LONG = "Tell me about your work, and take as much time as you need, for nobody is in a hurry."
GREETING = "Hello and welcome to this interview. I am a machine, and I ask a few questions."
WINDOW_S = 3.0
GONE_S = 3.0

Phase = Literal["greeting", "question", "listening", "recognising"]
PHASES: tuple[Phase, ...] = ("greeting", "question", "listening", "recognising")


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    return read_wav(speak_wav(TEXT, tmp_path_factory.mktemp("speech") / "a.wav"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = start_server(
        tmp_path_factory.mktemp("server"),
        MEDIA_SERVER_RTC_GONE_S=str(GONE_S),
        MEDIA_SERVER_RTC_SUSPECT_S="1.5",
        MEDIA_SERVER_SWEEP_S="1",
        MEDIA_SERVER_CALLS_PER_MINUTE="1000",
        MEDIA_SERVER_TTS_SPEED="1",  # long enough to be cut off, however busy the machine
        **REAL_RECOGNISER,  # takes long enough to be left while it works
    )
    yield started
    if started.process.poll() is None:
        assert stop_server(started) == 0


@pytest.fixture(scope="module")
def baseline(server: Server) -> Holdings:
    return holdings(server)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


def window(**more: Any) -> dict[str, Any]:
    return {
        "greeting": GREETING,
        "questions": [{"id": f"q{n}", "text": f"{LONG} Number {n}."} for n in (1, 2)],
        "limits": {"resume_window_s": WINDOW_S},
        **more,
    }


async def reach(phase: Phase, visitor: Visitor, speech: tuple[Pcm, int]) -> None:
    if phase in ("greeting", "question"):
        await visitor.sees("caption", kind=phase, timeout_s=30)
        await asyncio.sleep(0.3)
        return
    await visitor.sees("question", number=1, timeout_s=30)
    await visitor.listening(1)
    if phase == "recognising":
        await visitor.speak(*speech)
        await visitor.sees("turn", phase="ended", timeout_s=20)


async def goes_on(phase: Phase, again: Visitor) -> None:
    """Where it was cut off: what was heard to its end is not said again."""
    if phase == "greeting":
        await again.sees("caption", kind="greeting")
        return
    if phase == "question":
        await again.sees("caption", kind="question")
    elif phase == "listening":
        await again.sees("state", activity="listening")
    else:
        await again.sees("caption", kind="question", text=f"{LONG} Number 2.", timeout_s=30)
        await again.sees("transcript", final=True, timeout_s=30)
    spoken = [c["kind"] for c in again.of("caption")]
    assert "greeting" not in spoken
    assert phase != "listening" or spoken == []


async def status_of(server: Server, http: aiohttp.ClientSession, made: dict[str, Any]) -> str:
    return str((await get(server, http, f"/v1/interviews/{made['id']}"))["status"])


async def until_status(
    server: Server, http: aiohttp.ClientSession, made: dict[str, Any], status: str, within_s: float
) -> None:
    async with asyncio.timeout(within_s):
        while await status_of(server, http, made) != status:
            await asyncio.sleep(0.1)


async def away(
    server: Server,
    http: aiohttp.ClientSession,
    speech: tuple[Pcm, int],
    phase: Phase,
    share: float,
) -> tuple[float, bool]:
    """Go in `phase`, come back after `share` of the window. How long it was, and if it parked."""
    made = await create(server, http, **window())
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await reach(phase, visitor, speech)
    await visitor.candidate.leave()
    if share < 1:
        await asyncio.sleep(share * WINDOW_S)
    else:
        await until_status(server, http, made, "parked", share * WINDOW_S + 2.0)
        result = await get(server, http, f"/v1/interviews/{made['id']}/result")
        assert result["status"] == "parked"
        assert len(result["answers"]) == 2, "a partial result has every question"
    again = await Visitor(server, http, made["join_url"], was=visitor).visit()
    await goes_on(phase, again)
    again.send("leave")
    await again.sees("completed")
    await again.candidate.leave()
    log = await check_everything(server, http, made, [visitor, again], secrets=[TEXT])
    gone_s = next(e["at_s"] for e in log if e["type"] == "disconnected")
    back_s = [e["at_s"] for e in log if e["type"] == "connected"][1]
    return back_s - gone_s, any(e["type"] == "parked" for e in log)


async def test_gone_and_back_in_every_phase(
    server: Server, baseline: Holdings, http: aiohttp.ClientSession, speech: tuple[Pcm, int]
) -> None:
    """At once, at 0.9 and at 1.1 of the window, twelve interviews at a time."""
    cases: list[tuple[Phase, float]] = [(p, share) for p in PHASES for share in (0.0, 0.9, 1.1)]
    found = await asyncio.gather(*(away(server, http, speech, *case) for case in cases))
    for (phase, share), (away_s, parked) in zip(cases, found, strict=True):
        if abs(away_s - WINDOW_S) > 0.3:  # a busy machine connects late: it says itself how late
            assert parked == (away_s > WINDOW_S), (phase, share, away_s)
        if share == 0:
            assert not parked, phase
        if share > 1:
            assert parked, phase
    assert not all(parked for (_, share), (_, parked) in zip(cases, found, strict=True) if share)
    await check_holdings(server, baseline)


async def test_never_back(
    server: Server, baseline: Holdings, http: aiohttp.ClientSession, speech: tuple[Pcm, int]
) -> None:
    """After `expires_at` it is ABANDONED, what was said is in the result."""
    await asyncio.gather(*(never_back(server, http, speech, p) for p in ("greeting", "listening")))
    await check_holdings(server, baseline)


async def never_back(
    server: Server, http: aiohttp.ClientSession, speech: tuple[Pcm, int], phase: Phase
) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=10)
    questions = [{"id": f"q{n}", "text": f"Question {n}?"} for n in (1, 2)]
    spec = window(expires_at=ends.isoformat(), greeting="Hello.", questions=questions)
    made = await create(server, http, **spec)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    if phase == "listening":
        await visitor.listening(1)
        visitor.send("text_answer", text="The first answer is all there is.")
        await visitor.sees("question", number=2)
    else:
        await reach(phase, visitor, speech)
    await visitor.candidate.leave()
    left_s = (ends - datetime.now(UTC)).total_seconds()
    await until_status(server, http, made, "abandoned", left_s + 8.0)
    assert datetime.now(UTC) >= ends
    result = await get(server, http, f"/v1/interviews/{made['id']}/result")
    answered = [answer["status"] for answer in result["answers"]]
    first = ["answered", "no_answer"] if phase == "listening" else ["not_asked", "not_asked"]
    assert answered == first
    assert result["ended_reason"]
    async with http.post(f"{server.url}/v1/join", json={"link": visitor.link}) as gone:
        assert gone.status == 410
    await check_everything(server, http, made, [visitor])


def connected(call: asyncio.Future[Visitor]) -> bool:
    return call.done() and not call.cancelled() and call.exception() is None


async def last_one(server: Server, made: dict[str, Any], visitors: list[Visitor]) -> Visitor | None:
    """Who has had the welcome of the newest connection that the log knows."""
    log = await read_log(server, made["id"])
    hashes = [e["data"]["resume_hash"] for e in log if e["type"] == "connected"]
    for visitor in visitors:
        tokens = (str(m["resume_token"]).encode() for m in visitor.of("welcome"))
        if hashes[-1:] and hashes[-1] in {hashlib.sha256(token).hexdigest() for token in tokens}:
            return visitor
    return None


async def one_is_left(server: Server, http: aiohttp.ClientSession) -> bool:
    """The server has one call, and it is connected."""
    async with http.get(f"{server.url}/metrics", headers=AUTHORISED) as answer:
        lines = (await answer.text()).splitlines()
    return {"media_server_live_calls 1.0", "media_server_places_pending 0.0"} <= {*lines}


async def test_ten_connects_at_once_with_one_token(
    server: Server, baseline: Holdings, http: aiohttp.ClientSession
) -> None:
    """Exactly one is live, and to the others not a byte is sent any more. Who was not
    connected yet when the next one came does not get there."""
    made = await create(server, http, **window(greeting="Hello."))
    link = made["join_url"].rpartition("/")[2]
    joined = await join(server, http, link)
    visitors = [Visitor(server, http, made["join_url"]) for _ in range(10)]
    calls = [asyncio.ensure_future(v.call(joined, start=False)) for v in visitors]
    await until(
        lambda: all(c.done() or v.candidate._call_url for v, c in zip(visitors, calls, strict=True))
    )
    # Who was replaced before it was connected would try for long: nobody starts until then.
    async with asyncio.timeout(PATIENCE_S):
        while not (await one_is_left(server, http) and await last_one(server, made, visitors)):
            await asyncio.sleep(0.1)
    there = [v for v, call in zip(visitors, calls, strict=True) if connected(call)]
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await until(lambda: sum(v.gate_closed_s is None for v in there) == 1)
    [winner] = [v for v in there if v.gate_closed_s is None]
    assert winner is await last_one(server, made, visitors)
    counted = {v: (len(v.messages), v.candidate.packets_received) for v in there}
    winner.send("ready")
    await winner.sees("question", number=1, timeout_s=30)
    heard_before = winner.candidate.packets_received
    await winner.listening(1)
    assert winner.candidate.packets_received > heard_before, "the one who is live hears the bot"
    for loser in there:
        if loser is winner:
            continue
        now = (len(loser.messages), loser.candidate.packets_received)
        assert now == counted[loser], "something was sent after it was superseded"
        check_gate(loser)
        assert loser.candidate.closed.is_set()
    assert sum(v.gate_closed_s is not None for v in there) == len(there) - 1, "all were told why"
    assert (await get(server, http, f"/v1/interviews/{made['id']}"))["live"]
    winner.send("leave")
    await winner.sees("completed")
    await winner.candidate.leave()
    for loser in there:
        if loser is not winner:
            await loser.candidate.vanish()
    await check_everything(server, http, made, there, baseline)


async def test_vanished_in_the_middle_of_a_question(
    server: Server, baseline: Holdings, http: aiohttp.ClientSession
) -> None:
    """Noticed within `gone_s`; from then on not a packet, and the place is kept."""
    loop = asyncio.get_running_loop()
    text = " ".join([LONG] * 4)
    questions = [{"id": "q1", "text": text}, {"id": "q2", "text": "And then?"}]
    made = await create(server, http, greeting="Hello.", questions=questions)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await visitor.sees("caption", kind="question", timeout_s=30)
    await asyncio.sleep(0.5)
    assert bot_speaks(visitor.candidate)
    visitor.fall_silent()
    silent_s = loop.time()
    await until_status(server, http, made, "disconnected", GONE_S + 2.0)
    noticed_s = loop.time()
    assert noticed_s - silent_s >= GONE_S - 0.5
    await asyncio.sleep(0.3)
    counted = (visitor.candidate.packets_received, len(visitor.messages))
    assert visitor.candidate.bot_heard_s <= noticed_s + 0.2, "still spoken to after it was gone"
    await asyncio.sleep(1.0)
    assert (visitor.candidate.packets_received, len(visitor.messages)) == counted
    await visitor.candidate.vanish()
    log = await read_log(server, made["id"])
    types = [e["type"] for e in log]
    assert "disconnected" in types[-2:], types[-3:]
    again = await Visitor(server, http, made["join_url"]).visit()
    assert (await again.sees("caption", kind="question"))["text"] == text, "from its start"
    again.send("leave")
    await again.sees("completed")
    await again.candidate.leave()
    await check_everything(server, http, made, [visitor, again], baseline)


async def test_stopped_reading_the_data_channel(
    server: Server, baseline: Holdings, http: aiohttp.ClientSession
) -> None:
    """What it does not read is bounded, nobody else waits, and it catches up."""
    loop = asyncio.get_running_loop()
    made = [await create(server, http, greeting="Hello.") for _ in range(2)]
    slow, other = [await Visitor(server, http, m["join_url"]).visit() for m in made]
    await asyncio.gather(slow.listening(1), other.listening(1))
    slow.send("text_answer", text="A long answer that a replay has to carry. " * 40)
    await slow.sees("question", number=2)
    pc = slow.candidate._pc
    assert pc is not None
    assert pc.sctp is not None
    association: Any = pc.sctp
    reads = association._receive_data_chunk

    async def reads_nothing(_chunk: Any) -> None:
        """No acknowledgement either: as when its process is stopped."""

    association._receive_data_chunk = reads_nothing
    slowest_s = 0.0
    for step in range(60):  # about 150 kB of replays, past what the server keeps for one reader
        slow.send("hello", last_seq=0)
        asked_s, pongs = loop.time(), len(other.of("pong"))
        other.send("ping", t_ms=step)
        await other.sees("pong", count=pongs + 1, timeout_s=5)
        slowest_s = max(slowest_s, loop.time() - asked_s)
        await asyncio.sleep(0.07)
    assert slowest_s < 1.0, f"another candidate waited {slowest_s:.2f} s"
    other.send("text_answer", text="Meanwhile another answers.")
    await other.sees("question", number=2)
    association._receive_data_chunk = reads
    known = len(slow.messages)
    await until(lambda: slow.candidate.closed.is_set() or len(slow.messages) > known)
    again = slow
    if slow.candidate.closed.is_set():
        again = await Visitor(server, http, made[0]["join_url"]).visit()
    again.send("hello", last_seq=0)
    await again.sees("question", number=2)
    for visitor in (again, other):
        visitor.send("leave")
    await asyncio.gather(again.sees("completed", timeout_s=30), other.sees("completed"))
    for visitor in {slow, again, other}:
        await visitor.candidate.leave()
    await check_everything(server, http, made[1], [other])
    await check_everything(server, http, made[0], [slow, again], baseline)
