"""`media-server stt-worker` as a process, and what it makes of its options."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time

import pytest
from redis import Redis

from media_server.config import ConfigError, load_config
from media_server.stt.redis_protocol import Keys
from media_server.stt.settings import SttSettings
from media_server.tools import stt_worker
from tests.stt import engines


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


@pytest.mark.redis
def test_joins_and_leaves_at_sigterm(redis_url: str) -> None:
    command = [sys.executable, "-m", "media_server", "stt-worker", "--redis", redis_url]
    client = Redis.from_url(redis_url)
    key = Keys(SttSettings().redis_prefix).described
    with subprocess.Popen([*command, "--engine", engines.ECHO], env=dict(os.environ)) as process:
        try:
            end_s = time.monotonic() + 30
            while not client.hlen(key):
                assert time.monotonic() < end_s, "no worker has joined"
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert not client.hlen(key)
        finally:
            process.kill()
            client.close()
