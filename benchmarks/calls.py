"""How many interviews one core carries: the real `serve` process, whole interviews, real Opus.

Calls per core are the calls, divided by the CPU cores that the server's whole process tree used
(user + system, of the kernel's accounts), while candidates talk and the bot asks: VAD and turn
detection on, data channel open, SQLite log and spool on disk, every segment sent to a recogniser
process that discards it. The server is pinned to one core and the load runs on the others.

    .venv/bin/python -m benchmarks.calls --calls 100,200 --seconds 30 --runs 3 --json out.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import RTCCertificate

from benchmarks.rtc_client import LightClient
from media_server.audio.opus import OpusEncoder
from media_server.audio.types import SAMPLE_RATE
from media_server.tools.wav import read

ROOT = Path(__file__).resolve().parent.parent
SPEECH = ROOT.parent / "shared" / "speech" / "apollo11.wav"
API_KEY = "benchmark-key-0123456789"
QUESTION = "Tell me about a time when you learned something new, and what came of it."
QUESTIONS = 30
ANSWER_S = 10.0
LEAST_CORES = 0.6
ROUND_S = 17.0
"""About: the question, the answer, and the silence that ends it."""
_AUTHORISED = {"Authorization": f"Bearer {API_KEY}"}
_TICK_GROUPS = 10
_JOINERS = 4
_LATE_S = 0.2


class Candidate(LightClient):
    """Says its answer whenever the server listens, and room tone otherwise."""

    def __init__(self, certificate: RTCCertificate, answer: list[bytes], tone: list[bytes]) -> None:
        super().__init__(certificate, tone)
        self._answer, self._tone = answer, tone
        self._at = len(answer)
        self._listening = False
        self.questions = 0
        self.connect_ms = 0.0

    def begin(self) -> None:
        assert self.channel is not None
        self.channel.on("message", self._on_message)
        self.channel.send(json.dumps({"type": "hello", "last_seq": 0}))
        # spread over a round, so that they do not all speak and listen at the same time
        start_s = random.uniform(0, ROUND_S)  # no secret
        asyncio.get_running_loop().call_later(start_s, self._start)

    def _start(self) -> None:
        if self.channel is not None and self.channel.readyState == "open":
            self.channel.send(json.dumps({"type": "ready"}))

    def send_next(self) -> None:
        if self._at < len(self._answer):
            payload = self._answer[self._at]
            self._at += 1
        else:
            payload = self._tone[self.packets_sent % len(self._tone)]
        self.send_payload(payload)

    def _on_message(self, text: str) -> None:
        if text.startswith('{"type":"level"'):
            return
        message = json.loads(text)
        if message["type"] == "question":
            self.questions += 1
        elif message["type"] == "state":
            listening = message["activity"] == "listening"
            if listening != self._listening:
                self._listening = listening
                self._at = 0 if listening else len(self._answer)


class Server:
    """`media-server serve` as anybody starts it, on core 0."""

    def __init__(self, data_dir: Path, calls: int, pin: str, python: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = data_dir / "server.log"
        many = str(1_000_000)
        self._env = os.environ | {
            "DATA_DIR": str(data_dir / "data"),
            "PORT": str(port),
            "PYTHONPATH": str(ROOT),
            "MEDIA_SERVER_API_KEY": API_KEY,
            "MEDIA_SERVER_MAX_LIVE": str(calls + 10),
            "MEDIA_SERVER_RTC_MAX_CALLS": str(calls + 10),
            "MEDIA_SERVER_RTC_BIND_ADDRESSES": "127.0.0.1",
            "MEDIA_SERVER_REQUESTS_PER_MINUTE": many,
            "MEDIA_SERVER_API_REQUESTS_PER_MINUTE": many,
            "MEDIA_SERVER_STT_ENGINE": "benchmarks.discard_stt:create",
            "MEDIA_SERVER_LOG_LEVEL": "warning",
        }
        command = [python, "-m", "media_server", "serve"]
        self._command = ["taskset", "-c", pin, *command] if pin else command
        self.pid = 0

    async def __aenter__(self) -> Server:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=self._env, stdout=log, stderr=log, cwd=ROOT
            )
        self.pid = self._process.pid
        async with aiohttp.ClientSession() as http:
            for _ in range(600):
                try:
                    async with http.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return self
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
        raise RuntimeError(f"the server does not get ready:\n{self._log.read_text()[-2000:]}")

    async def __aexit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        self._process.send_signal(signal.SIGTERM)  # the second one waits for nobody
        await self._process.wait()

    def tree(self) -> list[int]:
        """The server and everything it started."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                parents.setdefault(int(stat[1]), []).append(int(entry.name))
        found, left = [], [self.pid]
        while left:
            pid = left.pop()
            found.append(pid)
            left += parents.get(pid, [])
        return found

    def cpu_s(self) -> float:
        """User and system time of the tree, of children that ended too."""
        total = 0
        for pid in self.tree():
            try:
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += sum(int(field) for field in stat[11:15])
        return total / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Proportional set size of the tree: pages that are shared count once."""
        total = 0
        for pid in self.tree():
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1])  # type: ignore[index]
        return total * 1024 / 1e6

    async def metrics(self, http: aiohttp.ClientSession) -> dict[str, float]:
        async with http.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        lines = (line.rpartition(" ") for line in text.splitlines() if line[:1] != "#")
        return {name: float(value) for name, _, value in lines}


async def join(server: Server, http: aiohttp.ClientSession, candidate: Candidate) -> None:
    """What the candidate's page does: link, consent, call, `ready`."""
    body = {
        "questions": [{"id": f"q{n}", "text": QUESTION} for n in range(QUESTIONS)],
    }
    made = await _ask(http, f"{server.url}/v1/interviews", _AUTHORISED, body)
    link = made["join_url"].rpartition("/")[2]
    joined = await _ask(http, f"{server.url}/v1/join", {}, {"link": link})
    bearer = {"Authorization": f"Bearer {joined['token']}"}
    consent = joined["page"]["consent"]
    if consent["required"]:
        answer = {"version": consent["version"], "accepted": True}
        await _ask(http, f"{server.url}/v1/consent", bearer, answer)
    began_s = time.perf_counter()
    whip = f"{server.url}/whip/{joined['interview']}"
    headers = bearer | {"Content-Type": "application/sdp"}
    async with http.post(whip, data=candidate.offer(), headers=headers) as response:
        answer_sdp = await response.text()
        if response.status != 201:
            raise RuntimeError(f"call refused: {response.status} {answer_sdp[:200]}")
    await candidate.connect(answer_sdp)
    candidate.connect_ms = (time.perf_counter() - began_s) * 1000
    candidate.begin()


async def _ask(http: aiohttp.ClientSession, url: str, headers: Any, body: Any) -> Any:
    async with http.post(url, json=body, headers=headers) as response:
        if response.status >= 300:
            raise RuntimeError(f"{url}: {response.status} {(await response.text())[:300]}")
        return await response.json() if response.status != 204 else None


class Load:
    """Sends for every candidate, 50 packets a second, spread over the 20 ms."""

    def __init__(self) -> None:
        self.groups: list[list[Candidate]] = [[] for _ in range(_TICK_GROUPS)]
        self.late = 0
        """Ticks that came so late that the server would see a burst."""
        self._count = 0

    def add(self, candidate: Candidate) -> None:
        self.groups[self._count % _TICK_GROUPS].append(candidate)
        self._count += 1

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            for group in self.groups:
                for candidate in group:
                    candidate.send_next()
                due_s += 0.02 / _TICK_GROUPS
                behind_s = loop.time() - due_s
                self.late += behind_s > _LATE_S
                await asyncio.sleep(max(0.0, -behind_s))


async def run_once(
    calls: int, seconds: float, warm_s: float, pin: str, python: str
) -> dict[str, Any]:
    answer, tone = opus_of_speech()
    certificate = RTCCertificate.generateCertificate()
    directory = Path(tempfile.mkdtemp(prefix="bench-calls-"))
    try:
        async with Server(directory, calls, pin, python) as server, aiohttp.ClientSession() as http:
            load = Load()
            await asyncio.sleep(1)
            idle_mb, idle_cpu_s, began_s = server.memory_mb(), server.cpu_s(), time.monotonic()
            sender = asyncio.create_task(load.run())
            candidates = await connect_all(server, http, load, calls, (certificate, answer, tone))
            connect_cpu_s, ramp_s = server.cpu_s() - idle_cpu_s, time.monotonic() - began_s
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
    server: Server, http: aiohttp.ClientSession, load: Load, calls: int, parts: Any
) -> list[Candidate]:
    """A few at a time; each begins to send as soon as it is in."""
    candidates: list[Candidate] = []

    async def joiner() -> None:
        while len(candidates) < calls:
            candidate = Candidate(*parts)
            candidates.append(candidate)
            await join(server, http, candidate)
            load.add(candidate)

    await asyncio.gather(*(joiner() for _ in range(_JOINERS)))
    return candidates


async def measure(
    server: Server,
    http: aiohttp.ClientSession,
    candidates: list[Candidate],
    load: Load,
    seconds: float,
) -> dict[str, Any]:
    def sent() -> int:
        return sum(c.packets_sent for c in candidates)

    def heard() -> int:
        return sum(c.packets_received for c in candidates)

    before, late = await server.metrics(http), load.late
    cpu_s, began_s, was_sent, was_heard = server.cpu_s(), time.monotonic(), sent(), heard()
    await asyncio.sleep(seconds)
    cpu_s, took_s = server.cpu_s() - cpu_s, time.monotonic() - began_s
    packets, spoken = sent() - was_sent, heard() - was_heard
    after = await server.metrics(http)

    def grew(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    calls = len(candidates)
    return {
        "cores": cpu_s / took_s,
        "calls_per_core": calls / (cpu_s / took_s),
        "seconds": took_s,
        "packets_per_call_per_s": packets / took_s / calls,
        "bot_speech_share": spoken / took_s / calls / 50,
        "packets_lost": grew("media_server_media_packets_lost_total"),
        "packets_received": grew("media_server_media_packets_received_total"),
        "packets_sent_by_load": packets,
        "live": after.get("media_server_live_calls", 0),
        "load_late_ticks": load.late - late,
        "questions_asked": sum(c.questions for c in candidates),
        "loop_lag_p50_ms": lag_ms(before, after, 0.5),
        "loop_lag_p99_ms": lag_ms(before, after, 0.99),
        "memory_mb": server.memory_mb(),
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


def opus_of_speech() -> tuple[list[bytes], list[bytes]]:
    """(answer, room tone) as 20 ms packets of 28 kb/s with FEC, as a browser sends them."""
    import numpy as np  # noqa: PLC0415

    spoken = _without_long_pauses(read(SPEECH).pcm) if SPEECH.exists() else _babble()
    rate = 48_000 if SPEECH.exists() else SAMPLE_RATE
    noise = np.random.default_rng(2).standard_normal(rate * 4) * 6
    with OpusEncoder(rate, bitrate=28_000) as encoder:
        answer = encoder.encode_all(spoken[: int(rate * ANSWER_S)])
        return answer, encoder.encode_all(noise.astype(np.int16))


def _without_long_pauses(pcm: Any) -> Any:
    """At most 1 s of silence in a row, so that only the answer's end ends the turn."""
    import numpy as np  # noqa: PLC0415

    frames = pcm[: len(pcm) // 960 * 960].reshape(-1, 960)
    loud = np.abs(frames).max(axis=1) > 700
    kept, quiet = [], 0
    for frame, sounds in zip(frames, loud, strict=True):
        quiet = 0 if sounds else quiet + 1
        if quiet <= 50:
            kept.append(frame)
    return np.concatenate(kept)


def _babble() -> Any:
    """Where no recording is at hand: noise through a slow envelope."""
    import numpy as np  # noqa: PLC0415

    count = int(SAMPLE_RATE * ANSWER_S)
    envelope = np.abs(np.sin(np.arange(count) / SAMPLE_RATE * 2 * np.pi * 2))
    noise = np.random.default_rng(1).standard_normal(count)
    smooth = np.convolve(noise, np.ones(12) / 12, mode="same")
    return (smooth * envelope * 9000).astype(np.int16)


def _version(python: str) -> str:
    """With the compiler's profile-guided optimisation or not: it decides a tenth of the result."""
    code = (
        "import sys, sysconfig as s; a = s.get_config_var('CONFIG_ARGS') or ''; "
        "print(sys.version.split()[0], 'optimised' if '--enable-optimizations' in a else '')"
    )
    made = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return made.stdout.strip()


def conditions() -> dict[str, Any]:
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": cpu[1] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "speech": "recording" if SPEECH.exists() else "synthetic",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", default="150", help="one figure or several: 80,160")
    parser.add_argument("--seconds", type=float, default=28)
    parser.add_argument("--warm", type=float, default=28)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pin", default="0", help="cores of the server; empty: not pinned")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the server")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    others = sorted(set(range(os.cpu_count() or 1)) - {int(c) for c in options.pin.split(",") if c})
    if others and options.pin:
        os.sched_setaffinity(0, others)
    report: dict[str, Any] = {
        "conditions": conditions() | {"server_python": _version(options.python)},
        "runs": [],
    }
    for calls in (int(text) for text in options.calls.split(",")):
        for _ in range(options.runs):
            figures = asyncio.run(
                run_once(calls, options.seconds, options.warm, options.pin, options.python)
            )
            report["runs"].append(figures)
            print("  ".join(f"{name} {value:.2f}" for name, value in figures.items()), flush=True)
            if options.json is not None:
                options.json.write_text(json.dumps(report, indent=2) + "\n")
    report["median"] = medians(report["runs"])
    for figures in report["median"]:
        print()
        for name, value in figures.items():
            print(f"{name:26} {value:12.2f}")
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


def medians(runs: list[dict[str, Any]]) -> list[dict[str, float]]:
    """One row for each number of calls, of the runs that count."""
    rows = []
    for calls in sorted({run["calls"] for run in runs}):
        valid = [run for run in runs if run["calls"] == calls and is_valid(run)]
        row = {"runs": sum(run["calls"] == calls for run in runs), "valid_runs": len(valid)}
        if valid:
            row |= {name: statistics.median(run[name] for run in valid) for name in valid[0]}
        rows.append(row)
    return rows


def is_valid(run: dict[str, Any]) -> bool:
    """No packet dropped, the load in time, everybody still there, and the core busy enough."""
    return bool(
        run["packets_lost"] == 0
        and run["load_late_ticks"] == 0
        and run["live"] == run["calls"]
        and run["cores"] >= LEAST_CORES
    )


if __name__ == "__main__":
    main()
