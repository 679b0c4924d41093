"""Transcription that does not keep up: nobody new comes in, who has begun may come back.

The real queue, the real service and HTTP; only the recogniser is told to be slow.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from media_server.app import create_app
from media_server.config import load_config
from media_server.live.interview_service import LiveInterviewService
from media_server.ports import (
    SttCapabilities,
    SttEngine,
    SttJob,
    SttOutcome,
    SttRequest,
    Transcription,
)
from media_server.stt.settings import SttSettings
from media_server.tools.headless import HeadlessCandidate
from signaling import CONTEXT

KEY = "saturated-service-key-0123456789"
API = {"Authorization": f"Bearer {KEY}"}
SPEC = {"questions": [{"id": "q1", "text": "What do you do?"}]}
RETRY_AFTER_S = 7
NO_LIMITS = ("LOOP_LAG_S", "CPU", "MEMORY_MB", "FILES", "WINDOW_S")


class Patient:
    """Works on each segment for as long as the file `busy` is there."""

    name, model, notice = "patient", "none", ""

    capabilities = SttCapabilities()

    def __init__(self, folder: Path) -> None:
        self._busy = folder / "busy"

    def prepare(self) -> bool:
        return True

    def warm_up(self) -> None:
        pass

    def transcribe(self, requests: Sequence[SttRequest]) -> Sequence[Transcription]:
        while self._busy.exists():
            time.sleep(0.02)
        return [
            Transcription("Words.", (), self.name, self.model, request.language)
            for request in requests
        ]


def patient(settings: SttSettings) -> SttEngine:
    return Patient(Path(settings.model_dir))


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient[Any, Any]]:
    config = load_config(
        {
            "DATA_DIR": str(tmp_path),
            "MEDIA_SERVER_API_KEY": KEY,
            "MEDIA_SERVER_RTC_BIND_ADDRESSES": "127.0.0.1",
            "MEDIA_SERVER_RETRY_AFTER_S": str(RETRY_AFTER_S),
            "MEDIA_SERVER_STT_ENGINE": f"{__name__}:patient",
            "MEDIA_SERVER_STT_MODEL_DIR": str(tmp_path),
            "MEDIA_SERVER_STT_WORKERS": "1",
            "MEDIA_SERVER_STT_SATURATED_WAIT_S": "0.3",
            "MEDIA_SERVER_TTS_ENGINE": "off",
            # Load is judged by this alone, and at once: the machine itself is busy with tests.
            **{f"MEDIA_SERVER_ADMIT_{name}": "0" for name in NO_LIMITS},
        }
    )
    async with TestClient(TestServer(create_app(config))) as opened:
        yield opened


def service_of(client: TestClient[Any, Any]) -> LiveInterviewService:
    return cast("LiveInterviewService", cast("web.Application", client.app)[CONTEXT].live())


async def joined(client: TestClient[Any, Any]) -> dict[str, Any]:
    created = await client.post("/v1/interviews", json=SPEC, headers=API)
    link = (await created.json())["join_url"].rpartition("/")[2]
    made = dict(await (await client.post("/v1/join", json={"link": link})).json())
    consent = {"version": made["page"]["consent"]["version"], "accepted": True}
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert (await client.post("/v1/consent", json=consent, headers=bearer)).status == 204
    return made


async def call(client: TestClient[Any, Any], joined: dict[str, Any]) -> None:
    """Raises what the client raises when it is refused."""
    candidate = HeadlessCandidate(on_message=lambda _: None, microphone=False)
    candidate.only_loopback = True
    whip = str(client.make_url(URL(joined["whip_url"]).path))
    await candidate.connect(whip, joined["token"], client.session)
    candidate.send({"type": "hello", "last_seq": 0})
    await candidate.leave()


async def ready(client: TestClient[Any, Any]) -> bool:
    return (await client.get("/readyz")).status == 200


async def test_saturation_keeps_out_who_is_new_until_the_backlog_is_gone(
    client: TestClient[Any, Any], tmp_path: Path
) -> None:
    begun, new = await joined(client), await joined(client)
    assert await ready(client)
    await call(client, begun)

    done: list[SttOutcome] = []
    busy = tmp_path / "busy"
    busy.touch()
    pcm = np.ones(16_000, np.int16)
    for number in range(3):
        job = SttJob("iv_other", f"s{number}", 1, True, 0.0, pcm, speech_ms=900)
        service_of(client)._services.stt.submit(job, done.append)
    async with asyncio.timeout(10):
        while await ready(client):
            await asyncio.sleep(0.05)

    answer = await client.get("/readyz")
    assert (answer.status, answer.headers["Retry-After"]) == (503, str(RETRY_AFTER_S))
    (reason,) = (await answer.json())["reasons"]
    assert reason.startswith("transcription does not keep up: 2 segments wait")
    assert "media-server stt-worker" in reason, "it says what to do"
    metrics = await (await client.get("/metrics")).text()
    assert "media_server_stt_saturated 1.0" in metrics
    assert "media_server_ready 0.0" in metrics

    offer = {"Authorization": f"Bearer {new['token']}", "Content-Type": "application/sdp"}
    refused = await client.post(URL(new["whip_url"]).path, data="v=0\r\n", headers=offer)
    assert (refused.status, refused.content_type) == (503, "application/problem+json")
    assert RETRY_AFTER_S <= int(refused.headers["Retry-After"]) <= 1.25 * RETRY_AFTER_S + 1
    problem = await refused.json()
    assert problem["code"] == "full"
    assert problem["waiting"] == {"waits_for": "load", "ahead": 0, "expected_s": None}
    assert problem["detail"].startswith("transcription does not keep up")
    await call(client, begun)
    assert not await ready(client), "the one that came back was let in all the same"

    busy.unlink()
    async with asyncio.timeout(15):
        while not await ready(client):
            await asyncio.sleep(0.05)
    await call(client, new)
    assert [outcome.transcription is not None for outcome in done] == [True] * 3
    service = service_of(client)
    async with asyncio.timeout(30):
        while not service.load().rss_bytes:  # measured in a thread, once a second
            await asyncio.sleep(0.05)
    load = service.load()
    assert (load.refuses, load.draining, load.capacity) == ((), False, 50)
    assert load.memory_available_bytes > 0
    assert 0 < load.open_files < load.open_files_limit
