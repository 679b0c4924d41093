"""How many interviews one core carries: the real `serve` process, whole interviews, real Opus.

Calls per core are the calls, divided by the CPU cores that the server's whole process tree used
(user + system, of the kernel's accounts), while candidates talk and the bot asks: VAD and turn
detection on, data channel open with the web client's pings and acknowledgements, RTCP both ways,
SQLite log and spool on disk, every segment sent to a recogniser process that discards it. The bot
speaks a fifth of the time. The server is pinned to one core and the load runs on the others.

    .venv/bin/python -m benchmarks.calls --calls 100,200 --runs 3 --json out.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import RTCCertificate

from benchmarks.candidate import ROUND_S, SPEECH, Candidate, Load, join, opus_of_speech
from benchmarks.process_tree import (
    ROOT,
    SERVER_CORE,
    Started,
    conditions,
    free_port,
    leave_core,
)
from media_server.tools import bench_silent

API_KEY = "benchmark-key-0123456789"
QUESTION = "Tell me about a time when you learned something new."
QUESTIONS = 30
LEAST_CORES = 0.6
_JOINERS = 4
_READY_S = 60.0


class Server(Started):
    """`media-server serve` as anybody starts it."""

    def __init__(
        self,
        directory: Path,
        calls: int,
        pin: str,
        python: str,
        *,
        program: Sequence[str] = ("-m", "media_server", "serve"),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`program`: what the interpreter runs. `settings`: beside and before those of here."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        many = str(1_000_000)
        env = os.environ | {
            "DATA_DIR": str(directory / "data"),
            "PORT": str(port),
            "PYTHONPATH": str(ROOT),
            "MEDIA_SERVER_API_KEY": API_KEY,
            "MEDIA_SERVER_MAX_LIVE": str(calls + 10),
            "MEDIA_SERVER_RTC_MAX_CALLS": str(calls + 10),
            "MEDIA_SERVER_RTC_BIND_ADDRESSES": "127.0.0.1",
            "MEDIA_SERVER_REQUESTS_PER_MINUTE": many,
            "MEDIA_SERVER_API_REQUESTS_PER_MINUTE": many,
            "MEDIA_SERVER_STT_ENGINE": bench_silent.ENGINE,
            "MEDIA_SERVER_LOG_LEVEL": "warning",
            # It is asked for more than it carries, to find out how much that is.
            "MEDIA_SERVER_ADMIT_BY_LOAD": "off",
            # What is measured is the process that was started.
            "MEDIA_SERVER_SUPERVISE": "off",
            **(settings or {}),
        }
        super().__init__([python, *program], directory / "server.log", env, pin)

    async def ready(self, http: aiohttp.ClientSession) -> None:
        end_s = time.monotonic() + _READY_S
        while time.monotonic() < end_s and not self.ended:
            try:
                async with http.get(f"{self.url}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
        raise RuntimeError(f"the server does not get ready:\n{self.last_words()}")

    async def metrics(self, http: aiohttp.ClientSession) -> dict[str, float]:
        async with http.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        lines = (line.rpartition(" ") for line in text.splitlines() if line[:1] != "#")
        return {name: float(value) for name, _, value in lines}


async def run_once(
    calls: int, seconds: float, warm_s: float, pin: str, python: str
) -> dict[str, Any]:
    answer, tone = opus_of_speech()
    certificate = RTCCertificate.generateCertificate()
    directory = Path(tempfile.mkdtemp(prefix="bench-calls-"))
    try:
        server = Server(directory, calls, pin, python)
        async with aiohttp.ClientSession() as http, server:
            await server.ready(http)
            load: Load[Candidate] = Load()
            await asyncio.sleep(1)
            tree = server.tree
            idle_mb, idle_cpu_s, began_s = tree.memory_mb(), tree.cpu_s(), time.monotonic()
            sender = asyncio.create_task(load.run())
            candidates = await connect_all(server, http, load, calls, (certificate, answer, tone))
            connect_cpu_s, ramp_s = tree.cpu_s() - idle_cpu_s, time.monotonic() - began_s
            await asyncio.sleep(warm_s)
            figures = await measure(server, http, candidates, load, seconds)
            figures |= {
                "calls": calls,
                "memory_per_call_mb": (figures["memory_mb"] - idle_mb) / calls,
                "memory_idle_mb": idle_mb,
                "ramp_s": ramp_s,
                "ramp_cpu_s": connect_cpu_s,
                "connect_wall_p50_ms": statistics.median(c.connect_ms for c in candidates),
            }
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            await asyncio.gather(*(c.close() for c in candidates), return_exceptions=True)
            return figures
    finally:
        shutil.rmtree(directory, ignore_errors=True)


async def connect_all(
    server: Server, http: aiohttp.ClientSession, load: Load[Candidate], calls: int, parts: Any
) -> list[Candidate]:
    """A few at a time; each begins to send as soon as it is in."""
    candidates: list[Candidate] = []

    async def joiner() -> None:
        while len(candidates) < calls:
            candidate = Candidate(*parts)
            candidates.append(candidate)
            await join(server.url, API_KEY, http, [QUESTION] * QUESTIONS, candidate)
            candidate.begin(ROUND_S)
            load.add(candidate)

    await asyncio.gather(*(joiner() for _ in range(_JOINERS)))
    return candidates


async def measure(
    server: Server,
    http: aiohttp.ClientSession,
    candidates: list[Candidate],
    load: Load[Candidate],
    seconds: float,
) -> dict[str, Any]:
    def total(name: str) -> int:
        return sum(getattr(candidate, name) for candidate in candidates)

    names = ("packets_sent", "packets_received", "questions")
    before, late = await server.metrics(http), load.late
    counts = {name: total(name) for name in names}
    cpu_s, own_s, began_s = server.tree.cpu_s(), time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    cpu_s, took_s = server.tree.cpu_s() - cpu_s, time.monotonic() - began_s
    own_s = time.process_time() - own_s
    counts = {name: total(name) - count for name, count in counts.items()}
    after = await server.metrics(http)

    def grew(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    calls = len(candidates)
    return {
        "cores": cpu_s / took_s,
        "calls_per_core": calls / (cpu_s / took_s),
        "seconds": took_s,
        "packets_per_call_per_s": counts["packets_sent"] / took_s / calls,
        "bot_speech_share": counts["packets_received"] / took_s / calls / 50,
        "packets_lost": grew("media_server_media_packets_lost_total"),
        "packets_received": grew("media_server_media_packets_received_total"),
        "packets_sent_by_load": counts["packets_sent"],
        "live": after.get("media_server_live_calls", 0),
        "load_late_ticks": load.late - late,
        "load_cores": own_s / took_s,
        "questions_asked": counts["questions"],
        "loop_lag_p50_ms": lag_ms(before, after, 0.5),
        "loop_lag_p99_ms": lag_ms(before, after, 0.99),
        "memory_mb": server.tree.memory_mb(),
    }


def lag_ms(before: dict[str, float], after: dict[str, float], share: float) -> float:
    """The upper bound of the bucket that holds this share of the samples."""
    prefix = 'media_server_loop_lag_seconds_bucket{le="'
    bounds = sorted(
        (float(name[len(prefix) : -2]), after[name] - before.get(name, 0))
        for name in after
        if name.startswith(prefix)
    )
    if not bounds or not bounds[-1][1]:
        return float("nan")
    wanted = bounds[-1][1] * share
    return next(bound for bound, count in bounds if count >= wanted) * 1000


def _version(python: str) -> str:
    """With the compiler's profile-guided optimisation or not: it decides a tenth of the result."""
    code = (
        "import sys, sysconfig as s; a = s.get_config_var('CONFIG_ARGS') or ''; "
        "print(sys.version.split()[0], 'optimised' if '--enable-optimizations' in a else '')"
    )
    made = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return made.stdout.strip()


def medians(runs: list[dict[str, Any]]) -> list[dict[str, float]]:
    """One row for each number of calls, of the runs that count."""
    rows = []
    for calls in sorted({run["calls"] for run in runs}):
        valid = [run for run in runs if run["calls"] == calls and is_valid(run)]
        row = {
            "calls": calls,
            "runs": sum(run["calls"] == calls for run in runs),
            "valid_runs": len(valid),
        }
        if valid:
            row |= {name: statistics.median(run[name] for run in valid) for name in valid[0]}
        rows.append(row)
    return rows


def is_valid(run: dict[str, Any]) -> bool:
    """No packet dropped, the load in time, everybody still there and asked at least once on average
    (else the gate does not hear the answers, and nobody measures turns), the core busy enough."""
    return bool(
        run["packets_lost"] == 0
        and run["load_late_ticks"] == 0
        and run["live"] == run["calls"]
        and run["questions_asked"] >= run["calls"]
        and run["cores"] >= LEAST_CORES
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", default="150", help="one figure or several: 80,160")
    parser.add_argument("--seconds", type=float, default=2 * ROUND_S, help="whole rounds")
    parser.add_argument("--warm", type=float, default=ROUND_S + 30, help="greetings and answers")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pin", default=SERVER_CORE, help="cores of the server; empty: not pinned")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the server")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    leave_core(options.pin)
    speech = "recording" if SPEECH.exists() else "synthetic"
    python = _version(options.python)
    report: dict[str, Any] = {
        "benchmark": "calls",
        "conditions": conditions() | {"server_python": python, "speech": speech},
        "runs": [],
    }

    def save() -> None:
        report["median"] = medians(report["runs"])
        if options.json is not None:
            options.json.write_text(json.dumps(report, indent=2) + "\n")

    for calls in (int(text) for text in options.calls.split(",")):
        for _ in range(options.runs):
            figures = asyncio.run(
                run_once(calls, options.seconds, options.warm, options.pin, options.python)
            )
            report["runs"].append(figures)
            print("  ".join(f"{name} {value:.2f}" for name, value in figures.items()), flush=True)
            save()
    for figures in report["median"]:
        print()
        for name, value in figures.items():
            print(f"{name:26} {value:12.2f}")


if __name__ == "__main__":
    main()
