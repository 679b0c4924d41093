"""Files of an interview that was erased through another server or process."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_server.ports import NewEntry, SpooledPacket
from media_server.store.factory import Stores, create_stores
from media_server.store.orphans import DAY_S
from media_server.store.retention import Retention, erase_interview
from media_server.store.settings import StoreSettings
from tests.store.spool_writer import PACKET
from tests.support.files import paths_below


class WallClock:
    def now_s(self) -> float:
        return time.time()


@pytest.fixture
def url(store_url: str) -> str:
    return "" if store_url.startswith("sqlite") else store_url


@pytest.fixture
async def one(tmp_path: Path, url: str) -> AsyncIterator[Stores]:
    stores = create_stores(StoreSettings(data_dir=tmp_path / "one", store_url=url))
    await stores.open()
    yield stores
    await stores.close()


@pytest.fixture
async def two(tmp_path: Path, url: str) -> AsyncIterator[Stores]:
    """Another process on the same SQLite and directory; with Redis, another machine."""
    directory = tmp_path / ("two" if url else "one")
    stores = create_stores(StoreSettings(data_dir=directory, store_url=url))
    await stores.open()
    yield stores
    await stores.close()


async def speak(stores: Stores, interview_id: str, connection_epoch: int = 1) -> None:
    stores.spool.put(interview_id, [SpooledPacket(connection_epoch, 0.0, PACKET)])
    await stores.spool.flush()
    recording = stores.recordings.open(interview_id, connection_epoch)
    recording.add(0.0, PACKET)
    await recording.close()


async def create(stores: Stores, interview_id: str) -> None:
    await stores.log.create(
        interview_id,
        spec={},
        entries=[NewEntry("created", {})],
        status="created",
        now_s=time.time(),
    )


async def erase(stores: Stores, interview_id: str) -> None:
    assert await erase_interview(
        stores.log, stores.spool, stores.recordings, interview_id, now_s=9.0
    )


def files(tmp_path: Path, interview_id: str) -> list[Path]:
    return [path for path in paths_below(tmp_path) if interview_id in path.parts]


async def test_erased_elsewhere_the_files_here_go_too(
    one: Stores, two: Stores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for interview_id in ("gone", "kept"):
        await create(one, interview_id)
        await speak(one, interview_id)
    live = one.recordings.open("gone", 2)
    live.add(0.0, PACKET)
    await erase(two, "gone")
    await speak(one, "gone", 3)  # its owner has not been told yet
    assert files(tmp_path, "gone")

    await Retention(one, WallClock()).run_once()
    assert files(tmp_path, "gone") == []
    assert "audio of gone erased at" in caplog.text
    assert await one.spool.read("kept")
    assert await one.recordings.files("kept") == ("audio-0001.ogg",)

    live.add(0.02, PACKET)
    await live.close()
    await one.spool.flush()
    assert files(tmp_path, "gone") == []


async def test_late_packets_do_not_revive_what_was_erased(one: Stores, tmp_path: Path) -> None:
    await create(one, "gone")
    await speak(one, "gone")
    await erase(one, "gone")
    one.spool.put("gone", [SpooledPacket(1, 1.0, PACKET)])
    await one.spool.flush()
    assert await one.spool.read("gone") == ()
    assert files(tmp_path, "gone") == []
    assert one.counters()["spool_packets_dropped_total"] == 0


async def test_what_the_log_never_heard_of_stays_as_long_as_audio_does(
    one: Stores, tmp_path: Path
) -> None:
    """A log that came back empty, or another `store_url`, must not cost every recording."""
    await speak(one, "lost")
    await create(one, "kept")
    await speak(one, "kept")
    retention = Retention(one, WallClock())
    await retention.run_once()
    assert await one.recordings.files("lost") == ("audio-0001.ogg",)
    days = one.settings.audio_days
    assert days is not None
    written_s = time.time() - (days + 1) * DAY_S
    for path in (tmp_path / "one" / "recordings").iterdir():
        os.utime(path, (written_s, written_s))
    for path in (tmp_path / "one").glob("spool/*"):
        os.utime(path, (written_s, written_s))
    await retention.run_once()
    assert await one.recordings.files("lost") == ()
    assert await one.recordings.files("kept") == ("audio-0001.ogg",)
    assert await one.spool.read("kept")


async def test_only_directories_of_interviews_are_looked_at(one: Stores, tmp_path: Path) -> None:
    recordings = tmp_path / "one" / "recordings"
    (recordings / ".hidden").mkdir(parents=True)
    (recordings / "a file").write_text("x")
    (recordings / "elsewhere").symlink_to(tmp_path)
    assert await one.audio_directories() == {}
