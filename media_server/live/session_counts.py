"""What the sessions of this process count, all of them together. Each name is declared here."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from media_server.interview.interruptions import Verdict

INTERRUPTIONS: dict[Verdict, str] = {
    verdict: f"interruptions_{verdict}" for verdict in get_args(Verdict)
}
"""Speech over the bot, by what it was."""
NAMES = frozenset(
    {
        *INTERRUPTIONS.values(),
        "clicks_ignored",
        "clips_unkept",
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
        "voice_failed",
    }
)


class SessionCounts:
    """One per process; what a session has counted stays when it is over."""

    def __init__(self) -> None:
        self._totals: Counter[str] = Counter()

    def count(self, name: str) -> None:
        self._totals[name] += 1

    def figures(self) -> dict[str, int]:
        """Every declared name, in the words of `interview_metrics`."""
        return {f"session_{name}": self._totals[name] for name in sorted(NAMES)}
