"""What is to be sent to whom: kept beside the log, in the same store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

DeliveryStatus = Literal["pending", "delivered", "failed"]
"""failed: every attempt was made, or nobody took it while it was kept. It can be replayed."""
OWN_PREFIX = "interview."
"""Of ids of endpoints: it is the URL that interviews bring, and a tenant has any number of them. No
id in a file of tenants has a dot."""
OWN_DUE = 100
"""Of these that a look at what is due names of one tenant."""
TRIES_KEPT = 20
"""Attempts of one delivery that are kept: the newest."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An interview with entries in its log that nobody has looked at for events."""

    interview_id: str
    first_seq: int
    """The first of them; of one that was erased 0: there is no log any more."""
    at_s: float
    """When it was written, Unix seconds."""
    tenant: str = ""
    """Of one that was erased; else its row knows."""
    watched: bool = False
    """It is over, and not yet known to be final: see `Deliveries.watched`."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to deliver."""

    at_s: float
    status: int | None
    """Of HTTP; None: no answer came."""
    error: str
    """Why it was no success, in words; "": it was one. Never a part of the answer."""
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint."""

    id: str
    """The `webhook-id`, the same for every attempt."""
    tenant: str
    endpoint: str
    """Its id within the tenant."""
    interview_id: str
    """"": it is about none (a test)."""
    type: str
    body: str
    """What is sent, byte for byte."""
    created_s: float
    status: DeliveryStatus = "pending"
    attempts: int = 0
    """Since it was made or replayed."""
    tries: tuple[Try, ...] = ()
    """The newest TRIES_KEPT, oldest first."""
    next_s: float | None = None
    """Of a pending one: when it is tried next at the earliest, by the store's clock."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to deliver what is first in one lane, for as long as was asked for. A lane is what
    one endpoint gets of one interview, in order."""

    token: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt."""

    made: Try
    status: DeliveryStatus
    after_s: float = 0.0
    """Of pending: in how many seconds it is tried again."""
    gone: bool = False
    """The receiver wants no more: its endpoint is disabled, and everything for it waits."""


@dataclass(frozen=True, slots=True)
class Disabled:
    """An endpoint to which nothing is sent until somebody enables it."""

    since_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What one endpoint is owed."""

    pending: int
    oldest_s: float | None
    """When the oldest of it was made, Unix seconds; None: nothing is pending."""


class Deliveries(Protocol):
    """Outbox and deliveries. SQLite and Redis pass one suite. As with the log: every call answers
    or raises StoreUnavailable within 1 s, and may have been done then; each can be done twice.

    Times and leases are by the store's own clock, so that servers need not agree about the time.
    """

    async def unread(self, limit: int) -> tuple[Unread, ...]:
        """Those with the oldest entry first."""

    async def hand_over(
        self,
        interview_id: str,
        *,
        through_seq: int,
        deliveries: Sequence[Delivery],
        watch_s: float | Literal["as_it_was"] | None,
        if_unread: bool = False,
    ) -> None:
        """Entries up to `through_seq` have been read, and this is to be sent: in one step. One that
        is there already stays as it is. `watch_s`: in how many seconds it is looked again whether
        its result is final; None: not any more; as_it_was: what was read says nothing of it, and
        another server may have read on meanwhile. Nothing happens where the interview was erased
        meanwhile, unless that is what was read (`through_seq` 0); nor, with `if_unread`, where all
        of it was handed over meanwhile, by another server that may have read on."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """About no interview, as a test. What waits before it, in its lane, is due now as well."""

    async def watched(self, limit: int) -> tuple[str, ...]:
        """Interviews of which it is to be looked now whether their result is final."""

    async def due(self, limit: int) -> tuple[tuple[str, str], ...]:
        """(tenant, endpoint) of those to which something can be delivered now: those that are set
        up, then URLs of interviews, of one tenant OWN_DUE at most."""

    async def claim(
        self, tenant: str, endpoint: str, *, ttl_s: float, limit: int
    ) -> tuple[Claim, ...]:
        """Lanes of this endpoint that are due, the longest due first. Nobody else gets them for
        `ttl_s` seconds. () where it is disabled."""

    async def settle(self, claim: Claim, made: Settled, *, ttl_s: float) -> Claim | None:
        """Write down the attempt. The next of the same lane, where that is due now: it is ours for
        another `ttl_s`. None: nothing is due, or the lane has become another's meanwhile, and
        nothing was written."""

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
        """Newest first, and the cursor of the next page ("": there is none). A page may be short
        although others follow. A cursor of something that is gone is a KeyError."""

    async def get(self, tenant: str, delivery_id: str) -> Delivery | None:
        """None: there is none of this tenant, or it is not kept any more."""

    async def replay(self, tenant: str, delivery_id: str) -> Delivery | None:
        """To be sent again now, with the same id and all attempts; None as with `get`."""

    async def disabled(self, tenant: str, endpoint: str) -> Disabled | None:
        """None: it is not, as far as deliveries know."""

    async def enable(self, tenant: str, endpoint: str) -> None:
        """What waits is due now."""

    async def backlog(self, tenant: str = "", endpoint: str = "") -> Backlog:
        """How much is pending, for metrics and for people; without an endpoint: for all."""

    async def forget(self, *, older_than_s: float, limit: int) -> int:
        """Deliveries made so many seconds ago are not kept any more, pending or not. How many of
        those that went were pending."""
