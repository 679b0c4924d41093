"""A server with two workers, and what may happen to each of its processes: nobody loses a word."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from media_server.tools.headless import HeadlessError
from tests.faults.invariants import check_everything, children_of, read_sqlite_log
from tests.faults.visitor import Visitor, create
from tests.support.env import free_port
from tests.support.server import HURRIED, Server, start_server
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]
TEXT = "I worked as a teacher in a small school."
SILENT_S = 5
"""Of a stopped worker; the default."""


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


def roles(server: Server) -> dict[str, int]:
    """Processes by their role, whose name they bear; those that are leaving are overwritten by
    those that have come."""
    found = {}
    for pid in sorted(children_of(server.process.pid)):
        with contextlib.suppress(OSError):  # it has just ended
            found[Path(f"/proc/{pid}/comm").read_text().strip()] = pid
    return found


def worker_of(server: Server, made: dict[str, Any]) -> str:
    """The role of the process that took this interview's last call, by the log."""
    servers = [e["data"]["server"] for e in read_sqlite_log(server.data_dir, made["id"])
               if e["data"].get("server")]  # fmt: skip
    return f"worker:{servers[-1].rpartition(':')[2]}"


async def all_ready(server: Server, http: aiohttp.ClientSession) -> None:
    """The front knows both workers, whether or not this machine is too busy for newcomers."""
    async with asyncio.timeout(120):
        while True:
            async with http.get(f"{server.url}/readyz") as answer:
                said = await answer.json()
            if not any("it is starting" in reason for reason in said["reasons"]):
                return
            await asyncio.sleep(0.1)


async def back(visitor: Visitor, made: dict[str, Any]) -> Visitor:
    """As the page does it: again and again until it is let in."""
    await visitor.candidate.vanish()
    while True:
        again = Visitor(visitor.server, visitor.http, made["join_url"], was=visitor)
        try:
            async with asyncio.timeout(20):
                return await again.visit()
        except (AssertionError, HeadlessError, OSError, RuntimeError, aiohttp.ClientError):
            await again.candidate.vanish()
            await asyncio.sleep(0.2)


async def tells_of_the_recognisers(
    server: Server, http: aiohttp.ClientSession, made: dict[str, Any]
) -> None:
    """That their process was started again, and which turn's words were waited for."""
    async with http.get(f"{server.url}/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
    (restarts,) = [one for one in families if one.name == "media_server_process_restarts"]
    counts = [one.value for one in restarts.samples if one.labels["worker"] == "speech"]
    assert sum(counts) == 1
    log = (server.data_dir / "serve.log").read_text()
    given = r":\d+: segment \S+ is given to the recognisers that are there now"
    assert re.search(f"turn={made['id']}{given}", log)


async def test_whatever_happens_to_one_process(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """Over 50 lines on purpose: one server, since each start of its five processes takes long."""
    speech = read_wav(speak_wav(TEXT, tmp_path / "a.wav"))
    server = await asyncio.to_thread(
        start_server,
        tmp_path,
        PORT=str(free_port()),
        MEDIA_SERVER_SUPERVISE="on",
        MEDIA_SERVER_WORKERS="2",
        MEDIA_SERVER_WATCHDOG_S=str(SILENT_S),
        MEDIA_SERVER_WORKER_WATCHDOG_S=str(SILENT_S),
        MEDIA_SERVER_DRAIN_S="1",
        MEDIA_SERVER_ADMIT_CPU="0",
        **HURRIED,
    )
    await all_ready(server, http)
    made = await create(server, http)
    visitors = [await Visitor(server, http, made["join_url"]).visit()]
    await visitors[-1].listening(1)

    died = worker_of(server, made)
    os.kill(roles(server)[died], signal.SIGKILL)
    visitors.append(await back(visitors[-1], made))
    await visitors[-1].listening(1)
    stopped = worker_of(server, made)
    assert stopped != died, "another one has it"
    await all_ready(server, http)

    os.kill(hung := roles(server)[stopped], signal.SIGSTOP)
    visitors.append(await back(visitors[-1], made))
    await visitors[-1].listening(1)
    await until(lambda: roles(server).get(stopped, hung) != hung)
    await all_ready(server, http)

    recognisers = roles(server)["speech"]
    os.kill(recognisers, signal.SIGSTOP)
    visitors[-1].candidate.say(*speech)
    await visitors[-1].sees("turn", phase="ended")
    os.kill(recognisers, signal.SIGKILL)
    await visitors[-1].sees("transcript", final=True)
    await visitors[-1].listening(2)
    await tells_of_the_recognisers(server, http, made)

    before = set(roles(server).values())
    server.process.send_signal(signal.SIGHUP)
    await visitors[-1].sees("error", code="moved", recoverable=True)
    visitors.append(await back(visitors[-1], made))
    await visitors[-1].sees("question", number=2)
    await until(lambda: len(roles(server)) == 4 and not before & set(roles(server).values()))
    if [m for m in visitors[-1].of("error") if m["code"] == "moved"]:
        visitors.append(await back(visitors[-1], made))
    await visitors[-1].listening(2)
    visitors[-1].send("leave")
    await visitors[-1].sees("completed")
    await visitors[-1].candidate.leave()
    await check_everything(server, http, made, visitors, secrets=[TEXT])

    family = children_of(server.process.pid)
    server.process.kill()
    server.process.wait(10)
    await until(lambda: not any(_alive(pid) for pid in family))
    assert server.process.stdout is not None
    server.process.stdout.close()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
