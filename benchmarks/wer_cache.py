"""Transcripts that benchmarks/wer.py made before, and whether they still hold."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.process_tree import ROOT
from media_server.audio.opus import library_version
from media_server.stt.settings import SttSettings

CACHE = Path(__file__).parent / ".cache" / "wer"
DECIDES = (
    "media_server/audio", "media_server/stt", "media_server/spacing.py", "benchmarks/wer.py",
    "media_server/interview/record.py", "benchmarks/wer_record.py",
)  # fmt: skip
"""Code that may change a transcript."""
LIBRARIES = ("aiortc", "av", "ctranslate2", "faster-whisper", "numpy", "pocketsphinx")


class Cache:
    """The transcripts that were made before."""

    def __init__(self, label: str, state: str, *, fresh: bool, keep: bool) -> None:
        """`state`: of all that decides a transcript. `fresh`: only what was made since."""
        self._folder = CACHE / re.sub(r"[^\w.-]+", "_", label)
        self._state, self._fresh, self._keep = state, fresh, keep
        self._made: set[str] = set()

    def text(self, key: str) -> str | None:
        """None: it is to be made."""
        stored = self._stored(key)
        usable = stored is not None and (self._keep or stored["state"] == self._state)
        if not usable or (self._fresh and key not in self._made):
            return None
        return str(stored["text"]) if stored is not None else None

    def is_old(self, key: str) -> bool:
        stored = self._stored(key)
        return stored is not None and stored["state"] != self._state

    def keep(self, key: str, text: str) -> None:
        target = self._file(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        partial.write_text(json.dumps({"text": text, "state": self._state}), "utf-8")
        partial.replace(target)
        self._made.add(key)

    def _stored(self, key: str) -> dict[str, Any] | None:
        file = self._file(key)
        return {"state": ""} | json.loads(file.read_text("utf-8")) if file.is_file() else None

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def state_of(settings: SttSettings) -> str:
    """A digest of all that decides a transcript but the recordings, which never change."""
    digest = hashlib.sha256()
    for name in DECIDES:
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    for library in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            digest.update(f"{library} {metadata.version(library)}\0".encode())
    weights = Path(settings.model_dir) / "model.bin"
    if settings.model_dir and weights.is_file():
        with weights.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    digest.update(f"{library_version()} {settings.device} {settings.beam_size}".encode())
    return digest.hexdigest()[:16]
