"""What scripts/setup.sh asks for once its packages are there; no package is installed here."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY

STAMP = """\
wanted=$({ cat requirements/run.lock scripts/setup.sh; \
sed -n '/^\\[build-system\\]/,/^\\[tool\\./p' pyproject.toml; } | sha256sum | cut -d' ' -f1)-$PWD
echo "$wanted" > .venv/.set-up-run
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One that is set up, with a program that notes what it is asked and fails."""
    root = tmp_path / "checkout"
    for name in ("scripts", "requirements"):
        shutil.copytree(REPOSITORY / name, root / name)
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    programs = root / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, text in (("python", "exit 0"), ("media-server", 'echo "$@" >> asked; exit 1')):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    subprocess.run(["bash", "-c", STAMP], cwd=root, check=True)
    return root


def asked(root: Path, kind: str = "run", **variables: str) -> list[str]:
    """By a set-up, which must succeed."""
    keep = ("DATA_DIR", "MEDIA_SERVER_", "WITH_ESPEAK")
    environment = {n: v for n, v in os.environ.items() if not n.startswith(keep)}
    subprocess.run(
        ["bash", "scripts/setup.sh", kind], cwd=root, env={**environment, **variables}, check=True
    )
    noted = root / "asked"
    lines = noted.read_text().splitlines() if noted.exists() else []
    noted.unlink(missing_ok=True)
    return lines


def test_models_are_looked_after_at_each_start_and_a_failure_ends_nothing(checkout: Path) -> None:
    assert asked(checkout) == ["models set-up"]
    assert asked(checkout, MEDIA_SERVER_STT_ENGINE="auto") == ["models set-up"]
    for model in ("whisper/base", "moonshine/tiny-en"):  # there, and perhaps cut off
        (checkout / "data" / "models" / model).mkdir(parents=True)
    assert asked(checkout) == ["models set-up"]


def test_who_names_a_recogniser_fetches_none(checkout: Path) -> None:
    assert asked(checkout, MEDIA_SERVER_STT_ENGINE="pocketsphinx") == []
    assert asked(checkout, MEDIA_SERVER_STT_MODEL_DIR="/srv/models/small") == []


def test_the_tests_have_models_of_their_own(checkout: Path) -> None:
    assert asked(checkout, "test-models") == ["models set-up --tests --dir build/models"]
