"""Several engines in order: the first that works is used, a failed one rests and is tried again.

Lives inside a worker. An engine fails by raising, or silently: no text for audio in which the VAD
heard clear speech. Then the next engine transcribes the same audio. An engine that hangs or crashes
takes its worker with it: the segment comes back to another worker, which begins with the engine
after the one that was asked first, and rests that one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from media_server.ports import (
    CannotTranscribe,
    EngineUnavailable,
    SttCapabilities,
    SttEngine,
    SttRequest,
    Transcription,
)
from media_server.stt.engines.asking import ask

CLEAR_SPEECH_MS = 1000
"""Speech of this length with no text is a silent failure; a cough or a knock is shorter."""
SILENT_FAILURES = 3
"""This many in a row rest an engine; one alone may be mumbling and only asks the next engine."""


class Failover:
    """Implements `ports.SttEngine`; `name`, `model` and the size of batches are those of the one in
    use, `notice` those of all.

    What an engine cannot do (another language, a final) goes to the next one and rests nobody: an
    engine for interims before one for everything is such a list, and its interims that are empty
    stay so.
    """

    def __init__(
        self,
        engines: Sequence[SttEngine],
        *,
        rest_s: float,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`rest_s`: how long an engine that failed is left alone."""
        self._engines = list(engines)
        self._rest_s = rest_s
        self._now_s = now_s
        self._resting_until_s = [0.0] * len(self._engines)
        self._warm = [False] * len(self._engines)
        self._silent = [0] * len(self._engines)
        self.name, self.model = self._engines[0].name, self._engines[0].model
        self.capabilities = SttCapabilities()  # until one is warm: they may learn theirs then
        # Of every engine that may be used: the candidate reads it beforehand.
        self.notice = " ".join(engine.notice for engine in self._engines if engine.notice)

    def prepare(self) -> bool:
        """True: every engine is loaded. Raises nothing: the worker tries again what failed here."""
        for index, engine in enumerate(self._engines):
            with contextlib.suppress(Exception):
                self._warm[index] = engine.prepare()
        if not all(self._warm):
            return False
        self._choose()
        return True

    def warm_up(self) -> None:
        """At least one engine must be usable: where one failed, not for interims alone. Raises
        EngineUnavailable with every reason."""
        told = [self._warm_up(i) for i, warm in enumerate(self._warm) if not warm]
        reasons = "; ".join(filter(None, told))
        finals = any(warm and not self._for_interims(i) for i, warm in enumerate(self._warm))
        if reasons and not finals:
            raise EngineUnavailable(f"no engine can be used: {reasons}")
        self._choose()

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription | Exception]:
        """Several are asked of one engine together, if it takes so many; what it failed with, of
        the others.

        When every engine failed: EngineUnavailable if any could not be used, for the segment may
        wait for it; otherwise the last engine's error.
        """
        if len(requests) == 1:
            return [self._value(requests[0], self._order_for(requests[0]), [])]
        order = self._order(0)
        first = next((index for index in order if self._can(index, requests)), None)
        if first is None or len(requests) > self._engines[first].capabilities.batch_size:
            return [self._value(request, self._order(0), []) for request in requests]
        others = [index for index in order if index != first]
        answers: list[Transcription | Exception] = []
        made = self._engines[first].transcribe(requests)
        for request, one in zip(requests, made, strict=True):
            good = self._accepted(first, request, one)
            answers.append(good or self._value(request, others, [one]))
        return answers

    def _can(self, index: int, requests: Sequence[SttRequest]) -> bool:
        """Whether this engine is there, and lacks nothing for any of them."""
        lacks = self._engines[index].capabilities.lacks
        return self._warm[index] and not any(map(lacks, requests))

    def _for_interims(self, index: int) -> bool:
        """As far as is known: an engine may learn while it warms up that it makes no finals."""
        return self._warm[index] and not self._engines[index].capabilities.finals

    def _order_for(self, request: SttRequest) -> list[int]:
        if not request.lost:
            return self._order(0)
        # Of those that may have been asked: an engine for interims loses no final.
        every = range(len(self._engines))
        asked = [i for i in every if not (request.final and self._for_interims(i))] or every
        # Perhaps it was the audio, and this one is as good as ever: it is back after its rest.
        self._rest(asked[(request.lost - 1) % len(asked)])
        return self._order(asked[request.lost % len(asked)])

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
            return ask(self._engines[index], request)
        except Exception as error:  # whatever it is, the next engine is asked
            return error

    def _accepted(
        self, index: int, request: SttRequest, made: Transcription | Exception
    ) -> Transcription | None:
        """Keeps book of the engine; None: the next one is to be asked."""
        if isinstance(made, CannotTranscribe):  # of this job, not of the engine
            return None
        if isinstance(made, Exception):
            self._rest(index)
            return None
        if self._for_interims(index):
            return made  # the next interim, or the final, says more than another engine now
        if not made.text and not made.rejected and (request.speech_ms or 0) >= CLEAR_SPEECH_MS:
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

    def _choose(self) -> None:
        """The one in use: the first that is there and makes finals."""
        there = [index for index, warm in enumerate(self._warm) if warm]
        finals = [index for index in there if not self._for_interims(index)]
        self._use((finals or there)[0])

    def _use(self, index: int) -> None:
        engine = self._engines[index]
        self.name, self.model = engine.name, engine.model
        self.capabilities = SttCapabilities(
            batch_size=engine.capabilities.batch_size,
            gains_from_context=engine.capabilities.gains_from_context,
        )

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
    # Who was never asked, or could not be, says nothing of what another would make of it next time.
    tried = [error for error in errors if not isinstance(error, CannotTranscribe)]
    raise (tried or errors)[-1]
