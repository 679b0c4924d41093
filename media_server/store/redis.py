"""Event log in Redis, for several machines. Same contract as `sqlite`, one Lua script per write.

Two things differ, both because a Redis may lose its newest second (AOF everysec) or everything:

* A lease epoch counts microseconds of the server's clock, so that one given before the loss is
  never given again; and an owner whose epoch is above the stored one is still the newest.
* `restore` lets that owner write back what was lost. It never revives what was erased.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from media_server.ports import (
    DEFAULT_TENANT,
    Appended,
    Conflict,
    Fenced,
    InterviewRow,
    KeyReused,
    Lease,
    LogEntry,
    NewEntry,
    QuotaReached,
    StoreUnavailable,
    SummaryRow,
    UnknownInterview,
)
from media_server.store import redis_codec as codec
from media_server.store import redis_owners, redis_removed, redis_schema
from media_server.store import redis_scripts as scripts
from media_server.store.encoding import OPERATIONS_KEPT, day_of, dump, own_key
from media_server.store.redis_client import RedisClient, is_of_another_kind
from media_server.store.redis_index import RedisIndex

READ_PAGE = 100  # entries in one answer: parsing them holds the loop
SCRUB_INTERVAL_S = 30.0  # rewriting its files costs the server a copy of all that it holds


class RedisEventLog:
    """`EventLog` of `media_server.ports`. Opens and closes the client that the spool shares."""

    def __init__(self, client: RedisClient, *, prefix: str = "ms") -> None:
        if not prefix or set(prefix) & set("{}: "):
            raise ValueError("a Redis prefix has no braces, colons or spaces")
        self._client = client
        self._prefix = prefix
        self._index = RedisIndex(client, prefix)
        self.scrub_due = False
        """Something was erased that the server's files may still hold."""
        self.compact_due = False
        self._scrub_from_s = 0.0

    async def open(self) -> None:
        """Raises StoreUnavailable with what to do: no Redis, one that evicts, or a newer schema."""
        await self._client.open()
        await redis_schema.prepare(self._client, self._prefix)
        await redis_owners.adopt_missing(self._client, self._prefix)

    async def close(self) -> None:
        """Closes the client too: after everybody else who uses it."""
        await self._client.close()

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
        """Besides the contract: the same id again without a key answers the first row when the
        specification is the same, else KeyReused, so a caller may retry after a timeout. An id
        that was erased is never used again: KeyReused."""
        own = own_key(tenant, idempotency_key)
        key = "" if own is None else codec.sha256(own)
        day, left_s = day_of(now_s)
        most = "" if most_per_day is None else most_per_day
        answer = await self._run(
            scripts.CREATE,
            interview_id,
            (key, request_digest, dump(spec), status, repr(now_s), _dumped(summary), tenant, most,
             day),
            codec.encode(entries, now_s),
        )  # fmt: skip
        if answer[0] == b"quota" and most_per_day is not None:
            raise QuotaReached(most_per_day, left_s)
        if answer[0] == b"reused":
            raise KeyReused("this Idempotency-Key or id came before with another body")
        row = codec.row(answer[1].decode(), answer[2:], None, tenant.encode())
        if row is None:
            raise StoreUnavailable("Redis answered with an empty row")
        return row

    async def made_with(
        self, idempotency_key: str, *, tenant: str = DEFAULT_TENANT
    ) -> tuple[str, str] | None:
        """As the server has it now. A row that cannot be read has the digest ""."""
        name = codec.sha256(own_key(tenant, idempotency_key) or "")
        found = await self._client.call(lambda redis: redis.get(f"{self._prefix}:key:{name}"))
        row = None if found is None else await self.row(found.decode())
        return None if row is None else (row.interview_id, row.idempotency[1])

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
        """Who may append: see `sqlite`. ValueError when `entries` is empty."""
        if not entries:
            raise ValueError("an append needs at least one entry")
        encoded = codec.encode(entries, now_s)
        answer = await self._run(
            scripts.APPEND,
            interview_id,
            (
                expected_version,
                lease_epoch,
                operation_id,
                status,
                repr(now_s),
                OPERATIONS_KEPT,
                _dumped(summary),
            ),
            encoded,
        )
        match answer[0]:
            case b"ok":
                return Appended(codec.decode(encoded, first_seq=expected_version + 1))
            case b"repeated":
                entries_then = codec.decode(answer[2], first_seq=int(answer[1]))
                return Appended(entries_then, repeated=True)
            case b"conflict":
                return Conflict(int(answer[1]))
            case _:
                return Fenced(int(answer[1]))

    async def restore(
        self, row: InterviewRow, entries: Sequence[LogEntry], *, lease_epoch: int, now_s: float
    ) -> int | Conflict | Fenced:
        """The owner's answer to a Redis that came back with less than it had.

        `entries` is the whole log, `row` as it should be. How many entries were written back;
        Conflict when the log there has gone another way, UnknownInterview when it was erased.
        """
        answer = await self._run(
            scripts.RESTORE,
            row.interview_id,
            (lease_epoch, repr(row.created_s), row.status, dump(row.spec), repr(now_s),
             *row.idempotency, row.tenant),
            [codec.encoded(entry.at_s, entry.type, entry.data) for entry in entries],
        )  # fmt: skip
        match answer[0]:
            case b"ok":
                return int(answer[1])
            case b"conflict":
                return Conflict(int(answer[1]))
            case _:
                return Fenced(int(answer[1]))

    async def read(
        self, interview_id: str, *, after_seq: int = 0, limit: int = 10_000
    ) -> tuple[LogEntry, ...]:
        """Empty when there is no such interview. In pages, so that parsing never holds the
        loop; the log only grows, so they fit together."""
        entries: list[LogEntry] = []
        while len(entries) < limit:
            count = min(READ_PAGE, limit - len(entries))
            page = await self._page(interview_id, after_seq + len(entries), count)
            entries += page
            if len(page) < count:
                break
        return tuple(entries)

    async def row(self, interview_id: str) -> InterviewRow | None:
        """None: neither a row nor a place in the index. A key of another kind is damage."""
        (found,) = await self._rows_of([interview_id])
        return found

    async def owner(self, interview_id: str) -> str | None:
        """By the indexes: a row that is damaged belongs to somebody, too."""
        return await self._index.owner(interview_id)

    async def rows(
        self,
        *,
        after: str | None,
        limit: int,
        status: str | None = None,
        tenant: str | None = None,
    ) -> tuple[InterviewRow, ...]:
        """A cursor stays good after its interview was erased."""
        return await self._index.page(self._rows_of, after, limit, status, tenant)

    async def summaries(
        self,
        *,
        after: str | None,
        limit: int,
        status: str | None = None,
        tenant: str | None = None,
    ) -> tuple[SummaryRow, ...]:
        """As `rows`; no specification is read."""
        return await self._index.page(self._summaries_of, after, limit, status, tenant)

    async def save_summary(
        self, interview_id: str, version: int, summary: Mapping[str, Any]
    ) -> None:
        """Ignored when the log has moved on, or is gone."""
        await self._run(scripts.SAVE_SUMMARY, interview_id, (version, dump(summary)))

    async def save_snapshot(self, interview_id: str, version: int, state: str) -> None:
        """An older version than the one kept is ignored. Raises UnknownInterview."""
        await self._run(scripts.SAVE_SNAPSHOT, interview_id, (version, state))

    async def snapshot(self, interview_id: str) -> tuple[int, str] | None:
        """None also for one that cannot be read: the log says the same."""
        name = self._key(interview_id, "snapshot")

        try:
            version, state = await self._client.call(
                lambda redis: redis.hmget(name, ["version", "state"])
            )
        except StoreUnavailable as error:
            if not is_of_another_kind(error):
                raise
            return None
        if version is None or state is None or not version.isdigit():
            return None  # a snapshot is a cache: the log says the same
        return int(version), state.decode("utf-8", "replace")

    async def erase(
        self, interview_id: str, *, now_s: float, counts: Mapping[str, int] | None = None
    ) -> bool:
        """False: there was no such interview. `counts` goes into the audit line as well. The
        spooled audio goes in the same step."""
        further = "".join(f',"{name}":{count}' for name, count in (counts or {}).items())
        try:
            await self._run(scripts.ERASE, interview_id, (repr(now_s), further))
        except UnknownInterview:
            return False
        self.scrub_due = True
        if time.monotonic() >= self._scrub_from_s:
            await self.scrub()
        return True

    async def redact(
        self,
        interview_id: str,
        entries: Sequence[LogEntry],
        *,
        expected_version: int,
        what: str,
        now_s: float,
    ) -> bool:
        """Entries take the place of those of the same seq, in one step with the audit line `what`.

        The snapshot, which says the same, goes. False: the log has moved on. Raises
        UnknownInterview.
        """
        values: list[int | str] = [expected_version, json.dumps({what: now_s})]
        for entry in entries:
            values += [entry.seq - 1, codec.encoded(entry.at_s, entry.type, entry.data)]
        answer = await self._run(scripts.REDACT, interview_id, values)
        return bool(answer[0] == b"ok")

    async def audit(self, interview_id: str) -> dict[str, float]:
        """When what was removed: {"erased": at_s, "transcript": at_s}; {} for nothing. An erasing
        whose line is damaged has the time 0."""
        return await redis_removed.audit(self._client, self._prefix, interview_id)

    async def erased_among(self, ids: Sequence[str]) -> frozenset[str]:
        """Those that have an audit line of their erasing."""
        return await redis_removed.erased_among(self._client, self._prefix, ids)

    async def scrub(self) -> bool:
        """What was erased leaves the server's own files too, by rewriting them in the
        background. False: it is not our server to ask that of, or one is running; try again.

        `erase` asks for it at most every 30 s; what came in between is `scrub_due`, and
        retention's to ask for.
        """
        self._scrub_from_s = time.monotonic() + SCRUB_INTERVAL_S
        done = await redis_removed.rewrite_files(self._client)
        self.scrub_due = not done
        return done

    async def compact(self) -> bool:
        """Nothing to do: Redis keeps no stale copies in memory that a key leads to."""
        return False

    async def acquire(
        self, interview_id: str, owner: str, *, ttl_s: float, wanted: bool = False
    ) -> Lease | None:
        """An owner that acquires what it holds already gets a new epoch as well: it has
        restarted, and its former self is fenced. Raises UnknownInterview."""
        values = (owner, codec.ms(ttl_s), int(wanted))
        answer = await self._run(scripts.ACQUIRE, interview_id, values)
        return codec.lease(interview_id, owner, answer)

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease | None:
        """Also after it ran out, as long as nobody has taken over. None: taken or released."""
        answer = await self._run(
            scripts.RENEW, lease.interview_id, (lease.owner, lease.lease_epoch, codec.ms(ttl_s))
        )
        return codec.lease(lease.interview_id, lease.owner, answer)

    async def release(self, lease: Lease) -> None:
        """The epoch stays, so that the next one is higher. Nothing when it is not held."""
        await self._run(scripts.RELEASE, lease.interview_id, (lease.owner, lease.lease_epoch))

    async def probe(self) -> None:
        """A write: a Redis that is out of memory or of disk still answers reads."""
        await self._client.call(lambda redis: redis.set(f"{self._prefix}:probe", 1, ex=60))

    # --- plumbing -----------------------------------------------------------------------------

    def _key(self, interview_id: str, name: str) -> str:
        return f"{self._prefix}:{{{interview_id}}}:{name}"

    async def _run(
        self,
        script: str,
        interview_id: str,
        values: Sequence[int | str],
        entries: Sequence[str] = (),
    ) -> list[Any]:
        if set(interview_id) & set("{}"):
            raise ValueError("an interview id has no braces")
        arguments = [interview_id, *values, *entries]
        answer: list[Any] = await self._client.run(script, [self._prefix], arguments)
        if answer[0] == b"unknown":
            raise UnknownInterview(interview_id)
        return answer

    async def _page(self, interview_id: str, skip: int, count: int) -> tuple[LogEntry, ...]:
        name = self._key(interview_id, "log")

        try:
            found: list[bytes] = await self._client.call(
                lambda redis: redis.lrange(name, skip, skip + count - 1)
            )
        except StoreUnavailable as error:
            if is_of_another_kind(error):
                raise codec.no_log() from None
            raise
        return codec.decode(found, first_seq=skip + 1)

    async def _rows_of(self, ids: Sequence[str]) -> list[InterviewRow | None]:
        return [codec.row(*found) for found in await self._fields_of(ids, codec.ROW)]

    async def _summaries_of(self, ids: Sequence[str]) -> list[SummaryRow | None]:
        return [codec.summary(*found) for found in await self._fields_of(ids, codec.SUMMARY)]

    async def _fields_of(
        self, ids: Sequence[str], names: Sequence[str]
    ) -> list[tuple[str, Any, float | None, bytes | None]]:
        """Of each: the id, fields of its row (or an error: it is no row), its place in time, and
        its tenant where that is not the default one."""
        if not ids:
            return []
        index = f"{self._prefix}:interviews"

        async def ask(redis: Any) -> list[Any]:
            async with redis.pipeline(transaction=False) as pipeline:
                for interview_id in ids:
                    pipeline.hmget(self._key(interview_id, "row"), *names)
                    pipeline.zscore(index, interview_id)
                pipeline.hmget(f"{self._prefix}:tenants", list(ids))
                found: list[Any] = await pipeline.execute(raise_on_error=False)
            for answer in found:
                if isinstance(answer, Exception) and not is_of_another_kind(answer):
                    raise answer
            return found

        *found, tenants = await self._client.call(ask)
        return list(zip(ids, found[::2], found[1::2], tenants, strict=True))


def _dumped(summary: Mapping[str, Any] | None) -> str:
    return "" if summary is None else dump(summary)
