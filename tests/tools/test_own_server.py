"""A server for one interview: it is there, it says why it is not, and nothing is left of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiohttp import web

from media_server.process_tree import descendants
from media_server.tools import own_server as own_server_module
from media_server.tools.own_server import CannotStart, answers_at, own_server
from tests.support import recogniser
from tests.support.env import free_port


@pytest.fixture(autouse=True)
def _patient_with_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_server_module, "PROBE_S", 30.0)


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith("MEDIA_SERVER_")}
    return {
        **kept,
        "DATA_DIR": str(data_dir),
        "MEDIA_SERVER_STT_ENGINE": recogniser.NAME,
        "MEDIA_SERVER_PUBLIC_URL": "https://elsewhere.example.org",
        "MEDIA_SERVER_RTC_TRANSPORT": "full",
        **more,
    }


async def test_it_is_there_for_the_time_and_then_gone(tmp_path: Path) -> None:
    others = set(descendants(os.getpid()))
    async with own_server(environment(tmp_path)) as url:
        assert url.startswith("http://localhost:")
        assert await answers_at(url)
        left = set(descendants(os.getpid())) - others
        assert left
    assert not await answers_at(url)
    end_s = time.monotonic() + 30
    while any(Path(f"/proc/{process.pid}").exists() for process in left):
        assert time.monotonic() < end_s, "a process of it is left"
        await asyncio.sleep(0.1)


async def test_it_says_why_it_cannot_start(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="MEDIA_SERVER_STT_WORKERS"):
        async with own_server(environment(tmp_path, MEDIA_SERVER_STT_WORKERS="many")):
            raise AssertionError("it started")


async def test_somebody_elses_server_is_none_of_ours() -> None:
    app = web.Application()
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        assert not await answers_at(f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()
    assert not await answers_at(f"http://127.0.0.1:{free_port()}")


KILLED = """
import asyncio, sys
from media_server.tools.own_server import own_server

async def main():
    async with own_server() as url:
        print(url, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_it_does_not_outlive_a_command_that_is_killed(tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None
    url = (await asyncio.to_thread(command.stdout.readline)).strip()
    assert await answers_at(url)
    command.send_signal(signal.SIGKILL)
    command.wait()
    command.stdout.close()
    end_s = time.monotonic() + 30
    while await answers_at(url):
        assert time.monotonic() < end_s, "it still serves"
        await asyncio.sleep(0.1)
