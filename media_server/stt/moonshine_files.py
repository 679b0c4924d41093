"""Whether a directory holds a whole Moonshine model: looked at without loading it."""

from __future__ import annotations

from pathlib import Path

from media_server.model_files import wrong_sizes

ENCODER, DECODER, TOKENIZER = "encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"
FILES = (ENCODER, DECODER, TOKENIZER)
PULL = "media-server models pull moonshine-tiny-en"
"""Gets the one that the server knows."""


def missing_files(folder: str) -> list[str]:
    """What keeps the directory from being a complete model, in words; empty: nothing."""
    if not folder:
        return ["no directory is configured"]
    path = Path(folder)
    try:
        if not path.is_dir():
            return [f"{path} is not a directory"]
        lacks = [f"{name} {lack}" for name in FILES if (lack := _lack(path / name))]
        return lacks or wrong_sizes(path)
    except OSError as error:
        return [f"{error.filename or path} cannot be read: {error.strerror}"]


def _lack(path: Path) -> str:
    if not path.is_file():
        return "is missing"
    return "" if path.stat().st_size else "is empty"
