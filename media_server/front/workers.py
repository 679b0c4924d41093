"""The workers as the front sees them: a way to each, and what each tells twice a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import aiohttp

from media_server.endings import end
from media_server.placement import Placement, Report
from media_server.ports.load import LoadFigures

logger = logging.getLogger(__name__)

POLL_S = 0.5
POLL_DEADLINE_S = 2.0
CONNECT_S = 2.0
KEEPALIVE_S = 15.0
"""Half of what a worker keeps an idle connection for: it never closes one that is just used."""
LOAD_PATH = "/internal/load"
METRICS_PATH = "/internal/metrics"
METRICS_DEADLINE_S = 4.0
_LOAD_FIELDS = frozenset(one.name for one in fields(LoadFigures))


@dataclass(frozen=True, slots=True)
class Told:
    """A worker's last report, in full."""

    report: Report
    heard_s: float
    ready: bool
    reasons: tuple[str, ...]
    notices: tuple[str, ...]


class Workers:
    """Numbers 1 to `count`, each on its socket. `start` and `close` on the loop that uses them."""

    def __init__(
        self,
        socket_of: Callable[[int], Path],
        count: int,
        placement: Placement,
        now_s: Callable[[], float],
    ) -> None:
        self._socket_of = socket_of
        self.numbers = tuple(range(1, count + 1))
        self._placement = placement
        self.now_s = now_s
        self.told: dict[int, Told] = {}
        self._sessions: dict[int, aiohttp.ClientSession] = {}
        self._looks: dict[int, asyncio.Lock] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for number in self.numbers:
            self._sessions[number] = self._session(number)
            self._looks[number] = asyncio.Lock()
            self._tasks.append(asyncio.ensure_future(self._watch(number)))

    async def close(self) -> None:
        await end(self._tasks)
        for session in self._sessions.values():
            await session.close()

    def session(self, number: int) -> aiohttp.ClientSession:
        return self._sessions[number]

    def heard_lately(self, number: int) -> Told | None:
        told = self.told.get(number)
        if told is None or self.now_s() - told.heard_s > self._placement.silent_s:
            return None
        return told

    def lost(self, number: int) -> None:
        """Its socket takes no connections: nothing that it had is there any more."""
        self.told.pop(number, None)
        self._placement.gone(number, self.now_s())

    async def look_at_all(self) -> None:
        """What each of them says now, within `POLL_DEADLINE_S`."""
        await asyncio.gather(*(self.look(number) for number in self.numbers))

    async def look(self, number: int) -> None:
        """Ask once. No answer in time changes nothing: silence is judged by how long it lasts."""
        async with self._looks[number]:
            asked_s = self.now_s()
            try:
                async with asyncio.timeout(POLL_DEADLINE_S):
                    said = await self._ask(number)
            except aiohttp.ClientConnectorError:
                self.lost(number)
                return
            except (
                TimeoutError,
                aiohttp.ClientError,
                OSError,
                ValueError,
                TypeError,
                KeyError,
            ) as error:
                logger.debug("worker %d gave no report: %s", number, type(error).__name__)
                return
            self._heard(number, said, asked_s)

    async def figures(self, number: int) -> str | None:
        """What it has for /metrics; None: no answer in time."""
        try:
            async with asyncio.timeout(METRICS_DEADLINE_S):
                async with self._sessions[number].get(f"http://worker{METRICS_PATH}") as answer:
                    return await answer.text() if answer.status == 200 else None
        except (TimeoutError, aiohttp.ClientError, OSError):
            return None

    async def _ask(self, number: int) -> Mapping[str, Any]:
        async with self._sessions[number].get(f"http://worker{LOAD_PATH}") as answer:
            answer.raise_for_status()
            said = await answer.json()
        if not isinstance(said, dict):
            raise TypeError("a report is an object")
        return said

    def _heard(self, number: int, said: Mapping[str, Any], asked_s: float) -> None:
        now_s = self.now_s()
        known = {name: value for name, value in said["load"].items() if name in _LOAD_FIELDS}
        known["refuses"] = tuple(known.get("refuses", ()))
        report = Report(
            instance=said["instance"],
            load=LoadFigures(**known),
            places=frozenset(said["places"]),
            open=frozenset(said["open"]),
        )
        self._placement.heard(number, report, asked_s=asked_s, now_s=now_s)
        reasons, notices = tuple(said["reasons"]), tuple(said["notices"])
        self.told[number] = Told(report, now_s, bool(said["ready"]), reasons, notices)

    async def _watch(self, number: int) -> None:
        while True:
            try:
                await self.look(number)
            except Exception:
                logger.exception("the report of worker %d was not understood", number)
            await asyncio.sleep(POLL_S)

    def _session(self, number: int) -> aiohttp.ClientSession:
        """Nothing is added to what is passed on, and nothing of an answer is unpacked. As many
        connections at once as the front has of clients, which is bounded."""
        path = str(self._socket_of(number))
        return aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path, limit=0, keepalive_timeout=KEEPALIVE_S),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_connect=CONNECT_S),
        )
