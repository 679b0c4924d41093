"""The server that `media-server bench` measures, and those who talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from media_server.tools import bench_probe as probe
from media_server.tools import bench_ramp as ramp
from media_server.tools.own_server import START_S, OwnServer

WINDOW_S = 12.0
"""Of one step: long enough for a few segments of every candidate."""
SETTLE_S = 2.0
CALM_S = 30.0
"""How long an overload may take to pass before fewer candidates are measured."""
ANSWER_S = 90.0
CANDIDATES_PER_PROCESS = 4
"""Cores for one process of the load generator."""


class BenchFailed(Exception):
    """Nothing can be said; the text says why and what to do."""


@dataclass
class Bench:
    """One server and those who talk to it: `async with`."""

    server: OwnServer
    environ: dict[str, str]
    talking: int = 0
    _loads: list[asyncio.subprocess.Process] = field(default_factory=list)
    _voice_cpu_s: float = 0.0
    _bot_frames: int = 0

    async def __aenter__(self) -> Bench:
        self._accounts = probe.Accounts(self.server.pid)
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        for _ in range(max(1, int(probe.cores()) // CANDIDATES_PER_PROCESS)):
            self._loads.append(
                await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "media_server.tools.bench_talk",
                    self.server.url,
                    str(os.getpid()),
                    env=self.environ,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    process_group=0,  # Ctrl-C is ours: they end with their stdin
                )
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        for load in self._loads:
            if load.stdin is not None:
                load.stdin.close()
        for load in self._loads:
            try:
                async with asyncio.timeout(5):
                    await load.wait()
            except TimeoutError:
                load.kill()
                await load.wait()

    async def idle(self, machine: ramp.Machine) -> ramp.Machine:
        """The same machine, with what the server takes without a call."""
        await self._all_serve()
        await asyncio.sleep(SETTLE_S)
        _, _, rss_bytes = await asyncio.to_thread(self._accounts.read)
        return replace(machine, idle_rss_bytes=rss_bytes)

    async def _all_serve(self) -> None:
        """Until no worker is starting any more: a server is ready with its first one."""
        end_s = time.monotonic() + START_S
        while time.monotonic() < end_s:
            async with self._ask("/readyz") as response:
                said = await response.json()
            if not any("it is starting" in reason for reason in said.get("reasons", ())):
                return
            await asyncio.sleep(0.2)
        raise BenchFailed(
            f"not every worker was ready within {START_S:g} s: measure with fewer, such as "
            "`--workers 1`; `media-server doctor` says what this machine has"
        )

    async def talk(self, count: int) -> tuple[str, float]:
        """Until so many talk. (why the server refused one, share of the bot's frames late)"""
        share, rest = divmod(count, len(self._loads))
        orders = []
        now = [answer["talking"] for answer in await self._all({"do": "figures"})]
        for number, has in enumerate(now):
            more = share + (number < rest) - has
            orders.append({"do": "join" if more >= 0 else "leave", "count": abs(more)})
        answers = await self._each(orders)
        self.talking = sum(answer["talking"] for answer in answers)
        frames = sum(answer.get("bot_frames", 0) for answer in answers)
        late = sum(answer.get("bot_late", 0) for answer in answers)
        self._bot_frames += frames
        return next(filter(None, (a.get("refused") for a in answers)), ""), late / max(1, frames)

    async def step(self, count: int) -> ramp.Window:
        before = await self._read()
        refused, late_share = await self.talk(count)
        await asyncio.sleep(SETTLE_S)
        start = await self._read()
        self._voice_cpu_s += start.cpu_s["voice"] - before.cpu_s["voice"]
        await asyncio.sleep(WINDOW_S)
        after = await self._read()
        spoken_s = self._bot_frames / 50
        return probe.window(
            start, after, talking=max(1, self.talking), refused=refused, bot_late_share=late_share,
            voice_cpu_per_s=self._voice_cpu_s / spoken_s if spoken_s else 0.0,
        )  # fmt: skip

    async def calm(self) -> None:
        """Until nothing waits for a recogniser any more."""
        end_s = time.monotonic() + CALM_S
        while time.monotonic() < end_s:
            metrics = await self._metrics()
            if not metrics.get('media_server_stt_queue_depth{kind="final"}'):
                return
            await asyncio.sleep(0.5)

    async def _read(self) -> probe.Reading:
        workers = await self._metrics_by_worker()
        cpu_s, loop_cpu_s, rss_bytes = await asyncio.to_thread(self._accounts.read)
        loads = await self._all({"do": "figures"})
        return probe.Reading(
            time.monotonic(), cpu_s, loop_cpu_s, rss_bytes,
            metrics=probe.together(workers.values()),
            workers=workers,
            machine_cpu_s=probe.machine_cpu_s(),
            load_cpu_s=sum(load["cpu_s"] for load in loads),
            frames=sum(load["frames"] for load in loads),
            load_late=sum(load["late"] for load in loads),
        )  # fmt: skip

    async def _metrics(self) -> dict[str, float]:
        return probe.together((await self._metrics_by_worker()).values())

    async def _metrics_by_worker(self) -> dict[str, dict[str, float]]:
        async with self._ask("/metrics") as response:
            metrics = probe.parse_metrics(await response.text())
        return probe.by_worker(metrics) or {"": metrics}

    @contextlib.asynccontextmanager
    async def _ask(self, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with self._http.get(self.server.url + path) as response:
                yield response
        except (aiohttp.ClientError, TimeoutError) as error:
            name = type(error).__name__
            raise BenchFailed(
                f"the server that was measured answers no more ({name}): it ran out of memory, or "
                "was stopped. `media-server doctor` says what this machine has"
            ) from None

    async def _all(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        return await self._each([order] * len(self._loads))

    async def _each(self, orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return await asyncio.gather(
            *(_order(load, order) for load, order in zip(self._loads, orders, strict=True))
        )


async def _order(load: asyncio.subprocess.Process, order: dict[str, Any]) -> dict[str, Any]:
    assert load.stdin is not None  # noqa: S101  # asked for
    assert load.stdout is not None  # noqa: S101
    try:
        load.stdin.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(ANSWER_S):
            answer: dict[str, Any] = json.loads(await load.stdout.readline())
    except (TimeoutError, ValueError, OSError):
        raise BenchFailed(
            "the load generator does not answer: this machine is too busy to measure now"
        ) from None
    return answer
