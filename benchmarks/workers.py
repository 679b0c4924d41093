"""kill -9 of the worker that has a call, until its candidate hears the question again.

    python -m benchmarks.workers [--kills 20] [--directory DIR] [--json FILE]

`serve --workers 2` with a scripted recogniser. A candidate is asked a question; the worker that has
the call is killed, and they come back as a page does, again and again until they are let in, but
without the seconds in which a browser notices that the call is dead. Counted is from the kill until
the server listens to them again. Then both workers are waited for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.faults.test_workers import all_ready, back, roles, worker_of
from tests.faults.visitor import Visitor, create
from tests.support.env import free_port
from tests.support.server import start_server, stop_server


async def kills(directory: Path, count: int) -> list[float]:
    """Seconds from each kill until the candidate is listened to again."""
    server = await asyncio.to_thread(
        start_server,
        directory,
        PORT=str(free_port()),
        MEDIA_SERVER_SUPERVISE="on",
        MEDIA_SERVER_WORKERS="2",
        MEDIA_SERVER_ADMIT_CPU="0",
    )
    taken_s = []
    try:
        async with aiohttp.ClientSession() as http:
            for _ in range(count):
                await all_ready(server, http)
                made = await create(server, http)
                visitor = await Visitor(server, http, made["join_url"]).visit()
                await visitor.listening(1)
                os.kill(roles(server)[worker_of(server, made)], signal.SIGKILL)
                killed_s = time.perf_counter()
                again = await back(visitor, made)
                await again.listening(1)
                taken_s.append(time.perf_counter() - killed_s)
                again.send("leave")
                await again.sees("completed")
                await again.candidate.leave()
    finally:
        await asyncio.to_thread(stop_server, server)
    return taken_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        taken_s = asyncio.run(kills(arguments.directory or Path(made), arguments.kills))
    report = {
        "kills": len(taken_s),
        "median_s": round(statistics.median(taken_s), 2),
        "worst_s": round(max(taken_s), 2),
        "all_s": [round(one, 2) for one in taken_s],
        "load": os.getloadavg()[0],
    }
    print(json.dumps(report, indent=2))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
