"""The clock that leases of one machine are measured by.

CLOCK_BOOTTIME is the same in every process of a machine, goes on during suspend and never jumps,
so several processes agree about when a lease ends. It restarts at zero with the machine: a time of
it means something only together with the boot it belongs to.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_s() -> float:
    """Seconds since this machine started (elsewhere than on Linux: its system-wide monotonic
    clock, which stands still during suspend: a lease then ends later, never earlier)."""
    return time.clock_gettime(_CLOCK)


@cache
def boot_id() -> str:
    """Which boot of the machine `boot_s` counts from; "" where the system does not say."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
