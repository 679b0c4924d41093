"""Small workers behind a real front: applications of a few lines, on the sockets of a directory."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from media_server.config import Config
from media_server.entrance import SocketName
from media_server.front import proxy
from media_server.front import workers as front_workers
from media_server.front.serve import Front
from media_server.http_connections import listen
from media_server.http_settings import HttpSettings
from media_server.ports.load import LoadFigures
from media_server.roles import Role
from media_server.worker_socket import WorkerSite
from signaling.front_peer import PEER, REFUSED, peer_of, refuse_if_told
from signaling.problems import Problem
from signaling.problems import middleware as problems
from tests.support.waiting import PATIENCE_S

IDLE = LoadFigures(
    in_call=0,
    kept=0,
    capacity=10,
    loop_lag_p99_s=0.0,
    cpu_cores=0.0,
    machine_cpu=0.0,
    stt_wait_s=0.0,
    rss_bytes=0,
    memory_available_bytes=0,
    open_files=0,
    open_files_limit=1024,
)
PIECE = b"x" * 65_536
_PIDS = itertools.count(1)
"""Workers are processes: here each has a number as if it were one."""


class FakeWorker:
    """`load` and `places` are what it reports; a call that it accepts is counted by itself."""

    def __init__(self, number: int, **load: Any) -> None:
        self.number = number
        self.instance = f"worker {number}"
        self.load = replace(IDLE, **load)
        self.places: set[str] = set()
        self.reports = 0
        self.ready = True
        self.hangs = False
        """It takes requests, and gives no report until it `may_go_on`."""
        self.asked: list[str] = []
        self.written = 0
        self.left = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.elsewhere: Callable[[str], bool] = lambda _: False
        self.waits = False
        self._runner: web.AppRunner | None = None
        self._name: SocketName | None = None

    async def start(self, role: Role) -> None:
        app = web.Application(middlewares=[problems], client_max_size=2**30)
        get, post = app.router.add_get, app.router.add_post
        get("/internal/load", self._load)
        get("/internal/metrics", self._metrics)
        get("/metrics", self._may_read)
        get("/v1/ops", self._ops)
        get("/v1/ops/turns", self._ops)
        get("/stream", self._stream)
        get("/big", self._big)
        get("/breaks", self._breaks)
        get("/dies", self._dies)
        post("/dies", self._dies)
        post("/upload", self._upload)
        post("/whip/{interview}", self._offer)
        get("/v1/calls/{interview}/text", self._socket)
        app.router.add_route("*", "/{path:.*}", self._echo)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        path = role.socket_of(self.number)
        assert path is not None
        self._name = SocketName(path)
        self._name.draft = path.with_name(f"{path.name}.{next(_PIDS)}")
        await WorkerSite(self._runner, self._name.draft).start()
        self._name.take()

    async def stop(self) -> None:
        """Its socket refuses connections from now on, as that of a process that was killed."""
        self.may_go_on.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _load(self, request: web.Request) -> web.Response:
        if PEER in request:
            raise web.HTTPNotFound
        self.reports += 1
        if self.hangs:
            await self.may_go_on.wait()
        load = replace(self.load, in_call=max(self.load.in_call, len(self.places)))
        reasons = () if self.ready else ("busy: for the test",)
        told = {
            "instance": self.instance,
            "load": asdict(load),
            "places": sorted(self.places),
            "open": [],
            "ready": self.ready,
            "waits": self.waits,
            "reasons": reasons,
            "notices": (),
        }
        return web.json_response(told)

    async def _metrics(self, _: web.Request) -> web.Response:
        text = (
            "# HELP calls_total Calls\n# TYPE calls_total counter\n"
            f'calls_total{{kind="a b"}} {self.number}.0\n'
            "# TYPE wait_seconds histogram\n"
            'wait_seconds_bucket{le="1.0"} 1.0\nwait_seconds_bucket{le="+Inf"} 2.0\n'
            "wait_seconds_count 2.0\nwait_seconds_sum 3.5\n"
        )
        return web.Response(text=text)

    async def _may_read(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer figures":
            raise Problem(401, "unauthorized", "A key, please.")
        return web.Response(text="")

    async def _ops(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer ops":
            raise Problem(403, "missing_scope", "A key, please.")
        turns = [{"waited_s": self.number + n} for n in (1.5, 0.5)]
        workers = [{"number": self.number}]
        return web.json_response({"now": "2026-01-01", "workers": workers, "turns": turns})

    async def _echo(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        peer = peer_of(request)
        answer = web.json_response(
            {
                "worker": self.number,
                "method": request.method,
                "raw_path": request.raw_path,
                "headers": [list(pair) for pair in request.headers.items()],
                "body": (await request.read()).decode("latin-1"),
                "peer": [peer.address, peer.local, peer.http_1_0],
            },
            status=int(request.query.get("status", "200")),
        )
        answer.headers.add("Set-Cookie", "a=1")
        answer.headers.add("Set-Cookie", "b=2")
        answer.headers["Connection"] = "X-Hop"
        answer.headers["X-Hop"] = "for the next one alone"
        return answer

    async def _offer(self, request: web.Request) -> web.Response:
        interview = request.match_info["interview"]
        self.asked.append(interview)
        if request.headers.get("Authorization") == "Bearer wrong":
            await self.may_go_on.wait()
            raise Problem(401, "unauthorized", "Not this one.")
        await request.read()
        if self.elsewhere(interview):
            raise Problem(503, "elsewhere", "Another server has this interview; try again")
        refuse_if_told(request, lambda: None)
        if interview not in self.places and len(self.places) >= self.load.capacity:
            raise Problem(503, "full", "full: every place is taken", headers={"Retry-After": "9"})
        self.places.add(interview)
        await asyncio.sleep(0)
        return web.Response(status=201, text=str(self.number))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        try:
            await answer.prepare(request)
            await answer.write(b"data: one\n\n")
            await self.may_go_on.wait()
            await answer.write(b"data: two\n\n")
            while request.transport is not None and not request.transport.is_closing():
                await asyncio.sleep(0.01)
        finally:
            self.left.set()
        return answer

    async def _big(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(int(request.query["pieces"])):
            await answer.write(PIECE)
            self.written += len(PIECE)
        return answer

    async def _breaks(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.content_length = 1_000_000
        await answer.prepare(request)
        await answer.write(b"the beginning")
        assert request.transport is not None
        request.transport.abort()
        return answer

    async def _dies(self, request: web.Request) -> web.StreamResponse:
        self.asked.append("/dies")
        if self.ready:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(text=str(self.number))

    async def _upload(self, request: web.Request) -> web.Response:
        digest, size = hashlib.sha256(), 0
        async for chunk in request.content.iter_any():
            digest.update(chunk)
            size += len(chunk)
        return web.json_response({"size": size, "sha256": digest.hexdigest()})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if "no" in request.query:
            raise Problem(403, "origin_refused", "Not from there.")
        line = web.WebSocketResponse(protocols=("interview.v1",), autoping=True)
        if "stranger" in request.query:
            line.headers[REFUSED] = "1"
        await line.prepare(request)
        async for message in line:
            if message.type is aiohttp.WSMsgType.TEXT:
                if message.data == "bye":
                    await line.close(code=4001, message=b"as asked")
                    break
                await line.send_str(f"{self.number}: {message.data}")
        self.left.set()
        return line


class House:
    """A front, its workers, and a client."""

    def __init__(self, front: Front, url: str, client: aiohttp.ClientSession) -> None:
        self.front = front
        self.url = url
        self.client = client

    @property
    def reserved(self) -> int:
        """Places, as the front counts them."""
        return next(
            int(sample.value)
            for family in self.front.figures.collect()
            for sample in family.samples
            if sample.name == "media_server_front_reserved"
        )

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def raw(self, sent: bytes) -> bytes:
        """All that is answered to these bytes, until the connection is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(sent)
            async with asyncio.timeout(30):
                return await reader.read()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def house(
    directory: Path, *workers: FakeWorker, count: int = 0, **http: Any
) -> AsyncIterator[House]:
    """`workers` run already when the front starts; `count`: how many it expects."""
    listening: socket.socket = listen("127.0.0.1", 0)
    role = role_in(directory, count or len(workers))
    for worker in workers:
        await worker.start(role)
    front = Front(Config(http=HttpSettings(**http)), role, listening)
    front._placement.silent_s = 1e9  # they are in this process, and stand still when it does
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("POLL_DEADLINE_S", "METRICS_DEADLINE_S", "CONNECT_S"):
                patch.setattr(front_workers, name, PATIENCE_S)
            patch.setattr(proxy, "ALL_S", PATIENCE_S)
            async with front.serving(), aiohttp.ClientSession(auto_decompress=False) as client:
                yield House(front, f"http://127.0.0.1:{listening.getsockname()[1]}", client)
    finally:
        for worker in workers:
            await worker.stop()
        listening.close()


def role_in(directory: Path, count: int) -> Role:
    return Role("front", run_dir=directory, workers=count)
