"""Kokoro-82M (Apache-2.0): eight English voices, from the model that `models pull kokoro` gets.

The phonemes come from hibari's reader, which writes the
alphabet that Kokoro was trained on (misaki's). It makes a second of speech in about a second of
one core, so what is said is made before it is due, clause by clause: a text that somebody waits for
gets in between.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from media_server.model_files import wrong_sizes
from media_server.onnx import onnxruntime
from media_server.ports import EngineUnavailable, RawSpeech, TtsEngine
from media_server.tts.engine import match_language
from media_server.tts.settings import TtsSettings

PULL = "media-server models pull kokoro"
MODEL = "model.onnx"
_RATE_HZ = 24_000
_AMERICAN, _BRITISH = "af_heart", "bf_emma"
_BRITISH_TAGS = ("en-gb", "en-ie", "en-au", "en-nz", "en-za", "en-in")
_MAX_TOKENS = 400
"""Of one pass. The model takes 510, and hurries at the end of so long a text."""
_STYLE = 256
_PACE = 0.95
"""Of the voice's own: a little slower, for questions that are heard once."""
_SHORTEST_CLAUSE = 40
"""Characters: shorter clauses stay with the one before, or each would sound like an ending."""
_CLAUSE_END = re.compile(r"(?<=[,;:\u2014])\s+")
_TOKENS = {
    character: number
    for first, characters in (
        (1, ";:,.!?"), (9, '\u2014\u2026"()\u201c\u201d \u0303ʣʥʦʨᵝꭧAI'), (31, "O"), (33, "Q"),
        (35, "ST"), (39, "W"), (41, "Yᵊabcdef"), (50, "hijklmnopqrstuvwxyz\u0251ɐɒæ"), (75, "βɔɕç"),
        (80, "ɖðʤə"), (85, "ɚɛɜ"), (90, "ɟ"), (92, "\u0261"), (99, "ɥ"), (101, "ɨɪʝ"),
        (110, "ɯɰŋɳɲɴø"), (118, "ɸθœ"), (123, "ɹ"), (125, "ɾɻ"), (128, "ʁɽʂʃʈʧ"), (135, "ʊʋ"),
        (138, "ʌɣɤ"), (142, "χʎ"), (147, "ʒʔ"), (156, "ˈˌː"), (162, "ʰ"), (164, "ʲ"), (169, "↓"),
        (171, "→↗↘"), (177, "ᵻ"),
    )
    for number, character in enumerate(characters, first)
}  # fmt: skip
"""`vocab` in the config.json of hexgrad/Kokoro-82M."""


def find_problem(folder: Path) -> str:
    """What keeps the model from being used and what to do; "" when its files are complete."""
    if not (folder / MODEL).is_file():
        return f"there is no Kokoro model in {folder}: get it with `{PULL}`"
    try:
        wrong = wrong_sizes(folder)
    except OSError as error:
        return f"{error.filename or folder} cannot be read: {error.strerror}"
    return f"{folder}: {'; '.join(wrong)}. Delete it, then `{PULL}`" if wrong else ""


class KokoroEngine:
    """Raises EngineUnavailable for a missing or broken model or voice, and without hibari."""

    name = "kokoro"

    def __init__(self, folder: Path, voice: str = "", speed: float = 1.0) -> None:
        if problem := find_problem(folder):
            raise EngineUnavailable(problem)
        names = (voice,) if voice else (_AMERICAN, _BRITISH)
        self._styles = {name: _style(folder, name) for name in names}
        try:
            from hibari.g2p import G2P  # noqa: PLC0415 - its lexicon: in the child alone

            runtime = onnxruntime()
        except ImportError as error:
            raise EngineUnavailable(
                f"kokoro needs hibari-tts, which reads for it ({error.name}): pip install "
                "hibari-tts (Apache-2.0), or use another engine"
            ) from None
        self._readers = {name: G2P(british=name.startswith("b")) for name in names}
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = runtime.InferenceSession(
                str(folder / MODEL), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # whatever the runtime raises for a broken file
            raise EngineUnavailable(
                f"{folder / MODEL} cannot be loaded ({type(error).__name__}): delete the folder, "
                f"then `{PULL}`"
            ) from None
        self.voice = names[0]
        self._by_accent = not voice
        british = _BRITISH_TAGS if self._by_accent or voice.startswith("b") else ()
        self.languages: tuple[str, ...] = ("en", "en-us", *british)
        self._speed = round(_PACE * speed, 3)
        reader = importlib.metadata.version("hibari-tts")
        self.detail = f"82M {'+'.join(names)} reader {reader} speed {self._speed}"

    def voice_for(self, locale: str) -> str:
        tag = match_language(self.languages, locale)
        if tag is None:
            raise EngineUnavailable(f"kokoro does not speak {locale}")
        return _BRITISH if self._by_accent and tag in _BRITISH_TAGS else self.voice

    def clauses(self, text: str, locale: str) -> Sequence[str]:
        """A sentence in parts that are spoken one after another."""
        self.voice_for(locale)
        parts: list[str] = []
        for clause in _CLAUSE_END.split(text):
            if parts and len(parts[-1]) < _SHORTEST_CLAUSE:
                parts[-1] += f" {clause}"
            else:
                parts.append(clause)
        if len(parts) > 1 and len(parts[-1]) < _SHORTEST_CLAUSE:
            last = parts.pop()
            parts[-1] += f" {last}"
        return parts

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        """Raises ValueError for a text that it cannot read: the next voice may."""
        name = self.voice_for(locale)
        try:
            phonemes = self._readers[name](text)
        except Exception as error:  # of the words, not of the voice, which must not rest for it
            raise ValueError(f"kokoro cannot read this text: {type(error).__name__}") from None
        tokens = [_TOKENS[character] for character in phonemes if character in _TOKENS]
        if not any(character.isalpha() for character in phonemes):
            raise ValueError("kokoro has no sound for this text")
        passes = range(0, len(tokens), _MAX_TOKENS)
        sound = np.concatenate([self._pass(name, tokens[at : at + _MAX_TOKENS]) for at in passes])
        samples = np.rint(np.clip(sound, -1.0, 1.0) * 32_767).astype(np.int16)
        return RawSpeech(samples, _RATE_HZ)

    def _pass(self, name: str, tokens: list[int]) -> npt.NDArray[np.float32]:
        style = self._styles[name][len(tokens)]
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style[np.newaxis],
            "speed": np.array([self._speed], np.float32),
        }
        audio: npt.NDArray[np.float32] = self._session.run(None, inputs)[0]
        return audio


def _style(folder: Path, name: str) -> npt.NDArray[np.float32]:
    """float32, shape (longest text in tokens, 256): a voice is a style for each length."""
    path = folder / "voices" / f"{name}.bin"
    if not path.is_file():
        have = ", ".join(sorted(found.stem for found in path.parent.glob("*.bin"))) or "none"
        raise EngineUnavailable(f"kokoro has no voice {name!r}; {path.parent} has {have}")
    styles = np.fromfile(path, "<f4")
    if styles.size < _STYLE * (_MAX_TOKENS + 1) or styles.size % _STYLE:
        raise EngineUnavailable(f"{path} is damaged: delete its folder, then `{PULL}`")
    return styles.reshape(-1, _STYLE).astype(np.float32)


def create(settings: TtsSettings) -> TtsEngine:
    if settings.kokoro_dir is None:
        raise EngineUnavailable(f"kokoro needs tts kokoro_dir, or `{PULL}`")
    return KokoroEngine(settings.kokoro_dir, settings.voice, settings.speed)
