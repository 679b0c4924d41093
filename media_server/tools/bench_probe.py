"""What `media-server bench` reads while it measures: the kernel's accounts and `/metrics`."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from media_server.process_tree import descendants
from media_server.roles import ROLE_VARIABLE
from media_server.tools.bench_ramp import Part, Window

_PREFIX = "media_server_"
_ROLE = f"{ROLE_VARIABLE}="
_MODULES: tuple[tuple[str, Part], ...] = (
    ("media_server.stt.", "recogniser"),
    ("media_server.tts.", "voice"),
)
"""What a child process was started as, and which part it belongs to; any other: media."""
_OF_WORKER = re.compile(r"([a-z_0-9]+)\{(?:(.*),)?worker=\"(\d+)\"\}")


@dataclass(frozen=True, slots=True)
class Reading:
    """At one moment: sums since the server's start."""

    at_s: float
    cpu_s: Mapping[Part, float]
    loop_cpu_s: float
    """Of all workers."""
    rss_bytes: int
    metrics: Mapping[str, float]
    """Of all workers together."""
    workers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The figures of each by itself; {}: there is one."""
    machine_cpu_s: float = 0.0
    """Of every program there is."""
    load_cpu_s: float = 0.0
    frames: int = 0
    load_late: int = 0


@dataclass(slots=True)
class Accounts:
    """CPU time and memory of the server whose first process is `pid`, by part. Those that have
    ended stay counted, as far as they were seen."""

    pid: int
    _seen: dict[tuple[int, str], tuple[Part, float]] = field(default_factory=dict)
    _parts: dict[tuple[int, str], tuple[Part, bool]] = field(default_factory=dict)
    """By process (its number, and when it was started): (its part, whether it is a worker)."""

    def read(self) -> tuple[dict[Part, float], float, int]:
        """(CPU seconds by part, those of the workers' event loops, resident bytes in all)."""
        rss = 0
        loops_s = []
        for pid in (self.pid, *(process.pid for process in descendants(self.pid))):
            fields = _stat(Path(f"/proc/{pid}/stat"))
            if not fields:
                continue
            one = (pid, fields[19])
            if one not in self._parts:
                self._parts[one] = _part(pid)
            part, is_worker = self._parts[one]
            self._seen[one] = ("media" if pid == self.pid else part, _cpu_s(fields))
            rss += _pss_bytes(pid)
            if is_worker:
                # the main thread runs the loop: its number is the process's
                loops_s.append(_cpu_s(_stat(Path(f"/proc/{pid}/task/{pid}/stat"))))
        if not loops_s:  # one worker is the server itself
            loops_s.append(_cpu_s(_stat(Path(f"/proc/{self.pid}/task/{self.pid}/stat"))))
        totals: dict[Part, float] = {"media": 0.0, "recogniser": 0.0, "voice": 0.0}
        for part, seconds in self._seen.values():
            totals[part] += seconds
        return totals, sum(loops_s), rss


def parse_metrics(text: str) -> dict[str, float]:
    """Prometheus' text format, as `name{labels}` → value."""
    lines = (line.rpartition(" ") for line in text.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, _, value in lines}


def by_worker(metrics: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Figures of a front (`worker` is the last of their labels), by the worker's number; {}: they
    are of one worker, and have no such label. Others than workers are left out."""
    found: dict[str, dict[str, float]] = {}
    for name, value in metrics.items():
        match = _OF_WORKER.fullmatch(name)
        if match is not None:
            rest = f"{match[1]}{{{match[2]}}}" if match[2] else match[1]
            found.setdefault(match[3], {})[rest] = value
    return found


def together(workers: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Sums over all workers."""
    found: dict[str, float] = {}
    for figures in workers:
        for name, value in figures.items():
            found[name] = found.get(name, 0.0) + value
    return found


def quantile_s(
    before: Mapping[str, float],
    after: Mapping[str, float],
    name: str,
    share: float,
    label: str = "",
) -> float:
    """Upper bound of the bucket that has this share of what was added between the two; 0.0 where
    nothing was, infinity above the last bound. `label`: such as `kind="final",`."""
    prefix = f'{_PREFIX}{name}_bucket{{{label}le="'
    added = sorted(
        (float(key[len(prefix) : -2]), value - before.get(key, 0.0))
        for key, value in after.items()
        if key.startswith(prefix)
    )
    if not added or added[-1][1] <= 0:
        return 0.0
    wanted = share * added[-1][1]
    return next(bound for bound, count in added if count >= wanted)


def window(
    before: Reading,
    after: Reading,
    *,
    talking: int,
    refused: str = "",
    bot_late_share: float = 0.0,
    voice_cpu_per_s: float = 0.0,
) -> Window:
    """What happened between two readings. They must not be of the same moment."""
    seconds = after.at_s - before.at_s

    def rate(part: Part) -> float:
        return (after.cpu_s[part] - before.cpu_s[part]) / seconds

    def grew(name: str) -> float:
        return _growth(before, after, _PREFIX + name)

    load_cores = (after.load_cpu_s - before.load_cpu_s) / seconds
    ours = rate("media") + rate("recogniser") + rate("voice") + load_cores
    in_all = (after.machine_cpu_s - before.machine_cpu_s) / seconds
    wait_s = quantile_s(
        before.metrics, after.metrics, "stt_job_wait_seconds", 0.95, 'kind="final",'
    )
    return Window(
        talking=talking,
        seconds=seconds,
        loop_cores=(after.loop_cpu_s - before.loop_cpu_s) / seconds,
        media_cores=rate("media"),
        recogniser_cores=rate("recogniser"),
        voice_cores=rate("voice"),
        load_cores=load_cores,
        other_cores=max(0.0, in_all - ours),
        finals_busy=grew('stt_job_run_seconds_sum{kind="final"}') / seconds,
        # what still waits is in no histogram yet
        finals_wait_p95_s=max(wait_s, _oldest_final_s(after)),
        loop_lag_p99_s=_latest_s(before, after),
        frames=after.frames - before.frames,
        frames_lost=int(grew("media_packets_lost_total")),
        load_late=after.load_late - before.load_late,
        rss_bytes=after.rss_bytes,
        voice_cpu_per_s=voice_cpu_per_s,
        bot_late_share=bot_late_share,
        refused=refused,
    )


def _growth(before: Reading, after: Reading, key: str) -> float:
    """Of a sum, over the workers that answered both times."""
    both = before.workers.keys() & after.workers.keys()
    pairs = [(before.workers[one], after.workers[one]) for one in both]
    return sum(
        now.get(key, 0.0) - was.get(key, 0.0)
        for was, now in pairs or [(before.metrics, after.metrics)]
    )


def _oldest_final_s(after: Reading) -> float:
    """An age, which every worker tells of the recognisers that they share."""
    workers = after.workers or {"": after.metrics}
    return max(one.get(_PREFIX + "stt_oldest_final_seconds", 0.0) for one in workers.values())


def _latest_s(before: Reading, after: Reading) -> float:
    """The 99th percentile of the worker whose loop came latest; infinity where one answers no more
    (the front has the figures of those alone that answer in time)."""
    if before.workers.keys() - after.workers.keys():
        return float("inf")
    was, now = before.workers or {"": before.metrics}, after.workers or {"": after.metrics}
    return max(
        quantile_s(was.get(number, {}), figures, "loop_lag_seconds", 0.99)
        for number, figures in now.items()
    )


def machine_cpu_s() -> float:
    """Seconds that all cores worked, since the machine's start; 0.0 where it does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        user, nice, system, _idle, _waiting, *interrupts = (
            int(ticks) for ticks in Path("/proc/stat").read_text().splitlines()[0].split()[1:8]
        )
        return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def memory_available_bytes() -> int:
    """Of the machine; 0 where it does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


def cores() -> float:
    """That this process may use, a container's share of them included (cgroup v2)."""
    count = float(len(os.sched_getaffinity(0)))
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            count = min(count, int(quota) / int(period))
    return count


def processor() -> str:
    """Its name, as the kernel has it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return "this processor"


def _part(pid: int) -> tuple[Part, bool]:
    """(what it works for, whether it is one of several workers)."""
    command: list[str] = []
    environment: list[str] = []
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").split("\0")
        environment = Path(f"/proc/{pid}/environ").read_text("utf-8", "replace").split("\0")
    for module, part in _MODULES:
        if any(word.startswith(module) for word in command):
            return part, False
    role = next((one for one in environment if one.startswith(_ROLE)), "")
    kind = role.removeprefix(_ROLE).partition(":")[0]
    return ("recogniser" if kind == "speech" else "media"), kind == "worker"


def _stat(path: Path) -> list[str]:
    """Fields of a stat file from the state on (proc(5)); empty when it is gone."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_s(fields: list[str]) -> float:
    """User and system time of a process or thread."""
    return sum(int(ticks) for ticks in fields[11:13]) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _pss_bytes(pid: int) -> int:
    """Proportional set size: pages that are shared count once."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
