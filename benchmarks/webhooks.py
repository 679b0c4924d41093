"""kill -9 at 20 points between an event and its delivery, with 500 events each, on both stores.

    .venv/bin/python -m benchmarks.webhooks [--events 500] [--store sqlite]

A real server process reads the outbox and delivers to a receiver that verifies every signature. It
kills itself, or is killed by the receiver, at the point that is named; another one brings the rest.
Nothing may be lost, what comes twice has the same id and the same bytes, and each interview is in
order. Takes about a quarter of an hour; `tests/webhooks/test_kill.py` is the short form.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.store.conftest import make_log
from tests.support.redis_server import RedisServer
from tests.webhooks.deliverer import POINTS
from tests.webhooks.killing import deliver_with_kills

PER_INTERVIEW = 20
"""Events: the start, 17 answers, the end, and that the result is ready."""


async def measure(store: str, store_url: str, events: int) -> bool:
    """Every point on one store. Whether nothing was lost and nothing came out of order."""
    log = make_log(store_url)
    await log.open()
    lost = out_of_order = repeated = killed = 0
    for number, point in enumerate(POINTS):
        began_s = time.monotonic()
        found = await deliver_with_kills(
            store_url, log, f"{store}-{number}", [point],
            interviews=events // PER_INTERVIEW, answers=PER_INTERVIEW - 3,
        )  # fmt: skip
        lost += found.lost
        out_of_order += found.out_of_order
        repeated += found.repeated
        killed += found.killed
        print(
            f"{store}: {point}: {found.events} events, {found.lost} lost, {found.repeated} twice, "
            f"{found.out_of_order} interviews out of order, {found.killed} killed, "
            f"{time.monotonic() - began_s:.1f} s",
            flush=True,
        )
    await log.close()
    print(
        f"{store}: {len(POINTS)} points, {killed} kills: {lost} lost, {repeated} twice, "
        f"{out_of_order} out of order"
    )
    return not lost and not out_of_order


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=500, help="for each point")
    parser.add_argument("--store", choices=["sqlite", "redis", "both"], default="both")
    asked = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as directory:
        if asked.store != "redis":
            url = f"sqlite://{directory}/log.sqlite3"
            good &= asyncio.run(measure("sqlite", url, asked.events))
        if asked.store != "sqlite":
            server = RedisServer(Path(directory) / "redis")
            server.start()
            try:
                good &= asyncio.run(measure("redis", server.url, asked.events))
            finally:
                server.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
