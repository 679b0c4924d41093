"""Overhead of both transcription queues, without an engine's work.

    python benchmarks/stt_queue.py [--jobs 300] [--redis redis://127.0.0.1:6379/0] [--json FILE]

One job at a time goes from `submit` to its outcome through a real worker process and an engine
that does nothing: what remains is the queue. `throughput` has 32 jobs under way. Without --redis a
redis-server of its own is started where there is one; otherwise only the local queue is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from media_server.audio.types import SAMPLE_RATE
from media_server.ports import (
    SpeechToText,
    SttCapabilities,
    SttEngine,
    SttJob,
    SttOutcome,
    SttRequest,
    Transcription,
)
from media_server.stt.factory import create_speech_to_text
from media_server.stt.settings import SttSettings

SIZES = (64 * 1024, 128 * 1024)
WARM_UP = 20
UNDER_WAY = 32


class Nothing:
    name = "nothing"
    model = "none"
    notice = ""
    capabilities = SttCapabilities()

    def prepare(self) -> bool:
        return True

    def warm_up(self) -> None: ...

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription]:
        return [Transcription("", (), self.name, self.model, r.language) for r in requests]


def nothing(_: SttSettings) -> SttEngine:
    return Nothing()


def job(number: int, size: int) -> SttJob:
    return SttJob("bench", f"s{number}", 1, True, 0.0, np.ones(size // 2, np.int16))


async def one(queue: SpeechToText, number: int, size: int) -> float:
    done: asyncio.Future[SttOutcome] = asyncio.get_running_loop().create_future()
    started_s = time.perf_counter()
    queue.submit(job(number, size), done.set_result)
    async with asyncio.timeout(30):
        await done
    return 1000 * (time.perf_counter() - started_s)


async def measure(settings: SttSettings, jobs: int) -> list[dict[str, Any]]:
    queue = create_speech_to_text(settings)
    rows = []
    try:
        await queue.start()
        for size in SIZES:
            for number in range(WARM_UP):
                await one(queue, number, size)
            took_ms = [await one(queue, number, size) for number in range(jobs)]
            limit = asyncio.Semaphore(UNDER_WAY)

            async def limited(number: int, size: int = size, limit: Any = limit) -> None:
                async with limit:
                    await one(queue, number, size)

            started_s = time.perf_counter()
            await asyncio.gather(*(limited(number) for number in range(jobs)))
            rate = jobs / (time.perf_counter() - started_s)
            rows.append(
                {
                    "queue": "redis" if settings.redis_url else "local",
                    "kib": size // 1024,
                    "p50_ms": round(float(np.percentile(took_ms, 50)), 2),
                    "p99_ms": round(float(np.percentile(took_ms, 99)), 2),
                    "jobs_per_s": round(rate),
                    "speech_s_per_s": round(rate * size / 2 / SAMPLE_RATE),
                }
            )
    finally:
        await queue.close()
    return rows


@contextmanager
def own_redis() -> Iterator[str]:
    """The address of a server that ends with the block; "" where there is none to start."""
    binary = shutil.which("redis-server")
    if binary is None:
        yield ""
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--redis", metavar="URL", default="")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    sys.path.append(str(Path(__file__).resolve().parents[1]))  # for the worker, which imports this
    engine = "benchmarks.stt_queue:nothing"
    rows = asyncio.run(measure(SttSettings(engine=engine, nice=0), args.jobs))
    with own_redis() as own_url:
        url = args.redis or own_url
        if url:
            settings = SttSettings(engine=engine, nice=0, redis_url=url, redis_prefix="bench:stt")
            rows += asyncio.run(measure(settings, args.jobs))
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    text = json.dumps({"jobs": args.jobs, "rows": rows}, indent=2)
    if args.json:
        args.json.write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
