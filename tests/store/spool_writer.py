"""A process that spools and records one second of packets after another until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from media_server.ports import SpooledPacket
from media_server.store.factory import create_stores
from media_server.store.settings import StoreSettings
from tests.support.slow_disk import be_patient_for_good

PACKET = b"\xf8\xff\xfe"
"""20 ms of Opus silence."""


async def main(data_dir: str, store_url: str) -> None:
    stores = create_stores(StoreSettings(data_dir=Path(data_dir), store_url=store_url))
    await stores.open()
    recording = stores.recordings.open("i1", 1)
    for second in range(1000):
        for n in range(50):
            media_s = second + n * 0.02
            stores.spool.put("i1", [SpooledPacket(1, media_s, PACKET)])
            recording.add(media_s, PACKET)
        await stores.spool.flush()
        sys.stdout.write(f"{second}\n")
        sys.stdout.flush()
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    be_patient_for_good()
    asyncio.run(main(sys.argv[1], sys.argv[2]))
