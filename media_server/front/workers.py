"""The workers as the front sees them: a way to each, and what each tells twice a second.

A worker's number is its place; in it there is a process, and beside it, while it is replaced, the
one that leaves with its last calls or the one that comes. Each process has a socket of its own, and
a key by which everything here and in `placement` knows it. Only the one that has the worker's name
(`entrance.SocketName`) gets anybody new.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import aiohttp

from media_server.endings import end
from media_server.entrance import draft_at, drafts_of
from media_server.placement import Placement, Report
from media_server.ports.load import LoadFigures

logger = logging.getLogger(__name__)

POLL_S = 0.5
POLL_DEADLINE_S = 2.0
CONNECT_S = 2.0
KEEPALIVE_S = 15.0
"""Half of what a worker keeps an idle connection for: it never closes one that is just used."""
GONE_S = 10.0
"""A socket that has refused connections for so long is what a killed process left behind."""
LOAD_PATH = "/internal/load"
METRICS_PATH = "/internal/metrics"
METRICS_DEADLINE_S = 4.0
_REFUSED = (errno.ECONNREFUSED, errno.ENOENT)
"""Nobody listens there. Other errors may come from a process that is only busy."""
_LOAD_FIELDS = frozenset(one.name for one in fields(LoadFigures))


@dataclass(frozen=True, slots=True)
class Told:
    """A process's last report, in full."""

    report: Report
    heard_s: float
    ready: bool
    waits: bool
    reasons: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass(slots=True)
class Process:
    """Of worker `number`, listening at `path`."""

    key: int
    number: int
    path: Path
    session: aiohttp.ClientSession
    has_name: bool = False
    """It is the worker; else it leaves, or is about to come."""
    told: Told | None = None
    refuses_since_s: float | None = None
    looks: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def label(self) -> str:
        """For figures: no two processes at one time have the same."""
        return str(self.number) if self.has_name else f"{self.number}-beside"


class Workers:
    """Those with the numbers 1 to `count`. `start` and `close` on the loop that uses them."""

    def __init__(
        self,
        socket_of: Callable[[int], Path],
        count: int,
        placement: Placement,
        now_s: Callable[[], float],
    ) -> None:
        self.numbers = tuple(range(1, count + 1))
        self.now_s = now_s
        self._socket_of = socket_of
        self._placement = placement
        self._processes: dict[int, Process] = {}
        self._keys = itertools.count(1)
        self._closed: list[aiohttp.ClientSession] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Raises nothing; who is there already is known afterwards."""
        await self.look_at_all()
        self._tasks.append(asyncio.ensure_future(self._watch()))

    async def close(self) -> None:
        await end(self._tasks)
        for process in self._processes.values():
            await process.session.close()

    def session(self, key: int) -> aiohttp.ClientSession:
        """Raises KeyError: it is gone."""
        return self._processes[key].session

    def number(self, key: int) -> int:
        """Of the worker that a process is; 0: it is gone."""
        process = self._processes.get(key)
        return 0 if process is None else process.number

    def named(self, number: int) -> Process | None:
        """The process that is worker `number`, if it has said anything lately."""
        for process in self._processes.values():
            if process.number == number and process.has_name and self._spoke(process):
                return process
        return None

    def lost(self, key: int, error: OSError) -> None:
        """A connection to it could not be made. Where nobody listens, nothing is there any more
        of what it had."""
        process = self._processes.get(key)
        if process is None or error.errno not in _REFUSED:
            return
        if process.refuses_since_s is None:
            process.refuses_since_s = self.now_s()
        process.told = None
        self._placement.gone(key, self.now_s())

    async def look_at_all(self) -> None:
        """What each of them says now, within `POLL_DEADLINE_S`, however many ask at one time."""
        self._find()
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_DEADLINE_S):
                await asyncio.gather(*(self.look(one) for one in tuple(self._processes.values())))

    async def look(self, process: Process) -> None:
        """Ask once. No answer in time changes nothing: silence is judged by how long it lasts."""
        async with process.looks:
            asked_s = self.now_s()
            try:
                async with asyncio.timeout(POLL_DEADLINE_S):
                    said = await _ask(process)
                self._heard(process, said, asked_s)
            except aiohttp.ClientConnectorError as error:
                self.lost(process.key, error.os_error)
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                logger.debug("worker %d gave no report: %s", process.number, type(error).__name__)
            except (ValueError, TypeError, KeyError):
                logger.exception("the report of worker %d is not understood", process.number)

    async def figures(self) -> dict[str, str]:
        """What each process has for /metrics, by its label, of those that answer in time."""
        there = [one for one in self._processes.values() if self._spoke(one)]
        texts = await asyncio.gather(*(_figures(one) for one in there))
        return {one.label: text for one, text in zip(there, texts, strict=True) if text is not None}

    # --- within -------------------------------------------------------------------------------

    def _spoke(self, process: Process) -> bool:
        told = process.told
        return told is not None and self.now_s() - told.heard_s <= self._placement.silent_s

    def _heard(self, process: Process, said: Mapping[str, Any], asked_s: float) -> None:
        now_s = self.now_s()
        known = {name: value for name, value in said["load"].items() if name in _LOAD_FIELDS}
        known["refuses"] = tuple(known.get("refuses", ()))
        load = LoadFigures(**known)
        if not process.has_name:
            load = replace(load, draining=True)
        report = Report(
            instance=said["instance"],
            load=load,
            places=frozenset(said["places"]),
            open=frozenset(said["open"]),
        )
        reasons, notices = tuple(said["reasons"]), tuple(said["notices"])
        process.told = Told(
            report, now_s, bool(said["ready"]), bool(said.get("waits")), reasons, notices
        )
        process.refuses_since_s = None
        self._placement.heard(process.key, report, asked_s=asked_s, now_s=now_s)

    def _find(self) -> None:
        """Processes come and go; a name changes hands."""
        known = {process.path: process for process in self._processes.values()}
        for number in self.numbers:
            path = self._socket_of(number)
            current = draft_at(path)
            for draft in drafts_of(path):
                if draft not in known:
                    key = next(self._keys)
                    known[draft] = Process(key, number, draft, _session(draft))
                    self._processes[key] = known[draft]
                known[draft].has_name = draft == current
        for process in tuple(self._processes.values()):
            self._forget(process)

    def _forget(self, process: Process) -> None:
        """Where nobody has listened for long, or the socket is gone and so is its process."""
        since_s = process.refuses_since_s
        if since_s is None or self.now_s() - since_s < GONE_S:
            return
        with suppress(OSError):
            process.path.unlink()
        del self._processes[process.key]
        self._closed.append(process.session)

    async def _watch(self) -> None:
        looking: dict[int, asyncio.Task[None]] = {}
        try:
            while True:
                self._find()
                for process in self._processes.values():
                    before = looking.get(process.key)
                    if before is None or before.done():  # one that hangs holds up no other
                        looking[process.key] = asyncio.ensure_future(self.look(process))
                while self._closed:
                    await self._closed.pop().close()
                for key in looking.keys() - self._processes.keys():
                    await looking.pop(key)
                await asyncio.sleep(POLL_S)
        finally:
            await end(list(looking.values()))


async def _ask(process: Process) -> Mapping[str, Any]:
    async with process.session.get(f"http://worker{LOAD_PATH}") as answer:
        answer.raise_for_status()
        said = await answer.json()
    if not isinstance(said, dict):
        raise TypeError("a report is an object")
    return said


async def _figures(process: Process) -> str | None:
    try:
        async with asyncio.timeout(METRICS_DEADLINE_S):
            async with process.session.get(f"http://worker{METRICS_PATH}") as answer:
                return await answer.text() if answer.status == 200 else None
    except (TimeoutError, aiohttp.ClientError, OSError):
        return None


def _session(path: Path) -> aiohttp.ClientSession:
    """Nothing is added to what is passed on, and nothing of an answer is unpacked. As many
    connections at once as the front has of clients, which is bounded."""
    return aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(path), limit=0, keepalive_timeout=KEEPALIVE_S),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_connect=CONNECT_S),
    )
