"""Records, says so, and waits to be killed: `recorder_process DATA_DIR open|ended`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from media_server.store.factory import create_stores
from media_server.store.settings import StoreSettings
from tests.store.spool_writer import PACKET


async def main(data_dir: str, end: str) -> None:
    # Without object storage: it dies before it has sent anything.
    stores = create_stores(StoreSettings(data_dir=Path(data_dir)))
    await stores.open()
    recording = stores.recordings.open("i1", 1)
    for n in range(150):
        recording.add(n * 0.02, PACKET)
    if end == "ended":
        await recording.close()
    else:
        await asyncio.sleep(1.5)
    print("recorded", flush=True)  # noqa: T201
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
