"""The front as a process: from the socket that its parent has bound to a clean end.

Its parent ends it after its workers, or when another front has begun to accept on the same socket.
At SIGTERM it accepts nobody any more, and what is under way has the time of a drain.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web

from media_server import collector, fd_limit
from media_server.beat import Heart, Watcher
from media_server.config import Config
from media_server.front.choice import Choice
from media_server.front.figures import FrontFigures
from media_server.front.handler import Handler, all_figures
from media_server.front.proxy import Proxy
from media_server.front.workers import Workers
from media_server.http_connections import LimitedSite, listen
from media_server.placement import Placement
from media_server.roles import Role
from media_server.stopping import EXIT_OK, Stopping

logger = logging.getLogger(__name__)

EXIT_FAILED = 1
PER_REQUEST = 2
"""Descriptors: the client's connection and the one to its worker."""
MAX_METRICS_CONNECTIONS = 50


def serve_front(config: Config, role: Role, watcher: Watcher | None = None) -> int:
    """Blocking, until SIGTERM. 0: stopped as asked; 1: could not start, and stderr says why."""
    if role.run_dir is None or role.listen_fd is None:
        print("media-server: a front is started by its supervisor", file=sys.stderr)  # noqa: T201
        return EXIT_FAILED
    listening = socket.socket(fileno=role.listen_fd)
    try:
        return asyncio.run(Front(config, role, listening, watcher=watcher).run())
    except OSError as error:
        print(f"media-server: {error}", file=sys.stderr)  # noqa: T201  # the command's own answer
        return EXIT_FAILED


class Front:
    """One run of it. At the end of `serving` it accepts nobody, and what it passes on may go on
    for `drain_s`: that of a front which is replaced, as its workers are."""

    def __init__(
        self,
        config: Config,
        role: Role,
        listening: socket.socket,
        *,
        watcher: Watcher | None = None,
    ) -> None:
        http = config.http
        self._config = config
        self._listening = listening
        self._watcher = watcher
        self._placement = Placement(back_s=config.live.keep_place_s)
        self.workers = Workers(_sockets(role), role.workers, self._placement, time.monotonic)
        choice = Choice(self._placement, time.monotonic, http.trusted_proxies)
        self.figures = FrontFigures(
            self._placement, choice.refused, time.monotonic, role.speech_restarts
        )
        proxy = Proxy(http, self.workers, choice, self.figures.count)
        self.handler = Handler(http, proxy, self.workers, self._placement, self.figures)
        self._stopping = Stopping(
            http.drain_s, let_go=lambda: None, interrupts=watcher is None or not watcher.supervised
        )
        self.site: LimitedSite | None = None

    async def run(self) -> int:
        """Raises OSError: a port cannot be had."""
        self._stopping.listen()
        heart = Heart(self._watcher) if self._watcher is not None else None
        if heart is not None:
            heart.start()
        try:
            async with self.serving():
                if self._watcher is not None:
                    self._watcher.ready()
                collector.tune()
                await self._stopping.asked.wait()
                self.handler.draining = True
                if self._watcher is not None:
                    self._watcher.stopping()
            return EXIT_OK
        finally:
            if heart is not None:
                heart.stop()
            self._stopping.close()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answers on the socket for as long as this is entered."""
        http = self._config.http
        await self.workers.start()
        self.figures.start()
        server = web.Server(
            self.handler,
            handler_cancellation=True,
            auto_decompress=False,
            access_log=None,
            keepalive_timeout=30.0,
            lingering_time=1.0,
        )
        runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=http.drain_s)
        try:
            await runner.setup()
            most = fd_limit.connections_for(
                fd_limit.raise_limit() // PER_REQUEST, wanted=http.max_connections, max_live=0
            )
            self.site = LimitedSite(
                runner,
                self._listening,
                max_connections=most,
                per_address=http.max_connections_per_address,
                trusted_proxies=http.trusted_proxies,
            )
            self.figures.connections.figures = self.site
            if self._watcher is not None:
                self.figures.restarts.figures = self._watcher.restarts
            await self.site.start()
            async with self._metrics_port():
                yield
        finally:
            await runner.cleanup()
            self.figures.stop()
            await self.workers.close()

    @contextlib.asynccontextmanager
    async def _metrics_port(self) -> AsyncIterator[None]:
        """/metrics on a port of its own, where one is set: see `metrics_port`."""
        http = self._config.http
        if not (http.metrics and http.metrics_port):
            yield
            return

        async def prometheus(_: web.Request) -> web.Response:
            return await all_figures(self.workers, self.figures)

        alone = web.Application(client_max_size=1024)
        alone.router.add_get("/metrics", prometheus)
        runner = web.AppRunner(alone, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            listening = listen(http.metrics_host, http.metrics_port)
            await LimitedSite(runner, listening, max_connections=MAX_METRICS_CONNECTIONS).start()
            yield
        finally:
            await runner.cleanup()


def _sockets(role: Role) -> Callable[[int], Path]:
    def socket_of(number: int) -> Path:
        path = role.socket_of(number)
        assert path is not None  # noqa: S101  # a front has a directory
        return path

    return socket_of
