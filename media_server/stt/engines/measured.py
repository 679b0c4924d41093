"""A Whisper model, and a smaller one for English on a machine that is too slow for the first.

The worker that has loaded the model measures what it costs: it is the only process that has it, so
nothing is loaded twice for a guess. The figure is remembered beside the model (`stt.speed`), so
that all workers of a machine take the same model, and a restart does not measure again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from media_server.ports import (
    EngineUnavailable,
    SttCapabilities,
    SttEngine,
    SttRequest,
    Transcription,
)
from media_server.stt import speed
from media_server.stt.settings import SttSettings


class Measured:
    """Implements `ports.SttEngine`. Where both are in use, `name` and `model` are those of the one
    for English, and `capabilities` of the other, which knows more languages."""

    def __init__(
        self,
        settings: SttSettings,
        make: Callable[[SttSettings], SttEngine],
        measure: Callable[[SttEngine, float], float] = speed.measure,
    ) -> None:
        """`make`: from settings, whose `model_dir` is the model, to an engine."""
        self._settings = settings
        self._small_settings = dataclasses.replace(settings, model_dir=settings.slow_model_dir)
        self._make = make
        self._measure = measure
        self._first = make(settings)
        self._english: SttEngine | None = None
        self.name, self.model = self._first.name, self._first.model
        self.notice = self._first.notice
        self.cpu_per_s: float | None = None
        """Seconds of CPU for a second of speech, of the model in `model_dir`."""

    @property
    def capabilities(self) -> SttCapabilities:
        """Of the first model: the smaller one knows nothing that it lacks."""
        return self._first.capabilities

    def prepare(self) -> bool:
        """Always False: the threads of these engines would be missing after a fork."""
        return False

    def warm_up(self) -> None:
        """Raises EngineUnavailable: neither model can be used."""
        self.cpu_per_s = speed.remembered(self._settings)
        if self._too_slow() and self._english_only():
            self._take_english()  # known beforehand: the slow one need not be loaded
        if self._english is None:
            self._first.warm_up()
            if self.cpu_per_s is None:
                self._look()
                if self._too_slow():
                    self._take_english()
            elif self._too_slow() and not self._english_only():
                self._take_english()
        if self._english is not None and self._english_only():
            self._first = self._english  # what it was holding is let go

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription | Exception]:
        """Of several, those in English go to the one and the rest to the other."""
        english = self._english
        if english is None:
            return list(self._first.transcribe(requests))
        parts = [n for n, request in enumerate(requests) if _is_english(request.language)]
        rest = [n for n in range(len(requests)) if n not in parts]
        answers: dict[int, Transcription | Exception] = {}
        for engine, numbers in ((english, parts), (self._first, rest)):
            if numbers:
                made = engine.transcribe([requests[n] for n in numbers])
                answers.update(zip(numbers, made, strict=True))
        return [answers[n] for n in range(len(requests))]

    def _look(self) -> None:
        """What cannot be measured is not called too slow."""
        try:
            cost = self._measure(self._first, self._settings.slow_cpu_s / 2)
        except Exception as error:
            name = Path(self._settings.model_dir).name
            told = f"Whisper {name} could not be measured: {type(error).__name__}"
            speed.remarks.append(told)
        else:
            self.cpu_per_s = speed.remember(self._settings, cost)

    def _too_slow(self) -> bool:
        return self.cpu_per_s is not None and self.cpu_per_s > self._settings.slow_cpu_s

    def _english_only(self) -> bool:
        return _is_english(self._settings.language)

    def _take_english(self) -> None:
        """The smaller one; where it cannot be loaded the slow one goes on."""
        slow = Path(self._settings.model_dir).name
        told = (
            f"Whisper {slow} is too slow for this machine: it takes "
            f"{self.cpu_per_s:.2f} s of CPU per second of speech"
        )
        folder = self._small_settings.model_dir
        if _is_missing(Path(folder)):
            name = Path(folder).name
            speed.remarks.append(
                f"{told}. For English, `media-server models pull {name}`; where no engine is "
                "named the next `make run` does it"
            )
            return
        engine = self._make(self._small_settings)
        try:
            engine.warm_up()
        except EngineUnavailable as error:
            speed.remarks.append(f"{told}, and the smaller model cannot be used: {error}")
            return
        self._english = engine
        self.name, self.model, self.notice = engine.name, engine.model, engine.notice
        speed.remarks.append(f"{told}, so English is left to Whisper {engine.model}")


def _is_missing(folder: Path) -> bool:
    """False where it cannot be told: loading it then says why."""
    try:
        return not folder.exists()
    except OSError:
        return False


def _is_english(language: str) -> bool:
    return language.partition("-")[0].lower() == "en"
