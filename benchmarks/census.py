"""What lives in a Python process while it works, a line of JSON each so often: to find what grows.

    python -m benchmarks.census OUT.jsonl EVERY_S serve

runs `media-server serve` and counts its objects by type, from a thread. A count stops the process
for some tens of milliseconds, so nothing else can be measured at the same time. What was there when
the server got ready is not counted (`gc.freeze`), nor is what the collector does not track. Where a
file OUT.jsonl.collect appears, garbage in cycles is collected before the next count, and it goes:
what is left then is held by something.
"""

from __future__ import annotations

import ctypes
import gc
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

LEAST = 50
"""Fewer objects of a type are left out."""
TASK = "_asyncio.Task"


class _Mallinfo(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33 and later."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks"),
            *("uordblks", "fordblks", "keepcost"),
        )
    ]


def count() -> dict[str, int]:
    """Tracked objects by the type's full name, and all tasks, also when there are few."""
    found = Counter(map(type, gc.get_objects()))
    named: Counter[str] = Counter()
    for kind, many in found.items():
        named[f"{kind.__module__}.{kind.__qualname__}"] += many
    return {name: many for name, many in named.items() if many >= LEAST or name == TASK}


def malloc_mb() -> dict[str, float]:
    """Of all arenas of the C library: in use, and free but kept from the system. {}: no glibc."""
    try:
        call = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return {}
    call.restype = _Mallinfo
    told = call()
    return {"used": (told.uordblks + told.hblkhd) / 1e6, "free": told.fordblks / 1e6}


def per_visit(before: Mapping[str, int], after: Mapping[str, int], visits: int) -> dict[str, float]:
    """How many of each type were left by a visit, the most first; fewer than 0.1 are left out."""
    grown = {name: (many - before.get(name, 0)) / visits for name, many in after.items()}
    most = sorted(grown.items(), key=lambda item: -item[1])
    return {name: round(each, 2) for name, each in most if each >= 0.1}


def keep_counting(out: Path, every_s: float) -> None:
    while True:
        time.sleep(every_s)
        asked = out.with_name(out.name + ".collect")
        collects = asked.exists()
        if collects:
            gc.collect()
            asked.unlink()
        line = {
            "at_s": time.monotonic(),
            "collected": collects,
            "collections": [one["collections"] for one in gc.get_stats()],
            "blocks": sys.getallocatedblocks(),
            "malloc_mb": malloc_mb(),
            "objects": count(),
        }
        with out.open("a") as file:
            file.write(json.dumps(line) + "\n")


def main() -> int:
    out, every_s, *arguments = sys.argv[1:]
    counting = threading.Thread(
        target=keep_counting, args=(Path(out), float(every_s)), name="census", daemon=True
    )
    counting.start()
    from media_server.cli import main as media_server  # noqa: PLC0415  # as late as there

    return media_server(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
