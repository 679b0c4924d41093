"""The process of the recognisers: one pool, fair to the interviews of all workers.

Each connection is a worker of the server. Its interviews have names of their own here, so that one
that moves from worker to worker is two: what the old worker drops is not the new one's. A worker
that goes takes its jobs with it; one that does not read what it is sent is let go.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from functools import partial
from typing import Any

from media_server.ports import SttJob, SttOutcome
from media_server.stt import frames
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.shared import protocol

logger = logging.getLogger(__name__)

STATUS_S = 0.5
UNREAD_BYTES = 8 * 1024 * 1024
"""Outcomes and figures that a worker has not read: it hangs, and is about to be replaced."""
COUNTED_WORKER = 1


class SpeechServer:
    """Serves a pool on a listening Unix socket. `start` first, `close` at the end; both pool and
    socket are the caller's."""

    def __init__(self, pool: LocalSpeechToText, listening: socket.socket) -> None:
        self._pool = pool
        self._listening = listening
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._last = 0
        self._timer: asyncio.TimerHandle | None = None
        self.running = False
        """The pool was started, and jobs may go there."""

    @property
    def workers(self) -> int:
        """Those that are connected."""
        return len(self._connections)

    async def start(self) -> None:
        """Workers may connect; their jobs wait for `pool_started`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(self._make, sock=self._listening)
        self._tick()

    def pool_started(self) -> None:
        """Jobs that came before begin now."""
        self.running = True
        for connection in list(self._connections):
            connection.begin()
        self._tell_all()

    def unavailable(self, reason: str) -> None:
        """No recogniser can be used: every worker hears why."""
        for connection in self._connections:
            connection.send(frames.encode({"type": "unavailable", "reason": reason}))

    async def close(self) -> None:
        """Workers that are still there see the end of the connection."""
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(0)

    def _make(self) -> _Connection:
        self._last += 1
        return _Connection(self, self._pool, self._last)

    def joined(self, connection: _Connection) -> None:
        """Called by a connection that was made."""
        self._connections.add(connection)

    def left(self, connection: _Connection) -> None:
        """Called by one that was lost."""
        self._connections.discard(connection)

    def _tick(self) -> None:
        self._tell_all()
        self._timer = asyncio.get_running_loop().call_later(STATUS_S, self._tick)

    def _tell_all(self) -> None:
        for connection in self._connections:
            connection.tell_status()


class _Connection(asyncio.Protocol):
    """One worker."""

    def __init__(self, server: SpeechServer, pool: LocalSpeechToText, number: int) -> None:
        self._server = server
        self._pool = pool
        self._number = number
        self._worker = 0
        self._reader = frames.FrameReader()
        self._transport: asyncio.Transport | None = None
        self._open: dict[int, SttJob] = {}
        """Jobs without an outcome, by token."""
        self._early: list[int] = []
        """Tokens of those that came before the pool was started. Bounded as what a worker is
        owed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # a stream
        self._transport = transport
        self._server.joined(self)
        self.tell_status()

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._server.left(self)
        self._early.clear()
        for here in {job.interview_id for job in self._open.values()}:
            self._pool.forget(here)
        self._open.clear()

    def data_received(self, data: bytes) -> None:
        try:
            came = self._reader.feed(data)
            for header, body in came:
                self._obey(header, body)
            self.begin()
        except frames.BadFrame:
            logger.warning("a worker sent nonsense: its connection is closed")
            self.close()

    def _obey(self, header: dict[str, Any], body: bytes) -> None:
        if header["type"] == "hello":
            worker = header.get("worker")
            self._worker = worker if isinstance(worker, int) else 0
            self.tell_status()
            return
        here = self._here(str(header.get("interview")))
        if header["type"] == "job":
            token, job = protocol.job_from(header, body, interview_id=here)
            self._open[token] = job
            self._early.append(token)
        elif header["type"] in ("drop_interims", "forget"):
            finals = header["type"] == "forget"
            for token, job in list(self._open.items()):
                if job.interview_id == here and (finals or not job.final):
                    del self._open[token]
            if finals:
                self._pool.forget(here)
            else:
                self._pool.drop_interims(here)

    def begin(self) -> None:
        """Jobs that came together go to the pool together: its engine may take several at once."""
        if not self._server.running or not self._early:
            return
        jobs = [(token, self._open[token]) for token in self._early if token in self._open]
        self._early.clear()
        self._pool.submit_all([(job, partial(self._done, token)) for token, job in jobs])

    def _done(self, token: int, outcome: SttOutcome) -> None:
        self._open.pop(token, None)
        self.tell_status()  # first: whoever hears of the outcome finds it counted
        self.send(protocol.outcome_frame(token, outcome))

    def tell_status(self) -> None:
        counted = self._worker == COUNTED_WORKER
        self.send(protocol.status_frame(self._pool.status(), counted=counted))

    def send(self, frame: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(frame)
        if self._transport.get_write_buffer_size() > UNREAD_BYTES:
            logger.warning("a worker does not read what its recognisers say: it is let go")
            self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _here(self, interview_id: str) -> str:
        return f"{self._number}/{interview_id}"
