"""The audio of one connection on its way in: receiver, its timer, outages, turns, spool, recording.

Called by the transport for every packet; turns what the receiver hears into inputs for the
session's inbox, and gives each segment to the recogniser.

Over 400 lines on purpose: the way of one packet is read in one place.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

from media_server.audio import events as heard
from media_server.audio.allowance import MediaPace
from media_server.audio.events import ReceiverSettings
from media_server.audio.receiver import AudioReceiver
from media_server.audio.types import RtpPacket, SegmentAudio
from media_server.interview import inputs as inp
from media_server.interview.status import TurnEndReason
from media_server.live.audio_keeper import AudioKeeper
from media_server.live.audio_watch import AudioWatch
from media_server.live.intake_owner import IntakeOwner
from media_server.live.media_figures import MediaCounts
from media_server.live.open_turn import OpenTurn
from media_server.ports import Clock
from media_server.segment_info import SegmentId

SPOOL_BATCH = 10
"""Packets that go to the spool together: 0.2 s. It writes once a second anyway."""
RECEIVER_TIMER_S = 0.25
"""How late a deadline of the receiver may be noticed when no packet comes; while some come, they
serve it themselves."""
EARLY_PACKETS = 50
"""Audio that arrives before the session has taken the connection in: one second."""


class AudioIntake:
    """One per connection. `begin` when the session has taken it in, `finish` when the call is
    over, `release` when its audio is kept.

    `on_packet` runs 50 times a second for each call: nothing is made there that need not be.
    """

    def __init__(
        self,
        owner: IntakeOwner,
        settings: ReceiverSettings,
        keeper: AudioKeeper,
        *,
        microphone: bool,
        clock: Clock,
        counts: MediaCounts,
    ) -> None:
        self.shut = False
        """Nothing more is heard of what comes; what was heard is still owed."""
        self.media_offset_s = 0.0
        """Where this connection's media time 0 lies on the candidate's timeline."""
        self.pace = MediaPace()
        self.keeper = keeper
        quiet = lambda: self._receiver is not None and self._receiver.may_be_silent  # noqa: E731
        self.watch = AudioWatch(clock, owner.post, quiet) if microphone else None
        self.early_dropped = 0
        """Packets that came so early that they were forgotten again."""
        self.alive_s = 0.0
        """When something came of the connection that is no audio."""
        self._owner = owner
        self._settings = settings
        self._clock = clock
        self._counts = counts
        self._receiver: AudioReceiver | None = None
        """None until `begin`."""
        self._early: deque[tuple[RtpPacket, float]] = deque(maxlen=EARLY_PACKETS)
        self._timer: asyncio.TimerHandle | None = None
        self._keeping = True
        self._muted = False
        self._playing = False
        self._listening = False
        self._turn = OpenTurn()

    # --- life ---

    def begin(self, connection_epoch: int, media_offset_s: float) -> None:
        """Ready to hear. What has come before waits for `hear_early`."""
        self.media_offset_s = media_offset_s
        self._receiver = AudioReceiver(self._settings, connection_epoch=connection_epoch)
        self._receiver.bot_speaking(True)
        self._receiver.keep(self._keeping)
        self._want_audio()
        if self.watch is not None and not self.shut:
            self.watch.start()

    def hear_early(self) -> None:
        while self._early:
            self.on_packet(*self._early.popleft())

    def finish(self) -> None:
        """The call is over: the open segment is closed and owed, every packet is kept."""
        self.shut = True
        if self.watch is not None:
            self.watch.stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._receiver is not None:
            self._handle(self._receiver.finish())
            self._keep_packets()

    async def release(self) -> None:
        """After `finish`."""
        await self.keeper.release()
        if self._receiver is not None:
            self._receiver.close()

    # --- what arrives ---

    def on_packet(self, packet: RtpPacket, arrival_s: float) -> None:
        if self.shut:
            return
        receiver = self._receiver
        if receiver is None:
            self.early_dropped += len(self._early) == EARLY_PACKETS
            self._early.append((packet, arrival_s))
            return
        if self.watch is not None:
            self.watch.packet(arrival_s)
        if not self.pace.admits(receiver.position_s, arrival_s):
            return
        events = receiver.receive(packet, arrival_s)
        if events:
            self._handle(events)
        if len(receiver.packets) >= SPOOL_BATCH:
            self._keep_packets()
        if self._timer is None and receiver.waits:
            self._arm()

    def on_alive(self, at_s: float) -> None:
        """The line lives, by something that is no audio: then missing packets may be silence."""
        self.alive_s = at_s
        if self._receiver is None or self.shut:
            return
        self._handle(self._receiver.line_alive(at_s))
        self._arm()

    def _arm(self) -> None:
        """One timer for the receiver. Too early is harmless, so it is only ever moved forward."""
        deadline_s = self._receiver.deadline() if self._receiver is not None else None
        if deadline_s is None or self._timer is not None:
            return
        delay_s = min(max(0.005, deadline_s - self._clock.now_s()), RECEIVER_TIMER_S)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._receiver is None or self.shut:
            return
        self._handle(self._receiver.handle_timer(self._clock.now_s()))
        self._keep_packets()
        self._arm()

    def _keep_packets(self) -> None:
        received = self._receiver.take_packets() if self._receiver is not None else []
        if received:
            self.keeper.keep(received, self._clock.now_s())

    # --- what the session wants ---

    def bot_starts(self) -> None:
        """From here on speech is a barge-in."""
        self._playing = True
        if self._receiver is not None:
            self._receiver.bot_speaking(True)

    def bot_stops(self) -> None:
        self._playing = False
        if self._receiver is not None:
            self._receiver.bot_speaking(not self._listening)

    def bot_voice_begins(self, levels: bytes, position_s: float) -> None:
        """The clip's packet at `position_s` is being sent: what may come back as an echo."""
        if self._receiver is not None:
            self._receiver.bot_voice_begins(levels, position_s, self._clock.now_s())

    def bot_voice_ends(self) -> None:
        """No more of its packets."""
        if self._receiver is not None:
            self._receiver.bot_voice_ends(self._clock.now_s())

    def listen(self, turn_epoch: int, from_s: float | None, max_turn_ms: int) -> None:
        """A turn begins, with what was said since `from_s` (media time; None: from now on)."""
        self._listening = True
        self._turn = OpenTurn(opened_s=self._clock.now_s())
        receiver = self._receiver
        if receiver is None:
            return
        self._turn.from_s = from_s if from_s is not None else receiver.position_s
        self._turn.jitter_ms = receiver.jitter_ms
        receiver.bot_speaking(self._playing)
        self._handle(receiver.listen(turn_epoch, from_s=from_s, max_turn_ms=max_turn_ms))
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
        first_s = self._turn.first_speech_s
        last_s = self._turn.last_speech_s or first_s
        self._turn_over(turn_epoch, reason, first_s, last_s, self.media_s)

    def set_wait_ms(self, wait_ms: int) -> None:
        """Of the pause that runs, and of no other."""
        if self._receiver is not None:
            self._receiver.set_wait_ms(wait_ms)

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

    def mute(self, muted: bool) -> None:
        """The client says so: then no audio is missed."""
        self._muted = muted
        self._want_audio()

    def _want_audio(self) -> None:
        if self._receiver is not None:
            self._receiver.mute(self._muted)
        if self.watch is not None:
            self.watch.want(self._keeping and not self._muted)

    def set_silence_ms(self, silence_ms: int) -> None:
        if self._receiver is not None:
            self._receiver.set_silence_ms(silence_ms)

    def interim_done(self, segment_id: SegmentId) -> None:
        if self._receiver is not None:
            self._receiver.interim_done(segment_id)

    # --- how well it was heard ---

    @property
    def media_s(self) -> float:
        """How much has been heard so far, gaps included."""
        return self._receiver.position_s if self._receiver is not None else 0.0

    def quality(self) -> heard.AudioQuality:
        return self._receiver.quality() if self._receiver is not None else heard.AudioQuality()

    def outage_ms(self, since_s: float) -> int:
        """How long nothing has come although it should, until now; since then at the earliest."""
        if self.watch is None:
            return 0
        silent_until_s = self._receiver.silent_until_s if self._receiver is not None else 0.0
        return self.watch.outage_ms(max(since_s, silent_until_s))

    def open_turn_loss(self) -> inp.TurnLoss | None:
        """None: no turn is open."""
        return self._turn_loss() if self._listening else None

    def _turn_loss(self) -> inp.TurnLoss:
        """Of the turn until now, with what has not come since the last packet."""
        receiver, turn = self._receiver, self._turn
        if receiver is None:
            return inp.TurnLoss()
        lost_ms, concealed_ms = receiver.span_quality(turn.from_s, receiver.position_s)
        self._note_jitter()
        lost_ms += self.outage_ms(turn.opened_s)
        return inp.TurnLoss(lost_ms, concealed_ms, turn.jitter_ms)

    def _note_jitter(self) -> None:
        """Five times a second, as often as levels come: its average reaches back further."""
        if self._receiver is not None:
            self._turn.jitter_ms = max(self._turn.jitter_ms, self._receiver.jitter_ms)

    # --- what the receiver says ---

    def _handle(self, events: list[heard.ReceiverEvent]) -> None:
        for event in events:
            self._handle_one(event)

    def _handle_one(self, event: heard.ReceiverEvent) -> None:
        match event:
            case heard.Level():
                self._note_jitter()
                self._owner.level(event)
            case heard.SpeechStarted():
                self._turn.first_speech_s = event.at_s
                self._owner.post(inp.SpeechStarted(event.turn_epoch))
            case heard.SpeechPaused() | heard.SpeechResumed() | heard.AudioLost():
                self._pause_changed(event)
            case heard.SegmentClosed():
                self._segment_closed(event)
            case heard.InterimDue():
                self._interim_due(event)
            case heard.TurnNotice():
                remaining_s = event.remaining_ms / 1000
                self._owner.post(inp.TurnNearLimit(event.turn_epoch, remaining_s))
            case heard.TurnEnded():
                self._turn_ended(event)
            case heard.SourceLimit():
                self._owner.too_many_sources()
            case heard.BargeIn() | heard.EchoHeard() | heard.Backchannel():
                self._over_the_bot(event)

    def _over_the_bot(self, event: heard.BargeIn | heard.EchoHeard | heard.Backchannel) -> None:
        match event:
            case heard.BargeIn():
                self._owner.barge_in(event.start_s)
            case heard.EchoHeard():
                self._owner.post(inp.EchoHeard(event.at_s))
            case heard.Backchannel():
                pass  # counted by the receiver; "mm-hm" asks for nothing

    def _pause_changed(
        self, event: heard.SpeechPaused | heard.SpeechResumed | heard.AudioLost
    ) -> None:
        match event:
            case heard.SpeechPaused():
                self._turn.last_speech_s = event.last_speech_s
                paused = inp.SpeechStopped(event.turn_epoch, event.pause_ms, event.spoken_ms)
                self._owner.post(paused)
            case heard.SpeechResumed():
                self._owner.post(inp.SpeechResumed(event.turn_epoch, event.pause_ms))
            case heard.AudioLost():
                self._owner.post(inp.AudioLost(event.turn_epoch, event.lost_ms))

    def _segment_closed(self, event: heard.SegmentClosed) -> None:
        info = event.segment.info
        self._keep_packets()  # in the spool before its transcript can trim them
        self._turn.last_speech_s = info.end_s
        self._counts.segment(info.level_dbfs)
        self._transcribe(event.segment)

    def _interim_due(self, event: heard.InterimDue) -> None:
        if self._owner.open:
            self._transcribe(event.segment)
        else:
            self.interim_done(event.segment.info.segment_id)

    def _transcribe(self, audio: SegmentAudio) -> None:
        info = audio.info.later_by(self.media_offset_s)
        self._owner.transcribe(replace(audio, info=info))

    def _turn_ended(self, event: heard.TurnEnded) -> None:
        detail = f"silence {event.silence_ms} ms"
        if event.reason != "silence":
            detail = f"after {event.duration_ms / 1000:.1f} s, silence {event.silence_ms} ms"
        self._turn_over(
            event.turn_epoch,
            event.reason,
            event.first_speech_s,
            event.last_speech_s,
            event.first_speech_s + event.duration_ms / 1000,
            detail=detail,
            silence_ms=event.silence_ms,
        )

    def _turn_over(
        self,
        turn_epoch: int,
        reason: TurnEndReason,
        first_s: float | None,
        last_s: float | None,
        until_s: float,
        *,
        detail: str = "",
        silence_ms: int | None = None,
    ) -> None:
        """On this connection's media time: the first and the last speech, and how far the audio had
        come."""
        loss = self._turn_loss()
        self._owner.post(
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
                until_s=self._on_timeline(until_s),
            )
        )

    def _on_timeline(self, at_s: float | None) -> float | None:
        return None if at_s is None else at_s + self.media_offset_s
