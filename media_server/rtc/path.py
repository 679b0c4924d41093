"""What carries the datagrams of one call: the seam between a call and ICE. Protocols and values.

A call has a path and never asks of which kind it is: ICE-lite on the one UDP port for every call
(`lite_path`, `lite_network`), or an ICE agent with sockets of its own (`full_path`,
`aioice_agent`). A network makes the paths of one process. What arrives goes from the network or
the agent straight to the call, so that the seam costs a packet nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from media_server.rtc.answer import LocalCandidate, LocalIce
from media_server.rtc.guard import FaultLog, NoiseLog
from media_server.rtc.liveness import Liveness
from media_server.rtc.meter import CallMeter


@dataclass(frozen=True, slots=True)
class LocalDescription:
    """What the client receives of this side: for the answer, and for an ICE restart."""

    ice: LocalIce
    candidates: tuple[LocalCandidate, ...]
    """In descending preference; never empty."""
    lines: tuple[str, ...] | None = None
    """Full ICE: the candidates as lines of SDP, their end included. None: lite, host only."""

    @property
    def lite(self) -> bool:
        """Whether the answer says `a=ice-lite` (RFC 8839 §5.3)."""
        return self.lines is None


class PathUser(Protocol):
    """The call, as its path sees it. Nothing here raises but by a fault of ours."""

    meter: CallMeter
    liveness: Liveness
    on_media: Callable[[bytes], bool]
    """An SRTP or SRTCP datagram from an address that a check has validated. True: authentic."""
    on_stray_media: Callable[[bytes], bool]
    """The same from an address that no check has come from yet."""

    @property
    def closed(self) -> bool:
        """Nothing more is to be handed on."""

    def on_check(self) -> None:
        """An authenticated connectivity check: consent to send (RFC 7675), and a sign of life."""

    def admit_dtls(self, data: bytes) -> Sequence[bytes]:
        """The records of a DTLS datagram, for `on_dtls`; none when it is refused."""

    def on_dtls(self, data: bytes, records: Sequence[bytes]) -> None:
        """A datagram and the records that `admit_dtls` found in it."""

    def drop(self, reason: str) -> None:
        """Count a datagram of this call that goes no further. `reason`: one of `drop_reasons`."""


class IcePath(Protocol):
    """One call's way to its client: credentials, candidates, consent, datagrams.

    Call `bind` first, then `start`; `close` and `tear_down` at the end. It is the call's gate:
    after `close`, which is synchronous, nothing is sent and nothing is handed on.
    """

    bytes_sent: int
    """Of `send`, without connectivity checks and their answers."""

    @property
    def remote_ufrag(self) -> str:
        """Of the client's newest ICE session."""

    def bind(self, user: PathUser) -> None:
        """Who gets what arrives. Once, before `start`."""

    async def start(self, remote_candidates: Sequence[str]) -> LocalDescription:
        """Gather. `remote_candidates`: the values of the offer's lines `a=candidate:`.

        Raises OfferRejected 503: no address could be had.
        """

    async def add_remote(self, remote_candidates: Sequence[str]) -> None:
        """Trickled candidates of the newest ICE session (RFC 8838). What cannot be read is passed
        over."""

    async def restart(
        self, ufrag: str, password: str, remote_candidates: Sequence[str]
    ) -> LocalDescription:
        """A new ICE session (RFC 8445 §9). The old one carries on until the client's first check
        with the new credentials. Raises OfferRejected 503, and nothing has changed."""

    def send(self, data: bytes) -> bool:
        """False: closed, there is no address to send to yet, or the kernel would not take it."""

    def claim(self, ssrc: int) -> None:
        """Authentic media of this call has this SSRC. Once for each."""

    def data_heard(self, size_bytes: int) -> None:
        """The DTLS datagram that came last was authentic."""

    def secured(self) -> None:
        """The DTLS handshake has succeeded."""

    def sweep(self, now_s: float) -> None:
        """What is due; called a few times a second."""

    def close(self) -> None:
        """Shut the gate, at once. Again: nothing."""

    async def tear_down(self) -> None:
        """Sockets and tasks; returns when they are gone. The caller sets a deadline."""


class IceNetwork(Protocol):
    """Makes the paths of one process, and owns what they share."""

    noise: NoiseLog
    """Datagrams that belong to no call."""
    faults: FaultLog

    @property
    def port(self) -> int:
        """The UDP port for every call, once open; 0: each call has its own."""

    def open(self) -> None:
        """Bind what is shared. Raises `udp.CannotBind`."""

    def close(self) -> None:
        """Release what is shared. The calls have been closed before."""

    def path(self, ufrag: str, password: str) -> IcePath:
        """For a client with these credentials, of its offer. Nothing is bound before the path's
        `start`."""

    def socket_figures(self) -> dict[str, int]:
        """`socket_full`: datagrams that came and found the socket full. `send_failed`: datagrams
        that the kernel would not send. Since the start."""


def remote_candidates(sdp: str) -> list[str]:
    """The values of the lines `a=candidate:` of an offer or a fragment, unchecked."""
    return [line[12:] for line in sdp.splitlines() if line.startswith("a=candidate:")]
