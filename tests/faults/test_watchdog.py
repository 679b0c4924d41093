"""A serving process that hangs is replaced; its candidates go on at the same word."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.faults.invariants import check_everything, children_of
from tests.faults.visitor import Visitor, create
from tests.support.env import free_port
from tests.support.server import Server, start_server, stop_server
from tests.support.waiting import until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]

HANGING = """
import runpy, signal, sys, time
def hang(*_):
    while True:
        time.sleep(0.01)
signal.signal(signal.SIGRTMIN, hang)
sys.argv = ["media-server", *sys.argv[4:]]
runpy.run_module("media_server", run_name="__main__")
"""
"""Stands before `python -m media_server serve`, whose words it is given: runs it itself, and makes
the loop's own thread never return when it is told to. It sleeps: others need the processor."""


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


async def ready_again(server: Server) -> None:
    assert server.process.stdout is not None
    async with asyncio.timeout(60):
        while not (await asyncio.to_thread(server.process.stdout.readline)).startswith("ready "):
            pass


async def test_an_endless_loop_and_a_terminal(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    hanging = tmp_path / "hanging.py"
    hanging.write_text(HANGING)
    server = start_server(
        tmp_path,
        ("setsid", sys.executable, str(hanging)),  # a group of its own, as a terminal gives it
        PORT=str(free_port()),
        MEDIA_SERVER_SUPERVISE="on",
        MEDIA_SERVER_WATCHDOG_S="6",
    )
    try:
        made = await create(server, http)
        visitor = await Visitor(server, http, made["join_url"]).visit()
        await visitor.listening(1)
        (child,) = children_of(server.process.pid)
        os.kill(child, signal.SIGRTMIN)
        await ready_again(server)
        assert children_of(server.process.pid) != [child]
        log = (tmp_path / "serve.log").read_text()
        assert "no sign of life for" in log
        assert "in hang" in log, "where it hung is written down"
        async with http.get(f"{server.url}/metrics") as response:
            assert 'process_restarts_total{reason="hung"} 1.0' in await response.text()

        await visitor.candidate.vanish()
        again = await Visitor(server, http, made["join_url"]).visit()
        await again.listening(1)
        again.send("leave")
        await again.sees("completed")
        await again.candidate.leave()
        await check_everything(server, http, made, [visitor, again])

        family = children_of(server.process.pid)
        os.killpg(server.process.pid, signal.SIGINT)  # Ctrl-C reaches everybody in the group
        assert await asyncio.to_thread(server.process.wait, 20) == 0
        assert server.process.stdout is not None
        assert "stopping" not in server.process.stdout.read()
        assert not [pid for pid in family if Path(f"/proc/{pid}").exists()]
    finally:
        stop_server(server)


async def test_killed_supervisor_takes_everybody_along(tmp_path: Path) -> None:
    server = start_server(tmp_path, PORT=str(free_port()), MEDIA_SERVER_SUPERVISE="on")
    family = children_of(server.process.pid)
    family += [pid for child in family for pid in children_of(child)]
    assert len(family) >= 3, "a server, its recogniser and its voice"
    server.process.kill()
    server.process.wait(10)
    await until(lambda: not any(alive(pid) for pid in family))
    assert server.process.stdout is not None
    server.process.stdout.close()


def alive(pid: int) -> bool:
    """A zombie that nobody reaps is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
