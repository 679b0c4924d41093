"""One candidate's connection: what arrives, what leaves, and the gate between.

Over 400 lines on purpose: one object answers for everything that may pass while a call is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
from collections import Counter
from collections.abc import Callable
from typing import Protocol

import pylibsrtp

from media_server.audio.types import SpeechClip
from media_server.ports import CallSink, CallStats, CloseReason, Public
from media_server.rtc.answer import answer_direction
from media_server.rtc.budget import Excess
from media_server.rtc.channel import LimitedSctp
from media_server.rtc.channel_life import ChannelLife
from media_server.rtc.dtls import DatagramPort, LiteDtls, SharedCertificate, peer_parameters
from media_server.rtc.guard import (
    MAX_DATAGRAM_BYTES,
    Allowance,
    describe_error,
    dtls_records,
    is_client_dtls,
)
from media_server.rtc.ice import IceSession
from media_server.rtc.incoming import IncomingStreams, TooManySsrcs
from media_server.rtc.meter import CallMeter
from media_server.rtc.outgoing import OutgoingStream
from media_server.rtc.paths import PathLife
from media_server.rtc.playout import Pacer, Utterance, What
from media_server.rtc.rtp import (
    Nack,
    ReceiverReport,
    SenderReport,
    build_report,
    parse_rtcp,
    parse_rtp,
)
from media_server.rtc.sdp import Offer
from media_server.rtc.settings import RtcSettings

logger = logging.getLogger(__name__)

_HANDSHAKE_ATTEMPTS = 3
_PACKETS_PER_S = 400
_PACKETS_BURST = 2000
"""Datagrams beyond this are dropped: one client must not starve the others. Media counts once it is
authentic, so that nobody who forges an address uses up what its owner may send."""
_MAX_RECORDS = 16
"""In one DTLS datagram. Clients send one, or the five of a flight; a hundred fit."""
_FORGED_STRAYS_PER_SWEEP = 50
_FORGED_PER_SWEEP = 1000
"""What is not authentic costs little to refuse, but not nothing."""
_LAST_WORDS_S = 0.1
_EXCESSES: dict[Excess, str] = {
    "cpu": "its packets take too much computing",
    "datagrams": "too many packets",
    "bytes": "too many bytes",
}
_CNAME = "interviewer"


class CallHost(Protocol):
    """What a call needs of its transport."""

    settings: RtcSettings
    certificate: SharedCertificate
    pacer: Pacer
    now_s: Callable[[], float]

    def forget(self, call: LiteCall) -> None:
        """The gate is closed: no datagram reaches the call any more."""

    def claim(self, ssrc: int, call: LiteCall) -> None:
        """Authentic media of the call has this SSRC."""


class LiteCall:
    """Implements `ports.Call`. Its methods and callbacks run on the loop.

    `sink` is called synchronously, also from within `play`, `stop_playing` and `close`.
    """

    def __init__(self, call_id: str, offer: Offer, sink: CallSink, host: CallHost) -> None:
        self.call_id = call_id
        self.offer = offer
        self.ice = IceSession(offer.ufrag, offer.password, silent_s=host.settings.suspect_s)
        self.etag = ""
        self.ended = asyncio.Event()
        """Set when the teardown is complete."""
        self._sink = sink
        self._host = host
        self._dropped: Counter[str] = Counter()
        self._bytes_sent = 0
        self.meter = CallMeter(host.settings.call_limits(), host.now_s, self._over_budget)
        self._port = DatagramPort(self._send, self.meter)
        self.certificate = host.certificate
        self._dtls = LiteDtls(self._port, self.certificate)
        self._sctp: LimitedSctp | None = None
        self._srtp_in: pylibsrtp.Session | None = None
        self._srtp_out: pylibsrtp.Session | None = None
        now_s = host.now_s()
        self._incoming = IncomingStreams(offer.audio.payload_type)
        self.outgoing = OutgoingStream(offer.audio.payload_type, now_s)
        self._speaks = answer_direction(offer.audio.direction) != "recvonly"
        self._utterance: Utterance | None = None
        self._closed = False
        self._limited = False
        self._suspect = False
        self._began_s = self._alive_s = now_s
        self._connected_s: float | None = None
        self._channel_life: ChannelLife | None = None  # None: it has not been open yet
        self._media_allowance = Allowance(_PACKETS_PER_S, _PACKETS_BURST)
        self._dtls_allowance = Allowance(_PACKETS_PER_S, _PACKETS_BURST)
        self._forged = self._forged_strays = 0
        self._claimed: set[int] = set()
        self._dtls_life: PathLife | None = None
        self._swept_s = self._next_report_s = now_s
        self._task = asyncio.create_task(self._run(), name=f"call {call_id}")

    # --- ports.Call ---------------------------------------------------------------------------

    def play(self, clip: SpeechClip, utterance_id: str, *, from_s: float = 0.0) -> None:
        self.stop_playing()
        if self._closed:
            return

        def report(what: What, position_s: float) -> None:
            self._tell("on_playout", utterance_id, what, position_s)

        self._utterance = Utterance(clip, from_s, self._send_speech, report)
        if self._connected_s is not None:
            self._host.pacer.start(self._utterance)

    @property
    def position_s(self) -> float | None:
        utterance = self._utterance
        return None if utterance is None or utterance.ended else utterance.position_s

    def stop_playing(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            self._host.pacer.remove(utterance)
            utterance.stop()

    def send_text(self, text: str) -> bool:
        if self._closed or self._limited or self._sctp is None:
            return False
        return self._sctp.send_text(text)

    @property
    def delivered(self) -> bool:
        return self._sctp is None or self._sctp.delivered

    def stats(self) -> CallStats:
        return CallStats(
            packets_received=self._incoming.received,
            packets_lost=self._incoming.lost,
            packets_sent=self.outgoing.packets,
            bytes_sent=self._bytes_sent,
            jitter_ms=self._incoming.jitter_ms,
            dropped=dict(self._dropped),
            packets_resent=self.outgoing.resent,
            remote_loss=self.outgoing.remote_loss,
            round_trip_s=self.outgoing.round_trip_s,
        )

    def close(self, reason: CloseReason) -> None:
        if self._closed:
            return
        self.stop_playing()
        if reason != "lease_lost":  # then nothing at all may leave, not even a farewell
            self._dtls.say_goodbye()
        self._closed = True
        self._port.close()
        self._host.forget(self)
        if self._connected_s is None and asyncio.current_task() is not self._task:
            self._task.cancel()
        self._tell("on_closed", reason)

    @property
    def closed(self) -> bool:
        return self._closed

    # --- what arrives -------------------------------------------------------------------------

    def on_check(self) -> None:
        """An authenticated connectivity check: consent to send, and a sign of life."""
        self._mark_alive()

    def on_dtls(self, data: bytes, life: PathLife | None = None) -> None:
        """A DTLS datagram from a validated address."""
        if not is_client_dtls(data):
            self.drop("dtls_forged")
            return
        records = dtls_records(data)
        if len(records) > _MAX_RECORDS:
            self.drop("dtls_forged")
            return
        if not self._dtls_allowance.take():
            self.drop("dtls_overflow")
            return
        self._dtls_life = life
        if life is not None and not life.proven:
            life.received_bytes += len(data)
        self._dtls.heard(data)
        for record in records:
            if not self._port.feed(record):
                self.drop("dtls_overflow")

    def on_media(self, data: bytes, life: PathLife | None = None) -> None:
        """An SRTP or SRTCP datagram from a validated address."""
        if self.meter.over:
            self.drop("over_budget")
            return
        began = self.meter.clock()
        if self._take_media(data):
            self.meter.charge(began, len(data))
            if life is self.ice.in_use and life is not None:  # proven: nothing else to note
                life.heard_s = self._alive_s
            elif life is not None:
                self.ice.on_heard(life, len(data), self._alive_s)

    def on_stray_media(self, data: bytes) -> bool:
        """The same from an address that no check has come from: True when it is authentic.

        Whoever moves without knowing it (NAT rebinding) sends on for seconds before the next check,
        and what SRTP has authenticated may be heard from anywhere: a copy is refused as a replay.
        Forgeries have an allowance of their own, so that they cost the true path nothing.
        """
        if self.meter.over or self._forged_strays > _FORGED_STRAYS_PER_SWEEP:
            return False
        began, forged = self.meter.clock(), self._forged
        if self._take_media(data):
            self.meter.charge(began, len(data))
            return True
        self._forged = forged
        self._forged_strays += 1
        return False

    def _take_media(self, data: bytes) -> bool:
        """False: not authentic, so it must not count against who owns the address."""
        session = self._srtp_in
        if session is None or len(data) < 12 or self._forged > _FORGED_PER_SWEEP:
            self.drop("media_early" if session is None else "media_rate")
            return False
        try:
            if 192 <= data[1] <= 223:  # RTCP, as `rtp.is_rtcp` has it
                plain = session.unprotect_rtcp(data)
                self._dtls.settle()
                self._mark_alive()
                if self._media_allowance.take():
                    self._on_rtcp(plain)
                return True
            plain = session.unprotect(data)
        except (pylibsrtp.Error, ValueError) as error:  # forged, truncated, or here before
            self._forged += 1
            self.drop("srtp_replayed" if "replay" in str(error) else "srtp_rejected")
            return False
        if self._media_allowance.take():
            self._on_rtp(plain)
        else:
            self.drop("media_rate")
        return True

    def _on_rtp(self, plain: bytes) -> None:
        self._alive_s = arrival_s = self._host.now_s()
        if self._suspect:
            self._mark_alive()
        if self._dtls.unsettled:
            self._dtls.settle()
        packet = parse_rtp(plain)
        if packet is None or self._closed:
            self.drop("rtp_malformed")
            return
        try:
            if not self._incoming.accept(packet, arrival_s):
                self.drop("rtp_payload_type")
                return
        except TooManySsrcs:
            self._over_limit("too many SSRCs")
            return
        if packet.ssrc not in self._claimed:
            self._claimed.add(packet.ssrc)
            self._host.claim(packet.ssrc, self)
        try:
            self._sink.on_rtp(packet, arrival_s)
        except Exception as error:
            self._sink_failed("on_rtp", error)

    def _on_rtcp(self, data: bytes) -> None:
        now_s = self._host.now_s()
        for part in parse_rtcp(data):
            if isinstance(part, SenderReport | ReceiverReport):
                self.outgoing.on_reports(part.blocks, now_s)
            if isinstance(part, SenderReport):
                self._incoming.on_sender_report(part.ssrc, part.ntp_time, now_s)
            elif isinstance(part, Nack) and part.media_ssrc == self.outgoing.ssrc:
                self._resend(part, now_s)  # finds nothing where NACK was not negotiated

    def _resend(self, nack: Nack, now_s: float) -> None:
        for sequence_number in nack.sequence_numbers:
            datagram = self.outgoing.resend(sequence_number, now_s)
            if datagram is not None:
                self._send(datagram)

    def drop(self, reason: str) -> None:
        self._dropped[reason] += 1

    def _mark_alive(self) -> None:
        self._alive_s = self._host.now_s()
        if self._suspect:
            self._suspect = False
            self._tell("on_quality", "recovered")

    # --- ChannelEvents ------------------------------------------------------------------------

    def on_channel_data(self, size_bytes: int) -> None:
        self._dtls.settle()
        self._mark_alive()
        self.meter.charge_bytes(size_bytes)
        if self._dtls_life is not None:
            self.ice.on_heard(self._dtls_life, size_bytes, self._alive_s)

    def on_channel_open(self, label: str) -> None:
        self._channel_life = self._channel_life or ChannelLife(self._host.now_s())
        self._tell("on_channel_open", label)

    def on_channel_message(self, data: str | bytes) -> None:
        if not self._closed and not self._limited:
            self._tell("on_text", data)

    def on_channel_limit(self, what: str) -> None:
        self._over_limit(what)

    def on_channel_error(self) -> None:
        self.drop("sctp_malformed")

    # --- what leaves --------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        """The gate: everything but answers to checks passes here."""
        if self._closed:
            return
        paths = self.ice.targets(len(data), self._host.now_s())
        if not paths:
            self.drop("no_proven_path")
        for path in paths:
            if path.endpoint.send(data, path.address):
                self._bytes_sent += len(data)

    def _send_speech(self, opus: bytes, first: bool) -> None:
        session = self._srtp_out
        if self._closed or session is None or not self._speaks:
            return
        now_s = self._host.now_s()
        sequence_number, packet = self.outgoing.packet(opus, talk_spurt=first, now_s=now_s)
        if len(packet) > MAX_DATAGRAM_BYTES - 64:
            self.drop("speech_too_long")
            return
        protected = session.protect(packet)
        if self.offer.audio.nack:
            self.outgoing.remember(sequence_number, protected)
        self._send(protected)

    def _send_report(self, now_s: float) -> None:
        session = self._srtp_out
        if session is None or self._suspect:
            return
        lately_s = now_s - 2 * self._host.settings.rtcp_interval_s
        report = self.outgoing.report(self._incoming.reports(now_s), now_s, lately_s)
        self._send(session.protect_rtcp(build_report(report, _CNAME)))

    # --- supervision --------------------------------------------------------------------------

    def sweep(self, now_s: float) -> None:
        """Deadlines and reports; the transport calls it a few times a second."""
        settings = self._host.settings
        self._media_allowance.refill(now_s - self._swept_s)
        self._dtls_allowance.refill(now_s - self._swept_s)
        self._swept_s, self._forged, self._forged_strays = now_s, 0, 0
        self.meter.refill(now_s)
        if self._connected_s is None:
            if now_s - self._began_s >= settings.connect_timeout_s:
                self.close("timeout_connect")
            return
        silent_s = now_s - self._alive_s
        if silent_s >= settings.gone_s:
            self.close("gone")
            return
        wants_channel = self.offer.channel is not None and self._channel_life is None
        if wants_channel and now_s - self._connected_s >= settings.channel_timeout_s:
            self.close("timeout_channel")
            return
        if self._channel_is_lost(now_s, silent_s):
            self.close("channel_lost")
            return
        if silent_s >= settings.suspect_s and not self._suspect:
            self._suspect = True
            self._tell("on_quality", "suspect")
        if now_s >= self._next_report_s and not self._closed:
            # RFC 3550 §6.2: spread, so that calls do not report in step
            spread = random.uniform(0.5, 1.5)  # noqa: S311  # timing, no secret
            self._next_report_s = now_s + settings.rtcp_interval_s * spread
            self._send_report(now_s)

    def _channel_is_lost(self, now_s: float, silent_s: float) -> bool:
        life, sctp = self._channel_life, self._sctp
        if life is None or sctp is None:
            return False
        return life.is_lost(
            now_s,
            is_open=sctp.is_open,
            owed=not sctp.delivered,
            acked=sctp.acknowledged_tsn,
            peer_heard=silent_s < self._host.settings.suspect_s,
        )

    def _over_budget(self, excess: Excess) -> None:
        self.drop(f"budget_{excess}")
        self._over_limit(_EXCESSES[excess])
        self._port.stop_listening()

    def _over_limit(self, what: str) -> None:
        """Say why, then close: the text leaves before the gate shuts a moment later."""
        if self._limited or self._closed:
            return
        if self._sctp is not None:
            error = {
                "type": "error",
                "code": "limit",
                "message": f"the call was ended: {what}",
                "recoverable": False,
            }
            self._sctp.send_text(json.dumps(error))
        self._limited = True
        logger.warning("call closed at a limit: %s", Public(what))
        asyncio.get_running_loop().call_later(_LAST_WORDS_S, self.close, "limit")

    def _tell(self, callback: str, *arguments: object) -> None:
        if self._closed and callback != "on_closed":  # that one is the last
            return
        try:
            getattr(self._sink, callback)(*arguments)
        except Exception as error:
            self._sink_failed(callback, error)

    def _sink_failed(self, callback: str, error: Exception) -> None:
        """Once a call: an error per packet would flood the log. Its text may quote the candidate,
        so only its type and place are written."""
        key = f"sink_error_{callback}"
        self._dropped[key] += 1
        if self._dropped[key] == 1:
            logger.error("%s failed, the call goes on: %s", callback, describe_error(error))

    # --- life ---------------------------------------------------------------------------------

    async def _run(self) -> None:
        """From the offer to the last trace of the call."""
        try:
            if await self._handshake():
                self._connected()
                await self._open_channel()
                await self._until_peer_ends()
                self.close("gone")
            elif not self._closed:
                self.close("error")
        except asyncio.CancelledError:
            if not self._closed:
                raise
        except Exception as error:
            logger.error("a call failed: %s", describe_error(error))
            self.close("error")
        finally:
            await self._tear_down()
            self.ended.set()

    async def _handshake(self) -> bool:
        """False: failed. Garbage before the first flight only costs an attempt."""
        for _ in range(_HANDSHAKE_ATTEMPTS):
            await self._dtls.start(peer_parameters(self.offer.fingerprints))
            if self._dtls.state == "connected":
                return True
            if self._dtls.encrypted or self._closed:
                break  # the peer is not who the offer says, or speaks no SRTP
            await self._dtls.tear_down()
            self._dtls = LiteDtls(self._port, self.certificate)
        return False

    def _connected(self) -> None:
        self._srtp_in, self._srtp_out = self._dtls.srtp_sessions()
        self._connected_s = self._host.now_s()
        self._port.metered = self._dtls.pump
        if self._dtls_life is not None:
            self.ice.prove_by_handshake(self._dtls_life)
        self._mark_alive()
        self._tell("on_connected")
        utterance = self._utterance
        if utterance is not None and not self._closed:
            self._host.pacer.start(utterance)

    async def _open_channel(self) -> None:
        channel = self.offer.channel
        if channel is None or self._closed:
            return
        self._sctp = LimitedSctp(self._dtls, channel.sctp_port, self)
        await self._sctp.open(
            remote_port=channel.sctp_port, max_message_bytes=channel.max_message_bytes
        )

    async def _until_peer_ends(self) -> None:
        """DTLS ends at our `close` or at the peer's close_notify, which is authenticated."""
        ended = asyncio.Event()
        self._dtls.on("statechange", ended.set)
        if self._dtls.state == "connected":
            await ended.wait()

    async def _tear_down(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._host.settings.close_timeout_s):
                if self._sctp is not None:
                    await self._sctp.tear_down()
                await self._dtls.tear_down()
