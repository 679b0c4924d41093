"""Settings and what they make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from media_server.ports import StoreUnavailable
from media_server.store.factory import create_stores
from media_server.store.redis import RedisEventLog
from media_server.store.redis_spool import RedisSpool
from media_server.store.settings import StoreSettings
from media_server.store.spool import DiskSpool
from media_server.store.sqlite import SqliteEventLog


def test_sqlite_is_the_default(tmp_path: Path) -> None:
    settings = StoreSettings(data_dir=tmp_path)
    stores = create_stores(settings)
    assert isinstance(stores.log, SqliteEventLog)
    assert isinstance(stores.spool, DiskSpool)
    assert settings.sqlite_path == tmp_path / "interviews.sqlite3"
    assert StoreSettings(store_url="sqlite:///var/x.db").sqlite_path == Path("/var/x.db")


def test_what_is_not_asked_for_is_not_loaded() -> None:
    """The Redis library is a tenth of what a server loads at its start."""
    lines = (
        "import sys",
        "from media_server import app",
        "from media_server.live import assembly",
        "from media_server.store.factory import create_stores",
        "create_stores(app.load_config({}).store)",
        "print(*sys.modules)",
    )
    loaded = subprocess.run(
        [sys.executable, "-c", "; ".join(lines)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()
    assert "media_server.store.sqlite" in loaded
    assert not {"redis", "obstore"} & set(loaded)


@pytest.mark.parametrize("url", ["redis://h:1/0", "rediss://u:p@h:1/0", "unix:///run/redis.sock"])
def test_redis_by_its_url(url: str) -> None:
    stores = create_stores(StoreSettings(store_url=url))
    assert isinstance(stores.log, RedisEventLog)
    assert isinstance(stores.spool, RedisSpool)


@pytest.mark.parametrize("url", ["postgres://h/db", "/var/x.db", "localhost:6379", "x"])
def test_url_that_is_none_is_named(url: str) -> None:
    with pytest.raises(ValueError, match="store_url"):
        StoreSettings(store_url=url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///"])
def test_sqlite_url_without_a_path(url: str) -> None:
    with pytest.raises(ValueError, match="store_url"):
        create_stores(StoreSettings(store_url=url))


def test_negative_days() -> None:
    with pytest.raises(ValueError, match="audio_days"):
        StoreSettings(audio_days=-1)
    with pytest.raises(ValueError, match="retention_interval_s"):
        StoreSettings(retention_interval_s=0)


async def test_open_that_fails_leaves_nothing_running(tmp_path: Path, unused_tcp_port: int) -> None:
    url = f"redis://127.0.0.1:{unused_tcp_port}/0"
    stores = create_stores(StoreSettings(data_dir=tmp_path / "data", store_url=url))
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        await stores.open()
    (tmp_path / "file").touch()
    stores = create_stores(StoreSettings(data_dir=tmp_path / "file" / "data"))
    with pytest.raises(StoreUnavailable, match="set data_dir"):
        await stores.open()


async def test_opened_twice_in_turn(tmp_path: Path) -> None:
    for _ in range(2):
        stores = create_stores(StoreSettings(data_dir=tmp_path / "data"))
        await stores.open()
        assert set(stores.counters().values()) == {0}
        assert set(stores.figures().counters.values()) == {0}
        await stores.close()
