"""Who may have a stretch decoded for the record now: few on the whole queue, however many servers.

What a server knows of the queue is a second old, so two would begin at the same moment, and take
every worker that should be left to somebody's words.
"""

from __future__ import annotations

from collections.abc import Callable

from media_server.redis_link.link import RedisLink
from media_server.stt.remote import redis_protocol as protocol

KEPT_MS = 60_000
"""A server that dies over it blocks the others for so long at most."""
WORKERS_EACH = 4
"""Workers on the queue for each stretch that may be in work at a time; one always may."""

TAKE = """
-- KEYS: turns. ARGV: who, how many at a time, kept_ms. 1: it is its turn, now or still.
local now = redis.call('TIME')
local now_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms)
local has = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not has and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now_ms + tonumber(ARGV[3]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""


class RecordTurns:
    """Of one server. All methods raise RedisFailure."""

    def __init__(self, link: RedisLink, keys: protocol.Keys, server: str) -> None:
        self._link = link
        self._key = keys.record
        self._server = server
        self._tokens: set[int] = set()
        """Jobs that have a turn, as far as known."""

    async def take(self, token: int, workers: int) -> bool:
        """Whether this job may be sent. `workers`: ready on the whole queue."""
        self._tokens.add(token)  # also where the answer is lost
        limit = max(1, workers // WORKERS_EACH)
        taken = await self._link.run(TAKE, [self._key], [self._who(token), limit, KEPT_MS])
        if not taken:
            self._tokens.discard(token)
        return bool(taken)

    async def settle(self, is_wanted: Callable[[int], bool], workers: int) -> None:
        """Keep the turns of jobs that are still owed an outcome, and give the others back."""
        for token in tuple(self._tokens):
            if is_wanted(token):
                await self.take(token, workers)
            else:
                await self._link.do("ZREM", self._key, self._who(token))
                self._tokens.discard(token)

    def _who(self, token: int) -> str:
        return f"{self._server}:{token}"
