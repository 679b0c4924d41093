"""How busy a process was in the last ten minutes: what the operations page draws. Pure.

Kept by the process itself, so that whoever opens the page when something is wrong sees how it
began.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from media_server.ports.load import LoadFigures

EVERY_S = 5.0
KEPT_S = 600.0


@dataclass(frozen=True, slots=True)
class LoadSample:
    """Of one moment."""

    at_s: float
    """Unix seconds."""
    in_call: int
    loop_lag_p99_s: float
    cpu_cores: float
    machine_cpu: float
    stt_wait_s: float


class LoadHistory:
    """Bounded: a sample each `EVERY_S`, for `KEPT_S`."""

    def __init__(self) -> None:
        self._samples: deque[LoadSample] = deque(maxlen=round(KEPT_S / EVERY_S))

    def add(self, now_s: float, load: LoadFigures) -> None:
        self._samples.append(
            LoadSample(
                now_s,
                load.in_call,
                load.loop_lag_p99_s,
                load.cpu_cores,
                load.machine_cpu,
                load.stt_wait_s,
            )
        )

    def samples(self) -> tuple[LoadSample, ...]:
        """Oldest first."""
        return tuple(self._samples)
