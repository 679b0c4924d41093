"""Finals that wait for a worker, in fair order: of the schedule, pure.

One interview's backlog is its own: whoever was served longest ago comes next, so that another
candidate's sentence waits for at most one segment of each interview that waits. A final whose
delivery failed comes first, as it did before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from media_server.stt.pool.actions import Ticket

MAX_REMEMBERED = 1024
"""Interviews whose last turn is known; over it those with nothing to wait for are forgotten."""


class FairQueue:
    """Its owner bounds it. Every call looks through all of it: meant for some hundred tickets."""

    def __init__(self) -> None:
        self._tickets: list[Ticket] = []
        """In the order in which they came; those that are delivered again before the rest."""
        self._counts: Counter[str] = Counter()
        self._served: dict[str, tuple[int, float]] = {}
        """By interview: in which place of all, and when, it was served last."""
        self._servings = 0

    def __len__(self) -> int:
        return len(self._tickets)

    def __iter__(self) -> Iterator[Ticket]:
        return iter(self._tickets)

    def of(self, interview_id: str) -> int:
        """How many of one interview wait."""
        return self._counts[interview_id]

    def append(self, ticket: Ticket) -> None:
        """Behind the others of its interview."""
        self._tickets.append(ticket)
        self._counts[ticket.job.interview_id] += 1

    def put_first(self, ticket: Ticket) -> None:
        """Before everybody: its delivery has failed, and it has waited once already."""
        self._tickets.insert(0, ticket)
        self._counts[ticket.job.interview_id] += 1

    def peek(self) -> Ticket | None:
        """The next to be given out, which stays until `take`; None: nobody waits.

        A final that was tried before comes first; then the interview that was served longest ago.
        """
        if not self._tickets:
            return None
        if self._tickets[0].tried:
            return self._tickets[0]
        # The first of equals, so that an interview keeps its own order.
        return min(self._tickets, key=lambda t: self._served.get(t.job.interview_id, (0, 0.0))[0])

    def take(self, ticket: Ticket, now_s: float) -> None:
        """Remove what `peek` gave: from now on all others come before its interview."""
        self._tickets.remove(ticket)
        interview_id = ticket.job.interview_id
        self._left(interview_id)
        self._servings += 1
        if len(self._served) >= MAX_REMEMBERED:
            self._served = {i: s for i, s in self._served.items() if self._counts[i]}
        self._served[interview_id] = self._servings, now_s

    def forget(self, interview_id: str) -> None:
        """Drop what waits of an interview, and when it was served."""
        self._tickets = [t for t in self._tickets if t.job.interview_id != interview_id]
        self._counts.pop(interview_id, None)
        self._served.pop(interview_id, None)

    # --- what somebody new would meet ---

    def heads(self) -> list[Ticket]:
        """The next one of each interview."""
        seen: dict[str, Ticket] = {}
        for ticket in self._tickets:
            seen.setdefault(ticket.job.interview_id, ticket)
        return list(seen.values())

    def longest_turn_s(self, now_s: float) -> float:
        """How long an interview has waited for its turn, not how old its backlog is; 0.0:
        nobody."""
        return max((now_s - self._since_s(ticket) for ticket in self.heads()), default=0.0)

    def capped(self, each: int) -> int:
        """How many wait, of one interview at most `each`."""
        return sum(min(each, count) for count in self._counts.values())

    def _since_s(self, ticket: Ticket) -> float:
        _, served_s = self._served.get(ticket.job.interview_id, (0, ticket.submitted_s))
        return max(ticket.submitted_s, served_s)

    def _left(self, interview_id: str) -> None:
        self._counts[interview_id] -= 1
        if not self._counts[interview_id]:
            del self._counts[interview_id]
