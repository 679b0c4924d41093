"""Full ICE for one call (aioice, as in aiortc's peer connection): sockets and checks of its own.

For networks where one public UDP port cannot be had: here this server sends checks of its own, can
learn its address by STUN, and can itself sit behind a TURN relay. Each call costs its own sockets.

With a TURN server everything goes through the relay, and the offer's candidates are used there,
because a relay drops what it was not told to expect. Without one they are ignored, so that an
offer cannot make this server knock at addresses inside its own network; the client's checks
reveal it.

An ICE restart (RFC 8445 §9) is a second agent with credentials and sockets of its own; it takes
over at its first authenticated check, and DTLS and everything above it go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import aioice

from media_server.ports import OfferRejected
from media_server.rtc.aioice_agent import IceAgent
from media_server.rtc.answer import LocalCandidate
from media_server.rtc.guard import FaultLog, NoiseLog
from media_server.rtc.path import LocalDescription, PathUser
from media_server.rtc.settings import RtcSettings


class FullPath:
    """Implements `path.IcePath`."""

    user: PathUser

    def __init__(self, ufrag: str, password: str, make: Callable[[str, str], IceAgent]) -> None:
        self.remote_ufrag = ufrag
        self.bytes_sent = 0
        self.agent = make(ufrag, password)
        self._make = make
        self._successor: IceAgent | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        self._closed = False

    def bind(self, user: PathUser) -> None:
        """See `path.IcePath`. Until then the agent's datagrams go to nobody."""
        self.user = user
        self._use(self.agent)

    def _use(self, agent: IceAgent) -> None:
        agent.user = self.user
        agent.on_check = lambda: self._checked_by(agent)

    async def start(self, remote_candidates: Sequence[str]) -> LocalDescription:
        """Takes as long as STUN and TURN need, 6 s at most; at once without them. Raises
        OfferRejected 503."""
        candidates = await self._gather(self.agent)
        await self.agent.add_remote(remote_candidates)
        self.agent.connect()
        return _describe(self.agent, candidates)

    async def add_remote(self, remote_candidates: Sequence[str]) -> None:
        """Used behind a TURN relay only, as those of the offer. While a restart is pending they are
        its."""
        await (self._successor or self.agent).add_remote(remote_candidates)

    async def restart(
        self, ufrag: str, password: str, remote_candidates: Sequence[str]
    ) -> LocalDescription:
        """See `path.IcePath`. As slow as `start`. A restart that is still pending is replaced."""
        agent = self._make(ufrag, password)
        try:
            candidates = await self._gather(agent)
        except OfferRejected:
            await agent.close()
            raise
        replaced, self._successor = self._successor, agent
        if replaced is not None:
            self._retire(replaced)
        self._use(agent)
        self.remote_ufrag = ufrag
        await agent.add_remote(remote_candidates)
        agent.connect()
        return _describe(agent, candidates)

    async def _gather(self, agent: IceAgent) -> list[aioice.Candidate]:
        candidates = await agent.gather()
        if not candidates or self._closed:
            raise OfferRejected(503, "no network address could be offered: see the ICE servers")
        return candidates

    def _checked_by(self, agent: IceAgent) -> None:
        """An authenticated check came to `agent`."""
        if agent is self._successor:
            replaced, self.agent, self._successor = self.agent, agent, None
            self._retire(replaced)
        self.user.on_check()

    def _retire(self, agent: IceAgent) -> None:
        task = asyncio.create_task(agent.close(), name="retiring ICE agent")
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def send(self, data: bytes) -> bool:
        """See `path.IcePath`. Before the client has nominated a pair: to where its last check came
        from."""
        if self._closed:
            return False
        if not self.agent.send(data):
            self.user.drop("no_proven_path")
            return False
        self.bytes_sent += len(data)
        return True

    def claim(self, ssrc: int) -> None:
        """Nothing: each call has sockets of its own."""

    def data_heard(self, size_bytes: int) -> None:
        """Nothing: aioice proves each pair by a check of its own (RFC 8445 §7.2)."""

    def secured(self) -> None:
        """Nothing, as in `data_heard`."""

    def sweep(self, now_s: float) -> None:
        """Nothing: the agent's checks have timers of their own."""

    def close(self) -> None:
        """Nothing is sent any more, and a `start` or `restart` that is under way fails. Sockets
        stay until `tear_down`."""
        self._closed = True

    async def tear_down(self) -> None:
        """Close the agent, its pending successor and those that were replaced."""
        if self._successor is not None:
            await self._successor.close()
        await self.agent.close()
        await asyncio.gather(*self._retiring, return_exceptions=True)


class FullNetwork:
    """Implements `path.IceNetwork`; `port` of the settings does not apply."""

    port = 0

    def __init__(self, settings: RtcSettings, now_s: Callable[[], float]) -> None:
        del now_s  # aioice reads the loop's
        self.noise = NoiseLog()
        self.faults = FaultLog()
        self._settings = settings

    def open(self) -> None:
        """Nothing: each call opens sockets of its own."""

    def close(self) -> None:
        """Nothing: they go with their calls."""

    def path(self, ufrag: str, password: str) -> FullPath:
        """At most `max_calls` at a time, which the transport sees to: each binds sockets of its
        own."""
        return FullPath(ufrag, password, self._agent)

    def _agent(self, ufrag: str, password: str) -> IceAgent:
        return IceAgent((ufrag, password), self._settings, self.noise.count, self.faults)

    def socket_figures(self) -> dict[str, int]:
        """Empty: asyncio owns the sockets and does not count what they lose."""
        return {}


async def gather_once(settings: RtcSettings) -> list[aioice.Candidate]:
    """The candidates that a call would receive now, for `doctor`; empty when there are none. Takes
    up to 6 s and closes its sockets again."""
    agent = IceAgent(("none", "none"), settings, lambda _: None, FaultLog())
    try:
        return await agent.gather()
    finally:
        await agent.close()


def _describe(agent: IceAgent, candidates: Sequence[aioice.Candidate]) -> LocalDescription:
    return LocalDescription(
        agent.local,
        tuple(LocalCandidate(found.host, found.port) for found in candidates),
        lines=(*(f"a=candidate:{found.to_sdp()}" for found in candidates), "a=end-of-candidates"),
    )
