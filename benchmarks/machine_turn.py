"""One turn of a candidate in the server's own interview machine: when is the next question due?"""

from __future__ import annotations

from dataclasses import replace

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.fold import evolve
from media_server.interview.machine import decide
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.state import State, initial
from media_server.segment_info import SegmentId, SegmentInfo

_SPEC = InterviewSpec(
    questions=(Question(id="q1", text="What do you do?"), Question(id="q2", text="And why?"))
)


def _listening() -> State:
    """The first question was heard and its answer has begun."""
    state = initial(_SPEC)
    for event in (
        ev.Created(expires_s=1e9),
        ev.Connected(connection_epoch=1, media_offset_s=0.0, microphone=True, channel=True),
        ev.Started(),
        ev.RoundAdvanced(prompt_id="q1", round=0, question_id="q1", reason="greeting is over"),
        ev.TurnOpened(prompt_id="q1", round=0, turn_epoch=1, reason="question heard"),
    ):
        state = evolve(state, event, 0.0)
    return state


class MachineTurn:
    """Give it what the receiver and the recogniser say."""

    def __init__(self) -> None:
        self._state = _listening()
        self.follows: str = ""
        """What the bot says next, once that is known: a kind of utterance."""
        self.follows_s = 0.0
        """When it was known."""

    def segment(self, info: SegmentInfo, now_s: float) -> None:
        self._do(inp.SegmentReady(replace(info, turn_epoch=1)), now_s)

    def final(self, segment_id: SegmentId, text: str | None, now_s: float) -> None:
        failed = "" if text is not None else "given up"
        self._do(inp.SegmentHeard(segment_id, text or "", failed=failed), now_s)

    def interim(self, text: str, now_s: float) -> None:
        self._do(inp.InterimHeard(1, text), now_s)

    def over(self, start_s: float | None, end_s: float | None, now_s: float) -> None:
        self._do(inp.TurnOver(1, "silence", "", start_s, end_s), now_s)

    def _do(self, input_: inp.Input, now_s: float) -> None:
        for event in decide(self._state, input_, now_s):
            self._state = evolve(self._state, event, now_s)
            if isinstance(event, ev.UtteranceRequested) and not self.follows:
                self.follows, self.follows_s = event.kind, now_s
