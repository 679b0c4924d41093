"""Words that retention has taken out of the log, as far as the fold can tell. Pure."""

from __future__ import annotations

from media_server.interview.state import State

ERASED = "erased by retention"
"""In place of why a segment has no words."""


def words_are_erased(state: State) -> bool:
    return any(
        turn.typed == "" or any(segment.untranscribed == ERASED for segment in turn.segments)
        for turn in state.turns
    )
