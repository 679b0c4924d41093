"""What a call promises it promises on both transports."""

from __future__ import annotations

import pytest

from media_server.rtc.full_ice import FullIceTransport
from media_server.rtc.transport import LiteTransport


@pytest.fixture(params=[LiteTransport, FullIceTransport], ids=["lite", "full"])
def kind(request: pytest.FixtureRequest) -> type[LiteTransport]:
    found: type[LiteTransport] = request.param
    return found
