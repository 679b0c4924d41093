"""What processes of their own do at one time, over one file. Little is imported: each loads it."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from media_server.shared_counts import places as shared_places
from media_server.shared_counts.buckets import SharedBuckets
from media_server.shared_counts.file import CountsFile
from media_server.shared_counts.places import SharedPlaces

PROCESSES = 3
TAKES = 200
BURST = 150
INTERVIEWS = 50
MOST = 70
SLOW = 1e-6
"""Tokens a second: within a test none comes back."""

Job = Callable[[Path, int], int]

_HOLDS = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(descriptor, fcntl.LOCK_EX)
print("has it", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has the lock of the file, and keeps it until it is killed."""
    command = [sys.executable, "-c", _HOLDS, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "has it\n"
        yield process
        process.kill()


def granted_together(job: Job, path: Path) -> int:
    """`job` in each process with the number of it, and the sum of what they answer."""
    context = multiprocessing.get_context("spawn")
    found: multiprocessing.Queue[int] = context.Queue()
    several = [
        context.Process(target=_run, args=(job, path, number, found)) for number in range(PROCESSES)
    ]
    for one in several:
        one.start()
    granted = sum(found.get(timeout=90) for _ in several)
    for one in several:
        one.join(10)
    return granted


def _run(job: Job, path: Path, number: int, found: multiprocessing.Queue[int]) -> None:
    found.put(job(path, number))


def takes(path: Path, _number: int) -> int:
    buckets = SharedBuckets(CountsFile(path))
    return sum(
        not _known(lambda: buckets.take("address", "a", per_s=SLOW, burst=BURST))
        for _ in range(TAKES)
    )


def places(path: Path, number: int) -> int:
    shared_places.LEFT_NEW_S = 600.0  # another may take long to ask for all of its own
    all_of_them = SharedPlaces(CountsFile(path))

    def one(interview: str) -> bool | None:
        return all_of_them.may_have("acme", interview, MOST, takes=True)

    return sum(_known(lambda i=i: one(f"iv_{number}_{i}")) for i in range(INTERVIEWS))  # type: ignore[misc]


def _known(ask: Callable[[], float | None]) -> float:
    """Again while it is not known: another was stopped by the system while it had the lock."""
    while (said := ask()) is None:
        time.sleep(0.01)
    return said
