"""Moonshine tiny-en: English, small and quick, for the words that are shown while one speaks.

It gives no word times, and makes words of noise: `moonshine_gate` takes them out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from media_server.audio.types import SAMPLE_RATE
from media_server.ports import (
    EngineUnavailable,
    SttCapabilities,
    SttEngine,
    SttRequest,
    Transcription,
)
from media_server.spacing import tidy
from media_server.stt import hallucination_filter
from media_server.stt.engines.moonshine_gate import invented, without_loop
from media_server.stt.engines.moonshine_model import MoonshineModel
from media_server.stt.moonshine_files import PULL, missing_files
from media_server.stt.settings import SttSettings

LONGEST_S = 30.0
"""The model was trained on no longer pieces."""


class Moonshine:
    """Implements `ports.SttEngine`, for English and without word times."""

    name = "moonshine"
    notice = ""

    capabilities = SttCapabilities(languages=("en",), detects=False, longest_s=LONGEST_S)

    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings
        self._loaded: MoonshineModel | None = None
        self.model = Path(settings.moonshine_dir).name

    def prepare(self) -> bool:
        """Load it where it needs no thread of its own: then forked workers share its 100 MB.

        Raises EngineUnavailable.
        """
        if self._settings.threads > 1:
            return False
        self.warm_up()
        return True

    def warm_up(self) -> None:
        """Load it and decode half a second of silence. Raises EngineUnavailable: files are missing
        or damaged, or onnxruntime is."""
        if self._loaded is not None:
            return
        folder = self._settings.moonshine_dir
        if problems := missing_files(folder):
            raise EngineUnavailable(
                f"moonshine cannot use {folder!r}: {'; '.join(problems)}. Get it with `{PULL}`, or "
                "point stt moonshine_dir to a complete directory"
            )
        try:
            loaded = MoonshineModel(Path(folder), self._settings.threads)
            loaded.decode(np.zeros(SAMPLE_RATE // 2, np.int16))
        except ImportError as error:
            raise EngineUnavailable(f"moonshine needs onnxruntime: {error}") from error
        except Exception as error:  # onnxruntime raises a kind of its own for each thing
            raise EngineUnavailable(
                f"moonshine cannot load {folder!r}, whose files are damaged or of another model: "
                f"{type(error).__name__}. Delete the directory, then get it with `{PULL}`"
            ) from error
        self._loaded = loaded

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription | Exception]:
        """One after another; glossaries are not used. `confidence` is the mean probability of a
        token."""
        return [self._transcribe(request) for request in requests]

    def _transcribe(self, request: SttRequest) -> Transcription:
        """Without any speech in it there is nothing to decode, and nothing to invent."""
        if self._loaded is None:
            raise EngineUnavailable("the Moonshine model is not loaded")
        if request.speech_ms == 0 or not request.pcm.size:
            return self._made("", None)
        decoded = self._loaded.decode(request.pcm)
        kept, cut = (decoded.text, "") if decoded.ended else without_loop(decoded.text)
        text, cut = tidy(kept), cut[: hallucination_filter.MOST_KEPT]
        looped = hallucination_filter.LOOP if cut else ""
        if not text:
            return self._made("", None, looped, cut)
        why = invented(decoded, text, speech_ms=request.speech_ms, final=request.final)
        if why:
            taken = " ".join(filter(None, (text, cut)))[: hallucination_filter.MOST_KEPT]
            return self._made("", None, why, taken)
        confidence = round(min(1.0, math.exp(decoded.mean_logprob)), 4)
        return hallucination_filter.filtered(
            self._made(text, confidence, looped, cut),
            speech_ms=request.speech_ms,
            audio_s=request.pcm.size / SAMPLE_RATE,
        )

    def _made(
        self, text: str, confidence: float | None, rejected: str = "", rejected_text: str = ""
    ) -> Transcription:
        return Transcription(
            text, (), self.name, self.model, "en", confidence, rejected, rejected_text
        )


def create(settings: SttSettings) -> SttEngine:
    """For `ENGINES`. Reads no file: `prepare` and `warm_up` do."""
    return Moonshine(settings)
