"""pocketsphinx with its own en-us model: works with no download, and is a stand-in.

Measured word error rate about .5 on real speech and .2 to .3 on short clean sentences; a fifth of
real time; 96 MB per decoder, 26 MB in a child that was forked after loading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from media_server.audio.types import SAMPLE_RATE
from media_server.ports import (
    EngineUnavailable,
    SttCapabilities,
    SttEngine,
    SttRequest,
    Transcription,
    Word,
)
from media_server.stt.settings import SttSettings

NOTICE = (
    "Speech is recognised by pocketsphinx, a stand-in that proves the pipeline and is not fit to "
    "assess anybody; configure a Whisper model for real interviews."
)
_NOT_A_WORD = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_ALTERNATE = re.compile(r"\(\d+\)$")


class PocketSphinx:
    """Implements `ports.SttEngine`, for English. Its loaded decoder may be forked."""

    name = "pocketsphinx"
    model = "en-us"
    notice = NOTICE
    capabilities = SttCapabilities(languages=("en",), detects=False)

    def __init__(self, settings: SttSettings) -> None:
        del settings  # it has none
        self._decoder: Any = None

    def prepare(self) -> bool:
        """Load the model and decode half a second of silence. True: forked workers share it.

        Raises EngineUnavailable where the package is not installed.
        """
        try:
            from pocketsphinx import Decoder  # noqa: PLC0415 - slow, and missing on some platforms
        except ImportError as error:
            raise EngineUnavailable(
                "pocketsphinx is not installed (there is no wheel for some Python versions): "
                "install it, or configure a faster-whisper model"
            ) from error
        # fwdflat: the second pass doubles the delay after the last word for no gain worth it.
        self._decoder = Decoder(samprate=SAMPLE_RATE, fwdflat=False, cmn="batch", loglevel="FATAL")
        self._frame_s = 1 / float(self._decoder.config["frate"])
        self._heard(SttRequest(np.zeros(SAMPLE_RATE // 2, np.int16), "en", final=True))
        return True

    def warm_up(self) -> None:
        """Does what `prepare` does where that has not run, or has failed. Raises as it does."""
        if self._decoder is None:
            self.prepare()

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription]:
        """One after another, whatever `language` says; glossaries are not used.

        A word's confidence is its posterior probability; the text's is the mean of them.
        """
        return [self._heard(request) for request in requests]

    def _heard(self, request: SttRequest) -> Transcription:
        """Audio without speech is not decoded: it would come out as "in" or "dog"."""
        pcm = request.pcm[:0] if request.speech_ms == 0 else request.pcm
        words: tuple[Word, ...] = ()
        if pcm.size:
            # Its noise estimate would carry over from the audio before, another person's.
            self._decoder.reinit_feat()
            self._decoder.start_utt()
            try:
                self._decoder.process_raw(pcm.tobytes(), no_search=False, full_utt=True)
            finally:
                self._decoder.end_utt()
            words = self._words(pcm.size / SAMPLE_RATE)
        known = [word.confidence for word in words if word.confidence is not None]
        return Transcription(
            text=" ".join(word.text for word in words),
            words=words,
            engine=self.name,
            model=self.model,
            language="en",
            confidence=sum(known) / len(known) if known else None,
        )

    def _words(self, audio_s: float) -> tuple[Word, ...]:
        words: list[Word] = []
        for segment in self._decoder.seg() or ():
            text = clean(segment.word)
            if text:
                start_s = min(segment.start_frame * self._frame_s, audio_s)
                end_s = min((segment.end_frame + 1) * self._frame_s, audio_s)
                words.append(
                    Word(text, round(start_s, 3), round(end_s, 3), round(min(1.0, segment.prob), 4))
                )
        return tuple(words)


def clean(word: str) -> str:
    """Silences (`<sil>`), noises (`[NOISE]`, `++UH++`) are no words; "read(2)" is "read"."""
    return "" if _NOT_A_WORD.match(word) else _ALTERNATE.sub("", word)


def create(settings: SttSettings) -> SttEngine:
    """For `ENGINES`. No setting concerns it."""
    return PocketSphinx(settings)
