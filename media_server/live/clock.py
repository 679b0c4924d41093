"""The process clock: Unix seconds that never jump."""

from __future__ import annotations

import time


class AnchoredClock:
    """Wall time read once, then advanced by the monotonic clock (see `ports.Clock`)."""

    def __init__(self) -> None:
        self._wall_s = time.time()
        self._monotonic_s = time.monotonic()

    def now_s(self) -> float:
        return self._wall_s + (time.monotonic() - self._monotonic_s)
