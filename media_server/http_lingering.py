"""The end of a connection after its last answer, so that the client reads it (RFC 9112 §9.6).

Closing a socket that holds unread bytes makes TCP send a reset, and a client that is still sending
its request may lose the answer to it. So the server's half is closed first, and what still comes
is read and thrown away: a bounded amount, for a bounded time, on a bounded number of connections.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

LINGER_S = 2.0
"""The longest; a client that has read the answer closes before."""
LINGER_BYTES = 256 * 1024
"""No more is read. The rest stays in the buffers of the system until the time is over, for a
reset would take the answer away."""
MOST = 64
"""So many at a time, beside the limits on connections; others are closed at once."""


class Lingering:
    """The connections of a site that end in this way."""

    def __init__(self) -> None:
        self._ends: set[LingeringEnd] = set()

    def __len__(self) -> int:
        return len(self._ends)

    def begin(self, transport: asyncio.Transport) -> LingeringEnd | None:
        """After the last write. Tell the end what comes in and when the connection is lost.

        None: too many end already, or it is closed anyway; close it.
        """
        if len(self._ends) >= MOST or transport.is_closing() or not transport.can_write_eof():
            return None
        try:
            transport.write_eof()  # as soon as the answer is out
        except OSError:
            return None  # reset by the client
        transport.resume_reading()
        end = LingeringEnd(transport, self._ends)
        self._ends.add(end)
        return end


class LingeringEnd:
    """One connection whose last answer is written."""

    def __init__(self, transport: asyncio.Transport, among: set[LingeringEnd]) -> None:
        self._transport = transport
        self._among = among
        self._bytes_left = LINGER_BYTES
        self._timer = asyncio.get_running_loop().call_later(LINGER_S, transport.abort)
        self._lost = asyncio.Event()

    def received(self, count: int) -> None:
        self._bytes_left -= count
        if self._bytes_left <= 0:
            self._transport.pause_reading()

    def lost(self) -> None:
        self._timer.cancel()
        self._among.discard(self)
        self._lost.set()

    async def wait(self) -> None:
        """Until the connection is gone, at the latest `LINGER_S` after the beginning."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S + 1.0):
                await self._lost.wait()
