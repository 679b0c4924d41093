"""Engines that misbehave on order, loaded by their dotted path as any third-party engine is.

The order is the first sample of the audio; `glossary[0]`, where given, is a directory in which
each attempt leaves a file, so that a fault can be limited to the first attempts.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np

from media_server.ports import (
    CannotTranscribe,
    EngineUnavailable,
    SttCapabilities,
    SttEngine,
    SttJob,
    SttRequest,
    Transcription,
    Window,
)
from media_server.stt.settings import SttSettings

FINE, HANG, RAISE, CRASH, CRASH_ONCE, HANG_ONCE, RAISE_ONCE, GARBAGE, HOPELESS, HELD = range(10)
LET_GO = "let-go"
ECHO = "tests.stt.fake_engines:echo"


def job(
    number: int,
    order: int = FINE,
    *,
    interview: str = "i",
    final: bool = True,
    work_ms: int = 0,
    notes: Path | None = None,
    samples: int = 1600,
) -> SttJob:
    pcm = np.zeros(samples, np.int16)
    pcm[:3] = order, number, work_ms
    glossary = (str(notes),) if notes else ()
    return SttJob(
        interview, f"s{number}", 1, final, 0.0, pcm, "en", glossary, speech_ms=samples // 16
    )


def let_go(notes: Path) -> None:
    """Ends the jobs with the order HELD and these notes; not before, however slow the machine."""
    (notes / LET_GO).touch()


class Echo:
    name = "echo"
    model = "test"
    notice = ""

    capabilities = SttCapabilities()

    def __init__(self, *, in_child: bool = False) -> None:
        """`in_child`: it is loaded in each worker, and not once before they are forked."""
        self._in_child = in_child

    def prepare(self) -> bool:
        if not self._in_child:
            self.load()
        return not self._in_child

    def warm_up(self) -> None:
        self.load()

    def load(self) -> None:
        pass

    def transcribe(self, requests: Sequence[SttRequest]) -> Sequence[Transcription | Exception]:
        return [self.hear(request) for request in requests]

    def hear(self, request: SttRequest) -> Transcription:
        order, number, work_ms = (int(value) for value in request.pcm[:3])
        first = _note(request.glossary, number) == 1
        time.sleep(work_ms / 1000)
        if order == HANG or (order == HANG_ONCE and first):
            while True:
                time.sleep(3600)
        while order == HELD and not (Path(request.glossary[0]) / LET_GO).exists():
            time.sleep(0.01)
        if order == RAISE or (order == RAISE_ONCE and first):
            raise ValueError("canary-what-was-said")
        if order == CRASH or (order == CRASH_ONCE and first):
            os.kill(os.getpid(), signal.SIGKILL)
        if order == GARBAGE:
            return Transcription(3, (), "e", "m", "en")  # type: ignore[arg-type]  # on purpose
        return Transcription(f"number {number}", (), self.name, self.model, request.language)


class Batching(Echo):
    """Says with each text how many were done together."""

    capabilities = SttCapabilities(batch_size=4)

    def transcribe(self, requests: Sequence[SttRequest]) -> Sequence[Transcription | Exception]:
        if len(requests) == 1:
            return [self._one(requests[0], 0)]
        return [self._one(request, len(requests)) for request in requests]

    def _one(self, request: SttRequest, together: int) -> Transcription | CannotTranscribe:
        if together and request.pcm[0] == HOPELESS:
            return CannotTranscribe("hopeless")
        made = self.hear(request)
        return replace(made, text=f"{made.text} of {together}") if together else made


class Windowed(Echo):
    """Its encoder's window as the segment's number says."""

    def hear(self, request: SttRequest) -> Transcription:
        window: Window = get_args(Window)[int(request.pcm[1])]
        return replace(super().hear(request), window=window, rejected="why" if window else "")


class Obeying(Echo):
    """Told what to do by files in `model_dir`, since real speech carries no orders.

    `order` holds a word and for how many finals from then on; while `away` exists the engine
    cannot be used: nobody starts, and who is there finds out when asked.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(in_child=True)
        self._folder = folder

    def load(self) -> None:
        if (self._folder / "away").exists():
            raise EngineUnavailable("sent away")

    def hear(self, request: SttRequest) -> Transcription:
        self.load()
        order = self._order() if request.final else ""
        if order == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if order == "hang":
            time.sleep(3600)
        if order == "raise":
            raise ValueError("canary-what-was-said")
        text = "" if order == "empty" else "I taught in a school."
        return Transcription(text, (), self.name, self.model, request.language)

    def _order(self) -> str:
        path = self._folder / "order"
        word, times = path.read_text().split() if path.exists() else ("", "0")
        if int(times) <= 0:
            return ""
        path.write_text(f"{word} {int(times) - 1}")
        return word


def _note(glossary: Sequence[str], number: int) -> int:
    if not glossary:
        return 1
    folder = Path(glossary[0])
    (folder / f"{number}-{os.getpid()}-{time.monotonic_ns()}").touch()
    return len(list(folder.glob(f"{number}-*")))


class Unusable(Echo):
    def load(self) -> None:
        raise EngineUnavailable("no model here: put one there")


class Broken(Echo):
    def load(self) -> None:
        raise OSError("libfast.so: cannot open shared object file")


class Burning(Echo):
    """Its work is CPU time, however long that takes on the wall clock."""

    name = "burning"

    def hear(self, request: SttRequest) -> Transcription:
        order, number, work_ms = (int(value) for value in request.pcm[:3])
        _note(request.glossary, number)
        end_s = time.process_time() + work_ms / 1000
        while order == HANG or time.process_time() < end_s:
            pass
        return Transcription(f"number {number}", (), self.name, self.model, request.language)


class Hanging(Echo):
    name = "hanging"

    def hear(self, request: SttRequest) -> Transcription:
        _note(request.glossary, int(request.pcm[1]))
        while True:
            time.sleep(3600)


class DiesLoading(Echo):
    def load(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class SlowToLoad(Echo):
    def load(self) -> None:
        time.sleep(3600)


def batching(settings: SttSettings) -> SttEngine:
    return Batching()


def windowed(settings: SttSettings) -> SttEngine:
    return Windowed()


def obeying(settings: SttSettings) -> SttEngine:
    return Obeying(Path(settings.model_dir))


def echo(settings: SttSettings) -> SttEngine:
    return Echo()


def echo_loaded_in_child(settings: SttSettings) -> SttEngine:
    return Echo(in_child=True)


def unusable(settings: SttSettings) -> SttEngine:
    return Unusable()


def unusable_in_child(settings: SttSettings) -> SttEngine:
    return Unusable(in_child=True)


def broken(settings: SttSettings) -> SttEngine:
    return Broken()


def broken_in_child(settings: SttSettings) -> SttEngine:
    return Broken(in_child=True)


def burning(settings: SttSettings) -> SttEngine:
    return Burning()


def hanging(settings: SttSettings) -> SttEngine:
    return Hanging()


def dies_loading_in_child(settings: SttSettings) -> SttEngine:
    return DiesLoading(in_child=True)


def slow_to_load(settings: SttSettings) -> SttEngine:
    return SlowToLoad()


def slow_to_load_in_child(settings: SttSettings) -> SttEngine:
    return SlowToLoad(in_child=True)
