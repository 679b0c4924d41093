"""Which processes are whose, from /proc."""

from __future__ import annotations

from pathlib import Path

from tests.support.nursery import NURSERY


def alive(pid: int) -> bool:
    """False for a zombie too."""
    return _stat(pid)[0] not in ("", "Z", "X")


def children(pid: int) -> list[int]:
    """Without what forks this process's children, which any test may be the first to need."""
    kept, _ = NURSERY.helpers()
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and int(entry.name) not in kept and _stat(int(entry.name))[1] == pid
    ]


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def _stat(pid: int) -> tuple[str, int]:
    """(state, parent) from proc(5); the name in parentheses may hold anything."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    state, parent = text.rpartition(")")[2].split()[:2]
    return state, int(parent)
