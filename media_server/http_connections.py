"""Limits on TCP connections, before aiohttp sees a request: how many, and how long to begin.

aiohttp waits for ever for the first request of a connection, and for its headers as long as bytes
trickle in. Here a connection whose first request head is not complete in time is closed, and so is
every connection beyond the limit.
"""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web

from media_server.http_errors import readable

HEAD_TIMEOUT_S = 10.0
MAX_HEAD_BYTES = 65_536
_END_OF_HEAD = b"\r\n\r\n"
_OVERLAP = len(_END_OF_HEAD) - 1


class LimitedSite(web.BaseSite):
    """Serves a runner's application on sockets that are already bound."""

    def __init__(
        self,
        runner: web.BaseRunner,
        listening: socket.socket,
        *,
        max_connections: int,
        head_timeout_s: float = HEAD_TIMEOUT_S,
    ) -> None:
        super().__init__(runner)
        self._socket = listening
        self._max_connections = max_connections
        self._head_timeout_s = head_timeout_s
        self.open_connections = 0
        self.refused = 0
        self.timed_out = 0

    @property
    def name(self) -> str:
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}"

    async def start(self) -> None:
        await super().start()
        make = self._runner.server
        if make is None:
            raise RuntimeError("set the runner up first")
        make_readable = readable(make)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self, make_readable()), sock=self._socket, backlog=512
        )

    # --- called by connections ---

    def admit(self) -> bool:
        if self.open_connections >= self._max_connections:
            self.refused += 1
            return False
        self.open_connections += 1
        return True

    @property
    def head_timeout_s(self) -> float:
        return self._head_timeout_s


class _Connection(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol and watches the first request's head."""

    def __init__(self, site: LimitedSite, inner: asyncio.Protocol) -> None:
        self._site = site
        self._inner = inner
        self._admitted = False
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._tail = b""
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # create_server makes TCP
        self._transport = transport
        self._admitted = self._site.admit()
        if not self._admitted:
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._site.head_timeout_s, self._too_slow)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._admitted:
            return
        if self._timer is not None:
            self._watch_head(data)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._admitted else None

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_timer()
        if self._admitted:
            self._site.open_connections -= 1
            self._inner.connection_lost(error)

    def pause_writing(self) -> None:
        if self._admitted:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._admitted:
            self._inner.resume_writing()

    def _watch_head(self, data: bytes) -> None:
        self._head_bytes += len(data)
        seen = self._tail + data
        # Beyond that aiohttp's own limits on lines and headers have answered.
        if _END_OF_HEAD in seen or self._head_bytes > MAX_HEAD_BYTES:
            self._stop_timer()
        self._tail = seen[-_OVERLAP:]

    def _too_slow(self) -> None:
        self._timer = None
        self._site.timed_out += 1
        if self._transport is None:
            return
        if self._head_bytes:
            self._transport.write(
                b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        self._transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises OSError: the port is taken, the address not of this machine, …"""
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    return socket.create_server(address[:2], family=family, backlog=512)
