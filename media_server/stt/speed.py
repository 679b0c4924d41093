"""What a recogniser costs here: seconds of CPU for a second of speech, measured on one sentence.

CPU time of the whole process, every thread counted, so that neither a busy machine nor another
number of threads changes what is compared. The sentence is one of 4 s, of the length that segments
have in an interview; it was rendered by a synthetic voice for this purpose.

The figure of a model is remembered beside it, for this machine and these settings. The first one
to measure wins: all workers of a machine decide alike, and a restart decides as before.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import math
import os
import platform
import tempfile
import time
from pathlib import Path

import numpy as np

from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.ports import SttEngine, SttRequest
from media_server.stt.settings import SttSettings

SENTENCE = Path(__file__).with_name("sentence.mulaw")
"""16 kHz, 8 bits mu-law with mu 255: "Last year I moved to a small team that builds software for
hospitals." """
RUNS = 3
LOAD = 0.7
"""Share of a core that recognition may take for long: above it, finals queue."""
MAX_FILE_BYTES = 4096
SLOW_S = 86_400.0
"""For so long a machine stays too slow: a core that others shared costs more, and may have been."""
METHOD = 1
"""Raise it when the engine decodes in another way, so that machines measure again."""
remarks: list[str] = []
"""What was found too slow in this process, for whoever started it."""


def sentence() -> Pcm:
    """Mono s16 at 16 kHz."""
    level = np.frombuffer(SENTENCE.read_bytes(), np.uint8) / 127.5 - 1.0
    linear = np.sign(level) * np.expm1(np.abs(level) * math.log(256.0)) / 255.0
    return (linear * 32767.0).astype(np.int16)


def measure(engine: SttEngine, enough: float = 0.0, language: str = "en") -> float:
    """Of an engine that is warm: CPU seconds per second of speech, for a final.

    `enough`: a cost at which nothing more is asked, so that a start is not held up.
    The best of a few runs: what others do on the same core makes one cost more, never less.
    Raises what the engine raises, and what it answers instead of text.
    """
    pcm = sentence()
    audio_s = pcm.size / SAMPLE_RATE
    request = SttRequest(pcm, language, final=True, speech_ms=int(1000 * audio_s), locale=language)
    costs = []
    for _ in range(RUNS):
        began_s = time.process_time()
        made = engine.transcribe([request])[0]
        costs.append((time.process_time() - began_s) / audio_s)
        if isinstance(made, Exception):
            raise made
        if costs[-1] <= enough:
            break
    return round(min(costs), 4)


def candidates(cpu_per_s: float) -> int:
    """Who may talk at the same time on one core, their finals alone."""
    return int(LOAD / max(cpu_per_s, 0.001))


def remembered(settings: SttSettings, *, of_any_age: bool = False) -> float | None:
    """The figure of `settings.model_dir` on this machine with these settings; None: none yet, or
    to be measured again (see `SLOW_S`)."""
    path = _file(settings)
    try:
        about = path.stat()
        if about.st_size > MAX_FILE_BYTES:
            return None
        noted = json.loads(path.read_bytes())
        cost = float(noted["cpu_per_s"]) if noted["of"] == _conditions(settings) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    old = time.time() - about.st_mtime > SLOW_S and not of_any_age
    if cost is not None and cost > settings.slow_cpu_s and old:
        return None
    return cost


def remember(settings: SttSettings, cpu_per_s: float, *, again: bool = False) -> float:
    """Note it, unless another was quicker. `again`: replace what stands there.

    The figure that counts; the given one where nothing can be written.
    """
    path = _file(settings)
    old = remembered(settings)
    if old is not None and not again:
        return old
    with contextlib.suppress(OSError):
        noted = json.dumps({"cpu_per_s": cpu_per_s, "of": _conditions(settings)}) + "\n"
        handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        made = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(noted)
        try:
            if path.exists():  # of another machine, old, or to be replaced
                made.replace(path)
            else:
                path.hardlink_to(made)  # refused where another was quicker
        finally:
            made.unlink(missing_ok=True)
    now = remembered(settings)
    return cpu_per_s if now is None else now


def _file(settings: SttSettings) -> Path:
    return Path(settings.model_dir) / ".speed.json"


def _conditions(settings: SttSettings) -> str:
    """What the figure depends on, as one short text."""
    model = Path(settings.model_dir) / "model.bin"
    facts = (
        _processor(),
        settings.compute_type,
        settings.device,
        settings.threads,
        settings.beam_size,
        model.stat().st_size,
        METHOD,
        *(_version(package) for package in ("ctranslate2", "faster-whisper")),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line
    return f"{platform.machine()} {platform.processor()}"
