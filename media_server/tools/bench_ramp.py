"""How many talking candidates a machine carries, from what was measured: pure.

`next_step` says how many should talk next, `verdict` what the steps together mean. A step is good
when nothing was late: the event loop came in time, no frame was lost, words did not wait. The
recogniser's share is judged by the same figure as `media-server doctor` judges it
(`stt.speed.LOAD`), so that the two cannot contradict each other; here interims, queue, voice and
media are in it, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from media_server.stt.speed import LOAD

Part = Literal["recogniser", "media", "processor", "voice", "memory", "admission", "load", "others"]

LAG_P99_S = 0.02
"""Later than one frame, and candidates begin to hear it."""
LOST_SHARE = 0.001
WAIT_P95_S = 1.0
"""A turn is over after 2 s of silence, 0.5 s of which close the segment: its words have 1.5 s."""
BUSY_SHARE = 0.9
"""Of the machine's cores: above it, everything waits for a core."""
LOOP_SHARE = 0.8
"""Of a core, for the event loop of one worker."""
MEMORY_SHARE = 0.8
OTHERS_SHARE = 0.15
"""Of the machine's cores, that other programs may use before they are to blame."""
BOT_SHARE = 0.2
"""How much of an interview the bot speaks."""
LONGER = "Give it more time for a firm figure: `media-server bench --seconds 300`."
STEP_S = 22.0
"""About: candidates join and are asked, things settle, and the measuring."""
FIRST = 2
MOST = 2000


@dataclass(frozen=True, slots=True)
class Machine:
    """What does not change while it is measured."""

    cores: float
    memory_bytes: int
    """That is free before the server starts."""
    recognisers: int
    """Worker processes; 0: none works here."""
    idle_rss_bytes: int = 0
    """Of the server without a call."""
    workers: int = 1
    """Processes that serve calls, each with an event loop."""


@dataclass(frozen=True, slots=True)
class Window:
    """One step: averages over `seconds` while `talking` candidates talk without an end."""

    talking: int
    seconds: float
    loop_cores: float
    """Of the threads of the event loops, of all workers: 1.0 is a whole core."""
    media_cores: float
    """Of the serving processes, those threads included, and of what is around them."""
    recogniser_cores: float
    voice_cores: float
    load_cores: float
    """Of the load generator, which is not the server's."""
    finals_busy: float
    """Seconds of recogniser per second, for finals alone; over all workers."""
    finals_wait_p95_s: float
    loop_lag_p99_s: float
    """Of the worker whose loop came latest."""
    frames: int
    """That the candidates sent."""
    frames_lost: int
    load_late: int
    """Times that the load itself sent too late."""
    rss_bytes: int
    other_cores: float = 0.0
    """Of programs that are neither the server nor the load."""
    voice_cpu_per_s: float = 0.0
    """CPU seconds for a second of new speech; 0: not known yet."""
    bot_late_share: float = 0.0
    """Of the bot's frames while the candidates of this step joined, those over 60 ms late."""
    refused: str = ""
    """Why the server let no more in, in its own words."""

    @property
    def server_cores(self) -> float:
        return self.media_cores + self.recogniser_cores + self.voice_cores


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of the whole ramp."""

    carries: int
    """Candidates who talk at the same time, without what the load itself took. Where other
    programs were in the way: by the processor time that a candidate costs, which they do not
    change."""
    measured: int
    """Of these, how many talked here."""
    at_least: bool
    """Nothing gave way in the time there was: it may carry more."""
    limit: Part
    why: str
    advice: str


def faults(window: Window, machine: Machine) -> tuple[tuple[Part, str], ...]:
    """What was not in time, what most likely caused it first; (): the step was carried."""
    found: list[tuple[Part, str]] = []
    used = window.server_cores + window.load_cores
    full = used >= BUSY_SHARE * machine.cores
    late = window.loop_lag_p99_s > LAG_P99_S
    lost = window.frames_lost > LOST_SHARE * max(1, window.frames)
    waits = window.finals_wait_p95_s > WAIT_P95_S
    busy = machine.recognisers and window.finals_busy > LOAD * machine.recognisers
    if late or lost or waits:
        if full:
            found.append(("processor", f"{used:.1f} of {machine.cores:g} cores are in use"))
        elif window.other_cores > OTHERS_SHARE * machine.cores:
            text = f"other programs use {window.other_cores:.1f} of {machine.cores:g} cores"
            found.append(("others", text))
    if busy or waits:
        share = window.finals_busy / max(1, machine.recognisers)
        text = f"finals keep each recogniser {share:.0%} busy and wait "
        found.append(("recogniser", text + f"{_seconds(window.finals_wait_p95_s)} (p95)"))
    if late:
        which = "the" if machine.workers == 1 else "an"
        lag_s = window.loop_lag_p99_s
        lateness = "more than 1 s" if lag_s > 1 else f"{lag_s * 1e3:.0f} ms"
        found.append(("media", f"{which} event loop comes {lateness} late"))
    if lost:
        found.append(("media", f"{window.frames_lost} frames of {window.frames} were lost"))
    if window.refused:
        found.append(("admission", f"the server let no more in: {window.refused}"))
    if window.load_late and not found:
        found.append(("load", "the load generator itself came too late"))
    return tuple(found)


def reach(window: Window, machine: Machine) -> dict[Part, int]:
    """How many would talk when each part alone is used up, by what this step cost; at least 1."""
    found: dict[Part, float] = {}
    each = 1 / window.talking
    if machine.recognisers and window.finals_busy > 0:
        found["recogniser"] = LOAD * machine.recognisers / (window.finals_busy * each)
    if window.loop_cores > 0:
        found["media"] = LOOP_SHARE * machine.workers / (window.loop_cores * each)
    if window.server_cores > 0:
        found["processor"] = BUSY_SHARE * machine.cores / (window.server_cores * each)
    if window.voice_cpu_per_s > 0:
        found["voice"] = LOAD / (window.voice_cpu_per_s * BOT_SHARE)
    grown = window.rss_bytes - machine.idle_rss_bytes
    if grown > 0:
        free = MEMORY_SHARE * machine.memory_bytes - machine.idle_rss_bytes
        found["memory"] = max(0.0, free) / (grown * each)
    return {part: max(1, int(min(count, MOST))) for part, count in found.items()}


def next_step(windows: Sequence[Window], machine: Machine, left_s: float) -> int | None:
    """How many should talk next; None: it is known well enough, or there is no time."""
    if not windows:
        return FIRST
    if left_s < STEP_S:
        return None
    good, bad = _bounds(windows, machine)
    if bad is None:
        nearest = min(reach(windows[-1], machine).values(), default=MOST)
        by_reach = min(3 * good, int(0.9 * nearest))
        step = max(good + max(1, good // 8), by_reach)
        return min(step, MOST) if good < MOST else None
    if bad - good <= max(1, good // 6):
        return None
    return (good + bad) // 2


def verdict(windows: Sequence[Window], machine: Machine) -> Verdict:
    """`windows`: all steps in their order, at least one."""
    good, bad = _bounds(windows, machine)
    carried = [window for window in windows if not faults(window, machine)]
    best = max(carried, key=lambda window: window.talking, default=None)
    failed = [w for w in windows if w.talking == bad and faults(w, machine)]
    basis = best if best is not None else failed[-1]
    reached = reach(basis, machine)
    if failed:
        limit, why = faults(failed[-1], machine)[0]
        if limit == "admission":
            limit = min(reached, key=lambda part: reached[part], default=limit)
    else:
        limit = min(reached, key=lambda part: reached[part], default="media")
        why = "nothing gave way in the time there was"
    carries = good
    if limit == "others":
        carries = max(good, min(reached.values(), default=good))
    elif best is not None and limit in ("processor", "load"):
        share = 1 + best.load_cores / max(0.01, best.server_cores)
        others = [count for part, count in reached.items() if part != "processor"]
        carries = max(good, min(int(good * share), *others, MOST))
    fullest = max(windows, key=lambda window: window.server_cores)
    idle = machine.cores - fullest.server_cores - fullest.other_cores
    # a core for each event loop, whatever it leaves idle
    spare = min(idle, machine.cores - machine.workers - machine.recognisers)
    said = advice(limit, fullest, spare, machine.workers) if failed else LONGER
    return Verdict(carries, good, not failed, limit, why, said)


def advice(limit: Part, window: Window, spare_cores: float, workers: int = 1) -> str:
    """One sentence: what to change first."""
    if limit == "processor":
        parts = {
            "recogniser": window.recogniser_cores,
            "media": window.media_cores,
            "voice": window.voice_cores,
        }
        most = max(parts, key=lambda part: parts[part])
        return (
            f"This machine has no core left, and the {most} takes the most: add cores, or let "
            "`media-server stt-worker` transcribe on another machine."
        )
    if limit == "recogniser":
        if spare_cores >= 1.5:
            return (
                f"About {spare_cores:.0f} cores are idle: raise MEDIA_SERVER_STT_WORKERS, and "
                "leave one core to each worker."
            )
        return (
            "Take a smaller model (`media-server models`), or let `media-server stt-worker` "
            "transcribe on another machine."
        )
    if limit == "media" and spare_cores >= 2:  # one is for the front, voices and the store
        return (
            f"Let more workers share this machine (`media-server serve --workers {workers + 1}`), "
            "one core each, or add machines."
        )
    return {
        "media": "Add cores for more workers, or machines: each core has its worker or its "
        "recogniser already.",
        "voice": "Ask from templates, whose questions are spoken once for everybody, or take a "
        "lighter voice.",
        "memory": "Add memory, or take a smaller model for the recogniser.",
        "admission": "See MEDIA_SERVER_MAX_LIVE and what /readyz says.",
        "load": "Measure again on a machine with more cores.",
        "others": "Measure again when this machine has nothing else to do: until then the figure "
        "is an estimate.",
    }[limit]


def _bounds(windows: Sequence[Window], machine: Machine) -> tuple[int, int | None]:
    """(most that were carried, fewest above them that were not). A step that failed below one
    that was carried was somebody else's fault: the machine has shown that it can."""
    good = max((w.talking for w in windows if not faults(w, machine)), default=0)
    bad = [w.talking for w in windows if w.talking > good and faults(w, machine)]
    return good, min(bad, default=None)


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 100 else "for minutes"
