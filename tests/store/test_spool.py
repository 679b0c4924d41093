"""Received audio on its way to a final: both spools, and the file format.

Over 400 lines on purpose: one suite that both spools pass whole.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.ports import SpooledPacket
from media_server.store import spool as spool_module
from media_server.store import spool_buffer, spool_file
from media_server.store.factory import Stores, create_stores
from media_server.store.redis_spool import RedisSpool
from media_server.store.settings import StoreSettings
from media_server.store.spool import DiskSpool
from tests.store import spool_trimmer
from tests.store.conftest import fill
from tests.support.redis_server import RedisServer
from tests.support.waiting import until

PACKETS = st.lists(
    st.builds(
        SpooledPacket,
        connection_epoch=st.just(7),
        media_s=st.floats(0, 1e5),
        opus=st.binary(max_size=300),
    ),
    max_size=20,
)


def packets(epoch: int, start_s: float, count: int) -> list[SpooledPacket]:
    return [
        SpooledPacket(epoch, round(start_s + n * 0.02, 3), b"%d:%d" % (epoch, n))
        for n in range(count)
    ]


# --- file format --------------------------------------------------------------------------------


@given(PACKETS, st.integers(0, 8000))
def test_file_cut_anywhere_gives_the_packets_before(all_: list[SpooledPacket], cut: int) -> None:
    """As a killed process leaves it: that is no damage."""
    data = spool_file.header(7) + spool_file.encode(all_)
    found = spool_file.decode(data[:cut])
    assert found.packets == tuple(all_[: len(found.packets)])
    assert found.damaged_bytes == 0
    if cut >= len(data):
        assert len(found.packets) == len(all_)


@given(PACKETS, st.integers(8, 8000), st.integers(1, 255))
def test_damage_costs_the_record_it_hit_and_is_never_audio(
    all_: list[SpooledPacket], where: int, flip: int
) -> None:
    data = bytearray(spool_file.header(7) + spool_file.encode(all_))
    if where < len(data):
        data[where] ^= flip
    found = spool_file.decode(bytes(data)).packets
    assert len(found) >= len(all_) - 1
    left = iter(all_)
    assert all(packet in left for packet in found), "what was written, in order, nothing else"


def test_damage_is_told_with_the_audio_it_took() -> None:
    all_ = packets(7, 10.0, 50)
    records = [spool_file.encode([packet]) for packet in all_]
    hit = b"".join(records[:20]) + b"\x55" * len(b"".join(records[20:30])) + b"".join(records[30:])
    found = spool_file.decode(spool_file.header(7) + hit)
    assert found.packets == (*all_[:20], *all_[30:])
    assert found.damaged_bytes == len(b"".join(records[20:30]))
    assert found.lost_s == pytest.approx(0.2)


def test_damage_of_the_header_or_of_the_end_is_estimated() -> None:
    whole = spool_file.header(7) + spool_file.encode(packets(7, 10.0, 50))
    headless = spool_file.decode(b"????" + whole[4:])
    assert (headless.packets, headless.damaged_bytes) == ((), len(whole))
    assert headless.lost_s == pytest.approx(len(whole) / 4000)
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    ended = spool_file.decode(bytes(flipped))
    assert len(ended.packets) == 49
    assert ended.damaged_bytes > 0
    assert ended.lost_s > 0


@given(st.binary(max_size=200))
def test_anything_may_lie_in_a_file(data: bytes) -> None:
    spool_file.decode(data)


# --- both spools --------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def spool_url(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        url: str = request.getfixturevalue("redis_url")
        return url
    return ""


def make_stores(tmp_path: Path, url: str) -> Stores:
    return create_stores(StoreSettings(data_dir=tmp_path / "data", store_url=url))


@pytest.fixture
async def stores(tmp_path: Path, spool_url: str) -> AsyncIterator[Stores]:
    stores = make_stores(tmp_path, spool_url)
    await stores.open()
    yield stores
    await stores.close()


async def test_read_gives_what_was_put_in_order(stores: Stores) -> None:
    first, second, third = packets(1, 0, 400), packets(2, 0, 30), packets(1, 60, 10)
    for packet in first[:100]:
        stores.spool.put("i1", [packet])
    stores.spool.put("i1", first[100:])
    stores.spool.put("i1", second)
    stores.spool.put("i2", packets(1, 0, 5))
    await stores.spool.flush()
    stores.spool.put("i1", third)
    assert await stores.spool.read("i1") == (*first, *third, *second)
    assert await stores.spool.read("i2") == tuple(packets(1, 0, 5))
    assert await stores.spool.read("nobody") == ()


async def test_lists_whose_audio_there_is(stores: Stores) -> None:
    assert await stores.spool.interviews() == ()
    stores.spool.put("i1", packets(1, 0, 5))
    stores.spool.put("i-2_b", packets(3, 0, 5))
    await stores.spool.flush()
    assert await stores.spool.interviews() == ("i-2_b", "i1")
    await stores.spool.trim("i1", 1, 1e9)
    assert await stores.spool.interviews() == ("i-2_b",)
    await stores.spool.erase("i-2_b")
    assert await stores.spool.interviews() == ()


async def test_reaches_the_store_by_itself_within_its_seconds(
    stores: Stores, tmp_path: Path, spool_url: str
) -> None:
    stores.spool.put("i1", packets(1, 0, 50))
    other = make_stores(tmp_path, spool_url)  # another process, as it were
    await other.open()
    for _ in range(100):
        if found := await other.spool.read("i1"):
            break
        await asyncio.sleep(0.05)
    assert found == tuple(packets(1, 0, 50))
    await other.close()


async def test_same_packet_twice_is_read_once(stores: Stores) -> None:
    stores.spool.put("i1", packets(1, 0, 10))
    await stores.spool.flush()
    stores.spool.put("i1", packets(1, 0, 10))
    assert await stores.spool.read("i1") == tuple(packets(1, 0, 10))


@pytest.mark.parametrize("flushed", [True, False])
async def test_trim_is_exact_and_of_one_connection(stores: Stores, *, flushed: bool) -> None:
    stores.spool.put("i1", packets(1, 0, 600))
    stores.spool.put("i1", packets(2, 0, 50))
    if flushed:
        await stores.spool.flush()
    await stores.spool.trim("i1", 1, 7.5)
    kept = tuple(packet for packet in packets(1, 0, 600) if packet.media_s >= 7.5)
    assert await stores.spool.read("i1") == (*kept, *packets(2, 0, 50))
    stores.spool.put("i1", packets(1, 20, 5))  # goes on afterwards
    await stores.spool.trim("i1", 1, 7.5)
    assert await stores.spool.read("i1") == (*kept, *packets(1, 20, 5), *packets(2, 0, 50))
    await stores.spool.trim("i1", 1, 1e9)
    await stores.spool.trim("i1", 2, 1e9)
    assert await stores.spool.read("i1") == ()


@pytest.mark.parametrize("flushed", [True, False])
async def test_trim_leaves_what_is_still_owed(
    stores: Stores, tmp_path: Path, spool_url: str, *, flushed: bool
) -> None:
    """Everything between goes, at once and whenever one of them is owed no longer."""
    everything = packets(1, 0, 1500)
    stores.spool.put("i1", everything)
    stores.spool.put("i1", packets(2, 0, 50))
    if flushed:
        await stores.spool.flush()
    far, near = (2.0, 3.5), (11.0, 17.0)

    def left(until_s: float, *keep: tuple[float, float]) -> tuple[SpooledPacket, ...]:
        return tuple(
            packet
            for packet in everything
            if packet.media_s >= until_s
            or any(start_s <= packet.media_s < end_s for start_s, end_s in keep)
        ) + tuple(packets(2, 0, 50))

    await stores.spool.trim("i1", 1, 12.0, [far, near])
    assert await stores.spool.read("i1") == left(12.0, far, near)
    await stores.spool.trim("i1", 1, 20.0, [far, near])
    assert await stores.spool.read("i1") == left(20.0, far, near)
    other = make_stores(tmp_path, spool_url)  # whoever takes it over
    await other.open()
    await other.spool.trim("i1", 1, 22.0, [far, near, (20.5, 21.0)])
    assert await other.spool.read("i1") == left(22.0, far, near, (20.5, 21.0))
    await other.spool.trim("i1", 1, 22.0, [far, (20.5, 21.0)])  # the near one has its words
    assert await other.spool.read("i1") == left(22.0, far, (20.5, 21.0))
    await other.spool.trim("i1", 1, 1e9, [far, (20.5, 21.0)])
    assert await other.spool.read("i1") == left(1e9, far, (20.5, 21.0))
    await other.spool.trim("i1", 1, 1e9)
    assert await other.spool.read("i1") == tuple(packets(2, 0, 50))
    await other.close()


async def test_what_is_kept_is_not_read_again_at_every_trim(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recogniser that understands nothing for an hour must cost no hour at every segment."""
    read: list[int] = []
    decode = spool_file.decode

    def watched(data: bytes) -> spool_file.Decoded:
        read.append(len(data))
        return decode(data)

    monkeypatch.setattr(spool_file, "decode", watched)
    sizes, keep = [], []
    for second in range(0, 120, 2):
        stores.spool.put("i1", packets(1, second, 100))
        await stores.spool.flush()
        keep.append((second + 0.5, second + 2.0))
        read.clear()
        await stores.spool.trim("i1", 1, second + 2.0, keep)
        sizes.append(sum(read))
    assert max(sizes[-10:]) <= 2 * max(sizes[:10])
    assert len(await stores.spool.read("i1")) == 60 * 75


async def test_a_kill_in_the_middle_of_a_trim_loses_nothing_that_is_owed(
    tmp_path: Path, spool_url: str
) -> None:
    trimmer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.spool_trimmer", str(tmp_path / "data"), spool_url,
        stdout=PIPE,
    )  # fmt: skip
    assert trimmer.stdout is not None
    for _ in range(8):
        done = int(await trimmer.stdout.readline())
    trimmer.kill()
    await trimmer.wait()
    stores = make_stores(tmp_path, spool_url)
    await stores.open()
    found = {round(packet.media_s, 6) for packet in await stores.spool.read("i1")}
    owed = {round(at_s, 6) for at_s in spool_trimmer.owed(done)}
    assert owed
    assert owed <= found
    await stores.close()


async def test_what_is_emptied_takes_what_comes_later(stores: Stores) -> None:
    """An erased one does not: see below."""
    stores.spool.put("i1", packets(1, 0, 50))
    await stores.spool.flush()
    stores.spool.put("i1", packets(1, 1, 50))
    await stores.spool.empty("i1")
    assert await stores.spool.read("i1") == ()
    stores.spool.put("i1", packets(2, 0, 50))
    assert await stores.spool.read("i1") == tuple(packets(2, 0, 50))


async def test_new_owner_reads_and_trims_what_the_old_one_wrote(
    stores: Stores, tmp_path: Path, spool_url: str
) -> None:
    stores.spool.put("i1", packets(1, 0, 500))
    await stores.spool.flush()
    other = make_stores(tmp_path, spool_url)
    await other.open()
    await other.spool.trim("i1", 1, 5.0)
    other.spool.put("i1", packets(2, 0, 10))
    await other.spool.flush()
    assert len(await stores.spool.read("i1")) == 260
    await other.close()


async def test_erase_takes_buffer_and_store(stores: Stores) -> None:
    stores.spool.put("i1", packets(1, 0, 50))
    await stores.spool.flush()
    stores.spool.put("i1", packets(1, 1, 50))
    stores.spool.put("i2", packets(1, 0, 50))
    await stores.spool.erase("i1")
    assert await stores.spool.read("i1") == ()
    assert len(await stores.spool.read("i2")) == 50


async def test_close_writes_the_rest(tmp_path: Path, spool_url: str) -> None:
    stores = make_stores(tmp_path, spool_url)
    await stores.open()
    stores.spool.put("i1", packets(1, 0, 50))
    await stores.close()
    again = make_stores(tmp_path, spool_url)
    await again.open()
    assert len(await again.spool.read("i1")) == 50
    await again.close()


async def test_kill_loses_nothing_that_was_flushed(tmp_path: Path, spool_url: str) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.spool_writer", str(tmp_path / "data"), spool_url,
        stdout=PIPE,
    )  # fmt: skip
    assert writer.stdout is not None
    for _ in range(8):
        flushed = int(await writer.stdout.readline())
    writer.kill()
    await writer.wait()
    stores = make_stores(tmp_path, spool_url)
    await stores.open()
    found = await stores.spool.read("i1")
    expected = [round(n * 0.02, 6) for n in range((flushed + 1) * 50)]
    assert [round(packet.media_s, 6) for packet in found][: len(expected)] == expected
    await stores.close()


# --- when it cannot be written ------------------------------------------------------------------


async def test_what_no_store_can_hold_costs_nobody_else_anything(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    stores.spool.put("i1", packets(1, 0, 5))
    stores.spool.put("i2", [SpooledPacket(1, 0.0, bytes(70_000))])
    stores.spool.put("i3", packets(1, 0, 5))
    await until(lambda: stores.counters()["spool_packets_dropped_total"])
    for interview_id in ("i1", "i3"):
        assert await stores.spool.read(interview_id) == tuple(packets(1, 0, 5))
    assert "received audio cannot be spooled: ValueError" in caplog.text
    stores.spool.put("i2", packets(1, 1, 5))
    # by itself: what writes it is still there
    await until(lambda: stores.counters()["spool_packets_written_total"] >= 15)
    assert await stores.spool.read("i2") == tuple(packets(1, 1, 5))


@pytest.mark.redis
async def test_flush_that_is_cancelled_loses_nothing(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = make_stores(tmp_path, redis_url)
    await stores.open()
    spool = stores.spool
    for n in range(5):
        spool.put(f"i{n}", packets(1, 0, 5))

    async def cancelled(interview_id: str, some: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(spool, "_write", cancelled)
        with pytest.raises(asyncio.CancelledError):
            await spool.flush()
    for n in range(5):
        assert await spool.read(f"i{n}") == tuple(packets(1, 0, 5))
    await stores.close()


async def test_full_disk_keeps_packets_for_later(small_disk: Path) -> None:
    stores = make_stores(small_disk, "")
    await stores.open()
    spool = stores.spool
    assert isinstance(spool, DiskSpool)
    filler = fill(small_disk)
    spool.put("i1", packets(1, 0, 1000))
    await spool.flush()
    assert spool.failed == "disk full"
    assert stores.counters()["spool_failing"] == 1
    filler.unlink()
    await spool.flush()
    assert spool.failed == ""
    assert await spool.read("i1") == tuple(packets(1, 0, 1000))
    assert spool.counters.dropped == 0
    await stores.close()


async def test_files_of_calls_that_are_over_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = make_stores(tmp_path, "")
    await stores.open()
    spool = stores.spool
    assert isinstance(spool, DiskSpool)
    spool.put("i1", packets(1, 0, 10))
    await spool.flush()
    assert len(spool._open) == 1
    monkeypatch.setattr(spool_module, "IDLE_S", 0.0)
    await spool.flush()
    assert len(spool._open) == 0
    spool.put("i1", packets(1, 1, 10))
    await spool.flush()
    assert len(await spool.read("i1")) == 20
    await stores.close()


async def test_buffer_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = spool_buffer.SpoolBuffer(limit_bytes=1000)
    for n in range(50):
        buffer.put("i1", [SpooledPacket(1, n * 0.02, bytes(100))])
    assert buffer.counters.dropped == 40
    taken = buffer.take()["i1"]
    buffer.put("i1", [SpooledPacket(1, 9.0, bytes(100))])
    buffer.put_back("i1", taken)
    assert buffer.counters.dropped == 50
    assert [packet.media_s for packet in buffer.take()["i1"]] == [9.0]


@pytest.mark.redis
@pytest.mark.product_limits
async def test_silent_redis_keeps_packets_for_later(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    stores = make_stores(tmp_path, redis_server.url)
    await stores.open()
    spool = stores.spool
    assert isinstance(spool, RedisSpool)
    redis_server.pause()
    spool.put("i1", packets(1, 0, 100))
    await spool.flush()
    assert "did not answer" in spool.failed
    redis_server.cont()
    for _ in range(60):
        await asyncio.sleep(0.1)
        if not spool.failed:
            break
    assert await spool.read("i1") == tuple(packets(1, 0, 100))
    await stores.close()


@pytest.mark.redis
async def test_what_was_erased_is_not_revived_by_a_late_packet(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    stores = make_stores(tmp_path, redis_server.url)
    await stores.open()
    await stores.log.create("i1", spec={}, entries=[], status="s", now_s=1.0)
    await stores.log.erase("i1", now_s=2.0)
    stores.spool.put("i1", packets(1, 0, 10))
    await stores.spool.flush()
    assert redis_server.command("EXISTS", "ms:{i1}:spool") == b":0"
    await stores.close()


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "a\\b", "ü", "a" * 65, "a\n"])
async def test_no_id_leaves_the_directory(tmp_path: Path, name: str) -> None:
    stores = make_stores(tmp_path, "")
    with pytest.raises(ValueError, match="an id is"):
        stores.spool.put(name, packets(1, 0, 1))
    with pytest.raises(ValueError, match="an id is"):
        stores.recordings.open(name, 1)
