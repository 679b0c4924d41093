"""What a second worker brings on the same machine: calls with 2 workers against calls with 1.

    python -m benchmarks.workers_scaling --runs 3 --json workers_scaling.json      # 35 minutes

The real `serve` with its supervisor, front and recogniser process, whole interviews as in
`benchmarks.calls`. Candidates join until something is late: the event loop of a worker (p99 over
`LAG_P99_MS`), a packet, or the load itself. A step that fails is measured once more; then the
number is looked for between what went and what did not. Configurations take turns (1, 2, 2, 1),
so that a host that gets slower does not decide.

**The load runs on the same cores**, and takes a quarter to a third of what it is served. So three
figures are given, and none of them is right by itself:

* `by_calls`: the calls that were carried, as they are. Two workers need the cores that the load
  has, so it is too low.
* `by_calls_load_subtracted`: where the machine was full (`FULL` of it in use at the last step that
  went), what the load took is given to the server at the price its calls had. One worker does not
  fill two cores, and gets nothing. Comparable with a machine whose candidates are elsewhere.
* `by_cpu`: the number of workers, times calls per core of CPU that the server's processes used, in
  relation to one worker's. What a second worker costs beside its calls (the front, the shared
  recognisers, two processes in one cache) is in it; that cores may wait is not. It is measured at
  the same number of calls per worker, which needs no limit to be reached.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import RTCCertificate
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.calls import API_KEY, QUESTION, QUESTIONS, Server
from benchmarks.candidate import ROUND_S, Candidate, Load, join, opus_of_speech
from benchmarks.process_tree import conditions
from media_server.tools.bench_probe import machine_cpu_s

LAG_P99_MS = 20.0
LOST_SHARE = 0.001
FULL = 0.9
"""Of the machine's cores, from where on they are what a call lacks."""
OTHERS = 0.1
"""Of the machine's cores, that other programs may use in a run that counts."""
SETTLE_S = ROUND_S + 3
"""Who joins presses Start within a round."""
JOINERS = 4
LOAD_NICE = -5
"""The load comes in time where the system allows it: what is late then is the server."""
LONGEST_S = (QUESTIONS - 4) * ROUND_S
"""Of one search: afterwards the first interviews end."""


@dataclass(frozen=True, slots=True)
class Step:
    """So many calls for `seconds`."""

    calls: int
    seconds: float
    server_cores: float
    """Of all processes of the server."""
    load_cores: float
    other_cores: float
    lag_p99_ms: float
    """Of the worker whose loop is the latest."""
    lost: int
    packets: int
    live: tuple[int, ...]
    """Calls of each worker."""
    load_late: int

    @property
    def why_not(self) -> str:
        """Empty: it went."""
        if self.load_late:
            return "the load was late"
        if sum(self.live) < self.calls:
            return "candidates are gone"
        if self.lost > LOST_SHARE * max(1, self.packets):
            return f"{self.lost} packets lost"
        if self.lag_p99_ms > LAG_P99_MS:
            return f"an event loop {self.lag_p99_ms:.0f} ms late"
        return ""

    @property
    def calls_per_core(self) -> float:
        return self.calls / max(1e-6, self.server_cores)

    def carries(self, cores: float) -> float:
        """With what the load took, where the machine was full."""
        if self.server_cores + self.load_cores < FULL * cores:
            return self.calls
        return self.calls * (self.server_cores + self.load_cores) / self.server_cores


def next_calls(steps: Sequence[tuple[int, bool]], start: int, most: int) -> int | None:
    """How many calls to try next. `steps`: (calls, whether it went). None: it is known to a tenth,
    or there are `most`."""
    good = max((calls for calls, went in steps if went), default=0)
    bad = min((calls for calls, went in steps if not went and calls > good), default=0)
    if not bad:
        return min(most, max(start, math.ceil(good * 1.25))) if good < most else None
    if bad - good <= max(1, good // 10):
        return None
    return (good + bad) // 2


class Metrics:
    """Of all workers, from one answer of the front's; one worker alone has no label."""

    def __init__(self, text: str) -> None:
        self._samples = [
            sample
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.labels.setdefault("worker", "1").isdecimal()
        ]

    def each(self, name: str) -> dict[str, float]:
        """By worker, summed over the other labels."""
        found: dict[str, float] = {}
        for sample in self._samples:
            if sample.name == name:
                worker = sample.labels["worker"]
                found[worker] = found.get(worker, 0.0) + sample.value
        return found

    def lag_counts(self) -> dict[str, dict[float, float]]:
        """By worker: how many looks at the loop were at most so late."""
        found: dict[str, dict[float, float]] = {}
        for sample in self._samples:
            if sample.name == "media_server_loop_lag_seconds_bucket":
                found.setdefault(sample.labels["worker"], {})[float(sample.labels["le"])] = (
                    sample.value
                )
        return found


def lag_p99_ms(before: Metrics, after: Metrics) -> float:
    """Of the latest worker: the upper bound of the bucket that has 99 % of its looks."""
    was, worst = before.lag_counts(), 0.0
    for worker, counts in after.lag_counts().items():
        added = sorted((le, n - was.get(worker, {}).get(le, 0.0)) for le, n in counts.items())
        wanted = 0.99 * added[-1][1]
        worst = max(worst, next(le for le, n in added if n >= wanted))
    return worst * 1000


class Crowd:
    """Candidates at one server, and their load."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self._server, self._http = server, http
        self._parts = (RTCCertificate.generateCertificate(), *opus_of_speech())
        self._all: list[Candidate] = []
        self.load: Load[Candidate] = Load()

    async def talk(self, calls: int) -> None:
        """Until so many are in a call. Raises RuntimeError, TimeoutError."""
        while len(self._all) > calls:
            await self._leave(self._all.pop())

        async def joiner() -> None:
            while len(self._all) < calls:
                candidate = Candidate(*self._parts)
                self._all.append(candidate)
                questions = [QUESTION] * QUESTIONS
                await join(self._server.url, API_KEY, self._http, questions, candidate)
                candidate.begin(ROUND_S)
                self.load.add(candidate)

        await asyncio.gather(*(joiner() for _ in range(JOINERS)))

    async def _leave(self, candidate: Candidate) -> None:
        for group in self.load.groups:
            if candidate in group:
                group.remove(candidate)
        await candidate.close()

    async def metrics(self) -> Metrics:
        async with self._http.get(f"{self._server.url}/metrics") as answer:
            text = await answer.text()
        return await asyncio.to_thread(Metrics, text)

    async def step(self, seconds: float) -> Step:
        sent = sum(candidate.packets_sent for candidate in self._all)
        before, late = await self.metrics(), self.load.late
        machine_s, own_s = machine_cpu_s(), time.process_time()
        cpu_s, began_s = self._server.tree.cpu_s(), time.monotonic()
        await asyncio.sleep(seconds)
        cpu_s, took_s = self._server.tree.cpu_s() - cpu_s, time.monotonic() - began_s
        machine_s, own_s = machine_cpu_s() - machine_s, time.process_time() - own_s
        late = self.load.late - late
        after = await self.metrics()
        lost = "media_server_media_packets_lost_total"
        live = after.each("media_server_live_calls")
        return Step(
            calls=len(self._all),
            seconds=took_s,
            server_cores=cpu_s / took_s,
            load_cores=own_s / took_s,
            other_cores=max(0.0, (machine_s - own_s - cpu_s) / took_s),
            lag_p99_ms=lag_p99_ms(before, after),
            lost=int(sum(after.each(lost).values()) - sum(before.each(lost).values())),
            packets=sum(candidate.packets_sent for candidate in self._all) - sent,
            live=tuple(int(live[worker]) for worker in sorted(live)),
            load_late=late,
        )

    async def close(self) -> None:
        await asyncio.gather(*(one.close() for one in self._all), return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Plan:
    start: int
    most: int
    seconds: float
    settle_s: float
    same: int
    """Calls of each worker at which CPU is compared."""


async def search(workers: int, plan: Plan) -> list[Step]:
    """All steps, the first with `same` calls for each worker."""
    directory = Path(tempfile.mkdtemp(prefix="bench-scaling-"))
    settings = {"MEDIA_SERVER_SUPERVISE": "on", "MEDIA_SERVER_WORKERS": str(workers)}
    try:
        server = Server(directory, plan.most, "", sys.executable, settings=settings)
        async with aiohttp.ClientSession() as http, server:
            await server.ready(http)
            await all_serve(server, http, workers)
            crowd = Crowd(server, http)
            sender = asyncio.create_task(crowd.load.run())
            try:
                with served_first():
                    steps = await climb(crowd, workers, plan)
            finally:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
                await crowd.close()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return steps


async def climb(crowd: Crowd, workers: int, plan: Plan) -> list[Step]:
    steps: list[Step] = []
    end_s = time.monotonic() + LONGEST_S
    wanted: int | None = plan.same * workers
    while wanted is not None and (not steps or time.monotonic() < end_s):
        steps.append(await tried(crowd, wanted, plan))
        tell(workers, steps[-1])
        known = [(step.calls, not step.why_not) for step in steps]
        wanted = next_calls(known, plan.start * workers, plan.most)
    return steps


@contextlib.contextmanager
def served_first() -> Iterator[None]:
    """This thread before the server's, which have been started, where the system allows it."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, before + LOAD_NICE)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, before)


async def tried(crowd: Crowd, calls: int, plan: Plan) -> Step:
    """The better of two where the first one fails: something else may have been in the way."""
    await crowd.talk(calls)
    await asyncio.sleep(plan.settle_s)
    step = await crowd.step(plan.seconds)
    if step.why_not:
        again = await crowd.step(plan.seconds)
        step = step if again.why_not else again
    return step


async def all_serve(server: Server, http: aiohttp.ClientSession, workers: int) -> None:
    """A server of several is ready with its first worker."""
    async with asyncio.timeout(60):
        while True:
            async with http.get(f"{server.url}/readyz") as answer:
                said = await answer.json()
            if workers == 1 or not any("it is starting" in why for why in said["reasons"]):
                return
            await asyncio.sleep(0.2)


def tell(workers: int, step: Step) -> None:
    print(
        f"{workers} workers, {step.calls} calls {step.live}: server {step.server_cores:.2f} cores, "
        f"load {step.load_cores:.2f}, others {step.other_cores:.2f}, loop p99 "
        f"{step.lag_p99_ms:.1f} ms: {step.why_not or 'ok'}",
        flush=True,
    )


def outcome(workers: int, steps: Sequence[Step], cores: float) -> dict[str, Any]:
    """Of one search."""
    went = [step for step in steps if not step.why_not]
    best = max(went, key=lambda step: step.calls, default=steps[0])
    failed = [step for step in steps if step.why_not and step.calls > best.calls]
    least = min(failed, key=lambda step: step.calls, default=None)
    return {
        "workers": workers,
        "calls": best.calls if went else 0,
        "carries": best.carries(cores) if went else 0.0,
        "limit": least.why_not if least else "not reached",
        "calls_per_core": best.calls_per_core,
        "same_calls_per_core": steps[0].calls_per_core,
        "valid": bool(went and least and least.why_not != "the load was late")
        and all(step.other_cores <= OTHERS * cores for step in (steps[0], best)),
        "steps": [asdict(step) | {"why_not": step.why_not} for step in steps],
    }


def comparison(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Medians of the runs that count (of all, where none does) of each number of workers, and what
    the highest has over the lowest."""
    rows: dict[int, dict[str, float]] = {}
    for workers in sorted({run["workers"] for run in runs}):
        every = [run for run in runs if run["workers"] == workers]
        valid = [run for run in every if run["valid"]]
        names = ("calls", "carries", "calls_per_core", "same_calls_per_core")
        rows[workers] = {
            name: statistics.median(run[name] for run in valid or every) for name in names
        } | {"runs": len(every), "valid_runs": len(valid)}
    found: dict[str, Any] = {"medians": {str(workers): row for workers, row in rows.items()}}
    few, many = rows[min(rows)], rows[max(rows)]
    if len(rows) > 1 and few["calls"]:
        found["by_calls"] = many["calls"] / few["calls"]
        found["by_calls_load_subtracted"] = many["carries"] / few["carries"]
        cost = many["same_calls_per_core"] / few["same_calls_per_core"]
        found["by_cpu"] = max(rows) / min(rows) * cost
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", default="1,2", help="two numbers (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="searches with each (%(default)s)")
    parser.add_argument("--start", type=int, default=60, help="calls of a worker (%(default)s)")
    parser.add_argument(
        "--same", type=int, default=40, help="calls of each worker to compare CPU at (%(default)s)"
    )
    parser.add_argument("--most", type=int, default=600, help="calls (%(default)s)")
    parser.add_argument("--seconds", type=float, default=ROUND_S, help="of a step (%(default)s)")
    parser.add_argument("--settle", type=float, default=SETTLE_S, help="before it (%(default)s)")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    plan = Plan(options.start, options.most, options.seconds, options.settle, options.same)
    numbers = [int(text) for text in options.workers.split(",")]
    cores = float(len(os.sched_getaffinity(0)))
    report: dict[str, Any] = {"benchmark": "workers_scaling", "runs": []}
    report["conditions"] = conditions()
    for turn in range(options.runs):
        for workers in numbers if turn % 2 == 0 else reversed(numbers):
            steps = asyncio.run(search(workers, plan))
            report["runs"].append(outcome(workers, steps, cores))
            report |= comparison(report["runs"])
            if options.json is not None:
                options.json.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps({name: value for name, value in report.items() if name != "runs"}, indent=2))
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
