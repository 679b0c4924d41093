"""Processes of pytest-xdist begin with the tests loaded, or start as ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import preloaded
from tests.support.preloaded import TESTS, Preloader

LINE = "import sys; print(sys.stdin.readline())"


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.fixture
def preloader(monkeypatch: pytest.MonkeyPatch) -> Preloader:
    """Of processes that pytest starts; put away at the end."""
    for name in ("_fork_exec", "_USE_POSIX_SPAWN"):
        monkeypatch.setattr(subprocess, name, getattr(subprocess, name))
    return Preloader()


def test_this_is_one_of_them(pytestconfig: pytest.Config) -> None:
    if not hasattr(pytestconfig, "workerinput"):
        pytest.skip("no process of pytest-xdist")
    if [Path(pytestconfig.rootpath, one) for one in pytestconfig.args] != [TESTS]:
        pytest.skip("not all tests were asked for")
    assert preloaded.begun, "see what the run has written before its first test"


def test_where_it_ends_early_they_start_as_ever(
    preloader: Preloader, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    preloader.module = "tests.support.there_is_none"
    monkeypatch.setattr(pytestconfig, "args", [str(TESTS)])
    preloader.start_for(pytestconfig)
    command = [sys.executable, "-u", "-c", LINE]
    said = subprocess.run(command, input=b"hello\n", capture_output=True, timeout=60, check=True)
    assert said.stdout.strip() == b"hello"
    assert preloader.helpers() == (set(), set())
    preloader.end()


@pytest.mark.parametrize("asked", [["tests/support"], ["tests", "tests/store"]])
def test_some_files_are_not_worth_it(
    preloader: Preloader, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch,
    asked: list[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(pytestconfig, "args", asked)
    preloader.start_for(pytestconfig)
    assert preloader.helpers() == (set(), set())
