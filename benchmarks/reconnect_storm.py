"""A reconnect storm: many lose their line at once and come back at once, while others listen.

    python -m benchmarks.reconnect_storm --live 40 --storm 100 --json storm.json

A real `serve` (SQLite, a recogniser at no cost). `--live` candidates are being told a long
question; how late each frame of it arrives is measured by its RTP timestamp, before the storm and
during it. `--storm` candidates have been asked when all vanish without a goodbye and come
back in the same instant, as after the restart of a proxy: link, call, data channel, welcome. They
run in a process of their own, with a low priority, since in service their browsers' work is done
elsewhere. Afterwards the log of every interview is read: no round twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import RTCCertificate

from benchmarks.calls import API_KEY, Server
from benchmarks.candidate import Candidate, opus_of_speech
from benchmarks.lateness import Lateness
from benchmarks.process_tree import conditions
from media_server.store.settings import SQLITE_NAME
from media_server.tools.light_client import PACKETS_PER_S

LONG_QUESTION = "Please listen to all of this before you answer, and take your time. " * 20
QUESTION = "Tell me about a time when you learned something new."
STALL = re.compile(r"held for (\d+) ms, (\d+) ms of it computing: ([^\"]+)")
AT_ONCE = 4
TRIES = 60
CONNECTS = 4
READY_S = 180.0
BACK_S = 60.0
GROUPS = 10


class Person(Candidate):
    """A candidate who can come back: `come` with another Person of the same link."""

    def __init__(self, parts: Any, *, ready: bool = True) -> None:
        super().__init__(*parts)
        self._ready = ready
        self.welcomed = asyncio.Event()
        self.phases_s: dict[str, float] = {}
        """Since it began to join, until each step was done."""
        self.lateness_s: list[float] = []
        self.listens = False  # whether lateness is noted
        self._lateness = Lateness()

    async def come(self, url: str, http: aiohttp.ClientSession, link: str) -> int:
        """Join and connect. The number of refusals that said to try again."""
        for attempt in range(TRIES):
            began_s = time.perf_counter()
            async with http.post(f"{url}/v1/join", json={"link": link}) as response:
                joined = await response.json()
            if response.status == 200:
                self.phases_s["join"] = time.perf_counter() - began_s
                headers = {
                    "Authorization": f"Bearer {joined['token']}",
                    "Content-Type": "application/sdp",
                }
                whip = f"{url}/whip/{joined['interview']}"
                async with http.post(whip, data=self.offer(), headers=headers) as response:
                    answer = await response.text()
                if response.status == 201:
                    self.phases_s["answer"] = time.perf_counter() - began_s
                    self._dtls.on("statechange", partial(self._note_dtls, began_s))
                    await self.connect(answer)
                    self.phases_s["channel"] = time.perf_counter() - began_s
                    self._start()
                    return attempt
            if response.status not in (429, 503):
                raise RuntimeError(f"refused: {response.status}")
            await asyncio.sleep(float(response.headers.get("Retry-After", 1)))
        raise RuntimeError("refused for too long")

    def _note_dtls(self, began_s: float) -> None:
        """Connecting: the path is proven. Connected: the handshake is over."""
        if self._dtls.state in ("connecting", "connected"):
            name = "path" if self._dtls.state == "connecting" else "handshake"
            self.phases_s[name] = time.perf_counter() - began_s

    def _start(self) -> None:
        assert self.channel is not None
        self.channel.on("message", self._on_message)
        self._tell({"type": "hello", "last_seq": 0, "client": "storm/1"})
        if self._ready:
            self._tell({"type": "ready"})
        self._ping()

    def press_start(self) -> None:
        self._tell({"type": "ready"})

    def vanish(self) -> None:
        """Not a packet leaves any more."""
        for timer in (self._pings, self._acks):
            if timer is not None:
                timer.cancel()
        udp, self._udp = self._udp, None
        if udp is not None:
            udp.close()

    def _on_message(self, text: str) -> None:
        if '"welcome"' in text[:40]:
            self.welcomed.set()
        super()._on_message(text)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        before = self.packets_received
        super().datagram_received(data, addr)
        if self.packets_received != before:
            now_s = time.perf_counter()
            late_s = self._lateness.note(now_s, data)
            if self.listens:
                self.lateness_s.append(late_s)


class People:
    """All of one process: 50 packets a second of each."""

    def __init__(self) -> None:
        self.present: list[Person] = []
        self.late = 0

    async def send(self) -> None:
        loop = asyncio.get_running_loop()
        due_s, turn = loop.time(), 0
        while True:
            for person in self.present[turn % GROUPS :: GROUPS]:
                if person.channel is not None:
                    person.send_next()
            turn += 1
            due_s += 1 / PACKETS_PER_S / GROUPS
            behind_s = loop.time() - due_s
            if behind_s > 0.1:
                self.late += 1
                due_s = loop.time()
            await asyncio.sleep(max(0.0, -behind_s))


async def arrive(
    parts: Any, url: str, http: aiohttp.ClientSession, link: str, *, ready: bool = True
) -> tuple[Person, int]:
    """Connected, and how many tries were refused or came to nothing: a page tries again, too."""
    tries = 0
    while True:
        person = Person(parts, ready=ready)
        try:
            return person, tries + await person.come(url, http, link)
        except (TimeoutError, ConnectionError):
            await person.close()
            tries += 1
            if tries == CONNECTS:
                raise


async def create(url: str, http: aiohttp.ClientSession, question: str) -> tuple[str, str]:
    """(interview, link)"""
    body = {
        "greeting": "Hello.",
        "consent": {"required": False},
        "questions": [question, *[QUESTION] * 29],
        "turn": {"silence_ms": 1000, "min_turn_ms": 500},
    }
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with http.post(f"{url}/v1/interviews", json=body, headers=headers) as response:
        assert response.status == 201, await response.text()
        made = await response.json()
    return made["id"], made["join_url"].rpartition("/")[2]


async def crowd(pipe: Connection, url: str, count: int, nice: int) -> None:
    """Those who come back, in their own process. Over 50 lines on purpose: their way, in order."""
    os.nice(nice)
    # what was on its way when a line was cut has nowhere to go: aiortc says so for each packet
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    answer, tone = opus_of_speech()
    parts = (RTCCertificate.generateCertificate(), answer, tone)
    people = People()
    loop = asyncio.get_running_loop()
    timeout = aiohttp.ClientTimeout(total=BACK_S)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        sending = asyncio.create_task(people.send())
        links = [(await create(url, http, QUESTION))[1] for _ in range(count)]
        gate = asyncio.Semaphore(AT_ONCE)

        async def enter(link: str) -> None:
            async with gate:
                person, _ = await arrive(parts, url, http, link)
                people.present.append(person)

        await asyncio.gather(*(enter(link) for link in links))
        while any(person.questions < 1 for person in people.present):
            await asyncio.sleep(0.2)
        pipe.send("ready")
        await loop.run_in_executor(None, pipe.recv)
        for person in people.present:
            person.vanish()
        gone, people.present = people.present, []
        cpu_s, began_s = time.process_time(), time.perf_counter()
        took_s: list[float] = []
        phases: list[dict[str, float]] = []
        refusals = 0

        async def back(link: str) -> None:
            nonlocal refusals
            person, tries = await arrive(parts, url, http, link)
            refusals += tries
            people.present.append(person)
            async with asyncio.timeout(BACK_S):
                await person.welcomed.wait()
            took_s.append(time.perf_counter() - began_s)
            phases.append(person.phases_s)

        done = await asyncio.gather(*(back(link) for link in links), return_exceptions=True)
        failures = [repr(one) for one in done if isinstance(one, BaseException)]
        cpu_s = time.process_time() - cpu_s
        pipe.send((took_s, phases, refusals, failures, cpu_s))
        await loop.run_in_executor(None, pipe.recv)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await asyncio.gather(
            *(person.close() for person in (*gone, *people.present)), return_exceptions=True
        )


def crowd_process(pipe: Connection, url: str, count: int, nice: int) -> None:
    asyncio.run(crowd(pipe, url, count, nice))


async def measure(live: int, storm: int, calm_s: float, nice: int) -> dict[str, Any]:
    """Over 50 lines on purpose: one storm from its beginning to its end."""
    directory = Path(tempfile.mkdtemp(prefix="bench-storm-"))
    ours, theirs = multiprocessing.Pipe()
    loop = asyncio.get_running_loop()
    _, tone = opus_of_speech()
    parts = (RTCCertificate.generateCertificate(), tone, tone)
    process = None
    try:
        server = Server(directory, live + 2 * storm, "", sys.executable)
        async with aiohttp.ClientSession() as http, server:
            await server.ready(http)
            process = multiprocessing.get_context("spawn").Process(
                target=crowd_process, args=(theirs, server.url, storm, nice)
            )
            process.start()
            people = People()
            sending = asyncio.create_task(people.send())
            for _ in range(live):
                _, link = await create(server.url, http, LONG_QUESTION)
                person, _ = await arrive(parts, server.url, http, link, ready=False)
                people.present.append(person)
            async with asyncio.timeout(READY_S):
                await loop.run_in_executor(None, ours.recv)
            for person in people.present:
                person.press_start()
            await asyncio.sleep(6)  # the greeting, and the question has begun
            before = await heard(people, calm_s)
            tree_s = server.tree.cpu_s()
            metrics = await server.metrics(http)
            ours.send("storm")
            for person in people.present:
                person.lateness_s.clear()
                person.listens = True
            took_s, phases, refusals, failures, load_s = await loop.run_in_executor(None, ours.recv)
            during = lateness(people)
            tree_s = server.tree.cpu_s() - tree_s
            stalls = (await server.metrics(http)).get("media_server_loop_stalls_total", 0)
            stalls -= metrics.get("media_server_loop_stalls_total", 0)
            ours.send("end")
            await loop.run_in_executor(None, process.join, 30)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await asyncio.gather(*(p.close() for p in people.present), return_exceptions=True)
        took_s.sort()
        return {
            "live": live,
            "storm": storm,
            "back": len(took_s),
            "failures": failures[:5],
            "tried_again": refusals,
            "back_p50_s": quantile(took_s, 0.5),
            "back_p99_s": quantile(took_s, 0.99),
            "phases_p50_s": {
                name: quantile(sorted(phase[name] for phase in phases), 0.5)
                for name in ("join", "answer", "path", "handshake", "channel")
            },
            "lateness_before_ms": before,
            "lateness_during_ms": during,
            "server_cpu_s": tree_s,
            "server_cpu_per_return_ms": tree_s / storm * 1000,
            "load_cpu_s": load_s,
            "loop_stalls": stalls,
            "held_by": held_by(server.log),
            "rounds_twice": rounds_twice(directory / "data"),
            "listeners_late": people.late,
        }
    finally:
        if process is not None and process.is_alive():
            process.terminate()
        shutil.rmtree(directory, ignore_errors=True)


async def heard(people: People, seconds: float) -> dict[str, float]:
    for person in people.present:
        person.listens = True
    await asyncio.sleep(seconds)
    found = lateness(people)
    for person in people.present:
        person.listens = False
    return found


def lateness(people: People) -> dict[str, float]:
    """Of all frames that were heard, in ms."""
    found = sorted(late for person in people.present for late in person.lateness_s)
    return {
        "frames": len(found),
        "p50": quantile(found, 0.5) * 1000,
        "p99": quantile(found, 0.99) * 1000,
        "worst": quantile(found, 1.0) * 1000,
    }


def quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def held_by(log: Path) -> dict[str, dict[str, int]]:
    """Milliseconds for which the loop did not come, and those that it computed meanwhile, by the
    innermost three places of the stack. Far less computed than held: the machine did not let it
    run, or it waited for a lock or a disk."""
    found: dict[str, Counter[str]] = {}
    for line in log.read_text(errors="replace").splitlines():
        match = STALL.search(line)
        if match is not None:
            place = found.setdefault(" < ".join(match[3].split(" < ")[:3]), Counter())
            place["held"] += int(match[1])
            place["computing"] += int(match[2])
    worst = sorted(found.items(), key=lambda item: -item[1]["held"])
    return {place: dict(times) for place, times in worst[:8]}


def rounds_twice(data_dir: Path) -> int:
    """Rounds that a log has more than once, or left out."""
    with sqlite3.connect(f"file:{data_dir / SQLITE_NAME}?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT interview_id, data FROM entry WHERE type = 'round_advanced' ORDER BY seq"
        ).fetchall()
    rounds: dict[str, list[int]] = {}
    for interview, data in rows:
        rounds.setdefault(interview, []).append(json.loads(data)["round"])
    assert rounds, "nobody was asked anything"
    return sum(found != list(range(len(found))) for found in rounds.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--live", type=int, default=40)
    parser.add_argument("--storm", type=int, default=100)
    parser.add_argument("--calm", type=float, default=8.0, help="seconds to listen before it")
    parser.add_argument(
        "--nice", type=int, default=5, help="of those who come back; 0 where others use the machine"
    )
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments.live, arguments.storm, arguments.calm, arguments.nice))
    found["conditions"] = conditions()
    text = json.dumps(found, indent=2)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
