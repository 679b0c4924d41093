"""The event log: the only write path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from media_server.ports.tenancy import DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An event to be appended."""

    type: str
    data: Mapping[str, Any]
    at_s: float | None = None
    """When it was decided, which may be a while before it is written; None: `now_s` of the call."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event as it stands in the log. Never changed, erased with its interview alone."""

    seq: int
    """1-based, without gaps within an interview; equals the version after it."""
    at_s: float
    """When it was decided; Unix seconds."""
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Appended:
    """The batch is in the log, and on the disk."""

    entries: tuple[LogEntry, ...]
    repeated: bool = False
    """True: this operation id was applied before; `entries` are those of then."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was appended: `expected_version` is not the log's."""

    version: int
    """The log has moved on to this version: read, fold, decide again."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """Nothing was appended: `lease_epoch` is not the newest."""

    lease_epoch: int
    """Another owner has taken over with this epoch: stop at once."""


class StoreUnavailable(Exception):
    """The store did not answer in time or cannot write (disk full, server down): try again."""

    nobody_can_write = False
    """True: the store itself refuses everybody (its disk is full), so that no other owner can
    take a lease over meanwhile."""


@dataclass(frozen=True, slots=True)
class InterviewRow:
    """An interview without its events: what `create` was given, and how far it is."""

    interview_id: str
    created_s: float
    version: int
    status: str
    spec: Mapping[str, Any]
    idempotency: tuple[str, str] = field(default=("", ""), compare=False, repr=False)
    """Key and digest of the request that made it, as its store keeps them; for `restore` alone."""
    damage: str = ""
    """What of the row could not be read, "" for nothing; the fields it stood in are empty then."""
    tenant: str = DEFAULT_TENANT
    """Whose it is. Never changes."""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What a list needs of an interview, without its specification."""

    interview_id: str
    created_s: float
    version: int
    status: str
    summary: Mapping[str, Any] | None
    """As it was given with the newest append; None: there is none, or it is of an older version."""
    damage: str = ""
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class Lease:
    """One owner's right to append to an interview, until `expires_s`."""

    interview_id: str
    owner: str
    lease_epoch: int
    expires_s: float
    """On the store's clock; the holder fences itself earlier, on its own monotonic clock."""
    log_version: int | None = None
    """Entries in the log when it was renewed, where the store can lose some (Redis). Fewer than
    the owner has written: the owner writes them again."""
    wanted: bool = False
    """From `renew`: another owner has asked for it since the renewal before."""


class EventLog(Protocol):
    """Append-only log of every interview, the only write path. SQLite and Redis pass one suite.

    Every method is awaitable, never blocks the loop, and answers or raises StoreUnavailable
    within 1 s. `status` is a column kept for listing, written in the same transaction.
    """

    async def open(self) -> None:
        """Connect, and make or migrate the tables. Raises StoreUnavailable."""

    async def close(self) -> None:
        """Finish what is under way. Leases stay: they run out, or were released."""

    async def create(
        self,
        interview_id: str,
        *,
        spec: Mapping[str, Any],
        entries: Sequence[NewEntry],
        status: str,
        now_s: float,
        idempotency_key: str | None = None,
        request_digest: str = "",
        summary: Mapping[str, Any] | None = None,
        tenant: str = DEFAULT_TENANT,
        most_per_day: int | None = None,
    ) -> InterviewRow:
        """Idempotent by key: the same key and digest of the same tenant give the first row again.
        `summary`: what lists say of it, kept with the row. `most_per_day`: of this tenant, in the
        day of UTC that `now_s` is in; counted over all who share the store, and not lowered by an
        erasing.

        Raises KeyReused when the digest differs, QuotaReached when there were so many.
        """

    async def made_with(
        self, idempotency_key: str, *, tenant: str = DEFAULT_TENANT
    ) -> tuple[str, str] | None:
        """(interview_id, request_digest) of the interview that was created with this key; None:
        there is none, or none any more."""

    async def append(
        self,
        interview_id: str,
        *,
        expected_version: int,
        lease_epoch: int,
        operation_id: str,
        entries: Sequence[NewEntry],
        status: str,
        now_s: float,
        summary: Mapping[str, Any] | None = None,
    ) -> Appended | Conflict | Fenced:
        """Append `entries` in one transaction, all or none.

        `expected_version`: the version that they were decided on. `lease_epoch`: of the lease that
        is held. `operation_id`: the same one again answers the first outcome and appends nothing.
        Raises UnknownInterview, and StoreUnavailable: the batch may then be in the log or not, so
        send it again under the same id.
        """

    async def read(
        self, interview_id: str, *, after_seq: int = 0, limit: int = 10_000
    ) -> tuple[LogEntry, ...]:
        """Entries with `seq` above `after_seq`, ascending, at most `limit`; () at the end.

        Raises DamagedInterview for an entry that cannot be read.
        """

    async def row(self, interview_id: str) -> InterviewRow | None:
        """One that cannot be read whole says so in `damage`; it raises nothing for it."""

    async def owner(self, interview_id: str) -> str | None:
        """The tenant it belongs to, also of one that is damaged; None: there is none. It costs the
        same in either case."""

    async def rows(
        self,
        *,
        after: str | None,
        limit: int,
        status: str | None = None,
        tenant: str | None = None,
    ) -> tuple[InterviewRow, ...]:
        """Newest first; `after` is the interview_id that ended the page before. `tenant`: those of
        this one; None: of all. Raises UnknownInterview for an `after` that never was, or is
        another tenant's."""

    async def summaries(
        self,
        *,
        after: str | None,
        limit: int,
        status: str | None = None,
        tenant: str | None = None,
    ) -> tuple[SummaryRow, ...]:
        """As `rows`, by what was kept with the rows: no specification is read."""

    async def save_summary(
        self, interview_id: str, version: int, summary: Mapping[str, Any]
    ) -> None:
        """Of a log that has this version; ignored when it has moved on, or is gone."""

    async def save_snapshot(self, interview_id: str, version: int, state: str) -> None:
        """Keep the folded state at `version`, in place of an older one. It saves a reader the
        fold, and may be thrown away at any time."""

    async def snapshot(self, interview_id: str) -> tuple[int, str] | None:
        """(version, state) as kept last; None: fold the log from its beginning."""

    async def erase(self, interview_id: str, *, now_s: float) -> bool:
        """Rows, snapshot and keys go; one audit line (id, time, no content) stays."""

    async def acquire(
        self, interview_id: str, owner: str, *, ttl_s: float, wanted: bool = False
    ) -> Lease | None:
        """A new lease_epoch, higher than any before; None while another owner's lease lives.
        With `wanted` that owner learns so at its next renewal, and may let it go."""

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease | None:
        """The lease with `ttl_s` seconds from now; None: it is another's, stop at once."""

    async def release(self, lease: Lease) -> None:
        """Let others have it at once. Nothing happens where it is another's already."""

    async def probe(self) -> None:
        """Raises StoreUnavailable when an append would. Cheap enough for every second."""


@runtime_checkable
class Restorable(Protocol):
    """A log whose server may come back with less than it had; its owner writes the rest again."""

    async def restore(
        self, row: InterviewRow, entries: Sequence[LogEntry], *, lease_epoch: int, now_s: float
    ) -> int | Conflict | Fenced:
        """`entries`: the whole log. How many were missing; see `store.redis`."""


class UnknownInterview(Exception):
    """There is no interview with this id: never was, or erased."""


class DamagedInterview(Exception):
    """What is stored of one interview cannot be read, and trying again does not help. The text
    says where and what, never what stands there."""


class KeyReused(Exception):
    """An Idempotency-Key came again with another body."""


class QuotaReached(Exception):
    """A tenant has made as many interviews today as it may."""

    def __init__(self, most: int, retry_after_s: int) -> None:
        super().__init__(f"{most} interviews were made today")
        self.most = most
        self.retry_after_s = retry_after_s
        """Until the next day begins, in UTC."""
