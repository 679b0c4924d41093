"""The bot's voice of one call on its way out: playout, SRTP, copies on NACK, reports."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

import pylibsrtp

from media_server.audio.types import SpeechClip
from media_server.rtc.answer import answer_direction
from media_server.rtc.guard import MAX_DATAGRAM_BYTES
from media_server.rtc.guarded_sink import GuardedSink
from media_server.rtc.outgoing import OutgoingStream
from media_server.rtc.playout import Pacer, Utterance, What
from media_server.rtc.rtp import Nack, ReportBlock, build_report
from media_server.rtc.sdp import AudioOffer

CNAME = "interviewer"


class DatagramSender(Protocol):
    """What of a path the voice needs."""

    def send(self, data: bytes) -> bool: ...


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
        utterance = self._utterance
        return None if utterance is None or utterance.ended else utterance.position_s

    def stop_playing(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            self._pacer.remove(utterance)
            utterance.stop()

    def open(self, session: pylibsrtp.Session) -> None:
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
        """20 ms of it; `first`: after silence."""
        session = self._session
        if session is None or not self._speaks:
            return
        now_s = self._now_s()
        sequence_number, packet = self.stream.packet(opus, talk_spurt=first, now_s=now_s)
        if len(packet) > MAX_DATAGRAM_BYTES - 64:
            self._drop("speech_too_long")
            return
        protected = session.protect(packet)
        if self._nack:
            self.stream.remember(sequence_number, protected)
        self._send(protected)

    def resend(self, nack: Nack, now_s: float) -> None:
        """Finds nothing where NACK was not negotiated."""
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
        """Spread, so that calls do not report in step (RFC 3550 §6.2)."""
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
