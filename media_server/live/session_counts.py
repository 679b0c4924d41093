"""What the sessions of this process count, all of them together. Each name is declared here."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from media_server.interview import events as ev
from media_server.interview.interruptions import Verdict
from media_server.interview.reply_events import MissedBecause
from media_server.live.turn_marks import Outcome

INTERRUPTIONS: dict[Verdict, str] = {
    verdict: f"interruptions_{verdict}" for verdict in get_args(Verdict)
}
"""Speech over the bot, by what it was."""
MISSED: dict[MissedBecause, str] = {
    because: f"replies_{because}" for because in get_args(MissedBecause)
}
"""Replies of a model that were wanted, by why the script went on without."""
TURNS: dict[Outcome, str] = {outcome: f"turns_{outcome}" for outcome in get_args(Outcome)}
"""Turns that are over, by what became of them."""
_BY_TYPE: dict[type[ev.Event], str] = {
    ev.ReplyAsked: "replies_wanted",
    ev.ReplyCancelled: "replies_cancelled",
}
_ASKED_BACK = "follow_ups_asked"
BY_EVENT = frozenset({*INTERRUPTIONS.values(), *MISSED.values(), *_BY_TYPE.values(), _ASKED_BACK})
"""What is counted by the events of the log: see `name_of`."""
NAMES = BY_EVENT | frozenset(
    {
        *TURNS.values(),
        "clicks_ignored",
        "clips_unkept",
        "end_model_answers",
        "end_model_silent",
        "follow_ups_dropped",
        "handler_errors",
        "inbox_full",
        "log_restored",
        "spool_trouble",
        "store_trouble",
        "stt_before_any_question",
        "stt_finals",
        "stt_given_up",
        "stt_interims",
        "stt_late",
        "summaries_dropped",
        "summaries_worded",
        "voice_failed",
    }
)


def name_of(event: ev.Event) -> str | None:
    """Under which an event is counted; None: under none."""
    if isinstance(event, ev.InterruptionJudged):
        return INTERRUPTIONS[event.verdict]
    if isinstance(event, ev.ReplyMissed):
        return MISSED[event.reason]
    if isinstance(event, ev.AgendaExtended):
        return _ASKED_BACK if event.prompt.kind == "follow_up" else None
    return _BY_TYPE.get(type(event))


class SessionCounts:
    """One per process; what a session has counted stays when it is over."""

    def __init__(self) -> None:
        self._totals: Counter[str] = Counter()

    def count(self, name: str) -> None:
        self._totals[name] += 1

    def figures(self) -> dict[str, int]:
        """Every declared name, in the words of `interview_metrics`."""
        return {f"session_{name}": self._totals[name] for name in sorted(NAMES)}
