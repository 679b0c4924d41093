"""Candidates join, leave, come back and vanish, many times: nothing is left of them.

The short form of `benchmarks/soak.py`: bounded by its visits, and judged by counts alone.
"""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

from aiortc import RTCCertificate

from benchmarks.reconnect_storm import Person
from benchmarks.soak import Reading, entries, slope_mb_per_h
from tests.signaling.test_admission import API, SPEC, Client, served, service_of
from tests.support.waiting import until

KINDS, EACH = 3, 2
"""Of each way to end so many: what each one leaves behind is more than one too many."""
SILENCE = [b"\xf8\xff\xfe"]
"""20 ms of Opus (RFC 6716)."""
PACKETS = 10


async def visit(client: Client, number: int, certificate: RTCCertificate) -> None:
    """One interview, which ends in one of three ways and is then cancelled."""
    url = str(client.make_url("/")).rstrip("/")
    async with client.post("/v1/interviews", json=SPEC, headers=API) as response:
        made = await response.json()
    link = made["join_url"].rpartition("/")[2]
    for last in (False, True) if number % 3 == 1 else (True,):
        person = Person((certificate, SILENCE, SILENCE))
        try:
            await person.come(url, client.session, link)
            await person.welcomed.wait()
            for _ in range(PACKETS):
                person.send_next()
            if not last or number % 3 == 2:
                person.vanish()  # a line that is cut, or a candidate whose machine was killed
        finally:
            await person.close()
    async with client.post(f"/v1/interviews/{made['id']}/cancel", headers=API) as response:
        assert response.status < 300, await response.text()


async def visits(client: Client, count: int, certificate: RTCCertificate) -> None:
    """As many at once as there are ways to end: pools of threads and connections stay as they are
    from the first time on."""
    gate = asyncio.Semaphore(KINDS)

    async def one(number: int) -> None:
        async with gate:
            await visit(client, number, certificate)

    await asyncio.gather(*(one(number) for number in range(count)))
    await until(lambda: nobody_in(client))


def nobody_in(client: Client) -> bool:
    service = service_of(client)
    return not service.live_calls() and not service.sessions()


def tasks() -> int:
    return len(asyncio.all_tasks())


def descriptors() -> int:
    gc.collect()
    return entries("/proc/self/fd")


async def test_nothing_is_left_of_a_visit(tmp_path: Path) -> None:
    certificate = RTCCertificate.generateCertificate()
    async with served(tmp_path, IDLE_SESSION_S="1", SWEEP_S="1") as client:
        await visits(client, KINDS, certificate)
        tasks_before, descriptors_before = tasks(), descriptors()
        await visits(client, KINDS * EACH, certificate)
        # what ends in a moment may take one
        await until(lambda: tasks() <= tasks_before + 1, "tasks are left of the visits")
        await until(lambda: descriptors() <= descriptors_before + 1, "descriptors are left")


def test_the_slope_is_of_the_second_half() -> None:
    readings = [
        Reading(at_s=60.0 * n, memory_mb=0.0, descriptors=9, threads=9, calls=0.0, kept=0.0,
                own_mb={"server": 60.0 + n if n < 10 else 70.0, "voice": 40.0})
        for n in range(21)
    ]  # fmt: skip
    assert abs(slope_mb_per_h(readings)) < 1e-6
    assert abs(slope_mb_per_h(readings[:10]) - 60.0) < 1e-6
