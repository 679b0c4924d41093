"""What an hour of a candidate's audio costs on its way to object storage, and whether anything of
it holds the event loop.

    python -m benchmarks.blobs [--hours N] [--kbit 32] [--json FILE]

Recordings of one hour lie in a directory, as calls have left them, and go to an S3 server on
loopback (moto, in a process of its own: its speed is not that of a real storage; the CPU time here
is that of this process). Then they are read back by ranges, as a player does. Beside it a task
sleeps 1 ms over and over: how late it wakes is how long the loop was held.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from media_server.audio.ogg import OggOpusWriter
from media_server.store.blobs import uploads
from media_server.store.factory import Stores, create_stores
from tests.support.s3_server import S3Server

PACKET_S = 0.02


def an_hour(kbit: int) -> bytes:
    """Ogg Opus of 3,600 s, with packets of the same size."""
    packet = b"\xb8" + bytes(kbit * 1000 // 8 // 50 - 1)
    writer = OggOpusWriter(serial=1)
    pages = [writer.header()]
    for n in range(round(3600 / PACKET_S)):
        pages.append(writer.add(n * PACKET_S, packet))
        if n % 50 == 49:
            pages.append(writer.flush())
    return b"".join([*pages, writer.finish()])


class Lateness:
    """Of a task that wants to wake every millisecond, in ms."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []

    async def run(self) -> None:
        while True:
            asked_s = time.perf_counter()
            await asyncio.sleep(0.001)
            self.late_ms.append((time.perf_counter() - asked_s - 0.001) * 1000)

    def figures(self) -> dict[str, float]:
        ordered = sorted(self.late_ms)
        self.late_ms = []
        return {
            "loop_late_p50_ms": round(ordered[len(ordered) // 2], 2),
            "loop_late_p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
            "loop_late_max_ms": round(ordered[-1], 2),
        }


async def measured(
    lateness: Lateness, work: asyncio.Future[None] | asyncio.Task[None]
) -> dict[str, float]:
    lateness.late_ms = []
    began_s, cpu_s = time.perf_counter(), time.process_time()
    await work
    return {
        "wall_s": round(time.perf_counter() - began_s, 2),
        "cpu_s": round(time.process_time() - cpu_s, 2),
        **lateness.figures(),
    }


async def all_there(stores: Stores, files: int) -> None:
    while stores.figures().counters["blob_uploads"] < files:
        await asyncio.sleep(0.02)


async def read_back(stores: Stores, hours: int) -> None:
    for n in range(hours):
        blob = await stores.blobs.find(f"i{n}", "audio-0001.ogg")
        assert blob is not None
        async for _ in blob.read():
            pass


async def idle() -> None:
    await asyncio.sleep(3.0)


async def run(server: S3Server, hours: int, kbit: int) -> dict[str, object]:
    data = an_hour(kbit)
    uploads.LOOK_S = 0.2
    with tempfile.TemporaryDirectory() as directory:
        for n in range(hours):
            path = Path(directory) / "recordings" / f"i{n}" / "audio-0001.ogg"
            path.parent.mkdir(parents=True)
            path.write_bytes(data)
        lateness = Lateness()
        loop = asyncio.get_running_loop()
        watching = loop.create_task(lateness.run())
        stores = create_stores(server.settings(Path(directory)))
        try:
            before = await measured(lateness, loop.create_task(idle()))
            await stores.open()
            sent = await measured(lateness, loop.create_task(all_there(stores, hours)))
            read = await measured(lateness, loop.create_task(read_back(stores, hours)))
            failures = stores.figures().counters["blob_upload_failures"]
        finally:
            watching.cancel()
            await stores.close()
    return {
        "hours": hours,
        "bytes_per_hour": len(data),
        "idle": before,
        "sent_and_verified": sent,
        "read_by_ranges": read,
        "failures": failures,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--hours", type=int, default=4)
    parser.add_argument("--kbit", type=int, default=32, help="of the Opus packets, per second")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        server = S3Server(Path(directory))
        server.start()
        try:
            found = asyncio.run(run(server, args.hours, args.kbit))
        finally:
            server.stop()
    print(json.dumps(found, indent=2))
    if args.json:
        args.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
