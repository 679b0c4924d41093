"""What speaks to whoever interviews or judges: flagged for readers, without any effect."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine.draft import Draft


def instructions_found(draft: Draft, input_: inp.InstructionsFound) -> None:
    """Once per turn, and only where its words are part of an answer."""
    turn = draft.state.turn(input_.turn_epoch)
    if turn is None or turn.flagged or not turn.counts:
        return
    draft.emit(
        ev.Requested(
            intent="injection",
            by="voice" if turn.typed is None else "typed",
            effect="flagged",
            text=turn.text,
            prompt_id=turn.prompt_id,
            round=draft.state.round_of(turn.prompt_id),
            flags_turn=turn.turn_epoch,
        )
    )
