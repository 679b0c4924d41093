"""Several engines in order: the first that works is used, a failed one rests and is tried again.

Lives inside a worker. An engine fails by raising, or silently: no text for audio in which the VAD
heard clear speech. Then the next engine transcribes the same audio.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from media_server.audio.types import Pcm
from media_server.ports import EngineUnavailable, SttEngine, Transcription
from media_server.stt.engine import CannotTranscribe, create_engine, transcribe
from media_server.stt.settings import SttSettings

CLEAR_SPEECH_MS = 1000
"""Speech of this length with no text is a silent failure; a cough or a knock is shorter."""
SILENT_FAILURES = 3
"""This many in a row rest an engine; one alone may be mumbling and only asks the next engine."""


class Failover:
    """Implements `ports.SttEngine`; `name` and `model` are those of the one in use,
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
            else [create_engine(name, settings) for name in settings.engines]
        )
        self._rest_s = settings.recovery_probe_s
        self._now_s = now_s
        self._resting_until_s = [0.0] * len(self._engines)
        self._warm = [False] * len(self._engines)
        self._silent = [0] * len(self._engines)
        self._use(0)
        # Of every engine that may be used: the candidate is told beforehand.
        self.notice = " ".join(engine.notice for engine in self._engines if engine.notice)

    def warm_up(self) -> None:
        """At least one engine must be usable. Raises EngineUnavailable with every reason."""
        reasons: list[str] = []
        for index in range(len(self._engines)):
            reason = self._warm_up(index)
            if reason:
                reasons.append(reason)
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
        """Raises the last engine's error when every engine failed."""
        empty: Transcription | None = None
        failure: Exception = EngineUnavailable("every engine is resting after a failure")
        for index in self._order():
            if not self._warm[index] and (reason := self._warm_up(index)):
                failure = EngineUnavailable(reason)
                continue
            try:
                made = transcribe(
                    self._engines[index],
                    pcm,
                    language=language,
                    final=final,
                    glossary=glossary,
                    speech_ms=speech_ms,
                )
            except CannotTranscribe as error:  # of this job, not of the engine
                failure = error
                continue
            except Exception as error:  # whatever it is, the next engine is asked
                failure = error
                self._rest(index)
                continue
            if not made.text and not made.rejected and speech_ms >= CLEAR_SPEECH_MS:
                empty = empty or made
                self._silent[index] += 1
                if self._silent[index] >= SILENT_FAILURES:
                    self._rest(index)
                continue
            self._silent[index] = 0
            self._use(index)
            return made
        if empty is not None:
            return empty
        raise failure

    def _order(self) -> list[int]:
        """Rested engines in their order; those still resting only when nothing else is left."""
        now_s = self._now_s()
        every = range(len(self._engines))
        return [i for i in every if now_s >= self._resting_until_s[i]] + [
            i for i in every if now_s < self._resting_until_s[i]
        ]

    def _warm_up(self, index: int) -> str:
        try:
            self._engines[index].warm_up()
        except EngineUnavailable as error:
            self._rest(index)
            return str(error)
        except Exception as error:  # an engine that cannot even load is one that failed
            self._rest(index)
            return f"{self._engines[index].name}: {type(error).__name__} while loading"
        self._warm[index] = True
        return ""

    def _use(self, index: int) -> None:
        self.name, self.model = self._engines[index].name, self._engines[index].model

    def _rest(self, index: int) -> None:
        self._resting_until_s[index] = self._now_s() + self._rest_s
        self._silent[index] = 0
