from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from media_server.ports import SpeechToText
from media_server.stt.factory import create_speech_to_text
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
from tests.stt.queues import Started, shared
from tests.support.waiting import PATIENCE_S


@pytest.fixture(autouse=True)
def _processes_may_end_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `close` has not seen the end of would be left behind."""
    monkeypatch.setattr("media_server.stt.pool.prefork.CLOSE_S", 30.0)


@pytest.fixture(params=["local", "shared", pytest.param("redis", marks=pytest.mark.redis)])
def started(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Started:
    """All queues pass one suite. A job has its time, unless the test says otherwise."""
    monkeypatch.setattr("media_server.stt.remote.redis_queue.FIRST_WORKER_S", PATIENCE_S)
    monkeypatch.setattr("media_server.stt.remote.redis_protocol.WORKER_GONE_S", 600)
    redis_url = request.getfixturevalue("redis_url") if request.param == "redis" else ""

    @asynccontextmanager
    async def start(**settings: object) -> AsyncIterator[SpeechToText]:
        values = {"engine": fake_engines.ECHO, "nice": 0, "redis_url": redis_url}
        values |= {"deadline_base_s": 600, **settings}
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
