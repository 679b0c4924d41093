"""What holds the event loop: a thread that looks at it while it is held, and says so in the log.

`LoopLag` counts how late the loop comes. This names the reason: from `LOOK_FROM_S` of lateness on
the thread reads the stack of the loop's thread each `LOOK_EVERY_S`. When the loop comes again after
`STALL_S` or more, one line says for how long, how much of it was computing, and in which lines. The
stack has files, lines and names of functions, and no values. As it looks before it is sure, no
stall of that length falls between two looks.

A sampler sees a thread only when the interpreter lets it: code in C that never gives up the
interpreter's lock is found at the next line of Python after it. Where the whole process stood
still, or the loop waits and is not let run, nobody holds it, and nothing is said here
(`media_server_loop_lag_seconds` counts it).
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from types import FrameType

from media_server.loop_lag import INTERVAL_S, LATE_S, LoopLag
from media_server.ports import Public

logger = logging.getLogger(__name__)

STALL_S = 0.05
LOOK_EVERY_S = 0.02
LOOK_FROM_S = LATE_S
"""Late by less than this a loop is not looked at: so it costs next to nothing while all is well."""
FRAMES = 8
"""Of a stack, the innermost."""
_STOP_S = 2.0
KEPT = 50
"""Stalls that are remembered, for the operations page."""


@dataclass(frozen=True, slots=True)
class Held:
    """A stall that is over."""

    until_s: float
    """On the monotonic clock."""
    at_s: float
    """The same in Unix seconds, as it was then: the same whoever asks, and when."""
    held_ms: int
    computing_ms: int
    stack: tuple[str, ...]
    """Innermost first: "file:line function"."""


@dataclass
class Stall:
    """One time that the loop did not come."""

    since_s: float
    cpu_s: float
    """What the loop's thread had computed by then."""
    stacks: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def stack(self) -> tuple[str, ...]:
        """The one seen most often, innermost first."""
        return self.stacks.most_common(1)[0][0]


class LoopStalls:
    """`start` on the loop that `lag` watches; `stop` there too."""

    def __init__(self, lag: LoopLag) -> None:
        self._lag = lag
        self._running = threading.Lock()
        """Held while it runs. Waiting for it is one call, which an Event's `wait` is not."""
        self._thread: threading.Thread | None = None
        self.count = 0
        self.recent: deque[Held] = deque(maxlen=KEPT)
        """Oldest first; the thread adds to it."""

    def start(self) -> None:
        watched = threading.get_ident()
        self._running = threading.Lock()
        self._running.acquire()
        self._thread = threading.Thread(
            target=self._run, args=(watched, self._running), name="loop-stalls", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._running.release()
            self._thread.join(_STOP_S)
        self._thread = None

    def _run(self, watched: int, running: threading.Lock) -> None:
        clock = time.pthread_getcpuclockid(watched)
        stall: Stall | None = None
        cpu_s = time.clock_gettime(clock)
        looked_s = time.monotonic()
        while not running.acquire(timeout=LOOK_EVERY_S):
            last_look_s, looked_s = looked_s, time.monotonic()
            beat_s = self._lag.beat_s
            if stall is not None and beat_s > stall.since_s:
                since_s, until_s = self._lag.late
                if since_s == stall.since_s and until_s - since_s >= INTERVAL_S + STALL_S:
                    self._tell(stall, until_s, time.clock_gettime(clock))
                stall = None
            if looked_s - beat_s < INTERVAL_S + LOOK_FROM_S:
                cpu_s = time.clock_gettime(clock)
            elif looked_s - last_look_s < STALL_S:  # else this thread stood still as well
                frame = sys._current_frames().get(watched)
                if frame is not None and not waits(frame) and self._lag.beat_s == beat_s:
                    stall = stall or Stall(beat_s, cpu_s)
                    stall.stacks[lines_of(frame)] += 1

    def _tell(self, stall: Stall, until_s: float, cpu_s: float) -> None:
        held_ms = round(1000 * (until_s - stall.since_s - INTERVAL_S))
        computing_ms = round(1000 * (cpu_s - stall.cpu_s))
        at_s = time.time() - (time.monotonic() - until_s)
        self.recent.append(Held(until_s, at_s, held_ms, computing_ms, stall.stack))
        logger.warning(
            "the event loop was held for %d ms, %d ms of it computing: %s",
            held_ms,
            computing_ms,
            Public(" < ".join(stall.stack)),
        )
        self.count += 1


def waits(frame: FrameType) -> bool:
    """For something to do. Then nobody holds the loop: the machine does not let it run."""
    return frame.f_code.co_name == "select" and frame.f_code.co_filename.endswith("selectors.py")


def lines_of(frame: FrameType | None) -> tuple[str, ...]:
    """The innermost places of a stack: "file:line function"."""
    found: list[str] = []
    while frame is not None and len(found) < FRAMES:
        code = frame.f_code
        found.append(f"{short(code.co_filename)}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return tuple(found)


def short(path: str) -> str:
    """The last two parts: enough to find a file, and nothing of where it is installed."""
    return "/".join(path.replace("\\", "/").split("/")[-2:])
