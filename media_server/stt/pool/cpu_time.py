"""CPU time of another process, as the kernel counts it."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_USER, _SYSTEM = 11, 12
"""Fields of /proc/PID/stat behind the name, from 0: utime, stime (proc(5))."""


def cpu_s(pid: int) -> float | None:
    """Of all its threads, since its start. None: there is no such process, or no /proc here."""
    try:
        # A name may hold spaces and brackets.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_PER_S
    except (OSError, ValueError, IndexError):
        return None
