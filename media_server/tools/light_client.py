"""A cheap WebRTC client for load: real STUN, DTLS, SRTP, RTCP and a data channel, no codec.

Opus packets are encoded once by the caller; a client then costs one SRTP call and one `sendto`
per packet, so that one process can load a server with hundreds of calls. It is the controlling
agent towards ICE-lite servers and full ones alike, and calls nobody but this machine.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import Any

import aioice.stun
from aiortc import (
    RTCCertificate,
    RTCDataChannel,
    RTCDataChannelParameters,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCSctpCapabilities,
    RTCSctpTransport,
)

from media_server.audio.types import RtpPacket
from media_server.rtc import stun
from media_server.rtc.dtls import DatagramPort
from media_server.rtc.rtp import SenderReport, build_report, build_rtp
from media_server.rtc.udp import local_addresses

PAYLOAD_TYPE = 111
PACKETS_PER_S = 50
LOUD_BYTES = 50
"""An SRTP packet longer than this carries sound: digital silence is a few bytes of Opus, with 22
of header and tag around it."""
_CHECK_S = 2.5
"""Chromium's interval of consent checks."""
_REPORT_PACKETS = 250
"""Between sender reports, as a browser spaces them for audio: five seconds."""
_NTP_EPOCH_S = 2_208_988_800
_CONNECT_S = 15.0


class LightClient(asyncio.DatagramProtocol):
    """`offer()` → `connect(answer)` → `send_next()` every 20 ms → `close()`.

    Over 20 attributes on purpose: one flat object per call is what keeps a packet cheap.
    """

    def __init__(
        self, certificate: RTCCertificate, speech: Sequence[bytes], *, channel: bool = True
    ) -> None:
        self.packets_sent = 0
        self.packets_received = 0
        self.loud_received = 0
        """Of those, how many carry more than silence."""
        self._certificate = certificate
        self._speech = speech
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(16)
        self._ssrc = secrets.randbits(32) | 1
        self._cname = secrets.token_hex(8)
        self._sequence, self._timestamp = secrets.randbits(15), secrets.randbits(32)
        self._octets = 0
        self._to_report = secrets.randbelow(_REPORT_PACKETS)  # so that they do not report in step
        self._port = DatagramPort(self._send)
        self._dtls = RTCDtlsTransport(self._port, [certificate])  # type: ignore[arg-type]  # has what is used
        self._wants_channel = channel
        self._sctp: RTCSctpTransport | None = None
        self.channel: RTCDataChannel | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self._nominated = asyncio.Event()
        self._checker: asyncio.Task[None] | None = None
        self._remote = ("", "")

    def offer(self) -> str:
        prints = [f for f in self._certificate.getFingerprints() if f.algorithm == "sha-256"]
        transport = (
            f"a=ice-ufrag:{self._ufrag}\r\na=ice-pwd:{self._password}\r\n"
            f"a=ice-options:trickle\r\n"
            f"a=fingerprint:sha-256 {prints[0].value}\r\na=setup:actpass\r\n"
        )
        audio = (
            f"m=audio 9 UDP/TLS/RTP/SAVPF {PAYLOAD_TYPE}\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
            f"a=sendrecv\r\na=rtcp-mux\r\na=rtpmap:{PAYLOAD_TYPE} opus/48000/2\r\n"
            f"a=ssrc:{self._ssrc} cname:{self._cname}\r\n{transport}"
        )
        application = (
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
            f"a=sctp-port:5000\r\n{transport}"
        )
        bundle = "0 1" if self._wants_channel else "0"
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
            f"a=group:BUNDLE {bundle}\r\n{audio}{application if self._wants_channel else ''}"
        )

    async def connect(self, answer: str) -> None:
        """Raises TimeoutError, ConnectionError."""
        async with asyncio.timeout(_CONNECT_S):
            await self._connect(answer.splitlines())

    async def _connect(self, lines: list[str]) -> None:
        self._remote = (_value(lines, "ice-ufrag"), _value(lines, "ice-pwd"))
        loop = asyncio.get_running_loop()
        address = _candidate(lines)
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=address)
        self._checker = asyncio.create_task(self._check())
        await self._nominated.wait()
        # aiortc and Pipecat answer `active`, ICE-lite servers `passive`
        self._dtls._set_role("server" if _value(lines, "setup") == "active" else "client")
        algorithm, _, value = _value(lines, "fingerprint").partition(" ")
        await self._dtls.start(
            RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(algorithm, value)])
        )
        if self._dtls.state != "connected":
            raise ConnectionError("DTLS failed")
        if self._wants_channel:
            await self._open_channel()

    async def _open_channel(self) -> None:
        self._sctp = RTCSctpTransport(self._dtls, 5000)
        self.channel = RTCDataChannel(self._sctp, RTCDataChannelParameters(label="interview.v1"))
        opened = asyncio.Event()
        self.channel.on("open", opened.set)
        await self._sctp.start(RTCSctpCapabilities(16_384), 5000)
        await opened.wait()

    def send_next(self) -> None:
        """One packet of 20 ms, from the prepared speech in a loop."""
        self.send_payload(self._speech[self.packets_sent % len(self._speech)])

    def send_payload(self, payload: bytes) -> None:
        packet = RtpPacket(
            self._ssrc, self._sequence, self._timestamp, False, PAYLOAD_TYPE, payload
        )
        self._send(self._dtls._tx_srtp.protect(build_rtp(packet)))
        self.skip_payload(payload)
        self._to_report -= 1
        if self._to_report < 0:
            self._to_report = _REPORT_PACKETS
            self._send(self._dtls._tx_srtp.protect_rtcp(self._report()))

    def skip_payload(self, payload: bytes) -> None:
        """Count one packet as sent: alone, it is one that the network lost."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + 960) & 0xFFFFFFFF
        self._octets += len(payload)
        self.packets_sent += 1

    def _report(self) -> bytes:
        ntp_time = int((time.time() + _NTP_EPOCH_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
        report = SenderReport(
            self._ssrc, ntp_time, self._timestamp, self.packets_sent, self._octets, ()
        )
        return build_report(report, self._cname)

    async def close(self) -> None:
        if self._checker is not None:
            self._checker.cancel()
            await asyncio.gather(self._checker, return_exceptions=True)
        if self._sctp is not None:
            await self._sctp.stop()
        pump: Any = self._dtls._task
        await self._dtls.stop()
        if pump is not None:
            await asyncio.gather(pump, return_exceptions=True)
        if self._udp is not None:
            self._udp.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        first = data[0] if data else 255
        if first < 4:
            self._on_stun(data, addr)
        elif first < 64:
            self._port.feed(data)
        elif data[1] & 0x7F == PAYLOAD_TYPE:
            self.packets_received += 1
            self.loud_received += len(data) > LOUD_BYTES

    def _on_stun(self, data: bytes, addr: Any) -> None:
        """A full agent checks us, too, and hangs up when nobody answers."""
        try:
            kind = stun.message_type(data)
            if kind == stun.BINDING_SUCCESS:
                self._nominated.set()
            elif kind == stun.BINDING_REQUEST:
                request = stun.parse_request(data)
                password = self._password.encode()
                if stun.is_authentic(data, request, password):
                    self._send(stun.success_response(request, addr[0], addr[1], password))
        except stun.BadStun:
            return

    def _send(self, data: bytes) -> None:
        if self._udp is not None:
            self._udp.sendto(data)

    async def _check(self) -> None:
        tie_breaker = secrets.randbits(64)
        while True:
            message = aioice.stun.Message(
                message_method=aioice.stun.Method.BINDING, message_class=aioice.stun.Class.REQUEST
            )
            message.attributes["USERNAME"] = f"{self._remote[0]}:{self._ufrag}"
            message.attributes["PRIORITY"] = 1 << 30
            message.attributes["ICE-CONTROLLING"] = tie_breaker
            message.attributes["USE-CANDIDATE"] = None
            message.add_message_integrity(self._remote[1].encode())
            self._send(bytes(message))
            await asyncio.sleep(_CHECK_S if self._nominated.is_set() else 0.05)


def _candidate(lines: list[str]) -> tuple[str, int]:
    """A UDP host candidate of this machine, loopback before others."""
    own = set(local_addresses())
    fields = [line.split() for line in lines if line.startswith("a=candidate")]
    found = {
        part[4]: int(part[5])
        for part in fields
        if part[1] == "1" and part[2].lower() == "udp" and part[4] in own and ":" not in part[4]
    }
    if not found:
        raise ConnectionError("the answer names no IPv4 address of this machine")
    host = "127.0.0.1" if "127.0.0.1" in found else next(iter(found))
    return host, found[host]


def _value(lines: list[str], name: str) -> str:
    prefix = f"a={name}:"
    return next(line[len(prefix) :].strip() for line in lines if line.startswith(prefix))
