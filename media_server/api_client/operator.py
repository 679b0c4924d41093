"""What both clients have for the operator: a key of the scope `ops` is needed for all of it."""

from __future__ import annotations

from typing import TypeVar

from media_server.api_client.operations import Call, plain, reader
from signaling.ops_schemas import DecisionsShown, OpsShown, SlowTurns

T = TypeVar("T")
_OPS = "/v1/ops"


def workers(*, history: bool) -> Call[OpsShown]:
    return Call("GET", _OPS, reader(OpsShown), {"history": "true"} if history else {})


def slow_turns(limit: int) -> Call[SlowTurns]:
    return Call("GET", f"{_OPS}/turns", reader(SlowTurns), {"limit": str(limit)})


def decisions(interview_id: str, limit: int, *, words: bool) -> Call[DecisionsShown]:
    params = {"limit": str(limit), **({"words": "true"} if words else {})}
    path = f"{_OPS}/interviews/{plain(interview_id, 'interview')}"
    return Call("GET", path, reader(DecisionsShown), params)


class AsyncOperator:
    """Part of `AsyncClient`."""

    async def workers(self, *, history: bool = False) -> OpsShown:
        """Every worker as it is now. `history`: with its last ten minutes."""
        return await self._ask(workers(history=history))

    async def slow_turns(self, *, limit: int = 20) -> SlowTurns:
        """Of the last hour, those the server made wait longest, with their stages."""
        return await self._ask(slow_turns(limit))

    async def decisions(
        self, interview_id: str, *, limit: int = 50, words: bool = False
    ) -> DecisionsShown:
        """The end of an interview's log, whosever it is. `words`: with what was said, for a key
        that has `read` as well; the server's log says who asked."""
        return await self._ask(decisions(interview_id, limit, words=words))

    async def _ask(self, call: Call[T]) -> T:
        raise NotImplementedError


class Operator:
    """Part of `Client`."""

    def workers(self, *, history: bool = False) -> OpsShown:
        """Every worker as it is now. `history`: with its last ten minutes."""
        return self._ask(workers(history=history))

    def slow_turns(self, *, limit: int = 20) -> SlowTurns:
        """Of the last hour, those the server made wait longest, with their stages."""
        return self._ask(slow_turns(limit))

    def decisions(
        self, interview_id: str, *, limit: int = 50, words: bool = False
    ) -> DecisionsShown:
        """The end of an interview's log, whosever it is. `words`: with what was said, for a key
        that has `read` as well; the server's log says who asked."""
        return self._ask(decisions(interview_id, limit, words=words))

    def _ask(self, call: Call[T]) -> T:
        raise NotImplementedError
