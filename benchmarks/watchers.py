"""What a reader of an interview's events costs a server, in computing and memory.

    python -m benchmarks.watchers --streams 100 --seconds 20
    python -m benchmarks.watchers --streams 100 --interviews 1

Starts a server of its own on loopback (SQLite) and opens the streams, each on an interview of its
own at rest, or all on so many of them. Two figures per stream: processor time of the server's
process per second of stream, beside what it takes with none, and resident memory.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import tempfile
from pathlib import Path

import aiohttp

from tests.faults.visitor import AUTHORISED, create
from tests.support.server import Server, start_server, stop_server

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def used(server: Server) -> tuple[float, int]:
    """Processor seconds and resident bytes of the server's process so far."""
    base = Path("/proc") / str(server.process.pid)
    fields = (base / "stat").read_text().rpartition(")")[2].split()
    resident = int((base / "statm").read_text().split()[1]) * PAGE_BYTES
    return (int(fields[11]) + int(fields[12])) * TICK_S, resident


async def rate(server: Server, seconds: float) -> float:
    before_s, _ = used(server)
    await asyncio.sleep(seconds)
    return (used(server)[0] - before_s) / seconds


async def measure(server: Server, streams: int, interviews: int, seconds: float) -> str:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http, contextlib.AsyncExitStack() as s:
        ids = [(await create(server, http))["id"] for _ in range(interviews)]
        await asyncio.sleep(3)
        idle = await rate(server, seconds)
        _, before = used(server)
        for number in range(streams):
            url = f"{server.url}/v1/interviews/{ids[number % interviews]}/events"
            await s.enter_async_context(http.get(url, headers=AUTHORISED, timeout=None))
        await asyncio.sleep(2)
        busy = await rate(server, seconds)
        _, after = used(server)
    per_stream_ms = (busy - idle) / streams * 1000
    return (
        f"{streams} streams of {interviews} interviews:"
        f" {per_stream_ms:.2f} ms of a core per second and stream"
        f" (server {idle * 100:.1f} % without, {busy * 100:.1f} % with),"
        f" {(after - before) / streams / 1024:.0f} KiB each"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--interviews", type=int, default=0, help="0: as many as streams")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--store-url", default="")
    options = parser.parse_args()
    interviews = options.interviews or options.streams
    settings = {
        "MEDIA_SERVER_MAX_STREAMS": str(options.streams),
        "MEDIA_SERVER_MAX_STREAMS_PER_TENANT": str(options.streams),
    }
    if options.store_url:
        settings["MEDIA_SERVER_STORE_URL"] = options.store_url
    with tempfile.TemporaryDirectory() as directory:
        server = start_server(Path(directory), **settings)
        try:
            print(asyncio.run(measure(server, options.streams, interviews, options.seconds)))
        finally:
            stop_server(server)


if __name__ == "__main__":
    main()
