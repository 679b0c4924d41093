"""Every way an interview ends: each keeps what was said so far."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.rounds import close_answer
from media_server.interview.machine.turns import end_turn, is_open
from media_server.interview.status import Status, TurnEndReason


def complete(draft: Draft) -> None:
    """The farewell was heard."""
    reason = "the time was over" if draft.state.time_up else "all questions were asked"
    draft.emit(ev.Ended(status=Status.COMPLETED, reason=reason))


def leave_pressed(draft: Draft, _input: inp.LeavePressed) -> None:
    _end_now(draft, Status.ENDED_BY_CANDIDATE, "left by the candidate", "left")


def cancel(draft: Draft, _input: inp.Cancel) -> None:
    _end_now(draft, Status.CANCELLED, "cancelled by the integrator", "cancelled")


def fail(draft: Draft, input_: inp.Fail) -> None:
    _end_now(draft, Status.FAILED, input_.reason, "cancelled")


def expire(draft: Draft) -> None:
    """The link's time is over: expired if nobody ever began, abandoned otherwise."""
    begun = draft.state.started_s is not None
    status = Status.ABANDONED if begun else Status.EXPIRED
    close_answer(draft)
    draft.emit(ev.Ended(status=status, reason="the link expired"))


def _end_now(draft: Draft, status: Status, reason: str, turn_reason: TurnEndReason) -> None:
    was_open = is_open(draft.state)
    close_answer(draft)
    draft.emit(ev.Ended(status=status, reason=reason))
    if was_open:
        end_turn(draft, turn_reason)
