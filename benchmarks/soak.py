"""Nothing grows: candidates join, leave and vanish for a long time, and the server is as before.

    python -m benchmarks.soak --minutes 30 --visits 500 --json soak.json

A real `serve` (SQLite, the configured voice, a recogniser at no cost). Each visit is a new
interview: a candidate joins, is asked, talks, and then leaves, comes back after a lost line and
leaves, or vanishes without a goodbye; in turns. Every interview is cancelled in the end. What is
read is the memory of the server's processes (proportional set size), the descriptors and threads of
the serving process, its calls and places. The slope of the memory is a line through the second half
of the readings, by least squares; the beginning fills caches.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import RTCCertificate

from benchmarks.calls import API_KEY, Server
from benchmarks.process_tree import conditions
from benchmarks.reconnect_storm import People, Person, arrive
from media_server.tools.bench_talk import frames_of_speech

QUESTION = "What did you do today?"
AT_ONCE = 4
READ_EVERY_S = 5.0
LOST_S = 20.0
"""After so long a call whose line is lost has been closed, at the latest."""
_SPEAKS_S = 2.0
_AUTHORISED = {"Authorization": f"Bearer {API_KEY}"}


@dataclass(frozen=True, slots=True)
class Reading:
    at_s: float
    memory_mb: float
    descriptors: int
    threads: int
    calls: float
    kept: float
    """Places of candidates who may come back."""


async def read(server: Server, http: aiohttp.ClientSession, began_s: float) -> Reading:
    pid = server.tree.pid
    metrics = await server.metrics(http)
    return Reading(
        at_s=time.monotonic() - began_s,
        memory_mb=server.tree.memory_mb(),
        descriptors=entries(f"/proc/{pid}/fd"),
        threads=entries(f"/proc/{pid}/task"),
        calls=metrics.get("media_server_live_calls", 0.0),
        kept=metrics.get("media_server_places_kept", 0.0),
    )


def entries(folder: str) -> int:
    return len(list(Path(folder).iterdir()))


class Soak:
    """Visits at one server; `kinds` counts how they ended."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self._server, self._http = server, http
        speech, tone = frames_of_speech()
        self._parts = (RTCCertificate.generateCertificate(), speech, tone)
        self.people = People()
        self.kinds = {"left": 0, "came back": 0, "vanished": 0, "failed": 0}
        self.failures: Counter[str] = Counter()

    async def visit(self, number: int) -> None:
        kind = ("left", "came back", "vanished")[number % 3]
        interview = ""
        try:
            interview, link = await self._create()
            person = await self._enter(link)
            await asyncio.sleep(_SPEAKS_S)
            if kind == "came back":
                await self._lose(person)
                person = await self._enter(link)
                await asyncio.sleep(_SPEAKS_S / 2)
            if kind == "vanished":
                await self._lose(person)
            else:
                self._take_out(person)
                await person.close()
            self.kinds[kind] += 1
        except (OSError, RuntimeError, TimeoutError, aiohttp.ClientError) as error:
            self.kinds["failed"] += 1
            self.failures[f"{type(error).__name__} {error}"] += 1
        finally:
            if interview:
                await self._cancel(interview)

    async def _create(self) -> tuple[str, str]:
        body = {
            "greeting": "Hello.",
            "consent": {"required": False},
            "questions": [QUESTION] * 3,
        }
        url = f"{self._server.url}/v1/interviews"
        async with self._http.post(url, json=body, headers=_AUTHORISED) as response:
            if response.status != 201:
                raise RuntimeError(f"refused: {response.status}")
            made = await response.json()
        return made["id"], made["join_url"].rpartition("/")[2]

    async def _enter(self, link: str) -> Person:
        person, _ = await arrive(self._parts, self._server.url, self._http, link)
        self.people.present.append(person)
        async with asyncio.timeout(30):
            await person.welcomed.wait()
        return person

    async def _lose(self, person: Person) -> None:
        """Its line is cut; what our side has of it is tidied up."""
        self._take_out(person)
        person.vanish()
        await person.close()

    def _take_out(self, person: Person) -> None:
        if person in self.people.present:
            self.people.present.remove(person)

    async def _cancel(self, interview: str) -> None:
        url = f"{self._server.url}/v1/interviews/{interview}/cancel"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self._http.post(url, headers=_AUTHORISED) as response:
                await response.read()


async def soak(
    server: Server, http: aiohttp.ClientSession, visits: int, seconds: float, at_once: int = AT_ONCE
) -> tuple[list[Reading], Soak]:
    """Readings, the first after one visit and the last when everybody is gone, and how the
    visits ended. They are spread over `seconds`, or as fast as they go with 0."""
    began_s = time.monotonic()
    run = Soak(server, http)
    sending = asyncio.create_task(run.people.send())
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        due_s = began_s + number * seconds / visits
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        async with gate:
            await run.visit(number)

    # one visit first: what is loaded at first use belongs to the baseline
    await run.visit(0)
    await gone(server, http)
    readings = [await read(server, http, began_s)]
    everybody = [asyncio.create_task(one(number)) for number in range(1, visits)]
    while any(not task.done() for task in everybody):
        await asyncio.wait(everybody, timeout=READ_EVERY_S)
        readings.append(await read(server, http, began_s))
    await asyncio.gather(*everybody)
    await gone(server, http)
    readings.append(await read(server, http, began_s))
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    return readings, run


async def gone(server: Server, http: aiohttp.ClientSession) -> None:
    """Until the server has noticed that nobody is there, also of those who vanished."""
    end_s = time.monotonic() + 3 * LOST_S
    while time.monotonic() < end_s:
        metrics = await server.metrics(http)
        if not metrics.get("media_server_live_calls") and not metrics.get(
            "media_server_places_kept"
        ):
            break
        await asyncio.sleep(0.2)
    await asyncio.sleep(1.0)


def slope_mb_per_h(readings: Sequence[Reading]) -> float:
    """Of the second half, by least squares; 0.0 of fewer than three."""
    half = [(one.at_s / 3600, one.memory_mb) for one in readings[len(readings) // 2 :]]
    if len(half) < 3:
        return 0.0
    middle_h = sum(at for at, _ in half) / len(half)
    middle_mb = sum(mb for _, mb in half) / len(half)
    spread = sum((at - middle_h) ** 2 for at, _ in half)
    return sum((at - middle_h) * (mb - middle_mb) for at, mb in half) / spread


async def measure(visits: int, minutes: float) -> dict[str, Any]:
    directory = Path(tempfile.mkdtemp(prefix="bench-soak-"))
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # see `reconnect_storm.crowd`
    try:
        server = Server(directory, 50, "", sys.executable)
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout) as http, server:
            await server.ready(http)
            readings, run = await soak(server, http, visits, minutes * 60)
        first, last = readings[0], readings[-1]
        return {
            "visits": visits,
            "minutes": last.at_s / 60,
            "kinds": run.kinds,
            "failures": dict(run.failures.most_common(5)),
            "memory_slope_mb_per_h": slope_mb_per_h(readings),
            "first": asdict(first),
            "last": asdict(last),
            "most_memory_mb": max(one.memory_mb for one in readings),
            "readings": [[round(one.at_s), round(one.memory_mb, 1)] for one in readings],
        }
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visits", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments.visits, arguments.minutes))
    found["conditions"] = conditions()
    text = json.dumps(found, indent=2)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
