"""How long a download is waited for, and whether it is quick enough; no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a hub or an index is waited for."""

    silence_s: float = 60.0
    """With no byte coming from an index, a download is given up after this."""
    package_s: float = 4 * 3600.0
    """One download from an index, at most."""
    connect_s: float = 15.0
    """pip's own limit for one connection or one read."""
    tries: int = 2
    """Of a download that began and broke off; one that never began is not tried again, nor one
    that was given up."""
    least_bytes_per_s: float = 0.0
    """A line that brings less, over `window_s`, is not waited for; 0: as slow as it likes."""
    window_s: float = 30.0


USUAL = Patience()
"""For who asked for the model, and sees how far it is."""
HURRIED = Patience(silence_s=30.0, package_s=900.0, connect_s=5.0, least_bytes_per_s=100_000.0)
"""For a set-up that must go on without the model."""


class Pace:
    """Bytes over time, looked at one window after another.

    An average since the start would forgive a line that has stopped after a quick beginning, and
    blame one for the seconds that connecting took.
    """

    def __init__(self, least_bytes_per_s: float, window_s: float) -> None:
        """`least_bytes_per_s` 0: any pace will do."""
        self._least = least_bytes_per_s
        self._window_s = window_s
        self._began_s = 0.0
        self._bytes: int | None = None

    def problem(self, come: int, now_s: float) -> str:
        """`come`: bytes so far. Why it is not waited for any longer; "" while it is."""
        if self._bytes is None:  # what an earlier run left does not count
            self._began_s, self._bytes = now_s, come
        passed_s = now_s - self._began_s
        if not self._least or passed_s < self._window_s or not passed_s:
            return ""
        per_s = (come - self._bytes) / passed_s
        self._began_s, self._bytes = now_s, come
        if per_s >= self._least:
            return ""
        return f"only {per_s / 1000:.1f} kB/s came, too slow to be waited for,"
