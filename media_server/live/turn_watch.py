"""The turns of one session, followed: what happens in it is marked, with the time on the clock.

The calls cost a few microseconds each, and there are some twenty of them in a turn: one for what
follows from an input, none for a packet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from media_server.interview import inputs as inp
from media_server.live.inbox import Item
from media_server.live.session_counts import TURNS
from media_server.live.steps import Step
from media_server.live.turn_marks import TurnMarks
from media_server.live.turn_traces import TurnTraces
from media_server.ports import SttOutcome
from media_server.wall_clock import InterviewClock


class TurnWatch:
    """One per session."""

    def __init__(
        self,
        marks: TurnMarks,
        traces: TurnTraces,
        clock: InterviewClock,
        count: Callable[[str], None],
    ) -> None:
        self._marks = marks
        self._traces = traces
        self._clock = clock
        self._count = count

    def decided(self, item: Item, input_: inp.Input, now_s: float, steps: Sequence[Step]) -> None:
        self._marks.decided(input_, item.put_s or now_s, now_s, steps)
        for outcome in self._marks.take_outcomes():
            self._count(TURNS[outcome])

    def acts(self, since_s: float, *, stored: bool) -> None:
        """The effects of what was decided at `since_s` come next."""
        self._marks.acts(since_s, self._clock.now_s(), stored=stored)

    def acted(self) -> None:
        """They are done."""
        trace = self._marks.acted(self._clock.now_s(), self._clock.ahead_s())
        if trace is not None:
            self._traces.barged_in(trace)

    def final_came(self, turn_epoch: int, outcome: SttOutcome) -> None:
        now_s, ahead_s = self._clock.now_s(), self._clock.ahead_s()
        late = self._marks.final_came(turn_epoch, outcome, now_s, ahead_s)
        if late is not None:
            self._traces.late(late)

    def first_packet(self, utterance_id: str) -> None:
        trace = self._marks.first_packet(utterance_id, self._clock.now_s(), self._clock.ahead_s())
        if trace is not None:
            self._traces.finished(trace)

    def look(self) -> None:
        """From time to time, whatever happens."""
        self._marks.look(self._clock.now_s())

    def close(self) -> None:
        """The session ends."""
        self._marks.left()
        for outcome in self._marks.take_outcomes():
            self._count(TURNS[outcome])
