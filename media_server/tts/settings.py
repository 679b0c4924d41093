"""What an operator may set about the bot's voice."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_server.engine_factory import problem
from media_server.setting import check_ranges, setting

_BYTES = (0, 1 << 40)
_PATHS = ("piper_model", "kokoro_dir", "cache_dir")
AUTO, OFF = "auto", "off"
ENGINES = {
    "piper": "media_server.tts.piper:create",
    "kokoro": "media_server.tts.kokoro:create",
    "hibari": "media_server.tts.hibari:create",
    "flite": "media_server.tts.flite:create",
    "espeak": "media_server.tts.espeak:create",
}
"""Every voice of this server: a new one is a file of `tts/` and a line here."""


@dataclass(frozen=True, slots=True)
class TtsSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    engine: str = setting(
        AUTO,
        """"auto", "piper", "kokoro", "hibari", "flite", "espeak", "off", or
        "package.module:factory" where `factory(settings) -> TtsEngine`. auto: Piper where a model
        is named, then hibari and flite for English, then espeak-ng where it is installed. flite and
        espeak speak alone; where another one is named, these three stand by.""",
        example="espeak",
    )
    voice: str = setting(
        "",
        """The engine's own name for a voice ("heart", "slt", "en-gb-x-rp"). Empty: by
        language.""",
        example="slt",
    )
    piper_model: Path | None = setting(
        None,
        "A Piper voice, `NAME.onnx` with `NAME.onnx.json` beside it, or the name of a pulled one.",
        example="/srv/voices/en_US-ljspeech-medium.onnx",
    )
    kokoro_dir: Path | None = setting(
        None,
        """A Kokoro model: `model.onnx`, and `NAME.bin` in `voices`. None: the one that
        `media-server models pull kokoro` gets.""",
        example="/srv/voices/kokoro",
    )
    speed: float = setting(
        1.0,
        "How fast the bot speaks: 1 is a calm interviewer's pace, 2 twice as fast.",
        allowed=(0.5, 2),
    )
    cache_dir: Path | None = setting(
        None,
        "Where encoded speech is kept. None: `cache/speech` in DATA_DIR.",
        example="/var/cache/media-server/speech",
    )
    cache_bytes: int = setting(
        256 * 1024 * 1024,
        """The most that encoded speech may take on disk; what was used longest ago goes first. 0:
        nothing is kept on disk.""",
        allowed=_BYTES,
    )
    memory_bytes: int = setting(
        16 * 1024 * 1024,
        "The most that encoded speech may take in memory; what was used longest ago goes first.",
        allowed=_BYTES,
    )
    start_timeout_s: float = setting(
        40.0,
        "How long the child process that speaks may take to load its engine.",
        allowed=(0.1, 120),
    )
    job_timeout_s: float = setting(
        10.0,
        "For one sentence of a text in the child process; then it is taken for hung and replaced.",
        allowed=(0.1, 120),
    )

    def __post_init__(self) -> None:
        check_ranges(self, "tts")
        if wrong := problem(self.engine, (AUTO, *ENGINES, OFF)):
            raise ValueError(f"tts engine {wrong}")
        if self.engine == "piper" and self.piper_model is None:
            raise ValueError("tts engine piper needs piper_model, the path of a .onnx voice")
        if not self.voice.isascii() or len(self.voice) > 64 or self.voice.startswith("-"):
            raise ValueError("tts voice is at most 64 ASCII characters and begins with no dash")

    def to_mapping(self) -> dict[str, Any]:
        """As it travels to the speech child, in JSON."""
        values = dataclasses.asdict(self)
        return {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> TtsSettings:
        """Raises TypeError for an unknown name, ValueError for a value out of range."""
        paths = {k: Path(v) for k, v in values.items() if k in _PATHS and v}
        return cls(**{**values, **paths})
