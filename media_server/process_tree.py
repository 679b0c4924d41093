"""Who descends from a process, and how to end all of them (Linux: from /proc)."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    started: str
    """In ticks since the machine's start: a number that was given again belongs to another."""


def descendants(pid: int) -> tuple[Process, ...]:
    """Children, their children, and so on. Where there is no /proc: none are known."""
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            started = _started(child)
            if started:
                found.append(Process(child, started))
                waiting.append(child)
    return tuple(found)


def kill(processes: Iterable[Process]) -> None:
    """SIGKILL to each that is still the process that was noted."""
    for process in processes:
        if _started(process.pid) == process.started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
