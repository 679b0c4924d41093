"""Outbox and deliveries in Redis, beside the log and below the same prefix.

Due times and leases are by Redis' own clock. What a Redis loses with its newest second comes back
with the log: its owner writes the lost entries again, and each with them its place in the outbox.
A delivery that was made and lost is then sent a second time, with the same id.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any, Literal

from media_server.ports.deliveries import (
    OWN_DUE,
    Backlog,
    Claim,
    Delivery,
    Disabled,
    Settled,
    Unread,
)
from media_server.store import redis_delivery_scripts as scripts
from media_server.store.delivery_codec import after as made_of
from media_server.store.delivery_codec import delivery
from media_server.store.redis_client import RedisClient

_LOOK_AT = 500
"""Deliveries that one page looks at: a filter may pass most of them over."""


class RedisDeliveries:
    """`Deliveries` of `media_server.ports.deliveries`. The log opens and closes the client."""

    def __init__(
        self, client: RedisClient, *, prefix: str = "ms", now_s: float | None = None
    ) -> None:
        """`now_s`: the time to go by, for tests; None: that of the server."""
        self._client = client
        self._prefix = prefix
        self.now_s = now_s

    async def unread(self, limit: int) -> tuple[Unread, ...]:
        """By the index; of each interview the first entry of its outbox."""
        found = await self._client.run(scripts.UNREAD, [self._prefix], [limit])
        return tuple(
            Unread(id_.decode(), int(first or 0), float(at_s), tenant.decode(), bool(watched))
            for id_, first, at_s, tenant, watched in found
        )

    async def hand_over(
        self,
        interview_id: str,
        *,
        through_seq: int,
        deliveries: Sequence[Delivery],
        watch_s: float | Literal["as_it_was"] | None,
        if_unread: bool = False,
    ) -> None:
        """One script: what was read leaves the outbox as its deliveries come."""
        watch = "" if watch_s is None else watch_s
        values = [interview_id, through_seq, watch, int(if_unread)]
        await self._run(scripts.HAND_OVER, *values, *_encoded(deliveries))

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """One script, and one lane for all that are about no interview."""
        await self._run(scripts.ADD, *_encoded(deliveries))

    async def watched(self, limit: int) -> tuple[str, ...]:
        """Also those that were set while the clock was far ahead."""
        return tuple(id_.decode() for id_ in await self._run(scripts.WATCHED, limit))

    async def due(self, limit: int) -> tuple[tuple[str, str], ...]:
        """Of those for which anything waits: as many as there are endpoints with a backlog."""
        found = await self._run(scripts.DUE, limit, OWN_DUE)
        pairs = (to.decode().partition("/") for to in found)
        return tuple((tenant, endpoint) for tenant, _, endpoint in pairs)

    async def claim(
        self, tenant: str, endpoint: str, *, ttl_s: float, limit: int
    ) -> tuple[Claim, ...]:
        """Each lane gets a token of its own, which `settle` brings back."""
        tokens = [secrets.token_hex(8) for _ in range(limit)]
        found = await self._run(scripts.CLAIM, f"{tenant}/{endpoint}", ttl_s, *tokens)
        return tuple(Claim(head[0].decode(), delivery(head[1:])) for head in found)

    async def settle(self, claim: Claim, made: Settled, *, ttl_s: float) -> Claim | None:
        """The lane's token must be that of the claim, else it is another's."""
        about = claim.delivery
        why = json.dumps("the receiver answered 410 Gone") if made.gone else ""
        head = await self._run(
            scripts.SETTLE, f"{about.tenant}/{about.endpoint}", about.interview_id, about.id,
            claim.token, *made_of(about, made), made.after_s, why, ttl_s,
        )  # fmt: skip
        return Claim(head[0].decode(), delivery(head[1:])) if head else None

    async def page(
        self,
        tenant: str,
        *,
        after: str | None,
        limit: int,
        interview_id: str = "",
        endpoint: str = "",
        status: str = "",
    ) -> tuple[tuple[Delivery, ...], str]:
        """In the order in which they were made, the newest first."""
        found = await self._run(
            scripts.PAGE, tenant, after or "", _LOOK_AT, interview_id, endpoint, status, limit
        )
        if found[0] == b"unknown":
            raise KeyError(after)
        return tuple(delivery(row) for row in found[1:]), found[0].decode()

    async def get(self, tenant: str, delivery_id: str) -> Delivery | None:
        """By its key; another tenant's is as if it were not there."""
        found = await self._run(scripts.GET, tenant, delivery_id)
        return delivery(found) if found else None

    async def replay(self, tenant: str, delivery_id: str) -> Delivery | None:
        """It comes before what else waits in its lane: that was made later."""
        found = await self._run(scripts.REPLAY, tenant, delivery_id)
        return delivery(found) if found else None

    async def disabled(self, tenant: str, endpoint: str) -> Disabled | None:
        """As `settle` wrote it down."""
        name = f"{self._prefix}:wh:disabled"
        found: bytes | None = await self._client.call(
            lambda redis: redis.hget(name, f"{tenant}/{endpoint}")
        )
        if found is None:
            return None
        since_s, reason = json.loads(found)
        return Disabled(float(since_s), str(reason))

    async def enable(self, tenant: str, endpoint: str) -> None:
        """What waits for its next attempt comes now as well; of over 5000 lanes the rest later."""
        await self._run(scripts.ENABLE, f"{tenant}/{endpoint}")

    async def backlog(self, tenant: str = "", endpoint: str = "") -> Backlog:
        """By the index of what is pending."""
        name = f"{self._prefix}:wh:pending" + (f":{tenant}/{endpoint}" if endpoint else "")
        pending: int = await self._client.call(lambda redis: redis.zcard(name))
        oldest: list[Any] = await self._client.call(
            lambda redis: redis.zrange(name, 0, 0, withscores=True)
        )
        return Backlog(pending, float(oldest[0][1]) if oldest else None)

    async def forget(self, *, older_than_s: float, limit: int) -> int:
        """The oldest first, with everything that names them."""
        return int(await self._run(scripts.FORGET, older_than_s, limit))

    async def _run(self, script: str, *values: Any) -> Any:
        time = "" if self.now_s is None else repr(self.now_s)
        return await self._client.run(script, [self._prefix], [time, *values])


def _encoded(deliveries: Sequence[Delivery]) -> list[Any]:
    return [
        part
        for one in deliveries
        for part in (one.tenant, one.endpoint, one.interview_id, one.id, one.type, one.body,
                     repr(one.created_s))
    ]  # fmt: skip
