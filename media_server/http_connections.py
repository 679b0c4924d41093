"""Limits on TCP connections, before aiohttp sees a request: how many, from whom, and how long.

aiohttp waits for ever for the first request of a connection, and for its headers as long as bytes
trickle in. Here every request head has a deadline, also the later ones of a connection. Where the
connections are used up, in all or for one address, those that wait for a request give way to new
ones, the longest waiting first. A few beyond the limit are kept for /healthz and /readyz.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from media_server.http_errors import ProblemHandler, readable
from media_server.http_lingering import Lingering, LingeringEnd
from media_server.listening import families_of, listen
from signaling.hosts import is_in
from signaling.limits import address_key

__all__ = ["LimitedSite", "ProblemHandler", "families_of", "listen", "readable"]

HEAD_TIMEOUT_S = 10.0
GIVES_WAY_S = 1.0
"""A connection that has waited for a request for so long may be closed for a new one."""
AT_ONCE = 64
"""So many are closed together, so that looking for them costs little per new connection."""
LOOK_AGAIN_S = 0.1
RESERVE = 8
RESERVED_S = 2.0
"""Life of a connection of the reserve."""
_RESERVED_FOR = (b"GET /healthz ", b"GET /readyz ", b"HEAD /healthz ", b"HEAD /readyz ")
_LONGEST = max(map(len, _RESERVED_FOR))
_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\n"
    b"Connection: close\r\n\r\n"
)


@dataclass(slots=True)
class _Group:
    """The connections of one address, or all of them."""

    open: set[_Connection] = field(default_factory=set)
    look_from_s: float = 0.0


class LimitedSite(web.BaseSite):
    """Serves a runner's application on sockets that are already bound.

    `per_address`: connections of one address, IPv6 by /64; `trusted_proxies` (networks) have no
    such limit, because all candidates come through them.
    """

    def __init__(
        self,
        runner: web.BaseRunner,
        listening: socket.socket,
        *,
        max_connections: int,
        per_address: int | None = None,
        trusted_proxies: Sequence[str] = (),
        head_timeout_s: float = HEAD_TIMEOUT_S,
    ) -> None:
        super().__init__(runner)
        self._socket = listening
        self._max_connections = max_connections
        self._per_address = per_address
        self._trusted = [ipaddress.ip_network(net, strict=False) for net in trusted_proxies]
        self.head_timeout_s = head_timeout_s
        self._all = _Group()
        self._by_address: dict[str, _Group] = {}
        self._reserved: set[_Connection] = set()
        self.lingering = Lingering()
        self.refused = 0
        self.timed_out = 0
        self.gave_way = 0

    @property
    def open_connections(self) -> int:
        return len(self._all.open)

    @property
    def name(self) -> str:
        address = self._socket.getsockname()
        if isinstance(address, str):  # a Unix socket: no address has a limit there
            return f"http+unix:{address}"
        host, port = address[:2]
        return f"http://{host}:{port}"

    async def start(self) -> None:
        await super().start()
        make = self._runner.server
        if make is None:
            raise RuntimeError("set the runner up first")
        protocol = readable(make)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self, protocol()), sock=self._socket, backlog=512
        )

    # --- called by connections ---

    def admit(self, connection: _Connection, host: str, now_s: float) -> bool:
        """False: to be closed at once. Sets `reserved` where only the reserve was left."""
        key = address_key(host)
        group = self._by_address.get(key)
        if group is not None and not self._is_trusted(host) and self._crowded(group, now_s):
            self.refused += 1
            return False
        if len(self._all.open) >= self._max_connections and not self._make_room(self._all, now_s):
            if len(self._reserved) >= RESERVE:
                self.refused += 1
                return False
            connection.reserved = True
            self._reserved.add(connection)
            return True
        connection.key = key
        self._all.open.add(connection)
        self._by_address.setdefault(key, _Group()).open.add(connection)
        return True

    def closed(self, connection: _Connection) -> None:
        self._reserved.discard(connection)
        self._all.open.discard(connection)
        group = self._by_address.get(connection.key)
        if group is not None:
            group.open.discard(connection)
            if not group.open:
                del self._by_address[connection.key]

    def _crowded(self, group: _Group, now_s: float) -> bool:
        if self._per_address is None or len(group.open) < self._per_address:
            return False
        return not self._make_room(group, now_s)

    def _make_room(self, group: _Group, now_s: float) -> bool:
        if now_s < group.look_from_s:
            return False
        waiting = sorted(self._waiting(group.open, now_s), key=lambda one: one.waits_since_s)
        if not waiting:
            group.look_from_s = now_s + LOOK_AGAIN_S
            return False
        for connection in waiting[:AT_ONCE]:
            self.gave_way += 1
            connection.give_way()
            self.closed(connection)
        return True

    @staticmethod
    def _waiting(connections: Collection[_Connection], now_s: float) -> list[_Connection]:
        return [one for one in connections if one.waits_for_s(now_s) >= GIVES_WAY_S]

    def _is_trusted(self, host: str) -> bool:
        return is_in(host, self._trusted)


class _Connection(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol and watches the head of each request."""

    def __init__(self, site: LimitedSite, inner: ProblemHandler) -> None:
        self.reserved = False
        self.key = ""
        self.waits_since_s = 0.0
        """Where it waits for a request: since when, or when this one began to arrive."""
        self._site = site
        self._inner: Any = inner
        inner.linger = self._linger
        self._admitted = False
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._first_bytes = b""
        self._any_bytes = False
        self._end_of_it: LingeringEnd | None = None

    def waits_for_s(self, now_s: float) -> float:
        """-1: a request is being answered, or its answer is not sent yet."""
        if self.busy or (self._transport is not None and self._transport.get_write_buffer_size()):
            return -1.0
        return now_s - self.waits_since_s

    @property
    def busy(self) -> bool:
        """A request's head is complete, and its answer is not: aiohttp's own account, which
        `tests/signaling/test_connections.py` holds it to."""
        return self._inner._current_request is not None or bool(self._inner._messages)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # create_server makes TCP
        self._transport = transport
        loop = asyncio.get_running_loop()
        self.waits_since_s = loop.time()
        peer = transport.get_extra_info("peername") or ("",)
        self._admitted = self._site.admit(self, str(peer[0]), self.waits_since_s)
        if not self._admitted:
            transport.abort()
            return
        timeout_s = RESERVED_S if self.reserved else self._site.head_timeout_s
        self._timer = loop.call_later(timeout_s, self._too_slow)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._admitted:
            return
        if self._end_of_it is not None:
            self._end_of_it.received(len(data))
            return
        if self.reserved:
            data = self._first_bytes + data
            if not data.startswith(_RESERVED_FOR):
                self._not_reserved_for(data)
                return
            self._first_bytes = b""
            self._inner.data_received(data)  # its timer ends the connection, whatever it does
            return
        loop = asyncio.get_running_loop()
        if not self.busy and self._timer is None:
            self.waits_since_s = loop.time()
            self._any_bytes = False
            self._timer = loop.call_later(self._site.head_timeout_s, self._too_slow)
        self._any_bytes = True
        self._inner.data_received(data)
        if self.busy:
            self._stop_timer()
            self.waits_since_s = loop.time()

    def eof_received(self) -> bool | None:
        if not self._admitted or self._end_of_it is not None:
            return None  # closes it
        done: bool | None = self._inner.eof_received()
        return done

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_timer()
        if self._end_of_it is not None:
            self._end_of_it.lost()
        if self._admitted:
            self._site.closed(self)
            self._inner.connection_lost(error)

    def pause_writing(self) -> None:
        if self._admitted:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._admitted:
            self._inner.resume_writing()

    def give_way(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _not_reserved_for(self, data: bytes) -> None:
        if len(data) < _LONGEST and any(wanted.startswith(data) for wanted in _RESERVED_FOR):
            self._first_bytes = data
            return
        self._site.refused += 1
        self._end(_FULL)

    def _too_slow(self) -> None:
        self._timer = None
        if self.reserved:
            self._end(b"")
            return
        self._site.timed_out += 1
        self._end(_TOO_LATE if self._any_bytes else b"")

    def _end(self, last_words: bytes) -> None:
        """Nothing more is answered; without last words nobody waits for what comes."""
        self._stop_timer()
        if self._transport is None or self._transport.is_closing():
            return
        if last_words:
            self._transport.write(last_words)
            if self._linger() is not None:
                return
        self._transport.pause_reading()
        self._transport.close()

    def _linger(self) -> LingeringEnd | None:
        """From now on nothing is passed on, and the place is another's."""
        if self._transport is None or self._end_of_it is not None:
            return None
        self._end_of_it = self._site.lingering.begin(self._transport)
        if self._end_of_it is not None:
            self._stop_timer()
            self._site.closed(self)
        return self._end_of_it

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
