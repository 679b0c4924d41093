"""Figures are for the operator: on a port of their own, or behind a key where others come."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from media_server.app import create_app
from media_server.config import Config, ConfigError, load_config
from media_server.http_settings import HttpSettings
from media_server.ports import InterviewService
from media_server.store.settings import StoreSettings
from tests.signaling.conftest import API, open_house
from tests.signaling.memory_service import MemoryService
from tests.support.env import free_port

TOKEN = "figures-0123456789"  # noqa: S105  # of this test
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def _statuses(settings: HttpSettings, *asks: dict[str, str]) -> list[int]:
    house = await open_house(settings)
    try:
        return [(await house.client.get("/metrics", headers=ask)).status for ask in asks]
    finally:
        await house.client.close()


async def test_open_to_this_machine_alone() -> None:
    assert await _statuses(HttpSettings(), {}) == [200]
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert await _statuses(HttpSettings(), forwarded, {**forwarded, **API}) == [401, 200]


@pytest.mark.parametrize(
    "settings",
    [
        HttpSettings(host="0.0.0.0"),
        HttpSettings(host="::"),
        HttpSettings(host="192.0.2.5"),
        HttpSettings(host="media.example.org"),
        HttpSettings(public_url="https://interviews.example.org"),
    ],
    ids=lambda settings: settings.public_url or settings.host,
)
async def test_where_others_come_it_asks_for_a_key(settings: HttpSettings) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    assert await _statuses(settings, {}, wrong, API, BEARER) == [401, 401, 200, 401]


async def test_a_token_of_its_own_opens_figures_and_nothing_else() -> None:
    house = await open_house(HttpSettings(metrics_token=TOKEN))
    try:
        assert (await house.client.get("/metrics")).status == 401
        assert (await house.client.get("/metrics", headers=BEARER)).status == 200
        assert (await house.client.get("/metrics", headers=API)).status == 200
        assert (await house.client.get("/v1/interviews", headers=BEARER)).status == 401
    finally:
        await house.client.close()


@asynccontextmanager
async def _service(_: Config) -> AsyncIterator[InterviewService]:
    yield MemoryService()


async def test_a_port_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    config = Config(
        http=HttpSettings(host="0.0.0.0", metrics_port=port),
        store=StoreSettings(data_dir=tmp_path),
    )
    async with (
        TestClient(TestServer(create_app(config, open_service=_service))) as client,
        aiohttp.ClientSession() as http,
    ):
        key = (tmp_path / "secrets" / "api-key").read_text().strip()
        bearer = {"Authorization": f"Bearer {key}"}
        assert (await client.get("/metrics", headers=bearer)).status == 404
        async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 200
            assert "media_server_ready 1.0" in await answer.text()
        async with http.get(f"http://127.0.0.1:{port}/v1/interviews") as answer:
            assert answer.status == 404, "nothing but figures"
        taken = create_app(config, open_service=_service)
        with pytest.raises(ValueError, match=f"METRICS_PORT={port} is taken by another program"):
            await TestServer(taken).start_server()
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(f"http://127.0.0.1:{port}/metrics")


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ({"HOST": "127.0.0.1"}, False),
        ({"HOST": "localhost"}, False),
        ({"HOST": "::1"}, False),
        ({"HOST": "0.0.0.0"}, True),
        ({"HOST": "192.0.2.5"}, True),
        ({"MEDIA_SERVER_PUBLIC_URL": "https://interviews.example.org"}, True),
        ({"MEDIA_SERVER_PUBLIC_URL": "http://localhost:8080"}, False),
    ],
)
def test_a_short_api_key_is_refused_where_others_come(told: dict[str, str], refused: bool) -> None:
    short = {**told, "MEDIA_SERVER_API_KEY": "0123456789abcdef,123456789012345"}
    if refused:
        with pytest.raises(ConfigError) as error:
            load_config(short)
        assert "MEDIA_SERVER_API_KEY: api_keys: at least 16 characters" in str(error.value)
        assert "openssl rand" in str(error.value)
        assert not re.search("0123456789abcdef|123456789012345", str(error.value))
    else:
        load_config(short)
    load_config({**told, "MEDIA_SERVER_API_KEY": "0123456789abcdef"})


def test_a_short_token_for_figures_is_refused() -> None:
    with pytest.raises(ConfigError, match="metrics_token: at least 16 characters"):
        load_config({"MEDIA_SERVER_METRICS_TOKEN": "short"})
    with pytest.raises(ConfigError, match="metrics_port must be another"):
        load_config({"PORT": "9000", "MEDIA_SERVER_METRICS_PORT": "9000"})
