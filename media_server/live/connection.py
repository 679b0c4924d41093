"""One connection of a candidate: the gate out, the channel to them, the audio they send.

Called by the transport on the loop. Everything that is sent passes the gate, which is bound to
this connection and closed for good by `shut`.

    gate      what may leave, and since when nothing may
    channel   what is said, in the dialect of the data channel
    intake    what is heard, on its way to the inbox, the recogniser and the spool
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from media_server.audio import events as heard
from media_server.audio.events import AudioQuality, ReceiverSettings
from media_server.audio.types import RtpPacket, SegmentAudio, SpeechClip
from media_server.interview import inputs as inp
from media_server.live.audio_keeper import AudioKeeper
from media_server.live.channel import CandidateChannel
from media_server.live.gate import Gate
from media_server.live.intake import AudioIntake
from media_server.live.media_figures import ConnectionCounts, MediaCounts
from media_server.ports import Call, CallStats, Clock, CloseReason, Recording, Spool
from media_server.ports.dialect import (
    Ack,
    Dialect,
    ErrorNotice,
    Hello,
    Ping,
    ToCandidate,
    Welcome,
)
from media_server.segment_info import SegmentId

logger = logging.getLogger(__name__)

FAREWELL_S = 0.3
DELIVERY_S = 6.0
"""From the last message to the end of the call: time for it to arrive."""
DELIVERY_CHECK_S = 0.05


class SegmentTaker(Protocol):
    """The transcriber, as a connection knows it."""

    def submit(self, audio: SegmentAudio, shown_to: Connection | None) -> None:
        """`audio` lies on the interview's timeline."""


class Listener(Protocol):
    """What a connection asks of its session."""

    interview_id: str

    @property
    def transcriber(self) -> SegmentTaker: ...
    @property
    def certain(self) -> bool:
        """This process owns the interview beyond doubt: it may speak."""

    def post(self, input_: inp.Input) -> None: ...
    def connected(self, connection: Connection) -> None: ...
    def hello(self, connection: Connection, last_seq: int) -> None: ...
    def acknowledged(self, connection: Connection) -> None: ...
    def first_packet(self, utterance_id: str) -> None:
        """Of an utterance, or of its rest: it leaves now."""

    def closed(self, connection: Connection, reason: CloseReason) -> None: ...


class Connection:
    """Implements `ports.CallSink`, and what its channel and its intake ask of their owner."""

    def __init__(
        self,
        session: Listener,
        *,
        call_id: str,
        microphone: bool,
        channel: bool,
        dialects: Sequence[Dialect],
        receiver_settings: ReceiverSettings,
        clock: Clock,
        spool: Spool,
        counts: MediaCounts,
    ) -> None:
        self.call_id = call_id
        self.microphone = microphone
        self.call: Call | None = None
        self.resume_token = ""
        self.resumed_from = 0
        """The earlier connection whose resume token this client brought; 0: it has the link."""
        self.hidden_turns = 0
        """What was said up to this turn it does not get to see."""
        self.welcomed = False
        """`Welcome` is known to have arrived."""
        self.when_up: Callable[[str], None] = lambda _call_id: None
        """Called once media flows: somebody is there."""
        self.over = asyncio.Event()
        """Set when the transport has said its last word."""
        self._session = session
        self._clock = clock
        self._counts = counts
        self._offered_s = clock.now_s()
        self._clip: SpeechClip | None = None
        self._utterance_id = ""
        self._began: tuple[str, float] | None = None
        """The utterance whose first packet left last, and where on the interview's timeline."""
        self.gate = Gate(session)
        self.channel = CandidateChannel(
            self, self.gate, negotiated=channel, dialects=dialects, clock=clock
        )
        self.intake = AudioIntake(
            self,
            receiver_settings,
            AudioKeeper(spool, self._offered_s),
            microphone=microphone,
            clock=clock,
            counts=counts,
        )
        self.on_rtp: Callable[[RtpPacket, float], None] = self.intake.on_packet
        """50 times a second: no call between the transport and the intake."""

    # --- the session's side ---

    def begin(
        self, epoch: int, media_offset_s: float, recording: Recording | None, welcome: Welcome
    ) -> None:
        """The machine has taken this connection in: open the gate and start to hear."""
        self.gate.open(epoch)
        self.intake.keeper.begin(self._session.interview_id, epoch, recording)
        self.intake.begin(epoch, media_offset_s)
        self.channel.begin(welcome)
        self.intake.hear_early()

    @property
    def epoch(self) -> int:
        return self.gate.epoch

    @property
    def open(self) -> bool:
        return self.gate.is_open

    @property
    def close_reason(self) -> CloseReason | None:
        return self.gate.close_reason

    @property
    def media_offset_s(self) -> float:
        return self.intake.media_offset_s

    @property
    def media_s(self) -> float:
        return self.intake.media_s

    def send(self, said: ToCandidate) -> bool:
        """Through the gate, or not at all; before the channel is open, as soon as it is."""
        return self.channel.send(said)

    def interim_done(self, segment_id: SegmentId) -> None:
        self.intake.interim_done(segment_id)

    def shut(self, reason: CloseReason) -> None:
        """Close the gate now and the call with it; what was received is kept and owed."""
        self._close_gate(reason)
        if self.call is not None:
            self.call.close(reason)

    def _close_gate(self, reason: CloseReason) -> None:
        self.gate.shut(reason)
        self.intake.shut = True

    def farewell(self, notice: ErrorNotice, reason: CloseReason) -> None:
        """One last message, then nothing: the gate shuts now, the call when it has been sent."""
        delay_s = FAREWELL_S + self.channel.send_last(notice)
        self._close_gate(reason)
        if self.call is not None:
            self.call.stop_playing()
        asyncio.get_running_loop().call_later(delay_s, self.shut, reason)

    def shut_when_told(self, reason: CloseReason, least_s: float) -> None:
        """`shut`, but not before the client has what was sent: a lost message comes a second time
        after 1 to 3 s. Bounded by DELIVERY_S beyond `least_s`."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + least_s + DELIVERY_S

        def look() -> None:
            if self.call is None or self.call.delivered or loop.time() >= until_s:
                self.shut(reason)
            elif not self.over.is_set():
                loop.call_later(DELIVERY_CHECK_S, look)

        loop.call_later(least_s, look)

    def suspend(self, suspended: bool) -> None:
        """The lease is in doubt (or certain again): nothing leaves meanwhile."""
        if self.gate.suspend(suspended) and suspended:
            self.stop_playing()

    def play(self, utterance_id: str, clip: SpeechClip, from_s: float) -> bool:
        """False: the gate is closed, and nothing of it is heard."""
        if not self.gate.passes() or self.call is None:
            return False
        self._clip, self._utterance_id = clip, utterance_id
        self.intake.bot_starts()
        self.call.play(clip, utterance_id, from_s=from_s)
        return True

    def began_at_s(self, utterance_id: str) -> float | None:
        """Where its first packet left, on the interview's timeline; None: none has left here."""
        began = self._began
        return began[1] if began is not None and began[0] == utterance_id else None

    def stop_playing(self) -> None:
        if self.call is not None:
            self.call.stop_playing()
        self.intake.bot_stops()

    def reception(self) -> tuple[AudioQuality, CallStats]:
        return self.intake.quality(), self.call.stats() if self.call is not None else CallStats()

    def counts(self) -> ConnectionCounts:
        intake, channel = self.intake, self.channel
        return ConnectionCounts(
            gate_refusals=self.gate.refusals,
            blocked_sends=channel.blocked_sends,
            bad_messages=channel.bad_messages,
            unknown_messages=channel.unknown_messages,
            early_dropped=intake.early_dropped,
            too_fast=intake.pace.refused,
            unkept=intake.keeper.allowance.refused,
        )

    def ended_input(self) -> inp.CallEnded:
        """What the log should know of this connection now that it is over."""
        quality, stats = self.reception()
        intake = self.intake
        return inp.CallEnded(
            self.epoch,
            self.close_reason or "gone",
            intake.media_s,
            lost_ms=quality.lost_ms + intake.outage_ms(0.0),
            concealed_ms=quality.concealed_ms,
            jitter_ms=quality.jitter_ms,
            packets_received=stats.packets_received or quality.received,
            packets_lost=quality.lost,
            unkept_ms=intake.keeper.allowance.refused_ms,
            turn=intake.open_turn_loss(),
        )

    async def release(self) -> None:
        """Free what the connection holds. After `on_closed`."""
        await self.intake.release()

    @property
    def silent_s(self) -> float:
        """Since anything came of it: audio, or another sign of life."""
        intake = self.intake
        heard_s = intake.watch.last_s if intake.watch is not None else 0.0
        return max(0.0, self._clock.now_s() - max(self._offered_s, intake.alive_s, heard_s))

    # --- the transport's side (ports.CallSink; `on_rtp` is the intake's) ---

    def on_connected(self) -> None:
        self._counts.connected(self._clock.now_s() - self._offered_s)
        self.when_up(self.call_id)
        self._session.connected(self)

    def on_channel_open(self, label: str, protocol: str) -> None:
        self.channel.opened(label, protocol)

    def on_text(self, data: str | bytes) -> None:
        self.intake.alive_s = self._clock.now_s()
        if self.close_reason is not None:
            return
        said = self.channel.received(data)
        if said is None or isinstance(said, Ping):
            return
        if isinstance(said, Hello):
            self._session.hello(self, said.last_seq)
        elif isinstance(said, Ack):
            self._session.acknowledged(self)
        else:
            if isinstance(said, inp.MuteChanged):
                self.intake.mute(said.muted)
            # Even before the session has taken the connection in: its inbox keeps the order.
            self.post(said)

    def on_playout(
        self,
        utterance_id: str,
        what: Literal["started", "moved", "finished", "stopped"],
        position_s: float,
    ) -> None:
        if utterance_id != self._utterance_id:
            return
        if what == "started":
            self._began = (utterance_id, round(self.media_offset_s + self.media_s, 3))
            self._session.first_packet(utterance_id)
        if what in ("started", "moved"):
            levels = self._clip.levels if self._clip is not None else b""
            self.intake.bot_voice_begins(levels, position_s)
            return
        self.intake.bot_voice_ends()
        if what == "finished":
            self.intake.bot_stops()
            self.post(inp.PlayoutEnded(utterance_id, position_s, complete=True))

    def on_quality(self, what: Literal["suspect", "recovered"]) -> None:
        if self.intake.watch is not None:
            self.intake.watch.suspect = what == "suspect"
        if what == "suspect":
            self._counts.suspected()
        logger.info("call %s: %s", self.call_id, what)

    def on_alive(self, at_s: float) -> None:
        self.intake.on_alive(at_s)

    def on_limit(self, what: str) -> None:
        notice = ErrorNotice("limit", f"the call was ended: {what}", recoverable=False)
        self.channel.say_at_the_end(notice)

    def on_closed(self, reason: CloseReason) -> None:
        self.gate.shut(reason)
        self.channel.stop()
        self.intake.finish()
        self._counts.closed(self, self.close_reason or reason)
        self.over.set()
        self._session.closed(self, self.close_reason or reason)

    # --- what the channel and the intake ask ---

    def post(self, input_: inp.Input) -> None:
        self._session.post(input_)

    def send_text(self, text: str) -> bool:
        return self.call is not None and self.call.send_text(text)

    def replay(self, after_seq: int) -> None:
        self._session.hello(self, after_seq)

    def transcribe(self, audio: SegmentAudio) -> None:
        self._session.transcriber.submit(audio, self)

    def level(self, level: heard.Level) -> None:
        self.channel.send_level(level)

    def too_many_sources(self) -> None:
        self.shut("limit")

    def barge_in(self, start_s: float) -> None:
        clip, position_s = self._clip, self.call.position_s if self.call is not None else None
        # By what was sent, not by the clock: a clip that had to wait was heard no further for it.
        heard_s = min(position_s or 0.0, clip.duration_s) if clip is not None else 0.0
        sentences = clip.sentences if clip is not None else ()
        resume_s = max((start for start, _ in sentences if start <= heard_s), default=0.0)
        speech_s = max(0.0, self.intake.media_s - start_s)
        self.post(inp.BargeIn(start_s, heard_s, resume_s, speech_s))
