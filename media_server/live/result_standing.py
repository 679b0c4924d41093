"""When the result of an interview that is over is final: nothing of it is owed any more.

Words may still come (the recogniser owes them, audio of a dead server waits in the spool, answers
are decoded once more), and the candidate may correct them. Each of these has an end of its own, and
all of them have one together.
"""

from __future__ import annotations

from media_server.interview import record, review
from media_server.interview.state import State
from media_server.live import damage
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.ports import Refused, StoreUnavailable

SOON_S = 2.0
LATER_S = 5.0
LONGEST_S = 3_600.0
"""Between two looks: the clock may be set meanwhile."""
GIVE_UP_S = 3_600.0
"""After the end: words that are owed for longer are not waited for. They are in the result when
they come, and `pending_segments` says what is missing."""


class ResultStanding:
    """Asks the session where the interview is open here, else its log and its spool."""

    def __init__(self, services: Services, registry: Registry) -> None:
        self._services = services
        self._registry = registry

    async def settled(self, interview_id: str) -> float | None:
        """None: the result is final, or cannot be read and stays so; else in how many seconds to
        ask again. Raises StoreUnavailable."""
        try:
            state = await self._registry.state(interview_id)
        except Refused as error:
            if error.code in {damage.CODE, "unknown_interview"}:
                return None
            raise StoreUnavailable(error.detail) from error
        now_s = self._registry.now_s(interview_id)
        if state.ended_s is None:
            return LATER_S
        if review.standing(state, now_s) == "open":
            until_s = review.until_s(state) or now_s
            return min(max(until_s - now_s, 1.0), LONGEST_S)
        if record.pending(state, now_s, self._services.record_within_s()):
            return LATER_S
        if now_s - state.ended_s < GIVE_UP_S:
            session = self._registry.get(interview_id)
            # Opened for what waits in the spool, of which nothing is pending before it was read.
            if state.pending or (session is not None and not session.heard_out):
                return SOON_S
            if await self._waits_in_the_spool(interview_id, state):
                return LATER_S
        return None

    async def _waits_in_the_spool(self, interview_id: str, state: State) -> bool:
        """Another server has it and owes its words, or died with it: the sweeper will hear it."""
        if self._registry.get(interview_id) is not None or not state.connections:
            return False
        if self._registry.heard_out.of(interview_id, state):
            return False
        return interview_id in await self._services.spool.interviews()
