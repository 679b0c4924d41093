"""Both logs, as the suite sees them: `open_log()` opens one more client of the same data."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from media_server.store.redis import RedisEventLog
from media_server.store.redis_client import RedisClient
from media_server.store.sqlite import SqliteEventLog

AnyLog = SqliteEventLog | RedisEventLog
OpenLog = Callable[[], Awaitable[AnyLog]]


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "redis":
        url: str = request.getfixturevalue("redis_url")
        return url
    return f"sqlite://{tmp_path / 'log.sqlite3'}"


def make_log(store_url: str) -> AnyLog:
    if store_url.startswith("sqlite://"):
        return SqliteEventLog(Path(store_url.removeprefix("sqlite://")))
    return RedisEventLog(RedisClient(store_url))


@pytest.fixture
async def open_log(store_url: str) -> AsyncIterator[OpenLog]:
    logs: list[AnyLog] = []

    async def open_one() -> AnyLog:
        log = make_log(store_url)
        await log.open()
        logs.append(log)
        return log

    yield open_one
    for log in logs:
        await log.close()


@pytest.fixture
async def log(open_log: OpenLog) -> AnyLog:
    return await open_log()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB; skips where it cannot be mounted (it takes root)."""
    directory = tmp_path / "small"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(directory)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small tmpfs takes root; the RLIMIT_FSIZE test runs instead")
    yield directory
    subprocess.run(["umount", "--lazy", str(directory)], check=True)


def fill(directory: Path) -> Path:
    """Write until nothing more fits; deleting the answer makes room again."""
    path = directory / "filler"
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return path
