"""The unit for systemd is one that systemd understands, and leaves time for a drain."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from media_server.config import load_config
from media_server.stopping import GONE_S
from tests.support.env import REPOSITORY

UNIT = REPOSITORY / "deploy" / "media-server.service"
PROGRAM = "/opt/media-server/.venv/bin/media-server"


def complaints(text: str, directory: Path) -> str:
    """Of `systemd-analyze verify`, with a program that is there in place of the server."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = directory / "media-server.service"
    assert PROGRAM in text
    unit.write_text(text.replace(PROGRAM, sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    assert complaints(UNIT.read_text(), tmp_path) == ""


def test_systemd_would_find_what_is_misspelt(tmp_path: Path) -> None:
    wrong = UNIT.read_text().replace("WatchdogSec=", "WatchDogSeconds=")
    assert "WatchDogSeconds" in complaints(wrong, tmp_path)


def test_it_leaves_time_for_a_drain() -> None:
    found = re.search(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    assert found is not None
    assert int(found[1]) >= load_config({}).http.drain_s + GONE_S
