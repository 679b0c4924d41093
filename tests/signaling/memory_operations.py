"""What operators are shown, in memory, for tests of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from media_server.ports.operations import Decision, Decisions
from media_server.ports.turn_trace import STAGES, StageTime, TurnTrace, WorkTime

LENGTHS_S = (0.8, 1.4, 0.0, 0.01, 0.3, 0.02)


def slow_turn(number: int = 1, *, waited_s: float = 1.73, server: str = "here") -> TurnTrace:
    """A turn whose words were late."""
    begun_s, at_s = 1_800_000_000.0, 1_800_000_000.0
    stages = []
    for stage, length_s in zip(STAGES, LENGTHS_S, strict=True):
        length_s += (waited_s - 1.73) if stage == "words" else 0.0
        stages.append(StageTime(stage, at_s, length_s))
        at_s += length_s
    return TurnTrace(
        turn_id=f"iv_1:{number}",
        interview_id="iv_1",
        turn_epoch=number,
        connection_epoch=1,
        ended_by="silence",
        utterance_id="u4",
        utterance_kind="question",
        speech_ended_s=begun_s,
        reply_s=at_s - begun_s,
        stages=tuple(stages),
        works=(WorkTime("queue", begun_s - 0.2, 1.1, "1-3"),),
        server=server,
    )


class MemoryOperations:
    """Implements `ports.operations.Operations`."""

    def __init__(self, tenant_of: Callable[[str], str]) -> None:
        """`tenant_of`: raises Refused where there is no such interview."""
        self._tenant_of = tenant_of
        self.turns = [slow_turn()]

    async def decisions(self, interview_id: str, limit: int) -> Decisions:
        entries = [
            Decision(1, 1e9, "created", "created", {"expires_s": 9e9}, {}),
            Decision(2, 1e9 + 1, "joined", "joined", {}, {}),
            Decision(
                3,
                1e9 + 9,
                "segment_transcribed",
                "listening",
                {"segment_id": "1-1", "speech_ms": 900},
                {"text": "I cook for eighty."},
            ),
        ]
        tenant = self._tenant_of(interview_id)
        return Decisions(
            interview_id,
            tenant,
            "listening",
            1e9,
            3,
            live=True,
            damage="",
            entries=entries[-limit:],
        )

    def slowest_turns(self, limit: int) -> Sequence[TurnTrace]:
        return self.turns[:limit]
