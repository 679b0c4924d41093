"""The candidate corrects the transcript before it is handed over. Pure.

Where the integrator allows it, once, and for so many minutes after the end. When that is over is a
matter of the clock alone: nobody has to be awake for it, so nothing can get stuck. A correction
stands beside what was heard and never takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from media_server.interview import record
from media_server.interview.erased import words_are_erased
from media_server.interview.review_events import Correction
from media_server.interview.settling import has_content
from media_server.interview.state import Answer, State
from media_server.interview.status import Status

_AFTER = (Status.COMPLETED, Status.ENDED_BY_CANDIDATE)
"""The candidate was there at the end."""

Standing = Literal["none", "open", "done", "over"]
"""none: there is nothing to review, or not yet. over: its time has passed without it, or the words
were erased before."""


def until_s(state: State) -> float | None:
    """Until when, of the interview's own time; None: there is no review."""
    if not state.spec.review or state.ended_s is None or state.status not in _AFTER:
        return None
    if not any(has_content(state, prompt_id) for prompt_id in state.answers):
        return None
    return state.ended_s + state.spec.review_minutes * 60.0


def standing(state: State, now_s: float) -> Standing:
    if state.reviewed is not None:
        return "done"
    end_s = until_s(state)
    if end_s is None:
        return "none"
    return "open" if now_s < end_s and not words_are_erased(state) else "over"


def heard(answer: Answer, hidden_turns: int = 0) -> str:
    """The words of an answer as the result has them. Turns up to `hidden_turns` are left out."""
    turns = (t for t in answer.turns if t.counts and t.turn_epoch > hidden_turns)
    return " ".join(text for text in map(record.text, turns) if text)


def may_correct(state: State, prompt_id: str, hidden_turns: int = 0) -> bool:
    """Not where retention has erased the words: a correction would never be erased."""
    return not words_are_erased(state) and may_see(state, prompt_id, hidden_turns)


def may_see(state: State, prompt_id: str, hidden_turns: int = 0) -> bool:
    """Whether something was said to it, all of which whoever asks may see."""
    answer = state.answers.get(prompt_id)
    if answer is None or not has_content(state, prompt_id):
        return False
    return all(turn.turn_epoch > hidden_turns for turn in answer.turns)


def corrections(
    state: State, texts: Mapping[str, str], hidden_turns: int = 0
) -> tuple[Correction, ...]:
    """What changes something, in the order of the agenda."""
    found = []
    for prompt_id, answer in state.answers.items():
        text = texts.get(prompt_id)
        if text is None or not may_correct(state, prompt_id, hidden_turns):
            continue
        original, text = heard(answer), text.strip()
        if text != original:
            found.append(Correction(prompt_id=prompt_id, text=text, original=original))
    return tuple(found)


def is_as_sent(state: State, texts: Mapping[str, str]) -> bool:
    """Whether the review that there is says what these texts say: they were sent twice."""
    made = state.reviewed.corrections if state.reviewed is not None else ()
    wanted = {one.prompt_id: one.text for one in made}
    sent = {prompt_id: text.strip() for prompt_id, text in texts.items()}
    unchanged = {name for name in sent.keys() - wanted.keys() if sent[name] == _now(state, name)}
    return wanted == {name: text for name, text in sent.items() if name not in unchanged}


def _now(state: State, prompt_id: str) -> str | None:
    answer = state.answers.get(prompt_id)
    return heard(answer) if answer is not None else None


def correction_of(state: State, prompt_id: str) -> Correction | None:
    made = state.reviewed.corrections if state.reviewed is not None else ()
    return next((one for one in made if one.prompt_id == prompt_id), None)
