"""Whose the interviews are that candidates come to. An owner never changes, so it is remembered."""

from __future__ import annotations

from collections import OrderedDict

from media_server.ports import InterviewService, Refused

MAX_KNOWN = 10_000


class Owners:
    """For interviews that a link or token has proved: of those it is no secret that they exist."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    async def of(self, service: InterviewService | None, interview_id: str) -> str | None:
        """The tenant's name; None: there is no such interview, or the store cannot say now."""
        known = self._known.get(interview_id)
        if known is not None:
            return known
        try:
            name = await service.owner(interview_id) if service is not None else None
        except Refused:
            return None
        if name is not None:
            self._known[interview_id] = name
            while len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
        return name
