"""What is followed of an interview while it goes on, as the HTTP side holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One event of the stream."""

    name: str
    data: Mapping[str, Any]
    event_id: str = ""
    """What a client that lost the stream goes on after; "": it is never told a second time."""


class Watch(Protocol):
    """One watcher of one interview. `close` when the reader is gone."""

    async def next(self, timeout_s: float) -> tuple[LiveEvent, ...] | None:
        """What comes next, in order; () when nothing did for `timeout_s`; None: it is over, and
        the reader may be let go."""

    def close(self) -> None:
        """The reader is gone. A second call does nothing."""
