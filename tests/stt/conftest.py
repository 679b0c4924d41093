from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from media_server.ports import SpeechToText
from media_server.stt.factory import create_speech_to_text
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
from tests.stt.queues import Started, shared


@pytest.fixture(params=["local", "shared", pytest.param("redis", marks=pytest.mark.redis)])
def started(request: pytest.FixtureRequest) -> Started:
    """All queues pass one suite."""
    redis_url = request.getfixturevalue("redis_url") if request.param == "redis" else ""

    @asynccontextmanager
    async def start(**settings: object) -> AsyncIterator[SpeechToText]:
        values = {"engine": fake_engines.ECHO, "nice": 0, "redis_url": redis_url, **settings}
        if request.param == "shared":
            async with shared(SttSettings.from_mapping(values)) as queue:
                yield queue
            return
        queue = create_speech_to_text(SttSettings.from_mapping(values))
        try:
            await queue.start()
            yield queue
        finally:
            await queue.close()

    return start
