"""When a server that is about to stop may leave a live interview, and what a candidate receives."""

from __future__ import annotations

from media_server.interview.phrases import hint
from media_server.interview.spec import InterviewSpec
from media_server.interview.state import State
from media_server.interview.status import Status
from media_server.ports.dialect import ErrorNotice, Hint

MOVED = ErrorNotice(
    code="moved",
    message="This server is about to stop; the interview goes on at another one in a moment.",
    recoverable=True,
)
SUPERSEDED = ErrorNotice(
    code="superseded",
    message="This interview was opened in another window, which has taken over.",
    recoverable=False,
)
OPENED_ELSEWHERE = ErrorNotice(
    code="superseded",
    message="This interview was opened on another device or in another window by its link, and "
    "goes on there. What you said is not shown there.",
    recoverable=False,
)
DELETED = ErrorNotice(
    code="deleted",
    message="This interview was deleted by its owner.",
    recoverable=False,
)
NOT_SAVED = ErrorNotice(
    code="not_saved",
    message="Your interview cannot be saved at the moment and has been ended. What you said until "
    "then is kept where possible; please tell the people who invited you.",
    recoverable=False,
)
_NOT_IN_CONVERSATION = (
    Status.CREATED,
    Status.JOINED,
    Status.READY,
    Status.PAUSED,
    Status.PARKED,
    Status.DISCONNECTED,
)


def hint_in(spec: InterviewSpec, code: str) -> Hint:
    """What is shown beside the conversation, in the language of the candidate."""
    return Hint(code=code, text=hint(code, spec.candidate.locale))


def at_a_pause(state: State) -> bool:
    """Whether the call may be cut now without cutting a word of either side."""
    if state.status in _NOT_IN_CONVERSATION:
        return True
    utterance = state.utterance
    if state.pending or (utterance is not None and utterance.playing_since_s is not None):
        return False
    if state.status in (Status.GREETING, Status.ASKING, Status.DECIDING):
        return True
    listening = state.listening
    if state.status is not Status.LISTENING or listening is None:
        return False
    # The candidate has said nothing for so long that the screen asks about it: they think.
    return not listening.spoke and not listening.closing and listening.rung >= 1
