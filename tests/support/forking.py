"""A fork that is a process like any other: child of who asked, with its own files and its own end.

What the nursery, the forker of servers and the preloader of tests share.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import runpy
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

ROOM_FOR_ARGUMENTS = "." * 1000
"""The last argument of who forks: its forks write their own command line there."""
PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_NOT_WRITTEN = 120
"""How the interpreter ends where what was printed cannot be written."""
_TASK_DIRECTORY = "/proc/self/task"
_adopts = threading.Lock()
_strays: set[int] = set()
_started: set[int] = set()


@contextlib.contextmanager
def adopting() -> Iterator[set[int]]:
    """A child whose parent ends meanwhile becomes ours, not that of process 1: prctl(2).

    One at a time: it is a flag of the whole process. Whoever adopts puts the child it asked for
    into the set. A child that another thread starts meanwhile through `subprocess` is named to
    `started` (by the nursery). Any other is taken for a stray, adopted because its parent happened
    to end, as a recogniser's that a test has killed: `reap_strays` waits for it."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    wanted: set[int] = set()
    with _adopts:
        _started.clear()
        before = children()
        if prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        try:
            yield wanted
        finally:
            prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
            _strays.update(children() - before - wanted - _started)
            _strays.difference_update(_started)  # what was named between the two halves of that


def started(pid: int) -> None:
    """A child of this process's own: whoever has started it waits for it, so it is no stray."""
    _started.add(pid)
    _strays.discard(pid)


def children() -> set[int]:
    """Of this process, those that have ended and nobody has waited for included."""
    found: set[int] = set()
    for name in os.listdir(_TASK_DIRECTORY):  # noqa: PTH208  # without Path: twice in every test
        with contextlib.suppress(OSError):
            listing = os.open(f"{_TASK_DIRECTORY}/{name}/children", os.O_RDONLY)
            try:
                found.update(map(int, os.read(listing, 1 << 16).split()))
            finally:
                os.close(listing)
    return found


def reap_strays() -> None:
    """Takes the status of those that were adopted by chance and have ended."""
    for pid in list(_strays):
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:  # no stray: nobody named it, and its owner has waited for it
            ended = pid
        if ended:
            _strays.discard(pid)


def fork(prepare: Callable[[], None] = lambda: None) -> int:
    """0 in the new process, its id in this one. By then it is a child of who adopts it, and has
    done what `prepare` says."""
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        parent = os.getpid()
        if os.fork():
            os._exit(0)  # which leaves its child to who adopts it
        os.close(reading)
        while os.getppid() == parent:
            time.sleep(0.0005)
        prepare()
        os.write(writing, str(os.getpid()).encode())
        os.close(writing)
        return 0
    os.close(writing)
    os.waitpid(between, 0)
    pid = int(os.read(reading, 64) or 0)
    os.close(reading)
    return pid


def run_to_its_end(module: str) -> NoReturn:
    """As `python -m` does, but that what lies in memory is not taken apart: the system copies for
    a fork each page of what it shares as soon as something is written there, and that would be
    nearly all. So a file that nobody has closed is not written to its end."""
    to_its_end(lambda: runpy.run_module(module, run_name="__main__", alter_sys=True))


def to_its_end(run: Callable[[], object]) -> NoReturn:
    """What a program does, and how it ends, as `run_to_its_end`."""
    code: object = None
    try:
        run()
    except SystemExit as ended:
        code = ended.code
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        code = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    for last in (threading._shutdown, atexit._run_exitfuncs):  # type: ignore[attr-defined]
        try:
            last()
        except BaseException:
            traceback.print_exc()
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)  # noqa: T201  # as the interpreter does
        code = 1
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    try:
        sys.stdout.flush()
    except Exception:
        code = _NOT_WRITTEN
    if code == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(code or 0)


def place(descriptors: Sequence[int], numbers: Sequence[int]) -> None:
    """Each where it is expected, and nothing else open."""
    above = max(*descriptors, *numbers) + 1
    away = list(range(above, above + len(descriptors)))
    for descriptor, free in zip(descriptors, away, strict=True):
        os.dup2(descriptor, free, inheritable=False)
    for free, number in zip(away, numbers, strict=True):
        os.dup2(free, number)
    keep_only(*numbers)


def keep_only(*numbers: int) -> None:
    for descriptor in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208
        if descriptor not in (0, 1, 2, *numbers):
            with contextlib.suppress(OSError):  # the one that listed them
                os.close(descriptor)


def show(arguments: Sequence[str]) -> None:
    """Name and command line in /proc: this over that of who has forked this (proc(5))."""
    ctypes.CDLL(None).prctl(PR_SET_NAME, Path(arguments[0]).name.encode(), 0, 0, 0)
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin, end = int(fields[48 - 3]), int(fields[49 - 3])
    line = b"".join(os.fsencode(one) + b"\0" for one in arguments)
    if begin and len(line) <= end - begin:
        ctypes.memmove(begin, line.ljust(end - begin, b"\0"), end - begin)
