"""One stretch for the record: its audio, the recogniser, and what came of it."""

from __future__ import annotations

import asyncio

from media_server.interview import inputs as inp
from media_server.interview.record import Stretch
from media_server.interview.state import State
from media_server.live.kept_audio import KeptAudio
from media_server.live.recognition import stretch_heard, stretch_job
from media_server.live.second_try import Stopped
from media_server.live.services import Services
from media_server.live.stretch_audio import joined
from media_server.ports import SttOutcome


class NotNow(Exception):
    """The recogniser cannot be used, or has too much to do: it says nothing of the stretch."""


class RecordTry:
    """Of one interview, as long as nobody else needs it."""

    def __init__(self, interview_id: str, services: Services) -> None:
        self._interview_id = interview_id
        self._services = services
        self._kept: KeptAudio | None = None
        self._asked: asyncio.Future[SttOutcome] | None = None
        self._stopped = False

    def stop(self) -> None:
        """`hear` raises Stopped, now and from now on."""
        self._stopped = True
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(Stopped)

    async def hear(self, state: State, stretch: Stretch) -> inp.StretchHeard:
        """Raises Stopped, NotNow, StoreUnavailable.

        Bounded by the pool: a job has a deadline and a number of deliveries; and by the caller.
        """
        services = self._services
        if self._stopped:
            raise Stopped
        if self._kept is None:
            self._kept = await KeptAudio.read(self._interview_id, services.spool, services.blobs)
        audio = [await self._kept.of(state, piece.segment) for piece in stretch.pieces]
        if not all(pcm.size for pcm in audio):
            return inp.StretchHeard(stretch.turn_epoch, stretch.segment_ids, failed="audio_gone")
        pcm = await asyncio.to_thread(joined, stretch, audio)
        if self._stopped:
            raise Stopped
        done: asyncio.Future[SttOutcome] = asyncio.get_running_loop().create_future()

        def on_outcome(outcome: SttOutcome) -> None:
            if not done.done():
                done.set_result(outcome)

        self._asked = done
        try:
            job = stretch_job(self._interview_id, state.spec, stretch, pcm)
            services.stt.submit(job, on_outcome)
            outcome = await done
        finally:
            self._asked = None
        if outcome.cause in ("not_taken", "unavailable", "not_awaited"):
            raise NotNow
        return stretch_heard(stretch, outcome)
