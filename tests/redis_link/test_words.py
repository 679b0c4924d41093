"""What is said when a Redis cannot be used: the host, the cause, what to do, and no password."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from media_server.ports import EngineUnavailable, StoreUnavailable
from media_server.redis_link.urls import place_of, url_problem
from media_server.store.redis_client import RedisClient
from media_server.store.settings import StoreSettings
from media_server.stt.remote.redis_queue import RedisSpeechToText
from media_server.stt.settings import SttSettings
from tests.support.env import free_port
from tests.support.redis_server import RedisServer

PASSWORD = "s3cret"  # noqa: S105  # of nothing


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"redis://:{PASSWORD}#x@redis.example:6379/0", "percent-encoded"),
        (f"redis://:{PASSWORD}/x@redis.example:6379/0", "percent-encoded"),
        (f"redis://:{PASSWORD}?x@redis.example:6379/0", "percent-encoded"),
        (f"redis://:{PASSWORD}@redis.example:6379/zero", "number of the database"),
        (f"redis://:{PASSWORD}@redis.example:6379/0/1", "number of the database"),
        (f"redis://:{PASSWORD}@redis.example:637900/0", "port"),
        (f"redis://:{PASSWORD}@[redis.example:6379/0", "percent-encode"),
    ],
)
def test_a_url_that_cannot_mean_what_was_meant(url: str, words: str) -> None:
    assert words in url_problem(url)
    for refused in (
        lambda: StoreSettings(store_url=url),
        lambda: RedisSpeechToText(SttSettings(redis_url=url)),
    ):
        with pytest.raises((ValueError, EngineUnavailable)) as told:
            refused()
        assert words in str(told.value)
        assert PASSWORD not in str(told.value)
    assert PASSWORD not in place_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://localhost:6379/",
        "redis://user:a%23b%2Fc%3Fd%40e@redis.example:6379/15",
        "rediss://[::1]:6380/2?ssl_cert_reqs=none",
        "unix:///run/redis/redis.sock?db=1",
        "sqlite:///var/lib/interviews.sqlite3",
        "",
    ],
)
def test_a_url_that_is_well(url: str) -> None:
    assert url_problem(url) == ""


async def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    client = RedisClient(f"redis://:{PASSWORD}@redis.example:6379/0")
    with pytest.raises(StoreUnavailable, match=r"Redis at redis\.example:6379 cannot be found"):
        await client.open()
    await client.close()


async def test_nobody_there_is_named(unused_tcp_port: int) -> None:
    client = RedisClient(f"redis://127.0.0.1:{unused_tcp_port}/0")
    with pytest.raises(StoreUnavailable, match=f"Redis at 127.0.0.1:{unused_tcp_port} cannot be"):
        await client.open()
    with pytest.raises(StoreUnavailable) as later:
        await client.call(lambda redis: redis.ping())
    assert "127.0.0.1" not in str(later.value), "candidates may read it"
    await client.close()


HIGHEST_CLUSTER_PORT = 55_535
"""The nodes of a cluster talk to each other 10,000 ports higher."""


@pytest.mark.redis
async def test_a_cluster(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", options=("--cluster-enabled", "yes"))
    while server.port > HIGHEST_CLUSTER_PORT:
        server.port = free_port()
    server.start()
    try:
        client = RedisClient(server.url)
        place = f"Redis at 127.0.0.1:{server.port} is in cluster mode"
        with pytest.raises(StoreUnavailable, match=place):
            await client.open()
        await client.close()
        queue = RedisSpeechToText(SttSettings(redis_url=server.url, workers=0))
        with pytest.raises(EngineUnavailable, match=place):
            await queue.start()
    finally:
        server.kill()
