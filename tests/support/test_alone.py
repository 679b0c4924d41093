"""Which tests run again, alone, is decided as written; in real runs of pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.alone import MOST, why_not
from tests.support.env import REPOSITORY

CONFTEST = """
from tests.support import alone
pytest_addoption = alone.add_option
def pytest_collection_modifyitems(config, items): alone.select(config, items)
def pytest_terminal_summary(terminalreporter): alone.summarize(terminalreporter)
"""
TESTS = """
import pathlib, pytest
@pytest.mark.real_time
def test_speaks():
    tries = pathlib.Path("tries"); tries.open("a").write("x")
    assert len(tries.read_text()) >= ENOUGH
def test_passes(): pass
def test_computes(): assert COMPUTES
"""


def run(folder: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", *options]
    own = {"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, cwd=folder, env=own, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("enough", "computes", "second", "told"),
    [
        (
            2,
            True,
            0,
            "failed beside others, then ran alone (look into it): test_it.py::test_speaks",
        ),
        (3, True, 1, "1 failed"),
        (2, False, 1, "not run again, for it needs no real time: test_it.py::test_computes"),
    ],
)
def test_a_second_run(tmp_path: Path, enough: int, computes: bool, second: int, told: str) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = real_time: x\n")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    text = TESTS.replace("ENOUGH", str(enough)).replace("COMPUTES", str(computes))
    (tmp_path / "test_it.py").write_text(text)
    assert run(tmp_path)[0] == 1
    code, output = run(tmp_path, "--alone", "--last-failed")
    assert (code, told in output) == (second, True), output
    assert "3 passed" not in output


def test_too_many_are_no_accident() -> None:
    failed = [f"test_{n}" for n in range(MOST + 1)]
    assert why_not(failed[:MOST], failed) == ""
    assert "no accident" in why_not(failed, failed)
    assert why_not([], failed) != ""
