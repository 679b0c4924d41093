"""How busy this process and its machine are: CPU, memory and descriptors (Linux: from /proc).

In a container the machine is what the container may use: its CPU quota and its memory limit
(cgroup v2, docs.kernel.org/admin-guide/cgroup-v2.html), and the cores it is bound to. A limit of
any group above counts, too. Of cgroup v1 nothing is read: the whole machine is meant then.

Our own code on purpose: psutil knows no cgroup and reads every process of the machine to find the
children of one. Blocking, a few milliseconds: it belongs into a thread.
"""

from __future__ import annotations

import math
import os
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

from media_server import process_tree

_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_UTIME, _STIME, _NICE, _STARTED = 11, 12, 16, 19
"""Fields of /proc/PID/stat after the name, see proc_pid_stat(5)."""
_IDLE, _IOWAIT, _NICED = 3, 4, 1
"""Fields of a line of /proc/stat, see proc_stat(5)."""
_TIMES = 8
"""Of these, how many are times of their own: the rest is in the first two."""

_RECLAIMABLE = ("active_file", "inactive_file", "slab_reclaimable")
"""Of memory.stat: files and names that are kept as long as nobody needs the room."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one process has computed."""

    started: str
    cpu_s: float
    niced: bool
    """It gives way to others."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Totals and levels at one moment. None: not known here."""

    at_s: float
    tasks: dict[int, Task] = field(default_factory=dict)
    """This process and those that descend from it."""
    cores_busy_s: float = 0.0
    """Of the cores that this process may use, all together."""
    cores_niced_s: float = 0.0
    """Of these, for processes that give way."""
    cores_all_s: float = 0.0
    quota_cores: float = math.inf
    """What the tightest group may use."""
    quota_used_s: float = 0.0
    rss_bytes: int = 0
    memory_available_bytes: int | None = None
    open_files: int = 0
    open_files_limit: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Between two readings. Shares are 0 to 1."""

    cpu_cores: float = 0.0
    """This process and those that descend from it; 1.0 is one core."""
    machine_cpu: float = 0.0
    """Of the cores, or of the quota where that is the higher."""
    urgent_cpu: float = 0.0
    """The same without processes that give way, as recognisers do."""


class Machine:
    """`proc` and `cgroups`: where the kernel shows them."""

    def __init__(self, proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> None:
        self._proc = proc
        self._cgroups = cgroups

    def read(self) -> Reading:
        """Blocking. What cannot be read is left at what says nothing."""
        pid = os.getpid()
        busy_s, niced_s, all_s = self._cores()
        quota_cores, quota_used_s = self._quota()
        return Reading(
            time.monotonic(),
            self._tasks(pid),
            busy_s,
            niced_s,
            all_s,
            quota_cores,
            quota_used_s,
            self._rss_bytes(pid),
            self._available_bytes(),
            self._open_files(pid),
            max(0, resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        )

    def _tasks(self, pid: int) -> dict[int, Task]:
        found = {}
        for number in (pid, *(one.pid for one in process_tree.descendants(pid))):
            fields = _text(self._proc / str(number) / "stat").rpartition(")")[2].split()
            if len(fields) > _STARTED:
                cpu_s = (int(fields[_UTIME]) + int(fields[_STIME])) * _TICK_S
                found[number] = Task(fields[_STARTED], cpu_s, int(fields[_NICE]) > 0)
        return found

    def _cores(self) -> tuple[float, float, float]:
        """Busy, busy for processes that give way, and all, of the cores that we may use."""
        mine = {f"cpu{number}" for number in _cores_allowed()}
        busy = niced = everything = 0
        for line in _text(self._proc / "stat").splitlines():
            name, *fields = line.split()
            if name in mine and len(fields) >= _TIMES:
                times = [int(one) for one in fields[:_TIMES]]
                everything += sum(times)
                busy += sum(times) - times[_IDLE] - times[_IOWAIT]
                niced += times[_NICED]
        return busy * _TICK_S, niced * _TICK_S, everything * _TICK_S

    def _quota(self) -> tuple[float, float]:
        """Cores of the tightest group, and what it has used."""
        tightest, used_s = math.inf, 0.0
        for group in self._groups():
            most, _, period = _text(group / "cpu.max").strip().partition(" ")
            if most.isdigit() and period.isdigit() and int(most) / int(period) < tightest:
                tightest = int(most) / int(period)
                used_s = _named(_text(group / "cpu.stat")).get("usage_usec", 0) / 1e6
        return tightest, used_s

    def _available_bytes(self) -> int | None:
        meminfo = _named(_text(self._proc / "meminfo").replace(":", ""))
        known = [meminfo["MemAvailable"] * 1024] if "MemAvailable" in meminfo else []
        for group in self._groups():
            most, used = (_text(group / f"memory.{one}").strip() for one in ("max", "current"))
            if most.isdigit() and used.isdigit():
                # The kernel takes these back before it kills anybody, as in MemAvailable.
                stat = _named(_text(group / "memory.stat"))
                cached = sum(stat.get(one, 0) for one in _RECLAIMABLE)
                known.append(max(0, int(most) - int(used) + cached))
        return min(known, default=None)

    def _groups(self) -> list[Path]:
        """Our own group and those above; in a container, those it sees."""
        for line in _text(self._proc / "self" / "cgroup").splitlines():
            if line.startswith("0::/"):
                parts = [part for part in line[4:].split("/") if part not in {"", ".."}]
                return [self._cgroups.joinpath(*parts[:n]) for n in range(len(parts), -1, -1)]
        return []

    def _rss_bytes(self, pid: int) -> int:
        fields = _text(self._proc / str(pid) / "statm").split()
        return int(fields[1]) * _PAGE_BYTES if len(fields) > 1 else 0

    def _open_files(self, pid: int) -> int:
        try:
            with os.scandir(self._proc / str(pid) / "fd") as files:
                return sum(1 for _ in files) - 1  # the one that lists them
        except OSError:
            return 0


def usage(before: Reading, now: Reading) -> Usage:
    """Pure. Processes that ended between the two do not count."""
    past_s = now.at_s - before.at_s
    if past_s <= 0:
        return Usage()
    all_s = niced_s = 0.0
    for pid, task in now.tasks.items():
        earlier = before.tasks.get(pid)
        known = earlier is not None and earlier.started == task.started
        used_s = task.cpu_s - (earlier.cpu_s if earlier is not None and known else 0.0)
        all_s += used_s
        niced_s += used_s if task.niced else 0.0
    cores_s = now.cores_all_s - before.cores_all_s
    busy_s = now.cores_busy_s - before.cores_busy_s
    yielding_s = now.cores_niced_s - before.cores_niced_s
    quota_s = now.quota_cores * past_s
    used_s = now.quota_used_s - before.quota_used_s
    return Usage(
        all_s / past_s,
        max(_share(busy_s, cores_s), _share(used_s, quota_s)),
        max(_share(busy_s - yielding_s, cores_s), _share(used_s - niced_s, quota_s)),
    )


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def _cores_allowed() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _named(text: str) -> dict[str, int]:
    """Lines of a name and a number."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) > 1 and pair[1].isdigit()}


def _text(path: Path) -> str:
    """ "": there is none, or it may not be read."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
