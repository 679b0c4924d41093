"""What a slow reader has yet to be told. Pure.

The data channel takes so much and no more. What it refuses is not kept: the log has it, and the
session tells it again from where the channel stopped. Until then nothing newer overtakes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from media_server.ports.dialect import Durable, ErrorNotice, Level, Pong, ToCandidate, Welcome

RETRY_S = 0.5
"""How often a channel that has refused something is tried again."""
STUCK_LIMIT_S = 15.0
"""Who has read nothing for so long is not there: the call is closed, and a new one begins."""
OF_THE_MOMENT = (Pong, ErrorNotice)
ANYWAY = (*OF_THE_MOMENT, Welcome)
"""Small, or what all else follows: tried even when more is owed."""
FORGOTTEN = (*OF_THE_MOMENT, Level)
"""Nobody misses these."""


class Backlog:
    """One per connection."""

    def __init__(self) -> None:
        self.behind = False
        """Something was refused: the session must replay."""
        self.told_seq = 0
        """Newest durable event up to which everything has gone to the channel."""
        self._stuck_since_s: float | None = None

    def admits(self, said: ToCandidate) -> bool:
        return not self.behind or isinstance(said, ANYWAY)

    def took(self, said: ToCandidate) -> None:
        if isinstance(said, FORGOTTEN):
            return
        self._stuck_since_s = None
        if isinstance(said, Durable):
            self.told_seq = said.seq

    def refused(self, said: ToCandidate, now_s: float) -> None:
        if isinstance(said, FORGOTTEN):
            return
        self.behind = True
        if self._stuck_since_s is None:
            self._stuck_since_s = now_s

    def held_back(self) -> None:
        """A durable event might not leave, for a reason of our own: it is owed."""
        self.behind = True

    @contextmanager
    def replaying(self, last_seq: int) -> Iterator[int]:
        """After which event to begin: the one that was asked for, or an earlier one if owed."""
        owed = self.behind
        if owed:
            last_seq = min(last_seq, self.told_seq)
        self.behind, self.told_seq = False, last_seq
        try:
            yield last_seq
        except BaseException:  # such as a store that does not answer
            self.behind |= owed
            raise

    def excuse(self) -> None:
        """Nothing could be sent meanwhile, for reasons of our own."""
        self._stuck_since_s = None

    def stuck(self, now_s: float) -> bool:
        since_s = self._stuck_since_s
        return since_s is not None and now_s - since_s >= STUCK_LIMIT_S
