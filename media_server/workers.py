"""`serve --workers N`: how many there are, what each is given of the settings, and their parent.

No media and no HTTP is imported here: it runs in the supervisor, too.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from media_server.config import Config, ConfigError, with_changes
from media_server.entrance import person_url
from media_server.listening import CannotServe, bind
from media_server.process_settings import MOST_WORKERS
from media_server.roles import Role
from media_server.run_directory import RunDirectory
from media_server.supervisor.parent import Supervisor, Unusable
from media_server.supervisor.plan import Plan, several

HIGHEST_PORT = 65_535
EXIT_FAILED = 1


def asked_for(config: Config, arguments: argparse.Namespace) -> Config:
    """With the options of the command line, and the number of workers there will be. Raises
    ConfigError."""
    changes: dict[str, object] = {}
    if arguments.no_supervisor:
        changes["supervise"] = False
    given = arguments.workers
    if given is not None:
        if not 0 <= given <= MOST_WORKERS:
            raise ConfigError([f"--workers: {given} is not between 0 and {MOST_WORKERS}"])
        changes["workers"] = given
    supervise = config.process.supervise and not arguments.no_supervisor
    wanted = given if given is not None else config.process.workers
    if wanted > 1 and not (supervise and hasattr(os, "posix_spawn")):
        problem = "several workers need the supervisor: leave --no-supervisor, or use --workers 1"
        raise ConfigError([problem])
    if not wanted:
        changes["workers"] = fitting(config, cores()) if supervise else 1
    config = with_changes(config, "process", **changes)
    if problems := clashes(config):
        raise ConfigError(problems)
    return config


def starting(config: Config, *, without_recognisers: bool = False) -> int:
    """How many `serve` would start here with these settings. `without_recognisers`: if others did
    their work."""
    if not (config.process.supervise and hasattr(os, "posix_spawn")):
        return 1
    if without_recognisers:
        config = with_changes(config, "stt", workers=0)
    return config.process.workers or fitting(config, cores())


def fitting(config: Config, cores: int) -> int:
    """How many workers the cores carry: each takes one, each recogniser its threads, and one is for
    the front, voices and the store; at least 1. With a UDP port that was named it is 1: whoever
    opened that port has not opened those after it."""
    if config.rtc.port:
        return 1
    recognisers = config.stt.workers * config.stt.threads
    return max(1, min(MOST_WORKERS, cores - recognisers - 1))


def cores() -> int:
    """Those that this process may use: its affinity, and a container's share of CPU time."""
    try:
        count = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        count = os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):  # "max 100000", or "150000 100000"
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            count = min(count, max(1, int(quota) // int(period)))
    return count


def clashes(config: Config) -> list[str]:
    """Why the ports of these workers cannot be had, each with what to do; []: they can."""
    workers = config.process.workers
    first = config.rtc.port
    if first and first + workers - 1 > HIGHEST_PORT:
        problem = (
            f"MEDIA_SERVER_RTC_PORT: {workers} workers use {first} and the {workers - 1} after it, "
            f"which ends above {HIGHEST_PORT}; for example "
            f"MEDIA_SERVER_RTC_PORT={HIGHEST_PORT - workers + 1}"
        )
        return [problem]
    return []


def of_worker(config: Config, role: Role) -> Config:
    """What this worker has for itself: its UDP port. Figures are asked for at the front, and the
    recognisers are in the speech process, also those that work for a queue in Redis."""
    if role.kind == "worker" and config.http.metrics_port:
        config = with_changes(config, "http", metrics_port=0, metrics=False)
    if role.kind == "worker" and config.stt.redis_url:
        config = with_changes(config, "stt", workers=0)
    beyond = role.number - 1 if role.kind == "worker" else 0
    if beyond and config.rtc.port:
        config = with_changes(config, "rtc", port=config.rtc.port + beyond)
    return config


def supervise(config: Config, read: Callable[[], Config]) -> int:
    """Blocking, until all has ended: the exit code. `read`: the settings once more, as a new
    process would read them."""
    if config.process.workers == 1:
        return Supervisor(config.process, drain_s=config.http.drain_s).run()
    try:
        listening = bind(config.http.host, config.http.port)
        directory = RunDirectory()
    except CannotServe as error:
        print(f"media-server: {error}", file=sys.stderr)  # noqa: T201  # the command's own answer
        return EXIT_FAILED
    plan = _plan(config, listening, directory.path)
    try:
        return Supervisor(
            config.process,
            drain_s=config.http.drain_s,
            plan=plan,
            check=lambda: check(config, read),
            on_serving=lambda: _say_ready(config, plan),
        ).run()
    finally:
        directory.close()


def check(config: Config, read: Callable[[], Config]) -> None:
    """Whether processes with the settings as they are now could stand beside those with `config`.
    Raises Unusable."""
    try:
        new = read()
    except (ConfigError, OSError, ValueError) as error:
        raise Unusable(" ".join(str(error).split())) from None
    new = dataclasses.replace(new, process=config.process)
    if problems := clashes(new):
        raise Unusable(" ".join(problems))
    before, after = _shared(config), _shared(new)
    if changed := [name for name in before if before[name] != after[name]]:
        raise Unusable(
            f"{', '.join(changed)} cannot change while old and new processes work together: "
            "set it back, or restart the server"
        )


def _shared(config: Config) -> dict[str, object]:
    """What the processes of one server must agree on, by variable: where interviews are, where
    words are asked for, and ports that were dealt out at the start."""
    return {
        "DATA_DIR": config.store.data_dir,
        "MEDIA_SERVER_STORE_URL": config.store.store_url,
        "MEDIA_SERVER_STT_REDIS_URL": config.stt.redis_url,
        "MEDIA_SERVER_STT_WORKERS (from or to 0)": config.stt.workers > 0,
        "MEDIA_SERVER_RTC_PORT": config.rtc.port,
        "MEDIA_SERVER_METRICS_PORT": config.http.metrics and config.http.metrics_port,
    }


def _say_ready(config: Config, plan: Plan) -> None:
    """The line that whoever started the server waits for."""
    if plan.listening is not None:
        print(f"ready {person_url(config, plan.listening)}", flush=True)  # noqa: T201  # as above


def _plan(config: Config, listening: socket.socket, run_dir: Path) -> Plan:
    plan = several(
        config.process.workers, run_dir, speech=config.stt.workers > 0, listening=listening
    )
    metrics_port = bool(config.http.metrics and config.http.metrics_port)
    return dataclasses.replace(
        plan, workers_beside=not config.rtc.port, front_beside=not metrics_port
    )
