"""What an input leads to, one event after another; and its writing where no candidate is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media_server.interview import inputs as inp
from media_server.interview import machine
from media_server.interview.events import Event
from media_server.interview.fold import evolve
from media_server.interview.state import State
from media_server.live import summary
from media_server.live.journal import Journal


@dataclass(frozen=True, slots=True)
class Step:
    before: State
    event: Event
    after: State


def decide(state: State, input_: inp.Input, now_s: float) -> list[Step]:
    """In their order; none where the input changes nothing."""
    steps = []
    for event in machine.decide(state, input_, now_s):
        after = evolve(state, event, now_s)
        steps.append(Step(state, event, after))
        state = after
    return steps


async def write(journal: Journal, steps: Sequence[Step], now_s: float) -> State:
    """Append them, for an interview that no session has open; answers the state after them.

    Raises LostOwnership. Where the store is away `journal.trouble` is set.
    """
    after = steps[-1].after
    journal.add([step.event for step in steps], now_s)
    await journal.flush(after.status.value, now_s, summary.of(after))
    return after
