"""hibari (hibari-tts, Apache-2.0): a small natural English voice that is in the lock.

Only the speech child imports this. The voice "heart" (American) comes in the wheel. The package can
fetch others from a hub, which is never asked here: what lies in its folder (HIBARI_HOME) with the
digest that the package names is used, "emma" for British English without being named.

The sound holds noise; its seed is fixed, so that the same text gives the same bytes.
"""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
from typing import Any

import numpy as np

from media_server.ports import EngineUnavailable, RawSpeech, TtsEngine
from media_server.tts.engine import match_language
from media_server.tts.settings import TtsSettings

_AMERICAN, _BRITISH = "heart", "emma"
_PACE = 0.95
"""Of the voice's own: a little slower, for questions that are heard once."""
_SEED = 0
_MAX_PHONEMES = 400
"""Of one pass: what Kokoro, whose voice it learnt, was made for is 510."""
_LONG_NUMBER = re.compile(r"\d{10,}")
"""Digit by digit: nobody says ten digits as one number, and from 37 on the package fails."""
_BRITISH_TAGS = ("en-gb", "en-ie", "en-au", "en-nz", "en-za", "en-in")
_INSTALL = "pip install hibari-tts (Apache-2.0), or use another engine"


class HibariEngine:
    """Raises EngineUnavailable where the package is missing, broken or lacks the voice."""

    name = "hibari"

    def __init__(self, voice: str = "", speed: float = 1.0) -> None:
        try:
            import hibari  # noqa: PLC0415  # with onnxruntime and its lexicon: in the child alone
            from hibari.voices import VOICES  # noqa: PLC0415
        except ImportError as error:
            raise EngineUnavailable(f"hibari is not installed ({error.name}): {_INSTALL}") from None
        if voice and voice not in VOICES:
            raise EngineUnavailable(f"hibari has no voice {voice!r}; it has {', '.join(VOICES)}")
        self.voice = voice or _AMERICAN
        self._speed = round(_PACE * speed, 3)
        try:
            self._models = {name: _load(hibari, name) for name in _to_load(voice)}
            for model in self._models.values():  # what is loaded at the first use, is so now
                model.from_phonemes(model.phonemize("Qwxt.")[0], seed=_SEED)
        except EngineUnavailable:
            raise
        except Exception as error:  # whatever the runtime raises for a broken file
            raise EngineUnavailable(
                f"hibari cannot be loaded ({type(error).__name__}): {_INSTALL}"
            ) from None
        self._british = _BRITISH if not voice and _BRITISH in self._models else ""
        self.languages: tuple[str, ...] = ("en", "en-us", *(_BRITISH_TAGS if self._british else ()))
        version = importlib.metadata.version("hibari-tts")
        voices = "+".join(self._models)
        self.detail = f"{version} {voices} speed {self._speed} seed {_SEED}"

    def voice_for(self, locale: str) -> str:
        tag = match_language(self.languages, locale)
        if tag is None:
            raise EngineUnavailable(f"hibari does not speak {locale}")
        return self._british if self._british and tag in _BRITISH_TAGS else self.voice

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        """Raises ValueError for a text that it cannot read: the next voice may."""
        model = self._models[self.voice_for(locale)]
        parts = [
            model.from_phonemes(part, speed=self._speed, seed=_SEED)
            for part in _phonemes(model, text)
        ]
        sound = np.clip(np.concatenate(parts), -1.0, 1.0)
        return RawSpeech(np.rint(sound * 32_767).astype(np.int16), model.sample_rate)


def _to_load(voice: str) -> tuple[str, ...]:
    if voice:
        return (voice,)
    return (_AMERICAN, _BRITISH) if _path(_BRITISH) is not None else (_AMERICAN,)


def _load(hibari: Any, name: str) -> Any:
    path = _path(name)
    if path is None:
        from hibari.voices import VOICES, cache_dir  # noqa: PLC0415

        wanted = Path(cache_dir(), VOICES[name]["file"])
        raise EngineUnavailable(
            f"hibari's voice {name} is not here: put its file at {wanted} (it is downloaded by "
            "nobody in an interview), or leave the voice to the language"
        )
    return hibari.Hibari(voice=name, model=str(path), threads=1)


def _path(name: str) -> Path | None:
    """Of the voice's file; None where it is missing or another than the package names."""
    from hibari.voices import VOICES, sha256_of, voice_path  # noqa: PLC0415

    try:
        path = Path(voice_path(name, download_missing=False))
        return path if sha256_of(path) == VOICES[name]["sha256"] else None
    except OSError:
        return None


def _phonemes(model: Any, text: str) -> list[str]:
    """In passes that the model can take. Raises ValueError where nothing could be read."""
    readable = _LONG_NUMBER.sub(lambda digits: " ".join(digits.group()), text)
    try:
        found = model.phonemize(readable)
    except Exception as error:  # of the words, not of the voice, which must not rest for it
        raise ValueError(f"hibari cannot read this text: {type(error).__name__}") from None
    parts = [part for sentence in found for part in _bounded(sentence)]
    # Signs alone sound like a breath: the words between them were of a script it does not know.
    if not any(char.isalpha() for part in parts for char in part):
        raise ValueError("hibari has no sound for this text")
    return parts


def _bounded(phonemes: str) -> list[str]:
    """Cut at a space: the package cuts at clauses alone."""
    parts: list[str] = []
    while len(phonemes) > _MAX_PHONEMES:
        at = phonemes.rfind(" ", 1, _MAX_PHONEMES)
        at = at if at > 0 else _MAX_PHONEMES
        parts.append(phonemes[:at].strip())
        phonemes = phonemes[at:].strip()
    return [*parts, phonemes] if phonemes else parts


def create(settings: TtsSettings) -> TtsEngine:
    return HibariEngine(settings.voice, settings.speed)
