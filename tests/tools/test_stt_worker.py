"""`media-server stt-worker` as a process, and what it makes of its options."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from redis import Redis

from media_server.config import ConfigError, load_config
from media_server.stt.remote.redis_protocol import Keys
from media_server.stt.settings import SttSettings
from media_server.tools import stt_worker
from tests.stt import fake_engines
from tests.support.redis_server import RedisServer


def settings(*options: str, **environ: str) -> SttSettings:
    parser = argparse.ArgumentParser()
    stt_worker.add_arguments(parser)
    return stt_worker.settings_of(parser.parse_args(options), load_config(environ))


def test_options_come_before_settings_and_the_stores_redis_is_taken() -> None:
    made = settings(
        "--workers", "3", MEDIA_SERVER_STORE_URL="redis://a:1/0", MEDIA_SERVER_STT_WORKERS="0"
    )
    assert (made.workers, made.redis_url) == (3, "redis://a:1/0")
    assert settings("--redis", "redis://b:2/0").workers == 1


@pytest.mark.parametrize("options", [(), ("--redis", "redis://a:1/0", "--workers", "0")])
def test_what_is_missing_is_said(options: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError):
        settings(*options)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--workers", "-1"), ("--threads", "0"), ("--nice", "20"), ("--engine", ",")],
)
def test_bad_value_is_said_with_its_option(option: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"{option}(: .* is out of range; allowed: | must )"):
        settings("--redis", "redis://a:1/0", option, value)


def test_every_option_arrives(tmp_path: Path) -> None:
    given = {"engine": "faster-whisper", "language": "auto", "workers": 2, "threads": 3, "nice": 7}
    options = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    made = settings("--redis", "redis://a:1/0", "--model-dir", str(tmp_path), *options)
    assert {name: getattr(made, name) for name in given} == given
    assert made.model_dir == str(tmp_path)


def test_model_is_found_by_the_name_it_was_pulled_by(tmp_path: Path) -> None:
    made = settings("--redis", "redis://a:1/0", "--model-dir", "tiny", DATA_DIR=str(tmp_path))
    assert made.model_dir == str(tmp_path / "models" / "whisper" / "tiny")


@pytest.mark.parametrize(
    "url", ["redis.internal:6379", "http://:geheim@a/0", "redis://:geheim@a:x/0", "redis://a?b=c"]
)
def test_what_is_no_redis_url_is_said_without_its_password(url: str) -> None:
    with pytest.raises(
        ConfigError, match=r"--redis: .*(redis://host:6379/0|percent-encoded)"
    ) as raised:
        settings("--redis", url)
    assert "geheim" not in str(raised.value)
    with pytest.raises(ConfigError, match="stt redis_url: "):
        settings(MEDIA_SERVER_STT_REDIS_URL=url)


KEY = Keys(SttSettings().redis_prefix).described


@contextmanager
def worker(redis_url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "media_server", "stt-worker", "--redis", redis_url]
    with subprocess.Popen(
        [*command, "--engine", fake_engines.ECHO],
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def lines_of(process: subprocess.Popen[str]) -> Iterator[list[str]]:
    """What it says, as it says it; all of it at the end."""
    said: list[str] = []
    stderr = process.stderr
    assert stderr is not None
    reader = threading.Thread(target=lambda: said.extend(stderr), daemon=True)
    reader.start()
    yield said
    reader.join(20)


AWAY, BACK = "cannot be reached", "answers again"


def changes_of(lines: list[str], place: str) -> list[str]:
    """What it has said of Redis. More than was done to it, where the machine is slow: then Redis
    takes longer to answer than a worker waits."""
    told = [line for line in tuple(lines) if f"Redis at {place} " in line]
    return [next((what for what in (AWAY, BACK) if what in line), "is late") for line in told]


def wait_until(condition: Callable[[], object], what: str) -> None:
    end_s = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end_s, what
        time.sleep(0.05)


@pytest.mark.redis
def test_joins_and_leaves_at_sigterm(redis_url: str) -> None:
    client = Redis.from_url(redis_url)
    try:
        with worker(redis_url) as process:
            wait_until(lambda: client.hlen(KEY), "no worker has joined")
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert not client.hlen(KEY)
    finally:
        client.close()


@pytest.mark.redis
@pytest.mark.parametrize(
    ("userinfo", "words"), [(":wrong-canary@", "refused the password"), ("", "wants a password")]
)
def test_password_that_does_not_let_it_in_ends_it(
    redis_server: RedisServer, userinfo: str, words: str
) -> None:
    redis_server.command("CONFIG", "SET", "requirepass", "right-canary")
    place = f"127.0.0.1:{redis_server.port}"
    with worker(f"redis://{userinfo}{place}/0") as process:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 1
    assert f"Redis at {place} {words}" in said
    assert "--redis" in said
    assert "canary" not in said
    assert "Traceback" not in said


@pytest.mark.redis
def test_redis_that_is_away_is_waited_for_and_each_change_is_said_once(
    redis_server: RedisServer,
) -> None:
    redis_server.stop()
    place = f"127.0.0.1:{redis_server.port}"
    client = Redis.from_url(redis_server.url)
    try:
        with worker(redis_server.url) as process, lines_of(process) as lines:
            wait_until(lambda: AWAY in changes_of(lines, place), "it does not say so")
            time.sleep(1)
            assert process.poll() is None
            redis_server.start()
            wait_until(lambda: client.hlen(KEY), "no worker has joined")
            told = len(changes_of(lines, place))
            redis_server.stop()
            wait_until(lambda: AWAY in changes_of(lines, place)[told:], "it does not say so again")
            time.sleep(2)  # each of its connections must find out
            redis_server.start()
            wait_until(lambda: client.hlen(KEY), "it has not come back")
            wait_until(lambda: changes_of(lines, place).count(BACK) >= 2, "nor is that said")
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    finally:
        client.close()
    changes = changes_of(lines, place)
    assert all(one != other for one, other in pairwise(changes)), lines
    assert changes.count(AWAY) >= 2
    assert changes.count(BACK) >= 2
