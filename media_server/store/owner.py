"""Who owns a lease, told so that another process of the same machine can see when it has died.

A lease of a process that was killed would otherwise keep its interview closed until it runs out.
Only a process of the same PID namespace is judged: elsewhere its number means nothing.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_PREFIX = "process"


def process_owner() -> str:
    """A new name each time: process:PID NAMESPACE:PID:START TIME:RANDOM, see proc(5)."""
    pid = os.getpid()
    return f"{_PREFIX}:{_namespace()}:{pid}:{_started(pid)}:{secrets.token_hex(6)}"


def is_gone(owner: str) -> bool:
    """True only when the process that made this name is certainly dead, or a zombie.

    False for one of another machine or PID namespace, and for a name of another kind.
    """
    kind, *parts = owner.split(":")
    if kind != _PREFIX or len(parts) != 4:
        return False
    namespace, pid, started, _ = parts
    if not namespace or namespace != _namespace() or not pid.isdigit() or started == "0":
        return False
    return _started(int(pid)) != started


def _namespace() -> str:
    """Such as `4026531836`; "" where the system does not say."""
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Start time of a process in clock ticks since boot (proc(5), field 22); "0": no process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "0"
    fields = stat.rpartition(")")[2].split()
    return "0" if fields[0] in ("Z", "X") else fields[19]
