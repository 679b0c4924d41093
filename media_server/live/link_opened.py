"""Opening a link is noted in the log, and nothing of it stays in this process.

Anybody may open links, and thousands are opened that no call ever follows: a session for each
would hold the memory and the lease that a candidate who comes needs.
"""

from __future__ import annotations

import asyncio

from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.live import steps
from media_server.live.journal import LostOwnership
from media_server.live.refusals import store_refusal
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.ports import Refused, StoreUnavailable
from media_server.wall_clock import InterviewClock

MAX_AT_ONCE = 16
"""The store has others to serve, too."""
DEADLINE_S = 20.0


class LinkOpener:
    def __init__(self, services: Services, registry: Registry) -> None:
        self._services = services
        self._registry = registry
        self._turns = asyncio.Semaphore(MAX_AT_ONCE)

    async def opened(self, interview_id: str) -> State:
        """The state after it. Raises Refused: `elsewhere` when another server has the interview."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                async with self._registry.lock(interview_id), self._turns:
                    session = self._registry.get(interview_id)
                    if session is not None:
                        return await session.ask(inp.LinkOpened())
                    return await self._note(interview_id)
        except TimeoutError:
            detail = "Too many links are being opened at once; try again"
            raise Refused(503, "busy", detail, retry_after_s=2) from None

    async def _note(self, interview_id: str) -> State:
        lease = await self._registry.lease(interview_id)
        try:
            state, version = await self._registry.fold(interview_id)
            now_s = InterviewClock(self._services.clock, not_before_s=state.entered_s).now_s()
            decided = steps.decide(state, inp.LinkOpened(), now_s)
            if not decided:
                return state
            journal = await self._registry.journal(interview_id, version, lease)
            state = await steps.write(journal, decided, now_s)
            if journal.trouble:
                raise store_refusal(StoreUnavailable("nothing can be written"))
            return state
        except LostOwnership as error:
            raise Refused(503, "busy", f"Try again: {error}", retry_after_s=2) from error
        finally:
            await self._registry.give_back(lease)
