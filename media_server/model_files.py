"""Models that were pulled: where they lie, and how a bare name in the settings finds them.

DATA_DIR/models/whisper/<name>/model.bin, config.json, ...
DATA_DIR/models/piper/<voice>/<voice>.onnx, <voice>.onnx.json
DATA_DIR/models/moonshine/<name>/encoder_model.ort, decoder_model_merged.ort, tokenizer.bin
DATA_DIR/models/kokoro/<name>/model.onnx, voices/<voice>.bin
DATA_DIR/models/turn/<name>/smart-turn.onnx
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

WHISPER, PIPER, MOONSHINE, KOKORO, TURN = "whisper", "piper", "moonshine", "kokoro", "turn"
KINDS = (WHISPER, PIPER, MOONSHINE, KOKORO, TURN)
PARTIAL_DIR = ".partial"
SOURCE_FILE = "SOURCE.json"
"""Repository, revision, licence, sizes and checksums of what lies beside it."""
_TEXTS = (".json", ".md", "MODEL_CARD")
"""May be edited by hand. Those of JSON that were cut off are no JSON, and found by that."""


def models_dir(data_dir: Path) -> Path:
    return data_dir / "models"


def wrong_sizes(folder: Path) -> list[str]:
    """What a pulled model has lost since, by its SOURCE.json; empty where it has none.

    A disk that was full, a copy that broke off or a power cut leaves such files. Raises OSError.
    """
    source = folder / SOURCE_FILE
    if not source.is_file():
        return []
    try:
        noted = json.loads(source.read_bytes())
        sizes = {str(name): int(about["size"]) for name, about in noted.get("files", {}).items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"{SOURCE_FILE} is damaged"]
    found = []
    for name, size in sizes.items():
        path = folder / name
        here = path.stat().st_size if path.is_file() else 0
        if here != size and not name.endswith(_TEXTS):
            found.append(f"{name} has {here} bytes instead of {size}")
    return found


def is_bare_name(value: str) -> bool:
    """A name such as "small" or "en_US-lessac-medium": no path, and nothing here is called so."""
    return bool(value) and not set("/\\") & set(value) and not os.path.exists(value)  # noqa: PTH110 - raises nothing


def model_folder(models: Path, kind: str, name: str) -> Path:
    """Where a pulled model lies, whole, or would lie."""
    return models / kind / name


def whisper_dir(models: Path, name: str) -> Path:
    return model_folder(models, WHISPER, name)


def piper_model(models: Path, voice: str) -> Path:
    return model_folder(models, PIPER, voice) / f"{voice}.onnx"


def pulled(models: Path) -> Iterator[tuple[str, str]]:
    """(kind, name) of every model that lies there; what is half fetched lies elsewhere."""
    for kind in KINDS:
        folder = models / kind
        if folder.is_dir():
            names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
            yield from ((kind, name) for name in names if not name.startswith("."))


def partial_dir(models: Path, kind: str, name: str) -> Path:
    """Where a model is gathered until it is complete."""
    return models / PARTIAL_DIR / f"{kind}-{name}"


def unfinished(models: Path) -> list[tuple[str, str]]:
    """(kind, name) of models whose fetch was broken off."""
    folder = models / PARTIAL_DIR
    if not folder.is_dir():
        return []
    found = (e.name.partition("-") for e in os.scandir(folder) if e.is_dir())
    return sorted((kind, name) for kind, _, name in found if kind in KINDS and name)
