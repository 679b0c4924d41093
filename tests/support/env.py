"""What the machine offers: a missing tool skips a test by name; with CI=true it fails it."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SPEECH_DIR = REPOSITORY.parent / "shared" / "speech"
"""Where recordings of people are, if there are any: see `require_speech_dir`."""


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(what: str, *, even_in_ci: bool = False) -> NoReturn:
    """Skip the running test and say why; fail it where everything should be installed."""
    if in_ci() and not even_in_ci:
        pytest.fail(f"{what} (with CI=true a missing tool is a failure)", pytrace=False)
    pytest.skip(what)


def require_tool(*names: str, package: str) -> Path:
    """The first of the programs that is on the PATH; `package` is what Debian calls it."""
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    missing(f"{names[0]} is not installed: apt-get install {package}")


def require_speech_dir() -> Path:
    """Recorded human speech beside the checkout; never part of the repository."""
    if not any(SPEECH_DIR.glob("*.wav")):
        missing("no recorded speech in ../shared/speech", even_in_ci=True)
    return SPEECH_DIR


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A port that nothing listens on now. Prefer port 0 wherever the program can report it."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
