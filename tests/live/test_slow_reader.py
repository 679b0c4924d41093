"""A candidate whose page reads nothing for a while: nothing it should know is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview.state import initial
from media_server.live import backlog, history
from media_server.live.backlog import Backlog
from media_server.ports.dialect import Durable, Level, Pong
from media_server.rtc import channel, channel_life
from media_server.rtc.transport import RtcTransport
from tests.live.bench import Bench, Guest, make_spec, open_bench
from tests.rtc.support import UdpRelay, relaying
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.virtual_time

QUESTIONS = 8
MAX_BYTES = 4_000
TEXT = "An answer in writing, of many words. " * 80
"""Two or three of these fill the association's window and the buffer before it."""


def deaf(way: str, data: bytes) -> bytes | None:
    """Nothing of the data channel reaches the server, as from a page that stands still."""
    return None if way == "in" and 20 <= data[0] < 64 else data


@dataclass
class Scene:
    bench: Bench
    relay: UdpRelay
    interview_id: str

    async def call(self, call_id: str, last_seq: int = 0, resumed_from: int = 0) -> Guest:
        """`resumed_from`: the connection whose resume token the page still has."""
        guest = Guest(call_id)

        async def exchange(offer: str) -> str:
            made = await self.bench.service.open_call(
                self.interview_id, offer, call_id=call_id, resumed_from=resumed_from
            )
            return self.relay.rewrite(made.answer_sdp)

        await guest.candidate.connect_by(exchange)
        guest.send("hello", last_seq=last_seq)
        return guest

    def connection(self, guest: Guest) -> Any:
        return self.bench.service._calls._calls[guest.call_id][1]

    async def fall_behind(self, guest: Guest) -> None:
        """Answers until the channel takes no more."""
        connection = self.connection(guest)
        self.relay.tap = deaf
        for number in range(1, QUESTIONS):
            await self.bench.until(lambda: connection.intake._listening)
            # as if just before the page stood still
            connection.on_text(json.dumps({"type": "text_answer", "text": f"{number}. {TEXT}"}))
            await self.bench.until(lambda: not connection.intake._listening)
            if connection.channel.behind:
                break
        assert connection.channel.behind


@asynccontextmanager
async def scene(tmp_path: Path) -> AsyncIterator[tuple[Scene, Guest]]:
    async with open_bench(tmp_path) as bench:
        transport = bench.service._transport
        assert isinstance(transport, RtcTransport)
        async with relaying(transport) as relay:
            interview_id = await bench.interview(make_spec(questions=QUESTIONS))
            at = Scene(bench, relay, interview_id)
            guest = await at.call("call-1")
            guest.send("ready")
            try:
                await guest.listening(1)
                yield at, guest
            finally:
                await guest.candidate.leave()


@pytest.fixture(autouse=True)
def _small_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "MAX_BUFFERED_BYTES", MAX_BYTES)


@pytest.fixture
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is called off sooner than the test wants it."""
    monkeypatch.setattr(channel_life, "STALL_S", 1e6)
    monkeypatch.setattr(backlog, "STUCK_LIMIT_S", 1e6)


async def log_tells(at: Scene) -> list[tuple[int, str]]:
    """The durable messages there should be."""
    state = initial(make_spec(questions=QUESTIONS))
    found: list[tuple[int, str]] = []
    for entry in await at.bench.services.log.read(at.interview_id):
        event = history.event_of(at.interview_id, entry)
        if event is not None:
            found += [(entry.seq, m.type) for m in native.durable(event, entry.seq, state)]
    return found


def story(guest: Guest) -> list[tuple[int, str]]:
    return [(m["seq"], m["type"]) for m in guest.messages if m.get("seq")]


@pytest.mark.usefixtures("_unhurried")
async def test_what_a_full_channel_refused_is_told_when_it_has_room(tmp_path: Path) -> None:
    async with scene(tmp_path) as (at, guest):
        await at.fall_behind(guest)
        told = len(story(guest))
        await asyncio.sleep(3 * backlog.RETRY_S)
        assert len(story(guest)) == told
        at.relay.tap = lambda _, data: data
        await at.bench.until(lambda: not at.connection(guest).channel.behind)
        wanted = await log_tells(at)
        await at.bench.until(lambda: len(story(guest)) >= len(wanted))
        assert story(guest) == wanted, "in order, and each once"
        await at.bench.until(lambda: guest.of("state")[-1]["activity"] == "listening")
        assert at.connection(guest).close_reason is None


@pytest.mark.usefixtures("_unhurried")
async def test_who_reads_nothing_for_long_is_called_off_and_told_all_at_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path) as (at, guest):
        await at.fall_behind(guest)
        connection = at.connection(guest)
        monkeypatch.setattr(backlog, "STUCK_LIMIT_S", 1.5)
        async with asyncio.timeout(PATIENCE_S):
            await connection.over.wait()
        assert connection.close_reason == "limit"
        at.relay.tap = lambda _, data: data
        assert (await at.bench.service.get(at.interview_id))["status"] == "disconnected"
        again = await at.call("call-2", resumed_from=connection.epoch)
        wanted = await log_tells(at)
        await at.bench.until(lambda: len(story(again)) >= len(wanted))
        assert story(again)[: len(wanted)] == wanted
        await again.candidate.leave()


def question(seq: int) -> Durable:
    return Durable(
        ev.RoundAdvanced(round=0, question_id="q1", reason=""), seq, initial(make_spec())
    )


def test_nothing_overtakes_what_was_refused() -> None:
    owed = Backlog()
    owed.took(question(4))
    owed.refused(Level(-20.0, speech=True), 1.0)
    owed.refused(Pong(1.0), 1.0)
    assert owed.admits(question(5))  # nobody misses those
    owed.refused(question(6), 2.0)
    assert not owed.admits(question(7))
    assert not owed.admits(Level(-20.0, speech=True))
    assert owed.admits(Pong(1.0))
    with owed.replaying(9) as after_seq:
        assert after_seq == 4
        assert owed.admits(question(6))
        owed.took(question(6))
    assert (owed.behind, owed.told_seq) == (False, 6)


def test_a_replay_that_fails_is_still_owed() -> None:
    owed = Backlog()
    owed.refused(question(3), 1.0)
    with pytest.raises(TimeoutError), owed.replaying(0):
        raise TimeoutError
    assert owed.behind
    calm = Backlog()  # what the client asked for itself is as before: it hears what is new
    with pytest.raises(TimeoutError), calm.replaying(0):
        raise TimeoutError
    assert not calm.behind


def test_a_slow_reader_is_not_a_stuck_one() -> None:
    owed = Backlog()
    owed.refused(question(1), 10.0)
    assert not owed.stuck(10.0 + backlog.STUCK_LIMIT_S - 0.1)
    with owed.replaying(0):
        owed.took(question(1))
        owed.refused(question(2), 20.0)
    assert not owed.stuck(20.0 + backlog.STUCK_LIMIT_S - 0.1)
    assert owed.stuck(20.0 + backlog.STUCK_LIMIT_S)
    owed.excuse()
    assert not owed.stuck(90.0)
