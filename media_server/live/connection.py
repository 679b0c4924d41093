"""One connection of a candidate: the gate out, the audio in and its way to the recogniser.

Called by the transport on the loop; turns what it hears into inputs for the session's inbox.
Everything that is sent to the candidate passes `send`, which is bound to this connection and shut
for good by `shut`.

Over 400 lines on purpose: what passes the gate, and when it is shut, is read in one place. What
can be told without it stands elsewhere (`backlog`, `media_figures`, the whole of `audio`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Literal, Protocol

from media_server.audio import events as heard
from media_server.audio.allowance import KeptBytes, MediaPace
from media_server.audio.events import ReceiverSettings
from media_server.audio.receiver import AudioReceiver
from media_server.audio.types import RtpPacket, SegmentAudio, SpeechClip
from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import inputs as inp
from media_server.interview.events import TurnEndReason
from media_server.live import backlog
from media_server.live.audio_watch import AudioWatch
from media_server.live.backlog import Backlog
from media_server.live.media_figures import MediaCounts
from media_server.ports import (
    Call,
    CallStats,
    Clock,
    CloseReason,
    Recording,
    Spool,
    SpooledPacket,
)
from media_server.segment_info import SegmentId

logger = logging.getLogger(__name__)

FAREWELL_S = 0.3
DELIVERY_S = 6.0
DELIVERY_CHECK_S = 0.05
"""From the last message to the end of the call: time for it to arrive."""
SPOOL_BATCH = 10
"""Packets that go to the spool together: 0.2 s. It writes once a second anyway."""
LEVEL_STEP_DB = 3.0
LEVEL_EVERY_S = 1.0
"""A level is sent once a second at most, when speech began or ended or it changed by the step:
with five a second the data channel took a tenth of the loop's time."""
RECEIVER_TIMER_S = 0.25
"""How late a deadline of the receiver may be noticed when no packet comes; while some come, they
serve it themselves."""
CHANNEL_S = 1.0
"""A channel opens a moment after the media flows: for so long a farewell waits for it."""
EARLY_MESSAGES = 64
"""What is said before the channel is open, and is not to be lost: the newest of it."""
EARLY_PACKETS = 50
"""Audio that arrives before the session has taken the connection in: one second."""


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
    def closed(self, connection: Connection, reason: CloseReason) -> None: ...


class Connection:
    """Implements `ports.CallSink`."""

    def __init__(
        self,
        session: Listener,
        *,
        call_id: str,
        microphone: bool,
        channel: bool,
        receiver_settings: ReceiverSettings,
        clock: Clock,
        spool: Spool,
        counts: MediaCounts,
    ) -> None:
        """Over 50 lines on purpose: every field of a connection, with what it means."""
        self.call_id = call_id
        self.microphone = microphone
        self.channel = channel
        self.call: Call | None = None
        self.epoch = 0
        self.media_offset_s = 0.0
        self.resume_token = ""
        self.resumed_from = 0
        """The earlier connection whose resume token this client brought; 0: it has the link."""
        self.hidden_turns = 0
        """What was said up to this turn it does not get to see."""
        self.welcomed = False
        """`welcome` is known to have arrived."""
        self.close_reason: CloseReason | None = None
        self.when_up: Callable[[str], None] = lambda _call_id: None
        """Called once media flows: somebody is there."""
        self._session = session
        self._receiver_settings = receiver_settings
        self._clock = clock
        self._spool = spool
        self._counts = counts
        self._offered_s = clock.now_s()
        self.pace = MediaPace()
        self.kept = KeptBytes(self._offered_s)
        self._receiver: AudioReceiver | None = None
        self._keeping = True
        self._muted = False
        self._watch = AudioWatch(clock, session.post) if microphone else None
        self._recording: Recording | None = None
        self._gate_open = False
        self._channel_open = False
        self._welcome: v1.Welcome | None = None
        self._early: deque[tuple[RtpPacket, float]] = deque(maxlen=EARLY_PACKETS)
        self._unsent: deque[v1.ServerMessage] = deque(maxlen=EARLY_MESSAGES)
        self._last_word: v1.Error | None = None
        self._backlog = Backlog()
        self._retry: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._told_level = heard.Level(-200.0, False)
        self._next_level_s = 0.0
        self._bad_messages = 0
        self._unknown_messages = 0
        self._turn_epoch = 0
        self._first_speech_s: float | None = None
        self._last_speech_s: float | None = None
        self._clip: SpeechClip | None = None
        self._utterance_id = ""
        self._playing = False
        self._listening = False
        self._turn_from_s = 0.0
        self._turn_opened_s = 0.0
        self._turn_jitter_ms = 0.0
        self.blocked_sends = 0
        """The channel was not open, or its reader too slow."""
        self.gate_refusals = 0
        self.early_dropped = 0
        self.over = asyncio.Event()
        """Set when the transport has said its last word."""

    # --- the session's side ---

    def begin(
        self,
        epoch: int,
        media_offset_s: float,
        recording: Recording | None,
        welcome: v1.Welcome,
    ) -> None:
        """The machine has taken this connection in: open the gate and start to hear."""
        self.epoch = epoch
        self.media_offset_s = media_offset_s
        self._recording = recording
        self._gate_open = True
        self._welcome = welcome
        self._backlog.told_seq = welcome.last_seq
        self._receiver = AudioReceiver(self._receiver_settings, connection_epoch=epoch)
        self._receiver.bot_speaking(True)
        self._receiver.keep(self._keeping)
        if self._watch is not None:
            self._watch.start()
        if self._channel_open:
            self.send(welcome)
        while self._early:
            self.on_rtp(*self._early.popleft())

    @property
    def open(self) -> bool:
        return self._gate_open

    @property
    def media_s(self) -> float:
        return self._receiver.position_s if self._receiver is not None else 0.0

    def send(self, message: v1.ServerMessage) -> bool:
        """Through the gate, or not at all; before the channel is open, as soon as it is."""
        if not self._gate_open or not self._session.certain:
            self.gate_refusals += 1
            return False
        if self.call is None or not self._channel_open:
            if self.channel:
                self.blocked_sends += len(self._unsent) == EARLY_MESSAGES
                self._unsent.append(message)
            return False
        if not self._backlog.admits(message):
            return False
        if self.call.send_text(v1.encode(message)):
            self._backlog.took(message)
            return True
        self.blocked_sends += 1
        self._backlog.refused(message, self._clock.now_s())
        self._try_again_later()
        return False

    @property
    def behind(self) -> bool:
        """The channel has refused something: what follows waits until a replay gets through."""
        return self._backlog.behind

    def replaying(self, last_seq: int) -> AbstractContextManager[int]:
        """Around a replay: gives the durable event after which to begin."""
        return self._backlog.replaying(last_seq) if self._gate_open else nullcontext(last_seq)

    def _try_again_later(self) -> None:
        if self._retry is None and self._backlog.behind:
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(backlog.RETRY_S, self._try_again)

    def _try_again(self) -> None:
        """By a replay of the log: it stops where the channel is full once more."""
        self._retry = None
        if self.close_reason is not None or not self._backlog.behind:
            return
        if not self._gate_open:
            self._backlog.excuse()
        elif self._backlog.stuck(self._clock.now_s()):
            logger.info("call %s: nothing was read for too long, closed", self.call_id)
            self.shut("limit")
            return
        else:
            self._session.hello(self, self._backlog.told_seq)
        self._try_again_later()

    def shut(self, reason: CloseReason) -> None:
        """Close the gate now and the call with it; what was received is kept and owed."""
        self._gate_open = False
        self.close_reason = self.close_reason or reason
        if self.call is not None:
            self.call.close(reason)

    def farewell(self, message: v1.Error, reason: CloseReason) -> None:
        """One last message, then nothing: the gate shuts now, the call when it has been sent."""
        delay_s = FAREWELL_S
        if self.channel and not self._channel_open and self._gate_open:
            self._last_word = message
            delay_s += CHANNEL_S
        else:
            self.send(message)
        self._unsent.clear()
        self._gate_open = False
        self.close_reason = self.close_reason or reason
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
        if self.close_reason is None and self.epoch:
            self._gate_open = not suspended
            if suspended:
                self.stop_playing()

    def play(self, utterance_id: str, clip: SpeechClip, from_s: float) -> bool:
        """False: the gate is closed, and nothing of it is heard."""
        if not self._gate_open or not self._session.certain or self.call is None:
            self.gate_refusals += 1
            return False
        self._clip, self._utterance_id, self._playing = clip, utterance_id, True
        if self._receiver is not None:
            self._receiver.bot_speaking(True)
        self.call.play(clip, utterance_id, from_s=from_s)
        return True

    def stop_playing(self) -> None:
        if self.call is not None:
            self.call.stop_playing()
        self._playback_over()

    def _playback_over(self) -> None:
        self._playing = False
        if self._receiver is not None:
            self._receiver.bot_speaking(not self._listening)

    def listen(self, turn_epoch: int, from_s: float | None, max_turn_ms: int) -> None:
        self._turn_epoch = turn_epoch
        self._first_speech_s = self._last_speech_s = None
        self._listening = True
        self._turn_opened_s = self._clock.now_s()
        if self._receiver is None:
            return
        self._turn_from_s = from_s if from_s is not None else self.media_s
        self._turn_jitter_ms = self._receiver.jitter_ms
        self._receiver.bot_speaking(self._playing)
        self._handle(self._receiver.listen(turn_epoch, from_s=from_s, max_turn_ms=max_turn_ms))
        self._arm()

    def stop_listening(self) -> None:
        self._listening = False
        if self._receiver is None:
            return
        self._handle(self._receiver.stop_listening())
        # From here on speech is a barge-in: it reopens the answer or interrupts the bot.
        self._receiver.bot_speaking(True)

    def close_turn(self, turn_epoch: int, reason: TurnEndReason) -> None:
        """Done was pressed or the time is over: the open segment first, then the turn's end."""
        if self._receiver is not None:
            # Packets behind a gap were said before. That the turn has an end is said below, once.
            ended = heard.TurnEnded
            self._handle(
                [event for event in self._receiver.finish() if not isinstance(event, ended)]
            )
        self.stop_listening()
        last_s = self._last_speech_s or self._first_speech_s
        self._turn_over(turn_epoch, reason, self._first_speech_s, last_s)

    def extend_silence(self) -> None:
        if self._receiver is not None:
            self._receiver.extend_once()

    def hold(self, hold_s: float) -> None:
        if self._receiver is not None:
            self._receiver.hold(hold_s)

    def keep_audio(self, keep: bool) -> None:
        """False: paused. Nobody listens, and nothing that is received is kept anywhere.

        True: audio is expected from now on, and missed when none comes."""
        self._keeping = keep
        if self._receiver is not None:
            self._receiver.keep(keep)
        self._want_audio()

    def _want_audio(self) -> None:
        if self._watch is not None:
            self._watch.want(self._keeping and not self._muted)

    def set_silence_ms(self, silence_ms: int) -> None:
        if self._receiver is not None:
            self._receiver.set_silence_ms(silence_ms)

    def interim_done(self, segment_id: SegmentId) -> None:
        if self._receiver is not None:
            self._receiver.interim_done(segment_id)

    def reception(self) -> tuple[heard.AudioQuality, CallStats]:
        quality = self._receiver.quality() if self._receiver is not None else heard.AudioQuality()
        return quality, self.call.stats() if self.call is not None else CallStats()

    def ended_input(self) -> inp.CallEnded:
        """What the log should know of this connection now that it is over."""
        quality, stats = self.reception()
        return inp.CallEnded(
            self.epoch,
            self.close_reason or "gone",
            self.media_s,
            lost_ms=quality.lost_ms + self._outage_ms(0.0),
            concealed_ms=quality.concealed_ms,
            jitter_ms=quality.jitter_ms,
            packets_received=stats.packets_received or quality.received,
            packets_lost=quality.lost,
            unkept_ms=self.kept.refused_ms,
            turn=self._turn_loss() if self._listening else None,
        )

    def _outage_ms(self, since_s: float) -> int:
        return self._watch.outage_ms(since_s) if self._watch is not None else 0

    def _turn_loss(self) -> inp.TurnLoss:
        """Of the open turn until now, with what has not come since the last packet."""
        if self._receiver is None:
            return inp.TurnLoss()
        lost_ms, concealed_ms = self._receiver.span_quality(self._turn_from_s, self.media_s)
        self._note_jitter()
        lost_ms += self._outage_ms(self._turn_opened_s)
        return inp.TurnLoss(lost_ms, concealed_ms, self._turn_jitter_ms)

    def _on_timeline(self, at_s: float | None) -> float | None:
        return None if at_s is None else at_s + self.media_offset_s

    # --- the transport's side (ports.CallSink) ---

    def on_connected(self) -> None:
        self._counts.connected(self._clock.now_s() - self._offered_s)
        self.when_up(self.call_id)
        self._session.connected(self)

    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None:
        if self.close_reason is not None:
            return
        if self._receiver is None:
            self.early_dropped += len(self._early) == EARLY_PACKETS
            self._early.append((packet, arrival_s))
            return
        if self._watch is not None:
            self._watch.packet(arrival_s)
        if not self.pace.admits(self._receiver.position_s, arrival_s):
            return
        events = self._receiver.receive(packet, arrival_s)
        if events:
            self._handle(events)
        if self._receiver.packets_waiting >= SPOOL_BATCH:
            self._keep_packets()
        if self._timer is None:
            self._arm()

    def on_channel_open(self, label: str) -> None:
        if label != v1.LABEL:
            logger.info("data channel with an unknown label was ignored")
            return
        self._channel_open = True
        last_word, self._last_word = self._last_word, None
        if last_word is not None and self.call is not None and self._session.certain:
            self.call.send_text(v1.encode(last_word))
        elif self._welcome is not None and self._gate_open:
            self.send(self._welcome)
            while self._unsent:
                self.send(self._unsent.popleft())

    def on_text(self, data: str | bytes) -> None:
        if self.close_reason is not None:
            return
        try:
            message = v1.decode(data)
        except v1.BadMessage as error:
            self._bad_message(str(error))
            return
        if message is None:
            self._unknown_messages += 1
        elif isinstance(message, v1.Ping):
            self.send(v1.Pong(t_ms=message.t_ms))
        elif isinstance(message, v1.Hello):
            self._session.hello(self, message.last_seq)
        elif isinstance(message, v1.Mute):
            self._muted = message.muted
            self._want_audio()
            self._session.post(inp.MuteChanged(message.muted))
        elif isinstance(message, v1.Ack):
            self._session.acknowledged(self)
        elif (input_ := native.to_input(message)) is not None:
            # Even before the session has taken the connection in: its inbox keeps the order.
            self._session.post(input_)

    def on_playout(
        self, utterance_id: str, what: Literal["started", "finished", "stopped"], position_s: float
    ) -> None:
        if utterance_id != self._utterance_id:
            return
        if what == "finished":
            self._playback_over()
            self._session.post(inp.PlayoutEnded(utterance_id, position_s, complete=True))

    def on_quality(self, what: Literal["suspect", "recovered"]) -> None:
        if self._watch is not None:
            self._watch.suspect = what == "suspect"
        if what == "suspect":
            self._counts.suspected()
        logger.info("call %s: %s", self.call_id, what)

    def on_closed(self, reason: CloseReason) -> None:
        self._gate_open = False
        self.close_reason = self.close_reason or reason
        if self._watch is not None:
            self._watch.stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._receiver is not None:
            self._handle(self._receiver.finish())
            self._keep_packets()
        self._counts.closed(self, self.close_reason)
        self.over.set()
        self._session.closed(self, self.close_reason)

    async def release(self) -> None:
        """Free what the connection holds. After `on_closed`."""
        recording, self._recording = self._recording, None
        if recording is not None:
            await recording.close()
        if self._receiver is not None:
            self._receiver.close()

    # --- what the audio receiver says ---

    def _handle(self, events: list[heard.ReceiverEvent]) -> None:
        for event in events:
            self._handle_one(event)

    def _handle_one(self, event: heard.ReceiverEvent) -> None:
        match event:
            case heard.Level():
                self._note_jitter()
                self._level(event)
            case heard.SpeechStarted():
                self._first_speech_s = event.at_s
                self._session.post(inp.SpeechStarted(event.turn_epoch))
            case heard.SpeechPaused():
                self._last_speech_s = event.last_speech_s
                self._session.post(inp.SpeechStopped(event.turn_epoch))
            case heard.SpeechResumed():
                self._session.post(inp.SpeechResumed(event.turn_epoch))
            case heard.SegmentClosed():
                self._segment_closed(event)
            case heard.InterimDue():
                self._interim_due(event)
            case heard.TurnNotice():
                remaining_s = event.remaining_ms / 1000
                self._session.post(inp.TurnNearLimit(event.turn_epoch, remaining_s))
            case heard.TurnEnded():
                self._turn_ended(event)
            case heard.BargeIn():
                self._barge_in(event)
            case heard.SourceLimit():
                self.shut("limit")
            case heard.Backchannel():
                pass  # counted by the audio receiver; "mm-hm" asks for nothing

    def _note_jitter(self) -> None:
        """Five times a second, as often as levels come: its average reaches back further."""
        if self._receiver is not None:
            self._turn_jitter_ms = max(self._turn_jitter_ms, self._receiver.jitter_ms)

    def _level(self, event: heard.Level) -> None:
        told, now_s = self._told_level, self._clock.now_s()
        if now_s < self._next_level_s or not self._gate_open:
            return
        if event.speech == told.speech and abs(event.dbfs - told.dbfs) < LEVEL_STEP_DB:
            return
        self._told_level = event
        self._next_level_s = now_s + LEVEL_EVERY_S
        self.send(v1.Level(dbfs=round(event.dbfs, 1), speech=event.speech))

    def _arm(self) -> None:
        """One timer for the receiver. Too early is harmless, so it is only ever moved forward."""
        deadline_s = self._receiver.deadline() if self._receiver is not None else None
        if deadline_s is None or self._timer is not None:
            return
        delay_s = min(max(0.005, deadline_s - self._clock.now_s()), RECEIVER_TIMER_S)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._receiver is None or self.close_reason is not None:
            return
        self._handle(self._receiver.handle_timer(self._clock.now_s()))
        self._keep_packets()
        self._arm()

    def _keep_packets(self) -> None:
        """Received audio goes to the spool and the recording, in order."""
        received = self._receiver.take_packets() if self._receiver is not None else []
        packets = self.kept.admitted(received, self._clock.now_s()) if received else []
        if not packets:
            return
        self._spool.put(
            self._session.interview_id,
            [SpooledPacket(self.epoch, media_s, opus) for media_s, opus in packets],
        )
        if self._recording is not None:
            for media_s, opus in packets:
                self._recording.add(media_s, opus)

    def _segment_closed(self, event: heard.SegmentClosed) -> None:
        audio = event.segment
        self._keep_packets()  # in the spool before its transcript can trim them
        self._last_speech_s = audio.info.end_s
        self._counts.segment(audio.info.level_dbfs)
        self._transcribe(audio)

    def _interim_due(self, event: heard.InterimDue) -> None:
        if self._gate_open:
            self._transcribe(event.segment)
        else:
            self.interim_done(event.segment.info.segment_id)

    def _transcribe(self, audio: SegmentAudio) -> None:
        info = audio.info.later_by(self.media_offset_s)
        self._session.transcriber.submit(replace(audio, info=info), self)

    def _turn_ended(self, event: heard.TurnEnded) -> None:
        detail = f"silence {event.silence_ms} ms"
        if event.reason != "silence":
            detail = f"after {event.duration_ms / 1000:.1f} s, silence {event.silence_ms} ms"
        self._turn_over(
            event.turn_epoch,
            event.reason,
            event.first_speech_s,
            event.last_speech_s,
            detail=detail,
            silence_ms=event.silence_ms,
        )

    def _turn_over(
        self,
        turn_epoch: int,
        reason: TurnEndReason,
        first_s: float | None,
        last_s: float | None,
        *,
        detail: str = "",
        silence_ms: int | None = None,
    ) -> None:
        """`first_s`, `last_s`: the first and the last speech, on this connection's media time."""
        loss = self._turn_loss()
        self._session.post(
            inp.TurnOver(
                turn_epoch=turn_epoch,
                reason=reason,
                detail=detail,
                start_s=self._on_timeline(first_s),
                end_s=self._on_timeline(last_s),
                lost_ms=loss.lost_ms,
                concealed_ms=loss.concealed_ms,
                jitter_ms=loss.jitter_ms,
                silence_ms=silence_ms,
            )
        )

    def _barge_in(self, event: heard.BargeIn) -> None:
        clip, position_s = self._clip, self.call.position_s if self.call is not None else None
        # By what was sent, not by the clock: a clip that had to wait was heard no further for it.
        heard_s = min(position_s or 0.0, clip.duration_s) if clip is not None else 0.0
        sentences = clip.sentences if clip is not None else ()
        resume_s = max((start for start, _ in sentences if start <= heard_s), default=0.0)
        self._session.post(inp.BargeIn(event.start_s, heard_s, resume_s))

    def _bad_message(self, what: str) -> None:
        self._bad_messages += 1
        last = self._bad_messages >= v1.MAX_BAD_MESSAGES
        error = v1.Error(code="bad_message", message=what[:300], recoverable=not last)
        if last:
            logger.info("call %s: %d bad messages, closed", self.call_id, self._bad_messages)
            self.farewell(error, "limit")
        else:
            self.send(error)
