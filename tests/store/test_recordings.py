"""The candidate's audio as files: they play, whatever happened to the process or the disk."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from media_server.audio.ogg import read_ogg_opus
from media_server.ports import NewEntry, Recording
from media_server.store import recordings as recordings_module
from media_server.store.factory import Stores, create_stores
from media_server.store.recordings import DiskRecordings
from media_server.store.settings import StoreSettings
from tests.store.conftest import fill
from tests.store.spool_writer import PACKET
from tests.support.waiting import until


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    stores = create_stores(StoreSettings(data_dir=tmp_path / "data"))
    await stores.open()
    yield stores
    await stores.close()


def add(recording: Recording, start_s: float, seconds: float) -> None:
    for n in range(round(seconds * 50)):
        recording.add(start_s + n * 0.02, PACKET)


def played_s(path: str | Path) -> float:
    """Seconds that FFmpeg's decoder makes of it."""
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    return samples / 48_000


def path_of(stores: Stores, interview_id: str, name: str) -> Path:
    return stores.settings.data_dir / "recordings" / interview_id / name


async def only_path(stores: Stores, interview_id: str = "i1") -> Path:
    (name,) = await stores.recordings.files(interview_id)
    return path_of(stores, interview_id, name)


async def test_recording_plays_with_its_gap(stores: Stores) -> None:
    recording = stores.recordings.open("i1", 1)
    add(recording, 0.0, 2.0)
    add(recording, 3.0, 1.0)  # a second was lost
    await recording.close()
    assert recording.failed == ""
    path = await only_path(stores)
    assert played_s(path) == pytest.approx(4.0, abs=0.02)
    assert read_ogg_opus(path.read_bytes()).finished


async def test_private_and_named_by_connection(stores: Stores) -> None:
    for epoch in (2, 1, 12, 1):
        recording = stores.recordings.open("i1", epoch)
        add(recording, 0.0, 0.1)
        await recording.close()
    names = await stores.recordings.files("i1")
    assert names == ("audio-0001-2.ogg", "audio-0001.ogg", "audio-0002.ogg", "audio-0012.ogg")
    path = path_of(stores, "i1", names[0])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for parent in (path.parent, path.parent.parent):
        assert stat.S_IMODE(parent.stat().st_mode) == 0o700


async def test_without_audio_there_is_no_file(stores: Stores) -> None:
    recording = stores.recordings.open("i1", 1)
    await recording.close()
    assert await stores.recordings.files("i1") == ()
    recording.add(0.0, PACKET)  # after the end: nothing happens
    await recording.close()
    assert await stores.recordings.files("nobody") == ()


async def test_closing_the_stores_finishes_open_recordings(tmp_path: Path) -> None:
    stores = create_stores(StoreSettings(data_dir=tmp_path / "data"))
    await stores.open()
    add(stores.recordings.open("i1", 1), 0.0, 1.0)
    await stores.close()
    path = tmp_path / "data" / "recordings" / "i1" / "audio-0001.ogg"
    assert read_ogg_opus(path.read_bytes()).finished


async def test_killed_process_leaves_a_file_that_plays(tmp_path: Path) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.spool_writer", str(tmp_path / "data"), "", stdout=PIPE
    )
    assert writer.stdout is not None
    path = tmp_path / "data" / "recordings" / "i1" / "audio-0001.ogg"
    while not (path.exists() and path.stat().st_size > 1000):
        assert await writer.stdout.readline()
    writer.kill()
    await writer.wait()
    held = read_ogg_opus(path.read_bytes())
    assert not held.finished
    assert held.packets
    assert played_s(path) == pytest.approx(held.end / 48_000, abs=0.05)


async def test_full_disk_turns_recording_off_and_nothing_else(
    small_disk: Path, tmp_path: Path
) -> None:
    settings = StoreSettings(data_dir=small_disk, store_url=f"sqlite://{tmp_path}/log.sqlite3")
    stores = create_stores(settings)
    await stores.open()
    counters = stores.counters
    recording = stores.recordings.open("i1", 1)
    add(recording, 0.0, 2.0)
    path = small_disk / "recordings" / "i1" / "audio-0001.ogg"
    await until(lambda: path.exists() and read_ogg_opus(path.read_bytes()).end >= 2 * 48_000)
    filler = fill(small_disk)
    await stores.log.create("i1", spec={}, entries=[NewEntry("c", {})], status="s", now_s=1.0)
    for n in range(500):
        recording.add(2.0 + n * 0.02, PACKET + bytes(100))
    await recording.close()
    assert recording.failed == "disk full"
    assert counters()["recordings_failed_total"] == 1
    add(recording, 100.0, 1.0)  # the interview goes on and does not notice
    assert (await stores.log.row("i1")) is not None
    held = read_ogg_opus(Path(await only_path(stores)).read_bytes())
    assert held.end >= 2 * 48_000
    filler.unlink()
    later = stores.recordings.open("i2", 1)
    add(later, 0.0, 1.0)
    await later.close()
    assert later.failed == ""
    assert played_s(await only_path(stores, "i2")) == pytest.approx(1.0, abs=0.02)
    await stores.close()


QUOTA_SCRIPT = """
import asyncio, resource, sys
from pathlib import Path
from media_server.store.disk import DiskThread
from media_server.store.recordings import DiskRecordings

async def main() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
    disk = DiskThread(tick_s=0.05)
    recordings = DiskRecordings(Path(sys.argv[1]), disk)
    await disk.start()
    recording = recordings.open("i1", 1)
    for n in range(3000):
        recording.add(n * 0.02, bytes([0xF8]) + bytes(100))
        if n % 100 == 0:
            await asyncio.sleep(0.06)
    await recording.close()
    await disk.close()
    print(recording.failed, recordings.counters.failed)

asyncio.run(main())
"""


def test_file_size_quota_turns_recording_off(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", QUOTA_SCRIPT, str(tmp_path)], capture_output=True, check=True,
        text=True, timeout=30,
    )  # fmt: skip
    assert result.stdout.split("\n")[0] == "disk full 1"
    held = read_ogg_opus((tmp_path / "i1" / "audio-0001.ogg").read_bytes())
    assert held.packets


async def test_disk_that_hangs_turns_recording_off(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings_module, "BUFFER_PACKETS", 10)
    recording = stores.recordings.open("i1", 1)
    add(recording, 0.0, 0.3)
    assert recording.failed == "disk too slow"
    await recording.close()


async def test_erase_takes_open_and_closed_ones(stores: Stores, tmp_path: Path) -> None:
    recordings = stores.recordings
    assert isinstance(recordings, DiskRecordings)
    done = recordings.open("i1", 1)
    add(done, 0.0, 0.5)
    await done.close()
    still_open = recordings.open("i1", 2)
    add(still_open, 0.0, 0.5)
    other = recordings.open("i2", 1)
    add(other, 0.0, 0.5)
    await until(lambda: len([*(tmp_path / "data" / "recordings").glob("*/*.ogg")]) == 3)
    assert await recordings.erase("i1") == 2
    add(still_open, 0.5, 0.5)
    await still_open.close()
    assert still_open.failed == "erased"
    assert await recordings.files("i1") == ()
    assert not (tmp_path / "data" / "recordings" / "i1").exists()
    assert len(await recordings.files("i2")) == 1
    assert recordings.counters.failed == 0
    await other.close()
