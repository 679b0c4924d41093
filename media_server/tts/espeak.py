"""espeak-ng by ctypes, from the PyPI package espeakng-loader (GPL-3.0, optional).

Only the speech child process imports this. The library keeps global state, random numbers among
it: its second text sounds slightly different from the same text spoken first. So each text is
spoken by a fork of the freshly loaded library, which makes the samples a function of the text.
"""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Any

from media_server.ports import EngineUnavailable, RawSpeech, TtsEngine
from media_server.tts.encode import pcm_of
from media_server.tts.engine import match_language
from media_server.tts.process import die_with_parent
from media_server.tts.settings import TtsSettings

WORDS_PER_MINUTE = 155
_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_PARAMETER_RATE = 1
_PARAMETER_WORD_GAP = 7
_POSITION_CHARACTER = 1
_UTF8_NO_MARKUP = 1
_MAX_SAMPLES = 22_050 * 120
_INSTALL = "make run WITH_ESPEAK=1 or pip install espeakng-loader (GPL-3.0)"

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class _Voice(ctypes.Structure):
    """espeak_VOICE of speak_lib.h; only the first three fields are read."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
    )


class EspeakEngine:
    """Raises EngineUnavailable where the package is missing, broken or lacks the voice."""

    name = "espeak-ng"

    def __init__(self, voice: str = "", speed: float = 1.0) -> None:
        self._library, self._rate_hz = _load()
        self._voices = _voices(self._library)
        self.languages = tuple(self._voices)
        self.voice = voice.lower()
        if self.voice and self.voice not in self._voices:
            raise EngineUnavailable(f"espeak-ng has no voice {voice!r}; for example en-us, en-gb")
        words_per_minute = round(WORDS_PER_MINUTE * speed)
        self.detail = f"{_version(self._library)} {words_per_minute} wpm"
        self._library.espeak_SetParameter(_PARAMETER_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PARAMETER_WORD_GAP, 1, 0)

    def voice_for(self, locale: str) -> str:
        if self.voice and match_language((self.voice,), locale) is not None:
            return self.voice
        tag = match_language(self.languages, locale)
        if tag is None:
            raise EngineUnavailable(f"espeak-ng does not speak {locale}")
        return tag

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        identifier = self._voices[self.voice_for(locale)]
        read_end, write_end = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            self._speak_and_exit(text, identifier, write_end, parent)
        os.close(write_end)
        try:
            with os.fdopen(read_end, "rb") as pipe:
                data = pipe.read(_MAX_SAMPLES * 2)
        finally:
            _, status = os.waitpid(child, 0)
        if status:
            raise RuntimeError(f"espeak-ng ended with status {status}")
        return RawSpeech(pcm_of(data[: len(data) // 2 * 2]), self._rate_hz)

    def _speak_and_exit(self, text: str, identifier: bytes, write_end: int, parent: int) -> None:
        """In the fork: nothing that was inherited is cleaned up, whatever happens."""
        status = 1
        try:
            die_with_parent(parent)
            signal.alarm(60)
            with os.fdopen(write_end, "wb") as pipe:
                pipe.write(self._samples(text, identifier))
            status = 0
        finally:
            os._exit(status)

    def _samples(self, text: str, identifier: bytes) -> bytes:
        chunks: list[bytes] = []

        def collect(samples: int | None, count: int, _events: int | None) -> int:
            if samples and count > 0:
                chunks.append(ctypes.string_at(samples, 2 * count))
            return 0

        callback = _Callback(collect)
        self._library.espeak_SetSynthCallback(callback)
        if self._library.espeak_SetVoiceByName(identifier):
            raise RuntimeError("the voice cannot be loaded")
        encoded = text.encode("utf-8", "ignore") + b"\0"
        failed = self._library.espeak_Synth(
            encoded, len(encoded), 0, _POSITION_CHARACTER, 0, _UTF8_NO_MARKUP, None, None
        )
        if failed:
            raise RuntimeError(f"espeak_Synth answered {failed}")
        return b"".join(chunks)


def _load() -> tuple[Any, int]:
    try:
        import espeakng_loader  # noqa: PLC0415  # GPL-3.0: loaded here alone, when asked for
    except ImportError:
        raise EngineUnavailable(f"espeak-ng is not installed: {_INSTALL}") from None
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data_path = os.fsencode(espeakng_loader.get_data_path())
        _declare(library)
        rate_hz = int(library.espeak_Initialize(_SYNCHRONOUS, 0, data_path, _DONT_EXIT))
    except (OSError, AttributeError) as error:
        raise EngineUnavailable(f"espeak-ng cannot be loaded ({error}): {_INSTALL}") from None
    if rate_hz <= 0:
        raise EngineUnavailable(f"espeak-ng does not find its data: {_INSTALL}")
    return library, rate_hz


def _declare(library: Any) -> None:
    integer, text, pointer = ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p
    library.espeak_Initialize.argtypes = [integer, integer, text, integer]
    library.espeak_Info.argtypes = [pointer]
    library.espeak_Info.restype = text
    library.espeak_ListVoices.argtypes = [pointer]
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    library.espeak_SetParameter.argtypes = [integer, integer, integer]
    library.espeak_SetVoiceByName.argtypes = [text]
    library.espeak_SetSynthCallback.argtypes = [_Callback]
    library.espeak_Synth.argtypes = [
        text, ctypes.c_size_t, ctypes.c_uint, integer, ctypes.c_uint, ctypes.c_uint,
        pointer, pointer,
    ]  # fmt: skip


def _version(library: Any) -> str:
    return bytes(library.espeak_Info(None) or b"?").decode("ascii", "replace")


def _voices(library: Any) -> dict[str, bytes]:
    """Language tag → voice identifier. By identifier, because "en-gb" is no voice's name."""
    listed = library.espeak_ListVoices(None)
    voices: dict[str, bytes] = {}
    index = 0
    while listed[index]:
        voice = listed[index].contents
        tag = ctypes.string_at(voice.languages + 1).decode("ascii", "ignore").lower()
        voices.setdefault(tag, bytes(voice.identifier))
        index += 1
    if not voices:
        raise EngineUnavailable(f"espeak-ng lists no voices: {_INSTALL}")
    return voices


def create(settings: TtsSettings) -> TtsEngine:
    return EspeakEngine(settings.voice, settings.speed)
