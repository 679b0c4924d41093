"""A candidate without a browser: real ICE, DTLS, SRTP and data channel, for `simulate` and tests.

Built on aiortc's peer connection, but neither its encoder nor its jitter buffer is in the way:
Opus packets are made here, one per 20 ms, and sent on a drift-free clock, silence included, as a
browser's microphone does; what the bot sends is counted and measured as it arrives. 127.0.0.1 is
offered beside the machine's addresses, so a machine with `lo` alone is enough.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import numpy as np
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtp import RtpPacket as AiortcRtpPacket
from numpy.typing import NDArray
from yarl import URL

from media_server.audio.opus import OpusEncoder
from media_server.audio.types import PACKET_MS, RTP_CLOCK_RATE, SAMPLE_RATE, Pcm, RtpPacket
from media_server.rtc.rtp import build_rtp
from media_server.tools.quick_client import hurry
from media_server.tools.two_sided_wav import TwoSidedWav

CHANNEL_LABEL = "interview.v1"
_FRAME = SAMPLE_RATE * PACKET_MS // 1000
_PACKET_S = PACKET_MS / 1000
_MAX_BEHIND_S = 0.5
_CLOSE_S = 5.0
_ASK_S = 2.0


class HeadlessError(Exception):
    """The call could not be had; `status` is the HTTP status, or 0 when it failed after that.
    `asked_s`: what Retry-After asks for."""

    def __init__(self, status: int, detail: str, asked_s: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.asked_s = asked_s


class HeadlessCandidate:
    """One call, used once. `on_message` gets every JSON object from the data channel.

    After `connect` exactly one of `leave` and `vanish` must be awaited. Over 20 attributes on
    purpose: tests and `simulate` read here what a browser would show.
    """

    def __init__(
        self,
        *,
        on_message: Callable[[dict[str, Any]], None],
        microphone: bool = True,
        channel_label: str | None = CHANNEL_LABEL,
    ) -> None:
        self.packets_received = 0
        """RTP packets of the bot."""
        self.bot_heard_s = float("-inf")
        """Loop time of the last of them."""
        self.packets_sent = 0
        self.closed = asyncio.Event()
        """Set when the connection has ended, from either side."""
        self._on_message = on_message
        self._microphone = microphone
        self._label = channel_label
        self._speech: deque[Pcm] = deque()
        # Least effort: many candidates may share a processor. A browser encodes a little better.
        self._encoder = OpusEncoder(SAMPLE_RATE, complexity=0)
        self._pc: RTCPeerConnection | None = None
        self._channel: RTCDataChannel | None = None
        self._opened = asyncio.Event()
        self._settled = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._call_url: URL | None = None
        self._token = ""
        self._session: aiohttp.ClientSession | None = None
        self.etag = ""
        self.loopback = "127.0.0.1"
        """Offered beside the machine's other addresses."""
        self.only_loopback = False
        """Offer no other: where interfaces of this machine come and go during the call."""
        self.recording: TwoSidedWav | None = None
        """Gets what is said on both sides."""
        self.hurried = True
        """Repeat what is lost as soon as a browser would, not after aiortc's seconds."""

    # --- the call -----------------------------------------------------------------------------

    async def connect(
        self, whip_url: str, token: str, session: aiohttp.ClientSession, *, timeout_s: float = 15.0
    ) -> None:
        """Offer by WHIP, then wait until media and data channel are up. Raises HeadlessError."""
        self._token, self._session = token, session

        async def exchange(offer_sdp: str) -> str:
            headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
            async with session.post(whip_url, data=offer_sdp, headers=headers) as response:
                body = await response.text()
                if response.status != 201:
                    asked = response.headers.get("Retry-After", "")
                    asked_s = float(asked) if asked.isdecimal() else None
                    raise HeadlessError(response.status, body[:2000], asked_s)
                self._call_url = response.url.join(URL(response.headers["Location"]))
                self.etag = response.headers.get("ETag", "")
                return body

        await self.connect_by(exchange, timeout_s=timeout_s)

    async def connect_by(
        self, exchange: Callable[[str], Awaitable[str]], *, timeout_s: float = 15.0
    ) -> None:
        """As `connect`, with any way of turning an offer into an answer."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._connect(exchange)
        except TimeoutError:
            await self.vanish()
            raise HeadlessError(0, f"no connection within {timeout_s:g} s") from None
        except BaseException:
            await self.vanish()
            raise

    async def _connect(self, exchange: Callable[[str], Awaitable[str]]) -> None:
        pc = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._pc = pc
        transceiver = pc.addTransceiver(
            "audio", direction="sendrecv" if self._microphone else "recvonly"
        )
        if self._label is not None:
            self._channel = pc.createDataChannel(self._label)
            self._channel.on("open", self._opened.set)
            self._channel.on("close", self.closed.set)
            self._channel.on("message", self._on_text)
        else:
            self._opened.set()
        pc.on("connectionstatechange", self._on_state)
        # handed the packets as they arrive: no jitter buffer, no decoder thread's queue
        receiver: Any = transceiver.receiver
        receiver._handle_rtp_packet = self._on_bot_packet
        _gather_loopback(transceiver.sender.transport, self.loopback, self.only_loopback)
        if self.hurried:
            hurry(pc)
        await pc.setLocalDescription(await pc.createOffer())
        answer = await exchange(pc.localDescription.sdp)
        await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._settled.wait()
        if pc.connectionState != "connected":
            raise HeadlessError(0, "ICE or DTLS failed")
        if self._microphone:
            self._sender = asyncio.create_task(self._speak(transceiver.sender, answer))
        await self._opened.wait()

    async def is_known(self) -> bool:
        """Whether the server still has this call, asked by a PATCH that changes nothing. True, too,
        when it does not say: whoever asks has a deadline of its own."""
        pc, session, url = self._pc, self._session, self._call_url
        if pc is None or session is None or url is None:
            return False
        kept = ("m=audio", "a=mid:", "a=ice-ufrag:", "a=ice-pwd:")
        lines = [line for line in pc.localDescription.sdp.splitlines() if line.startswith(kept)]
        fragment = "\r\n".join([*dict.fromkeys(lines[:4]), "a=end-of-candidates", ""])
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/trickle-ice-sdpfrag",
            "If-Match": "*",
        }
        timeout = aiohttp.ClientTimeout(total=_ASK_S)
        try:
            async with session.patch(url, data=fragment, headers=headers, timeout=timeout) as said:
                return said.status not in (401, 404, 410)
        except (aiohttp.ClientError, TimeoutError):
            return True

    async def leave(self) -> None:
        """DELETE the call, then close."""
        if self._call_url is not None and self._session is not None:
            headers = {"Authorization": f"Bearer {self._token}"}
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.delete(self._call_url, headers=headers):
                    pass
        await self._end()

    async def vanish(self) -> None:
        """From now on no packet leaves, not even a goodbye: as when a battery dies."""
        if self._pc is not None:
            for transceiver in self._pc.getTransceivers():
                _mute(transceiver.sender.transport)
        await self._end()

    async def _end(self) -> None:
        self.closed.set()
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        pc, self._pc = self._pc, None
        if pc is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await pc.close()
        self._encoder.close()

    # --- speaking -----------------------------------------------------------------------------

    def say(self, pcm: NDArray[np.int16], sample_rate: int) -> float:
        """Queue mono s16 speech of any rate; its duration in seconds. Silent before and after."""
        wideband = resample(pcm, sample_rate, SAMPLE_RATE)
        for at in range(0, len(wideband), _FRAME):
            frame = np.zeros(_FRAME, np.int16)
            part = wideband[at : at + _FRAME]
            frame[: len(part)] = part
            self._speech.append(frame)
        return len(wideband) / SAMPLE_RATE

    def send(self, message: dict[str, Any]) -> None:
        """Raises HeadlessError when the data channel is not open."""
        self.send_raw(json.dumps(message))

    def send_raw(self, data: str | bytes) -> None:
        channel = self._channel
        if channel is None or channel.readyState != "open":
            raise HeadlessError(0, "the data channel is not open")
        channel.send(data)

    async def _speak(self, rtp_sender: Any, answer: str) -> None:
        loop = asyncio.get_running_loop()
        silence = np.zeros(_FRAME, np.int16)
        payload_type = _opus_payload_type(answer)
        sequence, timestamp = secrets.randbits(15), secrets.randbits(32)
        due_s = loop.time()
        while True:
            frame = self._speech.popleft() if self._speech else silence
            if self.recording is not None:
                self.recording.said(frame, due_s)
            packet = RtpPacket(
                ssrc=rtp_sender._ssrc,
                sequence_number=sequence,
                timestamp=timestamp,
                marker=self.packets_sent == 0,
                payload_type=payload_type,
                payload=self._encoder.encode(frame),
            )
            try:
                await rtp_sender.transport._send_rtp(build_rtp(packet))
            except ConnectionError:
                return
            self.packets_sent += 1
            sequence = (sequence + 1) & 0xFFFF
            timestamp = (timestamp + RTP_CLOCK_RATE * PACKET_MS // 1000) & 0xFFFFFFFF
            due_s += _PACKET_S
            behind_s = loop.time() - due_s
            if behind_s > _MAX_BEHIND_S:  # the machine slept: do not rush what was missed
                due_s += behind_s
            await asyncio.sleep(max(0.0, due_s - loop.time()))

    # --- hearing ------------------------------------------------------------------------------

    async def _on_bot_packet(self, packet: AiortcRtpPacket, arrival_time_ms: int) -> None:
        del arrival_time_ms
        self.packets_received += 1
        self.bot_heard_s = asyncio.get_running_loop().time()
        if self.recording is not None:
            self.recording.heard(packet.payload, packet.timestamp, self.bot_heard_s)

    def _on_text(self, data: str | bytes) -> None:
        with contextlib.suppress(ValueError):
            message = json.loads(data)
            if isinstance(message, dict):
                self._on_message(message)

    def _on_state(self) -> None:
        state = self._pc.connectionState if self._pc is not None else "closed"
        if state in {"connected", "failed", "closed"}:
            self._settled.set()
        if state in {"failed", "closed"}:
            self.closed.set()


def resample(pcm: NDArray[np.int16], from_rate: int, to_rate: int) -> Pcm:
    """Band-limited by a windowed sinc of 32 zero crossings, then interpolated."""
    if from_rate <= 0 or pcm.ndim != 1:
        raise ValueError("speech must be mono PCM with a positive sample rate")
    if from_rate == to_rate or not len(pcm):
        return pcm.astype(np.int16)
    signal = pcm.astype(np.float64)
    if from_rate > to_rate:
        cutoff = 0.46 * to_rate / from_rate
        half = int(16 / cutoff)
        taps = np.arange(-half, half + 1)
        kernel = 2 * cutoff * np.sinc(2 * cutoff * taps) * np.hamming(len(taps))
        signal = np.convolve(signal, kernel / kernel.sum(), mode="same")
    count = len(pcm) * to_rate // from_rate
    times = np.arange(count) * (from_rate / to_rate)
    out = np.interp(times, np.arange(len(signal)), signal)
    out = np.clip(np.rint(out), -32_768, 32_767)
    return np.asarray(out, np.int16)


def _gather_loopback(dtls_transport: Any, loopback: str, only: bool) -> None:
    """aioice leaves loopback out; put it in, for this one connection."""
    connection = dtls_transport.transport.iceGatherer._connection
    gather = connection.get_component_candidates

    def with_loopback(component: int, addresses: list[str], *arguments: Any, **named: Any) -> Any:
        kept = [] if only else addresses
        return gather(component, [*kept, loopback], *arguments, **named)

    connection.get_component_candidates = with_loopback


def _mute(dtls_transport: Any) -> None:
    """Cut the outgoing wire below ICE."""
    connection = dtls_transport.transport.iceGatherer._connection

    async def send_nothing(*_: Any) -> None:
        return None

    for protocol in connection._protocols:
        protocol.send_data = send_nothing
        protocol.send_stun = lambda *_: None


def _opus_payload_type(answer: str) -> int:
    for line in answer.splitlines():
        if line.startswith("a=rtpmap:") and "opus/" in line.lower():
            return int(line[9:].partition(" ")[0])
    raise HeadlessError(0, "the answer has no Opus")
