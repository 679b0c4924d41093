"""What a test process may take before it is stopped, so that a fault names itself.

Without a bound, a process that allocates for ever makes the whole machine crawl until the kernel
kills it: every other test fails, and nothing says where the memory went.
"""

from __future__ import annotations

import faulthandler
import os
import resource
import threading
from pathlib import Path
from typing import TextIO

_MIB = 1024 * 1024
HEAP_MIB = 4096
"""No test needs a third of it. Beyond it allocations raise `MemoryError`; children inherit it."""
TOLD_MIB = 2048
"""From here on the stacks of all threads are written, once."""
_LOOK_S = 0.5
_PAGE = resource.getpagesize()


def bound_heap(mib: int = HEAP_MIB) -> None:
    """Private memory of this process and its children (RLIMIT_DATA, see setrlimit(2))."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (mib * _MIB, hard))


def resident_mib() -> float:
    """Of this process, in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * _PAGE / _MIB


class MemoryWatch:
    """A thread that writes every thread's stack, once, when the process has grown large."""

    def __init__(self, target: TextIO, told_mib: float = TOLD_MIB) -> None:
        self._target = target
        self._told_mib = told_mib
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_LOOK_S):
            mib = resident_mib()
            if mib > self._told_mib:
                test = os.environ.get("PYTEST_CURRENT_TEST", "no test")
                self._target.write(f"\n{mib:.0f} MiB in this test process, in {test}:\n")
                self._target.flush()
                faulthandler.dump_traceback(self._target, all_threads=True)
                return
