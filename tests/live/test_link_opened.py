"""Opening links costs a line in the log each, and nothing that stays."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from media_server.live import registry
from media_server.live.locks import KeyedLocks
from media_server.ports import Refused
from tests.live.bench import Bench, PlainLlm, make_spec, open_bench

pytestmark = pytest.mark.virtual_time


async def created(bench: Bench) -> str:
    made = await bench.service.create(make_spec(), idempotency_key=None, request_digest="")
    return str(made["id"])


async def test_opening_a_link_keeps_no_session_and_no_limit_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MAX_SESSIONS", 3)
    llm = PlainLlm()
    async with open_bench(tmp_path, llm=llm) as bench:
        ids = [await created(bench) for _ in range(60)]
        pages = await asyncio.gather(*(bench.service.joined(interview_id) for interview_id in ids))
        assert {page["status"] for page in pages} == {"joined"}
        again = await asyncio.gather(*(bench.service.joined(interview_id) for interview_id in ids))
        assert again == pages
        assert bench.service.sessions() == ()
        assert len(bench.service._registry._locks) == 0
        assert llm.asked == 0, "nobody has agreed to anything yet"
        assert bench.service.readiness().ready
        for interview_id in ids[:3]:
            log = await bench.services.log.read(interview_id)
            assert [entry.type for entry in log] == ["created", "joined"]
        # Their leases were given back: another server may have them at once.
        assert await bench.services.log.acquire(ids[0], "another server", ttl_s=10) is not None


async def test_consent_past_the_limit_puts_the_idlest_session_to_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MAX_SESSIONS", 3)
    async with open_bench(tmp_path) as bench:
        talking = await bench.interview()
        guest = await bench.call(talking)
        guest.send("ready")
        await guest.listening(1)
        waiting = [await bench.interview() for _ in range(6)]
        live = {session.interview_id for session in bench.service.sessions()}
        assert len(live) <= 3
        assert {talking, waiting[-1]} <= live
        assert guest.of("error") == [], "who talks is left alone"
        late = await bench.call(waiting[0])
        late.send("ready")
        await late.sees("caption")
        for one in (guest, late):
            await one.candidate.leave()


async def test_a_session_that_is_in_use_is_never_put_to_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MAX_SESSIONS", 1)
    async with open_bench(tmp_path) as bench:
        guest = await bench.call(await bench.interview())
        guest.send("ready")
        await guest.listening(1)
        assert (await bench.service.joined(await created(bench)))["status"] == "joined"
        with pytest.raises(Refused, match="Too many interviews"):
            await bench.interview()
        await guest.candidate.leave()


async def test_locks_are_kept_only_while_somebody_is_at_them() -> None:
    locks, order = KeyedLocks(), []

    async def at_it(name: str) -> None:
        async with locks.hold("key"):
            order.append(name)
            await asyncio.sleep(0)
            order.append(name)

    tasks = [asyncio.create_task(at_it(name)) for name in "abc"]
    tasks.append(asyncio.create_task(at_it("cancelled")))
    await asyncio.sleep(0)
    assert locks.busy("key")
    tasks.pop().cancel()
    await asyncio.gather(*tasks)
    assert "".join(order) == "aabbcc"
    assert len(locks) == 0
