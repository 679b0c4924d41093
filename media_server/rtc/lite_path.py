"""ICE-lite for one call: its credentials and proven addresses on the port that all calls share."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from media_server.rtc import stun
from media_server.rtc.answer import LocalCandidate
from media_server.rtc.ice import QUESTION_BYTES, IceSession
from media_server.rtc.path import LocalDescription, PathUser
from media_server.rtc.paths import PathLife

_TIE_BREAKER = secrets.randbits(64)


class LitePort(Protocol):
    """What a path needs of the network whose port it shares."""

    now_s: Callable[[], float]

    def candidates(self) -> list[LocalCandidate]:
        """In descending preference; never empty once the port is open."""

    def expect(self, path: LitePath) -> None:
        """Checks with any of the path's `ice.ufrags` are its own from now on."""

    def forget_ufrags(self, ufrags: Sequence[str]) -> None:
        """Checks with these are of no call any more: they were replaced, or the call is closed."""

    def forget(self, path: LitePath) -> None:
        """No datagram reaches the path any more."""

    def claim(self, ssrc: int, path: LitePath) -> None:
        """Media with this SSRC from an unknown address is tried on this path's call: its client may
        have moved (NAT rebinding)."""


class LitePath:
    """Implements `path.IcePath`. `ice` holds its state; the network reads and changes it."""

    user: PathUser

    def __init__(self, port: LitePort, ice: IceSession) -> None:
        self.ice = ice
        self.bytes_sent = 0
        self._port = port
        self._now_s = port.now_s
        self._closed = False
        self._dtls_life: PathLife | None = None
        """Where the last DTLS datagram came from."""

    def bind(self, user: PathUser) -> None:
        """See `path.IcePath`. From here on the client's checks find the call."""
        self.user = user
        self._port.expect(self)

    @property
    def remote_ufrag(self) -> str:
        """What the last offer or restart named, whether a check has come with it or not."""
        return self.ice.remote_ufrag

    async def start(self, remote_candidates: Sequence[str]) -> LocalDescription:
        """At once. A lite agent contacts no candidate: the client's checks reveal them."""
        del remote_candidates
        return self._describe()

    async def add_remote(self, remote_candidates: Sequence[str]) -> None:
        """Nothing, as in `start`."""

    async def restart(
        self, ufrag: str, password: str, remote_candidates: Sequence[str]
    ) -> LocalDescription:
        """See `path.IcePath`. At once, and never refused; candidates are not read, as in
        `start`."""
        del remote_candidates
        self._port.forget_ufrags(self.ice.ufrags)
        self.ice.restart(ufrag, password)
        self._port.expect(self)
        return self._describe()

    def _describe(self) -> LocalDescription:
        return LocalDescription(self.ice.local, tuple(self._port.candidates()))

    # --- what leaves --------------------------------------------------------------------------

    def send(self, data: bytes) -> bool:
        """See `path.IcePath`. While the client moves it goes to two addresses, and both count; to
        one that is not proven only within its allowance (`paths`)."""
        if self._closed:
            return False
        targets = self.ice.targets(len(data), self._now_s())
        if not targets:
            self.user.drop("no_proven_path")
        sent = False
        for path in targets:
            if path.endpoint.send(data, path.address):
                self.bytes_sent += len(data)
                sent = True
        return sent

    def ask(self, life: PathLife) -> None:
        """For proof that what is sent there comes back, if it is where the client wants to be."""
        if life is not self.ice.wanted or not life.to_ask(QUESTION_BYTES, self._now_s()):
            return
        remote = self.ice.remote(life)
        question = stun.binding_request(
            life.secret,
            f"{remote.ufrag}:{life.local_ufrag}",
            remote.password.encode(),
            _TIE_BREAKER,
        )
        life.path.endpoint.send(question, life.path.address)

    # --- what has arrived ---------------------------------------------------------------------

    def claim(self, ssrc: int) -> None:
        """See `path.IcePath`. So that this client is found again when its address changes under
        it."""
        self._port.claim(ssrc, self)

    def media_heard(self, life: PathLife, size_bytes: int) -> None:
        """Authentic media from an address other than the one in use. The time is the call's
        `heard_s`."""
        self.ice.on_heard(life, size_bytes, self.user.liveness.heard_s)

    def dtls_arrived(self, life: PathLife, size_bytes: int) -> None:
        """A datagram that a client may send, not yet authenticated; before it is answered."""
        self._dtls_life = life
        if not life.proven:
            life.received_bytes += size_bytes

    def data_heard(self, size_bytes: int) -> None:
        """See `path.IcePath`. Counts for the source of the newest datagram: where several wait,
        that may be another one."""
        if self._dtls_life is not None:
            self.ice.on_heard(self._dtls_life, size_bytes, self.user.liveness.heard_s)

    def secured(self) -> None:
        """See `path.IcePath`. Proves the address that the handshake went to, if it went to one
        alone."""
        if self._dtls_life is not None:
            self.ice.prove_by_handshake(self._dtls_life)

    # --- life ---------------------------------------------------------------------------------

    def sweep(self, now_s: float) -> None:
        """Repeat the question to an address that has not answered: each is lost once in a while."""
        del now_s
        wanted = self.ice.wanted
        if wanted is not None and not wanted.proven:
            self.ask(wanted)

    def close(self) -> None:
        """Shut the gate and give up addresses, fragments and SSRCs: others may have them from now
        on."""
        if not self._closed:
            self._closed = True
            self._port.forget(self)

    async def tear_down(self) -> None:
        """Nothing: the port is everybody's."""
