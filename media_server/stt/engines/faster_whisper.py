"""faster-whisper (CTranslate2) from a directory on this machine; it never calls the model hub.

Without tokenizer.json the library would try to download one even when told to stay local, and
takes a missing path for a name on the hub: the files are checked before it is imported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from media_server.audio.types import SAMPLE_RATE
from media_server.model_files import WHISPER
from media_server.ports import (
    EngineUnavailable,
    SttCapabilities,
    SttEngine,
    SttRequest,
    Transcription,
    Window,
    Word,
)
from media_server.spacing import tidy
from media_server.stt import hallucination_filter, loops, noise_gate
from media_server.stt.engines.lockstep import LockstepModel
from media_server.stt.settings import SttSettings
from media_server.stt.whisper_files import missing_files

HOTWORDS_CHARACTERS = 600
"""A longer list crowds the decoder's 448 tokens and slows every segment."""
TEMPERATURES = (0.0, 0.2, 0.4)
"""For finals; the fallbacks cost a decode each: worth it for what is kept, not for interims. In the
short window only the first is tried: what looks wrong there begins again over the full window."""
AGAIN_TEMPERATURES = (0.4, 0.7, 1.0)
"""For a final that looks like a loop: once more, and hotter where that is one too."""
GUESSES = 1
"""At each temperature above 0. The library's five cost twice the time and bring no words: what is
that unsure is wrong in other ways each time."""
COMPRESSION_LIMIT = 2.4
"""The library's, of UTF-8 bytes: it is right for loops, and wrong for ordinary text in scripts of
three bytes. So the first decode goes without, and is looked at character by character."""
LOG_PROB_LIMIT = -1.0
"""Mean of a token (Radford et al. 2022, 4.5): below it the words are guesses."""
LONGEST_SHORT_S = 26.0
"""Longer segments fill the window of 30 s and its margin: for them there is no shorter one."""
GPU_BATCH = 8
"""Where `batch_size` is left to us: on a GPU so many segments cost little more than one."""


class FasterWhisper:
    """Implements `ports.SttEngine`. Owns threads once it is loaded: each worker loads its own."""

    name = "faster-whisper"
    notice = ""

    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings
        self._whisper: Any = None
        self._full: Any = None
        """The same model with the full window."""
        self._suppressed: list[int] = []
        self._lockstep: LockstepModel | None = None
        self.model = Path(settings.model_dir).name
        self.capabilities = SttCapabilities(batch_size=settings.batch_size or 1)

    def prepare(self) -> bool:
        """Always False: CTranslate2's threads would be missing after a fork."""
        return False

    def warm_up(self) -> None:
        """Load the model and decode a second of silence; then `capabilities` are the model's.

        Raises EngineUnavailable with what to do: files are missing, or this machine cannot run it.
        """
        problems = missing_files(self._settings.model_dir)
        if problems:
            raise EngineUnavailable(
                f"faster-whisper cannot use {self._settings.model_dir or 'a model'!r}: "
                + "; ".join(problems)
                + ". Point stt model_dir to a complete directory, or get one with "
                "`media-server models pull NAME`"
            )
        settings = self._settings
        try:
            self._load()
            # The first decode finds what loading does not: a missing CUDA library, a tokenizer or
            # a number of mel bands of another model.
            silence = SttRequest(np.zeros(SAMPLE_RATE, np.int16), "en", final=True)
            self._decode(silence, self._first_pass(silence))
        except ImportError as error:
            raise EngineUnavailable(f"faster-whisper cannot be imported: {error}") from error
        except Exception as error:  # tokenizers raises no narrower one
            raise EngineUnavailable(
                f"faster-whisper cannot load {settings.model_dir!r} with device "
                f"{settings.device!r} and compute type {settings.compute_type!r}: {error}"
                + _fetch_again(Path(settings.model_dir))
            ) from error
        self.capabilities = SttCapabilities(
            languages=tuple(self._whisper.supported_languages),
            batch_size=settings.batch_size or self._default_batch(),
            gains_from_context=True,
        )

    def _load(self) -> None:
        from ctranslate2 import StorageView  # noqa: PLC0415
        from faster_whisper import transcribe as library  # noqa: PLC0415 - a second, and optional

        from media_server.stt.engines import short_window  # noqa: PLC0415 - imports the library

        # Its progress bar, never shown, would keep a thread of its own alive for ever.
        library.tqdm.monitor_interval = 0
        settings = self._settings
        self._whisper = short_window.ShortWindowModel(
            settings.model_dir,
            device=settings.device,
            compute_type=compute_type(settings.compute_type, settings.device),
            cpu_threads=settings.threads,
            num_workers=1,
            local_files_only=True,
        )
        self._suppressed = short_window.non_speech_tokens(self._whisper)
        self._lockstep = LockstepModel(self._whisper.model, StorageView.from_array)
        self._whisper.model = self._lockstep
        if (settings.batch_size or self._default_batch()) > 1:
            self._whisper.step_frames = short_window.BATCH_STEP_FRAMES
        self._full = self._whisper.full_window()

    def _default_batch(self) -> int:
        return GPU_BATCH if self._whisper.model.device == "cuda" else 1

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription | Exception]:
        """Equal steps of several are computed together.

        Segments of up to 30 s share every step. A glossary of another length makes a prompt of
        another length, which is decoded beside them.
        """
        if self._lockstep is None:
            raise EngineUnavailable("the Whisper model is not loaded")
        if len(requests) == 1:
            return [self._transcribe(requests[0])]
        return self._lockstep.run([partial(self._transcribe, request) for request in requests])

    def _transcribe(self, request: SttRequest) -> Transcription:
        """Without any speech in it there is nothing to decode, and nothing to invent."""
        if request.speech_ms == 0 or not request.pcm.size:
            return self._made("", (), _language(request) or "", None)
        made = self._surest(request, self._heard(request, self._first_pass(request)))
        return noise_gate.gated(made.transcription, made.noise)

    def _surest(self, request: SttRequest, made: _Heard) -> _Heard:
        """What further passes make of it, where the first one's words look wrong."""
        if not request.final or made.noise.score >= noise_gate.CERTAIN:
            return made
        if made.transcription.window == "short" and made.doubtful:
            made = _after(made, self._heard(request, _Pass("widened", TEMPERATURES)))
        if not made.looped:
            return made
        hotter = _Pass(made.transcription.window, AGAIN_TEMPERATURES, COMPRESSION_LIMIT)
        again = self._heard(request, hotter)
        # Who really said the same thing many times says it again: then the surer text stands.
        return made if again.looped else _after(made, again)

    def _first_pass(self, request: SttRequest) -> _Pass:
        short = self._settings.short_window and request.pcm.size <= LONGEST_SHORT_S * SAMPLE_RATE
        if short or not request.final:
            return _Pass("short" if short else "full", TEMPERATURES[:1])
        return _Pass("full", TEMPERATURES)

    def _heard(self, request: SttRequest, how: _Pass) -> _Heard:
        segments, heard = self._decode(request, how)
        text = tidy("".join(segment.text for segment in segments))
        words = tuple(
            Word(word.word.strip(), float(word.start), float(word.end), float(word.probability))
            for segment in segments
            for word in segment.words or ()
        )
        made = hallucination_filter.filtered(
            replace(self._made(text, words, heard, _confidence(segments)), window=how.window),
            speech_ms=request.speech_ms,
            audio_s=request.pcm.size / SAMPLE_RATE,
        )
        looped = made.rejected == hallucination_filter.LOOP or loops.is_repetitive(text)
        guessed = any(segment.avg_logprob < LOG_PROB_LIMIT for segment in segments)
        return _Heard(made, looped, looped or guessed, noise_gate.evidence(segments))

    def _decode(self, request: SttRequest, how: _Pass) -> tuple[list[Any], str]:
        final = request.final
        whisper = self._whisper if how.window == "short" else self._full
        segments, info = whisper.transcribe(
            request.pcm.astype(np.float32) / 32768.0,
            language=_language(request),
            beam_size=self._settings.beam_size if final else 1,
            temperature=how.temperatures,
            best_of=GUESSES,
            condition_on_previous_text=False,
            no_speech_threshold=0.6,
            log_prob_threshold=LOG_PROB_LIMIT,
            compression_ratio_threshold=how.compression_limit,
            word_timestamps=final,
            vad_filter=self._settings.vad_filter,
            hotwords=_hotwords(request.glossary),
            suppress_tokens=list(self._suppressed),
        )
        return list(segments), str(info.language)

    def _made(
        self,
        text: str,
        words: tuple[Word, ...],
        language: str,
        confidence: float | None,
    ) -> Transcription:
        return Transcription(text, words, self.name, self.model, language, confidence)


@dataclass(frozen=True, slots=True)
class _Pass:
    """One decoding of a segment, perhaps after others."""

    window: Window
    """Whose encoder's output it is; "widened": the full one, after the short."""
    temperatures: tuple[float, ...]
    compression_limit: float | None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    transcription: Transcription
    looped: bool
    """Its text looks like a loop, whatever of it was cut."""
    doubtful: bool
    """A loop, or words that are guesses."""
    noise: noise_gate.Evidence


def _fetch_again(folder: Path) -> str:
    """The command, for a model that was pulled: damage of the same size is found by loading."""
    if folder.parent.name != WHISPER:
        return ""
    return f". If its files are damaged, `media-server models pull {folder.name} --again` helps"


def _after(before: _Heard, now: _Heard) -> _Heard:
    """`now`, a further pass. Where it brings nothing, what the one before it made was invented, and
    is kept for people to judge."""
    old, new = before.transcription, now.transcription
    said = " ".join(filter(None, (old.text, old.rejected_text)))
    if new.text or new.rejected or not said:
        return now
    reason = old.rejected or noise_gate.REASON
    taken = said[: hallucination_filter.MOST_KEPT]
    return replace(now, transcription=replace(new, rejected=reason, rejected_text=taken))


def compute_type(asked: str, device: str) -> str:
    """What CTranslate2 is asked for; "auto" is the fastest that costs no accuracy to speak of."""
    import ctranslate2  # noqa: PLC0415 - optional

    if asked != "auto":
        return asked
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    wanted = "int8" if device == "cpu" else "float16"
    return wanted if wanted in ctranslate2.get_supported_compute_types(device) else "default"


def _confidence(segments: Sequence[Any]) -> float | None:
    """Mean probability of a token, weighted by the tokens of each segment."""
    tokens = sum(len(segment.tokens) for segment in segments)
    if not tokens:
        return None
    total = sum(segment.avg_logprob * len(segment.tokens) for segment in segments)
    return round(min(1.0, math.exp(total / tokens)), 4)


def _language(request: SttRequest) -> str | None:
    """As the model names it; None: it detects it."""
    primary = request.language.partition("-")[0].lower()
    return None if primary in ("", "auto") else primary


def _hotwords(glossary: Sequence[str]) -> str | None:
    chosen: list[str] = []
    length = 0
    for word in glossary:
        length += len(word) + 2
        if length > HOTWORDS_CHARACTERS:
            break
        chosen.append(word)
    return ", ".join(chosen) or None


def create(settings: SttSettings) -> SttEngine:
    """For `ENGINES`. Reads no file and imports nothing heavy: `warm_up` does."""
    return FasterWhisper(settings)
