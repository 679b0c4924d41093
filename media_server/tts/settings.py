"""What an operator may set about the bot's voice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

EngineName = Literal["auto", "piper", "flite", "espeak", "off"]


@dataclass(frozen=True, slots=True)
class TtsSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    engine: EngineName = "auto"
    """auto: Piper where a model is named, then flite for English, then espeak-ng."""
    voice: str = ""
    """The engine's own name for it ("slt", "en-gb-x-rp"); empty: by language."""
    piper_model: Path | None = None
    """A Piper voice, `NAME.onnx` with `NAME.onnx.json` beside it, or the name of a pulled one."""
    speed: float = 1.0
    """1 is a calm interviewer's pace; 0.5 to 2."""
    cache_dir: Path | None = None
    """Where encoded speech is kept; None: in memory only."""
    cache_bytes: int = 256 * 1024 * 1024
    memory_bytes: int = 16 * 1024 * 1024
    start_timeout_s: float = 20.0
    """For the child process to load its engines."""
    job_timeout_s: float = 10.0
    """For one text in the child process; then it is taken for hung and replaced."""

    def __post_init__(self) -> None:
        if self.engine not in get_args(EngineName):
            raise ValueError(
                f"tts engine {self.engine!r} is not one of {', '.join(get_args(EngineName))}"
            )
        if self.engine == "piper" and self.piper_model is None:
            raise ValueError("tts engine piper needs piper_model, the path of a .onnx voice")
        if not 0.5 <= self.speed <= 2.0:
            raise ValueError(f"tts speed must be between 0.5 and 2, not {self.speed}")
        if not self.voice.isascii() or len(self.voice) > 64 or self.voice.startswith("-"):
            raise ValueError("tts voice is at most 64 ASCII characters and begins with no dash")
        for name in ("cache_bytes", "memory_bytes"):
            if getattr(self, name) < 0:
                raise ValueError(f"tts {name} must not be negative")
        for name in ("start_timeout_s", "job_timeout_s"):
            if not 0 < getattr(self, name) <= 120:
                raise ValueError(f"tts {name} must be above 0 and at most 120")
