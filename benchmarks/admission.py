"""Admission at a real server: is it exact, how soon is who lost the line back, what do links cost?

    python -m benchmarks.admission --races 20 --offers 50 --places 10 --json admission.json

Starts a server of its own on loopback (SQLite, scripted recogniser) and asks it over HTTP. Three
figures: how many of the offers of each race were let in (exact: as many as there are places); the
time from a lost line to a connected call at a full server, while newcomers ask all the time; and
how long opening links takes, and how many are refused.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.signaling.test_admission import Client, call, hang_up, join, offer, served, service_of


async def races(data_dir: Path, count: int, offers: int, places: int) -> list[int]:
    async with served(data_dir, MAX_LIVE=str(places)) as client:
        candidates = [await join(client) for _ in range(offers)]
        found = []
        for _ in range(count):
            answers = await asyncio.gather(*(offer(client, joined) for joined in candidates))
            let_in = [
                (joined, headers)
                for joined, (status, _, headers) in zip(candidates, answers, strict=True)
                if status == 201
            ]
            found.append(len(let_in))
            await asyncio.gather(*(hang_up(client, *one) for one in let_in))
        return found


async def returns(data_dir: Path, count: int) -> list[float]:
    async with served(data_dir, MAX_LIVE="2") as client:
        talker, other = await join(client), await join(client)
        neighbour, talking = await call(client, other), await call(client, talker)
        for candidate in (talking, neighbour):
            candidate.send({"type": "ready"})
        await _listening(client)
        newcomers = [await join(client) for _ in range(3)]

        async def compete() -> None:
            while True:
                for joined in newcomers:
                    await offer(client, joined)
                await asyncio.sleep(0.05)

        crowd = asyncio.create_task(compete())
        found = []
        for _ in range(count):
            await talking.vanish()
            lost_s = time.perf_counter()
            talking = await call(client, talker)
            found.append(time.perf_counter() - lost_s)
            await asyncio.sleep(0.5)
        crowd.cancel()
        await asyncio.gather(crowd, return_exceptions=True)
        for candidate in (talking, neighbour):
            await candidate.leave()
        return found


async def _listening(client: Client) -> None:
    async with asyncio.timeout(20):
        while any(s.state.status.value != "listening" for s in service_of(client).sessions()):
            await asyncio.sleep(0.05)


async def links(data_dir: Path, count: int) -> dict[str, Any]:
    async with served(data_dir) as client:
        began_s = time.perf_counter()
        refused = 0
        for _ in range(count):
            try:
                await join(client)
            except AssertionError:
                refused += 1
        seconds = time.perf_counter() - began_s
        sessions = len(service_of(client).sessions())
        ready = (await (await client.get("/readyz")).json())["ready"]
    return {
        "opened": count,
        "refused": refused,
        "seconds": round(seconds, 1),
        "sessions_kept": sessions,
        "ready": ready,
    }


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        let_in = await races(root / "races", arguments.races, arguments.offers, arguments.places)
        back_s = sorted(await returns(root / "returns", arguments.returns))
        opened = await links(root / "links", arguments.links)
    return {
        "races": {"places": arguments.places, "offers": arguments.offers, "let_in": let_in},
        "exact": set(let_in) == {arguments.places},
        "return_s": {
            "median": round(statistics.median(back_s), 3),
            "worst": round(back_s[-1], 3),
            "count": len(back_s),
        },
        "links": opened,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--races", type=int, default=20)
    parser.add_argument("--offers", type=int, default=50)
    parser.add_argument("--places", type=int, default=10)
    parser.add_argument("--returns", type=int, default=20)
    parser.add_argument("--links", type=int, default=3000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments))
    text = json.dumps(found, indent=2)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
