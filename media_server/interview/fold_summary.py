"""The fold of the events of a summary. Pure."""

from __future__ import annotations

from dataclasses import replace as changed

from media_server.interview import events as ev
from media_server.interview import summing
from media_server.interview.replacing import replace
from media_server.interview.state import State
from media_server.interview.summary_events import SAID_IN_IT, Summary


def told(s: State, e: ev.SummaryTold, at_s: float) -> State:
    before = s.summary or Summary()
    summary = Summary(
        sentences=e.sentences, told_s=at_s, turn_epoch=e.turn_epoch, heard_turn=s.turn_epoch,
        corrections=before.corrections,
    )  # fmt: skip
    return replace(s, summary=summary)


def asked(s: State, e: ev.SummaryAsked, _at_s: float) -> State:
    summary = s.summary or Summary()
    heard = max(summary.heard_turn, e.turn_epoch)
    return replace(s, summary=changed(summary, heard_turn=heard, remark="summary_ask"))


def corrected(s: State, e: ev.SummaryCorrected, at_s: float) -> State:
    """What was spoken is answered; what was written shows itself on the screen."""
    summary = s.summary or Summary()
    made = e.at(at_s)
    summary = changed(summary, corrections=(*summary.corrections, made))
    if made.turn_epoch is not None:
        summary = changed(
            summary,
            heard_turn=max(summary.heard_turn, made.turn_epoch),
            remark="summary_more" if summary.checked else "summary_noted",
        )
    return replace(s, summary=summary)


def settled(s: State, e: ev.SummarySettled, at_s: float) -> State:
    summary = changed(
        s.summary or Summary(), outcome=e.outcome, by=e.by, settled_s=at_s, remark="",
        heard_turn=s.turn_epoch,
    )  # fmt: skip
    return replace(s, summary=summary)


def utterance_ended(s: State, e: ev.UtteranceEnded) -> State:
    """`s`: with what was being said."""
    heard = e.complete or e.outcome == "interrupted"
    if e.kind not in SAID_IN_IT or not heard or s.utterance is None:
        return s
    return replace(s, summary=summing.heard_out(s, e.kind, s.utterance.text))
