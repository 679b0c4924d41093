"""How busy one serving process is: what admission, placement and the operations page go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

REFUSALS = (
    "full", "demos", "tenant", "turn", "loop_lag", "cpu", "transcription", "memory", "files",
    "pace", "recogniser", "store", "draining",
)  # fmt: skip
"""Why a call was refused: every place is taken, or every place for demos, or of its tenant; others
wait for longer; a figure of load is above its limit; after that, newcomers come one after another;
no recogniser is ready; the store cannot keep what is said; the server stops."""


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """Of one process, averaged over the last seconds; numbers and reasons only, no ids."""

    in_call: int
    """Interviews with a call, connected or about to be."""
    kept: int
    """Places kept for candidates who are away and may come back."""
    capacity: int
    """Places there are."""
    loop_lag_p99_s: float
    """How late the event loop came, 99th percentile of the last 10 s."""
    cpu_cores: float
    """What the process and its children use: 1.0 is one core."""
    machine_cpu: float
    """What the machine (or the container's share of it) uses, 0 to 1."""
    stt_wait_s: float
    """How long the next final of a newcomer would wait for its recogniser."""
    rss_bytes: int
    memory_available_bytes: int
    """Of the machine, or of the container's limit where that is less; 0: not known."""
    open_files: int
    """Descriptors in use, sockets included."""
    open_files_limit: int
    refuses: tuple[str, ...] = ()
    """Why a newcomer would be refused now, each with what to do; (): there is room."""
    retry_after_s: int = 10
    """When a newcomer that is refused should ask again."""
    draining: bool = False
    waiting: int = 0
    """Newcomers who were refused and keep asking."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Calls that were refused since the start, by `ports.load.REFUSALS`."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Which interviews one serving process has, by their ids."""

    places: frozenset[str] = frozenset()
    """With a place: in a call, or kept for a candidate who is away."""
    open: frozenset[str] = frozenset()
    """With a session: this process writes their logs."""
