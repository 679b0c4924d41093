"""Nothing grows: candidates join, leave and vanish for a long time, and the server is as before.

    python -m benchmarks.soak --minutes 30 --visits 500 --json soak.json

A real `serve` (SQLite, the configured voice, a recogniser at no cost). Each visit is a new
interview: a candidate joins, is asked, talks, and then leaves, comes back after a lost line and
leaves, or vanishes without a goodbye; in turns. Every interview is cancelled in the end. What is
read is the memory of the server's processes (proportional set size), the descriptors and threads of
the serving process, its calls and places, and its objects by type (`benchmarks.census`).

The slope of the memory is a line through the second half of the readings, by least squares; the
beginning fills caches. `margin` is half of its 95 % interval, from means of minutes, since readings
of the same minute tell the same: a slope within its margin is no growth that was shown. It is of
the memory that no file is behind (`own_mb`), for each kind of process and for all. The whole set
size is no measure of growth: pages of a library count less the more programs have them open.
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
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import RTCCertificate

from benchmarks.calls import API_KEY, Server
from benchmarks.census import TASK, per_visit
from benchmarks.process_tree import conditions
from benchmarks.reconnect_storm import People, Person, arrive
from media_server.tools.bench_talk import frames_of_speech

QUESTION = "What did you do today?"
AT_ONCE = 4
READ_EVERY_S = 5.0
LOST_S = 20.0
"""After so long a call whose line is lost has been closed, at the latest."""
_SPEAKS_S = 2.0
_COUNT_EVERY_S = 20.0
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
    own_mb: dict[str, float] = field(default_factory=dict)
    """By kind of process, without what files are behind."""


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
        own_mb=server.tree.own_memory_mb(),
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
    half = readings[len(readings) // 2 :]
    return line([(one.at_s / 3600, sum(one.own_mb.values())) for one in half])[0]


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """(slope, half of its 95 % interval) of the least squares' line; (0.0, inf) of fewer than
    three points."""
    if len(points) < 3:
        return 0.0, float("inf")
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in points) / spread
    off = sum((y - middle_y - slope * (x - middle_x)) ** 2 for x, y in points)
    free = len(points) - 2
    student = 1.96 + 2.37 / free + 2.8 / free**2  # its 97.5th percentile, to 4 %
    return slope, student * (off / free / spread) ** 0.5


def growth(readings: Sequence[Reading], name: str = "") -> dict[str, float]:
    """MB an hour of the second half, of one kind of process or of all, with its margin."""
    half = readings[len(readings) // 2 :]
    minutes: dict[int, list[tuple[float, float]]] = {}
    for one in half:
        mb = one.own_mb.get(name, 0.0) if name else sum(one.own_mb.values())
        minutes.setdefault(int(one.at_s // 60), []).append((one.at_s / 3600, mb))
    means = [
        (sum(at for at, _ in found) / len(found), sum(mb for _, mb in found) / len(found))
        for found in minutes.values()
    ]
    slope, margin = line(means)
    return {"mb_per_h": slope, "margin": margin, "from_mb": means[0][1], "to_mb": means[-1][1]}


class Census:
    """What `benchmarks.census` writes beside a server."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "census.jsonl"

    @property
    def program(self) -> tuple[str, ...]:
        return ("-m", "benchmarks.census", str(self._file), str(_COUNT_EVERY_S), "serve")

    def lines(self) -> list[dict[str, Any]]:
        if not self._file.exists():
            return []
        return [json.loads(text) for text in self._file.read_text().splitlines()]

    async def next(self, *, collect: bool) -> dict[str, Any]:
        """The first whole count that begins from now on. `collect`: without garbage."""
        had = len(self.lines())
        if collect:
            self._file.with_name(self._file.name + ".collect").touch()
        async with asyncio.timeout(10 * _COUNT_EVERY_S):
            while len(self.lines()) < had + 2:
                await asyncio.sleep(1.0)
        return self.lines()[had if self.lines()[had]["collected"] else -1]


async def measure(visits: int, minutes: float) -> dict[str, Any]:
    directory = Path(tempfile.mkdtemp(prefix="bench-soak-"))
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # see `reconnect_storm.crowd`
    try:
        census = Census(directory)
        server = Server(directory, 50, "", sys.executable, program=census.program)
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout) as http, server:
            await server.ready(http)
            readings, run = await soak(server, http, visits, minutes * 60)
            counted = census.lines()
            with_garbage = await census.next(collect=False)
            at_rest = await census.next(collect=True)
        first, last = readings[0], readings[-1]
        kinds = sorted({name for one in readings for name in one.own_mb})
        settled = counted[len(counted) // 4]  # whatever is made once, has been
        between = max(1, round(visits * (at_rest["at_s"] - settled["at_s"]) / last.at_s))
        counts = (settled, with_garbage, at_rest)
        return {
            "visits": visits,
            "minutes": last.at_s / 60,
            "kinds": run.kinds,
            "failures": dict(run.failures.most_common(5)),
            "growth": {"all": growth(readings)} | {name: growth(readings, name) for name in kinds},
            "first": asdict(first),
            "last": asdict(last),
            "most_memory_mb": max(one.memory_mb for one in readings),
            # after a quarter of the time; at the end; and there without garbage in cycles
            "tasks": [one["objects"].get(TASK, 0) for one in counts],
            "blocks": [one["blocks"] for one in counts],
            "malloc_mb": [one["malloc_mb"] for one in counts],
            "collections": [one["collections"] for one in counts],
            "objects_left_per_visit": per_visit(settled["objects"], at_rest["objects"], between),
            "readings": [
                [round(one.at_s), round(one.memory_mb, 1), round(one.own_mb.get("server", 0.0), 1)]
                for one in readings
            ],
            "census": [
                [round(c["at_s"]), c["objects"].get(TASK, 0), c["blocks"], c["malloc_mb"]]
                for c in counted
            ],
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
