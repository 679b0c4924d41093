"""`media-server bench`: how many talking candidates this machine carries, and what limits it.

Two minutes on the operator's own machine, with the configured recogniser and voice. A server of its
own is started on loopback, with a directory that is removed afterwards: nothing of the operator's
DATA_DIR, store, webhooks or tenants is touched, and no network is used but for a recogniser that is
configured elsewhere. Other processes talk to it; their processor time is subtracted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from media_server import config as configuration
from media_server.config import Config
from media_server.config_fields import fields_of
from media_server.terminal import paint_for, printable
from media_server.tools import bench_probe as probe
from media_server.tools import bench_ramp as ramp
from media_server.tools import bench_silent
from media_server.tools.bench_report import heading, progress, summary
from media_server.tools.bench_talk import API_KEY_VARIABLE
from media_server.tools.own_server import CannotStart, OwnServer, own_process

EXIT_FAILED = 1
SECONDS = 120.0
SHORTEST_S, LONGEST_S = 30.0, 1800.0
WINDOW_S = 12.0
"""Of one step: long enough for a few segments of every candidate."""
SETTLE_S = 2.0
CALM_S = 30.0
"""How long an overload may take to pass before fewer candidates are measured."""
ANSWER_S = 90.0
CANDIDATES_PER_PROCESS = 4
"""Cores for one process of the load generator."""
_TAKEN = ("stt", "tts", "live")
"""The sections of the operator's settings that say how the machine is used."""
_NOT_TAKEN = frozenset({"MEDIA_SERVER_TTS_CACHE_DIR", "MEDIA_SERVER_STT_REDIS_URL"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file (or MEDIA_SERVER_CONFIG=FILE)"
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=SECONDS, metavar="S",
        help="how long to measure, beside the server's start (%(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--media-only", action="store_true",
        help="leave recognition out: as where other machines transcribe",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")


def run(args: argparse.Namespace) -> int:
    """0: measured. 1: the server did not start, or ended. 128 and its number: stopped by a signal.
    Raises ConfigError."""
    config = configuration.load_config(file=args.config)
    try:
        return asyncio.run(_stoppable(args, config))
    except (CannotStart, BenchFailed) as error:
        print(f"media-server bench: {printable(str(error))}", file=sys.stderr)
        return EXIT_FAILED


class BenchFailed(Exception):
    """Nothing can be said; the text says why and what to do."""


async def _stoppable(args: argparse.Namespace, config: Config) -> int:
    """SIGTERM, and SIGHUP where it is not ignored, end it as Ctrl-C does: nothing stays behind."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101  # asyncio.run made it
    told: list[int] = []

    def stop(number: int) -> None:
        if not told:  # a second one would break off the tidying
            told.append(number)
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop, number)
    try:
        return await _run(args, config)
    except asyncio.CancelledError:
        if not told:
            raise
        return 128 + told[0]


async def _run(args: argparse.Namespace, config: Config) -> int:
    media_only = args.media_only or not config.stt.workers
    out = sys.stderr if args.json else sys.stdout
    paint = paint_for(out)

    def say(line: str) -> None:
        print(line, file=out, flush=True)

    machine = ramp.Machine(
        cores=probe.cores(),
        memory_bytes=probe.memory_available_bytes(),
        recognisers=0 if media_only else config.stt.workers,
    )
    for line in heading(config, machine, probe.processor(), args.seconds, media_only, paint):
        say(line)
    with tempfile.TemporaryDirectory(prefix="media-server-bench-") as directory:
        environ = environment(config, Path(directory), os.environ, media_only=media_only)
        async with own_process(environ) as server, Bench(server, environ) as bench:
            machine = await bench.idle(machine)
            windows = await _climb(bench, machine, args.seconds, say, paint)
            stored_bytes = await asyncio.to_thread(_size_of, Path(directory))
    outcome = ramp.verdict(windows, machine)
    disk = Disk.of(config, stored_bytes, windows)
    if args.json:
        print(json.dumps(_document(config, machine, windows, outcome, disk), indent=2))
        return 0
    for line in summary(config, machine, windows, outcome, disk.hours, paint):
        say(line)
    return 0


async def _climb(
    bench: Bench, machine: ramp.Machine, seconds: float, say: Any, paint: Any
) -> list[ramp.Window]:
    end_s = time.monotonic() + seconds
    windows: list[ramp.Window] = []
    while (step := ramp.next_step(windows, machine, end_s - time.monotonic())) is not None:
        if windows and step < bench.talking:
            await bench.talk(step)
            await bench.calm()
        window = await bench.step(step)
        windows.append(window)
        say(progress(window, ramp.faults(window, machine), machine, paint))
        if bench.talking < step and not window.refused:
            break
    if not windows:
        raise BenchFailed("there was no time for a single step: give --seconds 60 or more")
    return windows


@dataclass(frozen=True, slots=True)
class Disk:
    """What interviews write, and for how long there is room."""

    bytes_per_candidate_s: float
    free_bytes: int
    hours: float
    """Of one talking candidate."""

    @classmethod
    def of(cls, config: Config, stored_bytes: int, windows: Sequence[ramp.Window]) -> Disk:
        """`stored_bytes`: of all the bench's interviews, whose speech is what was sent."""
        import shutil  # noqa: PLC0415

        spoken_s = sum(window.talking * (window.seconds + SETTLE_S) for window in windows)
        rate = stored_bytes / max(1.0, spoken_s)
        directory = config.store.data_dir.absolute()
        existing = next(path for path in (directory, *directory.parents) if path.exists())
        free = shutil.disk_usage(existing).free
        return cls(rate, free, free / max(1.0, rate) / 3600)


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
        await asyncio.sleep(SETTLE_S)
        _, _, rss_bytes = await asyncio.to_thread(self._accounts.read)
        return ramp.Machine(machine.cores, machine.memory_bytes, machine.recognisers, rss_bytes)

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
        metrics = await self._metrics()
        cpu_s, loop_cpu_s, rss_bytes = await asyncio.to_thread(self._accounts.read)
        loads = await self._all({"do": "figures"})
        return probe.Reading(
            time.monotonic(), cpu_s, loop_cpu_s, rss_bytes, metrics,
            machine_cpu_s=probe.machine_cpu_s(),
            load_cpu_s=sum(load["cpu_s"] for load in loads),
            frames=sum(load["frames"] for load in loads),
            load_late=sum(load["late"] for load in loads),
        )  # fmt: skip

    async def _metrics(self) -> dict[str, float]:
        try:
            async with self._http.get(f"{self.server.url}/metrics") as response:
                return probe.parse_metrics(await response.text())
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


def environment(
    config: Config, directory: Path, environ: dict[str, str] | os._Environ[str], *, media_only: bool
) -> dict[str, str]:
    """Of a server that is used as the configured one is and shares nothing with it: recogniser,
    voice and the rules of calls are the operator's; store, keys, ports and limits are its own."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("MEDIA_SERVER_", "OTEL_"))
        and name not in ("DATA_DIR", "HOST", "PORT")
    }
    for section in _TAKEN:
        chosen = getattr(config, section)
        for item in fields_of(section):
            value = getattr(chosen, item.name)
            if value != item.default and item.variable not in _NOT_TAKEN:
                kept[item.variable] = _as_text(value)
    many = "1000000"
    kept |= {
        "DATA_DIR": str(directory / "data"),
        API_KEY_VARIABLE: secrets.token_urlsafe(24),
        "MEDIA_SERVER_MAX_LIVE": str(ramp.MOST),
        "MEDIA_SERVER_WORKERS": "1",
        "MEDIA_SERVER_RTC_MAX_CALLS": str(ramp.MOST),
        "MEDIA_SERVER_REQUESTS_PER_MINUTE": many,
        "MEDIA_SERVER_API_REQUESTS_PER_MINUTE": many,
        "MEDIA_SERVER_LLM_ENGINE": "scripted",
    }
    if media_only:
        kept |= {
            "MEDIA_SERVER_STT_ENGINE": bench_silent.ENGINE,
            "MEDIA_SERVER_STT_INTERIM_ENGINE": "same",
            "MEDIA_SERVER_STT_WORKERS": "1",
        }
    return kept


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return "none" if value is None else str(value)


def _size_of(directory: Path) -> int:
    """Bytes of the files below; those that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            try:
                total += (Path(parent) / name).lstat().st_size
            except OSError:
                continue
    return total


def _document(
    config: Config,
    machine: ramp.Machine,
    windows: Sequence[ramp.Window],
    outcome: ramp.Verdict,
    disk: Disk,
) -> dict[str, Any]:
    return {
        "carries": outcome.carries,
        "measured": outcome.measured,
        "at_least": outcome.at_least,
        "limit": outcome.limit,
        "why": outcome.why,
        "advice": outcome.advice,
        "places": config.live.max_live,
        "machine": asdict(machine) | {"processor": probe.processor()},
        "disk": asdict(disk),
        "steps": [
            asdict(window) | {"faults": [text for _, text in ramp.faults(window, machine)]}
            for window in windows
        ],
    }


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"a number from {SHORTEST_S:g} to {LONGEST_S:g}")
    return seconds
