"""What a call promises it promises over both kinds of ICE."""

from __future__ import annotations

import pytest

from media_server.tools import headless
from tests.rtc.support import IceKind
from tests.support.waiting import PATIENCE_S


@pytest.fixture(autouse=True)
def _clients_end_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is given up at its end leaves sockets and tasks behind."""
    monkeypatch.setattr(headless, "_CLOSE_S", PATIENCE_S)


@pytest.fixture(params=["lite", "full"])
def kind(request: pytest.FixtureRequest) -> IceKind:
    found: IceKind = request.param
    return found
