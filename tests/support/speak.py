"""Spoken test input: flite where installed (clearer to recognisers), espeak-ng otherwise.

Run as a module it is the child process that loads espeak-ng, which is GPL-3 and keeps global
state: `python -m tests.support.speak OUT.wav < text`.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any

import numpy as np

from media_server.audio.types import Pcm
from tests.support.env import REPOSITORY, missing

_TIMEOUT_S = 60


def speak_wav(text: str, path: Path, *, rate: int = 16_000) -> Path:
    """Write mono s16 WAV of the spoken text at `rate` Hz. Skips the test where nothing speaks."""
    with tempfile.TemporaryDirectory() as directory:
        raw = Path(directory) / "raw.wav"
        flite = shutil.which("flite")
        if flite:
            command = [flite, "-voice", "slt", "-t", text, "-o", str(raw)]
            subprocess.run(
                command,
                check=True,
                timeout=_TIMEOUT_S,
                capture_output=True,
                stdin=subprocess.DEVNULL,
            )
        else:
            _run_espeak_child(text, raw)
        samples, raw_rate = read_wav(raw)
    write_wav(path, resample(samples, raw_rate, rate), rate)
    return path


def read_wav(path: Path) -> tuple[Pcm, int]:
    """Mono s16 samples and their rate; of several channels the first."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path.name}: {8 * file.getsampwidth()}-bit samples, not 16")
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        mono = data.reshape(-1, file.getnchannels())[:, 0]
        return np.ascontiguousarray(mono, dtype=np.int16), file.getframerate()


def write_wav(path: Path, samples: Pcm, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def resample(samples: Pcm, rate_from: int, rate_to: int) -> Pcm:
    """Band-limited, through the spectrum of the whole clip: exact, for clips of seconds."""
    if rate_from == rate_to or not samples.size:
        return samples
    length = round(samples.size * rate_to / rate_from)
    spectrum = np.fft.rfft(samples.astype(np.float64))
    resized = np.zeros(length // 2 + 1, dtype=np.complex128)
    kept = min(spectrum.size, resized.size)
    resized[:kept] = spectrum[:kept]
    signal = np.fft.irfft(resized, length) * (length / samples.size)
    return np.clip(np.rint(signal), -32_768, 32_767).astype(np.int16)


def _run_espeak_child(text: str, path: Path) -> None:
    try:
        import espeakng_loader  # noqa: F401, PLC0415  # optional: asked for only when needed
    except ImportError:
        missing("nothing here can speak: apt-get install flite, or pip install '.[espeak]'")
    subprocess.run(
        [sys.executable, "-m", "tests.support.speak", str(path)],
        input=text.encode(),
        cwd=REPOSITORY,
        check=True,
        timeout=_TIMEOUT_S,
        capture_output=True,
    )


def _espeak(text: str) -> tuple[Pcm, int]:
    import espeakng_loader  # noqa: PLC0415  # only the child process may load it

    library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
    chunks: list[bytes] = []
    callback_type = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
    )

    def collect(samples: Any, count: int, _events: Any) -> int:
        if samples and count:
            chunks.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = callback_type(collect)
    retrieval, utf8 = 1, 1
    rate = library.espeak_Initialize(retrieval, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate <= 0:
        raise RuntimeError("espeak-ng did not start")
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetVoiceByName(b"en-gb")
    encoded = text.encode() + b"\0"
    library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded)), 0, 0, 0, utf8, None, None)
    library.espeak_Synchronize()
    return np.frombuffer(b"".join(chunks), dtype=np.int16), int(rate)


if __name__ == "__main__":
    write_wav(Path(sys.argv[1]), *_espeak(sys.stdin.read()))
