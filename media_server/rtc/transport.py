"""All calls of one process on one UDP port: ICE-lite, demultiplexed by what was authenticated.

A datagram finds its call by the ufrag of an authenticated check, and from then on by the address
that check came from. Whatever comes from elsewhere is counted and dropped before any parser of
ours or aiortc's sees it, and nothing is ever sent to an address that did not authenticate.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from media_server.ports import (
    AcceptedCall,
    CallSink,
    Clock,
    OfferRejected,
    Public,
    TrickleAnswer,
)
from media_server.rtc import stun
from media_server.rtc.answer import LocalCandidate, write_answer, write_restart_fragment
from media_server.rtc.call import LiteCall
from media_server.rtc.dtls import SharedCertificate
from media_server.rtc.guard import MAX_DATAGRAM_BYTES, FaultLog, NoiseLog
from media_server.rtc.ice import QUESTION_BYTES
from media_server.rtc.paths import Path, PathLife
from media_server.rtc.playout import Pacer
from media_server.rtc.rtp import media_ssrc
from media_server.rtc.sdp import parse_offer
from media_server.rtc.settings import RtcSettings
from media_server.rtc.trickle import check_if_match, parse_fragment
from media_server.rtc.udp import Address, UdpEndpoint, bind_endpoints, small_buffer

logger = logging.getLogger(__name__)

_MAX_SWEEP_S = 0.25
_CNAME = "interviewer"
_BINDING_SUCCESS = b"\x01\x01"
_RENEW_DAYS = 7
"""aiortc makes certificates for 30 days; a server may run for longer."""


class Route(NamedTuple):
    """Whose an address is."""

    call: LiteCall
    life: PathLife


class LiteTransport:
    """Implements `ports.Transport`.

    `start` raises `udp.CannotBind`. Its methods run on the loop it was started on.
    """

    def __init__(self, settings: RtcSettings | None = None, *, clock: Clock | None = None) -> None:
        self.settings = settings or RtcSettings()
        self.now_s: Callable[[], float] = clock.now_s if clock is not None else time.monotonic
        self.certificate = SharedCertificate.generateCertificate()
        self.noise = NoiseLog()
        self.faults = FaultLog()
        self.pacer = Pacer(self.faults)
        self._endpoints: list[UdpEndpoint] = []
        self._calls: dict[str, LiteCall] = {}
        self._by_ufrag: dict[str, LiteCall] = {}
        self._by_path: dict[UdpEndpoint, dict[Address, Route]] = {}
        self._by_ssrc: dict[int, LiteCall] = {}
        self._ending: set[LiteCall] = set()
        self._tie_breaker = secrets.randbits(64)
        self._sweeper: asyncio.TimerHandle | None = None
        self._closing = False

    # --- ports.Transport ----------------------------------------------------------------------

    async def start(self) -> None:
        self._endpoints = bind_endpoints(self.settings)
        for endpoint in self._endpoints:
            self._by_path[endpoint] = {}
            endpoint.open(self._on_datagram, self.faults)
        self._sweep()
        logger.info(
            "media on UDP port %d of %d addresses", self._endpoints[0].port, len(self._endpoints)
        )
        small = small_buffer(self._endpoints)
        if small is not None:
            logger.warning("%s; fix it with %s", *map(Public, small))

    async def close(self) -> None:
        self._closing = True
        for call in tuple(self._calls.values()):
            call.close("shutdown")
        if self._ending:
            waits = [asyncio.create_task(call.ended.wait()) for call in self._ending]
            _, late = await asyncio.wait(waits, timeout=self.settings.close_timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self.pacer.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        for endpoint in self._endpoints:
            endpoint.close()
        self._endpoints = []

    async def accept(self, offer_sdp: str, *, call_id: str, sink: CallSink) -> AcceptedCall:
        offer = parse_offer(offer_sdp)
        self._make_room(call_id)
        call = LiteCall(call_id, offer, sink, self)
        call.etag = new_etag()
        self._calls[call_id] = call
        self._by_ufrag[call.ice.local.ufrag] = call
        answer = write_answer(
            offer,
            session_id=secrets.randbits(62),
            ice=call.ice.local,
            fingerprints=self.certificate.fingerprints(),
            candidates=self.candidates(),
            ssrc=call.outgoing.ssrc,
            cname=_CNAME,
        )
        return AcceptedCall(call=call, answer_sdp=answer, etag=call.etag)

    def _make_room(self, call_id: str) -> None:
        if self._closing or self._sweeper is None:
            raise OfferRejected(503, "the media transport is not running")
        if len(self._calls) >= self.settings.max_calls:
            raise OfferRejected(503, "every place is taken: try again soon")
        if call_id in self._calls:
            raise OfferRejected(409, "this call exists already")
        if self.certificate.days_left() < _RENEW_DAYS:
            self.certificate = SharedCertificate.generateCertificate()

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        call = self._calls.get(call_id)
        if call is None:
            raise OfferRejected(404, "no such call")
        check_if_match(if_match, call.etag)
        ufrag, password = parse_fragment(fragment)
        if ufrag == call.ice.remote_ufrag:
            return TrickleAnswer(status=204)
        for known in call.ice.ufrags:
            self._by_ufrag.pop(known, None)
        call.ice.restart(ufrag, password)
        for known in call.ice.ufrags:
            self._by_ufrag[known] = call
        call.etag = new_etag()
        return TrickleAnswer(
            status=200,
            fragment=write_restart_fragment(
                call.offer, ice=call.ice.local, candidates=self.candidates()
            ),
            etag=call.etag,
        )

    def etag(self, call_id: str) -> str | None:
        call = self._calls.get(call_id)
        return call.etag if call is not None else None

    # --- for doctor, metrics and tests --------------------------------------------------------

    @property
    def port(self) -> int:
        """The UDP port, once started."""
        return self._endpoints[0].port

    @property
    def live(self) -> int:
        return len(self._calls)

    def candidates(self) -> list[LocalCandidate]:
        """The addresses that clients may send to."""
        if self.settings.public_ips:
            return [LocalCandidate(host, self.port) for host in self.settings.public_ips]
        return [LocalCandidate(endpoint.host, endpoint.port) for endpoint in self._endpoints]

    def dropped(self) -> dict[str, int]:
        """Datagrams that belonged to no call or found the socket full, and errors of ours, by
        reason, since the start."""
        found = {**self.noise.totals, **self.faults.totals}
        full = sum(endpoint.kernel_drops() for endpoint in self._endpoints)
        return {**found, "socket_full": full} if full else found

    # --- CallHost -----------------------------------------------------------------------------

    def forget(self, call: LiteCall) -> None:
        self._calls.pop(call.call_id, None)
        for ufrag in call.ice.ufrags:
            self._by_ufrag.pop(ufrag, None)
        for path in call.ice.paths:
            routes = self._by_path[path.endpoint]
            route = routes.get(path.address)
            if route is not None and route.call is call:
                del routes[path.address]
        for ssrc in [ssrc for ssrc, owner in self._by_ssrc.items() if owner is call]:
            del self._by_ssrc[ssrc]
        self._ending.add(call)

    def claim(self, ssrc: int, call: LiteCall) -> None:
        self._by_ssrc.setdefault(ssrc, call)

    # --- datagrams ----------------------------------------------------------------------------

    def _on_datagram(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        """RFC 7983 §7. Bounded work for anything that did not authenticate."""
        if not data or len(data) > MAX_DATAGRAM_BYTES:
            self.noise.count("too_long" if data else "empty")
            return
        first = data[0]
        if 127 < first < 192:
            route = self._by_path[endpoint].get(address)
            if route is None:
                self._on_stray(endpoint, data, address)
            else:
                route.call.on_media(data, route.life)
        elif first < 4:
            self._on_stun(endpoint, data, address)
        elif 19 < first < 64:
            route = self._by_path[endpoint].get(address)
            if route is None:
                self.noise.count("dtls_off_path")
            else:
                route.call.on_dtls(data, route.life)
        else:
            self.noise.count("unknown_kind")

    def _on_stray(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        """Media from an unknown address: of a call whose client has moved, or nobody's."""
        call = self._by_ssrc.get(media_ssrc(data))
        if call is None or not call.on_stray_media(data):
            self.noise.count("media_off_path")
            return
        life = call.ice.on_stray(Path(endpoint, address), now_s=self.now_s(), size_bytes=len(data))
        self._route(call, life)
        self._ask(call, life)

    def _on_stun(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        if data[:2] == _BINDING_SUCCESS:
            self._on_answer(endpoint, data, address)
            return
        try:
            request = stun.parse_request(data)
        except stun.BadStun as bad:
            self.noise.count(f"stun_{bad}")
            return
        call = self._by_ufrag.get(request.local_ufrag)
        password = call.ice.password(request.local_ufrag) if call is not None else None
        if call is None or password is None:
            self.noise.count("stun_unknown_ufrag")
            return
        if call.meter.over:
            call.drop("over_budget")
            return
        began = call.meter.clock()
        if not stun.is_authentic(data, request, password):
            self.noise.count("stun_forged")
            return
        self._answer_check(call, Path(endpoint, address), request, password, len(data))
        call.meter.charge(began, len(data))

    def _answer_check(
        self,
        call: LiteCall,
        path: Path,
        request: stun.BindingRequest,
        password: bytes,
        size_bytes: int,
    ) -> None:
        endpoint, address = path.endpoint, path.address
        if not self._may_use(call, path):
            call.drop("stun_address_taken")
            return
        if request.sender_controlled or request.unknown:
            code = 420 if request.unknown else 487
            answer = stun.error_response(request, code, password, unknown=request.unknown)
            endpoint.send(answer, address)
            return
        life = self._validate(call, path, request, size_bytes)
        answer = stun.success_response(request, address[0], address[1], password)
        life.sent_bytes += len(answer)
        endpoint.send(answer, address)
        call.on_check()
        self._ask(call, life)

    def _on_answer(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        """To a question of ours: the address is where it says."""
        route = self._by_path[endpoint].get(address)
        if route is None or route.life.proven:
            self.noise.count("stun_not_a_request")
            return
        password = route.call.ice.remote(route.life).password.encode()
        if stun.is_success(data, route.life.secret, password):
            route.call.ice.prove(route.life)
        else:
            self.noise.count("stun_forged")

    def _ask(self, call: LiteCall, life: PathLife) -> None:
        """For proof that what is sent there comes back, if it is where the client wants to be."""
        if life is not call.ice.wanted or not life.to_ask(QUESTION_BYTES, self.now_s()):
            return
        remote = call.ice.remote(life)
        question = stun.binding_request(
            life.secret,
            f"{remote.ufrag}:{life.local_ufrag}",
            remote.password.encode(),
            self._tie_breaker,
        )
        life.path.endpoint.send(question, life.path.address)

    def _may_use(self, call: LiteCall, path: Path) -> bool:
        """A client must not draw another's address to itself by forging the source of a check.

        Within `suspect_s` of the owner's last check an address stays its own.
        """
        owner = self._by_path[path.endpoint].get(path.address)
        if owner is None or owner.call is call:
            return True
        return self.now_s() - owner.call.ice.last_check_s(path) >= self.settings.suspect_s

    def _validate(
        self, call: LiteCall, path: Path, request: stun.BindingRequest, size_bytes: int
    ) -> PathLife:
        owner = self._by_path[path.endpoint].get(path.address)
        if owner is not None and owner.call is not call:
            owner.call.ice.release(path)
        before = call.ice.ufrags
        life = call.ice.on_check(
            path,
            request.local_ufrag,
            use_candidate=request.use_candidate,
            now_s=self.now_s(),
            size_bytes=size_bytes,
        )
        for ufrag in before:
            if ufrag not in call.ice.ufrags:
                self._by_ufrag.pop(ufrag, None)
        self._route(call, life)
        return life

    def _route(self, call: LiteCall, life: PathLife) -> None:
        path = life.path
        self._by_path[path.endpoint][path.address] = Route(call, life)
        surplus = call.ice.surplus()
        if surplus is not None:
            self._by_path[surplus.endpoint].pop(surplus.address, None)

    # --- supervision --------------------------------------------------------------------------

    def _sweep(self) -> None:
        try:
            self._sweep_calls(self.now_s())
        finally:  # without the next one no call would ever end by itself
            settings = self.settings
            shortest_s = min(
                settings.suspect_s, settings.connect_timeout_s, settings.rtcp_interval_s
            )
            self._sweeper = asyncio.get_running_loop().call_later(
                min(_MAX_SWEEP_S, shortest_s / 4), self._sweep
            )

    def _sweep_calls(self, now_s: float) -> None:
        for call in tuple(self._calls.values()):
            try:
                call.sweep(now_s)
                wanted = call.ice.wanted
                if wanted is not None and not wanted.proven:
                    self._ask(call, wanted)
            except Exception as error:
                self.faults.note("error_sweep", error)
        self._ending = {call for call in self._ending if not call.ended.is_set()}
        line = self.noise.due(now_s)
        if line is not None:
            logger.info("datagrams that belong to no call were dropped: %s", Public(line))


def new_etag() -> str:
    return f'"{secrets.token_hex(8)}"'
