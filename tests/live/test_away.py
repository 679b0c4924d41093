"""Who was away before a restart: the place is kept for them, and for nobody too many.

The logs are written as a server that is gone has left them; the server that starts is a real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

import pytest

from media_server.interview import events as ev
from media_server.interview.fold import evolve
from media_server.interview.spec import Limits
from media_server.interview.state import State, initial
from media_server.interview.status import Status
from media_server.live import away, registry, summary
from media_server.live.away import AwayAtRest
from media_server.live.services import Services
from media_server.live.settings import LiveSettings
from media_server.ports import NewEntry, Refused, StoreUnavailable
from media_server.store.factory import Stores, create_stores
from media_server.store.settings import StoreSettings
from media_server.store.sqlite import SqliteEventLog
from media_server.wall_clock import AnchoredClock
from tests.live.bench import Bench, Guest, make_spec, open_bench
from tests.live.test_damage import Place, no_spec
from tests.live.test_words_after_a_crash import begun, gone

pytestmark = pytest.mark.virtual_time

OURS = "bench"
THREE = LiveSettings(max_live=3, sweep_s=1.0)
WINDOW_S = Limits().resume_window_s
_CALLED = [ev.Joined(), ev.Consented(version="2026-11")]


def with_call(server: str = OURS, to_start: bool = True) -> list[ev.Event]:
    events = begun()[: None if to_start else 3]
    return [e.model_copy(update={"server": server}) if e.type == "connected" else e for e in events]


def paused() -> list[ev.Event]:
    turn = ev.TurnEnded(turn_epoch=1, round=0, reason="paused")
    return [*with_call(), turn, ev.Paused(reason="asked for")]


LEFT: dict[str, list[ev.Event]] = {
    "disconnected": [*with_call(), gone(1, 4.0)],
    "paused and disconnected": [*paused(), gone(1, 4.0)],
    "killed in mid-answer": with_call(),
    "killed in a pause": paused(),
}


@contextlib.asynccontextmanager
async def stores_of(tmp_path: Path, store_url: str = "") -> AsyncIterator[Stores]:
    stores = create_stores(StoreSettings(data_dir=tmp_path, store_url=store_url, min_free_mb=0))
    await stores.open()
    yield stores
    await stores.close()


async def leave(
    stores: Stores, interview_id: str, events: Sequence[ev.Event], *, ago_s: float = 5.0,
    now_s: float | None = None, old_summary: bool = False, **spec: Any,
) -> State:  # fmt: skip
    """What a server that is gone left in the store `ago_s` before `now_s`."""
    at_s = (time.time() if now_s is None else now_s) - ago_s
    specified = make_spec(**spec)
    state = initial(specified)
    every = (ev.Created(expires_s=4e9), *events)
    for event in every:
        state = evolve(state, event, at_s)
    kept = summary.of(state)
    if old_summary:
        del kept["begun"], kept["server"]
    await stores.log.create(
        interview_id,
        spec=specified.model_dump(mode="json"),
        entries=[NewEntry(e.type, e.model_dump(mode="json", exclude={"type"})) for e in every],
        status=state.status.value,
        now_s=at_s,
        summary=kept,
    )
    return state


STRANGERS: WeakKeyDictionary[Bench, str] = WeakKeyDictionary()


async def refused(bench: Bench) -> bool:
    """Whether a stranger gets no place: each time the same one, who waits behind nobody."""
    stranger = STRANGERS.get(bench) or await bench.interview()
    STRANGERS[bench] = stranger
    [found] = await asyncio.gather(bench.call(stranger), return_exceptions=True)
    if isinstance(found, Refused):
        assert (found.status, found.code) == (503, "full")
        assert found.retry_after_s
        return True
    assert isinstance(found, Guest)
    await found.candidate.leave()
    await bench.until(lambda: bench.service.live_calls() == 0)
    return False


def kept(bench: Bench) -> int:
    return int(bench.service.media().gauges["places_kept"])


@pytest.mark.parametrize("how", LEFT)
async def test_their_places_are_kept_and_they_come_back_at_once(
    how: str, tmp_path: Path, store_url: str
) -> None:
    async with stores_of(tmp_path, store_url) as stores:
        for number in range(3):
            await leave(stores, f"iv_{number}", LEFT[how])
    async with open_bench(tmp_path, live=THREE, store_url=store_url) as bench:
        assert kept(bench) == 3
        assert "3 kept" in " ".join(bench.service.readiness().reasons)
        assert await refused(bench)
        assert bench.service.media().counters["calls_refused_full"] == 1
        guests = []
        for number in range(3):
            guests.append(await bench.call(f"iv_{number}"))
            assert await refused(bench)
            gauges = bench.service.media().gauges
            assert gauges["places_connected"] + gauges["places_kept"] == 3
        assert bench.service.live_calls() == 3
        for guest in guests:
            guest.send("leave")
            await guest.sees("completed")
            await guest.candidate.leave()
        await bench.until(lambda: bench.service.readiness().ready)
        assert not await refused(bench)


async def test_nobody_else_is_given_a_place(tmp_path: Path, store_url: str) -> None:
    """Other servers' candidates, who has not begun, who is too late, what cannot be read."""
    left = LEFT["disconnected"]
    async with stores_of(tmp_path, store_url) as stores:
        await leave(stores, "iv_theirs", [*with_call("other"), gone(1, 4.0)])
        await leave(stores, "iv_moved", [*left, *with_call("other")[2:3], gone(2, 4.0)])
        await leave(stores, "iv_not_begun", [*with_call(to_start=False), gone(1, 4.0)])
        await leave(stores, "iv_parked", [*left, ev.Parked(reason="not back")])
        await leave(stores, "iv_over", [*left, ev.Ended(status=Status.CANCELLED, reason="")])
        await leave(stores, "iv_late", left, ago_s=WINDOW_S + 1)
        await leave(stores, "iv_former", left, old_summary=True)
        await leave(stores, "iv_damaged", left)
        await leave(stores, "iv_kept", left)
    no_spec(Place("iv_damaged", tmp_path, store_url))
    async with open_bench(tmp_path, live=THREE, store_url=store_url) as bench:
        assert bench.service._registry.away.ids() == {"iv_kept"}
        assert kept(bench) == 1


async def test_a_place_goes_with_its_interview(tmp_path: Path, store_url: str) -> None:
    """Erased, ended, or taken by another server."""
    async with stores_of(tmp_path, store_url) as stores:
        for name in ("erased", "cancelled", "taken"):
            await leave(stores, f"iv_{name}", LEFT["disconnected"])
    live = LiveSettings(max_live=3, sweep_s=1.0)
    async with (
        open_bench(tmp_path, live=live, store_url=store_url) as bench,
        open_bench(tmp_path / "other", live=live, store_url=store_url, server="other")
        if store_url else open_bench(tmp_path, live=live, server="other") as other,
    ):  # fmt: skip
        assert (kept(bench), kept(other)) == (3, 0)
        await bench.service.erase("iv_erased")
        assert kept(bench) == 2
        await bench.service.cancel("iv_cancelled")
        assert kept(bench) == 1
        guest = await other.call("iv_taken")
        await bench.until(lambda: kept(bench) == 0)  # with the next sweep
        assert other.service.media().gauges["places_connected"] == 1
        await guest.candidate.leave()


class Silent(SqliteEventLog):
    """Answers no list for a while."""

    silent = True
    hangs = False

    async def summaries(self, **how: Any) -> Any:
        if self.silent:
            if self.hangs:
                await asyncio.sleep(60)
            raise StoreUnavailable("the store is silent")
        return await super().summaries(**how)


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_store_that_is_silent_at_the_start_holds_nobody_up(
    hangs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is one too many let in when it is found out later who was away."""
    async with stores_of(tmp_path) as stores:
        await leave(stores, "iv_0", LEFT["disconnected"])
    monkeypatch.setattr("media_server.store.factory.SqliteEventLog", Silent)
    monkeypatch.setattr(Silent, "hangs", hangs)
    look_s = registry.LOOK_S
    monkeypatch.setattr(registry, "LOOK_S", 0.3)
    began_s = time.monotonic()
    async with open_bench(tmp_path, live=LiveSettings(max_live=1, sweep_s=1.0)) as bench:
        assert time.monotonic() - began_s < 30.0  # half of what it hangs
        assert kept(bench) == 0
        stranger = await bench.call(await bench.interview())  # nobody knows better
        monkeypatch.setattr(registry, "LOOK_S", look_s)
        monkeypatch.setattr(Silent, "silent", False)
        await bench.until(lambda: kept(bench) == 1)
        with pytest.raises(Refused, match="full: 2 of 1"):
            await bench.call("iv_0")
        assert bench.service.live_calls() == 1
        assert await bench.service.close_call(stranger.call_id)
        await stranger.candidate.leave()
        await bench.until(lambda: bench.service.live_calls() == 0)
        assert await refused(bench), "now it is kept"
        guest = await bench.call("iv_0")
        await guest.candidate.leave()


# --- by the clock -------------------------------------------------------------------------------


class Machine:
    """A machine's two clocks, the wall clock wrong or corrected as you like."""

    def __init__(self) -> None:
        self.wall_s, self.monotonic_s = time.time(), 1_000.0
        self.clock = AnchoredClock(wall=lambda: self.wall_s, monotonic=lambda: self.monotonic_s)

    def passes(self, seconds: float) -> None:
        self.wall_s += seconds
        self.monotonic_s += seconds
        self.clock.look()

    def is_set(self, by_s: float) -> None:
        self.wall_s += by_s
        for _ in range(4):
            self.passes(5.0)  # believed after 10 s


class Looker:
    """`AwayAtRest` on a real store, at the times of a `Machine`."""

    def __init__(self, stores: Stores, machine: Machine, settings: LiveSettings) -> None:
        services = Services(
            stores.log, stores.spool, stores.recordings, stores.documents, stores.deliveries,
            stores.blobs,
            *(cast("Any", None),) * 3, machine.clock, settings, server=OURS,
        )  # fmt: skip
        self.registry = registry.Registry(services)
        self.folds: list[str] = []
        self.open: set[str] = set()

        async def fold(interview_id: str) -> tuple[State, int]:
            self.folds.append(interview_id)
            return await self.registry.fold(interview_id)

        self.away = AwayAtRest(services, fold, self.open.__contains__, self.registry.due_at_rest_s)


async def test_for_how_long(tmp_path: Path) -> None:
    """Through the resume window as it is in the log, at most `keep_place_s`."""
    machine = Machine()
    async with stores_of(tmp_path) as stores:
        await leave(stores, "iv_0", LEFT["disconnected"], ago_s=100.0, now_s=machine.wall_s)
        await leave(stores, "iv_1", LEFT["killed in mid-answer"], ago_s=100.0, now_s=machine.wall_s)
        window = Looker(stores, machine, LiveSettings())
        short = Looker(stores, machine, LiveSettings(keep_place_s=150.0))
        for looker in (window, short):
            await looker.away.look()
            assert looker.away.ids() == {"iv_0", "iv_1"}
        machine.passes(49.0)
        assert short.away.ids() == {"iv_0", "iv_1"}
        machine.passes(2.0)
        assert short.away.ids() == {"iv_1"}, "away for 151 s; the other since the start"
        await short.away.look()
        assert short.away.ids() == {"iv_1"}, "a later look makes it no longer"
        machine.passes(148.0)
        assert window.away.ids() == {"iv_0", "iv_1"}
        machine.passes(2.0)
        assert window.away.ids() == {"iv_1"}
        assert short.away.ids() == set()
        machine.passes(WINDOW_S)
        assert window.away.ids() == set()


@pytest.mark.parametrize("by_s", [-86_400.0, -60.0, 60.0, 86_400.0])
async def test_a_clock_that_is_corrected_later(tmp_path: Path, by_s: float) -> None:
    machine = Machine()
    async with stores_of(tmp_path) as stores:
        await leave(stores, "iv_0", LEFT["disconnected"], ago_s=100.0, now_s=machine.wall_s)
        looker = Looker(stores, machine, LiveSettings())
        await looker.away.look()
        machine.is_set(by_s)
        assert looker.away.ids() == {"iv_0"}
        machine.passes(WINDOW_S - 100.0 - 20.0 - 1.0)
        assert looker.away.ids() == {"iv_0"}
        machine.passes(2.0)
        assert looker.away.ids() == set()


async def test_a_log_of_a_clock_that_was_ahead(tmp_path: Path) -> None:
    """Written in the future: it is as if it were written now, and for no longer."""
    machine = Machine()
    async with stores_of(tmp_path) as stores:
        await leave(stores, "iv_0", LEFT["disconnected"], ago_s=-86_400.0, now_s=machine.wall_s)
        looker = Looker(stores, machine, LiveSettings())
        await looker.away.look()
        machine.passes(WINDOW_S - 3.0)
        assert looker.away.ids() == {"iv_0"}
        machine.passes(5.0)
        assert looker.away.ids() == set()


@pytest.mark.parametrize("when", ["its row is read", "its log is read"])
async def test_what_ends_while_they_are_looked_for(tmp_path: Path, when: str) -> None:
    """The place is free at once, and not kept again by what the look read before."""
    async with stores_of(tmp_path) as stores:
        for number in range(2):
            await leave(stores, f"iv_{number}", LEFT["disconnected"])
        looker = Looker(stores, Machine(), LiveSettings())
        log = stores.log
        reads = {"its row is read": "summaries", "its log is read": "row"}[when]
        read = getattr(log, reads)

        async def drop_after(*what: Any, **how: Any) -> Any:
            found = await read(*what, **how)
            looker.away.drop("iv_0")
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log, reads, drop_after)
            await looker.away.look()
        assert looker.away.ids() == {"iv_1"}
        await looker.away.look()
        assert looker.away.ids() == {"iv_0", "iv_1"}, "its log says so: it had come back and gone"


async def test_the_lease_of_a_server_that_lives(tmp_path: Path) -> None:
    machine = Machine()
    async with stores_of(tmp_path) as stores:
        await leave(stores, "iv_0", LEFT["killed in mid-answer"], now_s=machine.wall_s)
        looker = Looker(stores, machine, LiveSettings())
        await looker.away.look()
        looker.away.elsewhere("iv_0")
        assert looker.away.ids() == {"iv_0"}, "it may be that of the process that was killed"
        machine.passes(11.0)
        looker.away.elsewhere("iv_0")
        await looker.away.look()
        assert looker.away.ids() == set()


async def test_of_a_large_store_only_its_own_are_folded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(away, "PAGE", 7)
    machine = Machine()
    async with stores_of(tmp_path) as stores:
        for number in range(25):
            await leave(stores, f"iv_new_{number}", _CALLED)
            await leave(stores, f"iv_theirs_{number}", [*with_call("other"), gone(1, 4.0)])
        for number in range(5):
            await leave(stores, f"iv_ours_{number}", LEFT["disconnected"])
        looker = Looker(stores, machine, LiveSettings())
        await looker.away.look()
        assert sorted(looker.folds) == [f"iv_ours_{number}" for number in range(5)]
        await looker.away.look()
        assert len(looker.folds) == 5, "none twice"
        looker.open.add("iv_ours_0")
        assert len(looker.away.ids()) == 4, "a session counts for itself"
        for number in range(5):
            looker.away.drop(f"iv_ours_{number}")
        looker.open |= {f"iv_ours_{number}" for number in range(5)}
        assert not looker.away.due, "nobody is away: sweeps read no more lists"
