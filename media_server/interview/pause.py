"""The pause that runs within the candidate's turn: how long it is, and how long it may be. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from media_server.interview import pacing
from media_server.interview.spec import InterviewSpec, Pace

ASKED_FOR = "asked_for"
"""The reason of a pause that the candidate asked for."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Times are those of the process clock; waits are before the accommodation."""

    since_s: float
    """When `silence_ms` was true: it has grown since."""
    silence_ms: int
    spoken_ms: int
    """First speech of the turn to the last before the pause."""
    wait_ms: int
    """The silence that ends the turn."""
    reason: str
    """Why so long: `patience.Reason`."""
    goes_on: float | None = None
    """What a model makes of the sound before it; None: none was asked, or it has not answered."""
    held: bool = False
    """No silence ends the turn, but for `wait_ms` where that was asked for ("let me think")."""

    def at(self, now_s: float) -> Pause:
        """The same pause, as long as it is at `now_s`."""
        grown_ms = max(0, round((now_s - self.since_s) * 1000))
        return replace(self, since_s=now_s, silence_ms=self.silence_ms + grown_ms)


def begun(
    spec: InterviewSpec, pace: Pace, now_s: float, silence_ms: int = 0, spoken_ms: int = 0
) -> Pause:
    """A pause of which nothing is known yet."""
    wait_ms = pacing.silence_ms(spec.turn, pace)
    return Pause(now_s, silence_ms, spoken_ms, wait_ms, "complete")


def whole_wait_ms(spec: InterviewSpec, pause: Pause) -> int:
    """As the audio receiver counts: the accommodation, and the shortest turn, are in it."""
    if pause.held:
        return pause.wait_ms
    turn, multiplier = spec.turn, spec.accommodations.time_multiplier
    shortest_ms = turn.min_turn_ms * multiplier - pause.spoken_ms
    return round(max(pause.wait_ms * multiplier, shortest_ms))
