"""The streams of the transcription queue in Redis, over one link: read, claimed, made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from media_server.ports import EngineUnavailable
from media_server.redis_link.failures import RedisFailure
from media_server.redis_link.link import RedisLink
from media_server.stt.remote import redis_protocol as protocol

SETTING = "stt redis_url (or --redis of stt-worker)"


def connect(url: str, *, logs: bool = True) -> RedisLink:
    """A link that has not connected yet. Raises EngineUnavailable for a URL of something else."""
    try:
        return RedisLink(url, setting=SETTING, logs=logs, fails_fast=False)
    except ValueError as error:
        raise EngineUnavailable(f"stt redis_url: {error}") from None


class JobStreams:
    """Every method raises RedisFailure. The link is closed by its owner."""

    def __init__(self, link: RedisLink, keys: protocol.Keys) -> None:
        self._link = link
        self._keys = keys

    async def read_new(
        self, consumer: str, queues: Sequence[str], *, count: int, block_ms: int | None
    ) -> list[tuple[str, bytes, dict[bytes, bytes]]]:
        """(queue, entry id, fields), at most `count` from each queue; [] after `block_ms`.

        `block_ms` None: do not wait. What is read is pending for `consumer` from then on.
        """
        found = await self._link.call(
            lambda redis: redis.xreadgroup(
                protocol.GROUP, consumer, dict.fromkeys(queues, ">"), count=count, block=block_ms
            ),
            block_s=(block_ms or 0) / 1000,
        )
        return [
            (_text(name), entry_id, fields)
            for name, entries in (found.items() if isinstance(found, dict) else found)
            for entry_id, fields in _flat(entries)
        ]

    async def read_results(self, server: str, *, block_ms: int) -> list[tuple[bytes, bytes]]:
        """Every result that has not been removed, (entry id, text) each; [] after `block_ms`."""
        found = await self._link.call(
            lambda redis: redis.xread(
                {self._keys.results(server): "0-0"}, count=64, block=block_ms
            ),
            block_s=block_ms / 1000,
        )
        return [
            (entry_id, fields.get(b"result", b""))
            for _, entries in (found.items() if isinstance(found, dict) else found or [])
            for entry_id, fields in _flat(entries)
        ]

    async def claim(
        self, consumer: str, queue: str, in_work: Sequence[str]
    ) -> tuple[bytes, dict[bytes, bytes], int] | None:
        """One entry whose machine has gone silent, and its deliveries with this one.

        XAUTOCLAIM looks at ten pending entries a call: behind so many that are well it would
        find none.
        """
        claimed = await self._link.run(
            protocol.CLAIM, [queue], [protocol.GROUP, consumer, protocol.CLAIM_IDLE_MS, *in_work]
        )
        if not claimed:
            return None
        entry_id, flat, deliveries = claimed
        return entry_id, dict(zip(flat[::2], flat[1::2], strict=True)), int(deliveries)

    async def make_groups(self) -> None:
        """For both queues, from their first entry on (Redis, XGROUP CREATE). Harmless again."""
        for final in (True, False):
            try:
                await self._link.do(
                    "XGROUP",
                    "CREATE",
                    self._keys.queue(final=final),
                    protocol.GROUP,
                    "0",
                    "MKSTREAM",
                )
            except RedisFailure as failure:
                if failure.code != "BUSYGROUP":
                    raise


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _flat(entries: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """redis-py answers RESP3 with one more level of lists than RESP2."""
    if entries and isinstance(entries[0], list) and not isinstance(entries[0][0], bytes):
        return [(entry[0], entry[1]) for group in entries for entry in group]
    return [(entry[0], entry[1]) for entry in entries]
