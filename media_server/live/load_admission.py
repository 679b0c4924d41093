"""Whether the machine carries one more: newcomers wait while it has too much to do. Pure.

Each figure is judged by the middle of what it was over some seconds, so a spike changes nothing:
more than half of the window must be above the limit. It is well again below `WELL` of the limit, so
that it does not swing at the limit itself, or when it was within the limit for `RESTED_S`: nobody
waits for ever where nothing is too much. After a time of too much load newcomers come in one after
another, each `PACE_S`: what they cost shows only seconds later.

None of this concerns who has begun. Nothing is refused while nothing was measured.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

WELL = 0.8
RESTED_S = 60.0
"""Within its limit for so long, a figure is well, however near the limit it stays."""
PACE_S = 2.0
PACED_FOR_S = 60.0
OLD_S = 30.0
"""What was measured longer ago says nothing."""

Figure = Literal["loop_lag", "cpu", "transcription", "memory", "files"]
FIGURES: tuple[Figure, ...] = ("loop_lag", "cpu", "transcription", "memory", "files")


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """0: that figure keeps nobody out."""

    loop_lag_s: float = 0.0
    """How late the event loop may be, 99th percentile of a second."""
    cpu: float = 0.0
    """Share of the machine's CPU that may be used, without processes that give way."""
    stt_wait_s: float = 0.0
    """How long a newcomer's words may wait for a recogniser."""
    memory_bytes: int = 0
    """How much must be left."""
    files: float = 0.0
    """Share of the descriptors that may be open."""
    window_s: float = 10.0


@dataclass(frozen=True, slots=True)
class LoadSample:
    """One measurement, of about the last second. None: not known."""

    loop_lag_s: float = 0.0
    cpu: float = 0.0
    stt_wait_s: float = 0.0
    stt_saturated: bool = False
    """The recogniser says itself that it does not keep up."""
    stt_queued: int = 0
    memory_available_bytes: int | None = None
    open_files: int = 0
    open_files_limit: int = 0


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a newcomer waits."""

    kind: str
    """One of `ports.load.REFUSALS`."""
    text: str
    """With what to do, for an operator."""


class LoadGate:
    """`note` about once a second."""

    def __init__(self, limits: LoadLimits | None = None) -> None:
        self.limits = limits or LoadLimits()
        self._noted: deque[tuple[float, LoadSample, dict[Figure, float]]] = deque()
        self._known_since_s = math.inf
        """From when on it was measured without a gap."""
        self._shut: dict[Figure, float] = {}
        """Those that keep newcomers out, and when each was above its limit last."""
        self._paced_until_s = -math.inf
        self._came_s = -math.inf
        """When the last newcomer was let in."""

    def note(self, sample: LoadSample, now_s: float) -> None:
        if not self._noted or now_s - self._noted[-1][0] > OLD_S:
            self._known_since_s = now_s
        self._noted.append((now_s, sample, _shares(sample, self.limits)))
        window_s = self.limits.window_s
        while self._noted[0][0] < now_s - window_s:
            self._noted.popleft()
        if now_s - self._known_since_s < window_s / 2:
            return  # too little is known to shut anything
        for figure in FIGURES:
            middle = self._middle([shares[figure] for _, _, shares in self._noted])
            if middle > 1:
                self._shut[figure] = now_s
            elif figure in self._shut:
                self._perhaps_well(figure, middle, now_s)

    def _perhaps_well(self, figure: Figure, middle: float, now_s: float) -> None:
        if middle < WELL or now_s - self._shut[figure] >= RESTED_S:
            del self._shut[figure]
            self._paced_until_s = now_s + PACED_FOR_S

    def hears_of_words(self, now_s: float) -> bool:
        """Whether it judges how long words wait for a recogniser: where it is measured, and asked
        for."""
        return self._measured(now_s) and self.limits.stt_wait_s > 0

    def _measured(self, now_s: float) -> bool:
        return bool(self._noted) and now_s - self._noted[-1][0] <= OLD_S

    def too_much(self, now_s: float) -> tuple[Unfit, ...]:
        """(): newcomers may come, as far as load goes."""
        if not self._measured(now_s):
            return ()
        sample = self._noted[-1][1]
        return tuple(
            Unfit(figure, self._text(figure, sample) + self._until(figure))
            for figure in FIGURES
            if figure in self._shut
        )

    def paced(self, now_s: float) -> bool:
        """Newcomers come in one after another: lately there was too much to do."""
        return now_s < self._paced_until_s

    def too_early(self, now_s: float) -> bool:
        """While that is so: the newcomer before has only just come."""
        return self.paced(now_s) and now_s < self._came_s + PACE_S

    def came(self, now_s: float) -> None:
        """A newcomer was let in."""
        self._came_s = now_s

    def _until(self, figure: Figure) -> str:
        """What there is to add of one that is within its limit again."""
        within_s = self._noted[-1][0] - self._shut[figure]
        if within_s <= 0:
            return ""
        left_s = max(1.0, RESTED_S - within_s)
        return f"; it is within the limit again, newcomers come in {left_s:.0f} s at the latest"

    def _middle(self, values: list[float]) -> float:
        return sorted(values)[(len(values) - 1) // 2]

    def _text(self, figure: Figure, sample: LoadSample) -> str:
        limits = self.limits
        if figure == "loop_lag":
            lag_ms = 1000 * self._middle([one.loop_lag_s for _, one, _ in self._noted])
            return (
                f"busy: the event loop is {lag_ms:.0f} ms late (p99), the limit is "
                f"{1000 * limits.loop_lag_s:.0f} ms; add a worker or a machine, or see "
                "docs/performance.md for what holds it"
            )
        if figure == "cpu":
            used = self._middle([one.cpu for _, one, _ in self._noted])
            return (
                f"busy: {used:.0%} of the CPU is in use, the limit is {limits.cpu:.0%}; add cores "
                "or a machine, or end what else runs here"
            )
        if figure == "transcription":
            return behind(sample.stt_queued, sample.stt_wait_s)
        if figure == "memory":
            left_mb = (sample.memory_available_bytes or 0) / 1e6
            return (
                f"busy: {left_mb:.0f} MB of memory are left, the limit is "
                f"{limits.memory_bytes / 1e6:.0f} MB; give it more memory, or fewer or smaller "
                "recognisers"
            )
        return (
            f"busy: {sample.open_files} of {sample.open_files_limit} file descriptors are open; "
            "raise the limit (LimitNOFILE, ulimit -n)"
        )


def behind(queued: int, wait_s: float) -> str:
    """What is said of a recogniser that does not keep up."""
    return (
        f"transcription does not keep up: {queued} segments wait, the next one about "
        f"{min(wait_s, 3600.0):.0f} s; add workers, here or with `media-server stt-worker`"
    )


def _shares(sample: LoadSample, limits: LoadLimits) -> dict[Figure, float]:
    """How much of each limit is used; above 1 is too much."""
    waiting = _share(sample.stt_wait_s, limits.stt_wait_s)
    if sample.stt_saturated and limits.stt_wait_s:
        waiting = max(waiting, math.nextafter(1.0, 2.0))
    left = sample.memory_available_bytes
    memory = 0.0 if left is None or not limits.memory_bytes else limits.memory_bytes / max(left, 1)
    open_share = _share(sample.open_files, sample.open_files_limit)
    return {
        "loop_lag": _share(sample.loop_lag_s, limits.loop_lag_s),
        "cpu": _share(sample.cpu, limits.cpu),
        "transcription": waiting,
        "memory": memory,
        "files": _share(open_share, limits.files),
    }


def _share(value: float, limit: float) -> float:
    return value / limit if limit else 0.0
