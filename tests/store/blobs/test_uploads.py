"""What was recorded goes to object storage, whatever happens to it, to the server or to the way.

Over 400 lines on purpose: one list of what may happen.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import av
import pytest
from aiohttp import web

from media_server.ports import StoreUnavailable
from media_server.store import factory
from media_server.store.blobs import objects, uploads
from media_server.store.blobs.waiting_files import lock
from media_server.store.factory import Stores, create_stores
from media_server.store.orphans import Orphans
from media_server.store.settings import StoreSettings
from tests.store.spool_writer import PACKET
from tests.support.files import files_holding
from tests.support.s3_server import BUCKET, FaultyProxy, S3Server, refusal
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.s3


@contextlib.asynccontextmanager
async def opened(settings: StoreSettings) -> AsyncIterator[Stores]:
    stores = create_stores(settings)
    await stores.open()
    try:
        yield stores
    finally:
        await stores.close()


async def record(stores: Stores, interview_id: str = "i1", epoch: int = 1) -> bytes:
    """3 s of it; the file as it was before anything took it away."""
    recording = stores.recordings.open(interview_id, epoch)
    for n in range(150):
        recording.add(n * 0.02, PACKET)
    await recording.close()
    assert recording.failed == ""
    return await bytes_of(stores, interview_id, f"audio-{epoch:04d}.ogg")


async def bytes_of(stores: Stores, interview_id: str, name: str) -> bytes:
    blob = await stores.blobs.find(interview_id, name)
    assert blob is not None
    return await blob.whole(limit=10_000_000)


def on_disk(stores: Stores) -> list[str]:
    return files_holding(stores.settings.data_dir / "recordings", b"")


def gauge(stores: Stores, name: str) -> float:
    return stores.figures().gauges[f"blob_{name}"]


def counter(stores: Stores, name: str) -> float:
    return stores.figures().counters[f"blob_{name}"]


def played_s(data: bytes) -> float:
    with av.open(io.BytesIO(data), "r") as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / 48_000


async def gone_there(s3: S3Server, stores: Stores, *keys: str) -> None:
    await until(lambda: on_disk(stores) == [])
    assert s3.stored() == [f"pre/fix/{key}" for key in keys]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LOOK_S", 0.2)
    monkeypatch.setattr(uploads, "FIRST_RETRY_S", 0.1)
    monkeypatch.setattr(uploads, "LAST_RETRY_S", 0.5)


async def test_a_recording_that_has_ended_goes_there(s3: S3Server, tmp_path: Path) -> None:
    async with opened(s3.settings(tmp_path)) as stores:
        data = await record(stores)
        before = await stores.blobs.find("i1", "audio-0001.ogg")
        await gone_there(s3, stores, "i1/audio-0001.ogg")
        assert await stores.recordings.files("i1") == ("audio-0001.ogg",)
        after = await stores.blobs.find("i1", "audio-0001.ogg")
        assert before is not None
        assert after is not None
        assert (after.etag, after.size) == (before.etag, len(data)), "a player goes on"
        assert await before.whole(limit=10**6) == data, "found here, read there"
        assert await after.whole(limit=10**6) == data
        assert played_s(data) == pytest.approx(3.0, abs=0.03)
        await until(lambda: gauge(stores, "backlog_files") == 0)
        assert counter(stores, "uploads") == 1
        assert counter(stores, "upload_bytes") == len(data)
        assert counter(stores, "upload_failures") == 0
        assert not (tmp_path / "recordings" / "i1").exists()


async def test_a_clip_is_here_at_once_and_there_soon(s3: S3Server, tmp_path: Path) -> None:
    async with opened(s3.settings(tmp_path)) as stores:
        await stores.blobs.put("i1", "said-abc.ogg", b"a clip")
        assert await bytes_of(stores, "i1", "said-abc.ogg") == b"a clip"
        await gone_there(s3, stores, "i1/said-abc.ogg")
        await stores.blobs.put("i1", "said-abc.ogg", b"another")
        assert await bytes_of(stores, "i1", "said-abc.ogg") == b"another"
        await gone_there(s3, stores, "i1/said-abc.ogg")
        assert await bytes_of(stores, "i1", "said-abc.ogg") == b"another"
        url = await stores.blobs.sign("i1", "said-abc.ogg", ttl_s=60)
        assert (url or "").startswith(s3.endpoint)
        assert await stores.blobs.sign("i1", "none.ogg", ttl_s=60) is None


async def test_what_was_recorded_before_there_was_object_storage_goes_there_too(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FILES_A_LOOK", 2)
    monkeypatch.setattr(uploads, "LOOK_S", 60.0)
    async with opened(StoreSettings(data_dir=tmp_path)) as stores:
        old = [await record(stores, f"i{n}") for n in range(5)]
        (tmp_path / "recordings" / "i0" / "not a name.ogg").write_bytes(b"x")
        (tmp_path / "recordings" / ".hidden").mkdir()
    async with opened(s3.settings(tmp_path)) as stores:
        await until(lambda: len(s3.stored()) == 5)
        await until(lambda: on_disk(stores) == ["i0/not a name.ogg"])
        for n, data in enumerate(old):
            assert await bytes_of(stores, f"i{n}", "audio-0001.ogg") == data


async def test_a_call_that_runs_is_there_in_parts(s3: S3Server, tmp_path: Path) -> None:
    async with (
        opened(s3.settings(tmp_path / "one", blobs_part_s=0.5)) as one,
        opened(s3.settings(tmp_path / "two")) as two,
    ):
        recording = one.recordings.open("i1", 1)
        at_s = 0.0

        async def two_parts_more() -> None:
            nonlocal at_s
            wanted = counter(one, "upload_parts") + 2
            while counter(one, "upload_parts") < wanted:
                recording.add(at_s, PACKET)
                at_s += 0.02
                await asyncio.sleep(0.02)

        await two_parts_more()
        assert s3.stored()[0] == "pre/fix/i1/audio-0001.ogg.p00001"
        assert await two.recordings.files("i1") == ("audio-0001.ogg",)
        half = await bytes_of(two, "i1", "audio-0001.ogg")
        assert played_s(half) > 1.0, "it plays elsewhere while the call runs"
        blob = await two.blobs.find("i1", "audio-0001.ogg")
        assert blob is not None
        assert b"".join([c async for c in blob.read(100, len(half) - 7)]) == half[100:-7]
        await recording.close()
        await gone_there(s3, one, "i1/audio-0001.ogg")
        whole = await bytes_of(two, "i1", "audio-0001.ogg")
        assert whole.startswith(half)
        assert played_s(whole) == pytest.approx(at_s, abs=0.05)


@pytest.mark.parametrize("end", ["open", "ended"])
async def test_what_a_killed_server_left_is_taken_by_the_next(
    s3: S3Server, tmp_path: Path, end: str
) -> None:
    command = [sys.executable, "-m", "tests.store.blobs.recorder_process", str(tmp_path), end]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert killed.stdout is not None
    assert await asyncio.to_thread(killed.stdout.readline) == b"recorded\n"
    async with opened(s3.settings(tmp_path)) as stores:
        if end == "open":
            await asyncio.sleep(1.0)
            assert s3.stored() == [], "another process writes to it"
        killed.send_signal(signal.SIGKILL)
        killed.wait(10)
        killed.stdout.close()
        await gone_there(s3, stores, "i1/audio-0001.ogg")
        data = await bytes_of(stores, "i1", "audio-0001.ogg")
        assert played_s(data) > (0.9 if end == "open" else 2.9)


async def test_who_dies_after_sending_and_before_deleting_sends_nothing_twice(
    s3: S3Server, tmp_path: Path
) -> None:
    async with opened(StoreSettings(data_dir=tmp_path)) as stores:
        data = await record(stores)
    s3.client().put_object(Bucket=BUCKET, Key="pre/fix/i1/audio-0001.ogg", Body=data)
    async with opened(s3.settings(tmp_path)) as stores:
        await gone_there(s3, stores, "i1/audio-0001.ogg")


async def test_a_recording_never_takes_the_place_of_another(s3: S3Server, tmp_path: Path) -> None:
    key = "pre/fix/i1/audio-0001.ogg"
    s3.client().put_object(Bucket=BUCKET, Key=key, Body=b"an earlier one")
    async with opened(s3.settings(tmp_path)) as stores:
        data = await record(stores)
        await gone_there(s3, stores, "i1/audio-0001-2.ogg", "i1/audio-0001.ogg")
        assert await bytes_of(stores, "i1", "audio-0001.ogg") == b"an earlier one"
        assert await bytes_of(stores, "i1", "audio-0001-2.ogg") == data


async def test_a_storage_that_gives_back_other_bytes_is_not_believed(
    s3: S3Server, s3_proxy: FaultyProxy, tmp_path: Path
) -> None:
    lies = True

    def fault(request: web.Request) -> web.Response | None:
        if lies and request.method == "GET" and "range" in request.headers:
            first, last = request.headers["range"].removeprefix("bytes=").split("-")
            size = int(last) - int(first) + 1
            headers = {"Content-Range": f"bytes {first}-{last}/{size}", "ETag": '"x"'}
            headers["Last-Modified"] = "Sun, 15 Jun 2025 15:06:40 GMT"
            return web.Response(status=206, body=bytes(size), headers=headers)
        return None

    s3_proxy.fault = fault
    async with opened(s3.settings(tmp_path, endpoint=s3_proxy.endpoint)) as stores:
        data = await record(stores)
        await until(lambda: counter(stores, "upload_failures") >= 2)
        assert on_disk(stores) == ["i1/audio-0001.ogg"]
        lies = False
        await until(lambda: on_disk(stores) == [])
        assert s3.stored() == ["pre/fix/i1/audio-0001.ogg"]
        assert await bytes_of(stores, "i1", "audio-0001.ogg") == data


FAULTS: dict[str, tuple[Callable[[], web.Response | float], str]] = {
    "gone": (lambda: refusal(404, "NoSuchBucket"), "no such bucket"),
    "forbidden": (lambda: refusal(403, "InvalidAccessKeyId"), "refuses the credentials"),
    "full": (lambda: refusal(507, "InsufficientStorage"), "507"),
    "busy": (lambda: refusal(503, "SlowDown"), "503"),
    "slow": (lambda: 60.0, "no answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_storage_that_is_ill_costs_no_recording(
    s3: S3Server,
    s3_proxy: FaultyProxy,
    tmp_path: Path,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Calls go on, everything stays here, one line says why; when it is well again all goes."""
    monkeypatch.setattr(objects, "CALL_S", 30.0)
    monkeypatch.setattr(objects, "RETRIES", 0)
    caplog.set_level(logging.WARNING)
    make, said = FAULTS[fault]
    s3_proxy.fault = lambda _: make()
    async with opened(s3.settings(tmp_path, endpoint=s3_proxy.endpoint)) as stores:
        began_s = time.monotonic()
        recording = stores.recordings.open("i1", 1)
        for n in range(150):
            recording.add(n * 0.02, PACKET)
        await recording.close()
        assert time.monotonic() - began_s < 20.0, "a call waits for no storage"
        if fault == "slow":
            monkeypatch.setattr(objects, "CALL_S", 1.0)
        assert recording.failed == ""
        await stores.blobs.put("i1", "said-a.ogg", b"clip")
        assert played_s(await bytes_of(stores, "i1", "audio-0001.ogg")) > 2.9
        with pytest.raises(StoreUnavailable):
            await stores.blobs.list("i1")
        with pytest.raises(StoreUnavailable):
            await stores.blobs.find("i1", "not-here.ogg")
        await until(lambda: counter(stores, "upload_failures") >= 3)
        assert gauge(stores, "backlog_files") == 2
        assert gauge(stores, "backlog_bytes") > 700
        assert 0 < gauge(stores, "backlog_oldest_seconds") < 60
        assert stores.troubles() == (), "candidates are let in"
        [line] = [r.getMessage() for r in caplog.records if "stay on this disk" in r.getMessage()]
        assert said in line
        assert not [secret for secret in ("canary", "127.0.0.1") if secret in caplog.text]
        s3_proxy.fault = lambda _: None
        await gone_there(s3, stores, "i1/audio-0001.ogg", "i1/said-a.ogg")
        await until(lambda: gauge(stores, "backlog_files") == 0)


async def test_a_bucket_that_is_deleted_and_comes_back(s3: S3Server, tmp_path: Path) -> None:
    s3.client().delete_bucket(Bucket=BUCKET)
    async with opened(s3.settings(tmp_path)) as stores:
        await record(stores)
        await until(lambda: counter(stores, "upload_failures") >= 2)
        with pytest.raises(StoreUnavailable, match="no such bucket"):
            await stores.blobs.find("i2", "audio-0001.ogg")
        s3.clear()
        await gone_there(s3, stores, "i1/audio-0001.ogg")


async def test_what_was_erased_elsewhere_is_not_sent_again(
    s3: S3Server, s3_proxy: FaultyProxy, redis_url: str, tmp_path: Path
) -> None:
    """One server has the file still, another erases: neither disk nor bucket keeps it."""
    s3_proxy.fault = lambda _: refusal(503, "SlowDown")
    shared = {"store_url": redis_url}
    async with (
        opened(s3.settings(tmp_path / "one", endpoint=s3_proxy.endpoint, **shared)) as one,
        opened(s3.settings(tmp_path / "two", **shared)) as two,
    ):
        await two.log.create("i1", spec={}, entries=[], status="completed", now_s=1.0)
        await record(one)
        await two.upkeep.erase("i1", now_s=2.0)
        s3_proxy.fault = lambda _: None
        await until(lambda: on_disk(one) == [])
        assert s3.stored() == []
        assert counter(one, "uploads") == 0


async def test_what_is_erased_while_it_is_sent_does_not_stay_there(
    s3: S3Server, s3_proxy: FaultyProxy, tmp_path: Path
) -> None:
    async with opened(s3.settings(tmp_path, endpoint=s3_proxy.endpoint)) as stores:
        await stores.log.create("i1", spec={}, entries=[], status="completed", now_s=1.0)
        sending = asyncio.Event()

        def slow_put(request: web.Request) -> float | None:
            if request.method == "PUT":
                sending.set()
                return 0.5
            return None

        s3_proxy.fault = slow_put
        await record(stores)
        await until(sending.is_set)
        assert await stores.recordings.erase("i1") == 1
        await stores.upkeep.erase("i1", now_s=2.0)
        await asyncio.sleep(1.0)
        await until(lambda: s3.stored() == on_disk(stores) == [])


async def test_what_was_erased_before_it_came_late_does_not_stay_there(
    s3: S3Server, s3_proxy: FaultyProxy, tmp_path: Path
) -> None:
    async with opened(s3.settings(tmp_path, endpoint=s3_proxy.endpoint)) as stores:
        await stores.log.create("i1", spec={}, entries=[], status="completed", now_s=1.0)
        s3_proxy.fault = lambda asked: refusal(503, "SlowDown") if asked.method == "PUT" else None
        await record(stores)
        await until(lambda: counter(stores, "upload_failures") > 0)
        await stores.recordings.erase("i1")
        await stores.upkeep.erase("i1", now_s=2.0)
        s3.client().put_object(Bucket=BUCKET, Key="pre/fix/i1/audio-0001.ogg", Body=b"late")
        await until(lambda: s3.stored() == [])


async def test_a_list_that_is_late_leaves_nothing_in_the_end(
    s3: S3Server, s3_proxy: FaultyProxy, tmp_path: Path
) -> None:
    """Whoever erases sees an empty list; the next pass finds what that hid."""
    async with opened(s3.settings(tmp_path, endpoint=s3_proxy.endpoint)) as stores:
        await stores.log.create("i1", spec={}, entries=[], status="completed", now_s=1.0)
        await record(stores)
        await gone_there(s3, stores, "i1/audio-0001.ogg")
        empty = (
            '<?xml version="1.0"?><ListBucketResult><Name>x</Name><KeyCount>0</KeyCount>'
            "<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>"
        )
        s3_proxy.fault = lambda request: (
            web.Response(text=empty, content_type="application/xml")
            if "list-type" in request.query
            else None
        )
        await stores.recordings.erase("i1")
        await stores.upkeep.erase("i1", now_s=2.0)
        assert s3.stored() == ["pre/fix/i1/audio-0001.ogg"]
        s3_proxy.fault = lambda _: None
        assert await Orphans(stores).erase_stored(3.0) == 1
        assert s3.stored() == []


async def test_at_its_end_a_server_sends_what_it_has(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LOOK_S", 60.0)
    monkeypatch.setattr(factory, "LAST_UPLOADS_S", PATIENCE_S)
    async with opened(s3.settings(tmp_path)) as stores:
        await asyncio.sleep(0.2)  # the first look is over
        recording = stores.recordings.open("i1", 1)
        recording.add(0.0, PACKET)
    assert s3.stored() == ["pre/fix/i1/audio-0001.ogg"]
    assert on_disk(stores) == []


async def test_a_file_that_is_taken_is_taken_by_one(s3: S3Server, tmp_path: Path) -> None:
    """Two processes of one DATA_DIR, as two stores: the lock of one keeps the other away."""
    async with opened(StoreSettings(data_dir=tmp_path)) as stores:
        await record(stores)
    path = tmp_path / "recordings" / "i1" / "audio-0001.ogg"
    async with opened(s3.settings(tmp_path)) as stores:
        with contextlib.ExitStack() as held:
            file = held.enter_context(path.open("rb")) if path.exists() else None
            if file is not None and lock(file.fileno()):
                await asyncio.sleep(1.0)
                assert path.exists()
        await gone_there(s3, stores, "i1/audio-0001.ogg")
