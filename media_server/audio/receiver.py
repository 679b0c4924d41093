"""The audio receiver: packets in, events out. Everything of the audio room, composed.

Pure: no clock, no loop, no socket. The shell calls `receive` for every packet, `handle_timer` at
`deadline()`, and does what the events say.

    packet -> jitter buffer -> decoder -> ring -> speech gate -> segmenter, turn detector

Media time is the sender's: it advances with the audio, not with the clock on the wall, and starts
at 0 with the connection's first packet.

Over 400 lines on purpose: it composes the stages of the path, each of which is a module of its own.
"""

from __future__ import annotations

from array import array
from collections import deque

from media_server.audio.decode import DecodeChain, Frames
from media_server.audio.events import (
    AudioLost,
    AudioQuality,
    Backchannel,
    BargeIn,
    EchoHeard,
    InterimDue,
    Level,
    ReceiverEvent,
    ReceiverSettings,
    SegmentClosed,
    SourceLimit,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TurnEnded,
    TurnNotice,
)
from media_server.audio.gate.factory import make_gate
from media_server.audio.jitter import MAX_GAP_SAMPLES, JitterBuffer, Slot
from media_server.audio.levels import power_dbfs
from media_server.audio.over_bot import EchoFound, OverBot
from media_server.audio.ring import FRAME_MS, FRAME_SAMPLES, SAMPLES_PER_MS, Origin, PcmRing
from media_server.audio.segments import Segmenter, Span
from media_server.audio.sending import Sending
from media_server.audio.turns import TurnDetector
from media_server.audio.types import RTP_CLOCK_RATE, SAMPLE_RATE, RtpPacket, SegmentAudio
from media_server.audio.unsent import UnsentSilence
from media_server.segment_info import SegmentId, SegmentInfo

__all__ = [
    "AudioLost",
    "AudioQuality",
    "AudioReceiver",
    "Backchannel",
    "BargeIn",
    "EchoHeard",
    "InterimDue",
    "Level",
    "ReceiverEvent",
    "ReceiverSettings",
    "SegmentClosed",
    "SourceLimit",
    "SpeechPaused",
    "SpeechResumed",
    "SpeechStarted",
    "TurnEnded",
    "TurnNotice",
]

RING_S = 40.0
_IDLE_FRAMES = 8000 // FRAME_MS
"""What is kept while no segment is open: enough for any pre-roll."""
_MAX_PACKETS = 3000
_LAST_HEARD = int(Origin.FEC)
"""Received, DTX and FEC tell what was said, or that nothing was; the rest does not."""
_TOGETHER_MS = 2000


class AudioReceiver:
    """One connection's reception. `close` frees the decoder; afterwards nothing is given.

    Raises OpusUnavailable when made on a machine without libopus. Over 20 attributes on purpose: it
    composes the stages of the path and keeps what they share, the place in the audio.
    """

    def __init__(self, settings: ReceiverSettings, *, connection_epoch: int) -> None:
        self._settings = settings
        self._epoch = connection_epoch
        self._jitter = JitterBuffer()
        self._unsent = UnsentSilence()
        self._sending = Sending()
        self._speech = False
        self._muted = False
        self._plain = True
        """Packets go their usual way: they are kept, and so was the one before."""
        self._ring = PcmRing(RING_S)
        self._chain = DecodeChain(self._ring)
        self._gate = make_gate(settings.gate, settings.talker_dbfs)
        self._turn = TurnDetector(settings)
        self._segmenter = Segmenter(settings)
        self._over = OverBot(settings.barge_in_ms, self._ring.read)
        self._clock = self._over.clock
        self._history_size = int(RING_S * 1000) // FRAME_MS
        self._speech_history = bytearray(self._history_size)
        self._heard_history = bytearray(self._history_size)
        self._power_history = array("f", bytes(4 * self._history_size))
        self._frame_count = 0
        self._level_frames = max(1, settings.level_ms // FRAME_MS)
        self._listening: int | None = None
        self.packets: deque[tuple[float, bytes]] = deque()
        """What `take_packets` would give; only its length is for others."""
        self._dropped_packets = 0
        self._limit_told = False
        self._kept = True
        self._renewed = False
        self._now_s = 0.0
        self._closed = False

    # --- input ------------------------------------------------------------------------------------

    def receive(self, packet: RtpPacket, now_s: float) -> list[ReceiverEvent]:
        """Take one packet of the microphone's stream, as it arrived.

        `now_s`: of the process clock. Answers what follows from it, in order; often nothing. Never
        raises for what a packet holds: one that is no Opus counts as lost time.
        """
        if self._closed:
            return []
        self._now_s = now_s
        self._unsent.packet(now_s)
        unsent_s = 0.0
        if not self._muted:  # messages and sound cross: a packet may come before the word of it
            unsent_s = self._sending.packet(packet, now_s, self._speech)
        events: list[ReceiverEvent] = []
        if self._plain and not unsent_s and (samples := self._jitter.pass_on(packet, now_s)):
            frames = self._chain.feed_next(packet.payload, samples)
            self._hear(packet.payload, frames, events)
        else:
            self._sort(packet, unsent_s, events)
        self._clock.note(self._frame_count * FRAME_MS / 1000, now_s)
        return events

    def _sort(self, packet: RtpPacket, unsent_s: float, events: list[ReceiverEvent]) -> None:
        """One that may be out of order, or before which something is missing."""
        for slot in self._jitter.receive(packet, self._now_s):
            if unsent_s:
                slot, unsent_s = _lost(slot, unsent_s), 0.0
            self._take(slot, events)
        if self._jitter.over_limit and not self._limit_told:
            self._limit_told = True
            events.append(SourceLimit())

    def handle_timer(self, now_s: float) -> list[ReceiverEvent]:
        """Give up what has waited too long at `now_s`.

        Call it when `deadline()` has passed; harmless at any time.
        """
        if self._closed:
            return []
        self._now_s = now_s
        events: list[ReceiverEvent] = []
        for slot in self._jitter.handle_timer(now_s):
            self._take(slot, events)
        self._take_unsent(events)
        if self._listening is not None:
            self._add_spans(self._segmenter.handle_timer(now_s), self._listening, events)
        return events

    def line_alive(self, now_s: float) -> list[ReceiverEvent]:
        """Something authentic that is no audio came at `now_s`: see `unsent`.

        Call it for each. Where nobody speaks any more in an open turn, missing packets may turn out
        to be silence, which ends the turn.
        """
        if self._closed:
            return []
        self._now_s = now_s
        if self._muted or not self._sending.sends_silence:
            self._unsent.sign(now_s)
        events: list[ReceiverEvent] = []
        self._take_unsent(events)
        return events

    @property
    def silent_until_s(self) -> float:
        """Of the process clock: up to here missing packets are known to be silence; else 0."""
        return self._unsent.silent_until_s

    @property
    def may_be_silent(self) -> bool:
        """While no packet comes: that may be silence, for this sender need not send any."""
        return self._sending.may_be_silent

    def deadline(self) -> float | None:
        """When `handle_timer` wants to be called (process clock); None: not before a packet."""
        if self._closed:
            return None
        due_s = self._jitter.deadline()
        if self._listening is None:  # so no turn awaits silence, either
            return due_s
        batch_s = self._segmenter.deadline()
        if due_s is None or (batch_s is not None and batch_s < due_s):
            due_s = batch_s
        if self._turn.awaits_silence and not self._jitter.waiting:
            silence_s = self._unsent.deadline()
            if due_s is None or (silence_s is not None and silence_s < due_s):
                due_s = silence_s
        return due_s

    @property
    def waits(self) -> bool:
        """Whether the packet that came last may have given `deadline` something to tell: packets
        wait behind a gap, or speech goes on."""
        return self._segmenter.start is not None or self._jitter.waiting > 0

    def close(self) -> None:
        """Free the decoder and the audio. Take what is owed by `finish` before."""
        self._closed = True
        self._listening = None
        self._turn.stop()
        self._chain.close()
        self._ring.release(self._ring.frames)

    # --- turns ------------------------------------------------------------------------------------

    def listen(
        self, turn_epoch: int, *, from_s: float | None = None, max_turn_ms: int | None = None
    ) -> list[ReceiverEvent]:
        """Begin a turn now, or at `from_s` in the past (BargeIn.start_s, TurnEnded.last_speech_s).

        What the ring holds since then is judged again; 0.2 s of padding before it is included.
        Without `from_s`, speech that is going on and began within the last 2 s belongs to the
        turn. Audio that was already given in a final is not given again. A turn that is open is
        stopped first.
        """
        events = self.stop_listening()
        if self._closed:
            return events
        start = self._frame_count
        if from_s is not None:
            start = min(start, round(from_s * 1000) // FRAME_MS)
        elif self._over.barge_in.run_start_ms is not None:
            begun = self._over.barge_in.run_start_ms // FRAME_MS
            if start - begun <= _TOGETHER_MS // FRAME_MS:
                start = begun
        start = max(start, self._segmenter.end, self._ring.oldest_frame, 0)
        self._listening = turn_epoch
        self._turn.start(turn_epoch, start * FRAME_MS, max_turn_ms)
        self._segmenter.begin(start)
        size = self._history_size
        for index in range(start, self._frame_count):
            if self._turn.turn_epoch is None:  # it is over again
                break
            at = index % size
            self._judge(
                index,
                bool(self._speech_history[at]),
                bool(self._heard_history[at]),
                self._power_history[at],
                events,
            )
        return events

    def stop_listening(self) -> list[ReceiverEvent]:
        """No more turns until `listen`; the open segment is closed as final."""
        epoch, self._listening = self._listening, None
        self._turn.stop()
        events: list[ReceiverEvent] = []
        if epoch is not None:
            last = self._segmenter.close()
            self._add_spans([last] if last else None, epoch, events)
        return events

    def finish(self) -> list[ReceiverEvent]:
        """All that arrived has been said: what waits behind a gap is heard, then the turn ends."""
        events: list[ReceiverEvent] = []
        if not self._closed:
            for slot in self._jitter.flush():
                self._take(slot, events)
        return events + self.stop_listening()

    def bot_speaking(self, speaking: bool) -> None:
        """Tell when the bot's sound begins and ends; BargeIn and Backchannel come between."""
        self._over.barge_in.bot_speaking(speaking)
        self._gate.bot_speaking(speaking)

    def bot_voice_begins(self, levels: bytes, position_s: float, now_s: float) -> None:
        """The clip whose `SpeechClip.levels` these are is sent, from `position_s` on, as of `now_s`
        (process clock). What is its echo is no speech; EchoHeard says that there was some. Without
        this call, or with empty levels, nothing is known of an echo."""
        self._over.voice_begins(levels, position_s, now_s)

    def bot_voice_ends(self, now_s: float) -> None:
        """Nothing more of the clip is sent: it is over, or was stopped."""
        self._over.voice_ends(now_s)

    def keep(self, kept: bool) -> None:
        """False: nobody listens. Until True, what is received counts as marked silence: time goes
        on with it, and nothing of it is decoded, kept, or given."""
        self._renewed = self._renewed or (kept and not self._kept)
        self._kept = kept
        self._plain = kept and not self._renewed
        self._sending.forget()

    def mute(self, muted: bool) -> None:
        """The candidate has muted the microphone: what is not sent is silence, whoever sends it."""
        self._muted = muted
        self._sending.forget()

    def set_silence_ms(self, silence_ms: int) -> None:
        """The candidate's pace, before extension and accommodation."""
        self._turn.set_silence_ms(silence_ms)

    def set_wait_ms(self, wait_ms: int) -> None:
        """How long the pause that runs may be, before the accommodation; for that pause alone."""
        self._turn.set_wait_ms(wait_ms)

    def hold(self, hold_s: float) -> None:
        """No end of turn for so long ("let me think"), unless speech goes on before."""
        self._turn.hold(hold_s)

    def interim_done(self, segment_id: SegmentId) -> None:
        """The result of an interim came back, or never will: the next may be given."""
        if segment_id.connection_epoch == self._epoch and not segment_id.recovered:
            self._segmenter.interim_done(segment_id.number)

    # --- output -----------------------------------------------------------------------------------

    @property
    def position_s(self) -> float:
        """Media time of the end of the newest sample, in seconds."""
        return self._ring.position / SAMPLE_RATE

    @property
    def talker_dbfs(self) -> float:
        """The candidate's level as the gate knows it: what the next receiver may begin with."""
        return self._gate.peak_dbfs

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter of about the last third of a second, in ms (RFC 3550 A.8)."""
        return self._jitter.jitter_ms

    def take_packets(self) -> list[tuple[float, bytes]]:
        """(media time of its first sample, Opus payload) in order, since the last call.

        At most 3,000 are kept (60 s of speech); older ones are dropped and counted.
        """
        packets = list(self.packets)
        self.packets.clear()
        return packets

    def span_quality(self, start_s: float, end_s: float) -> tuple[int, int]:
        """(lost_ms, concealed_ms) of a span of media time, a whole answer included."""
        return self._ring.missing_ms(start_s, end_s)

    def quality(self) -> AudioQuality:
        """The counters as they stand now."""
        jitter, chain, totals = self._jitter, self._chain, self._ring.totals
        rejected = self._gate.counts
        return AudioQuality(
            received=jitter.received,
            lost=jitter.lost,
            duplicates=jitter.duplicates,
            late=jitter.late,
            malformed=jitter.malformed + chain.undecodable,
            reordered=jitter.reordered,
            fec_recovered=chain.fec_recovered,
            concealed_ms=totals[Origin.CONCEALED] // SAMPLES_PER_MS,
            lost_ms=totals[Origin.LOST] // SAMPLES_PER_MS,
            dtx_ms=totals[Origin.DTX] // SAMPLES_PER_MS,
            rebases=jitter.rebases,
            sources=jitter.sources,
            dropped_packets=self._dropped_packets,
            backchannels=self._over.barge_in.backchannels,
            echoes=self._over.echoes,
            echo_ms=self._over.echo_ms,
            far_ms=rejected.far * FRAME_MS,
            not_speech_ms=rejected.not_speech * FRAME_MS,
            gate_failed_ms=rejected.failed * FRAME_MS,
            jitter_ms=jitter.jitter_ms,
            level_dbfs=self._gate.level_dbfs,
        )

    # --- the line ---------------------------------------------------------------------------------

    def _take(self, slot: Slot, events: list[ReceiverEvent]) -> None:
        if not self._kept:
            missing = slot.gap_samples + slot.samples
            slot = Slot(b"", 0, missing, 0, slot.lost_packets, slot.reset)
        elif self._renewed:  # the decoder's past lies before the pause
            self._renewed = False
            self._plain = True
            slot = slot._replace(reset=True)
        if slot.lost_samples:
            lost = slot.lost_samples + slot.outage_samples
            events += self._turn.lost(lost * 1000 // RTP_CLOCK_RATE)
        self._hear(slot.payload, self._chain.feed(slot), events)

    def _hear(self, payload: bytes, frames: Frames, events: list[ReceiverEvent]) -> None:
        """`frames`: what the packet, and what was missing before it, has completed."""
        if payload:
            packets = self.packets
            packets.append((self._chain.packet_start / SAMPLE_RATE, payload))
            if len(packets) > _MAX_PACKETS:
                packets.popleft()
                self._dropped_packets += 1
        for frame, origin in frames:
            self._frame(frame, origin, events)

    def _take_unsent(self, events: list[ReceiverEvent]) -> None:
        """Silence that was not sent goes onto the timeline while a turn waits for it."""
        if not self._kept or not self._turn.awaits_silence or self._jitter.waiting:
            return
        frames = round(self._unsent.take_s(self._now_s, FRAME_MS / 1000) * 1000) // FRAME_MS
        if frames > 0:
            self._jitter.advance(frames * FRAME_MS * RTP_CLOCK_RATE // 1000)
            for frame, origin in self._ring.write_silence(frames * FRAME_SAMPLES, Origin.DTX):
                self._frame(frame, origin, events)

    def _frame(self, frame: bytes, origin: int, events: list[ReceiverEvent]) -> None:
        index = self._frame_count
        self._frame_count = index + 1
        gate = self._gate
        speech = gate.judge(frame, origin)
        power, heard = gate.power, origin <= _LAST_HEARD
        speech, over = self._over.frame(index, speech, power, heard)
        self._speech = speech
        at = index % self._history_size
        self._speech_history[at] = speech
        self._heard_history[at] = heard
        self._power_history[at] = power
        if over is not None:
            if isinstance(over, EchoFound):
                self._echo_found(over, events)
            else:
                events.append(over)
        if self._listening is not None:
            self._judge(index, speech, heard, power, events)
        if not index % self._level_frames:
            events.append(Level(gate.level_dbfs, speech))
            self._release()

    def _echo_found(self, echo: EchoFound, events: list[ReceiverEvent]) -> None:
        """What has been judged already was no speech: a turn that begins there must not hear it."""
        for index in range(echo.from_frame, self._frame_count):
            self._speech_history[index % self._history_size] = False
        if echo.first:
            events.append(EchoHeard(echo.from_frame * FRAME_MS / 1000))

    def _judge(
        self, index: int, speech: bool, heard: bool, power: float, events: list[ReceiverEvent]
    ) -> None:
        """One frame, where a turn is open: segments first, so that finals precede its end."""
        if speech or self._segmenter.start is not None:
            spans = self._segmenter.frame(index, speech, power, self._now_s)
            if spans and self._listening is not None:
                self._add_spans(spans, self._listening, events)
        found = self._turn.frame((index + 1) * FRAME_MS, speech, heard)
        if not found:
            return
        if isinstance(found[-1], TurnEnded):
            events += found[:-1]
            events += self.stop_listening()
            events.append(found[-1])
        else:
            events += found

    def _add_spans(self, spans: list[Span] | None, epoch: int, events: list[ReceiverEvent]) -> None:
        for span in spans or ():
            segment = self._segment(span, epoch)
            events.append(SegmentClosed(segment) if span.final else InterimDue(segment))

    def _segment(self, span: Span, turn_epoch: int) -> SegmentAudio:
        start, end = span.start * FRAME_SAMPLES, span.end * FRAME_SAMPLES
        start_s, end_s = start / SAMPLE_RATE, end / SAMPLE_RATE
        lost_ms, concealed_ms = self._ring.missing_ms(start_s, end_s)
        info = SegmentInfo(
            SegmentId(self._epoch, span.number),
            turn_epoch,
            start_s,
            end_s,
            speech_ms=span.speech_frames * FRAME_MS,
            lost_ms=lost_ms,
            concealed_ms=concealed_ms,
            level_dbfs=power_dbfs(span.power),
        )
        return SegmentAudio(info, self._ring.read(start, end), final=span.final)

    def _release(self) -> None:
        """Let audio go that neither the open segment nor a pre-roll can ask for."""
        keep = self._frame_count - _IDLE_FRAMES
        needed = self._segmenter.start
        if needed is not None:
            keep = min(keep, needed)
        if keep > 0:
            self._ring.release(keep)


def _lost(slot: Slot, unsent_s: float) -> Slot:
    """Nothing came for so long from a sender that would have sent silence: that is a loss."""
    if slot.lost_samples:
        return slot
    gap = min(MAX_GAP_SAMPLES, round(unsent_s * RTP_CLOCK_RATE))
    beyond = round(unsent_s * RTP_CLOCK_RATE) - gap
    return slot._replace(gap_samples=gap, lost_samples=gap, outage_samples=beyond, reset=True)
