"""Which interviews are followed here: one feed for each, whoever and however many follow it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from media_server.live.tasks import TaskOwner
from media_server.ports import Refused
from media_server.ports.live_events import LiveEvent

if TYPE_CHECKING:
    from media_server.ports import LogEntry

MOST_WAITING = 256
"""Events that one follower has not taken yet; with one more it is cut off, and goes on after the
last one that it had."""
MOST_FEEDS = 4096


class Follower:
    """One reader of a feed. `news` is set with everything that comes."""

    def __init__(self, news: asyncio.Event) -> None:
        self.news = news
        self._waiting: deque[tuple[int, LiveEvent]] = deque()
        self.too_slow = False
        self.over = False
        """Nothing comes after what waits."""

    def tell(self, seq: int, events: tuple[LiveEvent, ...]) -> None:
        if self.too_slow or len(self._waiting) + len(events) > MOST_WAITING:
            self.too_slow = True
        else:
            self._waiting += [(seq, event) for event in events]
        self.news.set()

    def take(self, after_seq: int) -> tuple[LiveEvent, ...]:
        """All that waits, but for what the reader has had from the log itself."""
        found = tuple(event for seq, event in self._waiting if seq > after_seq)
        self._waiting.clear()
        return found


class Feed(Protocol):
    """Tells the followers of one interview (log_feed.py)."""

    followers: set[Follower]

    async def run(self, closing: asyncio.Event) -> None:
        """Until nobody follows, nothing more comes, or this server stops."""

    def end(self) -> None:
        """It runs no more."""

    def past(self, entries: tuple[LogEntry, ...]) -> tuple[LiveEvent, ...]:
        """What these entries tell, for a follower that reads what was before it came."""

    def broken(self, error: Exception) -> tuple[LiveEvent, ...]:
        """What a log that cannot be read tells; (): it may be read later."""


class Feeds:
    """Of this process: one for each interview that is followed here."""

    def __init__(self, closing: asyncio.Event) -> None:
        """`closing`: set when this server stops."""
        self._closing = closing
        self._feeds: dict[str, Feed] = {}
        self._tasks = TaskOwner("feeds", limit=MOST_FEEDS)

    @property
    def running(self) -> int:
        return len(self._feeds)

    def follow(
        self, interview_id: str, news: asyncio.Event, make: Callable[[], Feed]
    ) -> tuple[Feed, Follower]:
        """`make`: one that begins at the end of the log, or before it. Raises Refused."""
        feed = self._feeds.get(interview_id)
        follower = Follower(news)
        if feed is None:
            feed = make()
            feed.followers.add(follower)
            if not self._tasks.spawn(self._run(interview_id, feed), "follow"):
                raise Refused(503, "busy", "Too many interviews are followed", retry_after_s=5)
            self._feeds[interview_id] = feed
        feed.followers.add(follower)
        return feed, follower

    async def _run(self, interview_id: str, feed: Feed) -> None:
        try:
            await feed.run(self._closing)
        finally:
            # In the step in which it was found that nobody follows: who comes now gets a new one.
            if self._feeds.get(interview_id) is feed:
                del self._feeds[interview_id]
            feed.end()

    async def close(self) -> None:
        await self._tasks.close()
