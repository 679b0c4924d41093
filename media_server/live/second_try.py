"""One more try of the recogniser at segments it had given up: asked for, and waited for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from media_server.audio.types import Pcm
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.given_up import GivenUp
from media_server.interview.spec import InterviewSpec
from media_server.live.transcription import heard
from media_server.ports import SpeechToText, SttJob, SttOutcome


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
            self._stt.submit(self._job(spec, segment, pcm), on_outcome)
            outcome = await done
        finally:
            self._asked.discard(done)
        if outcome.transcription is None:
            return StillNone(outcome.reason or "failed", outcome.cause)
        made = heard(segment.segment_id, outcome.transcription, segment.start_s, segment.end_s)
        return inp.HeardAgain(made)

    def _job(self, spec: InterviewSpec, segment: ev.SegmentTranscribed, pcm: Pcm) -> SttJob:
        return SttJob(
            interview_id=self._interview_id,
            segment_id=segment.segment_id,
            attempt=1,
            final=True,
            start_s=segment.start_s,
            pcm=pcm,
            language=spec.candidate.locale.split("-")[0],
            glossary=spec.glossary,
            speech_ms=segment.speech_ms,
        )
