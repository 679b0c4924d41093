"""Calls on a busy machine: they connect and end late, and that is no fault here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from media_server.live import registry
from media_server.tools import headless
from tests.support import virtual_calls
from tests.support.waiting import PATIENCE_S


@pytest.fixture(autouse=True)
def _calls_may_take_their_time(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a test itself says of a limit holds. In real time a delay must show."""
    if request.node.get_closest_marker("real_time") is not None:
        return
    monkeypatch.setattr(registry, "LOOK_S", PATIENCE_S)
    monkeypatch.setattr(headless, "_CLOSE_S", PATIENCE_S)
    connect = headless.HeadlessCandidate.connect_by.__kwdefaults__
    assert connect is not None
    monkeypatch.setitem(connect, "timeout_s", PATIENCE_S)


@pytest.fixture(autouse=True)
def _calls_wait_for_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    """`virtual_time`: see `tests.support.virtual_calls`. Whatever the test itself undoes, it holds
    until the last server is closed."""
    with pytest.MonkeyPatch.context() as patch:
        if request.node.get_closest_marker("virtual_time") is not None:
            virtual_calls.take_time(patch)
            virtual_calls.wait_for_others(patch)
        yield
