"""How long a worker may take over what it was given: by what it computes, not by the wall clock.

A machine that is too busy, or a worker that gets a tenth of its speed, makes every job late and no
job wrong; to end it then would only repeat the work. So the allowance of a job is its worker's CPU
time. On the wall clock it is over when the worker, past its allowance, neither answers nor computes
(it hangs in a wait), or when it has taken many times the allowance. Where nobody can tell a
worker's CPU time, the allowance counts on the wall clock. Pure.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

QUIET_S = 5.0
"""Past its allowance a worker that has computed next to nothing for so long hangs."""
LEAST_SHARE = 0.02
"""Of the wall clock: less CPU time is a thread that wakes up now and then, and no work."""
LOOK_S = 1.0
"""Between two looks at a worker's CPU time near the end of its allowance, and past it."""
EARLY_S = 0.01
"""By how much a window may fall short: timers are not exact."""
LATE_S = 2.0
"""A look that comes so late says that this process stood still too: what was seen before it, and
what was not, tells nothing."""


@dataclass(slots=True)
class Patience:
    """Of one call to an engine. Times are seconds, `began_s` on the schedule's clock."""

    began_s: float
    allowance_s: float
    threads: int
    """Of the engine: each may use the allowance."""
    stretch: float
    """How many times the allowance the wall clock may show."""
    _began_cpu_s: float | None = None
    _seen: deque[tuple[float, float]] = field(default_factory=deque)
    """(time, CPU seconds), the oldest about as old as the window that is judged."""
    next_look_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.next_look_s = self.allowed_until_s

    @property
    def allowed_until_s(self) -> float:
        """On the wall clock; compared as such, for sums of floats differ from their parts."""
        return self.began_s + self.allowance_s

    @property
    def window_s(self) -> float:
        """How far back CPU time is compared: a short allowance is looked at as a whole."""
        return min(QUIET_S, self.allowance_s)

    def began(self, cpu_s: float) -> None:
        """`cpu_s`: what the worker had computed in its life when it was given its work.

        Without this call the allowance counts on the wall clock.
        """
        self._began_cpu_s = cpu_s
        self._seen.append((self.began_s, cpu_s))
        self.next_look_s = self.allowed_until_s - self.window_s

    def is_over(self, now_s: float, cpu_s: float | None) -> bool:
        """`cpu_s`: what the worker has used since it began to live; None: nobody knows."""
        if now_s < self.next_look_s:
            return False
        took_s = now_s - self.began_s
        if cpu_s is None or self._began_cpu_s is None:
            self.next_look_s = self.allowed_until_s
            return now_s >= self.allowed_until_s
        if cpu_s - self._began_cpu_s >= self.allowance_s * self.threads:
            return True
        if took_s >= self.allowance_s * self.stretch:
            return True
        if now_s - self.next_look_s > LATE_S:
            self._seen.clear()
        while len(self._seen) > 1 and self._seen[1][0] <= now_s - self.window_s:
            self._seen.popleft()
        over = now_s >= self.allowed_until_s and self._hangs(now_s, cpu_s)
        self._seen.append((now_s, cpu_s))
        self.next_look_s = now_s + min(LOOK_S, self.window_s)
        if now_s < self.allowed_until_s:
            self.next_look_s = min(self.next_look_s, self.allowed_until_s)
        return over

    def _hangs(self, now_s: float, cpu_s: float) -> bool:
        if not self._seen:
            return False
        since_s, before_s = self._seen[0]
        window_s = now_s - since_s
        if window_s < self.window_s - EARLY_S:
            return False  # there is a look to come
        return cpu_s - before_s < LEAST_SHARE * window_s
