"""Legal holds, asked for over HTTP, and the erasing that they forbid."""

from __future__ import annotations

from collections.abc import Callable, Collection

from media_server.live.refusals import store_refusal, unknown
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.ports import Refused, StoreUnavailable
from media_server.ports.holds import Artifact, Hold
from media_server.store.holds import StoredHolds
from media_server.store.retention import erase_interview
from media_server.wall_clock import wall_s


class LegalHolds:
    """Implements `ports.Holds`. Placing one and erasing exclude each other within this process;
    between two servers whoever comes second finds what the first has done."""

    def __init__(self, services: Services, registry: Registry) -> None:
        self._services = services
        self._registry = registry
        self._holds = StoredHolds(services.documents)

    async def find(self, interview_id: str) -> Hold | None:
        try:
            return await self._holds.find(interview_id)
        except StoreUnavailable as error:
            raise store_refusal(error) from error

    async def place(self, interview_id: str, reason: str, artifacts: Collection[Artifact]) -> Hold:
        now_s = wall_s(self._services.clock)
        try:
            async with self._registry.lock(interview_id):
                hold = await self._holds.place(interview_id, reason, artifacts, now_s)
                if await self._services.log.row(interview_id) is None:  # erased meanwhile
                    await self._holds.forget(interview_id)
                    raise unknown()
                return hold
        except StoreUnavailable as error:
            raise store_refusal(error) from error

    async def release(self, interview_id: str) -> Hold:
        try:
            hold = await self._holds.release(interview_id, wall_s(self._services.clock))
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        if hold is None:
            raise Refused(404, "no_hold", "Nothing of this interview is held")
        return hold

    async def erase(self, interview_id: str, forget: Callable[[], None]) -> None:
        """Everything of it, everywhere: rows, files, objects, spool, jobs. One audit line stays.
        `forget`: told when nothing speaks against it any more."""
        services = self._services
        await self._registry.row(interview_id)
        try:
            async with self._registry.lock(interview_id):
                if held := await self._holds.held(interview_id):
                    raise _held(held)
                await self._registry.forget(interview_id)
                forget()
                erased = await erase_interview(
                    services.log,
                    services.spool,
                    services.recordings,
                    interview_id,
                    now_s=wall_s(services.clock),
                    speech=services.tts,
                    may_go=lambda: self._holds.let_go(interview_id),
                )
                # Found again while files went: its place is free, or to be looked for.
                self._registry.away.drop(interview_id)
                if not erased:
                    self._registry.away.put_to_rest()
                # Placed at another server while files went.
                if not erased and (held := await self._holds.held(interview_id)):
                    raise _held(held)
        except StoreUnavailable as error:
            raise store_refusal(error) from error


def _held(artifacts: Collection[Artifact]) -> Refused:
    kept = ", ".join(sorted(artifacts))
    detail = f"A legal hold keeps its {kept}: release it first, with DELETE .../hold"
    return Refused(409, "held", detail)
