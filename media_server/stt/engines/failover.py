"""Several engines in order: the first that works is used, a failed one rests and is tried again.

Lives inside a worker. An engine fails by raising, or silently: no text for audio in which the VAD
heard clear speech. Then the next engine transcribes the same audio. An engine that hangs or crashes
takes its worker with it: the segment comes back to another worker, which begins with the engine
after the one that was asked first, and rests that one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from media_server.audio.types import Pcm
from media_server.ports import EngineUnavailable, SttEngine, Transcription
from media_server.stt.engine import (
    CannotTranscribe,
    SttRequest,
    TakesBatches,
    answer,
    batch_size,
    create_engine,
    forks_after_load,
)
from media_server.stt.settings import SttSettings

CLEAR_SPEECH_MS = 1000
"""Speech of this length with no text is a silent failure; a cough or a knock is shorter."""
SILENT_FAILURES = 3
"""This many in a row rest an engine; one alone may be mumbling and only asks the next engine."""


class Failover:
    """Implements `ports.SttEngine`; `name`, `model` and `batch_size` are those of the one in use,
    `notice` those of all."""

    def __init__(
        self,
        settings: SttSettings,
        *,
        engines: Sequence[SttEngine] | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`engines`: already made ones, in order; otherwise those the settings name."""
        self._engines = (
            list(engines)
            if engines is not None
            else [create_engine(name, settings.for_one_engine()) for name in settings.engines]
        )
        self._rest_s = settings.recovery_probe_s
        self._now_s = now_s
        self._resting_until_s = [0.0] * len(self._engines)
        self._warm = [False] * len(self._engines)
        self._silent = [0] * len(self._engines)
        self._use(0)
        # Of every engine that may be used: the candidate reads it beforehand.
        self.notice = " ".join(engine.notice for engine in self._engines if engine.notice)

    def load_before_fork(self) -> None:
        """Only what may be forked; what fails here is tried again in the worker."""
        for index, engine in enumerate(self._engines):
            if forks_after_load(engine):
                self._warm_up(index)

    def warm_up(self) -> None:
        """At least one engine must be usable. Raises EngineUnavailable with every reason."""
        reasons = [self._warm_up(i) for i, warm in enumerate(self._warm) if not warm]
        if not any(self._warm):
            raise EngineUnavailable("no engine can be used: " + "; ".join(reasons))
        self._use(self._warm.index(True))

    def transcribe(
        self, pcm: Pcm, *, language: str, final: bool, glossary: Sequence[str]
    ) -> Transcription:
        return self.transcribe_segment(
            pcm, language=language, final=final, glossary=glossary, speech_ms=0
        )

    def transcribe_segment(
        self, pcm: Pcm, *, language: str, final: bool, glossary: Sequence[str], speech_ms: int
    ) -> Transcription:
        return self.transcribe_request(SttRequest(pcm, language, final, tuple(glossary), speech_ms))

    def transcribe_request(self, request: SttRequest) -> Transcription:
        """When every engine failed, raises EngineUnavailable if any could not be used: the segment
        may wait for it. Otherwise the last engine's error."""
        if request.lost:
            # Perhaps it was the audio, and this one is as good as ever: it is back after its rest.
            self._rest((request.lost - 1) % len(self._engines))
        return self._ask(request, self._order(request.lost), [])

    def transcribe_batch(self, requests: Sequence[SttRequest]) -> list[Transcription | Exception]:
        """Together by the first engine, if it takes batches; what it failed with, by the others."""
        first, *others = self._order(0)
        engine = self._engines[first]
        if not self._warm[first] or not isinstance(engine, TakesBatches):
            return [self._value(request, self._order(0), []) for request in requests]
        made = engine.transcribe_batch(requests)
        answers: list[Transcription | Exception] = []
        for request, one in zip(requests, made, strict=True):
            good = self._accepted(first, request, one)
            answers.append(good or self._value(request, others, [one]))
        return answers

    def _value(
        self, request: SttRequest, order: Sequence[int], told: list[Transcription | Exception]
    ) -> Transcription | Exception:
        try:
            return self._ask(request, order, told)
        except Exception as error:  # of this segment: the others of its batch have their own
            return error

    def _ask(
        self, request: SttRequest, order: Sequence[int], told: list[Transcription | Exception]
    ) -> Transcription:
        """`told`: what other engines said before, none of it good."""
        for index in order:
            made = self._made(index, request)
            good = self._accepted(index, request, made)
            if good is not None:
                return good
            told.append(made)
        return _best(told)

    def _made(self, index: int, request: SttRequest) -> Transcription | Exception:
        if not self._warm[index] and (reason := self._warm_up(index)):
            return EngineUnavailable(reason)
        try:
            made: object = answer(self._engines[index], request)
        except Exception as error:  # whatever it is, the next engine is asked
            return error
        return made if isinstance(made, Transcription) else TypeError("not a transcription")

    def _accepted(
        self, index: int, request: SttRequest, made: Transcription | Exception
    ) -> Transcription | None:
        """Keeps book of the engine; None: the next one is to be asked."""
        if isinstance(made, CannotTranscribe):  # of this job, not of the engine
            return None
        if isinstance(made, Exception):
            self._rest(index)
            return None
        if not made.text and not made.rejected and request.speech_ms >= CLEAR_SPEECH_MS:
            self._silent[index] += 1
            if self._silent[index] >= SILENT_FAILURES:
                self._rest(index)
            return None
        self._silent[index] = 0
        self._use(index)
        return made

    def _order(self, first: int) -> list[int]:
        """From `first` on, in a circle; those still resting only when nothing else is left."""
        now_s = self._now_s()
        count = len(self._engines)
        every = [(first + step) % count for step in range(count)]
        return sorted(every, key=lambda index: now_s < self._resting_until_s[index])

    def _warm_up(self, index: int) -> str:
        """Why it cannot be used; "": it can."""
        try:
            self._engines[index].warm_up()
        except EngineUnavailable as error:
            self._rest(index)
            return str(error)
        except Exception as error:  # an engine that cannot even load is one that failed
            self._rest(index)
            return f"{self._engines[index].name}: {type(error).__name__} while loading"
        self._warm[index] = True
        self._resting_until_s[index] = 0.0
        return ""

    def _use(self, index: int) -> None:
        engine = self._engines[index]
        self.name, self.model, self.batch_size = engine.name, engine.model, batch_size(engine)

    def _rest(self, index: int) -> None:
        self._resting_until_s[index] = self._now_s() + self._rest_s
        self._silent[index] = 0


def _best(told: Sequence[Transcription | Exception]) -> Transcription:
    """Nothing heard is an answer; otherwise raises what gives the segment the best chance."""
    errors: list[Exception] = []
    for one in told:
        if isinstance(one, Transcription):
            return one
        errors.append(one)
    away = [error for error in errors if isinstance(error, EngineUnavailable)]
    if away:
        raise EngineUnavailable("; ".join(str(error) for error in away)) from away[-1]
    raise errors[-1]
