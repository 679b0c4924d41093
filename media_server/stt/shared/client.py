"""A worker's side of the shared recognisers.

What is unanswered is kept here with its audio, so that nothing depends on the other process: when
it dies, or is replaced, the finals are submitted again to the next one, and each has one outcome.
An interim is not worth it: its sender learns that nobody computed it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from media_server.endings import end
from media_server.ports import EngineUnavailable, SttJob, SttStatus
from media_server.ports.turn_trace import received_turn_id
from media_server.stt import frames
from media_server.stt.settings import SttSettings
from media_server.stt.shared import protocol
from media_server.stt.telling import OnOutcome, ToldLater, call_back, named

logger = logging.getLogger(__name__)

AGAIN_S = 0.1
"""After the process of the recognisers could not be reached."""
AWAY_S = 5.0
"""That `start` waits for it to be reached. Without it the worker starts, lets nobody new in and
says why."""
STARTED_EARLY_S = 5.0
STALE_S = 5.0
"""Without a word for so long it hangs, and the supervisor is about to replace it."""
FULL_BYTES = 4 * 1024 * 1024
"""Waiting to be written: beyond it finals wait in here, and interims are left out."""
AWAY = "the recognisers are being started again; this takes seconds"


@dataclass(slots=True)
class _Owed:
    job: SttJob
    on_outcome: OnOutcome
    sent: bool = False


class SharedSpeechToText:
    """Implements `ports.SpeechToText`; passes the same suite as the pool of one process."""

    def __init__(self, settings: SttSettings, path: Path, *, worker: int) -> None:
        """`path`: the socket of the process; `worker`: this one's number."""
        self._settings = settings
        self._path = path
        self._worker = worker
        self._owed: dict[int, _Owed] = {}
        """By token, in the order they came. Finals are bounded by `max_queued_finals`."""
        self._untold = ToldLater()
        self._last_token = 0
        self._link: _Link | None = None
        self._status: SttStatus | None = None
        self._heard_s = -math.inf
        self._counters: Counter[str] = Counter()
        self._changed = asyncio.Event()
        """A status came, or an end."""
        self._unavailable = ""
        self._task: asyncio.Task[None] | None = None

    # --- ports.SpeechToText ---

    async def start(self) -> None:
        """Raises EngineUnavailable when the process says that no recogniser can be used. Where it
        cannot be reached this returns after a few seconds, and `status` says so."""
        self._task = asyncio.create_task(self._keep_connected(), name="stt shared")
        limit_s = AWAY_S
        began_s = asyncio.get_running_loop().time()
        while not (self._status is not None and self._status.workers_ready):
            if self._unavailable:
                raise EngineUnavailable(self._unavailable)
            if self._link is not None:
                limit_s = self._settings.start_timeout_s + STARTED_EARLY_S
            left_s = began_s + limit_s - asyncio.get_running_loop().time()
            if left_s <= 0:
                return
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._changed.wait()

    async def close(self) -> None:
        """Finals that wait have no outcome: whoever takes their interviews over submits them."""
        if self._task is not None:
            await end([self._task])
            self._task = None
        self._owed.clear()
        self._untold.clear()
        if self._link is not None:
            self._link.close()
            self._link = None

    def submit(self, job: SttJob, on_outcome: OnOutcome) -> None:
        """`on_outcome` is never called before this returns, not even for a job that is refused.

        Raises RuntimeError before `start` and after `close`.
        """
        if self._task is None:
            raise RuntimeError("submit() needs a pool that was started and is not closed")
        if not job.final:
            if self._link is None or self._link.full:
                self._counters["interims_dropped"] += 1
                self._untold.leave_out(job, on_outcome, "no worker was free in time")
                return
        elif self._finals() >= self._settings.max_queued_finals:
            self._refuse(job, on_outcome, "the transcription queue is full")
            return
        elif job.pcm.size * 2 > frames.MAX_BODY_BYTES:
            self._refuse(job, on_outcome, "the audio is longer than the queue takes")
            return
        self._last_token += 1
        self._owed[self._last_token] = _Owed(job, on_outcome)
        self._send_some()

    def drop_interims(self, interview_id: str) -> None:
        """A recogniser that has begun with one goes on, unheard."""
        self._drop(interview_id, finals=False)

    def forget(self, interview_id: str) -> None:
        """As `drop_interims`, and the finals."""
        self._drop(interview_id, finals=True)

    def status(self) -> SttStatus:
        """Of the pool, at most half a second old; counters and timings of worker 1 are the
        pool's, with what was counted here beside."""
        known = self._status or SttStatus(0, self._settings.workers, 0, 0.0, "", "", "")
        counters = Counter(known.counters)
        counters.update(self._counters)
        known = dataclasses.replace(known, counters=dict(counters))
        if self._link is not None and self._status is not None:
            silent_s = asyncio.get_running_loop().time() - self._heard_s
            if silent_s < STALE_S:
                return known
        return dataclasses.replace(
            known,
            workers_ready=0,
            queued=self._finals(),
            running=0,
            engine=known.engine or self._settings.engine,
            saturated=True,
            trouble=self._unavailable or AWAY,
            expected_wait_s=math.inf,
            newcomer_wait_s=math.inf,
            gains_from_context=known.gains_from_context or self._status is None,
        )

    # --- jobs ---

    def _finals(self) -> int:
        return sum(owed.job.final for owed in self._owed.values())

    def _send_some(self) -> None:
        """In order, as far as the other side reads."""
        if self._link is None:
            return
        for token, owed in self._owed.items():
            if owed.sent:
                continue
            if self._link.full:
                return
            owed.sent = True
            self._link.send(*protocol.job_frame(token, owed.job))

    def _drop(self, interview_id: str, *, finals: bool) -> None:
        for token, owed in list(self._owed.items()):
            if owed.job.interview_id == interview_id and (finals or not owed.job.final):
                del self._owed[token]
        self._untold.drop(interview_id, finals=finals)
        if self._link is not None:
            kind = "forget" if finals else "drop_interims"
            self._link.send(frames.encode({"type": kind, "interview": interview_id}))

    def _refuse(self, job: SttJob, on_outcome: OnOutcome, reason: str) -> None:
        self._counters["finals_refused"] += 1
        self._counters["dead_letters"] += not job.record
        self._untold.leave_out(job, on_outcome, reason)

    # --- the other process ---

    async def _keep_connected(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            link = _Link(self._frame, self._send_some)
            try:
                await loop.create_unix_connection(partial(_itself, link), str(self._path))
            except OSError:
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                link.send(frames.encode({"type": "hello", "worker": self._worker}))
                self._connected(link)
                await link.ended.wait()
            finally:
                link.close()
                self._disconnected(link)
            await asyncio.sleep(AGAIN_S)

    def _connected(self, link: _Link) -> None:
        self._link = link
        self._unavailable = ""
        self._heard_s = asyncio.get_running_loop().time()
        self._changed.set()
        finals = [owed.job for owed in self._owed.values() if owed.job.final]
        self._counters["resubmitted"] += len(finals)
        for job in finals:
            turn_id, segment_id = named(job)
            line = "turn=%s: segment %s is given to the recognisers that are there now"
            logger.info(line, turn_id, segment_id)
        self._send_some()

    def _disconnected(self, link: _Link) -> None:
        """Finals wait to be sent again; of an interim its sender learns that it was left out."""
        if self._link is link:
            self._link = None
        if self._status is not None:  # of what is gone nothing is known
            self._status = dataclasses.replace(self._status, counters={}, timings={})
        for token, owed in list(self._owed.items()):
            owed.sent = False
            if not owed.job.final:
                del self._owed[token]
                self._counters["interims_failed"] += 1
                self._untold.leave_out(
                    owed.job, owed.on_outcome, "the recognisers were started again"
                )
        self._changed.set()

    def _frame(self, header: dict[str, Any]) -> None:
        """Raises BadFrame: the connection is of no further use."""
        self._heard_s = asyncio.get_running_loop().time()
        if header["type"] == "status":
            self._status = protocol.status_from(header)
            self._changed.set()
        elif header["type"] == "outcome":
            token = header.get("token")
            owed = self._owed.get(token) if isinstance(token, int) else None
            if owed is None:
                self._counters["late_results"] += 1
                turn_id = received_turn_id(header.get("turn")) or "none"
                logger.info("turn=%s: words came late and are not applied", turn_id)
                return
            outcome = protocol.outcome_from(header, owed.job)
            self._owed.pop(header["token"])
            call_back(owed.on_outcome, outcome)
        elif header["type"] == "unavailable":
            self._unavailable = str(header.get("reason"))
            self._changed.set()


def _itself(link: _Link) -> _Link:
    return link


class _Link(asyncio.Protocol):
    """One connection to the process of the recognisers."""

    def __init__(
        self, on_frame: Callable[[dict[str, Any]], None], on_room: Callable[[], None]
    ) -> None:
        self._on_frame = on_frame
        self._on_room = on_room
        self._reader = frames.FrameReader()
        self._transport: asyncio.Transport | None = None
        self.full = False
        """The other side does not read as fast as this one writes."""
        self.ended = asyncio.Event()

    def send(self, *parts: bytes | memoryview) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.writelines(parts)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # a stream
        self._transport = transport
        transport.set_write_buffer_limits(high=FULL_BYTES)

    def data_received(self, data: bytes) -> None:
        try:
            for header, _ in self._reader.feed(data):
                self._on_frame(header)
        except frames.BadFrame:
            logger.warning(
                "the process of the recognisers sent nonsense: the link to it is made again"
            )
            self.close()

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        self._on_room()

    def connection_lost(self, _error: Exception | None) -> None:
        self.ended.set()
