"""A Whisper encoder window that fits what was said, instead of 30 s for every segment.

Most of a segment's cost is the encoder, which faster-whisper always gives 30 s: it pads the log-mel
features with zeros. CTranslate2's encoder takes fewer, so the padding is cut here before it is
computed, and everything else of the library is as it was. Some padding has to stay: the model was
trained to see the end of speech, and with a second of it the decoder falls into loops.

What stays is made silence, as it was in training (whisper/audio.py pads the sound, not its
features): a zero is the level of a loud hiss, under which the decoder is less sure of its words.

What this knows of the library beyond its documented use: `encode` takes features that are padded
with zeros at their end, and alignment never looks beyond the frames of the segment. The contract is
tested, and the version is bounded in pyproject.toml.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

FRAMES_PER_S = 100
FULL_FRAMES = 3000
"""30 s, the window that the models were trained with."""
MARGIN_FRAMES = 400
"""Padding after what was said, at least."""
SHORTEST_FRAMES = 1000
STEP_FRAMES = 100
BATCH_STEP_FRAMES = 500
"""Where segments are decoded in batches: only equal windows share a step."""


def window_frames(content_frames: int, step_frames: int = STEP_FRAMES) -> int:
    """The encoder's window for so many frames of 10 ms: at least 10 s, at most 30 s."""
    wanted = max(SHORTEST_FRAMES, content_frames + MARGIN_FRAMES)
    return min(FULL_FRAMES, -(-wanted // step_frames) * step_frames)


def content_frames(features: Any) -> int:
    """How many frames of features of shape (..., mel bands, frames) come before the padding.

    Padding is zero in every band, which no audio is: the logarithm of a band's energy, of speech
    and of silence alike, is zero in all of them at once for no sound.
    """
    filled = np.any(features, axis=tuple(range(features.ndim - 1)))
    return int(filled.size - np.argmax(filled[::-1])) if filled.any() else 0


def silence(loudest: float) -> float:
    """Log-mel of digital silence beside sound of which `loudest` is the highest value.

    The features are (log10(energy) + 4) / 4; energy has a floor of 1e-10, and log10 of it one at 8
    below the loudest (Radford et al. 2022; log_mel_spectrogram of openai/whisper).
    """
    return max(-1.5, loudest - 2.0)


class ShortWindowModel(WhisperModel):  # type: ignore[misc, unused-ignore]  # the library is untyped
    """faster-whisper's model, which encodes no more than `window_frames`."""

    step_frames = STEP_FRAMES
    """A window is a multiple of it."""

    def encode(self, features: Any) -> Any:
        """Overrides the library's. `features`: shape (mel bands, 3000) or (1, mel bands, 3000)."""
        content = content_frames(features)
        window = np.array(features[..., : window_frames(content, self.step_frames)])
        if content:
            window[..., content:] = silence(float(window[..., :content].max()))
        return super().encode(window)

    def full_window(self) -> ShortWindowModel:
        """The same weights, with the library's own window of 30 s."""
        full = copy.copy(self)
        full.step_frames = FULL_FRAMES
        return full


def non_speech_tokens(model: WhisperModel) -> list[int]:
    """What the library suppresses unless told otherwise ("[music]", brackets, notes).

    It works that out by a hundred calls of the tokenizer for each segment; the answer is the same
    for every segment of a model.
    """
    language = "en" if model.model.is_multilingual else None
    tokenizer = Tokenizer(
        model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
    )
    return list(tokenizer.non_speech_tokens)
