"""A process that spools, and trims all but one half of every second, until it is killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from media_server.ports import SpooledPacket
from media_server.store.factory import create_stores
from media_server.store.settings import StoreSettings

PACKET = b"\xf8\xff\xfe"
"""20 ms of Opus silence."""
SECONDS = 20
"""Spooled at once, then trimmed in many steps."""
STEP_S = 0.3


def spans(until_s: float) -> list[tuple[float, float]]:
    return [(second + 0.25, second + 0.75) for second in range(int(until_s) + 1)]


def times_s(rounds: int) -> Sequence[float]:
    return [n * 0.02 for n in range(rounds * SECONDS * 50)]


def owed(rounds: int) -> list[float]:
    """Of what was spooled in the first `rounds`."""
    return [at_s for at_s in times_s(rounds) if 0.26 < at_s % 1.0 < 0.74]


async def main(data_dir: str, store_url: str) -> None:
    stores = create_stores(StoreSettings(data_dir=Path(data_dir), store_url=store_url))
    await stores.open()
    for number in range(1000):
        new = times_s(number + 1)[number * SECONDS * 50 :]
        stores.spool.put("i1", [SpooledPacket(1, at_s, PACKET) for at_s in new])
        await stores.spool.flush()
        sys.stdout.write(f"{number + 1}\n")
        sys.stdout.flush()
        until_s = float(number * SECONDS)
        while until_s < (number + 1) * SECONDS:
            until_s += STEP_S
            await stores.spool.trim("i1", 1, until_s, spans(until_s))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
