"""A forked server is a process like any other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked import FORKER, Forked


def _start(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    with (tmp_path / "errors").open("w") as errors:
        return FORKER.start(arguments, {**os.environ, **variables}, errors)


def test_it_says_and_answers_what_the_command_does(tmp_path: Path) -> None:
    process = _start(tmp_path, "config", "--json", PORT="4321")
    assert isinstance(process, Forked)
    with process:
        assert process.stdout is not None
        said = process.stdout.read()
    environment = {**os.environ, "PORT": "4321"}
    command = [sys.executable, "-m", "media_server", "config", "--json"]
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert (process.returncode, said) == (0, asked.stdout)
    with _start(tmp_path, "config", PORT="none") as refused:
        assert refused.wait(60) == 2
    assert "PORT" in (tmp_path / "errors").read_text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_is_our_child_and_takes_signals_alone(tmp_path: Path, number: signal.Signals) -> None:
    wanted = {"DATA_DIR": str(tmp_path), "PORT": "0", "MEDIA_SERVER_SUPERVISE": "off"}
    with _start(tmp_path, "serve", **wanted) as first, _start(tmp_path, "config") as other:
        assert _parent(first.pid) == os.getpid()
        assert first.stdout is not None
        if number == signal.SIGINT:
            assert any(line.startswith("ready ") for line in first.stdout)
        first.send_signal(number)
        assert first.wait(60) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
        assert other.wait(60) == 0


def test_what_is_read_at_the_start_of_python_starts_python(tmp_path: Path) -> None:
    with _start(tmp_path, "config", PYTHONUTF8="1") as process:
        assert not isinstance(process, Forked)
        assert process.wait(60) == 0


def test_one_that_was_killed_is_made_again(tmp_path: Path) -> None:
    with _start(tmp_path, "config") as process:
        assert process.wait(60) == 0
    ((forker, *_), _) = FORKER.helpers()
    os.kill(forker, signal.SIGKILL)
    with pytest.raises(AssertionError, match="has ended"):
        _start(tmp_path, "config")
    with _start(tmp_path, "config") as process:
        assert process.wait(60) == 0
    assert FORKER.helpers()[0] != {forker}


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
