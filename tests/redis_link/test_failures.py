"""Each error of a real Redis becomes one cause, with what to do and without a secret."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from media_server.redis_link.failures import Cause, RedisFailure, cause_of, code_of, failure_of
from media_server.redis_link.link import RedisLink, unusable
from tests.support import slow_disk
from tests.support.redis_server import RedisServer

SETTING = "store_url"


@pytest.fixture
async def link(redis_server: RedisServer) -> AsyncIterator[RedisLink]:
    link = RedisLink(redis_server.url, setting=SETTING)
    yield link
    await link.close()


async def failed(link: RedisLink, *words: str) -> RedisFailure:
    with pytest.raises(RedisFailure) as told:
        await link.do(*words)
    assert link.place in told.value.named
    assert link.place not in str(told.value), "candidates may read it"
    return told.value


@pytest.mark.redis
@pytest.mark.parametrize(
    ("given", "asked", "cause", "code", "words"),
    [
        ((), ("HGET", "secret", "f"), Cause.COMMAND, "WRONGTYPE", "(WRONGTYPE)"),
        ((), ("XREADGROUP", "GROUP", "secret", "c", "STREAMS", "secret-stream", ">"),
         Cause.COMMAND, "NOGROUP", "(NOGROUP)"),
        ((), ("NONSENSE", "secret"), Cause.COMMAND, "ERR", "refused a command"),
        (("CONFIG", "SET", "maxmemory", "1"), ("SET", "secret", "x"), Cause.OUT_OF_MEMORY, "OOM",
         "maxmemory"),
        (("REPLICAOF", "127.0.0.1", "1"), ("SET", "secret", "x"), Cause.READ_ONLY, "READONLY",
         "name the primary in store_url"),
        (("ACL", "SETUSER", "default", "-set"), ("SET", "secret", "x"), Cause.NOT_ALLOWED, "NOPERM",
         "ACL"),
        (("CONFIG", "SET", "requirepass", "secret"), ("PING",), Cause.REFUSED, "",
         "wants a password: put it into store_url"),
    ],
)  # fmt: skip
async def test_answers_that_refuse(
    link: RedisLink,
    redis_server: RedisServer,
    given: tuple[str, ...],
    asked: tuple[str, ...],
    cause: Cause,
    code: str,
    words: str,
) -> None:
    redis_server.command("SET", "secret", "value")
    if given:
        redis_server.command(*given)
    failure = await failed(link, *asked)
    assert (failure.cause, failure.code) == (cause, code)
    assert words in str(failure)
    assert "secret" not in failure.named


@pytest.mark.redis
async def test_an_error_inside_a_script_has_the_code_of_its_command(
    link: RedisLink, redis_server: RedisServer
) -> None:
    redis_server.command("SET", "secret", "value")
    with pytest.raises(RedisFailure) as told:
        await link.run("return redis.call('HGET', KEYS[1], 'f')", ["secret"], [])
    assert told.value.code == "WRONGTYPE"
    with pytest.raises(RedisFailure) as told:
        await link.run("return redis.call('XPENDING', KEYS[1], 'g')", ["gone"], [])
    assert told.value.code == "NOGROUP"


@pytest.mark.redis
async def test_wrong_password(redis_server: RedisServer) -> None:
    redis_server.command("CONFIG", "SET", "requirepass", "right")
    link = RedisLink(redis_server.url.replace("//", "//:canary@"), setting=SETTING)
    failure = await failed(link, "PING")
    await link.close()
    assert failure.cause is Cause.REFUSED
    assert "refused the password: correct user and password in store_url" in str(failure)
    assert "canary" not in failure.named


@pytest.mark.redis
async def test_a_silent_redis_costs_one_call_its_time_and_the_next_nothing(
    link: RedisLink, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await link.do("PING")
    slow_disk.notice_silence(monkeypatch)
    redis_server.pause()
    try:
        assert (await failed(link, "PING")).cause is Cause.SILENT
        began = time.monotonic()
        for _ in range(20):
            assert (await failed(link, "PING")).cause is Cause.SILENT
        assert time.monotonic() - began < 15.0, "one by one they would cost 20 s"
    finally:
        redis_server.cont()


@pytest.mark.redis
async def test_commands_that_wait_in_redis_hold_nobody_up(link: RedisLink) -> None:
    """More of them than there are slots, and a scheduled call beside them is answered."""
    waiting = [
        asyncio.create_task(
            link.call(lambda redis: redis.xread({"nobody": "0-0"}, block=60_000), block_s=60.0)
        )
        for _ in range(20)
    ]
    await asyncio.sleep(0.1)
    assert await link.do("PING")
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (TimeoutError(), Cause.SILENT),
        (RedisConnectionError("Connection closed by server."), Cause.AWAY),
        (ConnectionResetError(), Cause.AWAY),
        (ResponseError("MISCONF Redis is configured to save RDB snapshots"), Cause.DISK),
        (ResponseError("OOM command not allowed when used memory > 'maxmemory'."),
         Cause.OUT_OF_MEMORY),
        (ResponseError("odd"), Cause.COMMAND),
    ],
)  # fmt: skip
def test_cause(error: BaseException, cause: Cause) -> None:
    assert cause_of(error) is cause
    failure = failure_of(error, place="h:1", setting=SETTING, password=False, limit_s=1.0)
    assert failure.named.startswith("Redis at h:1 ")


def test_words_of_a_value_are_no_code() -> None:
    assert code_of(ResponseError("my secret value")) == "ResponseError"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:6379", "redis://host:6379/0"),
        ("http://localhost:6379", "redis://host:6379/0"),
        ("redis://:canary@localhost/0?nonsense=1", "an option behind ?"),
        ("redis://:canary@localhost/0?socket_timeout=x", "no URL of a Redis"),
    ],
)
def test_unusable(url: str, words: str) -> None:
    assert words in unusable(url)
    assert "canary" not in unusable(url)
