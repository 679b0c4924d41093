"""kill -9 between events and their delivery: what must come out of it, however often it is done.

Used by a short test and by `benchmarks/webhooks.py`, which does it at every point with 500 events.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from media_server.ports import Appended, EventLog, LogEntry, NewEntry
from media_server.webhooks.events import delivery_id, public_events, transcript_ready
from tests.webhooks.receiver import Receiver, receiving

IN_APPEND = 3
"""Answers in one append."""


@dataclass
class Told:
    """What was appended: the ids that must arrive, by interview, in order."""

    ids: dict[str, list[str]] = field(default_factory=dict)

    @property
    def events(self) -> int:
        return sum(len(ids) for ids in self.ids.values())


async def tell(log: EventLog, name: str, interviews: int, answers: int) -> Told:
    """Interviews that begin, record answers, and end: `answers` + 3 events each."""
    told = Told()
    for number in range(interviews):
        interview_id = f"{name}-{number}"
        await log.create(
            interview_id, spec={}, entries=[NewEntry("created", {"expires_s": 9e9})],
            status="created", now_s=1.0,
        )  # fmt: skip
        entries = [NewEntry("started", {"reason": "r"})]
        for n in range(answers):
            about = {"prompt_id": f"q{n}", "round": n, "status": "answered", "reason": "r"}
            entries.append(NewEntry("answer_closed", about))
        entries.append(NewEntry("ended", {"status": "completed", "reason": "r"}))
        ids, version = [], 1
        for first in range(0, len(entries), IN_APPEND):
            part = entries[first : first + IN_APPEND]
            last = first + IN_APPEND >= len(entries)
            done = await log.append(
                interview_id, expected_version=version, lease_epoch=0,
                operation_id=f"op{first}", entries=part,
                status="completed" if last else "listening", now_s=2.0,
            )  # fmt: skip
            assert isinstance(done, Appended)
            version += len(part)
            ids += [_id(interview_id, entry) for entry in done.entries]
        ready = transcript_ready(interview_id, at_s=0.0, status="completed")
        told.ids[interview_id] = [*ids, delivery_id(ready, "e1")]
    return told


def _id(interview_id: str, entry: LogEntry) -> str:
    (event,) = public_events(interview_id, entry)
    return delivery_id(event, "e1")


@dataclass
class Outcome:
    events: int
    lost: int
    repeated: int
    """Deliveries beyond the first of an event, all with its id and its body."""
    out_of_order: int
    killed: int


async def deliver_with_kills(
    store_url: str, log: EventLog, name: str, points: list[str], *, interviews: int, answers: int
) -> Outcome:
    """Each point kills a server in its turn; the last one is left alone and brings the rest."""
    told = await tell(log, name, interviews, answers)
    rng = random.Random(name)
    killed = 0
    async with receiving() as receiver:
        wanted = {id_ for ids in told.ids.values() for id_ in ids}
        for point in [*points, "never"]:
            times = rng.randint(1, 8)
            server = await start(store_url, receiver.url, point, times)
            arm(receiver, server, point, times)
            await _wait(server, lambda: wanted <= receiver.bodies.keys(), point == "never")
            killed += server.returncode == -signal.SIGKILL and point != "never"
            receiver.behaves = receiver.sees_head = None
            await stop(server)
        return _outcome(told, receiver, killed)


async def _wait(server: Process, complete: Any, last: bool) -> None:
    async with asyncio.timeout(120):
        while server.returncode is None and not complete():
            await asyncio.sleep(0.01)
        if last:
            assert server.returncode is None, "the one that is left alone died"
            await asyncio.sleep(0.3)  # what comes twice now would be seen


def arm(receiver: Receiver, server: Process, point: str, times: int) -> None:
    """For a death that the receiver sees: after so many deliveries it kills its sender."""
    left = [times]

    def now() -> bool:
        left[0] -= 1
        return left[0] == 0

    async def at_head() -> None:
        if now():
            _kill(server)
            await server.wait()

    async def at_body(request: web.Request) -> web.StreamResponse:
        response = web.Response(status=204)
        if now():
            if point == "receiver has answered":
                await response.prepare(request)
                await response.write_eof()
            _kill(server)
            await server.wait()
        return response

    if point == "receiver has the head":
        receiver.sees_head = at_head
    elif point.startswith("receiver"):
        receiver.behaves = at_body
    elif point == "any moment":
        asyncio.get_running_loop().call_later(0.05 * times, _kill, server)


def _kill(server: Process) -> None:
    if server.returncode is None:
        os.kill(server.pid, signal.SIGKILL)


async def start(store_url: str, url: str, point: str, times: int) -> Process:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.webhooks.deliverer", store_url, url, point, str(times),
        stdout=PIPE, stderr=DEVNULL,
    )  # fmt: skip
    assert server.stdout is not None
    await server.stdout.readline()
    return server


async def stop(server: Process) -> None:
    if server.returncode is None:
        server.kill()
    await server.communicate()


def _outcome(told: Told, receiver: Receiver, killed: int) -> Outcome:
    assert all(len(bodies) == 1 for bodies in receiver.bodies.values()), "one id, two bodies"
    wanted = {id_ for ids in told.ids.values() for id_ in ids}
    counts = Counter(id_ for id_, _ in receiver.got)
    assert counts.keys() <= wanted, "an id that no event has"
    out_of_order = 0
    for interview_id, ids in told.ids.items():
        place = {id_: n for n, id_ in enumerate(ids)}
        came = [place[id_] for id_, body in receiver.got if _of(body) == interview_id]
        out_of_order += came != sorted(came)
    return Outcome(
        events=told.events,
        lost=len(wanted - counts.keys()),
        repeated=sum(counts.values()) - len(counts),
        out_of_order=out_of_order,
        killed=killed,
    )


def _of(body: dict[str, Any]) -> str:
    return str(body["data"]["interview"])
