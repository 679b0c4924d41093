"""What an operator should look at, of the figures of one worker: each with why, in words. Pure.

The operations page says by it whether a server is healthy. It speaks of this moment; the alert
rules in `deploy/prometheus` speak of minutes, and have lower limits for what may pass in a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from media_server.ports import Readiness, StoreFigures, SttStatus
from media_server.ports.load import LoadFigures

Level = Literal["bad", "warn"]
"""bad: candidates suffer, or nobody can join. warn: it may come to that."""

LAG_WARN_S = 0.05
"""A frame of speech is 20 ms, and browsers keep about 60 ms of it ready."""
LAG_BAD_S = 0.2
STT_WARN_S = 3.0
"""After that a candidate waits for the next question."""
STT_BAD_S = 10.0
CPU_WARN = 0.9
MEMORY_WARN_BYTES = 256 << 20
FILES_WARN = 0.8
RESTARTED_S = 600.0
"""For so long a restart is spoken of."""
STALLS_S = 600.0
STALLS_WARN = 10
DISK_WARN_BYTES = 2_000_000_000
_CODES = {
    "loop_lag": "loop_late",
    "transcription": "stt_behind",
    "cpu": "cpu",
    "memory": "memory",
    "files": "files",
}
"""Of the figures of load for which a newcomer is refused: each is one sign, not two."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing to look at."""

    level: Level
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Watched:
    """Of one worker, now."""

    readiness: Readiness
    load: LoadFigures
    stt: SttStatus
    store: StoreFigures
    model_left_alone: bool
    """The language model failed and is not asked for now."""
    restarts: Mapping[str, int] | None
    """By the reason, since the supervisor began."""
    restarted_ago_s: float | None
    """Since the last of them; None: there was none."""
    recent_stalls: int
    """Of the last `STALLS_S`."""


def signs(of: Watched) -> tuple[Sign, ...]:
    """The bad ones first; () where nothing is wrong."""
    joining = list(_joining(of))
    told = {sign.code for sign in joining}
    speed = (sign for sign in _speed(of.load) if sign.level == "bad" or sign.code not in told)
    found = [*joining, *speed, *_parts(of), *_past(of)]
    return tuple(sorted(found, key=lambda sign: sign.level != "bad"))


def worst(found: Sequence[Sign]) -> Literal["good", "warn", "bad"]:
    """Of all of them; good: there is none."""
    levels = {sign.level for sign in found}
    return "bad" if "bad" in levels else "warn" if levels else "good"


def _joining(of: Watched) -> Iterator[Sign]:
    """Why a newcomer would be refused. That they wait, or that it is about to stop, is no fault."""
    ready = of.readiness
    level: Level = "warn" if ready.full or ready.waits or of.load.draining else "bad"
    for reason, kind in zip_longest(ready.reasons, ready.kinds, fillvalue=""):
        yield Sign(level, _CODES.get(kind, "not_ready"), reason)
    for reason in of.load.refuses:
        if reason not in of.readiness.reasons:
            yield Sign("warn", "refuses", reason)
    for notice in of.readiness.notices:
        yield Sign("warn", "notice", notice)


def _speed(load: LoadFigures) -> Iterator[Sign]:
    if load.loop_lag_p99_s >= LAG_WARN_S:
        late_ms = round(1000 * load.loop_lag_p99_s)
        level: Level = "bad" if load.loop_lag_p99_s >= LAG_BAD_S else "warn"
        text = f"the event loop comes {late_ms} ms late (99th percentile): speech may stutter"
        yield Sign(level, "loop_late", text)
    if load.stt_wait_s >= STT_WARN_S:
        level = "bad" if load.stt_wait_s >= STT_BAD_S else "warn"
        wait_s = min(load.stt_wait_s, 3600.0)
        yield Sign(level, "stt_behind", f"words wait {wait_s:.0f} s for a recogniser")
    if load.machine_cpu >= CPU_WARN:
        yield Sign("warn", "cpu", f"{load.machine_cpu:.0%} of the machine's CPU is in use")
    if 0 < load.memory_available_bytes < MEMORY_WARN_BYTES:  # 0: not known here
        left = load.memory_available_bytes >> 20
        yield Sign("warn", "memory", f"{left} MiB of memory are left on the machine")
    if load.open_files_limit and load.open_files >= FILES_WARN * load.open_files_limit:
        text = f"{load.open_files} of {load.open_files_limit} file descriptors are in use"
        yield Sign("warn", "files", text)


def _parts(of: Watched) -> Iterator[Sign]:
    if of.store.gauges.get("spool_failing"):
        yield Sign("bad", "spool", "received audio cannot be spooled: a crash would lose it")
    stt = of.stt
    if 0 < stt.workers_ready < stt.workers_wanted:
        why = f": {stt.trouble}" if stt.trouble else ""
        text = f"{stt.workers_ready} of {stt.workers_wanted} recognisers are ready{why}"
        yield Sign("warn", "stt_workers", text)
    free = of.store.gauges.get("disk_free_bytes")
    if free is not None and free < DISK_WARN_BYTES:
        yield Sign("warn", "disk", f"{free / 1e9:.1f} GB are left on the fullest disk of DATA_DIR")
    damaged = round(of.store.gauges.get("interviews_damaged", 0))
    if damaged:
        yield Sign("warn", "damaged", f"interviews whose stored data cannot be read: {damaged}")
    if of.model_left_alone:
        yield Sign("warn", "model", "the language model does not answer: the script goes on alone")


def _past(of: Watched) -> Iterator[Sign]:
    ago_s = of.restarted_ago_s
    if of.restarts and ago_s is not None and ago_s < RESTARTED_S:
        counts = ", ".join(f"{reason} {n}" for reason, n in of.restarts.items() if n)
        text = f"it was started again {ago_s:.0f} s ago, after its process: {counts}"
        yield Sign("warn", "restarted", text)
    if of.recent_stalls > STALLS_WARN:
        text = f"times the event loop was held for over 50 ms, in ten minutes: {of.recent_stalls}"
        yield Sign("warn", "stalls", text)
