"""One worker's socket on the event loop: frames both ways, no task and no thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Any

from media_server.stt import frames
from media_server.stt.pool.actions import Start

READ_BYTES = 64 * 1024
"""Of one turn of the loop; a transcription is a few kilobytes."""
SEND_BUFFER_BYTES = 208 * 1024


class WorkerLink:
    """`on_frame(header)` per frame; `on_lost()` once, unless `close` came first."""

    def __init__(
        self,
        ours: socket.socket,
        *,
        on_frame: Callable[[dict[str, Any]], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._socket: socket.socket | None = ours
        self._loop = asyncio.get_running_loop()
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._reader = frames.FrameReader()
        # Twice what the kernel gives unasked: eight seconds of speech leave in one call.
        with contextlib.suppress(OSError):
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._outgoing: list[bytes | memoryview] = []
        self._loop.add_reader(ours, self._readable)

    def send_jobs(self, starts: Sequence[Start]) -> None:
        """One batch. At most one call may be unanswered, which bounds memory."""
        header = {
            "type": "jobs",
            "jobs": [
                {"token": start.token, "delivery": start.delivery, "lost": start.lost}
                | frames.job_header(start.job)
                for start in starts
            ],
        }
        bodies = [frames.pcm_view(start.job.pcm) for start in starts if start.job.pcm.size]
        head = frames.encode_head(header, sum(map(len, bodies)))
        self._outgoing = [head, *bodies]
        self._writable()

    def close(self) -> None:
        """The worker sees the end and exits; `on_lost` is not called for it. Harmless twice."""
        if self._socket is None:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._socket = None
        self._outgoing.clear()

    def _writable(self) -> None:
        if self._socket is None:
            return
        try:
            sent = self._socket.sendmsg(self._outgoing)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the reader sees the end, with what the worker still said before it
        while self._outgoing and sent >= len(self._outgoing[0]):
            sent -= len(self._outgoing.pop(0))
        if self._outgoing:
            self._outgoing[0] = memoryview(self._outgoing[0])[sent:]
            self._loop.add_writer(self._socket, self._writable)
        else:
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(READ_BYTES)
            arrived = self._reader.feed(data)
        except BlockingIOError:
            return
        except (OSError, frames.BadFrame):
            data, arrived = b"", []
        for header, _ in arrived:
            if self._closed():  # by the handler of the frame before
                return
            self._on_frame(header)
        if not data and not self._closed():
            self.close()
            self._on_lost()

    def _closed(self) -> bool:
        return self._socket is None
