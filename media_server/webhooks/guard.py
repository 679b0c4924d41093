"""Connects only where `addresses` allows, also by names that change their mind.

A URL that a customer gives must not reach this machine, its network or a cloud's metadata. What is
checked is the address that is connected to, at the moment of connecting, so a name that resolves to
something else a moment later gains nothing ("DNS rebinding"). Used by webhooks, and meant for every
other URL that comes from outside.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from media_server.webhooks.addresses import Addresses, Forbidden, forbidden

__all__ = ["Forbidden", "Guard"]

MAX_LOOKUPS = 16
"""Names that are looked up at once. In threads of its own: a name server that is silent for half a
minute must not hold up whoever else needs a thread."""


class Guard(Addresses):
    """Addresses that can be connected to. One per process; `close` last."""

    _threads: ThreadPoolExecutor | None = None

    def connector(self, *, plain: bool, limit: int = 0) -> aiohttp.TCPConnector:
        """To make a session with. Every address that a name resolves to must be allowed, and the
        one that is connected to is checked once more. `limit`: connections; 0: any number."""

        def checked_socket(info: Any) -> socket.socket:
            family, kind, protocol, _, address = info
            if not self.allows(str(address[0]), plain=plain):
                raise forbidden()
            return socket.socket(family, kind, protocol)

        return aiohttp.TCPConnector(
            resolver=_Resolver(self, plain=plain),
            use_dns_cache=False,
            limit=limit,
            socket_factory=checked_socket,
        )

    async def look_up(self, host: str, port: int, family: int) -> list[Any]:
        """As `socket.getaddrinfo`, in threads of its own. Raises OSError."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="guard-dns")
        return await asyncio.get_running_loop().run_in_executor(
            self._threads,
            lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM),
        )

    def close(self) -> None:
        """What is being looked up is not waited for."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None


class _Resolver(AbstractResolver):
    def __init__(self, guard: Guard, *, plain: bool) -> None:
        self._guard = guard
        self._plain = plain

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises Forbidden where one of the addresses is not allowed: who answers with one of ours
        among others means ours."""
        infos = await self._guard.look_up(host, port, family)
        addresses = dict.fromkeys((info[0], str(info[4][0])) for info in infos)
        if not all(self._guard.allows(address, plain=self._plain) for _, address in addresses):
            raise forbidden()
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=found,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, address in addresses
        ]

    async def close(self) -> None:
        """The guard owns what there is to close."""
