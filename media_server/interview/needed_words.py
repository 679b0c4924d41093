"""Whether the last words of a turn are waited for before anything else is said. Pure.

What follows an answer is scripted, whatever was answered; what follows a request is not. So words
are waited for only while the turn may still be a request. All others are taken in when they come:
where a language model may ask back they count within the moment that its reply is waited for, and
no longer (`machine.replying`).
"""

from __future__ import annotations

from media_server.interview.agenda import CANDIDATE_QUESTIONS_ID
from media_server.interview.spoken_requests import MAX_WORDS
from media_server.interview.state import State
from media_server.interview.summary_events import SUMMARY_ID

MAX_REQUEST_SPEECH_MS = 9_000
"""`MAX_WORDS` at 95 words a minute, slower than nearly everybody speaks; pauses do not count."""


def are_awaited(state: State) -> bool:
    """Whether the newest turn is owed words, and what comes next depends on them. So are those
    before it whose words are judged with its own."""
    turn = state.turn(state.turn_epoch)
    if turn is None or not _owed_ms(state):
        return False
    if state.answering in (SUMMARY_ID, CANDIDATE_QUESTIONS_ID):
        return True  # whether it is right, and else what is wrong; or what they ask
    if state.interruption is not None:
        return True  # whether the bot goes on, and with what
    nothing_so_far = bool(turn.segments) and not any(
        segment.text or segment.untranscribed for segment in turn.segments
    )
    # Music or noise so far: "I did not hear you" may be what is to be said.
    return nothing_so_far or may_be_request(state)


def may_be_request(state: State) -> bool:
    """Whether the newest turn, as far as it is known, is short enough to be a request."""
    turn = state.turn(state.turn_epoch)
    if turn is None or turn.typed is not None or _count(turn.text) > MAX_WORDS:
        return False
    owed_ms = _owed_ms(state)
    if not owed_ms:
        return True  # every word is known, and their number is what counts
    written_ms = sum(segment.speech_ms for segment in turn.segments)
    return written_ms + sum(owed_ms) <= MAX_REQUEST_SPEECH_MS


def exceed_request(state: State, interim: str) -> bool:
    """Whether the finals of the open turn and this interim after them are more than a request."""
    turn = state.turn(state.turn_epoch)
    return _count(turn.text if turn is not None else "") + _count(interim) > MAX_WORDS


def _owed_ms(state: State) -> list[int]:
    """Speech in each segment of the newest turn whose words have not come, and of those before it
    that are judged with it."""
    check = state.interruption
    turn_epochs = {state.turn_epoch, *(check.before if check is not None else ())}
    return [
        owed.segment.speech_ms
        for owed in state.pending.values()
        if owed.segment.turn_epoch in turn_epochs
    ]


def _count(text: str) -> int:
    return len(text.split())
