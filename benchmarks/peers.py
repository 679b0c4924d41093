"""Calls per core of other servers, under the load that ours is measured with.

    .venv/bin/python -m benchmarks.peers --install      # once: an environment for each peer
    .venv/bin/python -m benchmarks.peers --json benchmarks/results/peers.json

Each candidate sends 50 Opus packets a second of the same speech over SRTP: answers and silences by
the clock. The peer decodes them (all but Janus' EchoTest), looks for speech where that is its way,
and has its bot speak a fifth of the time where it can. CPU is the kernel's account of the whole
process tree, pinned to one core; the load runs on the others. How many calls: as many as keep that
core about three quarters busy, found by trying, unless --calls says it. Nothing is transcribed,
stored or asked: what our own server does besides, these do not do.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import statistics
import subprocess
import tempfile
import time
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from aiortc import RTCCertificate

from benchmarks.candidate import (
    BOT_SHARE,
    ROUND_S,
    Load,
    Rounds,
    opus_of_speech,
    pcm_of_speech,
)
from benchmarks.peer_list import PEERS, JanusPeer, PythonPeer, Running
from benchmarks.process_tree import SERVER_CORE, Started, conditions, free_port, leave_core
from media_server.audio.types import SAMPLE_RATE

LEAST_CORES = 0.6
FULL_CORES = 0.95
"""Above it a server gives up work rather than use more."""
_BUSY = 0.75
_TRY_CALLS = 4
_TRY_S = 5.0
_MOST_CALLS = 400
_JOINERS = 3
_VOICE_RATE = 24_000

Peer = PythonPeer | JanusPeer


@dataclass(frozen=True, slots=True)
class Plan:
    seconds: float
    warm_s: float
    pin: str


class Crowd:
    """The candidates of one run and their load."""

    def __init__(self, peer: Peer) -> None:
        self._certificate = RTCCertificate.generateCertificate()
        self._answer, self._tone = opus_of_speech()
        self._channel = peer.channel
        self.members: list[Rounds] = []
        self.load: Load[Rounds] = Load()
        self.failures: list[str] = []

    async def join(self, running: Running, calls: int) -> None:
        left = iter(range(calls))

        async def joiner() -> None:
            for _ in left:
                member = Rounds(self._certificate, self._answer, self._tone, self._channel)
                try:
                    await member.connect(await running.answer(member.offer()))
                except (TimeoutError, ConnectionError, RuntimeError) as error:
                    self.failures.append(f"{type(error).__name__}: {error}"[:300])
                    await member.close()
                    continue
                self.members.append(member)
                self.load.add(member)

        await asyncio.gather(*(joiner() for _ in range(_JOINERS)))

    def total(self, name: str) -> int:
        return sum(getattr(member, name) for member in self.members)

    async def close(self) -> None:
        closing = (member.close() for member in self.members)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.gather(*closing, return_exceptions=True)


@contextlib.asynccontextmanager
async def running_peer(peer: Peer, pin: str) -> AsyncIterator[tuple[Started, Running]]:
    directory = Path(tempfile.mkdtemp(prefix="bench-peer-"))
    try:
        speech = directory / "bot.wav"
        write_speech(speech)
        server, running = peer.start(directory, free_port(), speech, ROUND_S, pin)
        async with aiohttp.ClientSession() as http, server:
            await running.ready(http, server)
            await asyncio.sleep(1)
            try:
                yield server, running
            finally:
                await running.close()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def write_speech(path: Path) -> None:
    """What the bot says in a round, at the 24 kHz that voices commonly have."""
    pcm = pcm_of_speech(BOT_SHARE * ROUND_S)
    places = np.arange(len(pcm) * _VOICE_RATE // SAMPLE_RATE) * (SAMPLE_RATE / _VOICE_RATE)
    made = np.interp(places, np.arange(len(pcm)), pcm).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_VOICE_RATE)
        file.writeframes(made.tobytes())


async def run_once(peer: Peer, calls: int, plan: Plan) -> dict[str, Any]:
    async with running_peer(peer, plan.pin) as (server, running):
        idle_mb = server.tree.memory_mb()
        crowd = Crowd(peer)
        sender = asyncio.create_task(crowd.load.run())
        try:
            await crowd.join(running, calls)
            await asyncio.sleep(plan.warm_s)
            figures = await measure(server, running, crowd, plan.seconds)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            await crowd.close()
        grown_mb = figures["memory_mb"] - idle_mb
        wanted = {"calls": calls, "memory_per_call_mb": grown_mb / calls, "idle_mb": idle_mb}
        return wanted | figures | {"failures": crowd.failures[:3]}


async def measure(
    server: Started, running: Running, crowd: Crowd, seconds: float
) -> dict[str, Any]:
    names = ("packets_sent", "packets_received", "loud_received")
    await running.figures()  # begins a new stretch
    counts, late = {name: crowd.total(name) for name in names}, crowd.load.late
    each = [member.packets_received for member in crowd.members]
    cpu_s, own_s, began_s = server.tree.cpu_s(), time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    cpu_s, took_s = server.tree.cpu_s() - cpu_s, time.monotonic() - began_s
    own_s = time.process_time() - own_s
    rates = {name: (crowd.total(name) - counts[name]) / took_s for name in names}
    calls = max(1, len(crowd.members))
    heard = sum(now.packets_received > n for now, n in zip(crowd.members, each, strict=True))
    return {
        "connected": len(crowd.members),
        "calls_heard_back": heard,
        "cores": cpu_s / took_s,
        "calls_per_core": len(crowd.members) / max(cpu_s / took_s, 1e-6),
        "seconds": took_s,
        "packets_per_call_per_s": rates["packets_sent"] / calls,
        "packets_back_per_call_per_s": rates["packets_received"] / calls,
        "bot_speech_share": rates["loud_received"] / calls / 50,
        "load_late_ticks": crowd.load.late - late,
        "load_cores": own_s / took_s,
        "memory_mb": server.tree.memory_mb(),
        "threads": server.tree.threads(),
        **await running.figures(),
    }


async def find_calls(peer: Peer, plan: Plan) -> int:
    """As many as keep the core about three quarters busy: two tries, the second nearer."""
    calls = _TRY_CALLS
    for _ in range(2):
        tried = await run_once(peer, calls, Plan(_TRY_S, 3.0, plan.pin))
        per_call = tried["cores"] / max(1, tried["connected"])
        calls = max(1, min(_MOST_CALLS, int(_BUSY / max(per_call, 1e-4))))
        print(f"  {tried['connected']} calls take {tried['cores']:.2f} of a core", flush=True)
        if calls <= 2 * _TRY_CALLS:
            break
    return calls


def is_valid(run: dict[str, Any]) -> bool:
    """Every call made and heard, the load in time, the core busy but not beyond what it can."""
    return bool(
        run["connected"] == run["calls"] == run["calls_heard_back"]
        and run["load_late_ticks"] == 0
        and LEAST_CORES <= run["cores"] <= FULL_CORES
    )


def median_of(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Of the runs that count, or of all where none does: `valid_runs` says which."""
    valid = [run for run in runs if is_valid(run)]
    names = [name for name, value in runs[0].items() if isinstance(value, int | float)]
    row = {
        name: statistics.median(run[name] for run in valid or runs if name in run) for name in names
    }
    return row | {"runs": len(runs), "valid_runs": len(valid)}


async def measure_peer(peer: Peer, calls: int, runs: int, plan: Plan) -> dict[str, Any]:
    reason = peer.missing()
    if reason:
        return {"name": peer.name, "available": False, "reason": reason}
    done: list[dict[str, Any]] = []
    try:
        calls = calls or await find_calls(peer, plan)
        for _ in range(runs):
            done.append(await run_once(peer, calls, plan))
            print("  " + summary(done[-1]), flush=True)
    except (RuntimeError, OSError, aiohttp.ClientError) as error:
        if not done:
            reason = f"does not run: {error}"[-600:]
            return {"name": peer.name, "available": False, "reason": reason}
        print(f"  stopped: {error}", flush=True)
    row = {"name": peer.name, "what": peer.what, "version": peer.version, "available": True}
    return row | {"runs": done, "median": median_of(done)}


def summary(run: dict[str, Any]) -> str:
    names = [
        *("calls", "connected", "calls_heard_back", "cores", "calls_per_core"),
        *("packets_back_per_call_per_s", "bot_speech_share", "memory_per_call_mb", "threads"),
        *("loop_lag_p50_ms", "loop_lag_p99_ms", "load_late_ticks"),
    ]
    told = "  ".join(f"{name} {run[name]:.4g}" for name in names if name in run)
    return told + (f"  {run['failures'][0]}" if run["failures"] else "")


def install(peers: list[Peer]) -> None:
    """One peer that cannot be had does not keep the others away."""
    for environment in sorted({peer.environment for peer in peers}):
        peer = next(peer for peer in peers if peer.environment == environment)
        try:
            peer.install()
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"{environment}: {error}")
    for peer in peers:
        print(f"{peer.name:20} {peer.missing() or 'ready'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--install", action="store_true", help="make the environments; no more")
    parser.add_argument("--peers", default="", help=",".join(peer.name for peer in PEERS))
    parser.add_argument("--calls", type=int, default=0, help="0: found by trying")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=ROUND_S)
    parser.add_argument("--warm", type=float, default=10.0)
    parser.add_argument("--pin", default=SERVER_CORE, help="cores of the server; empty: not pinned")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    wanted = set(filter(None, options.peers.split(","))) or {peer.name for peer in PEERS}
    peers: list[Peer] = [peer for peer in PEERS if peer.name in wanted]
    if options.install:
        install(peers)
        return
    leave_core(options.pin)
    plan = Plan(options.seconds, options.warm, options.pin)
    report: dict[str, Any] = {"benchmark": "peers", "conditions": conditions(), "peers": []}
    for peer in peers:
        print(f"{peer.name}:", flush=True)
        row = asyncio.run(measure_peer(peer, options.calls, options.runs, plan))
        if not row["available"]:
            print(f"  not available: {row['reason']}", flush=True)
        report["peers"].append(row)
        if options.json is not None:
            options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
