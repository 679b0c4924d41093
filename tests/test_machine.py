"""How busy a machine is, read from files as the kernel writes them, and from this process."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from media_server.machine import Machine, Reading, Task, usage

GIB = 1 << 30
CACHED = f"anon 5\nactive_file {GIB // 8}\ninactive_file {GIB // 4}\nslab_reclaimable {GIB // 8}\n"


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_container_may_use_what_its_tightest_group_may(tmp_path: Path) -> None:
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    write(proc, "self/cgroup", "9:name=systemd:/\n0::/pod/server\n")
    write(proc, "meminfo", f"MemTotal: 99 kB\nMemAvailable:   {8 * GIB // 1024} kB\n")
    write(groups, "pod/server/cpu.max", "max 100000\n")
    write(groups, "pod/server/memory.max", "max\n")
    write(groups, "pod/cpu.max", "150000 100000\n")
    write(groups, "pod/cpu.stat", "usage_usec 2500000\nuser_usec 1\n")
    write(groups, "pod/memory.max", f"{2 * GIB}\n")
    write(groups, "pod/memory.current", f"{GIB}\n")
    write(groups, "pod/memory.stat", CACHED)
    found = Machine(proc, groups).read()
    assert (found.quota_cores, found.quota_used_s) == (1.5, 2.5)
    assert found.memory_available_bytes == GIB + GIB // 2


def test_without_groups_the_whole_machine_is_meant(tmp_path: Path) -> None:
    write(tmp_path, "self/cgroup", "4:memory:/x\n0::/\n")
    write(tmp_path, "meminfo", "MemAvailable: 1000 kB\n")
    cores = sorted(os.sched_getaffinity(0))
    lines = [f"cpu{core} 100 20 30 850 50 0 0 0 7 0" for core in cores]
    other = "cpu9999 100000 0 0 0 0 0 0 0 0 0"
    write(tmp_path, "stat", "\n".join(["cpu 1 2 3 4 5 6 7 8 9 0", *lines, other, "intr 5"]))
    found = Machine(tmp_path, tmp_path / "none").read()
    assert found.quota_cores == math.inf
    assert found.memory_available_bytes == 1_024_000
    assert found.cores_busy_s / found.cores_all_s == pytest.approx(150 / 1050)
    assert found.cores_niced_s / found.cores_all_s == pytest.approx(20 / 1050)


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    found = Machine(tmp_path / "none", tmp_path / "none").read()
    assert replace(found, at_s=0.0, open_files_limit=0) == Reading(0.0)


BEFORE = Reading(
    100.0, {1: Task("7", 50.0, False), 2: Task("8", 900.0, True), 3: Task("9", 5.0, False)},
    cores_busy_s=10.0, cores_niced_s=4.0, cores_all_s=100.0, quota_cores=2.0, quota_used_s=40.0,
)  # fmt: skip


def test_what_gives_way_is_not_urgent() -> None:
    """A recogniser computes on all cores while somebody speaks; nobody else waits for it."""
    now = replace(
        BEFORE, at_s=110.0, tasks={1: Task("7", 55.0, False), 2: Task("8", 910.0, True)},
        cores_busy_s=26.0, cores_niced_s=14.0, cores_all_s=140.0, quota_used_s=55.0,
    )  # fmt: skip
    found = usage(BEFORE, now)
    assert found.cpu_cores == pytest.approx(1.5)
    assert found.machine_cpu == pytest.approx(15 / 20), "of the quota, which is the tighter"
    assert found.urgent_cpu == pytest.approx(5 / 20)


def test_a_process_that_ended_or_whose_number_came_again() -> None:
    now = replace(BEFORE, at_s=101.0, tasks={1: Task("7", 50.5, False), 2: Task("99", 0.25, True)})
    assert usage(BEFORE, now).cpu_cores == pytest.approx(0.75)


def test_at_one_moment_nothing_is_used() -> None:
    assert usage(BEFORE, BEFORE).machine_cpu == 0.0


def test_this_process_and_its_children() -> None:
    machine = Machine()
    before = machine.read()
    program = "import time\nprint('on', flush=True)\nwhile time.process_time() < 60: pass"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        spent = machine.read()
        while spent.tasks[child.pid].cpu_s < 0.05:
            time.sleep(0.02)
            spent = machine.read()
        child.kill()
    assert usage(before, spent).cpu_cores > 0
    assert 1_000_000 < spent.rss_bytes < 100 * GIB
    assert spent.memory_available_bytes
    assert 3 <= spent.open_files < spent.open_files_limit
    assert spent.tasks[os.getpid()].cpu_s > 0
    assert 0 < spent.cores_busy_s <= spent.cores_all_s
