"""What the front of several workers adds to a request: time and computing.

    python -m benchmarks.front --requests 3000 --json front.json

A worker of a few lines answers small JSON, a file of 64 KiB and an offer: once asked on its own
Unix socket, once through a front in another process. Computing is that of the front's process
(user and system time), which a busy machine changes little; times are medians of one request at a
time, and mean something on a quiet machine only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from media_server.config import Config
from media_server.entrance import SocketName
from media_server.front.serve import Front
from media_server.http_connections import listen
from media_server.http_settings import HttpSettings
from media_server.roles import Role
from media_server.worker_socket import WorkerSite
from tests.front.fakes import FakeWorker

KINDS = ("json", "file", "offer", "post")
AT_ONCE = 16
_FILE = b"x" * 65_536
_OFFER = b"v=0\r\n" * 800


class Worker(FakeWorker):
    """Without the tests' bookkeeping."""

    async def start(self, role: Role) -> None:
        app = web.Application(client_max_size=2**20)
        app.router.add_get("/internal/load", self._load)
        app.router.add_get("/json", _json)
        app.router.add_get("/file", _file)
        app.router.add_post("/whip/{interview}", _offer)
        app.router.add_post("/post", _offer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        path = role.socket_of(self.number)
        assert path is not None
        self._name = SocketName(path)
        await WorkerSite(self._runner, self._name.draft).start()
        self._name.take()


async def _json(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _file(_: web.Request) -> web.Response:
    return web.Response(body=_FILE)


async def _offer(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(status=201, body=_OFFER)


def front_process(directory: str, pipe: Connection) -> None:
    """Says its port; then its computing, in seconds, each time it is asked."""
    asyncio.run(_front(Path(directory), pipe))


async def _front(directory: Path, pipe: Connection) -> None:
    listening = listen("127.0.0.1", 0)
    config = Config(http=HttpSettings(max_connections_per_address=1000))
    front = Front(config, Role("front", run_dir=directory, workers=1), listening)
    async with front.serving():
        pipe.send(listening.getsockname()[1])
        while await asyncio.to_thread(pipe.recv):
            pipe.send(time.process_time())


def asked(client: aiohttp.ClientSession, url: str, kind: str, number: int) -> Any:
    match kind:
        case "offer":
            return client.post(f"{url}/whip/i{number}", data=_OFFER)
        case "post":
            return client.post(f"{url}/post", data=_OFFER)
    return client.get(f"{url}/{kind}")


async def one_by_one(client: aiohttp.ClientSession, url: str, kind: str, count: int) -> float:
    """Median seconds of a request."""
    took_s = []
    for number in range(count):
        began_s = time.perf_counter()
        async with asked(client, url, kind, number) as answer:
            assert answer.status < 300
            await answer.read()
        took_s.append(time.perf_counter() - began_s)
    return statistics.median(took_s)


async def at_once(client: aiohttp.ClientSession, url: str, kind: str, count: int) -> None:
    left = iter(range(count))

    async def one() -> None:
        for number in left:
            async with asked(client, url, kind, number) as answer:
                assert answer.status < 300
                await answer.read()

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))


async def measure(count: int) -> dict[str, Any]:
    found: dict[str, Any] = {"requests": count, "load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as directory:
        worker = Worker(1, capacity=10**9)
        await worker.start(Role("front", run_dir=Path(directory), workers=1))
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=front_process, args=(directory, theirs), daemon=True)
        process.start()
        url = f"http://127.0.0.1:{await asyncio.to_thread(ours.recv)}"
        assert worker._name is not None
        direct = aiohttp.UnixConnector(str(worker._name.draft))

        def computing_s() -> float:
            ours.send(True)
            return float(ours.recv())

        async with (
            aiohttp.ClientSession(connector=direct) as without,
            aiohttp.ClientSession() as through,
        ):
            began_s, idle_s = time.perf_counter(), computing_s()
            await asyncio.sleep(5.0)
            idle = (computing_s() - idle_s) / (time.perf_counter() - began_s)
            found["idle_cpu"] = round(idle, 4)
            for kind in KINDS:
                for client, base in ((without, "http://worker"), (through, url)):
                    await one_by_one(client, base, kind, 100)
                direct_s = await one_by_one(without, "http://worker", kind, count // 4)
                front_s = await one_by_one(through, url, kind, count // 4)
                before_s, began_s = computing_s(), time.perf_counter()
                await at_once(through, url, kind, count)
                used_s = computing_s() - before_s - idle * (time.perf_counter() - began_s)
                found[kind] = {
                    "added_ms": round(1000 * (front_s - direct_s), 3),
                    "direct_ms": round(1000 * direct_s, 3),
                    "cpu_us": round(1e6 * used_s / count),
                }
        ours.send(False)
        process.join(10)
        await worker.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments.requests))
    print(json.dumps(found, indent=2))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
