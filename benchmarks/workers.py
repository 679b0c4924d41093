"""A worker that dies or hangs, and a supervisor that hangs: until the candidate hears again.

    python -m benchmarks.workers [--kills 20] [--hangs 10] [--supervisor-hangs 10] [--json FILE]

`serve --workers 2` with a scripted recogniser. A candidate is asked a question; then one of these
happens to the worker that has the call, and they come back as a page does, again and again until
they are let in, but without the seconds in which a browser notices that the call is dead:

| what | signals | counted until |
|---|---|---|
| kill | SIGKILL to the worker | the server listens to the candidate again |
| hang | SIGSTOP to the worker | the same |
| supervisor hang | SIGSTOP to the supervisor, SIGKILL to the worker | the same, and until the supervisor runs again |

Then both workers are waited for. Who dies often is started again after a pause that grows, so each
kind has a server of its own, and many tries take long.
"""  # noqa: E501  # the table

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import aiohttp

from media_server.waking import is_stopped
from tests.faults.test_workers import all_ready, back, roles, worker_of
from tests.faults.visitor import Visitor, create
from tests.support.env import free_port
from tests.support.server import Server, start_server, stop_server

What = Literal["kill", "hang", "supervisor hang"]
RUNS_WITHIN_S = 60.0


@contextmanager
def started(directory: Path) -> Iterator[Server]:
    server = start_server(
        directory,
        PORT=str(free_port()),
        MEDIA_SERVER_SUPERVISE="on",
        MEDIA_SERVER_WORKERS="2",
        MEDIA_SERVER_ADMIT_CPU="0",
    )
    try:
        yield server
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
        stop_server(server)


async def once(server: Server, http: aiohttp.ClientSession, what: What) -> dict[str, float]:
    """Seconds from the signals until the candidate is listened to again (`heard_s`), and until the
    supervisor runs (`runs_s`), where it was stopped."""
    await all_ready(server, http)
    made = await create(server, http)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await visitor.listening(1)
    pid = roles(server)[worker_of(server, made)]
    if what == "supervisor hang":
        os.kill(server.process.pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGSTOP if what == "hang" else signal.SIGKILL)
    began_s = time.perf_counter()
    running = asyncio.create_task(runs(server.process.pid))
    again = await back(visitor, made)
    await again.listening(1)
    taken_s = {"heard_s": time.perf_counter() - began_s}
    ran_s = await running - began_s
    if what == "supervisor hang":
        taken_s["runs_s"] = ran_s
    again.send("leave")
    await again.sees("completed")
    await again.candidate.leave()
    return taken_s


async def runs(pid: int) -> float:
    """When the process was first found not to be stopped."""
    async with asyncio.timeout(RUNS_WITHIN_S):
        while is_stopped(pid):
            await asyncio.sleep(0.02)
    return time.perf_counter()


async def tries(server: Server, what: What, count: int) -> list[dict[str, float]]:
    async with aiohttp.ClientSession() as http:
        return [await once(server, http, what) for _ in range(count)]


def figures(found: list[dict[str, float]]) -> dict[str, Any]:
    rows: dict[str, Any] = {"tries": len(found)}
    for name in found[0]:
        all_s = [one[name] for one in found]
        rows[name] = {
            "median": round(statistics.median(all_s), 2),
            "worst": round(max(all_s), 2),
            "all": [round(one, 2) for one in all_s],
        }
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--hangs", type=int, default=10, help="SIGSTOP to the worker")
    parser.add_argument(
        "--supervisor-hangs", type=int, default=10, help="SIGSTOP to the supervisor, too"
    )
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    wanted: dict[What, int] = {
        "kill": arguments.kills,
        "hang": arguments.hangs,
        "supervisor hang": arguments.supervisor_hangs,
    }
    report: dict[str, Any] = {}
    for what, count in wanted.items():
        if count:
            with (
                tempfile.TemporaryDirectory(dir=arguments.directory) as directory,
                started(Path(directory)) as server,
            ):
                report[what] = figures(asyncio.run(tries(server, what, count)))
            print(what, json.dumps(report[what]), flush=True)
    report["load"] = os.getloadavg()[0]
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
