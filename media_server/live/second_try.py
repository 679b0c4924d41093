"""One more try of the recogniser at segments it had given up: asked for, and waited for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from media_server.audio.types import Pcm
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.given_up import GivenUp
from media_server.interview.spec import InterviewSpec
from media_server.live.recognition import heard, job
from media_server.ports import SpeechToText, SttOutcome


@dataclass(frozen=True, slots=True)
class StillNone:
    """No words came of another try either."""

    reason: str
    """For people."""
    cause: GivenUp = ""


AUDIO_GONE = StillNone("its audio is not kept any more")


class Stopped(Exception):
    """The interview is not ours to write any more: nobody waits for its words here."""


class SecondTry:
    """Of one interview. The segments' marks stay as they are: whoever asks writes the words."""

    def __init__(self, interview_id: str, stt: SpeechToText) -> None:
        self._interview_id = interview_id
        self._stt = stt
        self._asked: set[asyncio.Future[SttOutcome]] = set()
        self._stopped = False

    def stop(self) -> None:
        """Everything that waits in `ask`, or will, raises Stopped."""
        self._stopped = True
        for done in self._asked:
            if not done.done():
                done.set_exception(Stopped)

    async def ask(
        self, spec: InterviewSpec, segment: ev.SegmentTranscribed, pcm: Pcm
    ) -> inp.HeardAgain | StillNone:
        """The words, or why there are none. Raises Stopped.

        Bounded by the pool: a job has a deadline and a number of deliveries.
        """
        if self._stopped:
            raise Stopped
        if not pcm.size:
            return AUDIO_GONE
        done: asyncio.Future[SttOutcome] = asyncio.get_running_loop().create_future()

        def on_outcome(outcome: SttOutcome) -> None:
            if not done.done():
                done.set_result(outcome)

        self._asked.add(done)
        try:
            asked = job(self._interview_id, spec, segment.segment, pcm)
            self._stt.submit(asked, on_outcome)
            outcome = await done
        finally:
            self._asked.discard(done)
        made = heard(segment.segment, outcome)
        return StillNone(made.failed, made.cause) if made.failed else inp.HeardAgain(made)
