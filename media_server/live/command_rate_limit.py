"""How often a candidate's clicks may change the interview: its log is bounded by time. Pure."""

from __future__ import annotations

from media_server.interview import inputs as inp

BURST = 20
PER_S = 0.5
"""Far more than a person presses in a conversation; at 20 messages a second the log would grow by
100,000 entries in a call."""
LIMITED = (
    inp.PaceChosen,
    inp.PausePressed,
    inp.ResumePressed,
    inp.RepeatPressed,
    inp.RephrasePressed,
    inp.SkipPressed,
    inp.ThinkPressed,
    inp.SkipUndone,
    inp.ConfirmPressed,
    inp.NotFinishedPressed,
    inp.CandidateTypes,
)
"""What can be pressed for ever; the others move the interview on or end it."""


class CommandRateLimit:
    """A bucket of `BURST`, filled by `PER_S`, for clicks and one for typed answers, which no click
    uses up. One per session."""

    def __init__(self, now_s: float) -> None:
        self._command_rate = _Bucket(now_s)
        self._answers = _Bucket(now_s)

    def allows(self, input_: inp.Input, now_s: float) -> bool:
        """Ask only about an input that would change something: it is counted."""
        if isinstance(input_, inp.AnswerTyped):
            return self._answers.take(now_s)
        return not isinstance(input_, LIMITED) or self._command_rate.take(now_s)


class _Bucket:
    def __init__(self, now_s: float) -> None:
        self._left = float(BURST)
        self._since_s = now_s

    def take(self, now_s: float) -> bool:
        self._left = min(float(BURST), self._left + max(0.0, now_s - self._since_s) * PER_S)
        self._since_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
