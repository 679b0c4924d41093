"""What has to go, goes: by itself when its time has come, and wholly when it is asked for.

Over 400 lines on purpose: erasing is read in one place, from each side it can begin.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from media_server.ports import DEFAULT_TENANT, Document, NewEntry, SpooledPacket
from media_server.ports.link_documents import KIND as LINKS
from media_server.store import retention as retention_module
from media_server.store import sqlite_statements
from media_server.store.factory import Stores, create_stores
from media_server.store.holds import StoredHolds
from media_server.store.owner import process_owner
from media_server.store.retention import Retention, erase_interview
from media_server.store.retention_plan import DAY_S, Action, Age, due
from media_server.store.settings import StoreSettings
from media_server.tenants import NO_TENANTS, parse
from tests.store.spool_writer import PACKET
from tests.support.files import files_holding
from tests.support.redis_server import RedisServer
from tests.support.waiting import PATIENCE_S, until

CANARY = "quarterly walrus"
SAID = NewEntry(
    "segment_transcribed",
    {
        "segment_id": "s1",
        "start_s": 1.0,
        "text": f"I once sold a {CANARY}",
        "words": [{"w": CANARY, "s": 1.0, "e": 2.0}],
    },
)
TYPED = NewEntry("turn_ended", {"turn_epoch": 1, "reason": "typed", "typed": CANARY})
ENDED = NewEntry("ended", {"status": "completed", "reason": "done"})


class FixedClock:
    def __init__(self, now_s: float) -> None:
        self.time_s = now_s

    def now_s(self) -> float:
        return self.time_s


# --- the plan -----------------------------------------------------------------------------------

DAYS = st.one_of(st.none(), st.integers(0, 400))
AGES = st.builds(
    Age,
    interview_id=st.just("i1"),
    ended_s=st.one_of(st.none(), st.floats(0, 1000 * DAY_S)),
    last_s=st.floats(0, 1000 * DAY_S),
    expires_s=st.one_of(st.none(), st.floats(0, 2000 * DAY_S)),
    audio_days=DAYS,
    transcript_days=DAYS,
    log_days=DAYS,
    done=st.frozensets(st.sampled_from(["audio", "transcript"])),
    audio_since_s=st.one_of(st.none(), st.floats(0, 1000 * DAY_S)),
)
TIMES = st.floats(0, 2000 * DAY_S)


@given(AGES, TIMES)
def test_nothing_goes_before_its_time_and_nothing_twice(age: Age, now_s: float) -> None:
    limits = {
        "audio": age.audio_days,
        "transcript": age.transcript_days,
        "log": age.log_days,
    }
    actions = due(now_s, [age])
    for action in actions:
        days = limits[action.artifact]
        assert days is not None
        since_s = age.last_s if age.ended_s is None else age.ended_s
        if action.artifact == "audio" and age.audio_since_s is not None:
            since_s = age.audio_since_s
        assert now_s - since_s >= days * DAY_S
        assert action.artifact not in age.done
        if age.ended_s is None and action.artifact == "audio":
            assert age.audio_since_s is not None
        elif age.ended_s is None:
            assert action.artifact == "log"
            assert age.expires_s is None or age.expires_s <= now_s
    artifacts = [action.artifact for action in actions]
    assert len(set(artifacts)) == len(artifacts)
    if "log" in artifacts:
        assert artifacts == ["log"]


@given(AGES, TIMES, st.floats(0, 100 * DAY_S))
def test_what_is_due_stays_due(age: Age, now_s: float, later_s: float) -> None:
    now = {action.artifact for action in due(now_s, [age])}
    later = {action.artifact for action in due(now_s + later_s, [age])}
    assert now <= later or later == {"log"}


def test_zero_days_means_at_the_end_of_the_interview() -> None:
    age = Age("i1", ended_s=50.0, last_s=50.0, audio_days=0)
    assert due(50.0, [age]) == (Action("i1", "audio"),)
    assert due(1e9, [Age("i1", ended_s=None, last_s=50.0, audio_days=0)]) == ()


# --- with real stores ---------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    server = RedisServer(tmp_path / "redis", aof=True, options=("--save", "3600 1"))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
async def stores(tmp_path: Path, backend: str) -> AsyncIterator[Stores]:
    stores = create_stores(StoreSettings(data_dir=tmp_path / "data", store_url=backend))
    await stores.open()
    yield stores
    await stores.close()


async def fill_interview(
    stores: Stores,
    interview_id: str,
    *,
    spec: dict[str, Any] | None = None,
    ended: bool = True,
    tenant: str = DEFAULT_TENANT,
) -> None:
    log = stores.log
    await log.create(
        interview_id, spec=spec or {}, entries=[NewEntry("created", {})], status="created",
        now_s=1000.0, tenant=tenant,
    )  # fmt: skip
    await log.append(
        interview_id, expected_version=1, lease_epoch=0, operation_id="a", entries=[SAID, TYPED],
        status="listening", now_s=1100.0,
    )  # fmt: skip
    await log.save_snapshot(interview_id, 3, f"state with {CANARY}")
    if ended:
        await log.append(
            interview_id, expected_version=3, lease_epoch=0, operation_id="b", entries=[ENDED],
            status="completed", now_s=1200.0,
        )  # fmt: skip
    stores.spool.put(interview_id, [SpooledPacket(1, 0.0, CANARY.encode())])
    await stores.spool.flush()
    recording = stores.recordings.open(interview_id, 1)
    recording.add(0.0, PACKET + CANARY.encode())
    await recording.close()


def places(tmp_path: Path, words: str) -> list[str]:
    """Every file below the test's directory, Redis's own included, that holds the words."""
    return files_holding(tmp_path, words)


async def test_canary_is_nowhere_after_erasing(
    stores: Stores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for n in range(30):  # pages shared with others, which move when rows go
        await fill_interview(stores, f"i{n:02d}")
    assert len(places(tmp_path, CANARY)) > 30
    for n in range(30):
        erased = await erase_interview(
            stores.log, stores.spool, stores.recordings, f"i{n:02d}", now_s=2000.0
        )
        assert erased
    for _ in range(100):  # Redis rewrites its files in the background
        if not (found := places(tmp_path, CANARY)):
            break
        await stores.upkeep.scrub()
        await asyncio.sleep(0.1)
    assert found == []
    assert CANARY not in caplog.text
    assert await stores.upkeep.audit("i07") == {"erased": 2000.0}
    assert "i07 erased at 2000: 1 recordings" in caplog.text


async def test_canary_is_nowhere_in_a_live_redis(tmp_path: Path, redis_url: str) -> None:
    stores = create_stores(StoreSettings(data_dir=tmp_path / "data", store_url=redis_url))
    await stores.open()
    await fill_interview(stores, "i1")
    await erase_interview(stores.log, stores.spool, stores.recordings, "i1", now_s=2000.0)
    redis = Redis.from_url(redis_url)
    keys = await redis.keys("*")
    dumps = [await redis.dump(key) or b"" for key in keys]
    # The outbox says that it is gone, which is to be sent.
    left = [b"ms:erased", b"ms:outbox", b"ms:probe", b"ms:schema", b"ms:{i1}:outbox"]
    assert sorted(keys) == left
    assert CANARY.encode() not in b"".join(dumps)
    await redis.aclose()
    await stores.close()


async def test_erasing_twice_and_erasing_nobody(stores: Stores) -> None:
    await fill_interview(stores, "i1")
    args = (stores.log, stores.spool, stores.recordings)
    assert await erase_interview(*args, "i1", now_s=5.0)
    assert not await erase_interview(*args, "i1", now_s=6.0)
    assert not await erase_interview(*args, "nobody", now_s=5.0)
    assert await stores.upkeep.audit("i1") == {"erased": 5.0}


async def test_each_artifact_in_its_own_time(stores: Stores, tmp_path: Path) -> None:
    spec = {"retention": {"audio_days": 1, "transcript_days": 10, "record_audio": True}}
    await fill_interview(stores, "old", spec=spec)
    await fill_interview(stores, "open", spec=spec, ended=False)
    await fill_interview(stores, "kept", spec={"retention": {"audio_days": 300}})
    clock = FixedClock(1200.0)
    retention = Retention(stores, clock)
    assert await retention.run_once() == 0

    clock.time_s = 1200.0 + 2 * DAY_S
    assert await retention.run_once() == 1
    assert await stores.recordings.files("old") == ()
    assert await stores.spool.read("old") == ()
    assert len(await stores.recordings.files("open")) == 1
    assert len(await stores.recordings.files("kept")) == 1
    assert CANARY in repr(await stores.log.read("old"))

    clock.time_s = 1200.0 + 11 * DAY_S
    assert await retention.run_once() == 1
    entries = await stores.log.read("old")
    assert CANARY not in repr(entries)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert await stores.log.snapshot("old") is None
    assert await stores.upkeep.audit("old") == {"transcript": clock.time_s}
    assert await retention.run_once() == 0
    assert CANARY in repr(await stores.log.read("open"))

    for id_ in ("old@a", "old@b", "other@c"):
        link = Document("default", LINKS, id_, 0, 1.0, {})
        await stores.documents.put(link, expected_version=0)
    clock.time_s = 1200.0 + 366 * DAY_S
    assert await retention.run_once() == 3
    left = await stores.documents.page("default", LINKS)
    assert [link.id for link in left] == ["other@c"], "links to a report go with it"
    assert await stores.log.rows(after=None, limit=5) == ()
    assert retention.counters.erased == {"audio": 1, "transcript": 1, "log": 3}
    assert retention.counters.failed == 0


class Spoken:
    """Whose speech was erased from the cache of the voice."""

    def __init__(self) -> None:
        self.erased: list[str] = []

    async def erase(self, interview_id: str) -> None:
        self.erased.append(interview_id)

    async def interviews(self) -> dict[str, float]:
        return {}


@pytest.mark.parametrize("held", [False, True])
async def test_the_bots_voice_does_not_say_the_words_any_longer(stores: Stores, held: bool) -> None:
    """Sound that is held stays; its words go all the same."""
    await fill_interview(stores, "i1", spec={"retention": {"audio_days": 300}})
    said = {"utterance_id": "u", "text": CANARY, "duration_s": 1.0, "spoken": True}
    told = [
        NewEntry(
            "utterance_started",
            {**said, "kind": kind, "prompt_id": prompt_id, "clip": clip, "text": text},
        )
        for kind, prompt_id, clip, text in (
            ("question", "q1", "said-q1.ogg", "Why?"),
            ("question", "q1:1", "said-back.ogg", CANARY),
            ("summary", ":summary", "said-told.ogg", CANARY),
        )
    ]
    await stores.log.append(
        "i1", expected_version=4, lease_epoch=0, operation_id="t", entries=told,
        status="completed", now_s=1200.0,
    )  # fmt: skip
    for entry in told:
        await stores.blobs.put("i1", entry.data["clip"], b"OggS")
    if held:
        await StoredHolds(stores.documents).place("i1", "a dispute", ["audio"], 1300.0)
    spoken = Spoken()
    retention = Retention(stores, FixedClock(1200.0 + 181 * DAY_S), spoken)
    assert await retention.run_once() == 1
    assert CANARY not in repr(await stores.log.read("i1"))
    left = {blob.name for blob in await stores.blobs.list("i1") if blob.name.startswith("said-")}
    quotes = {"said-back.ogg", "said-told.ogg"}
    assert left == ({"said-q1.ogg"} | quotes if held else {"said-q1.ogg"})
    assert len(await stores.recordings.files("i1")) == 1
    assert spoken.erased == ["i1"]


async def test_a_tenants_times_come_between_the_interviews_and_the_servers(
    stores: Stores,
) -> None:
    """The server keeps audio for 90 days and words for 180."""
    file = '[[tenants]]\nname = "acme"\nretention = { audio_days = 2, transcript_days = 4 }\n'
    file += '[[tenants]]\nname = "bank"\nretention = { audio_days = 200 }\n'
    said = {"retention": {"audio_days": 1}}
    for interview_id, spec, tenant in (
        ("acme", {}, "acme"), ("acme-said", said, "acme"), ("bank", {}, "bank"),
        ("gone", {}, "gone"), ("default", {}, "default"),
    ):  # fmt: skip
        await fill_interview(stores, interview_id, spec=spec, tenant=tenant)
    in_force = [parse(file)]
    clock = FixedClock(1200.0)
    retention = Retention(stores, clock, tenants=lambda: in_force[0])

    async def after(days: float) -> tuple[set[str], set[str]]:
        """Whose audio and whose words are left."""
        clock.time_s = 1200.0 + days * DAY_S
        await retention.run_once()
        rows = [row.interview_id for row in await stores.log.rows(after=None, limit=9)]
        audio = {one for one in rows if await stores.recordings.files(one)}
        words = {one for one in rows if CANARY in repr(await stores.log.read(one))}
        return audio, words

    everyone = {"acme", "acme-said", "bank", "gone", "default"}
    assert await after(1.5) == (everyone - {"acme-said"}, everyone)
    assert await after(3) == ({"bank", "gone", "default"}, everyone)
    assert await after(5) == ({"bank", "gone", "default"}, {"bank", "gone", "default"})
    assert await after(100) == ({"bank"}, {"bank", "gone", "default"})
    in_force[0] = NO_TENANTS
    assert await after(101) == (set(), {"bank", "gone", "default"}), "as the server is set"


async def test_no_words_come_back_after_the_transcript_went(stores: Stores) -> None:
    """Whoever has words at the recogniser has the lease, and writes them first."""
    spec = {"retention": {"transcript_days": 0, "audio_days": 300}}
    await fill_interview(stores, "i1", spec=spec)
    lease = await stores.log.acquire("i1", process_owner(), ttl_s=60.0)
    assert lease is not None
    clock = FixedClock(1300.0)
    retention = Retention(stores, clock)
    assert await retention.run_once() == 0
    await retention._upkeep()
    assert CANARY in repr(await stores.log.read("i1"))
    await stores.log.append(
        "i1", expected_version=4, lease_epoch=lease.lease_epoch, operation_id="late",
        entries=[SAID], status="completed", now_s=1250.0,
    )  # fmt: skip
    await stores.log.release(lease)
    assert retention.counters.failed == 0
    clock.time_s += 60.0
    await retention._upkeep()
    assert CANARY not in repr(await stores.log.read("i1"))
    assert retention.counters.erased["transcript"] == 1
    assert await stores.log.acquire("i1", "anybody", ttl_s=1.0) is not None


async def test_spooled_audio_goes_with_the_audio_though_nothing_was_recorded(
    stores: Stores,
) -> None:
    await fill_interview(stores, "i1", spec={"retention": {"audio_days": 0}})
    await stores.recordings.erase("i1")
    assert await stores.spool.read("i1")
    assert await Retention(stores, FixedClock(1201.0)).run_once() == 1
    assert await stores.spool.read("i1") == ()


@pytest.mark.parametrize("asked", [None, 300])
async def test_what_could_not_be_written_down_goes_after_a_day_where_nothing_is_recorded(
    stores: Stores, asked: int | None
) -> None:
    """The page says: within two days; a pass comes once a day at the least."""
    spec = {"retention": {"audio_days": asked, "record_audio": False}}
    await fill_interview(stores, "i1", spec=spec)
    await stores.recordings.erase("i1")
    assert await Retention(stores, FixedClock(1200.0 + 0.9 * DAY_S)).run_once() == 0
    assert await stores.spool.read("i1")
    assert await Retention(stores, FixedClock(1200.0 + 1.1 * DAY_S)).run_once() == 1
    assert await stores.spool.read("i1") == ()


async def test_open_interview_waits_for_its_expiry(stores: Stores) -> None:
    await fill_interview(stores, "i1", spec={"expires_at": "2999-01-01T00:00:00Z"}, ended=False)
    retention = Retention(stores, FixedClock(1200.0 + 400 * DAY_S))
    assert await retention.run_once() == 0
    assert await stores.log.row("i1") is not None


async def test_runs_by_itself(stores: Stores) -> None:
    await fill_interview(stores, "i1")
    retention = Retention(stores, FixedClock(1200.0 + 400 * DAY_S))
    await retention.open()
    deadline = time.monotonic() + PATIENCE_S
    while await stores.log.row("i1") is not None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await retention.close()


async def test_odd_interview_keeps_no_other_and_ends_no_task(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retention_module, "UPKEEP_S", 0.02)
    for interview_id in ("a", "b", "c"):
        await fill_interview(stores, interview_id)
    audit, scrub = stores.upkeep.audit, stores.upkeep.scrub
    scrubs: list[None] = []

    async def odd(interview_id: str) -> dict[str, float]:
        if interview_id == "b":
            raise KeyError("odd")
        return await audit(interview_id)

    async def failing() -> bool:
        scrubs.append(None)
        if len(scrubs) < 3:
            raise RuntimeError("unheard of")
        return await scrub()

    monkeypatch.setattr(stores.upkeep, "audit", odd)
    retention = Retention(stores, FixedClock(1200.0 + 400 * DAY_S))
    assert await retention.run_once() == 2
    assert [row.interview_id for row in await stores.log.rows(after=None, limit=5)] == ["b"]
    assert "retention of b: KeyError" in caplog.text

    monkeypatch.setattr(stores.upkeep, "scrub", failing)
    stores.upkeep.scrub_due = True
    await retention.open()
    await until(lambda: len(scrubs) >= 3)
    await retention.close()
    assert "retention: RuntimeError" in caplog.text


async def test_compacting_a_large_file_waits_until_nobody_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_statements, "COMPACT_WHILE_LIVE_BYTES", 1000)
    stores = create_stores(StoreSettings(data_dir=tmp_path / "data"))
    await stores.open()
    await fill_interview(stores, "gone")
    await fill_interview(stores, "live")
    assert not await stores.upkeep.compact()  # nothing was erased
    lease = await stores.log.acquire("live", "a", ttl_s=60)
    assert lease is not None
    await stores.log.erase("gone", now_s=9.0)
    due_before = stores.upkeep.compact_due
    assert not await stores.upkeep.compact()
    await stores.log.release(lease)
    assert await stores.upkeep.compact()
    assert (due_before, stores.upkeep.compact_due) == (True, False)
    assert not await stores.upkeep.compact()
    assert len(await stores.log.read("live")) == 4
    await stores.close()


@pytest.mark.parametrize("seed", [0, 1, 2])
async def test_pages_keep_no_copies_of_rows_that_moved(tmp_path: Path, seed: int) -> None:
    """Rows of all sizes, growing and going between each other, as `secure_delete` alone fails."""
    rng = random.Random(seed)
    stores = create_stores(StoreSettings(data_dir=tmp_path / "data"))
    await stores.open()
    ids = [f"iv-{rng.randrange(10**9):09d}" for _ in range(100)]
    versions = dict.fromkeys(ids, 0)

    async def grow(interview_id: str) -> None:
        words = f"{CANARY} {interview_id}"
        padding = int(rng.paretovariate(0.7) * 30 % 6000)
        await stores.log.append(
            interview_id, expected_version=versions[interview_id], lease_epoch=0,
            operation_id=f"op{versions[interview_id]}",
            entries=[NewEntry("x", {"text": words + "w" * padding})], status="s", now_s=2.0,
        )  # fmt: skip
        versions[interview_id] += 1
        if rng.random() < 0.3:
            state = words + "z" * rng.randrange(20_000)
            await stores.log.save_snapshot(interview_id, versions[interview_id], state)

    for interview_id in ids:
        spec = {"title": f"{CANARY} {interview_id}" + "s" * rng.randrange(3000)}
        await stores.log.create(interview_id, spec=spec, entries=[], status="s", now_s=1.0)
    for _ in range(20):
        await asyncio.gather(*(grow(i) for i in rng.sample(ids, 60)))
    left = list(ids)
    while len(left) > 20:
        await stores.log.erase(left.pop(rng.randrange(len(left))), now_s=3.0)
        await asyncio.gather(*(grow(i) for i in rng.sample(left, 3)))
    data = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir() if path.is_file())
    assert {i for i in ids if f"{CANARY} {i}".encode() in data} == set(left)
    await stores.close()
