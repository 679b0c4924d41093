"""How long a call takes to come about on a network that loses datagrams, and in which step.

Each call is a real one (ICE, DTLS, SRTP, data channel) through an in-process relay of its own, with
a seed of its own, that delays and loses datagrams both ways. Counted from the offer until the
client's data channel is open and the server has its first audio packet. HTTP is left out: TCP
repairs its own losses.

`--client browser` repeats its checks, DTLS flights and SCTP chunks as quickly as Chromium does. Its
time is virtual: the order of events and every wait are those of real time, and a busy machine
changes nothing. Only OpenSSL's own timer (1 s) stands still, which makes the figures worse.
`--client aiortc` keeps aiortc's timers (0.5, 1 and 3 s), most of what is then seen, in real time.

    python -m benchmarks.connect_loss --calls 200 --loss 0.05 0.1 0.2 --json connect.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from media_server.rtc.factory import create_transport
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import RtcTransport
from media_server.tools.headless import HeadlessError
from tests.network.shim import BadNetwork, Weather
from tests.rtc.support import Caller
from tests.support.virtual_time import LoopClock, run_virtual

STEPS = ("check", "dtls", "open", "media")
"""Server: an authenticated check, DTLS up. Client: data channel open. Server: first audio."""


async def connect_once(
    transport: RtcTransport, weather: Weather, seed: int, options: argparse.Namespace
) -> dict[str, float] | None:
    """Seconds from the offer to each step; None when it never came about."""
    network = BadNetwork(transport.port, weather, seed=seed)
    await network.start()
    caller = Caller(transport, f"call {seed}")
    caller.rewrite = network.rewrite
    caller.client.hurried = options.client == "browser"
    began_s = asyncio.get_running_loop().time()
    watching = asyncio.create_task(_watch(caller, began_s))
    try:
        await caller.connect(timeout_s=options.timeout)
        opened_s = asyncio.get_running_loop().time() - began_s
        async with asyncio.timeout(options.timeout):
            steps = await watching
        return {**steps, "open": opened_s, "whole": max(opened_s, steps["media"])}
    except (HeadlessError, TimeoutError):
        return None
    finally:
        watching.cancel()
        await caller.client.vanish()
        if caller.accepted is not None:
            caller.accepted.call.close("ended")
        network.close()


async def _watch(caller: Caller, began_s: float) -> dict[str, float]:
    steps: dict[str, float] = {}
    while "media" not in steps:
        call: Any = caller.accepted.call if caller.accepted is not None else None
        now_s = asyncio.get_running_loop().time() - began_s
        if call is not None and call.path.ice.selected is not None:
            steps.setdefault("check", now_s)
        if caller.sink.connected:
            steps.setdefault("dtls", now_s)
        if caller.sink.packets:
            steps.setdefault("media", now_s)
        await asyncio.sleep(0.005)
    return steps


async def measure(
    loss: float, seeds: Sequence[int], options: argparse.Namespace
) -> list[dict[str, float] | None]:
    """One result a seed."""
    settings = RtcSettings(
        bind_addresses=("127.0.0.1",), max_calls=1000, connect_timeout_s=options.timeout
    )
    transport = create_transport(settings, clock=LoopClock())
    await transport.start()
    weather = Weather(loss=loss, delay_ms=options.delay_ms)
    places = asyncio.Semaphore(options.at_once)

    async def one(seed: int) -> dict[str, float] | None:
        async with places:
            return await connect_once(transport, weather, seed, options)

    try:
        return await asyncio.gather(*map(one, seeds))
    finally:
        await transport.close()


def results(loss: float, options: argparse.Namespace) -> list[dict[str, float] | None]:
    seeds = range(options.seed, options.seed + options.calls)
    if options.client == "aiortc":
        return asyncio.run(measure(loss, seeds, options))
    return [run_virtual(measure(loss, [seed], options))[0] for seed in seeds]


def summary(loss: float, found: list[dict[str, float] | None]) -> dict[str, Any]:
    made = [steps for steps in found if steps is not None]
    table: dict[str, Any] = {"loss": loss, "calls": len(found), "connected": len(made)}
    for name in (*STEPS, "whole") if made else ():
        values = sorted(steps[name] for steps in made)
        table[name] = {
            "p50": round(statistics.median(values), 3),
            "p95": round(values[int(0.95 * (len(values) - 1))], 3),
            "max": round(values[-1], 3),
        }
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--loss", type=float, nargs="+", default=[0.05, 0.1, 0.2])
    parser.add_argument("--delay-ms", type=float, default=40.0, help="each way")
    parser.add_argument("--client", choices=("browser", "aiortc"), default="browser")
    parser.add_argument("--at-once", type=int, default=10)
    parser.add_argument("--timeout", type=float, default=40.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    tables = []
    for loss in options.loss:
        table = summary(loss, results(loss, options))
        tables.append(table)
        print(json.dumps(table), flush=True)
    if options.json is not None:
        found = {"client": options.client, "delay_ms": options.delay_ms, "tables": tables}
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
