"""What the candidate's audio has to say: the settings of `AudioReceiver` and its events.

All times are seconds of media time on the connection: 0 is the first sample that arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from media_server.audio.types import GateName, SegmentAudio

TurnEndReason = Literal["silence", "soft_landing", "hard_limit"]


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """Turn-taking in milliseconds of media time.

    `time_multiplier` is applied here, after pace and extension, to silence and turn limits; do
    not apply it before.
    """

    silence_ms: int = 2000
    min_turn_ms: int = 3000
    max_turn_ms: int = 300_000
    chunk_ms: int = 500
    batch_chunks: int = 4
    batch_ms: int = 2000
    time_multiplier: float = 1.0
    segment_pause_ms: int = 500
    """A pause this long closes the segment."""
    padding_ms: int = 200
    """Kept on both sides of a segment's speech."""
    cut_from_ms: int = 12_000
    cut_until_ms: int = 20_000
    """Speech without a pause is cut at the quietest point between these."""
    interim_window_ms: int = 8000
    prepare_ms: int = 500
    """Pause that is reported, so that a reply is prepared and the pause judged: the one that
    closes the segment, for its words are what the pause is judged by."""
    barge_in_ms: int = 240
    """Speech over the bot; the gate takes some 60 ms more to hear that it began."""
    notice_share: float = 0.8
    soft_pause_ms: int = 1000
    """From `max_turn_ms` on a pause this long ends the turn."""
    hard_limit_ms: int = 30_000
    """After `max_turn_ms` the turn lasts at most this much longer."""
    level_ms: int = 200
    gate: GateName = "silero"
    """Who says what is the candidate's speech."""
    talker_dbfs: float | None = None
    """The candidate's level as `AudioReceiver.talker_dbfs` had it before, at the same gate; None:
    not known."""

    def __post_init__(self) -> None:
        for name in ("silence_ms", "max_turn_ms", "chunk_ms", "batch_chunks", "batch_ms"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        if self.time_multiplier < 1:
            raise ValueError(f"time_multiplier must be at least 1, not {self.time_multiplier}")
        if not self.cut_from_ms < self.cut_until_ms <= 30_000:
            raise ValueError("cut_from_ms must be below cut_until_ms, which is at most 30000")
        if self.padding_ms * 2 > self.segment_pause_ms:
            raise ValueError("padding_ms on both sides must fit into segment_pause_ms")


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The first speech of a turn."""

    turn_epoch: int
    at_s: float


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """`prepare_ms` of received silence: worth preparing what the bot says next. Told again where an
    outage began the pause again."""

    turn_epoch: int
    last_speech_s: float
    pause_ms: int
    spoken_ms: int
    """First speech of the turn to the last."""


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """Speech again after a SpeechPaused: the reply that was prepared is stale."""

    turn_epoch: int
    at_s: float
    pause_ms: int
    """How long the pause was, as far as it was received."""


@dataclass(frozen=True, slots=True)
class AudioLost:
    """More than a second of an open turn never came in one piece; the line is back."""

    turn_epoch: int
    lost_ms: int


@dataclass(frozen=True, slots=True)
class SegmentClosed:
    """A segment is complete; its transcript is final and owed."""

    segment: SegmentAudio


@dataclass(frozen=True, slots=True)
class InterimDue:
    """The open segment so far, at most its last 8 s. Answer with `AudioReceiver.interim_done`."""

    segment: SegmentAudio


@dataclass(frozen=True, slots=True)
class TurnNotice:
    """80 % of the longest turn is used up."""

    turn_epoch: int
    remaining_ms: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over; every segment of it was given before this event."""

    turn_epoch: int
    reason: TurnEndReason
    first_speech_s: float
    last_speech_s: float
    silence_ms: int
    """Received silence since the last speech."""
    duration_ms: int
    """First speech to now."""


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The candidate speaks over the bot: stop it. `start_s` is where that speech began."""

    start_s: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Backchannel:
    """A sound over the bot too short to be an interruption ("mm-hm"): counted, ignored."""

    at_s: float
    duration_ms: int


@dataclass(frozen=True, slots=True)
class EchoHeard:
    """The bot's own voice came back and was ignored. `at_s`: where. Once an utterance."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Level:
    """For the meter: dBFS of the last 100 ms, at most one each 200 ms."""

    dbfs: float
    speech: bool


@dataclass(frozen=True, slots=True)
class SourceLimit:
    """More synchronisation sources than one candidate can have: close the call. Given once."""


ReceiverEvent = (
    SpeechStarted
    | SpeechPaused
    | SpeechResumed
    | AudioLost
    | SegmentClosed
    | InterimDue
    | TurnNotice
    | TurnEnded
    | BargeIn
    | Backchannel
    | EchoHeard
    | Level
    | SourceLimit
)


@dataclass(frozen=True, slots=True)
class AudioQuality:
    """What became of one connection's packets since it began. Counts of packets unless named
    otherwise. They only grow; levels and jitter are those of now.
    """

    received: int = 0
    lost: int = 0
    """Packets that did not come in time, by sequence number."""
    duplicates: int = 0
    late: int = 0
    """Came after their place had been given up; part of `lost`."""
    malformed: int = 0
    """Neither decodable nor countable: dropped."""
    reordered: int = 0
    fec_recovered: int = 0
    concealed_ms: int = 0
    lost_ms: int = 0
    """Time without any sound of the candidate: neither received, recovered nor concealed."""
    dtx_ms: int = 0
    rebases: int = 0
    """Jumps of the sender's clock that were not believed."""
    sources: int = 0
    dropped_packets: int = 0
    """Taken too late by `take_packets`."""
    backchannels: int = 0
    echoes: int = 0
    """Utterances of the bot that came back by the microphone."""
    echo_ms: int = 0
    """Sound that was taken for the bot's own, and for no speech."""
    far_ms: int = 0
    """Like speech, and further below the candidate's level than the candidate: not heard."""
    not_speech_ms: int = 0
    """Near enough and no speech (keys, breath, knocks, music): not heard."""
    gate_failed_ms: int = 0
    """Judged without the network, because it failed."""
    jitter_ms: float = 0.0
    """Interarrival jitter (RFC 3550 A.8)."""
    level_dbfs: float = -100.0
