"""The one queue of an interview: inputs, and work that must keep its place among them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.live.connection import Connection
from media_server.wall_clock import InterviewClock

SIZE = 2_000


@dataclass(slots=True)
class Item:
    """An input or work. `reply` receives the state once it was handled."""

    input_: inp.Input | None = None
    work: Callable[[], Awaitable[None]] | None = None
    connection: Connection | None = None
    """Whose the input is, where that matters."""
    reply: asyncio.Future[State] | None = None
    put_s: float = 0.0
    """When it was put in; 0: it never was, as a Tick."""

    def answer(self, state: State) -> None:
        if self.reply is not None and not self.reply.done():
            self.reply.set_result(state)


class Inbox:
    """Filled by anybody on the loop, emptied by its session's one task."""

    def __init__(self, clock: InterviewClock, count: Callable[[str], None]) -> None:
        self.last_used_s = clock.now_s()
        """When something was put in last."""
        self._clock = clock
        self._count = count
        self._queue: asyncio.Queue[Item] = asyncio.Queue(SIZE)
        self._expected = 0
        self.in_hand = False
        """What was taken out last is still being handled."""

    @property
    def empty(self) -> bool:
        """Nothing is in it, and nothing is about to come."""
        return self._queue.empty() and not self._expected

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """What somebody works on will be put in: the session is not put to rest meanwhile."""
        self._expected += 1
        try:
            yield
        finally:
            self._expected -= 1

    def post(self, input_: inp.Input, connection: Connection | None = None) -> None:
        self._put(Item(input_=input_, connection=connection))

    def do(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run it when its turn comes."""
        self._put(Item(work=work))

    async def ask(self, input_: inp.Input | None = None) -> State:
        """Until the input, or with None everything that is in here now, was handled and written.

        Raises TimeoutError when the inbox is full. How long it may take is for the caller to say.
        """
        reply: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._put(Item(input_=input_, reply=reply))
        return await reply

    async def next(self, due_s: float) -> Item:
        """The next item, or a Tick when `due_s` comes first. The one before it is done with."""
        self.in_hand = False
        try:
            return await self._next(due_s)
        finally:
            self.in_hand = True

    async def _next(self, due_s: float) -> Item:
        delay_s = max(0.0, due_s - self._clock.now_s())
        if self._queue.empty() and delay_s == 0:
            await asyncio.sleep(0)
            return Item(input_=inp.Tick())
        try:
            async with asyncio.timeout(delay_s + 0.001):
                return await self._queue.get()
        except TimeoutError:
            return Item(input_=inp.Tick())

    def _put(self, item: Item) -> None:
        self.last_used_s = item.put_s = self._clock.now_s()
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            self._count("inbox_full")
            if item.reply is not None:
                item.reply.set_exception(TimeoutError("the inbox is full"))
