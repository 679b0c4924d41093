"""Stores that may take their time: for tests of what they keep, not of how soon they answer."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from media_server.redis_link import link
from media_server.store import health, sqlite_worker
from media_server.store.disk import DiskThread
from media_server.store.sqlite_worker import SqliteWorker
from tests.support.waiting import PATIENCE_S, until

_CALL_TIMEOUT_S = link.CALL_TIMEOUT_S


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need more than the second after which a server turns people away.

    The limits of a database, a disk, a Redis and an interview's inbox, where a test names none.
    """
    from media_server.live.session import LiveSession  # noqa: PLC0415  # a second of loading

    monkeypatch.setitem(_defaults(LiveSession.ask), "timeout_s", PATIENCE_S)
    be_patient_with_stores(monkeypatch)


def be_patient_for_good() -> None:
    """In a process of a test's own. Others that lock the file with it may be late, too."""
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(sqlite_worker, "BUSY_TIMEOUT_S", PATIENCE_S)
    be_patient_with_stores(monkeypatch)


def be_patient_with_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they may take, but for the lock that another process holds."""
    for function, limit in (
        (SqliteWorker.__init__, "call_timeout_s"),
        (SqliteWorker.close, "timeout_s"),
        (DiskThread.__init__, "call_timeout_s"),
        (DiskThread.close, "timeout_s"),
    ):
        monkeypatch.setitem(_defaults(function), limit, PATIENCE_S)
    monkeypatch.setattr(health, "LOOK_TIMEOUT_S", PATIENCE_S)
    be_patient_with_redis(monkeypatch)


def be_patient_with_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """It, or the test itself, may be late: that is no silent Redis. Two connects fit in a call."""
    monkeypatch.setattr(link, "CALL_TIMEOUT_S", PATIENCE_S)
    monkeypatch.setattr(link, "CONNECT_TIMEOUT_S", 0.4 * PATIENCE_S)


@contextlib.asynccontextmanager
async def held(worker: SqliteWorker) -> AsyncIterator[None]:
    """The thread of `worker` is in a read meanwhile, and does nothing else."""
    began, gate = threading.Event(), threading.Event()

    def wait(_: sqlite3.Connection) -> None:
        began.set()
        gate.wait(PATIENCE_S)

    reading = asyncio.create_task(worker.read(wait, timeout_s=2 * PATIENCE_S))
    try:
        await until(began.is_set)
        yield
    finally:
        gate.set()
        await reading


def notice_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a call to Redis gives up as soon as shipped: for who is about to pause it."""
    monkeypatch.setattr(link, "CALL_TIMEOUT_S", _CALL_TIMEOUT_S)


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Of what is given by name only."""
    found: dict[str, Any] | None = function.__kwdefaults__
    assert found is not None
    return found
