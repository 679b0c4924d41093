"""A store that may take its time: for tests of what it keeps, not of how soon it answers."""

from __future__ import annotations

import pytest

from media_server.store import health
from media_server.store.sqlite_worker import SqliteWorker
from tests.support.waiting import PATIENCE_S


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need more than the second after which a server turns people away."""
    defaults = SqliteWorker.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "call_timeout_s", PATIENCE_S)
    monkeypatch.setattr(health, "LOOK_TIMEOUT_S", PATIENCE_S)
