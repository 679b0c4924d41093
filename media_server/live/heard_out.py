"""How far the audio of interviews at rest was heard by this process; what is left of that waits for
`media-server transcribe`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from media_server.interview.state import State

MAX_KNOWN = 50_000


class PutToRest(Protocol):
    """What is asked of a session that was put to rest."""

    interview_id: str

    @property
    def state(self) -> State: ...
    @property
    def version(self) -> int: ...
    @property
    def heard_out(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Heard:
    """When an interview was put to rest with nothing owed."""

    connection_epoch: int
    """New audio comes with a new connection."""
    version: int
    """Of its log."""


class HeardOut:
    """Bounded: the oldest goes first, and is heard again."""

    def __init__(self) -> None:
        self._heard: dict[str, _Heard] = {}

    def __contains__(self, interview_id: str) -> bool:
        return interview_id in self._heard

    def note(self, session: PutToRest) -> None:
        self.forget(session.interview_id)
        if not session.heard_out:
            return
        if len(self._heard) >= MAX_KNOWN:
            self._heard.pop(next(iter(self._heard)))
        self._heard[session.interview_id] = _Heard(session.state.connection_epoch, session.version)

    def forget(self, interview_id: str) -> None:
        self._heard.pop(interview_id, None)

    def of(self, interview_id: str, state: State) -> bool:
        """At rest: what is left of its audio is of segments that were given up, and of silence.

        Not so when it has been connected since, to another server: that may have left words owed.
        """
        heard = self._heard.get(interview_id)
        return heard is not None and heard.connection_epoch == state.connection_epoch

    def until(self, interview_id: str, version: int) -> bool:
        """As `of`, and its log has not changed since."""
        heard = self._heard.get(interview_id)
        return heard is not None and heard.version == version
