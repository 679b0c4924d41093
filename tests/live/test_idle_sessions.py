"""Which sessions may leave memory: none that something is owed to, or under way for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from media_server.interview import inputs as inp
from media_server.live.session import LiveSession
from media_server.ports import Refused, StoreUnavailable
from media_server.rtc.settings import RtcSettings
from media_server.store.sqlite import SqliteEventLog
from tests.live.bench import Bench, Guest, open_bench


async def idle(bench: Bench) -> LiveSession:
    """Of a candidate who has consented and has not called yet."""
    interview_id = await bench.interview()
    session = bench.service._registry.get(interview_id)
    assert session is not None
    await bench.until(lambda: session.idle)
    return session


async def make_room(bench: Bench) -> None:
    await bench.service._registry._make_room()


async def test_an_idle_session_makes_room(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        session = await idle(bench)
        await make_room(bench)
        assert session.done.is_set()
        assert bench.service.sessions() == ()


async def test_a_call_that_is_being_set_up_keeps_its_session(tmp_path: Path) -> None:
    """However long that takes; the offer came to this session, and no other would answer it."""
    quick = RtcSettings(bind_addresses=("127.0.0.1",), connect_timeout_s=0.5)
    async with open_bench(tmp_path, rtc=quick) as bench:
        session = await idle(bench)

        async def exchange(offer: str) -> str:
            await bench.service.open_call(session.interview_id, offer, call_id="one")
            session.inbox.last_used_s -= 3600
            assert not session.resting
            with pytest.raises(Refused, match="Too many"):
                await make_room(bench)
            raise ConnectionAbortedError

        with pytest.raises(ConnectionAbortedError):
            await Guest("one").candidate.connect_by(exchange)
        await bench.until(lambda: session.idle)
        await make_room(bench)


async def test_an_offer_that_is_refused_keeps_nothing(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        session = await idle(bench)
        with pytest.raises(Refused, match=r"SDP|offer"):
            await bench.service.open_call(session.interview_id, "no offer", call_id="one")
        assert session.idle


async def test_what_a_store_that_is_away_could_not_take_stays_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bench(tmp_path) as bench:
        session = await idle(bench)
        append, away = SqliteEventLog.append, [True]

        async def unreachable(log: SqliteEventLog, *arguments: Any, **named: Any) -> Any:
            if away[0]:
                raise StoreUnavailable("cut off")
            return await append(log, *arguments, **named)

        monkeypatch.setattr(SqliteEventLog, "append", unreachable)
        await session.ask(inp.PaceChosen("slower"))
        session.inbox.do(session._flush)
        await session.inbox.ask()
        assert session.resting
        with pytest.raises(Refused, match="Too many"):
            await make_room(bench)
        away[0] = False
        await bench.until(lambda: session.idle)
        await make_room(bench)
        log = await bench.services.log.read(session.interview_id)
        assert "pace_set" in [entry.type for entry in log]


async def test_what_is_being_handled_is_not_cut_off(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        session = await idle(bench)
        begun, goes_on = asyncio.Event(), asyncio.Event()

        async def work() -> None:
            begun.set()
            async with asyncio.timeout(10):
                await goes_on.wait()

        session.inbox.do(work)
        async with asyncio.timeout(10):
            await begun.wait()
        assert session.inbox.empty
        with pytest.raises(Refused, match="Too many"):
            await make_room(bench)
        goes_on.set()
        await bench.until(lambda: session.idle)
