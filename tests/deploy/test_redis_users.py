"""The Redis of compose.yaml: two users who can do their work, and nothing else."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from media_server.config import load_config
from media_server.ports import Appended, NewEntry
from media_server.store.redis import RedisEventLog
from media_server.store.redis_client import RedisClient
from tests.deploy.services import SECRET, interpolated, services
from tests.stt.fake_engines import job
from tests.stt.machines import machine, server
from tests.stt.queues import Outcomes
from tests.support.env import free_port, require_tool

pytestmark = pytest.mark.redis

STT_SECRET = SECRET[::-1]
_FORBIDDEN = (
    "FLUSHALL",
    "KEYS *",
    "SHUTDOWN",
    "CONFIG SET maxmemory 1",
    "ACL LIST",
    "REPLICAOF 127.0.0.1 1",
    "GET other",
    "SET other 1",
    "MONITOR",
    "CLIENT KILL ID 1",
)
_LUA = "return redis.call('GET', 'ms:{i1}:row')"


class Users:
    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, service: str, variable: str) -> str:
        """As the service of compose.yaml is told, at the port of the test."""
        told = services()[service]["environment"][variable]
        if "REDIS_STT_PASSWORD" in told:
            told = told.replace("${", STT_SECRET + "${", 1)
            told = told[: told.index("${")] + told[told.index("}") + 1 :]
        return interpolated(told).replace("@redis:6379/", f"@127.0.0.1:{self.port}/")

    @property
    def media(self) -> str:
        return self.url("media", "MEDIA_SERVER_STORE_URL")

    @property
    def stt(self) -> str:
        return self.url("stt-worker", "MEDIA_SERVER_STT_REDIS_URL")

    def ask(self, url: str, *words: str) -> Any:
        with Redis.from_url(url) as redis:
            return redis.execute_command(*words)


@pytest.fixture
def users(tmp_path: Path) -> Iterator[Users]:
    """Started by the command of compose.yaml, in a directory of the test."""
    require_tool("redis-server", package="redis-server")
    shell, flag, script = services()["redis"]["command"]
    script = interpolated(script).replace("/tmp/", f"{tmp_path}/")  # noqa: S108  # is replaced
    port = free_port()
    script = script.replace(
        "exec redis-server", f"exec redis-server --bind 127.0.0.1 --port {port} --dir {tmp_path}"
    )
    environment = {**os.environ, "REDIS_PASSWORD": SECRET, "REDIS_STT_PASSWORD": STT_SECRET}
    process = subprocess.Popen(
        [shell, flag, script], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ready to accept connections" in line:
                break
        assert process.poll() is None, "redis-server did not start"
        yield Users(port)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_nobody_comes_in_without_a_password(users: Users, tmp_path: Path) -> None:
    with pytest.raises(AuthenticationError):
        users.ask(f"redis://127.0.0.1:{users.port}/0", "PING")
    with pytest.raises(AuthenticationError):
        users.ask(f"redis://media:wrong@127.0.0.1:{users.port}/0", "PING")
    assert (tmp_path / "users.acl").stat().st_mode & 0o077 == 0
    processes = subprocess.run(["ps", "-Ao", "args"], capture_output=True, text=True, check=True)
    running = [line for line in processes.stdout.splitlines() if f":{users.port}" in line]
    assert SECRET not in "".join(running)


async def test_the_server_can_keep_its_log(users: Users) -> None:
    log = RedisEventLog(RedisClient(users.media))
    await log.open()
    try:
        entries = [NewEntry("c", {})]
        await log.create("i1", spec={"t": 1}, entries=entries, status="s", now_s=1.0)
        lease = await log.acquire("i1", "a", ttl_s=10)
        assert lease is not None
        assert await log.renew(lease, ttl_s=10) is not None
        done = await log.append(
            "i1",
            expected_version=1,
            lease_epoch=lease.lease_epoch,
            operation_id="op",
            entries=entries,
            status="s",
            now_s=2.0,
        )
        assert isinstance(done, Appended)
        await log.save_snapshot("i1", 2, "{}")
        assert len(await log.read("i1")) == 2
        assert [row.interview_id for row in await log.rows(after=None, limit=5)] == ["i1"]
        await log.probe()
        await log.release(lease)
        await log.erase("i1", now_s=3.0)
        async with asyncio.timeout(20):
            while not await log.scrub():  # asks for a new append-only file, and when it is there
                await asyncio.sleep(0.1)
    finally:
        await log.close()


async def test_a_worker_with_its_own_user_transcribes(users: Users) -> None:
    async with server(users.media) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1), job(2))
        with machine(users.stt):
            await outcomes.count(2)
        assert set(outcomes.texts()) == {"number 1", "number 2"}


def test_what_no_user_may(users: Users) -> None:
    for url in (users.media, users.stt):
        for words in _FORBIDDEN:
            with pytest.raises(NoPermissionError):
                users.ask(url, *words.split(" "))


def test_a_worker_sees_no_interview(users: Users) -> None:
    users.ask(users.media, "SET", "ms:{i1}:row", "secret")
    for words in (("GET", "ms:{i1}:row"), ("GET", "ms:schema"), ("EVAL", _LUA, "0")):
        with pytest.raises(RedisError, match=r"permission|can't access"):
            users.ask(users.stt, *words)


def test_the_settings_of_both_services_are_read(users: Users) -> None:
    assert load_config({"MEDIA_SERVER_STORE_URL": users.media}).store.uses_redis
    assert load_config({"MEDIA_SERVER_STT_REDIS_URL": users.stt}).stt.redis_url == users.stt
