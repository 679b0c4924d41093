"""A candidate's connection, and the transport that accepts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from media_server.audio.types import RtpPacket, SpeechClip

CloseReason = Literal[
    "left",
    "superseded",
    "gone",
    "timeout_connect",
    "timeout_channel",
    "channel_lost",
    "limit",
    "shutdown",
    "ended",
    "lease_lost",
    "error",
]


@dataclass(frozen=True, slots=True)
class CallStats:
    """Counters of one call since it began."""

    packets_received: int = 0
    packets_lost: int = 0
    packets_sent: int = 0
    bytes_sent: int = 0
    jitter_ms: float = 0.0
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Why datagrams were dropped before anything parsed them (off_path, empty, …)."""
    packets_resent: int = 0
    """Because the client asked for them (NACK)."""
    remote_loss: float = 0.0
    """Share of what we sent that the client missed, as its last report says."""
    round_trip_s: float | None = None
    """From the client's last report on a sender report of ours; None: not measured yet."""


class CallSink(Protocol):
    """What a live session offers to its call. Called on the loop, must return within 5 ms.

    An exception here is caught, counted and logged by the transport; it never ends the call.
    """

    def on_connected(self) -> None:
        """DTLS is up: media can flow. Once per call."""

    def on_rtp(self, packet: RtpPacket, arrival_s: float, /) -> None:
        """A decrypted packet of the microphone, in the order of arrival (RFC 3550, RFC 3711).

        `arrival_s`: when the socket had it, on the process clock.
        """

    def on_channel_open(self, label: str, protocol: str) -> None:
        """The data channel is open, or another one in its place. Its subprotocol ("" for none) or
        its label names the dialect (RFC 8832 section 5.1)."""

    def on_text(self, data: str | bytes) -> None:
        """A message on the data channel, whole, as the client sent it: not checked, not parsed."""

    def on_playout(
        self,
        utterance_id: str,
        what: Literal["started", "moved", "finished", "stopped"],
        position_s: float,
    ) -> None:
        """`position_s`: how much of the clip has been sent. "stopped" answers `stop_playing`;
        "moved": the server was late, and the rest is heard later by the time it was."""

    def on_quality(self, what: Literal["suspect", "recovered"]) -> None:
        """No authenticated packet for 6 s, and the first one after that."""

    def on_alive(self, at_s: float) -> None:
        """Something authentic came at `at_s` (process clock) that is no audio: a connectivity
        check, RTCP, or data. A few times a second at most."""

    def on_limit(self, what: str) -> None:
        """The call is about to be closed with "limit", because of `what` (for people): the last
        moment at which `send_text` says anything. At most once."""

    def on_closed(self, reason: CloseReason) -> None:
        """Last callback, exactly once, whatever happened."""


class Call(Protocol):
    """One candidate's connection. After `close` nothing is sent, synchronously."""

    call_id: str

    @property
    def position_s(self) -> float | None:
        """How much of the clip that plays has been sent; None when nothing plays."""

    def play(self, clip: SpeechClip, utterance_id: str, *, from_s: float = 0.0) -> None:
        """Send `clip` from `from_s` seconds on, a packet each 20 ms.

        It replaces what is playing, which is reported as stopped. Reports carry `utterance_id`.
        """

    def stop_playing(self) -> None:
        """Send nothing more of the clip; `on_playout` says "stopped". Harmless when none plays."""

    def send_text(self, text: str) -> bool:
        """False: not open, or the reader is too slow (bufferedAmount over 64 KiB)."""

    @property
    def delivered(self) -> bool:
        """The client has acknowledged every text that was sent."""

    def stats(self) -> CallStats:
        """A copy of the counters as they stand now; also after `close`."""

    def close(self, reason: CloseReason) -> None:
        """Close the gate now; sockets and handshakes are torn down by the transport's tasks."""


class OfferRejected(Exception):
    """The SDP cannot become a call. `status` is the HTTP status, the text says what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class AcceptedCall:
    """What a transport made of an offer: the call, and what its client needs (RFC 9725 §4.2)."""

    call: Call
    answer_sdp: str
    etag: str
    """Changes with each ICE restart (RFC 9725 §4.3.1)."""


class Transport(Protocol):
    """All calls of one process."""

    async def start(self) -> None:
        """Bind the sockets. Raises OSError, whose text says which address and what to do."""

    async def close(self) -> None:
        """Every call is closed with "shutdown"; returns within 5 s."""

    async def accept(self, offer_sdp: str, *, call_id: str, sink: CallSink) -> AcceptedCall:
        """Answer an SDP offer (RFC 8829, JSEP). The call is being connected when this returns.

        `call_id`: chosen by the caller, unique in this process. `sink`: gets the call's events.
        Raises OfferRejected for an offer that cannot become a call, and when there is no room.
        """

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        """Take ICE candidates, or restart ICE (RFC 9725 §4.3).

        `fragment`: application/trickle-ice-sdpfrag (RFC 8840). `if_match`: the ETag that the client
        knows. Raises OfferRejected: no such call, another ETag, or not a fragment.
        """

    def etag(self, call_id: str) -> str | None:
        """None: no such call any more."""

    def dropped(self) -> Mapping[str, int]:
        """Datagrams that belonged to no call, by reason, since the start."""


@dataclass(frozen=True, slots=True)
class TrickleAnswer:
    """status 204 for candidates; 200 with a fragment and a new ETag for an ICE restart."""

    status: int
    fragment: str = ""
    etag: str = ""
