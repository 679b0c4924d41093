"""The same calls over full ICE (aioice, as in aiortc's peer connection), behind the same Protocol.

For networks where one public UDP port cannot be had: here this server sends checks of its own, can
learn its address by STUN, and can itself sit behind a TURN relay. Each call costs its own sockets.
DTLS, media, data channel, limits and deadlines are those of `LiteCall`.
Over 400 lines on purpose: all that stands between aioice and a stranger is in one place.

With a TURN server everything goes through the relay, and the offer's candidates are used there,
because a relay drops what it was not told to expect. Without one they are ignored, so that an
offer cannot make this server knock at addresses inside its own network; the client's checks
reveal it.

An ICE restart (RFC 8445 §9) is a second agent with credentials and sockets of its own; it takes
over at its first authenticated check, and DTLS and everything above it go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import secrets
from collections.abc import Callable
from typing import Any

import aioice
from aiortc import RTCIceServer
from aiortc.rtcicetransport import connection_kwargs

from media_server.ports import AcceptedCall, CallSink, OfferRejected, TrickleAnswer
from media_server.rtc import stun
from media_server.rtc.answer import (
    LocalCandidate,
    LocalIce,
    write_answer,
    write_restart_fragment,
)
from media_server.rtc.call import CallHost, LiteCall
from media_server.rtc.guard import MAX_DATAGRAM_BYTES, FaultLog
from media_server.rtc.ice import MAX_PATHS
from media_server.rtc.sdp import Offer, parse_offer
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import LiteTransport, new_etag
from media_server.rtc.trickle import check_if_match, parse_fragment
from media_server.rtc.udp import wanted_addresses

logger = logging.getLogger(__name__)

_GATHER_S = 6.0
"""aioice gives STUN and TURN 5 s and cleans up behind them; this is for what else may hang."""
_MAX_REMOTE_CANDIDATES = 16
_QUIET_S = 4.0
"""A browser checks each path it may use more often: one silent for so long is forgotten for a new
one. It also bounds how often a client can make this server check new addresses."""
_CNAME = "interviewer"


class IceAgent:
    """One aioice connection with our guard in front: off-path datagrams never reach a parser of
    media, strangers get no error answers, and every parser error is caught."""

    def __init__(
        self,
        remote: tuple[str, str],
        settings: RtcSettings,
        noise: Callable[[str], None],
        faults: FaultLog,
    ) -> None:
        """`remote`: the client's ufrag and password."""
        arguments = connection_kwargs(_servers(settings))
        self.relayed = "turn_server" in arguments
        if self.relayed:
            arguments["transport_policy"] = aioice.TransportPolicy.RELAY
        self.call: FullIceCall | None = None
        self._connection: Any = aioice.Connection(ice_controlling=False, **arguments)
        self._connection.remote_username, self._connection.remote_password = remote
        self._public_ips = settings.public_ips
        self._addresses = [address for address, _ in wanted_addresses(settings)]
        self._noise = noise
        self._faults = faults
        self._validated: dict[tuple[str, int], float] = {}
        """When each address was last checked from; the one silent for longest is first."""
        self._latest: tuple[Any, tuple[str, int]] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._authenticated = False  # was the STUN message that was read last?
        self._install_guard()

    def _install_guard(self) -> None:
        connection = self._connection
        gather, respond, check = (
            connection.get_component_candidates,
            connection.respond_error,
            connection.check_incoming,
        )

        def our_addresses(component: int, addresses: list[str], *rest: Any) -> Any:
            return gather(component, self._addresses if addresses else [], *rest)

        def answer_known(message: Any, address: Any, protocol: Any, error: Any) -> None:
            if error[0] not in {400, 401}:
                respond(message, address, protocol, error)

        def authenticated(message: Any, address: Any, protocol: Any) -> None:
            self._authenticated = True
            if not self._admit(address):
                self._noise("too_many_addresses")
                return
            self._latest = (protocol, address)
            check(message, address, protocol)
            if self.call is not None and not self.call.closed:
                self.call.checked_by(self)

        async def consent() -> None:
            """The client's checks are consent, and `gone_s` without any ends the call. aioice's
            own test is not repeated when lost, and ends a healthy call where a round trip takes
            more than 500 ms."""

        connection.get_component_candidates = our_addresses
        # what aioice cannot read it keeps for `recv`, which nobody calls: without bound
        connection.data_received = lambda *_: self._noise("stun_malformed")
        connection.respond_error = answer_known
        connection.check_incoming = authenticated
        connection.query_consent = consent

    def _admit(self, address: tuple[str, int]) -> bool:
        """The address of an authenticated check; a new one in the place of one that fell silent."""
        now_s = asyncio.get_running_loop().time()
        known = self._validated.pop(address, None) is not None
        if not known and len(self._validated) >= MAX_PATHS:
            pair = self._connection._nominated.get(1)
            in_use = pair.remote_addr if pair is not None else None
            oldest = next(other for other in self._validated if other != in_use)
            if now_s - self._validated[oldest] < _QUIET_S:
                return False
            self._forget(oldest)
        self._validated[address] = now_s
        return True

    def _forget(self, address: tuple[str, int]) -> None:
        """aioice, too, keeps what it has seen; left alone it would grow with every move."""
        del self._validated[address]
        connection = self._connection
        for pair in [p for p in connection._check_list if p.remote_addr == address]:
            if pair.task is not None:
                pair.task.cancel()
            connection._check_list.remove(pair)
        connection._remote_candidates = [
            c
            for c in connection._remote_candidates
            if c.type != "prflx" or (c.host, c.port) != address
        ]

    async def gather(self) -> list[aioice.Candidate]:
        """The candidates that the client receives; empty when there are none."""
        try:
            async with asyncio.timeout(_GATHER_S):
                await self._connection.gather_candidates()
        except (TimeoutError, OSError) as error:
            logger.warning("no ICE candidates: %s", type(error).__name__)
            return []
        for protocol in self._connection._protocols:
            self._guard(protocol)
        return self._published(self._connection.local_candidates)

    def _published(self, candidates: list[aioice.Candidate]) -> list[aioice.Candidate]:
        """Behind a 1:1 NAT the public address stands for the bound one, on the same port."""
        if not self._public_ips or self.relayed:
            return candidates
        published = []
        for public in self._public_ips:
            family = ipaddress.ip_address(public).version
            for candidate in candidates:
                bound = ipaddress.ip_address(candidate.host)
                if candidate.type == "host" and bound.version == family:
                    published.append(aioice.Candidate.from_sdp(candidate.to_sdp()))
                    published[-1].host = public
                    break  # the first: addresses of the machine come before its loopback
        return published

    def _guard(self, protocol: Any) -> None:
        receive = protocol.datagram_received

        def guarded(data: bytes, address: Any) -> None:
            if not data or len(data) > MAX_DATAGRAM_BYTES:
                self._noise("too_long" if data else "empty")
            elif data[0] < 4:
                self._on_stun(receive, data, address)
            elif self.call is None:
                self._noise("off_path")
            elif (address[0], address[1]) not in self._validated:
                self._on_stray(self.call, data)
            else:
                hand_on(self.call, data)

        def hand_on(call: FullIceCall, data: bytes) -> None:
            try:
                if 127 < data[0] < 192:
                    call.on_media(data)
                elif 19 < data[0] < 64:
                    call.on_dtls(data)
                else:
                    self._noise("unknown_kind")
            except Exception as error:  # the loop would log its text, which may quote a candidate
                self._faults.note("error_datagram", error)

        protocol.datagram_received = guarded

    def _on_stray(self, call: FullIceCall, data: bytes) -> None:
        """Media of a client that has moved is heard; it is followed at its next check."""
        try:
            if not 127 < data[0] < 192 or not call.on_stray_media(data):
                self._noise("off_path")
        except Exception as error:
            self._faults.note("error_datagram", error)

    def _on_stun(self, receive: Callable[[bytes, Any], None], data: bytes, address: Any) -> None:
        call = self.call
        if call is not None and call.meter.over:
            call.drop("over_budget")
            return
        began, self._authenticated = call.meter.clock() if call is not None else 0.0, False
        try:
            stun.check_shape(data)
            receive(data, address)
        except Exception:  # whatever aioice's parsers raise, no datagram ends a call
            self._noise("stun_malformed")
        if call is not None and self._authenticated:
            call.meter.charge(began, len(data))

    async def add_remote(self, lines: list[str]) -> None:
        """Only behind a relay; names (mDNS) are not resolved."""
        if not self.relayed:
            return
        for line in lines[:_MAX_REMOTE_CANDIDATES]:
            with contextlib.suppress(ValueError, IndexError):
                candidate = aioice.Candidate.from_sdp(line)
                if candidate.component == 1 and not candidate.host.endswith(".local"):
                    await self._connection.add_remote_candidate(candidate)

    def connect(self) -> None:
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        with contextlib.suppress(ConnectionError):  # the connect deadline speaks of it
            await self._connection.connect()

    @property
    def local(self) -> LocalIce:
        return LocalIce(self._connection.local_username, self._connection.local_password)

    def send(self, data: bytes) -> bool:
        """On the nominated pair, before that to where the last authenticated check came from.

        False: there is neither.
        """
        pair = self._connection._nominated.get(1)
        way = (pair.protocol, pair.remote_addr) if pair is not None else self._latest
        if way is None:
            return False
        protocol, address = way
        protocol.transport.sendto(data, address)
        return True

    async def close(self) -> None:
        self.call, self._latest = None, None
        await self._connection.close()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)


class FullIceCall(LiteCall):
    """A call whose datagrams go through an ICE agent of its own."""

    def __init__(
        self, call_id: str, offer: Offer, sink: CallSink, host: CallHost, agent: IceAgent
    ) -> None:
        self.agent = agent
        self._successor: IceAgent | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        super().__init__(call_id, offer, sink, host)
        agent.call = self

    def restart(self, agent: IceAgent, ufrag: str) -> None:
        """`agent` takes over as soon as the client has proved itself to it."""
        replaced, self._successor = self._successor, agent
        if replaced is not None:
            self._retire(replaced)
        agent.call = self
        self.ice.restart(ufrag)

    async def add_remote(self, lines: list[str]) -> None:
        """Trickled candidates belong to the newest ICE session."""
        await (self._successor or self.agent).add_remote(lines)

    def checked_by(self, agent: IceAgent) -> None:
        """An authenticated check came to `agent`."""
        if agent is self._successor:
            replaced, self.agent, self._successor = self.agent, agent, None
            self._retire(replaced)
        self.on_check()

    def _retire(self, agent: IceAgent) -> None:
        task = asyncio.create_task(agent.close(), name=f"retiring ICE of {self.call_id}")
        self._retiring.add(task)

    def _send(self, data: bytes) -> None:
        if not self._closed and self.agent.send(data):
            self._bytes_sent += len(data)

    async def _tear_down(self) -> None:
        await super()._tear_down()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._host.settings.close_timeout_s):
                if self._successor is not None:
                    await self._successor.close()
                await self.agent.close()
                await asyncio.gather(*self._retiring, return_exceptions=True)


class FullIceTransport(LiteTransport):
    """Implements `ports.Transport`; `port` of the settings does not apply."""

    async def start(self) -> None:
        self._sweep()

    @property
    def port(self) -> int:
        """0: each call has ports of its own."""
        return 0

    async def accept(self, offer_sdp: str, *, call_id: str, sink: CallSink) -> AcceptedCall:
        """Takes as long as STUN and TURN need, about 5 s at most; at once without them."""
        offer = parse_offer(offer_sdp)
        self._make_room(call_id)
        agent = self._agent(offer.ufrag, offer.password)
        call = FullIceCall(call_id, offer, sink, self, agent)
        call.etag = new_etag()
        self._calls[call_id] = call
        candidates = await agent.gather()
        if not candidates or call.closed:
            call.close("error")
            raise OfferRejected(503, "no network address could be offered: see the ICE servers")
        found = [line[2:] for line in offer_sdp.splitlines() if line.startswith("a=candidate:")]
        await agent.add_remote([line.partition(":")[2] for line in found])
        agent.connect()
        answer = write_answer(
            offer,
            session_id=secrets.randbits(62),
            ice=agent.local,
            fingerprints=call.certificate.fingerprints(),
            candidates=[LocalCandidate(candidates[0].host, candidates[0].port)],
            ssrc=call.outgoing.ssrc,
            cname=_CNAME,
            lite=False,
            attributes_of_candidates=_lines(candidates),
        )
        return AcceptedCall(call=call, answer_sdp=answer, etag=call.etag)

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        call = self._calls.get(call_id)
        if not isinstance(call, FullIceCall):
            raise OfferRejected(404, "no such call")
        check_if_match(if_match, call.etag)
        ufrag, password = parse_fragment(fragment)
        lines = [line[12:] for line in fragment.splitlines() if line.startswith("a=candidate:")]
        if ufrag == call.ice.remote_ufrag:
            await call.add_remote(lines)
            return TrickleAnswer(status=204)
        agent = self._agent(ufrag, password)
        candidates = await agent.gather()
        if not candidates or call.closed:
            await agent.close()
            raise OfferRejected(503, "no network address could be offered: see the ICE servers")
        call.restart(agent, ufrag)
        call.etag = new_etag()
        await agent.add_remote(lines)
        agent.connect()
        answer = write_restart_fragment(
            call.offer,
            ice=agent.local,
            candidates=[],
            attributes_of_candidates=_lines(candidates),
        )
        return TrickleAnswer(status=200, fragment=answer, etag=call.etag)

    def _agent(self, ufrag: str, password: str) -> IceAgent:
        return IceAgent((ufrag, password), self.settings, self.noise.count, self.faults)


async def gather_once(settings: RtcSettings) -> list[aioice.Candidate]:
    """What a call would be told now, for `doctor`."""
    agent = IceAgent(("none", "none"), settings, lambda _: None, FaultLog())
    try:
        return await agent.gather()
    finally:
        await agent.close()


def _servers(settings: RtcSettings) -> list[RTCIceServer]:
    servers = [RTCIceServer(settings.stun_url)] if settings.stun_url else []
    if settings.turn_url:
        servers.append(
            RTCIceServer(settings.turn_url, settings.turn_username, settings.turn_credential)
        )
    return servers


def _lines(candidates: list[aioice.Candidate]) -> list[str]:
    return [*(f"a=candidate:{c.to_sdp()}" for c in candidates), "a=end-of-candidates"]
