"""Both logs and a receiver on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.store.conftest import log, open_log, store_url
from tests.webhooks.receiver import Receiver, receiving

__all__ = ["log", "open_log", "store_url"]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found
