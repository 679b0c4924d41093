"""A forked voice, recogniser or sound child is what `Popen` would have started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from media_server.sound import child
from tests.support.forking import ROOM_FOR_ARGUMENTS
from tests.support.nursery import MODULES, NURSERY
from tests.support.waiting import until

VOICE, RECOGNISER, SOUND = MODULES


@pytest.fixture(autouse=True)
async def ready() -> None:
    """The first start of a process is a real one, and has the nursery made."""

    def forks() -> bool:
        with start() as process:
            return is_forked(process)

    await until(forks)


def start(module: str = VOICE, *arguments: str, **given: Any) -> subprocess.Popen[bytes]:
    given.setdefault("env", {**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    return subprocess.Popen(
        [sys.executable, "-m", module, *(arguments or (str(os.getpid()),))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **given,
    )


def is_forked(process: subprocess.Popen[bytes]) -> bool:
    """There is room for a longer command line than its own."""
    return len(command_line(process.pid)) > len(ROOM_FOR_ARGUMENTS)


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def fields(pid: int) -> list[str]:
    """From the third on: proc(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@pytest.mark.parametrize("module", MODULES)
def test_it_is_our_child_of_its_own_name(module: str) -> None:
    """Each waits for what it is to do: one that has ended has no command line any more."""
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    arguments = [str(os.getpid()), "or another"]
    if module == RECOGNISER:
        arguments.insert(0, str(theirs.fileno()))
    with start(module, *arguments, pass_fds=[theirs.fileno()]) as process, control, theirs:
        assert is_forked(process)
        said = command_line(process.pid).rstrip(b"\0").decode().split("\0")
        assert said == [sys.executable, "-m", module, *arguments]
        assert fields(process.pid)[1] == str(os.getpid())
        assert os.getpgid(process.pid) == os.getpgid(0)
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        given_way = min(ours + child._NICENESS, 19)  # that of sound, once it runs
        assert os.getpriority(os.PRIO_PROCESS, process.pid) in (ours, given_way)
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL


@pytest.mark.parametrize("given", [{"process_group": 0}, {"start_new_session": True}])
def test_its_group_is_there_when_it_is(given: dict[str, Any]) -> None:
    with start(**given) as process:
        assert is_forked(process)
        assert os.getpgid(process.pid) == process.pid
        assert (os.getsid(process.pid) == process.pid) == ("start_new_session" in given)
        os.killpg(process.pid, signal.SIGKILL)


async def test_it_has_what_it_was_given_and_nothing_else(tmp_path: Path) -> None:
    passed, other = os.pipe()
    own = Path("/proc/self/fd")
    try:
        with start(pass_fds=[passed], cwd=tmp_path) as process:
            assert is_forked(process)
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            expected = {passed: (own / str(passed)).readlink()}
            for number, stream in enumerate((process.stdin, process.stdout, process.stderr)):
                expected[number] = (own / str(stream.fileno())).readlink()
            # The voice has a copy of its standard output, and that of the errors in its place.
            expected[1] = expected[2]
            folder = Path(f"/proc/{process.pid}")
            await until(lambda: expected.items() <= links(folder / "fd").items())
            assert len(links(folder / "fd")) == len(expected) + 1
            assert (folder / "cwd").readlink() == tmp_path
    finally:
        os.close(passed)
        os.close(other)


def links(folder: Path) -> dict[int, Path]:
    found = {}
    for one in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            found[int(one.name)] = one.readlink()
    return found


def test_what_it_raises_is_its_status_and_on_its_standard_error() -> None:
    with start(VOICE, "no number") as process:  # it may be over before anybody looks at it
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"invalid literal for int()" in errors


@pytest.mark.parametrize(
    "variables", [{"OPENBLAS_NUM_THREADS": "2"}, {"PYTHONUTF8": "1"}, {"MALLOC_ARENA_MAX": "2"}]
)
def test_what_is_read_at_the_start_starts_it_in_earnest(variables: dict[str, str]) -> None:
    with start(env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **variables}) as process:
        assert not is_forked(process)


def test_a_test_can_have_fresh_ones(fresh_processes: None) -> None:
    with start() as process:
        assert not is_forked(process)


async def test_one_that_was_killed_is_made_again() -> None:
    ((nursery, *_), _) = NURSERY.helpers()
    os.kill(nursery, signal.SIGKILL)
    await until(lambda: fields(nursery)[0] == "Z")
    with start() as process:
        assert not is_forked(process), "a start is one all the same"
        process.communicate(timeout=60)
        assert process.returncode == 0
