"""Piper voices (piper-tts, GPL-3.0, optional): the most natural, from a model the operator has.

Only the speech child process imports this. Its samples carry noise by design, so the same bytes
for every candidate come from the cache alone.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from media_server.ports import EngineUnavailable, RawSpeech, TtsEngine
from media_server.tts.engine import match_language
from media_server.tts.settings import TtsSettings

_VOICES = "https://huggingface.co/rhasspy/piper-voices"
_CHECKPOINTS = "https://huggingface.co/datasets/rhasspy/piper-checkpoints"
_PINYIN = "pinyin"
_G2PW = Path("g2pW", "g2pw.onnx")
"""What Chinese voices of this kind read characters with."""


def find_problem(model: Path) -> str:
    """What keeps the model from being used and what to do; "" when its files are complete."""
    try:
        return _problem_of(model)
    except OSError as error:
        return f"{error.filename or model} cannot be read: {error.strerror}"


def _problem_of(model: Path) -> str:
    config = model.with_name(model.name + ".json")
    if not model.is_file():
        return f"there is no Piper voice at {model}: download NAME.onnx from {_VOICES}"
    if model.stat().st_size < 100_000:
        return f"{model} is too small for a voice (a pointer file?): download it again"
    try:
        settings = json.loads(config.read_text(encoding="utf-8"))
        rate_hz = int(settings["audio"]["sample_rate"])
        _language(settings)
    except OSError:
        return f"{config} is missing: it belongs to the voice and comes from the same place"
    except (ValueError, KeyError, TypeError, OverflowError):
        return f"{config} is not the description of a Piper voice: download it again"
    if settings.get("phoneme_type") == _PINYIN and not (model.parent / _G2PW).is_file():
        return (
            f"{model} needs {_G2PW} beside it, which piper would download in mid-interview: fetch "
            f"zh/zh_CN/_resources/g2pw.tar.gz of {_CHECKPOINTS} and unpack it to "
            f"{(model.parent / _G2PW).parent}"
        )
    if not 8000 <= rate_hz <= 48_000:
        return f"{config} names a sample rate of {rate_hz} Hz: download it again"
    return ""


class PiperEngine:
    """Raises EngineUnavailable for a missing package and for a missing or broken model."""

    name = "piper"

    def __init__(self, model: Path, speed: float = 1.0) -> None:
        problem = find_problem(model)
        if problem:
            raise EngineUnavailable(problem)
        try:
            import piper  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415
        except ImportError:
            raise EngineUnavailable("piper is not installed: pip install piper-tts") from None
        config = model.with_name(model.name + ".json")
        description = config.read_bytes()
        try:
            options: dict[str, Any] = {"config_path": str(config)}
            if json.loads(description).get("phoneme_type") == _PINYIN:
                options["download_dir"] = str(model.parent)  # where it lies: see `find_problem`
            self._voice: Any = piper.PiperVoice.load(str(model), **options)
            self._synthesis: Any = piper.SynthesisConfig(length_scale=round(1.05 / speed, 3))
        except Exception as error:  # whatever the runtime raises for a broken model
            raise EngineUnavailable(f"{model} cannot be loaded ({error})") from None
        self.languages = _language(json.loads(description))
        self.voice = model.stem
        stat = model.stat()
        digest = hashlib.sha256(description + f"{stat.st_size} {stat.st_mtime_ns}".encode())
        self.detail = f"{digest.hexdigest()[:12]} speed {speed}"

    def voice_for(self, locale: str) -> str:
        if match_language(self.languages, locale) is None:
            raise EngineUnavailable(f"the Piper voice {self.voice} does not speak {locale}")
        return self.voice

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        """Raises ValueError for a text that it has no sound for, RuntimeError when it failed."""
        self.voice_for(locale)
        try:
            chunks = list(self._voice.synthesize(text, syn_config=self._synthesis))
        except Exception as error:  # onnxruntime's and espeak's own, ValueError among them
            raise RuntimeError("piper failed") from error
        if not chunks:
            raise ValueError("piper made no sound")
        data = b"".join(chunk.audio_int16_bytes for chunk in chunks)
        return RawSpeech(np.frombuffer(data, "<i2").astype(np.int16), chunks[0].sample_rate)


def _language(settings: Any) -> tuple[str, ...]:
    """("en", "en-us") of language.code "en_US"; older voices name only espeak's."""
    language = settings.get("language") or {}
    if not isinstance(language, dict):
        raise TypeError("language is no object")
    code = str(language.get("code") or settings["espeak"]["voice"]).lower().replace("_", "-")
    return tuple(dict.fromkeys((code.split("-", 1)[0], code)))


def create(settings: TtsSettings) -> TtsEngine:
    if settings.piper_model is None:
        raise EngineUnavailable("piper needs tts piper_model, the path of a .onnx voice")
    return PiperEngine(settings.piper_model, settings.speed)
