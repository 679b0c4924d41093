"""What a decision is made of: a draft of events, an entry of the table, a deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from media_server.interview import events as ev
from media_server.interview.fold import evolve
from media_server.interview.state import State
from media_server.interview.status import Status


@dataclass(slots=True)
class Draft:
    """Events decided so far, and the state after them: a handler sees what it has just done."""

    state: State
    now_s: float
    events: list[ev.Event] = field(default_factory=list)

    def emit(self, *events: ev.Event) -> None:
        for event in events:
            self.events.append(event)
            self.state = evolve(self.state, event, self.now_s)


Handler = Callable[[Draft, Any], None]


@dataclass(frozen=True, slots=True)
class Handled:
    """What this input does in this state, and which other states it may lead to."""

    handler: Handler
    leads_to: frozenset[Status]


@dataclass(frozen=True, slots=True)
class Ignored:
    """This input changes nothing in this state, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that happens by itself at `at_s`."""

    at_s: float
    name: str
    act: Callable[[Draft], object]
