"""The data channel: aiortc's SCTP association with bounds on everything a peer can grow.

aiortc reassembles messages of any size, keeps fragments for ever, opens any number of channels
and lets an exception in a handler end the association. Here each of these has a limit, and the
first one that is crossed is reported once; after that nothing more is read.
"""

from __future__ import annotations

import contextlib
import time
from typing import Protocol

from aiortc import RTCDataChannel, RTCSctpCapabilities
from aiortc import rtcsctptransport as sctp
from aiortc.utils import uint32_gte

from media_server.rtc.dtls import LiteDtls
from media_server.rtc.sctp_guard import HostilePacket, SctpGuard
from media_server.rtc.sctp_timers import QuickSctp
from media_server.rtc.sdp import MAX_CHANNEL_MESSAGE_BYTES

MESSAGES_PER_S = 20
MESSAGES_BURST = 40
"""Of the client's, saved up while it is quiet; one more ends the call."""
MAX_BUFFERED_BYTES = 65_536
"""Outgoing, before `send_text` says that the reader is too slow."""
_RECEIVE_WINDOW_BYTES = 131_072
"""What a client may have on the way to us (RFC 9260 §3.3.2): eight of the longest messages."""
_MAX_STREAMS = 16
"""Incoming ones; a client uses one, and each holds what it has not put together yet."""
_MAX_MISORDERED = 128
"""TSNs received beyond a missing one: a window of full chunks holds 112."""
_MAX_HELD_CHUNKS = 128
"""Pieces of messages, of every stream together: as many as may be out of order."""
_MAX_FRAGMENTS = 64
"""Of a message. The longest one takes 15, at the smallest MTU of IPv4 33."""
_MAX_ERRORS = 20
"""Packets that cannot be read. An honest stack sends none: DTLS lets no damage pass."""


class ChannelEvents(Protocol):
    """What the call hears of its channel; must not raise."""

    def on_channel_data(self, size_bytes: int) -> None:
        """An authenticated packet arrived."""

    def on_channel_open(self, label: str, protocol: str) -> None:
        """The client's DATA_CHANNEL_OPEN arrived (RFC 8832 §5.1): of this label and subprotocol,
        both as the client wrote them. Again when it closes the channel and opens another."""

    def on_channel_message(self, data: str | bytes) -> None:
        """Whole, of at most `MAX_CHANNEL_MESSAGE_BYTES`; bytes when it is binary, or text that is
        no UTF-8."""

    def on_channel_limit(self, what: str) -> None:
        """A bound was crossed, and nothing more is read. `what`: for people, without anything the
        client wrote. At most once."""

    def on_channel_error(self) -> None:
        """A packet could not be read and is lost; the association goes on."""


class _TooMuch(HostilePacket):
    pass


class _Bucket:
    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._level, self._at_s = burst, time.monotonic()

    def take(self) -> bool:
        now_s = time.monotonic()
        self._level = min(self._burst, self._level + (now_s - self._at_s) * self._rate)
        self._at_s = now_s
        if self._level < 1:
            return False
        self._level -= 1
        return True


class LimitedSctp(QuickSctp):
    """One association, one channel. Call `open` once DTLS is connected, `tear_down` at the end."""

    def __init__(self, dtls: LiteDtls, port: int, events: ChannelEvents) -> None:
        super().__init__(dtls, port)
        self.use_quick_timers()
        self._owner = events
        self._channel: RTCDataChannel | None = None
        self._bucket = _Bucket(MESSAGES_PER_S, MESSAGES_BURST)
        self._guard = SctpGuard()
        self._errors = 0
        self._over = False
        self._advertised_rwnd = _RECEIVE_WINDOW_BYTES
        self.on("datachannel", self._on_datachannel)

    async def open(self, *, remote_port: int, max_message_bytes: int) -> None:
        """Send INIT. `remote_port`: SCTP's, of the offer. `max_message_bytes`: what the client
        accepts; 0: any size (RFC 8841 §6.1)."""
        await self.start(RTCSctpCapabilities(maxMessageSize=max_message_bytes), remote_port)

    def send_text(self, text: str) -> bool:
        """False: not open, reader too slow, or larger than the peer accepts."""
        channel = self._channel
        if channel is None or channel.readyState != "open":
            return False
        if channel.bufferedAmount + len(text.encode()) > MAX_BUFFERED_BYTES:
            return False
        try:
            channel.send(text)
        except ValueError:
            return False
        return True

    @property
    def delivered(self) -> bool:
        """The peer has acknowledged everything that was sent."""
        return not (self._outbound_queue or self._sent_queue)

    @property
    def acknowledged_tsn(self) -> int:
        """The newest TSN up to which the peer has everything."""
        return int(self._last_sacked_tsn)

    @property
    def is_open(self) -> bool:
        """Now. False before the client opens it, after it has closed it, and once the association
        has failed."""
        return self._channel is not None and self._channel.readyState == "open"

    async def tear_down(self) -> None:
        """Send ABORT if need be (RFC 9260 §9.1) and stop every timer; returns when the tasks are
        gone."""
        self._over = True
        await self.stop()
        self.remove_all_listeners()

    # --- what aiortc calls ------------------------------------------------------------------

    async def _handle_data(self, data: bytes) -> None:
        if self._over:
            return
        self._owner.on_channel_data(len(data))
        try:
            self._guard.check(data)
            await super()._handle_data(data)
        except HostilePacket as limit:
            self._over = True
            self._owner.on_channel_limit(str(limit))
        except Exception:  # aiortc's parsers assert and index freely; one bad packet ends nothing
            self._owner.on_channel_error()
            self._errors += 1
            if self._errors > _MAX_ERRORS:
                self._over = True
                self._owner.on_channel_limit("too many malformed packets")

    async def _send_chunk(self, chunk: sctp.Chunk) -> None:
        # sent from tasks that nobody awaits: an error after the end would only be logged
        with contextlib.suppress(ConnectionError):
            await super()._send_chunk(chunk)

    async def _receive_data_chunk(self, chunk: sctp.DataChunk) -> None:
        streams = self._inbound_streams
        if chunk.stream_id not in streams and len(streams) >= _MAX_STREAMS:
            raise _TooMuch("too many streams")
        await super()._receive_data_chunk(chunk)
        if len(self._sack_misordered) > _MAX_MISORDERED or self._advertised_rwnd < 0:
            raise _TooMuch("too much data out of order")
        stream = streams.get(chunk.stream_id)
        if stream is not None and stream.reassembly:
            self._check_reassembly(stream.reassembly)

    def _check_reassembly(self, fragments: list[sctp.DataChunk]) -> None:
        """A message that is already too long need not be waited for.

        aiortc looks through all that it holds for each chunk that comes: what it holds is bounded.
        """
        if sum(len(stream.reassembly) for stream in self._inbound_streams.values()) > (
            _MAX_HELD_CHUNKS
        ):
            raise _TooMuch("too many pieces of messages")
        held_bytes = _RECEIVE_WINDOW_BYTES - self._advertised_rwnd
        if held_bytes <= MAX_CHANNEL_MESSAGE_BYTES and len(fragments) <= _MAX_FRAGMENTS:
            return  # nearly always
        size, count, expected = 0, 0, None
        for fragment in fragments:
            if fragment.tsn != expected or fragment.flags & sctp.SCTP_DATA_FIRST_FRAG:
                size = count = 0
            size, count = size + len(fragment.user_data), count + 1
            if size > MAX_CHANNEL_MESSAGE_BYTES:
                raise _TooMuch(f"a message longer than {MAX_CHANNEL_MESSAGE_BYTES} bytes")
            if count > _MAX_FRAGMENTS:
                raise _TooMuch(f"a message of more than {_MAX_FRAGMENTS} pieces")
            expected = sctp.tsn_plus_one(fragment.tsn)

    async def _receive_sack_chunk(self, chunk: sctp.SackChunk) -> None:
        furthest = chunk.cumulative_tsn + (chunk.gaps[-1][1] if chunk.gaps else 0)
        if not uint32_gte(sctp.tsn_minus_one(self._local_tsn), furthest % (1 << 32)):
            raise ValueError("SACK acknowledges what was never sent")
        await super()._receive_sack_chunk(chunk)

    async def _receive_forward_tsn_chunk(self, chunk: sctp.ForwardTsnChunk) -> None:
        if len(self._inbound_streams) + len(chunk.streams) > _MAX_STREAMS:
            raise _TooMuch("too many streams")
        await super()._receive_forward_tsn_chunk(chunk)

    async def _receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        if not self._bucket.take():
            raise _TooMuch(f"more than {MESSAGES_PER_S} messages a second")
        if len(data) > MAX_CHANNEL_MESSAGE_BYTES:
            raise _TooMuch(f"a message longer than {MAX_CHANNEL_MESSAGE_BYTES} bytes")
        if pp_id == sctp.WEBRTC_DCEP:
            opens = data[:1] == bytes([sctp.DATA_CHANNEL_OPEN])
            if opens and self._data_channels and stream_id not in self._data_channels:
                raise _TooMuch("more than one data channel")
            await super()._receive(stream_id, pp_id, data)
        elif stream_id in self._data_channels:
            self._owner.on_channel_message(_content(pp_id, data))

    def _on_datachannel(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        self._owner.on_channel_open(channel.label, channel.protocol)


def _content(pp_id: int, data: bytes) -> str | bytes:
    """Text that is no UTF-8 is handed on as bytes: the dialect counts it as a bad message."""
    if pp_id in {sctp.WEBRTC_STRING_EMPTY, sctp.WEBRTC_BINARY_EMPTY}:
        return "" if pp_id == sctp.WEBRTC_STRING_EMPTY else b""
    if pp_id != sctp.WEBRTC_STRING:
        return data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data
