"""A connection that was upgraded (RFC 9110 §7.8): bytes both ways until one side ends.

Frames are not read here: a WebSocket's own pings, closes and limits are the worker's and the
client's. aiohttp gives what comes on such a connection to a parser, which here is a way to the
other side. Each way keeps at most `HIGH_BYTES`, then its source is read no further.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from aiohttp import web

HIGH_BYTES = 64 * 1024
LAST_S = 2.0
"""After one side has ended, for what is still on its way to the other."""


class _Way:
    """What comes from `source`, an aiohttp protocol, goes to `sink`, another."""

    def __init__(self, source: Any, sink: Any) -> None:
        self._source = source
        self._sink = sink
        self._chunks: list[bytes] = []
        self._size = 0
        self._paused = False
        self._more = asyncio.Event()
        self._ended = False

    # --- called by aiohttp, as it calls its own parser of frames ---

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._chunks.append(bytes(data))
        self._size += len(data)
        if self._size > HIGH_BYTES and not self._paused:
            self._paused = True
            self._source.pause_reading()
        self._more.set()
        return False, b""

    def feed_eof(self) -> None:
        self._ended = True
        self._more.set()

    # --- ours ---

    async def relay(self) -> None:
        """Until the source has ended and all of it is written. Raises ConnectionError: the sink is
        gone."""
        while True:
            await self._more.wait()
            self._more.clear()
            data, self._size = b"".join(self._chunks), 0
            self._chunks.clear()
            if data:
                if self._sink.transport is None or self._sink.transport.is_closing():
                    raise ConnectionResetError("the other side is gone")
                self._sink.transport.write(data)
                await self._sink._drain_helper()  # as aiohttp's own writer of frames does
            if self._paused and not self._ended:
                self._paused = False
                self._source.resume_reading()
            if self._ended and not self._chunks:
                return


async def tunnel(request: web.BaseRequest, upstream: aiohttp.ClientResponse) -> bool:
    """After 101 was sent to the client. Ends when one side has; then both connections close.
    Answers whether it was the worker that ended it."""
    connection = upstream.connection
    if connection is None or connection.protocol is None:
        return True
    client, worker = request.protocol, connection.protocol
    there, back = _Way(client, worker), _Way(worker, client)
    client.set_parser(there)  # type: ignore[arg-type]  # it has the two methods that are called
    worker.set_parser(back, None)
    ways = [asyncio.ensure_future(way.relay()) for way in (there, back)]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        if ways[0].done() and worker.transport is not None:
            worker.transport.close()  # the client is gone: the worker shall know
        by_worker = not ways[0].done()
        await asyncio.wait(ways, timeout=LAST_S)
        return by_worker
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        upstream.close()
        if request.transport is not None:
            request.transport.close()
