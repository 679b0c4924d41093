"""A stretch of the candidate's speech: which one is meant, and what is known of it. Pure.

Below the rooms, because all of them pass it on: the receiver makes it, the transcriber, the
interview, its log and its result carry the same value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_ID = re.compile(r"(0|[1-9][0-9]{0,9})-(r?)(0|[1-9][0-9]{0,11})")


@dataclass(frozen=True, slots=True, order=True)
class SegmentId:
    """Unique within an interview. `str` gives the form of logs and messages: `2-7`, `2-r41200`."""

    connection_epoch: int
    """Whose audio it is."""
    number: int
    """Counts up from 1 as the receiver closes them. Of a recovered one: where it begins, in
    milliseconds of the connection's media time."""
    recovered: bool = False
    """Cut again from spooled audio after a crash: never the number of one of the lost process."""

    def __str__(self) -> str:
        return f"{self.connection_epoch}-{'r' if self.recovered else ''}{self.number}"

    @classmethod
    def parse(cls, text: str) -> SegmentId:
        """The inverse of `str`. Raises ValueError, which says what was expected."""
        found = _ID.fullmatch(text)
        if found is None:
            raise ValueError(
                f"no segment id: {text[:40]!r}; expected <connection>-<number>, such as 2-7, or "
                "<connection>-r<milliseconds>, such as 2-r41200"
            )
        return cls(int(found[1]), int(found[3]), recovered=bool(found[2]))


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """One stretch of the candidate's speech, between two pauses.

    Times are seconds: on the connection's media time where the receiver gives it, on the
    interview's one timeline from `later_by` on, which is called once.
    """

    segment_id: SegmentId
    turn_epoch: int
    start_s: float
    """Its first sample."""
    end_s: float
    speech_ms: int
    """How much of it the VAD took for speech: evidence against invented or missing text."""
    lost_ms: int = 0
    concealed_ms: int = 0
    level_dbfs: float = 0.0

    def later_by(self, offset_s: float) -> SegmentInfo:
        return replace(self, start_s=self.start_s + offset_s, end_s=self.end_s + offset_s)
