"""One damaged interview costs that one alone, whatever is damaged of it, on both stores."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from media_server.interview.status import Status
from media_server.live import sweeper
from media_server.live.settings import LiveSettings
from media_server.ports import NewEntry, Refused
from media_server.store import retention as retention_
from media_server.store.factory import Stores
from media_server.store.retention import Retention
from media_server.store.retention_plan import DAY_S
from media_server.store.settings import SQLITE_NAME
from tests.live.bench import Bench, make_spec, open_bench

pytestmark = pytest.mark.virtual_time

Damage = Callable[["Place"], None]


class Place:
    """What is stored of one interview, to be damaged behind the server's back."""

    def __init__(self, interview_id: str, data_dir: Path, store_url: str) -> None:
        self.id = interview_id
        self._path = data_dir / SQLITE_NAME
        self._redis = redis.Redis.from_url(store_url) if store_url else None

    def sql(self, statement: str, *values: Any) -> None:
        with sqlite3.connect(self._path) as db:
            db.execute(statement, (*values, self.id))
        db.close()

    def key(self, name: str) -> str:
        return f"ms:{{{self.id}}}:{name}"

    def both(self, statement: str, in_redis: Callable[[Any], Any]) -> None:
        if self._redis is None:
            self.sql(statement)
        else:
            in_redis(self._redis)
            self._redis.close()


def no_json(place: Place) -> None:
    place.both(
        "UPDATE entry SET data = '{\"by' WHERE seq = 2 AND interview_id = ?",
        lambda r: r.lset(place.key("log"), 1, "[1.5,"),
    )


def no_utf8(place: Place) -> None:
    place.both(
        "UPDATE entry SET data = CAST(x'7b22ff227d' AS TEXT) WHERE seq = 2 AND interview_id = ?",
        lambda r: r.execute_command("LSET", place.key("log"), 1, b'[1.0,"joined",{"a":"\xff"}]'),
    )


def no_object(place: Place) -> None:
    place.both(
        "UPDATE entry SET data = '[]' WHERE seq = 2 AND interview_id = ?",
        lambda r: r.lset(place.key("log"), 1, '[1.0,"joined",7]'),
    )


def a_gap(place: Place) -> None:
    place.both(
        "DELETE FROM entry WHERE seq = 2 AND interview_id = ?",
        lambda r: r.execute_command("LREM", place.key("log"), 1, r.lindex(place.key("log"), 1)),
    )


def the_end_is_missing(place: Place) -> None:
    place.both(
        "DELETE FROM entry WHERE seq >= 3 AND interview_id = ?",
        lambda r: r.ltrim(place.key("log"), 0, 1),
    )


def the_beginning_is_another(place: Place) -> None:
    place.both(
        "UPDATE entry SET type = 'creation' WHERE seq = 1 AND interview_id = ?",
        lambda r: r.lset(place.key("log"), 0, '[1.0,"creation",{}]'),
    )


def nothing_logged(place: Place) -> None:
    place.both(
        "DELETE FROM entry WHERE interview_id = ?",
        lambda r: r.delete(place.key("log")),
    )


def no_spec(place: Place) -> None:
    place.both(
        "UPDATE interview SET spec = '' WHERE id = ?",
        lambda r: r.hdel(place.key("row"), "spec"),
    )


def another_spec(place: Place) -> None:
    place.both(
        "UPDATE interview SET spec = '{\"questions\": 7}' WHERE id = ?",
        lambda r: r.hset(place.key("row"), "spec", '{"questions": 7}'),
    )


def no_version(place: Place) -> None:
    place.both(
        "UPDATE interview SET version = 'many' WHERE id = ?",
        lambda r: r.hset(place.key("row"), "version", "many"),
    )


def no_row(place: Place) -> None:
    """Where the row can go without its place in the list."""
    place.both(
        "UPDATE interview SET created_s = 'then', spec = x'00' WHERE id = ?",
        lambda r: r.delete(place.key("row")),
    )


def no_time(place: Place) -> None:
    place.both(
        "UPDATE interview SET created_s = 'then' WHERE id = ?",
        lambda r: r.hset(place.key("row"), "created_s", "then"),
    )


def no_hash(place: Place) -> None:
    def of_another_type(r: Any) -> None:
        r.set(place.key("row"), "a text")

    place.both("UPDATE interview SET spec = '[[[' WHERE id = ?", of_another_type)


DAMAGES: tuple[Damage, ...] = (
    no_json, no_utf8, no_object, a_gap, the_end_is_missing, the_beginning_is_another,
    nothing_logged, no_spec, another_spec, no_version, no_row, no_time, no_hash,
)  # fmt: skip


async def answers(bench: Bench, limit: int = 2) -> dict[str, str]:
    """Status of every interview as it is listed, one page after another."""
    found: dict[str, str] = {}
    after: str | None = None
    while True:
        page, after = await bench.service.page(after, limit)
        found |= {str(summary["id"]): str(summary["status"]) for summary in page}
        if not after:
            return found


async def settle(bench: Bench) -> None:
    """Every interview is its log again, as after a restart."""
    for session in bench.service.sessions():
        async with bench.service._registry.lock(session.interview_id):
            await bench.service._registry.rest(session)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_a_damaged_interview_says_so_and_harms_no_other(
    damage: Damage, tmp_path: Path, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        ids = [await bench.interview(make_spec(metadata={"n": str(n)})) for n in range(5)]
        await settle(bench)
        hurt = ids[2]
        damage(Place(hurt, tmp_path, store_url))

        await bench.service._sweeper.sweep()  # as at every start: nothing is folded for a list
        listed = await answers(bench)
        assert listed == {i: "damaged" if i == hurt else "ready" for i in ids}
        assert await answers(bench, limit=1) == listed, "pages go on behind it"
        shown = await bench.service.get(hurt)
        assert (shown["id"], shown["status"], shown["live"]) == (hurt, "damaged", False)
        assert shown["damage"]
        service = bench.service
        for ask in (
            service.result(hurt),
            service.joined(hurt),
            service.consent(hurt, version="2026-11", accepted=True),
            service.open_call(hurt, "v=0", call_id="call"),
            service.cancel(hurt),
        ):
            with pytest.raises(Refused) as refused:
                await ask
            assert (refused.value.status, refused.value.code) == (409, "interview_damaged")
            assert refused.value.retry_after_s is None

        caplog.clear()
        for _ in range(3):
            await service._sweeper.sweep()
            await service._sweeper.sweep_audio()
        assert not [r for r in caplog.records if r.exc_info], "no stack trace each time"
        assert sum("damaged" in r.getMessage() for r in caplog.records) <= 1, "told once"

        await service.erase(hurt)
        behind, _ = await service.page(hurt, 9)
        assert {s["id"] for s in behind} >= set(ids[:2]), "its cursor stays good"
        assert await answers(bench) == {i: "ready" for i in ids if i != hurt}
        with pytest.raises(Refused, match="may have been erased"):
            await service.get(hurt)


async def test_sweeps_go_on_past_a_damaged_interview(tmp_path: Path, store_url: str) -> None:
    live = LiveSettings(link_ttl_s=60)
    async with open_bench(tmp_path, store_url=store_url, live=live) as bench:
        ids = [await bench.interview() for _ in range(3)]
        await settle(bench)
        no_json(Place(ids[1], tmp_path, store_url))
        registry, clock = bench.service._registry, bench.services.clock
        now_s = clock.now_s()
        clock.now_s = lambda: now_s + 3600.0  # type: ignore[method-assign]  # links run out
        await bench.service._sweeper.sweep()
        async with asyncio.timeout(20):
            while list((await answers(bench)).values()).count("expired") < 2:
                await asyncio.sleep(0.02)
        assert (await answers(bench))[ids[1]] == "damaged"
        assert len(registry.damaged) == 1
        before = registry.damaged.skipped
        await bench.service._sweeper.sweep()
        assert registry.damaged.skipped == before + 1


async def test_retention_passes_it_over_and_erases_it_in_the_end(
    tmp_path: Path, store_url: str
) -> None:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        hurt, sound = [await bench.interview() for _ in range(2)]
        for interview_id in (hurt, sound):
            await bench.service.cancel(interview_id)
        await settle(bench)
        for_all: Any = bench.service._stores
        stores: Stores = for_all
        row = await stores.log.row(hurt)
        assert row is not None
        place = Place(hurt, tmp_path, store_url)
        last = row.version
        place.both(
            "UPDATE entry SET data = '{' WHERE seq > 1 AND interview_id = ?",
            lambda r: r.lset(place.key("log"), last - 1, "["),
        )
        now_s = bench.services.clock.now_s()

        retention = Retention(stores, At(now_s + 200 * DAY_S))
        await retention.run_once()
        assert retention.counters.erased["transcript"] == 1
        assert retention.counters.failed == 0
        assert retention.counters.damaged
        retention = Retention(stores, At(now_s + 400 * DAY_S))
        await retention.run_once()
        assert retention.counters.erased["log"] == 2
        assert await answers(bench) == {}


async def test_sweeps_and_retention_go_on_behind_a_page_that_ends_with_damage(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "SWEEP_PAGE", 1)
    monkeypatch.setattr(retention_, "PAGE", 1)
    async with open_bench(tmp_path, store_url=store_url) as bench:
        ids = [await bench.interview() for _ in range(3)]
        await settle(bench)
        no_time(Place(ids[1], tmp_path, store_url))
        await bench.service._sweeper.sweep()
        for interview_id in (ids[0], ids[2]):
            await bench.service.cancel(interview_id)
        await settle(bench)
        for_all: Any = bench.service._stores
        retention = Retention(for_all, At(bench.services.clock.now_s() + 400 * DAY_S))
        await retention.run_once()
        assert set(await answers(bench)) <= {ids[1]}


class At:
    def __init__(self, at_s: float) -> None:
        self.at_s = at_s

    def now_s(self) -> float:
        return self.at_s


async def test_what_a_newer_release_wrote_is_no_damage(tmp_path: Path, store_url: str) -> None:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        interview_id = await bench.interview()
        await settle(bench)
        row = await bench.services.log.row(interview_id)
        assert row is not None
        await bench.services.log.append(
            interview_id,
            expected_version=row.version,
            lease_epoch=0,
            operation_id="newer",
            entries=[NewEntry("of_the_future", {"much": 1})],
            status=Status.READY.value,
            now_s=bench.services.clock.now_s(),
        )
        assert (await bench.service.get(interview_id))["status"] == "ready"
        assert (await bench.service.joined(interview_id))["status"] == "ready"


async def test_a_snapshot_that_is_ahead_or_damaged_is_left_alone(
    tmp_path: Path, store_url: str
) -> None:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        interview_id = await bench.interview()
        await settle(bench)
        log = bench.services.log
        found = await log.snapshot(interview_id)
        body = found[1] if found else json.dumps({"format": 0})
        await log.save_snapshot(interview_id, 99, body)
        assert (await bench.service.get(interview_id))["status"] == "ready"
        place = Place(interview_id, tmp_path, store_url)
        place.both(
            "UPDATE snapshot SET state = x'ff', version = 1 WHERE interview_id = ?",
            lambda r: r.hset(place.key("snapshot"), "state", b"\xff"),
        )
        assert (await bench.service.get(interview_id))["status"] == "ready"
