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

    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None: ...
    def on_channel_open(self, label: str) -> None: ...
    def on_text(self, data: str | bytes) -> None: ...
    def on_playout(
        self,
        utterance_id: str,
        what: Literal["started", "finished", "stopped"],
        position_s: float,
    ) -> None:
        """`position_s`: how much of the clip has been sent. "stopped" answers `stop_playing`."""

    def on_quality(self, what: Literal["suspect", "recovered"]) -> None:
        """No authenticated packet for 6 s, and the first one after that."""

    def on_closed(self, reason: CloseReason) -> None:
        """Last callback, exactly once, whatever happened."""


class Call(Protocol):
    """One candidate's connection. After `close` nothing is sent, synchronously."""

    call_id: str

    @property
    def position_s(self) -> float | None:
        """How much of the clip that plays has been sent; None when nothing plays."""

    def play(self, clip: SpeechClip, utterance_id: str, *, from_s: float = 0.0) -> None:
        """Replaces what is playing (which is reported as stopped)."""

    def stop_playing(self) -> None: ...
    def send_text(self, text: str) -> bool:
        """False: not open, or the reader is too slow (bufferedAmount over 64 KiB)."""

    @property
    def delivered(self) -> bool:
        """The client has acknowledged every text that was sent."""

    def stats(self) -> CallStats: ...
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
    call: Call
    answer_sdp: str
    etag: str
    """Changes with each ICE restart (RFC 9725 §4.3.1)."""


class Transport(Protocol):
    """All calls of one process."""

    async def start(self) -> None: ...
    async def close(self) -> None:
        """Every call is closed with "shutdown"; returns within 5 s."""

    async def accept(self, offer_sdp: str, *, call_id: str, sink: CallSink) -> AcceptedCall:
        """Raises OfferRejected."""

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        """`fragment`: application/trickle-ice-sdpfrag (RFC 8840). Raises OfferRejected."""

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
