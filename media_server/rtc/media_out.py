"""The bot's voice of one call on its way out: playout, SRTP, copies on NACK, reports."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

import pylibsrtp

from media_server.audio.types import SpeechClip
from media_server.rtc.answer import answer_direction
from media_server.rtc.guarded_sink import GuardedSink
from media_server.rtc.outgoing import OutgoingStream
from media_server.rtc.playout import Pacer, Utterance, What
from media_server.rtc.rtp import Nack, ReportBlock, build_report
from media_server.rtc.sdp import AudioOffer

CNAME = "interviewer"
"""Of our stream, in the answer and in the reports (RFC 3550 §6.5.1): the same for every call."""
_MAX_PACKET_BYTES = 1356
"""What pylibsrtp protects: 1500 bytes, less 144 for the longest tag and key index. 20 ms of Opus
take at most 1275 (RFC 6716 §3.4)."""


class DatagramSender(Protocol):
    """What of a path the voice needs."""

    def send(self, data: bytes) -> bool:
        """See `path.IcePath`."""


class MediaOut:
    """`open` once DTLS is connected, `start` when what waits may be heard, `close` at the end."""

    def __init__(
        self,
        audio: AudioOffer,
        path: DatagramSender,
        pacer: Pacer,
        sink: GuardedSink,
        now_s: Callable[[], float],
        drop: Callable[[str], None],
    ) -> None:
        """`drop` counts what is not sent, by reason."""
        self.stream = OutgoingStream(audio.payload_type, now_s())
        self._send = path.send
        self._pacer = pacer
        self._sink = sink
        self._now_s = now_s
        self._drop = drop
        self._speaks = answer_direction(audio.direction) != "recvonly"
        self._nack = audio.nack
        self._session: pylibsrtp.Session | None = None
        self._utterance: Utterance | None = None
        self._started = self._closed = False
        self._next_report_s = now_s()

    # --- the voice ----------------------------------------------------------------------------

    def play(self, clip: SpeechClip, utterance_id: str, from_s: float) -> None:
        """See `ports.Call`. The first packet leaves at once, or at `start`; nothing happens after
        `close`."""
        self.stop_playing()
        if self._closed:
            return

        def report(what: What, position_s: float) -> None:
            self._sink.tell("on_playout", utterance_id, what, position_s)

        self._utterance = Utterance(clip, from_s, self.send_speech, report)
        if self._started:
            self._pacer.start(self._utterance)

    @property
    def position_s(self) -> float | None:
        """Seconds of the clip that have been sent; None when none plays. Where a clip waits for
        `start`, the place at which it will begin."""
        utterance = self._utterance
        return None if utterance is None or utterance.ended else utterance.position_s

    def stop_playing(self) -> None:
        """See `ports.Call`. Also what waits for `start` is given up, and reported as stopped."""
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            self._pacer.remove(utterance)
            utterance.stop()

    def open(self, session: pylibsrtp.Session) -> None:
        """`session`: libsrtp's, to encrypt. Before that nothing is sent."""
        if not self._closed:
            self._session = session

    def start(self) -> None:
        """What was asked for before there was a connection is heard now."""
        if self._closed:
            return
        self._started = True
        if self._utterance is not None:
            self._pacer.start(self._utterance)

    def close(self) -> None:
        """Nothing is sent any more, whoever holds the session or an utterance."""
        self._closed, self._session = True, None

    # --- packets ------------------------------------------------------------------------------

    def send_speech(self, opus: bytes, first: bool) -> None:
        """A packet of 20 ms, for `playout`; `first`: after silence. Nothing leaves where the client
        does not want to hear us (its offer is `sendonly`)."""
        session = self._session
        if session is None or not self._speaks:
            return
        now_s = self._now_s()
        sequence_number, packet = self.stream.packet(opus, talk_spurt=first, now_s=now_s)
        if len(packet) > _MAX_PACKET_BYTES:
            self._drop("speech_too_long")
            return
        protected = session.protect(packet)
        if self._nack:
            self.stream.remember(sequence_number, protected)
        self._send(protected)

    def resend(self, nack: Nack, now_s: float) -> None:
        """Send the packets that the client misses again, as they were (RFC 4585 §6.2.1).

        Finds nothing where NACK was not negotiated. `now_s`: of the transport's clock.
        """
        if nack.media_ssrc != self.stream.ssrc:
            return
        for sequence_number in nack.sequence_numbers:
            datagram = self.stream.resend(sequence_number, now_s)
            if datagram is not None:
                self._send(datagram)

    # --- reports ------------------------------------------------------------------------------

    def on_reports(self, blocks: tuple[ReportBlock, ...], now_s: float) -> None:
        """What the client says of this stream."""
        self.stream.on_reports(blocks, now_s)

    def report_due(self, now_s: float, interval_s: float) -> bool:
        """Whether to send one now; then the next one is due half to one and a half `interval_s`
        later, so that calls do not report in step (RFC 3550 §6.2)."""
        if now_s < self._next_report_s:
            return False
        spread = random.uniform(0.5, 1.5)  # noqa: S311  # timing, no secret
        self._next_report_s = now_s + interval_s * spread
        return True

    def send_report(self, received: tuple[ReportBlock, ...], now_s: float, lately_s: float) -> None:
        """`received`: on the client's streams. `lately_s`: see `OutgoingStream.report`."""
        session = self._session
        if session is not None:
            report = self.stream.report(received, now_s, lately_s)
            self._send(session.protect_rtcp(build_report(report, CNAME)))
