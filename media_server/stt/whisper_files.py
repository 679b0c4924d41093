"""Whether a directory holds a whole CTranslate2 Whisper model: looked at without loading it."""

from __future__ import annotations

import json
from pathlib import Path

from media_server.model_files import wrong_sizes

REQUIRED = ("model.bin", "config.json", "tokenizer.json")
_POINTER = b"version https://git-lfs"


def missing_files(model_dir: str) -> list[str]:
    """What keeps the directory from being a complete model, in words; empty: nothing."""
    if not model_dir:
        return ["no model directory is configured"]
    path = Path(model_dir)
    try:
        return _missing_in(path)
    except OSError as error:
        return [f"{error.filename or path} cannot be read: {error.strerror}"]


def _missing_in(path: Path) -> list[str]:
    if not path.is_dir():
        return [f"{path} is not a directory"]
    problems = [f"{name} is missing" for name in REQUIRED if not (path / name).is_file()]
    if not any((path / name).is_file() for name in ("vocabulary.json", "vocabulary.txt")):
        problems.append("vocabulary.json (or vocabulary.txt) is missing")
    problems += [f"{name} is empty" for name in REQUIRED if _size(path / name) == 0]
    model = path / "model.bin"
    if model.is_file():
        with model.open("rb") as file:
            if file.read(len(_POINTER)) == _POINTER:
                problems.append("model.bin is a Git LFS pointer, not the model")
    for name in ("config.json", "tokenizer.json"):
        if _size(path / name):
            try:
                json.loads((path / name).read_bytes())
            except ValueError:
                problems.append(f"{name} is not JSON")
    return problems or wrong_sizes(path)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
