"""What a test leaves behind: tasks, threads, descriptors, child processes."""

from __future__ import annotations

import asyncio
import asyncio.runners
import contextlib
import gc
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import os
import threading
import time
from dataclasses import dataclass
from typing import Any

from tests.support.forked import FORKER
from tests.support.forking import children, reap_strays
from tests.support.nursery import NURSERY

_SETTLE_S = 20.0
"""A busy machine may need so long to end what is ending; what has ended is not waited for."""
_FD_DIRECTORY = "/proc/self/fd"
_KEPT_FILES = ("/dev/", "/proc/", "/sys/", "/memfd:")
"""Opened by libraries at first use and kept: not what a leaked connection looks like."""

leftover_tasks: list[str] = []
"""Tasks that were still there when a test's loop was closed; filled by `watch_loops`."""


@dataclass(frozen=True, slots=True)
class Baseline:
    threads: frozenset[int]
    descriptors: frozenset[tuple[int, str]]
    children: frozenset[int]


def watch_loops() -> None:
    """Record tasks that outlive their test, at the one place where a runner cancels them.

    `asyncio.Runner.close` cancels what is left without a word, in 3.11 to 3.13 by this function.
    """
    runners: Any = asyncio.runners
    cancel = runners._cancel_all_tasks
    if getattr(cancel, "watched", False):
        return

    def record_and_cancel(loop: asyncio.AbstractEventLoop) -> None:
        if not loop.is_closed():
            for _ in range(5):  # a task that has been cancelled needs a pass to end
                loop.run_until_complete(asyncio.sleep(0))
            leftover_tasks.extend(repr(task) for task in asyncio.all_tasks(loop))
        cancel(loop)

    record_and_cancel.watched = True  # type: ignore[attr-defined]  # marks the wrapper
    runners._cancel_all_tasks = record_and_cancel


def take_baseline() -> Baseline:
    leftover_tasks.clear()
    return Baseline(
        threads=frozenset(thread.ident or 0 for thread in threading.enumerate()),
        descriptors=frozenset(_descriptors().items()),
        children=frozenset(children()),
    )


def find_leaks(baseline: Baseline) -> list[str]:
    """What is there now and was not before; waits a moment for what is just ending."""
    deadline = time.monotonic() + _SETTLE_S
    reap_strays()
    leaks = _compare(baseline)
    while leaks and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.02)
        reap_strays()
        leaks = _compare(baseline)
    return leaks + [f"task still running at the end: {task}" for task in leftover_tasks]


def _compare(baseline: Baseline) -> list[str]:
    leaks = [
        f"thread {thread.name!r}"
        for thread in threading.enumerate()
        if thread.ident not in baseline.threads
    ]
    helper_pids, helper_fds = _helpers()
    before = dict(baseline.descriptors)
    leaks += [
        f"descriptor {fd}: {target}"
        for fd, target in _descriptors().items()
        if before.get(fd) != target and fd not in helper_fds
    ]
    leaks += [
        f"child process {pid}"
        for pid in children()
        if pid not in baseline.children and pid not in helper_pids
    ]
    return leaks


def _descriptors() -> dict[int, str]:
    found: dict[int, str] = {}
    for name in os.listdir(_FD_DIRECTORY):  # noqa: PTH208  # without Path: twice in every test
        with contextlib.suppress(OSError):
            target = os.readlink(f"{_FD_DIRECTORY}/{name}")  # noqa: PTH115
            if not target.startswith(_KEPT_FILES):
                found[int(name)] = target
    return found


def _helpers() -> tuple[set[int], set[int]]:
    """What is started once per process and kept: (pids, fds).

    Two servers of multiprocessing, and the processes that fork media servers and their children.
    """
    tracker: Any = multiprocessing.resource_tracker._resource_tracker
    server: Any = multiprocessing.forkserver._forkserver
    pids = {getattr(tracker, "_pid", None), getattr(server, "_forkserver_pid", None)}
    fds = {getattr(tracker, "_fd", None), getattr(server, "_forkserver_alive_fd", None)}
    kept_pids = {pid for pid in pids if pid}.union(*(one.helpers()[0] for one in (FORKER, NURSERY)))
    kept_fds = {fd for fd in fds if fd}.union(*(one.helpers()[1] for one in (FORKER, NURSERY)))
    return kept_pids, kept_fds
