"""A cheap WebRTC client for load: real STUN, DTLS, SRTP and a data channel, no codec at run time.

Opus packets are encoded once by the caller; a client then costs one SRTP call and one `sendto`
per packet, so that one process can load a server with hundreds of calls.
"""

from __future__ import annotations

import asyncio
import secrets
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
from media_server.rtc.dtls import DatagramPort
from media_server.rtc.rtp import build_rtp

PAYLOAD_TYPE = 111
_CHECK_S = 2.5
"""Chromium's interval of consent checks."""


class LightClient(asyncio.DatagramProtocol):
    """`offer()` → `connect(answer)` → `send_next()` every 20 ms → `close()`."""

    def __init__(self, certificate: RTCCertificate, speech: Sequence[bytes]) -> None:
        self.packets_sent = 0
        self.packets_received = 0
        self._certificate = certificate
        self._speech = speech
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(16)
        self._ssrc = secrets.randbits(32) | 1
        self._sequence, self._timestamp = secrets.randbits(15), secrets.randbits(32)
        self._port = DatagramPort(self._send)
        self._dtls = RTCDtlsTransport(self._port, [certificate])  # type: ignore[arg-type]  # has what is used
        self._dtls._set_role("client")
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
            f"a=fingerprint:sha-256 {prints[0].value}\r\na=setup:actpass\r\n"
        )
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
            f"m=audio 9 UDP/TLS/RTP/SAVPF {PAYLOAD_TYPE}\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
            f"a=sendrecv\r\na=rtcp-mux\r\na=rtpmap:{PAYLOAD_TYPE} opus/48000/2\r\n{transport}"
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
            f"a=sctp-port:5000\r\n{transport}"
        )

    async def connect(self, answer: str) -> None:
        lines = answer.split("\r\n")
        host, port = next(
            (line.split()[4], int(line.split()[5]))
            for line in lines
            if line.startswith("a=candidate") and line.split()[4] == "127.0.0.1"
        )
        self._remote = (_value(lines, "ice-ufrag"), _value(lines, "ice-pwd"))
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=(host, port))
        self._checker = asyncio.create_task(self._check())
        await self._nominated.wait()
        algorithm, _, value = _value(lines, "fingerprint").partition(" ")
        await self._dtls.start(
            RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(algorithm, value)])
        )
        if self._dtls.state != "connected":
            raise ConnectionError("DTLS failed")
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
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + 960) & 0xFFFFFFFF
        self.packets_sent += 1
        self._send(self._dtls._tx_srtp.protect(build_rtp(packet)))

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

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002  # protocol
        first = data[0] if data else 255
        if first < 4:
            self._nominated.set()
        elif first < 64:
            self._port.feed(data)
        elif data[1] & 0x7F == PAYLOAD_TYPE:
            self.packets_received += 1

    def _send(self, data: bytes) -> None:
        if self._udp is not None:
            self._udp.sendto(data)

    async def _check(self) -> None:
        while True:
            message = aioice.stun.Message(
                message_method=aioice.stun.Method.BINDING, message_class=aioice.stun.Class.REQUEST
            )
            message.attributes["USERNAME"] = f"{self._remote[0]}:{self._ufrag}"
            message.attributes["PRIORITY"] = 1 << 30
            message.attributes["ICE-CONTROLLING"] = 1
            message.attributes["USE-CANDIDATE"] = None
            message.add_message_integrity(self._remote[1].encode())
            self._send(bytes(message))
            await asyncio.sleep(_CHECK_S if self._nominated.is_set() else 0.05)


def _value(lines: list[str], name: str) -> str:
    prefix = f"a={name}:"
    return next(line[len(prefix) :] for line in lines if line.startswith(prefix))
