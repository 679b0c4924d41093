"""What the transport's tests share: a sink that records, a shortened transport, a UDP relay."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

from media_server.audio.types import RtpPacket, SpeechClip
from media_server.ports import AcceptedCall, Clock, CloseReason
from media_server.rtc.factory import create_transport
from media_server.rtc.lite_network import LiteNetwork
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import RtcTransport
from media_server.tools.headless import HeadlessCandidate
from tests.support.waiting import until

SILENT_PACKET = b"\xf8\xff\xfe"
"""20 ms of silence, fullband mono, as Opus."""


def clip(packets: int) -> SpeechClip:
    return SpeechClip("key", "words", (SILENT_PACKET,) * packets, "test", "test")


class RecordingSink:
    """Implements `ports.CallSink`; `fail_in` names callbacks that raise."""

    def __init__(self, *, fail_in: frozenset[str] = frozenset()) -> None:
        self.connected = 0
        self.packets: list[RtpPacket] = []
        self.arrivals_s: list[float] = []
        self.channels: list[str] = []
        self.texts: list[str | bytes] = []
        self.playouts: list[tuple[str, str, float]] = []
        self.quality: list[str] = []
        self.limits: list[str] = []
        self.signs_s: list[float] = []
        self.send_text: Callable[[str], bool] = lambda _text: False
        """Of the call, for the last word at a limit."""
        self.closed: list[str] = []
        self._fail_in = fail_in

    def _maybe_fail(self, callback: str) -> None:
        if callback in self._fail_in:
            raise RuntimeError("canary words of a candidate")

    def on_connected(self) -> None:
        self.connected += 1
        self._maybe_fail("on_connected")

    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None:
        self.packets.append(packet)
        self.arrivals_s.append(arrival_s)
        self._maybe_fail("on_rtp")

    def on_channel_open(self, label: str, protocol: str) -> None:
        self.channels.append(label)
        self._maybe_fail("on_channel_open")

    def on_text(self, data: str | bytes) -> None:
        self.texts.append(data)
        self._maybe_fail("on_text")

    def on_playout(
        self,
        utterance_id: str,
        what: Literal["started", "moved", "finished", "stopped"],
        position_s: float,
    ) -> None:
        self.playouts.append((utterance_id, what, position_s))
        self._maybe_fail("on_playout")

    def on_quality(self, what: Literal["suspect", "recovered"]) -> None:
        self.quality.append(what)
        self._maybe_fail("on_quality")

    def on_alive(self, at_s: float) -> None:
        self.signs_s.append(at_s)

    def on_limit(self, what: str) -> None:
        self.limits.append(what)
        error = {"type": "error", "code": "limit", "message": what, "recoverable": False}
        self.send_text(json.dumps(error))
        self._maybe_fail("on_limit")

    def on_closed(self, reason: CloseReason) -> None:
        assert not self.closed, "on_closed came twice"
        self.closed.append(reason)
        self._maybe_fail("on_closed")


eventually = until

IceKind = Literal["lite", "full"]


PATIENT = {
    "connect_timeout_s": 120.0,
    "channel_timeout_s": 120.0,
    "suspect_s": 60.0,
    "gone_s": 300.0,
}
"""Client and server share a process: when that stands still, neither has fallen silent."""


def loopback_settings(**changes: Any) -> RtcSettings:
    return RtcSettings(**{"bind_addresses": ("127.0.0.1",), **PATIENT, **changes})


def change_settings(transport: RtcTransport, **changes: Any) -> None:
    """From now on, also for calls that are open: a short deadline begins when nothing else has to
    happen before it passes."""
    transport.settings = replace(transport.settings, **changes)


@asynccontextmanager
async def running(
    settings: RtcSettings | None = None, *, kind: IceKind | None = None, clock: Clock | None = None
) -> AsyncIterator[RtcTransport]:
    """`kind`: instead of that of the settings."""
    settings = settings or loopback_settings()
    transport = create_transport(
        replace(settings, transport=kind or settings.transport), clock=clock
    )
    await transport.start()
    try:
        yield transport
    finally:
        await transport.close()


def shared_port(transport: RtcTransport) -> LiteNetwork:
    """What stands between the sockets and the calls, over ICE-lite."""
    assert isinstance(transport.network, LiteNetwork)
    return transport.network


class Caller:
    """A headless candidate, its sink and its call on one transport."""

    def __init__(self, transport: RtcTransport, call_id: str = "call") -> None:
        self.transport = transport
        self.call_id = call_id
        self.sink = RecordingSink()
        self.messages: list[dict[str, Any]] = []
        self.client = HeadlessCandidate(on_message=self.messages.append)
        self.client.only_loopback = True
        self.accepted: AcceptedCall | None = None
        self.rewrite: Callable[[str], str] = lambda answer: answer
        self.edit_offer: Callable[[str], str] = lambda offer: offer

    @property
    def call(self) -> Any:
        assert self.accepted is not None
        return self.accepted.call

    async def exchange(self, offer_sdp: str) -> str:
        self.accepted = await self.transport.accept(
            self.edit_offer(offer_sdp), call_id=self.call_id, sink=self.sink
        )
        self.sink.send_text = self.accepted.call.send_text
        return self.rewrite(self.accepted.answer_sdp)

    async def connect(self, *, timeout_s: float = 60.0) -> None:
        await self.client.connect_by(self.exchange, timeout_s=timeout_s)


@asynccontextmanager
async def calling(
    transport: RtcTransport, call_id: str = "call", *, relay: UdpRelay | None = None
) -> AsyncIterator[Caller]:
    """A connected call; ends without a goodbye."""
    caller = Caller(transport, call_id)
    if relay is not None:
        caller.rewrite = relay.rewrite
    await caller.connect()
    try:
        yield caller
    finally:
        await caller.client.vanish()


def wire_of(client: HeadlessCandidate) -> Any:
    """The client's DTLS transport, to send what no honest client sends."""
    assert client._pc is not None
    return client._pc.getTransceivers()[0].sender.transport


def nominate_now(caller: Caller) -> None:
    """The client's ICE agent sends a nominating check on its selected pair, now."""
    agent = wire_of(caller.client).transport._connection
    pair = next(iter(agent._nominated.values()), None)
    if pair is None:  # the client has been told that the call is over
        return
    request = agent.build_request(pair, nominate=True)
    request.add_message_integrity(agent.remote_password.encode())
    pair.protocol.send_stun(request, pair.remote_addr)


def tap_the_wire(transport: RtcTransport) -> list[tuple[bytes, Any]]:
    """From now on the server's datagrams go nowhere but into the list: (data, address)."""
    sent: list[tuple[bytes, Any]] = []

    def record(data: bytes, address: Any) -> bool:
        sent.append((data, address))
        return True

    for endpoint in shared_port(transport).endpoints:
        endpoint.send = record  # type: ignore[method-assign]  # this is the wire
    return sent


class UdpRelay:
    """Between a client and the server, on 127.0.0.1: can go dark, move its port, and forge.

    The server sees the relay's outer socket as the client. `tap` sees every datagram with its
    direction ("in": towards the server) and answers what to pass on instead (None: drop it).
    """

    def __init__(self, server_port: int) -> None:
        self._server = ("127.0.0.1", server_port)
        self._inner: asyncio.DatagramTransport | None = None
        self._outer: asyncio.DatagramTransport | None = None
        self._client: Any = None
        self.dark = False
        self.tap: Callable[[str, bytes], bytes | None] = lambda _, data: data

    def lead_to(self, server_port: int) -> None:
        self._server = ("127.0.0.1", server_port)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._inner, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self._from_client), local_addr=("127.0.0.1", 0)
        )
        await self.rebind()

    async def rebind(self) -> None:
        """From now on the server sees another source port, as after a change of network."""
        loop = asyncio.get_running_loop()
        old = self._outer
        self._outer, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self._from_server), local_addr=("127.0.0.1", 0)
        )
        if old is not None:
            old.close()

    @property
    def port(self) -> int:
        assert self._inner is not None
        return int(self._inner.get_extra_info("sockname")[1])

    def forge(self, data: bytes) -> None:
        """To the server, from the client's own validated address."""
        assert self._outer is not None
        self._outer.sendto(data, self._server)

    def rewrite(self, answer: str) -> str:
        if not self._server[1]:  # full ICE: each call has a port of its own
            found = re.search(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+)", answer)
            assert found is not None
            self.lead_to(int(found.group(1)))
        return answer.replace(f" {self._server[1]} ", f" {self.port} ")

    def _from_client(self, data: bytes, address: Any) -> None:
        self._client = address
        self._pass("in", data, self._outer, self._server)

    def _from_server(self, data: bytes, _: Any) -> None:
        if self._client is not None:
            self._pass("out", data, self._inner, self._client)

    def _pass(self, way: str, data: bytes, side: asyncio.DatagramTransport | None, to: Any) -> None:
        passed = None if self.dark else self.tap(way, data)
        if passed is not None and side is not None:
            with contextlib.suppress(OSError):
                side.sendto(passed, to)

    def close(self) -> None:
        for side in (self._inner, self._outer):
            if side is not None:
                side.close()


@asynccontextmanager
async def relaying(transport: RtcTransport) -> AsyncIterator[UdpRelay]:
    relay = UdpRelay(transport.port)
    await relay.start()
    try:
        yield relay
    finally:
        relay.close()


class _Side(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, Any], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._received(data, addr)
