"""aioice's ICE agent with our guard in front: the one file that touches what it keeps to itself.

Overridden: `check_incoming`, `respond_error`, `query_consent`, `get_component_candidates` and
`data_received` of its `Connection`. Read: `_nominated`, `_check_list`, `_remote_candidates` and
`_protocols`, whose `datagram_received` is led through the guard. Each of them is held by
`tests/rtc/test_aioice_contract.py`, and the version by pyproject.toml.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import Callable, Sequence
from typing import Any

import aioice
from aioice.ice import CandidatePair, Connection, StunProtocol
from aioice.stun import Message
from aiortc import RTCIceServer
from aiortc.rtcicetransport import connection_kwargs

from media_server.rtc import stun
from media_server.rtc.answer import LocalIce
from media_server.rtc.guard import MAX_DATAGRAM_BYTES, FaultLog
from media_server.rtc.ice import MAX_PATHS
from media_server.rtc.path import PathUser
from media_server.rtc.settings import RtcSettings
from media_server.rtc.udp import wanted_addresses

logger = logging.getLogger(__name__)

_GATHER_S = 6.0
"""aioice gives STUN and TURN 5 s and cleans up behind them; this is for what else may hang."""
_MAX_REMOTE_CANDIDATES = 16
"""Of one offer or fragment; a browser with several networks names about ten. Each costs a pair that
is checked through the relay."""
QUIET_S = 4.0
"""A browser checks each path it may use more often: one silent for so long is forgotten for a new
one. It also bounds how often a client can make this server check new addresses."""
_COMPONENT = 1

Address = tuple[str, int]


class GuardedConnection(Connection):
    """`Connection` that answers no stranger and lets its agent see each authenticated check."""

    def __init__(
        self, addresses: Sequence[str], noise: Callable[[str], None], **arguments: Any
    ) -> None:
        """`addresses`: to be bound, instead of every address of the machine."""
        super().__init__(ice_controlling=False, **arguments)
        self._our_addresses = list(addresses)
        self._noise = noise
        self.admit: Callable[[Address, StunProtocol], bool] = lambda *_: False
        """Called with where an authenticated check came from. False: it is not heard."""
        self.checked: Callable[[], None] = lambda: None
        """Called when it has been."""

    # --- what aioice calls ----------------------------------------------------------------------

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109  # aioice's
    ) -> list[aioice.Candidate]:
        """Bind the wanted addresses; aioice passes in every one of the machine.

        None stay none: aioice gives none where everything goes through a relay. `timeout`: seconds
        for STUN and TURN together.
        """
        wanted = self._our_addresses if addresses else []
        return await super().get_component_candidates(component, wanted, timeout)

    def check_incoming(self, message: Message, addr: Address, protocol: StunProtocol) -> None:
        """An authenticated check (RFC 8445 §7.3). Hidden from aioice where `admit` says no: the
        client has had its answer, but the address gets no pair."""
        if self.admit(addr, protocol):
            super().check_incoming(message, addr, protocol)
            self.checked()

    def respond_error(
        self, request: Message, addr: Address, protocol: StunProtocol, error_code: tuple[int, str]
    ) -> None:
        """Only to whoever has shown that he knows the password."""
        if error_code[0] not in {400, 401}:
            super().respond_error(request, addr, protocol, error_code)

    def data_received(self, data: bytes, component: int | None) -> None:
        """What aioice cannot read it keeps for `recv`, which nobody calls: without bound."""
        del data, component
        self._noise("stun_malformed")

    async def query_consent(self) -> None:
        """The client's checks are consent, and `gone_s` without any ends the call. aioice's own
        test is not repeated when lost, and ends a healthy call where a round trip takes more than
        500 ms."""

    # --- what it keeps to itself ----------------------------------------------------------------

    @property
    def sockets(self) -> list[StunProtocol]:
        """One for each local candidate that is not merely reflexive."""
        return list(self._protocols)

    @property
    def nominated(self) -> CandidatePair | None:
        """The pair that the client has chosen for media; None until its first nomination."""
        return self._nominated.get(_COMPONENT)

    def forget(self, address: Address) -> None:
        """aioice keeps what it has seen; left alone it would grow with every move of a client."""
        for pair in [pair for pair in self._check_list if pair.remote_addr == address]:
            if pair.task is not None:
                pair.task.cancel()
            self._check_list.remove(pair)
        self._remote_candidates = [
            candidate
            for candidate in self._remote_candidates
            if candidate.type != "prflx" or (candidate.host, candidate.port) != address
        ]


class IceAgent:
    """One ICE session: off-path datagrams never reach a parser of media, strangers get no error
    answers, and every parser error is caught."""

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
        """Everything goes through a TURN relay (RFC 8656): no address of this machine is
        offered."""
        if self.relayed:
            arguments["transport_policy"] = aioice.TransportPolicy.RELAY
        self.user: PathUser | None = None
        """Who hears what arrives; nobody while None."""
        self.on_check: Callable[[], None] = lambda: None
        """Called after each authenticated check, while there is a user."""
        addresses = [address for address, _ in wanted_addresses(settings)]
        self.connection = GuardedConnection(addresses, noise, **arguments)
        self.connection.remote_username, self.connection.remote_password = remote
        self.connection.admit = self._admit
        self.connection.checked = self._checked
        self._public_ips = settings.public_ips
        self._noise = noise
        self._faults = faults
        self.validated: dict[Address, float] = {}
        """When each address was last checked from; the one silent for longest is first."""
        self._latest: tuple[StunProtocol, Address] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._authenticated = False  # was the STUN message that was read last?

    # --- checks -----------------------------------------------------------------------------------

    def _admit(self, address: Address, protocol: StunProtocol) -> bool:
        """Of an authenticated check; a new address in the place of one that fell silent."""
        self._authenticated = True
        now_s = asyncio.get_running_loop().time()
        known = self.validated.pop(address, None) is not None
        if not known and len(self.validated) >= MAX_PATHS:
            pair = self.connection.nominated
            in_use = pair.remote_addr if pair is not None else None
            oldest = next(other for other in self.validated if other != in_use)
            if now_s - self.validated[oldest] < QUIET_S:
                self._noise("too_many_addresses")
                return False
            del self.validated[oldest]
            self.connection.forget(oldest)
        self.validated[address] = now_s
        self._latest = (protocol, address)
        return True

    def _checked(self) -> None:
        if self.user is not None and not self.user.closed:
            self.on_check()

    # --- candidates -------------------------------------------------------------------------------

    async def gather(self) -> list[aioice.Candidate]:
        """What the client receives; empty when no address could be had."""
        try:
            async with asyncio.timeout(_GATHER_S):
                await self.connection.gather_candidates()
        except (TimeoutError, OSError) as error:
            logger.warning("no ICE candidates: %s", type(error).__name__)
            return []
        for protocol in self.connection.sockets:
            self._guard(protocol)
        return self._published(self.connection.local_candidates)

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

    async def add_remote(self, values: Sequence[str]) -> None:
        """Only behind a relay; names (mDNS) are not resolved."""
        if not self.relayed:
            return
        for value in values[:_MAX_REMOTE_CANDIDATES]:
            with contextlib.suppress(ValueError, IndexError):
                candidate = aioice.Candidate.from_sdp(value)
                if candidate.component == _COMPONENT and not candidate.host.endswith(".local"):
                    await self.connection.add_remote_candidate(candidate)

    # --- datagrams --------------------------------------------------------------------------------

    def _guard(self, protocol: StunProtocol) -> None:
        """Every datagram of this socket, or of this relay, comes here first (RFC 7983 §7)."""
        receive = protocol.datagram_received
        validated, noise = self.validated, self._noise

        def guarded(data: bytes | str, addr: tuple[Any, ...]) -> None:
            datagram: bytes = data  # type: ignore[assignment]  # asyncio gives bytes
            user = self.user
            if not datagram or len(datagram) > MAX_DATAGRAM_BYTES:
                noise("too_long" if datagram else "empty")
            elif datagram[0] < 4:
                self._on_stun(receive, datagram, addr)
            elif user is None:
                noise("off_path")
            else:
                known = (addr[0], addr[1]) in validated
                try:
                    self._hand_on(user, datagram, known)
                except Exception as error:  # the loop would log its text, which may quote SDP
                    self._faults.note("error_datagram", error)

        protocol.datagram_received = guarded  # type: ignore[method-assign]  # see above

    def _hand_on(self, user: PathUser, data: bytes, known: bool) -> None:
        """`known`: from an address that a check has validated. Media of a client that has moved is
        heard all the same; it is followed at its next check."""
        if 127 < data[0] < 192:
            if known:
                user.on_media(data)
            elif not user.on_stray_media(data):
                self._noise("off_path")
        elif not known:
            self._noise("off_path")
        elif 19 < data[0] < 64:
            records = user.admit_dtls(data)
            if records:
                user.on_dtls(data, records)
        else:
            self._noise("unknown_kind")

    def _on_stun(
        self, receive: Callable[[bytes, tuple[Any, ...]], None], data: bytes, addr: tuple[Any, ...]
    ) -> None:
        meter = self.user.meter if self.user is not None else None
        if meter is not None and meter.over and self.user is not None:
            self.user.drop("over_budget")
            return
        began_s, self._authenticated = meter.clock() if meter is not None else 0.0, False
        try:
            stun.check_shape(data)
            receive(data, addr)
        except Exception:  # whatever aioice's parsers raise, no datagram ends a call
            self._noise("stun_malformed")
        if meter is not None and self._authenticated:
            meter.charge(began_s, len(data))

    def send(self, data: bytes) -> bool:
        """On the nominated pair, before that to where the last authenticated check came from.

        False: there is neither.
        """
        pair = self.connection.nominated
        if pair is not None:
            pair.protocol.transport.sendto(data, pair.remote_addr)
            return True
        if self._latest is None:
            return False
        protocol, address = self._latest
        protocol.transport.sendto(data, address)
        return True

    # --- life -------------------------------------------------------------------------------------

    @property
    def local(self) -> LocalIce:
        """For the answer or the fragment. They never change: an ICE restart is another agent."""
        return LocalIce(self.connection.local_username, self.connection.local_password)

    def connect(self) -> None:
        """Begin to check and to answer checks. After `gather` and the first `add_remote`; returns
        at once."""
        self._connecting = asyncio.create_task(self._connect(), name="ICE checks")

    async def _connect(self) -> None:
        with contextlib.suppress(ConnectionError):  # the connect deadline speaks of it
            await self.connection.connect()

    async def close(self) -> None:
        """Free the sockets, the relay and the tasks. From its first moment nothing is handed on to
        the user. May wait for a TURN server's answer: the caller sets a deadline."""
        self.user, self._latest = None, None
        await self.connection.close()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)


def _servers(settings: RtcSettings) -> list[RTCIceServer]:
    servers = [RTCIceServer(settings.stun_url)] if settings.stun_url else []
    if settings.turn_url:
        servers.append(
            RTCIceServer(settings.turn_url, settings.turn_username, settings.turn_credential)
        )
    return servers
