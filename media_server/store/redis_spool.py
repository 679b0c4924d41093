"""Spool in a Redis stream per interview, so that another node can finish the sentence.

One stream entry holds one second of one connection, in the records of `spool_file`. The stream is
written by one task once a second, never by `put`. It is trimmed as finals come in; what an
interview leaves behind that nobody ever resumes goes by itself after seven days.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from media_server.endings import end
from media_server.ports import SpoolDamage, SpooledPacket, StoreUnavailable
from media_server.store import spool_file
from media_server.store.redis_client import RedisClient
from media_server.store.spans import Span, stays
from media_server.store.spool_buffer import SpoolBuffer

logger = logging.getLogger(__name__)

TICK_S = 1.0
ENTRIES_LIMIT = 7200
"""An hour of one second each, twice over: no stream grows without bound."""
KEEP_S = 7 * 86_400
"""Since something was last added."""
READ_PAGE = 500
"""Entries in one answer: about 2 MB at 32 kbit/s."""
SCAN_PAGE = 1_000
"""Keys that one SCAN looks at."""
_SLICE_PACKETS = 250
"""5 s of one call in one script: after an outage there are many."""
PASSED_KEPT = 4096
"""Connections remembered; for one that was pushed out the whole stream is read once more."""

_ADD = """
-- KEYS: stream, erased; ARGV: id, entries limit, keep_s, then epoch and records, alternating
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
for i = 4, #ARGV, 2 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'epoch', ARGV[i], 'records', ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
_REPLACE = """
-- KEYS: stream; ARGV: epoch, records to keep or '', entry ids to remove...
if ARGV[2] ~= '' then
  redis.call('XADD', KEYS[1], '*', 'epoch', ARGV[1], 'records', ARGV[2])
end
for i = 3, #ARGV do redis.call('XDEL', KEYS[1], ARGV[i]) end
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[1]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class _Passed:
    """How far a connection's entries need not be read again to be trimmed."""

    until_s: float
    keep: frozenset[Span]
    entry_id: bytes
    """Up to this one nothing of the connection is left but what lies in `keep`."""


class RedisSpool:
    """`Spool` of `media_server.ports`. `open` starts its task, `close` writes the rest."""

    def __init__(self, client: RedisClient, *, prefix: str = "ms") -> None:
        self._client = client
        self._prefix = prefix
        self._buffer = SpoolBuffer()
        self._writing = asyncio.Lock()
        self._passed: dict[tuple[str, int], _Passed] = {}
        self._task: asyncio.Task[None] | None = None
        self.counters = self._buffer.counters
        self.failed = ""
        """Why the last write failed; "" again as soon as one succeeds."""

    async def open(self) -> None:
        """Start the task that writes what was `put`. The client must be open."""
        self._task = asyncio.create_task(self._flush_forever(), name="redis-spool")

    async def close(self) -> None:
        """End the task and write the rest, once: what Redis refuses now is gone with the process.

        Raises nothing for a Redis that is away. The client stays open.
        """
        task, self._task = self._task, None
        if task is None:
            return
        await end([task])
        await self.flush()

    async def _flush_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self.flush()

    def put(self, interview_id: str, packets: Sequence[SpooledPacket]) -> None:
        """Returns at once; in Redis within 2 s. Over 32 MiB unwritten: dropped and counted."""
        self._buffer.put(interview_id, packets)

    async def flush(self) -> None:
        """Never raises; what Redis refused waits for the next time, and `failed` says why."""
        async with self._writing:
            taken = self._buffer.take()
            try:
                while taken:
                    interview_id = next(iter(taken))
                    if await self._try_write(interview_id, taken[interview_id]):
                        del taken[interview_id]
                    else:
                        self._buffer.put_back(interview_id, taken.pop(interview_id))
            finally:  # cancelled on the way: nothing is lost
                for interview_id, packets in taken.items():
                    self._buffer.put_back(interview_id, packets)

    async def interviews(self) -> tuple[str, ...]:
        """From the names of the keys, a thousand a call: no call holds the server up."""
        before, after = self._key("*").split("*")
        found: set[str] = set()
        cursor = 0
        while True:
            cursor, keys = await self._scan(cursor)
            names = (key.decode() for key in keys)
            found |= {name.removeprefix(before).removesuffix(after) for name in names}
            if not cursor:
                return tuple(sorted(found))

    async def read(self, interview_id: str) -> tuple[SpooledPacket, ...]:
        """Everything not trimmed, ordered by connection and media time, without duplicates."""
        await self.flush()
        found: dict[tuple[int, float], SpooledPacket] = {}
        stored = [decoded.packets for _, _, decoded in await self._entries(interview_id)]
        for packet in itertools.chain(*stored, self._buffer.peek(interview_id)):
            found.setdefault((packet.connection_epoch, packet.media_s), packet)
        return tuple(found[key] for key in sorted(found))

    async def damage(self, interview_id: str) -> Mapping[int, SpoolDamage]:
        """Reads the whole stream, in pages, and counts the connections found as damaged."""
        found: dict[int, SpoolDamage] = {}
        for _, epoch, decoded in await self._entries(interview_id):
            if decoded.damaged_bytes:
                damage = SpoolDamage(decoded.damaged_bytes, decoded.lost_s)
                found[epoch] = found.get(epoch, SpoolDamage()) + damage
        self.counters.damaged += len(found)
        return found

    async def trim(
        self, interview_id: str, connection_epoch: int, until_s: float, keep: Sequence[Span] = ()
    ) -> None:
        """Packets of this connection that begin before `until_s`, and in no stretch of `keep`, go
        from buffer and stream."""
        async with self._writing:
            self._buffer.trim(interview_id, connection_epoch, until_s, keep)
            await self._trim(interview_id, connection_epoch, until_s, keep)

    async def empty(self, interview_id: str) -> None:
        """Waits for a write that is under way. Raises StoreUnavailable: call it again."""
        await self._delete(interview_id, over=False)

    async def erase(self, interview_id: str) -> None:
        """As `empty`. What other processes send is refused once the log has erased the
        interview."""
        await self._delete(interview_id, over=True)

    # --- plumbing -----------------------------------------------------------------------------

    async def _delete(self, interview_id: str, *, over: bool) -> None:
        async with self._writing:
            self._buffer.drop(interview_id, over=over)
            await self._client.call(lambda redis: redis.delete(self._key(interview_id)))

    async def _try_write(self, interview_id: str, packets: Sequence[SpooledPacket]) -> bool:
        """False: they wait for the next time."""
        try:
            await self._write(interview_id, packets)
        except StoreUnavailable as error:
            if self.failed != str(error):
                self.failed = str(error)
                logger.error("received audio cannot be spooled: %s", error)
            return False
        except Exception as error:  # it would go wrong again: these are given up, the others not
            self.counters.dropped += len(packets)
            logger.exception("received audio cannot be spooled: %s", type(error).__name__)
        else:
            self.counters.written += len(packets)
            self.failed = ""
        return True

    def _key(self, interview_id: str) -> str:
        return f"{self._prefix}:{{{interview_id}}}:spool"

    async def _write(self, interview_id: str, packets: Sequence[SpooledPacket]) -> None:
        for start in range(0, len(packets), _SLICE_PACKETS):
            batch = packets[start : start + _SLICE_PACKETS]
            arguments: list[Any] = [interview_id, ENTRIES_LIMIT, KEEP_S]
            for epoch, group in itertools.groupby(batch, lambda packet: packet.connection_epoch):
                arguments += [epoch, spool_file.header(epoch) + spool_file.encode(group)]
            await self._run(_ADD, interview_id, arguments)

    async def _run(self, script: str, interview_id: str, arguments: Sequence[Any]) -> None:
        keys = [self._key(interview_id), f"{self._prefix}:erased"]
        await self._client.run(script, keys, arguments)

    async def _scan(self, cursor: int) -> tuple[int, list[bytes]]:
        pattern = self._key("*")
        page: Any = await self._client.call(
            lambda redis: redis.scan(cursor, match=pattern, count=SCAN_PAGE)
        )
        return int(page[0]), list(page[1])

    async def _page(self, interview_id: str, start: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        key = self._key(interview_id)
        page: Any = await self._client.call(
            lambda redis: redis.xrange(key, start, "+", count=READ_PAGE)
        )
        return list(page)

    async def _entries(
        self, interview_id: str, start: str = "-"
    ) -> list[tuple[bytes, int, spool_file.Decoded]]:
        """(entry id, connection_epoch, packets), in pages: no answer is ever huge."""
        entries: list[tuple[bytes, int, spool_file.Decoded]] = []
        while True:
            page = await self._page(interview_id, start)
            for entry_id, fields in page:
                decoded = spool_file.decode(fields[b"records"])
                entries.append((entry_id, int(fields[b"epoch"]), decoded))
            if len(page) < READ_PAGE:
                return entries
            start = "(" + page[-1][0].decode()

    async def _trim(
        self, interview_id: str, connection_epoch: int, until_s: float, keep: Sequence[Span]
    ) -> None:
        which = interview_id, connection_epoch
        passed = self._passed.pop(which, None)
        if passed is None or passed.until_s > until_s or not passed.keep <= set(keep):
            passed = None  # what was kept need not be kept any more: it is looked for again
        last = b"" if passed is None else passed.entry_id
        gone: list[bytes] = []
        kept: list[SpooledPacket] = []
        behind = True
        for entry_id, epoch, decoded in await self._entries(
            interview_id, "(" + last.decode() if last else "-"
        ):
            if epoch == connection_epoch:
                rest = [
                    packet for packet in decoded.packets if stays(packet.media_s, until_s, keep)
                ]
                behind = behind and all(packet.media_s < until_s for packet in rest)
                if len(rest) < len(decoded.packets):
                    gone.append(entry_id)
                    kept += rest
            last = entry_id if behind else last
        if gone:
            await self._put_instead(connection_epoch, interview_id, kept, gone)
        if keep and last:
            self._passed[which] = _Passed(until_s, frozenset(keep), last)
            if len(self._passed) > PASSED_KEPT:
                del self._passed[next(iter(self._passed))]

    async def _put_instead(
        self,
        connection_epoch: int,
        interview_id: str,
        kept: Sequence[SpooledPacket],
        gone: Sequence[bytes],
    ) -> None:
        """In one step: a death before or after it loses nothing that is kept."""
        records = spool_file.header(connection_epoch) + spool_file.encode(kept) if kept else b""
        await self._run(_REPLACE, interview_id, [connection_epoch, records, *gone])
