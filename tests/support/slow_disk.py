"""Stores that may take their time: for tests of what they keep, not of how soon they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from media_server.live.session import LiveSession
from media_server.redis_link import link
from media_server.store import health
from media_server.store.disk import DiskThread
from media_server.store.sqlite_worker import SqliteWorker
from tests.support.waiting import PATIENCE_S


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need more than the second after which a server turns people away.

    The limits of a database, a disk, a Redis and an interview's inbox, where a test names none.
    """
    for function, limit in (
        (SqliteWorker.__init__, "call_timeout_s"),
        (SqliteWorker.close, "timeout_s"),
        (DiskThread.__init__, "call_timeout_s"),
        (DiskThread.close, "timeout_s"),
        (LiveSession.ask, "timeout_s"),
    ):
        monkeypatch.setitem(_defaults(function), limit, PATIENCE_S)
    monkeypatch.setattr(health, "LOOK_TIMEOUT_S", PATIENCE_S)
    be_patient_with_redis(monkeypatch)


def be_patient_with_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """It, or the test itself, may be late: that is no silent Redis. Two connects fit in a call."""
    monkeypatch.setattr(link, "CALL_TIMEOUT_S", PATIENCE_S)
    monkeypatch.setattr(link, "CONNECT_TIMEOUT_S", 0.4 * PATIENCE_S)


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Of what is given by name only."""
    found: dict[str, Any] | None = function.__kwdefaults__
    assert found is not None
    return found
