"""`media-server bench`: how many talking candidates this machine carries, and what limits it.

Two minutes on the operator's own machine, with the configured recogniser and voice, and as many
workers as `serve` would start. A server of its own is started on loopback, with a directory that is
removed afterwards: nothing of the operator's DATA_DIR, store, webhooks or tenants is touched, and
no network is used but for a recogniser that is configured elsewhere. Other processes talk to it;
their processor time is subtracted.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from media_server import config as configuration
from media_server import workers
from media_server.config import Config
from media_server.config_fields import fields_of
from media_server.process_settings import MOST_WORKERS
from media_server.terminal import paint_for, printable
from media_server.tools import bench_probe as probe
from media_server.tools import bench_ramp as ramp
from media_server.tools import bench_silent
from media_server.tools.bench_report import heading, progress, summary
from media_server.tools.bench_run import SETTLE_S, Bench, BenchFailed
from media_server.tools.bench_talk import API_KEY_VARIABLE
from media_server.tools.own_server import CannotStart, own_process

EXIT_FAILED = 1
SECONDS = 120.0
SHORTEST_S, LONGEST_S = 30.0, 1800.0
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
    parser.add_argument(
        "--workers", type=_workers, metavar="N",
        help="processes that serve calls (default: as many as `serve` starts here)",
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
        workers=args.workers or workers.starting(config, without_recognisers=media_only),
    )
    how = "--workers" if args.workers else "as many as `serve` starts here"
    for line in heading(config, machine, probe.processor(), args.seconds, how, paint):
        say(line)
    with tempfile.TemporaryDirectory(prefix="media-server-bench-") as directory:
        environ = environment(config, Path(directory), os.environ, media_only=media_only)
        async with (
            own_process(environ, workers=machine.workers) as server,
            Bench(server, environ) as bench,
        ):
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


def _workers(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MOST_WORKERS):
        raise argparse.ArgumentTypeError(f"a number from 1 to {MOST_WORKERS}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"a number from {SHORTEST_S:g} to {LONGEST_S:g}")
    return seconds
