"""What an answer's status comes to once every word that was owed has come, or has not."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview.state import State


def has_content(state: State, round_: int) -> bool:
    """Whether anything was said to this question, words or speech nobody could write down."""
    return any(
        not turn.request
        and (
            turn.text
            or any(segment.untranscribed and segment.speech_ms > 0 for segment in turn.segments)
        )
        for turn in state.answers[round_].turns
    ) or any(
        segment.round == round_ and segment.speech_ms > 0 for segment in state.pending.values()
    )


def settled(state: State, round_: int) -> ev.AnswerClosed | None:
    """The other end of an answer that was closed while words were owed, where they were none.

    Late words are no reason to hold an interview up, so it goes on and takes speech for an
    answer; a dial tone, music or a cough turn out to be none only when the last final is there.
    """
    if not 0 <= round_ < len(state.answers):
        return None
    answer = state.answers[round_]
    if answer.status not in ("answered", "cut_short") or has_content(state, round_):
        return None
    if any(segment.round == round_ for segment in state.pending.values()):
        return None
    return ev.AnswerClosed(
        round=round_, status="no_answer", reason="no word was recognised in what was heard"
    )
