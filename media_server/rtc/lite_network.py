"""All calls of one process on one UDP port: ICE-lite, demultiplexed by what was authenticated.

A datagram finds its call by the ufrag of an authenticated check, and from then on by the address
that check came from. Whatever comes from elsewhere is counted and dropped before any parser of
ours or aiortc's sees it, and nothing is ever sent to an address that did not authenticate.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from media_server.ports import Public
from media_server.rtc import stun
from media_server.rtc.answer import LocalCandidate
from media_server.rtc.guard import MAX_DATAGRAM_BYTES, FaultLog, NoiseLog
from media_server.rtc.ice import IceSession
from media_server.rtc.lite_path import LitePath
from media_server.rtc.paths import Path, PathLife
from media_server.rtc.rtp import media_ssrc
from media_server.rtc.settings import RtcSettings
from media_server.rtc.udp import Address, UdpEndpoint, bind_endpoints, small_buffer

logger = logging.getLogger(__name__)

_BINDING_SUCCESS = b"\x01\x01"


class Route(NamedTuple):
    """Whose an address is."""

    path: LitePath
    life: PathLife
    on_media: Callable[[bytes], bool]
    """The call's: found once, not for each packet."""


class LiteNetwork:
    """Implements `path.IceNetwork` and `lite_path.LitePort`. Its methods run on the loop."""

    def __init__(self, settings: RtcSettings, now_s: Callable[[], float]) -> None:
        self.now_s = now_s
        self.noise = NoiseLog()
        self.faults = FaultLog()
        self.endpoints: list[UdpEndpoint] = []
        self._settings = settings
        self._by_ufrag: dict[str, LitePath] = {}
        self._by_address: dict[UdpEndpoint, dict[Address, Route]] = {}
        self._by_ssrc: dict[int, LitePath] = {}
        self._send_failures = 0
        """Of endpoints that are closed."""

    # --- path.IceNetwork ----------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The same on every address. Only once open: before that, and after `close`, there is none
        (IndexError)."""
        return self.endpoints[0].port

    def open(self) -> None:
        """Bind every wanted address and begin to read. Raises `udp.CannotBind`. Warns when the
        kernel's buffer is too small for many calls."""
        self.endpoints = bind_endpoints(self._settings)
        for endpoint in self.endpoints:
            self._by_address[endpoint] = {}
            endpoint.open(self.on_datagram, self.faults)
        logger.info(
            "media on UDP port %d of %d addresses", self.endpoints[0].port, len(self.endpoints)
        )
        small = small_buffer(self.endpoints)
        if small is not None:
            logger.warning("%s; fix it with %s", *map(Public, small))

    def close(self) -> None:
        """Release the port; what `send` failed at stays counted. After the calls have been
        closed."""
        for endpoint in self.endpoints:
            endpoint.close()
            self._send_failures += endpoint.send_failures
        self.endpoints = []

    def path(self, ufrag: str, password: str) -> LitePath:
        """See `path.IceNetwork`. An address counts as silent after `suspect_s`. Checks find the
        path once `bind` has been called."""
        return LitePath(self, IceSession(ufrag, password, silent_s=self._settings.suspect_s))

    def socket_figures(self) -> dict[str, int]:
        """As in `path.IceNetwork`; `socket_full` stays 0 where the kernel does not say (not
        Linux)."""
        endpoints = self.endpoints
        return {
            "socket_full": sum(endpoint.kernel_drops() for endpoint in endpoints),
            "send_failed": self._send_failures + sum(e.send_failures for e in endpoints),
        }

    # --- lite_path.LitePort -------------------------------------------------------------------

    def candidates(self) -> list[LocalCandidate]:
        """The addresses that clients may send to: the public ones of the settings, or those that
        are bound."""
        if self._settings.public_ips:
            return [LocalCandidate(host, self.port) for host in self._settings.public_ips]
        return [LocalCandidate(endpoint.host, endpoint.port) for endpoint in self.endpoints]

    def expect(self, path: LitePath) -> None:
        """See `lite_path.LitePort`; again after an ICE restart, whose new fragment is added."""
        for ufrag in path.ice.ufrags:
            self._by_ufrag[ufrag] = path

    def forget_ufrags(self, ufrags: Sequence[str]) -> None:
        """See `lite_path.LitePort`; unknown ones do no harm."""
        for ufrag in ufrags:
            self._by_ufrag.pop(ufrag, None)

    def forget(self, path: LitePath) -> None:
        """See `lite_path.LitePort`. An address that is another call's by now stays with that
        call."""
        self.forget_ufrags(path.ice.ufrags)
        for known in path.ice.paths:
            routes = self._by_address[known.endpoint]
            route = routes.get(known.address)
            if route is not None and route.path is path:
                del routes[known.address]
        for ssrc in [ssrc for ssrc, owner in self._by_ssrc.items() if owner is path]:
            del self._by_ssrc[ssrc]

    def claim(self, ssrc: int, path: LitePath) -> None:
        """See `lite_path.LitePort`. The first call keeps an SSRC that two of them use."""
        self._by_ssrc.setdefault(ssrc, path)

    # --- datagrams ----------------------------------------------------------------------------

    def on_datagram(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        """Sort by the first byte (RFC 7983 §7). Bounded work for anything that did not
        authenticate."""
        if not data or len(data) > MAX_DATAGRAM_BYTES:
            self.noise.count("too_long" if data else "empty")
            return
        first = data[0]
        if 127 < first < 192:
            route = self._by_address[endpoint].get(address)
            if route is None:
                self._on_stray(endpoint, data, address)
            elif route.on_media(data):
                path, life = route.path, route.life
                if life is path.ice.in_use:  # proven: nothing else to note
                    life.heard_s = path.user.liveness.heard_s
                else:
                    path.media_heard(life, len(data))
        elif first < 4:
            self._on_stun(endpoint, data, address)
        elif 19 < first < 64:
            self._on_dtls(endpoint, data, address)
        else:
            self.noise.count("unknown_kind")

    def _on_dtls(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        route = self._by_address[endpoint].get(address)
        if route is None:
            self.noise.count("dtls_off_path")
            return
        user = route.path.user
        records = user.admit_dtls(data)
        if records:
            route.path.dtls_arrived(route.life, len(data))
            user.on_dtls(data, records)

    def _on_stray(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        """Media from an unknown address: of a call whose client has moved, or nobody's."""
        path = self._by_ssrc.get(media_ssrc(data))
        if path is None or not path.user.on_stray_media(data):
            self.noise.count("media_off_path")
            return
        if path.user.closed:  # by what the packet has brought about
            return
        life = path.ice.on_stray(Path(endpoint, address), now_s=self.now_s(), size_bytes=len(data))
        self._route(path, life)
        path.ask(life)

    def _on_stun(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        if data[:2] == _BINDING_SUCCESS:
            self._on_answer(endpoint, data, address)
            return
        try:
            request = stun.parse_request(data)
        except stun.BadStun as bad:
            self.noise.count(f"stun_{bad}")
            return
        path = self._by_ufrag.get(request.local_ufrag)
        password = path.ice.password(request.local_ufrag) if path is not None else None
        if path is None or password is None:
            self.noise.count("stun_unknown_ufrag")
            return
        meter = path.user.meter
        if meter.over:
            path.user.drop("over_budget")
            return
        began_s = meter.clock()
        if not stun.is_authentic(data, request, password):
            self.noise.count("stun_forged")
            return
        self._answer_check(path, Path(endpoint, address), request, password, len(data))
        meter.charge(began_s, len(data))

    def _answer_check(
        self,
        path: LitePath,
        remote: Path,
        request: stun.BindingRequest,
        password: bytes,
        size_bytes: int,
    ) -> None:
        endpoint, address = remote.endpoint, remote.address
        if not self._may_use(path, remote):
            path.user.drop("stun_address_taken")
            return
        if request.sender_controlled or request.unknown:
            code = 420 if request.unknown else 487
            answer = stun.error_response(request, code, password, unknown=request.unknown)
            endpoint.send(answer, address)
            return
        life = self._validate(path, remote, request, size_bytes)
        answer = stun.success_response(request, address[0], address[1], password)
        life.sent_bytes += len(answer)
        endpoint.send(answer, address)
        path.user.on_check()
        path.ask(life)

    def _on_answer(self, endpoint: UdpEndpoint, data: bytes, address: Address) -> None:
        """To a question of ours: the address is where it says."""
        route = self._by_address[endpoint].get(address)
        if route is None or route.life.proven:
            self.noise.count("stun_not_a_request")
            return
        ice, life = route.path.ice, route.life
        if stun.is_success(data, life.secret, ice.remote(life).password.encode()):
            ice.prove(life)
        else:
            self.noise.count("stun_forged")

    def _may_use(self, path: LitePath, remote: Path) -> bool:
        """A client must not draw another's address to itself by forging the source of a check.

        Within `suspect_s` of the owner's last check an address stays its own.
        """
        owner = self._by_address[remote.endpoint].get(remote.address)
        if owner is None or owner.path is path:
            return True
        silent_s = self.now_s() - owner.path.ice.last_check_s(remote)
        return silent_s >= self._settings.suspect_s

    def _validate(
        self, path: LitePath, remote: Path, request: stun.BindingRequest, size_bytes: int
    ) -> PathLife:
        owner = self._by_address[remote.endpoint].get(remote.address)
        if owner is not None and owner.path is not path:
            owner.path.ice.release(remote)
        before = path.ice.ufrags
        life = path.ice.on_check(
            remote,
            request.local_ufrag,
            use_candidate=request.use_candidate,
            now_s=self.now_s(),
            size_bytes=size_bytes,
        )
        self.forget_ufrags([ufrag for ufrag in before if ufrag not in path.ice.ufrags])
        self._route(path, life)
        return life

    def _route(self, path: LitePath, life: PathLife) -> None:
        remote = life.path
        route = Route(path, life, path.user.on_media)
        self._by_address[remote.endpoint][remote.address] = route
        surplus = path.ice.surplus()
        if surplus is not None:
            self._by_address[surplus.endpoint].pop(surplus.address, None)
