"""What the bot says: requested, heard, cut short. Which words come next is decided elsewhere."""

from __future__ import annotations

from media_server.delivery import Delivery
from media_server.interview import events as ev
from media_server.interview.machine.draft import Draft
from media_server.interview.phrases import hint, phrase
from media_server.interview.status import UtteranceKind
from media_server.interview.utterance_events import UtteranceOutcome


def request(
    draft: Draft,
    kind: UtteranceKind,
    text: str | None = None,
    prompt_id: str | None = None,
    *,
    delivery: Delivery | None = None,
) -> None:
    """Ask for the voice of these words; without `text`, for the fixed phrase of this kind.

    It is about the current prompt where it names no other, and said as the bot speaks now where
    it is not to be said in another way.
    """
    state = draft.state
    words = text if text is not None else phrase(kind, state.spec.candidate.locale)
    utterance_id = f"u-{state.utterances + 1}"
    current = state.prompt.prompt_id if state.prompt is not None else ""
    asks = current if prompt_id is None else prompt_id
    draft.emit(
        ev.UtteranceRequested(
            utterance_id=utterance_id,
            kind=kind,
            text=words,
            prompt_id=asks,
            delivery=state.delivery if delivery is None else delivery,
        )
    )


def end(
    draft: Draft,
    heard_s: float,
    outcome: UtteranceOutcome,
    reason: str,
    *,
    complete: bool = False,
    judged: bool = True,
) -> None:
    """Note how much of the utterance was heard, and why no more of it. Not `judged`: it is not
    known yet whether who spoke over it meant to interrupt."""
    utterance = draft.state.utterance
    if utterance is None:
        return
    draft.emit(
        ev.UtteranceEnded(
            utterance_id=utterance.utterance_id,
            kind=utterance.kind,
            heard_s=round(heard_s, 3),
            complete=complete,
            outcome=outcome,
            reason=reason,
            judged=judged,
        )
    )


def break_off(draft: Draft, heard_s: float, outcome: UtteranceOutcome, reason: str) -> None:
    """End what is being played before its end; what is only requested stays requested."""
    utterance = draft.state.utterance
    if utterance is not None and utterance.playing_since_s is not None:
        end(draft, heard_s, outcome, reason)


def stop(draft: Draft, reason: str) -> None:
    """Cut off what is being played, for something else comes first."""
    break_off(draft, heard_so_far_s(draft), "stopped", reason)


def heard_so_far_s(draft: Draft) -> float:
    """How much of the utterance has been played by now."""
    utterance = draft.state.utterance
    if utterance is None or utterance.playing_since_s is None:
        return 0.0
    played_s = utterance.from_s + max(0.0, draft.now_s - utterance.playing_since_s)
    return min(played_s, utterance.duration_s)


def show_hint(draft: Draft, code: str, *, seconds: int | None = None) -> None:
    """A note on the screen; nothing is said. `seconds`: what it speaks of, left or lost."""
    text = hint(code, draft.state.spec.candidate.locale, seconds=seconds or 0)
    draft.emit(ev.Noticed(code=code, text=text, seconds=seconds))
