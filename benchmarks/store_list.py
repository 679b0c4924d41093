"""How long a list of 100 of many interviews takes: folded one by one, and by kept summaries.

Fills a fresh SQLite file with interviews at rest that have no summaries, as a former release left
them. The first list of a page folds and keeps what it folded; the second reads what was kept.

    .venv/bin/python -m benchmarks.store_list [--interviews 10000] [--entries 120] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from media_server.interview import events as ev
from media_server.interview.status import Status
from media_server.store import sqlite_schema
from media_server.store.encoding import dump
from tests.live.bench import make_spec, open_bench

PAGES = 5


def fill(path: Path, interviews: int, entries: int) -> None:
    """Rows as the server writes them, in one transaction."""
    db = sqlite3.connect(path, isolation_level=None)
    sqlite_schema.prepare(db, path)
    spec = dump(make_spec(10).model_dump(mode="json"))
    now_s = time.time() - interviews
    story: list[ev.Event] = [
        ev.Created(expires_s=4e9), ev.Joined(), ev.Consented(version="2026-11")
    ]  # fmt: skip
    story += [ev.PaceSet(pace="slower" if n % 2 else "normal") for n in range(entries)]
    story += [ev.Ended(status=Status.COMPLETED, reason="all questions answered")]
    rows = [(e.type, dump(e.model_dump(mode="json", exclude={"type"}))) for e in story]
    db.execute("BEGIN")
    for number in range(interviews):
        interview_id = f"iv_{number:06d}"
        db.execute(
            "INSERT INTO interview VALUES (?, ?, ?, ?, ?, NULL, '')",
            (interview_id, now_s + number, len(rows), "completed", spec),
        )
        db.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
            [(interview_id, n, now_s + number, *row) for n, row in enumerate(rows, start=1)],
        )
    db.execute("COMMIT")
    db.close()


async def measure(interviews: int, entries: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory) / "data"
        data_dir.mkdir(mode=0o700)
        fill(data_dir / "interviews.sqlite3", interviews, entries)
        took_ms: dict[str, list[float]] = {"folded": [], "kept": []}
        async with open_bench(data_dir) as bench:
            for what in ("folded", "kept"):
                after: str | None = None
                for _ in range(PAGES):
                    started_s = time.perf_counter()
                    page, after = await bench.service.page(after, 100)
                    took_ms[what].append((time.perf_counter() - started_s) * 1000)
                    assert len(page) == 100
    return {
        "interviews": interviews,
        "entries": entries,
        **{f"{what}_ms": round(statistics.median(ms), 1) for what, ms in took_ms.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--interviews", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=120)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments.interviews, arguments.entries))
    print(json.dumps(found) if arguments.json else found)


if __name__ == "__main__":
    main()
