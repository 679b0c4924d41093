"""What `media-server bench` prints: a heading, a line for each step, and the verdict. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from media_server.config import Config
from media_server.terminal import Paint
from media_server.tools.bench_ramp import Machine, Part, Verdict, Window, reach

WIDTH = 92
PART_NAMES: dict[Part, str] = {
    "recogniser": "the recogniser",
    "media": "the event loop of the one worker",
    "processor": "the processor",
    "voice": "the voice",
    "memory": "memory",
    "admission": "the limits that are set",
    "load": "the load generator beside it",
    "others": "other programs on this machine",
}


def part_name(part: Part, machine: Machine) -> str:
    if part == "media" and machine.workers > 1:
        return f"the event loops of {machine.workers} workers"
    return PART_NAMES[part]


def heading(
    config: Config, machine: Machine, processor: str, seconds: float, how: str, paint: Paint
) -> Iterator[str]:
    """What is about to be measured, and for how long. `how`: why there are so many workers."""
    yield paint(f"{machine.cores:g} cores, {processor}", "bold")
    if not machine.recognisers:
        yield "recogniser  none: segments are cut, sent and answered at no cost"
    else:
        name = config.stt.model_dir.rstrip("/").rpartition("/")[2]
        workers = "1 worker" if machine.recognisers == 1 else f"{machine.recognisers} workers"
        yield f"recogniser  {' '.join(filter(None, (config.stt.engine, name)))}, {workers}"
    yield f"voice       {config.tts.engine}"
    yield f"workers     {machine.workers} ({how})"
    yield paint(
        f"measuring for about {seconds:.0f} s: everybody talks all the time, on this machine "
        "alone; nothing of DATA_DIR is touched",
        "dim",
    )
    yield ""
    yield paint(
        "talking   recognisers   event loop   machine   words wait   loop late   lost", "dim"
    )


def progress(
    window: Window, faults: Sequence[tuple[Part, str]], machine: Machine, paint: Paint
) -> str:
    """One step in one line."""
    share = f"{window.finals_busy / machine.recognisers:.0%}" if machine.recognisers else "-"
    loops = window.loop_cores / machine.workers
    used = (window.server_cores + window.load_cores + window.other_cores) / machine.cores
    line = (
        f"{window.talking:7}   {share:>11}   {loops:10.0%}   {used:7.0%}   "
        f"{_waits(window.finals_wait_p95_s):>10}   {_milliseconds(window.loop_lag_p99_s):>9}   "
        f"{window.frames_lost:4}   "
    )
    if not faults:
        return line + paint("ok", "green")
    return line + paint(f"too many: {faults[0][1]}", "yellow")


def summary(
    config: Config,
    machine: Machine,
    windows: Sequence[Window],
    outcome: Verdict,
    disk_hours: float,
    paint: Paint,
) -> Iterator[str]:
    """The verdict, what each part would carry alone, and one sentence of advice."""
    yield ""
    yield paint(f"This machine carries {_candidates(outcome)}.", "bold")
    if outcome.carries > outcome.measured and outcome.limit == "others":
        yield from _wrapped(
            f"{outcome.measured} were carried here while other programs were in the way; the rest "
            "is estimated from the processor time that a candidate costs."
        )
    elif outcome.carries > outcome.measured:
        yield from _wrapped(
            f"{outcome.measured} talked here; the load generator took "
            f"{max(w.load_cores for w in windows):.1f} cores beside them, which a real server "
            "does not lose."
        )
    lead = "What would limit it first is" if outcome.at_least else "What limits it is"
    yield from _wrapped(f"{lead} {part_name(outcome.limit, machine)}: {outcome.why}.")
    carried = [window for window in windows if window.talking <= max(1, outcome.measured)]
    reached = reach((carried or list(windows))[-1], machine)
    if reached:
        by_part = sorted(reached.items(), key=lambda item: item[1])
        named = ", ".join(f"{part_name(part, machine)} {count}" for part, count in by_part)
        yield from _wrapped(f"Each part alone, by what it costs here: {named}.")
    yield from _wrapped(
        f"Disk: DATA_DIR has room for {disk_hours:,.0f} hours of one talking candidate."
    )
    yield from (paint(line, "cyan") for line in _wrapped(outcome.advice))
    if 0 < outcome.carries < config.live.max_live and not outcome.at_least:
        yield from _wrapped(
            f"MEDIA_SERVER_MAX_LIVE is {config.live.max_live}. In an interview candidates talk "
            "about two thirds of the time, so that "
            f"{max(1, outcome.carries * 3 // 2)} is what fits here."
        )


def _candidates(outcome: Verdict) -> str:
    if not outcome.carries:
        return "no talking candidate without delay"
    few = (
        "one talking candidate" if outcome.carries == 1 else f"{outcome.carries} talking candidates"
    )
    return f"{'at least ' if outcome.at_least else 'about '}{few} at the same time"


def _waits(seconds: float) -> str:
    return "> 30 s" if seconds > 30 else f"{seconds:.2g} s"


def _milliseconds(seconds: float) -> str:
    return "> 1 s" if seconds > 1 else f"{seconds * 1000:.2g} ms"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
