"""Debian's flite (BSD-like licence) as a program: English, clearer to recognisers than espeak-ng.

The text goes by a private file, never by the command line, which every user of the machine can
read. The sound comes back by a file too: flite seeks in its output and hangs on a pipe. Neither
file has a name in a directory, where it would stay, with somebody's words, when this process is
killed.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
import wave
from typing import BinaryIO

import numpy as np

from media_server.ports import EngineUnavailable, RawSpeech, TtsEngine
from media_server.tts.process import die_with_parent
from media_server.tts.settings import TtsSettings

_PREFERRED = ("slt", "rms", "awb", "kal16")
_TIMEOUT_S = 60
_STRETCH = 1.06
"""Of the durations: slt hurries a little for questions that are heard once."""
_INSTALL = "apt install flite, or use another engine"


class FliteEngine:
    """Raises EngineUnavailable where the program is missing or lacks the voice."""

    name = "flite"
    languages: tuple[str, ...] = ("en", "en-us")

    def __init__(self, voice: str = "", speed: float = 1.0) -> None:
        found = shutil.which("flite")
        if found is None:
            raise EngineUnavailable(f"flite is not installed: {_INSTALL}")
        self._program = found
        have = _listed(self._run("-lv"))
        if not have:
            raise EngineUnavailable(f"{found} lists no voices: {_INSTALL}")
        self.voice = voice or next((name for name in _PREFERRED if name in have), have[0])
        if self.voice not in have:
            raise EngineUnavailable(f"flite has no voice {voice!r}; it has {', '.join(have)}")
        self._stretch = round(_STRETCH / speed, 3)
        version = re.search(r"version: (\S+)", self._run("--version"))
        self.detail = f"{version.group(1) if version else '?'} stretch {self._stretch}"

    def voice_for(self, locale: str) -> str:
        if not locale.lower().startswith("en"):
            raise EngineUnavailable(f"flite does not speak {locale}")
        return self.voice

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        self.voice_for(locale)
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as sound:
            source.write(text.encode("utf-8", errors="ignore"))
            source.flush()
            self._run(
                "-voice", self.voice, "--setf", f"duration_stretch={self._stretch}",
                "-f", f"/dev/fd/{source.fileno()}", "-o", f"/dev/fd/{sound.fileno()}",
                files=(source.fileno(), sound.fileno()),
            )  # fmt: skip
            return _read_wav(sound)

    def _run(self, *arguments: str, files: tuple[int, ...] = ()) -> str:
        """Standard output. A program that hangs is ended; it never outlives this process."""
        done = subprocess.run(  # noqa: S603  # a fixed program, arguments of our own making
            [self._program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
            pass_fds=files,
            # The child has one thread, which is what makes a function between fork and exec safe.
            preexec_fn=functools.partial(die_with_parent, os.getpid()),
        )
        return done.stdout.decode("utf-8", "replace")


def _listed(output: str) -> list[str]:
    _, _, names = output.partition("Voices available:")
    return names.split()


def _read_wav(sound: BinaryIO) -> RawSpeech:
    if not sound.seek(0, os.SEEK_END):
        raise RuntimeError("flite wrote no sound")
    sound.seek(0)
    with wave.open(sound, "rb") as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            raise RuntimeError("flite wrote another format than mono s16")
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
        return RawSpeech(samples, file.getframerate())


def create(settings: TtsSettings) -> TtsEngine:
    return FliteEngine(settings.voice, settings.speed)
