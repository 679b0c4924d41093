"""What a call promises it promises over both kinds of ICE."""

from __future__ import annotations

import pytest

from tests.rtc.support import IceKind


@pytest.fixture(params=["lite", "full"])
def kind(request: pytest.FixtureRequest) -> IceKind:
    found: IceKind = request.param
    return found
