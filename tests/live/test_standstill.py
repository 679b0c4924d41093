"""A session that fails again and again, stands still or cannot be saved ends in a clear state."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import machine
from media_server.interview.state import State
from media_server.interview.status import Status
from media_server.live import journal, sweeper
from media_server.live.command_rate_limit import BURST, PER_S, CommandRateLimit
from media_server.live.journal import Placed
from media_server.live.registry import Registry
from media_server.live.session import LiveSession
from media_server.live.settings import LiveSettings
from media_server.live.watchdog import TRAIL, Watchdog
from media_server.logging import TextFormatter
from media_server.ports import StoreUnavailable
from media_server.store.sqlite import SqliteEventLog
from tests.live.bench import Bench, Guest, open_bench
from tests.support.waiting import PATIENCE_S

OFTEN = LiveSettings(sweep_s=1.0)


async def listening(bench: Bench) -> tuple[Guest, LiveSession]:
    guest = await bench.call(await bench.interview())
    guest.send("ready")
    await guest.listening(1)
    return guest, bench.service.sessions()[0]


def overdue(session: LiveSession) -> None:
    """Its deadline passed a minute ago."""
    assert session.state.listening is not None
    quiet = replace(session.state.listening, quiet_since_s=session.state.entered_s - 60.0)
    session.state = replace(session.state, listening=quiet)
    session._watchdog._beat_s -= 60.0


@pytest.mark.virtual_time
@pytest.mark.parametrize("what", ["raises", "does nothing"])
async def test_a_tick_that_always_fails_does_not_spin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    async with open_bench(tmp_path) as bench:
        guest, session = await listening(bench)
        decide, ticks = machine.decide, []

        def broken(state: State, input_: inp.Input, now_s: float) -> list[ev.Event]:
            if not isinstance(input_, inp.Tick):
                return decide(state, input_, now_s)
            ticks.append(now_s)
            if what == "raises":
                raise RuntimeError("injected")
            return []

        monkeypatch.setattr(machine, "decide", broken)
        overdue(session)
        session.post(inp.Tick())
        await asyncio.sleep(1.5)
        assert 2 <= len(ticks) <= 8
        guest.send("text_answer", text="Whatever a tick does, this is heard.")
        await guest.listening(2)
        await guest.candidate.leave()


@pytest.mark.virtual_time
async def test_a_deadline_that_cannot_be_told_stops_no_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bench(tmp_path) as bench:
        guest, session = await listening(bench)

        def broken(_state: State) -> float | None:
            raise RuntimeError("injected")

        monkeypatch.setattr(machine, "deadline", broken)
        guest.send("text_answer", text="This is heard all the same.")
        await guest.listening(2)
        await asyncio.sleep(0.5)
        assert session.counters["handler_errors"] < 100
        await guest.candidate.leave()


@pytest.mark.virtual_time
async def test_a_runner_that_hangs_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_bench(tmp_path, live=OFTEN) as bench:
        guest, session = await listening(bench)
        words = "Nobody reads this in a log file."
        guest.send("text_answer", text=words)
        await guest.listening(2)

        async def hang() -> None:
            await asyncio.sleep(3600)

        monkeypatch.setattr(sweeper, "FROZEN_S", 1e9)  # were it the machine, it is not now
        session.inbox.do(hang)
        overdue(session)  # by far more than a busy machine makes a sound one wait
        await bench.until(session.done.is_set)
        await bench.until(
            lambda: bench.service.sessions() and bench.service.sessions()[0] is not session
        )
        told = next(
            line
            for line in map(TextFormatter().format, caplog.records)  # as the log file has it
            if "opened again (1)" in line
        )
        assert "round_advanced" in told
        assert "(question heard)" in told
        assert words not in caplog.text
        again = await bench.call(session.interview_id)
        await again.listening(2)
        await again.candidate.leave()
        await guest.candidate.vanish()


async def test_a_process_that_stood_still_hangs_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deadlines passed meanwhile, and the sweep may be the first to see it: a sound session has
    its time to act on them."""
    async with open_bench(tmp_path, live=LiveSettings(sweep_s=3600)) as bench:
        guest, session = await listening(bench)
        swept = bench.service._sweeper
        monkeypatch.setattr(sweeper, "FROZEN_S", 0.2)
        resting = asyncio.create_task(swept._rest(0.0))  # the least: a second
        await asyncio.sleep(0)
        time.sleep(1.5)  # noqa: ASYNC251  # the process stands still
        await resting
        overdue(session)
        await swept.sweep_live()
        assert bench.service.sessions() == (session,)
        assert not session.done.is_set()
        swept._awake_s -= sweeper.STILL_S  # time enough, and nothing has happened
        await swept.sweep_live()
        assert session.done.is_set()
        assert bench.service.sessions() != (session,)
        await guest.candidate.vanish()


@pytest.mark.virtual_time
async def test_what_stands_still_again_and_again_ends(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        guest, session = await listening(bench)
        kept = bench.service._registry
        for _ in range(sweeper.MAX_RESCUES + 1):
            assert (await kept.state(session.interview_id)).status is not Status.FAILED
            live = kept.get(session.interview_id)
            assert live is not None
            await bench.service._sweeper._rescue(live, 11.0)
        state = await kept.state(session.interview_id)
        assert state.status is Status.FAILED
        assert state.ended_reason == "it stood still again and again"
        assert state.answers["q1"].status == "no_answer"
        await guest.candidate.vanish()


@pytest.mark.virtual_time
async def test_a_poison_interview_costs_the_sweep_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bench(tmp_path) as bench:
        ids = [await bench.interview() for _ in range(3)]
        kept = bench.service._registry
        for interview_id in ids:
            await kept.forget(interview_id)
        fold, late_s = Registry.fold, bench.services.clock.now_s() + 30 * 86_400

        async def poisoned(self: Registry, interview_id: str) -> tuple[State, int]:
            if interview_id == ids[1]:
                raise RuntimeError("injected")
            return await fold(self, interview_id)

        class Late:
            def now_s(self) -> float:
                return late_s

        monkeypatch.setattr(Registry, "fold", poisoned)
        late = replace(kept._services, clock=Late())
        for part in (kept, bench.service._sweeper):
            monkeypatch.setattr(part, "_services", late)
        await bench.service._sweeper.sweep()
        monkeypatch.undo()
        for interview_id in (ids[0], ids[2]):
            async with asyncio.timeout(20):
                while (await kept.state(interview_id)).status is not Status.EXPIRED:
                    await asyncio.sleep(0.02)


@pytest.mark.virtual_time
async def test_clicks_do_not_fill_the_log(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        guest, session = await listening(bench)
        began_s = time.monotonic()
        for number in range(80):
            guest.send("pace", pace=("slower", "faster")[number % 2])
            await asyncio.sleep(0.06)  # within what the channel allows
        guest.send("text_answer", text="And on it goes.")
        await guest.listening(2)
        log = await bench.services.log.read(session.interview_id)
        refilled = (time.monotonic() - began_s) * PER_S
        assert 2 <= sum(entry.type == "pace_set" for entry in log) <= BURST + refilled + 1
        assert session.counters["clicks_ignored"] >= 10
        await guest.candidate.leave()


def test_a_person_is_never_too_quick() -> None:
    rate = CommandRateLimit(0.0)
    now_s = 0.0
    for _ in range(300):
        now_s += 2.0
        assert rate.allows(inp.RepeatPressed(), now_s)
    assert [rate.allows(inp.PausePressed(), now_s) for _ in range(BURST + 1)].count(False) >= 1
    assert rate.allows(inp.LeavePressed(), now_s)
    for _ in range(BURST):
        assert rate.allows(inp.AnswerTyped("typed"), now_s)  # clicks do not use these up
    assert not rate.allows(inp.AnswerTyped("typed"), now_s)
    assert rate.allows(inp.AnswerTyped("typed"), now_s + 2.0)


def test_the_trail_holds_the_newest_decisions() -> None:
    watchdog = Watchdog(0.0)
    events = [ev.TimeUp(reason=f"number {n}" + "x" * 200) for n in range(30)]
    watchdog.beat([Placed(n, event) for n, event in enumerate(events)], 1.0)
    watchdog.beat([Placed(None, ev.SpeechBegan())], 2.0)
    trail = watchdog.trail().split("; ")
    assert len(trail) == TRAIL
    assert trail[-1] == "- speech_began"
    assert trail[-2].startswith("29 time_up (number 29xx")
    assert max(len(step) for step in trail) < 100
    assert watchdog.still_for_s(1.5, 12.0) == 10.0
    assert watchdog.still_for_s(13.0, 12.0) == 0.0


@pytest.mark.virtual_time
async def test_who_cannot_be_saved_is_told_and_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MAX_UNSAVED", 12)
    async with open_bench(tmp_path) as bench:
        guest, session = await listening(bench)
        away, append = [True], SqliteEventLog.append

        async def refused(log: SqliteEventLog, *arguments: Any, **named: Any) -> Any:
            if away[0]:
                raise StoreUnavailable("the disk is full")
            return await append(log, *arguments, **named)

        monkeypatch.setattr(SqliteEventLog, "append", refused)
        guest.send("text_answer", text="One.")
        await guest.listening(2)
        guest.send("text_answer", text="Two.")
        async with asyncio.timeout(PATIENCE_S):
            for pace in itertools.cycle(("slower", "faster")):  # until it is too much
                if guest.of("error"):
                    break
                guest.send("pace", pace=pace)
                await asyncio.sleep(0.1)
        error = await guest.sees("error", code="not_saved")
        assert error["recoverable"] is False
        await guest.sees("completed", status="failed")
        end_s = time.monotonic() + 3.0
        while time.monotonic() < end_s and not session.done.is_set():
            await asyncio.sleep(0.05)
        assert not session.done.is_set()  # it still waits for the store
        away[0] = False
        await bench.until(session.done.is_set)
        row = await bench.services.log.row(session.interview_id)
        assert row is not None
        assert row.status == "failed"
        types = [entry.type for entry in await bench.services.log.read(session.interview_id)]
        assert types.count("ended") == 1
        await guest.candidate.vanish()
