"""Sound of an interview that is not recorded goes, also when its candidate does not come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_server.ports import NewEntry, SpooledPacket
from media_server.store import unrecorded
from media_server.store.factory import Stores, create_stores
from media_server.store.owner import process_owner
from media_server.store.retention import Retention
from media_server.store.retention_plan import DAY_S
from media_server.store.settings import StoreSettings

PARKED_S = 1100.0
SPEC = {"expires_at": "2999-01-01T00:00:00Z", "retention": {"record_audio": False}}
SOUND = [SpooledPacket(1, 0.02 * n, b"abc") for n in range(50)]
LATER = [SpooledPacket(2, 0.02 * n, b"def") for n in range(50)]


class FixedClock:
    def __init__(self, now_s: float) -> None:
        self.time_s = now_s

    def now_s(self) -> float:
        return self.time_s


@pytest.fixture
async def stores(tmp_path: Path, store_url: str) -> AsyncIterator[Stores]:
    stores = create_stores(StoreSettings(data_dir=tmp_path / "data", store_url=store_url))
    await stores.open()
    yield stores
    await stores.close()


async def append(
    stores: Stores, version: int, event: NewEntry, status: str, now_s: float, epoch: int = 0
) -> None:
    await stores.log.append(
        "i1", expected_version=version, lease_epoch=epoch, operation_id=f"to {version}",
        entries=[event], status=status, now_s=now_s,
    )  # fmt: skip


async def park(stores: Stores) -> None:
    """A segment that nobody understood is left of somebody who went away."""
    await stores.log.create(
        "i1", spec=SPEC, entries=[NewEntry("created", {})], status="created", now_s=1000.0
    )
    await append(stores, 1, NewEntry("parked", {"reason": "not back"}), "parked", PARKED_S)
    stores.spool.put("i1", SOUND)
    await stores.spool.flush()


async def test_who_does_not_come_back_leaves_no_sound(stores: Stores) -> None:
    """The link is open for years; the page says: within two days of the interview."""
    await park(stores)
    clock = FixedClock(PARKED_S + 0.9 * DAY_S)
    retention = Retention(stores, clock)
    assert await retention.run_once() == 0
    assert len(await stores.spool.read("i1")) == len(SOUND)
    clock.time_s = PARKED_S + 1.1 * DAY_S
    assert await retention.run_once() == 1
    assert await stores.spool.read("i1") == ()
    assert await stores.spool.interviews() == ()
    row = await stores.log.row("i1")
    assert row is not None
    assert (row.status, row.version) == ("parked", 2), "the answers and the link stay"
    assert await retention.run_once() == 0
    stores.spool.put("i1", LATER)  # and is back after all
    assert await stores.spool.read("i1") == tuple(LATER)


async def test_words_written_down_later_give_it_no_further_day(stores: Stores) -> None:
    await park(stores)
    words = NewEntry("segment_transcribed", {"segment_id": "1-1", "text": "late"})
    await append(stores, 2, words, "parked", PARKED_S + 0.9 * DAY_S)
    assert await Retention(stores, FixedClock(PARKED_S + 1.1 * DAY_S)).run_once() == 1
    assert await stores.spool.read("i1") == ()


async def test_what_is_recorded_waits_with_its_interview(stores: Stores) -> None:
    """It was promised to be kept, and its days begin with the end."""
    spec = {**SPEC, "retention": {"record_audio": True, "audio_days": 1}}
    await stores.log.create(
        "i1", spec=spec, entries=[NewEntry("created", {})], status="parked", now_s=1000.0
    )
    stores.spool.put("i1", SOUND)
    assert await Retention(stores, FixedClock(PARKED_S + 300 * DAY_S)).run_once() == 0
    assert len(await stores.spool.read("i1")) == len(SOUND)


@pytest.mark.parametrize("holder", ["another process", "this process"])
async def test_nothing_goes_while_it_is_open_somewhere(
    stores: Stores, holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was put off goes within minutes, not with the pass of the next day."""
    await park(stores)
    owner = process_owner() if holder == "this process" else holder
    lease = await stores.log.acquire("i1", owner, ttl_s=60.0)
    assert lease is not None
    clock = FixedClock(PARKED_S + 5 * DAY_S)
    retention = Retention(stores, clock)
    assert await retention.run_once() == 0
    assert len(await stores.spool.read("i1")) == len(SOUND)
    assert await stores.log.renew(lease, ttl_s=60.0) is not None, "it is not fenced either"
    await stores.log.release(lease)
    await retention._upkeep()
    assert await stores.spool.read("i1") == ()
    assert retention.counters.failed == 0
    again = await stores.log.acquire("i1", owner, ttl_s=60.0)
    assert again is not None, "it is free at once for who comes back"


async def test_who_comes_back_in_that_moment_loses_nothing(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at its age and the lease."""
    await park(stores)
    acquire = stores.log.acquire

    async def later(interview_id: str, owner: str, *, ttl_s: float, wanted: bool = False) -> object:
        monkeypatch.setattr(stores.log, "acquire", acquire)
        lease = await acquire(interview_id, "a server", ttl_s=60.0)
        assert lease is not None
        back = NewEntry("resumed", {})
        await append(stores, 2, back, "asking", PARKED_S + 5 * DAY_S, lease.lease_epoch)
        await stores.log.release(lease)
        return await acquire(interview_id, owner, ttl_s=ttl_s, wanted=wanted)

    monkeypatch.setattr(stores.log, "acquire", later)
    retention = Retention(stores, FixedClock(PARKED_S + 5 * DAY_S))
    assert await retention.run_once() == 0
    await retention._upkeep()
    assert len(await stores.spool.read("i1")) == len(SOUND)


async def test_what_is_still_owed_its_words_waits_for_them(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After days without a server the sound is looked through first; but not for ever."""
    await park(stores)
    heard: set[str] = set()
    retention = Retention(
        stores,
        FixedClock(PARKED_S + 5 * DAY_S),
        heard_out=lambda interview_id, _version: interview_id in heard,
    )
    assert await retention.run_once() == 0
    await retention._upkeep()
    assert len(await stores.spool.read("i1")) == len(SOUND)
    heard.add("i1")
    await retention._upkeep()
    assert await stores.spool.read("i1") == ()
    stores.spool.put("i1", SOUND)
    heard.clear()
    assert await retention.run_once() == 0
    monkeypatch.setattr(unrecorded, "HEAR_OUT_S", 0.0)  # of sound that nobody can decode
    assert await retention.run_once() == 1
