"""A server process and all it starts: pinned, watched by the kernel's accounts, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import re
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE = "0"
_QUIT_S = 10.0


class Tree:
    """The process `pid` and its descendants."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def pids(self) -> list[int]:
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                stat = _stat(int(entry.name))
                if stat:
                    parents.setdefault(int(stat[1]), []).append(int(entry.name))
        found, left = [], [self.pid]
        while left:
            pid = left.pop()
            found.append(pid)
            left += parents.get(pid, [])
        return found

    def cpu_s(self) -> float:
        """User and system time, of children that ended too."""
        total = sum(sum(int(field) for field in _stat(pid)[11:15]) for pid in self.pids())
        return total / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Proportional set size: pages that are shared count once."""
        return sum(_memory_mb(pid, "Pss") for pid in self.pids())

    def own_memory_mb(self) -> dict[str, float]:
        """Of each kind of process the memory that no file is behind (`Pss_Anon`), by what it runs:
        `server` is the first one."""
        found: dict[str, float] = {}
        for pid in self.pids():
            name = "server" if pid == self.pid else _program(pid)
            found[name] = found.get(name, 0.0) + _memory_mb(pid, "Pss_Anon")
        return found

    def threads(self) -> int:
        return sum(int(stat[17]) for stat in map(_stat, self.pids()) if stat)


def _memory_mb(pid: int, kind: str) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(rf"^{kind}:\s+(\d+)", rollup, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _program(pid: int) -> str:
    """The module that a Python process runs, else the name of the program."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "gone"
    if "-m" in words[:-1]:
        return words[words.index("-m") + 1]
    return Path(words[0]).name or "gone"


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


class Started:
    """A server as a child process of its own: `async with Started(...) as server`."""

    def __init__(
        self, command: Sequence[str], log: Path, env: Mapping[str, str], pin: str = ""
    ) -> None:
        self._command = ["taskset", "-c", pin, *command] if pin else list(command)
        self._log, self._env = log, dict(env)

    async def __aenter__(self) -> Started:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=self._env, stdout=log, stderr=log, cwd=ROOT
            )
        self.tree = Tree(self._process.pid)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ask twice (the second time waits for nobody), then kill what is left of the tree."""
        family = {pid: _began(pid) for pid in self.tree.pids()}
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            self._process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
            self._process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(_QUIT_S):
                await self._process.wait()
        for pid, began in family.items():
            if began and _began(pid) == began:  # not another's under a number used again
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        await self._process.wait()

    @property
    def log(self) -> Path:
        return self._log

    @property
    def ended(self) -> bool:
        return self._process.returncode is not None

    def last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def _began(pid: int) -> str:
    """When it started, by the kernel's clock: with the number, the identity of a process."""
    stat = _stat(pid)
    return stat[19] if stat else ""


def leave_core(pin: str) -> None:
    """Run this process on the cores that the server does not get."""
    wanted = {int(core) for core in pin.split(",") if core}
    others = set(range(os.cpu_count() or 1)) - wanted
    if wanted and others:
        os.sched_setaffinity(0, others)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def conditions() -> dict[str, Any]:
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": cpu[1] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
    }
