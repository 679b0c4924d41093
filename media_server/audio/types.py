"""Values that pass between the rooms on the candidate's audio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from media_server.segment_info import SegmentInfo

if TYPE_CHECKING:  # half of what a command or the supervisor would load, and they see no sound
    import numpy as np
    from numpy.typing import NDArray

Pcm: TypeAlias = "NDArray[np.int16]"
"""Mono PCM, 16 kHz unless a name says otherwise; shape (samples,)."""

SAMPLE_RATE = 16_000
RTP_CLOCK_RATE = 48_000
"""Opus always counts RTP time at 48 kHz (RFC 7587 §4.1)."""
PACKET_MS = 20
GateName = Literal["silero", "webrtc"]
"""Who says what is the candidate's speech: see `audio/gate`."""


@dataclass(slots=True)
class RtpPacket:
    """One decrypted RTP packet of the candidate's microphone (RFC 3550 §5.1).

    Nobody changes one; `frozen` is left out because it makes each of 50 a second and call cost
    four times as much.
    """

    ssrc: int
    sequence_number: int
    timestamp: int
    marker: bool
    payload_type: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class SpeechClip:
    """One utterance of the bot, encoded once: 20 ms Opus packets, 48 kHz RTP clock, mono."""

    key: str
    """SHA-256 (hex) over engine, voice and text: the same words are the same bytes."""
    text: str
    packets: Sequence[bytes]
    """A tuple, or `GrowingPackets` while the last ones are still being encoded."""
    engine: str
    voice: str
    sentences: tuple[tuple[float, str], ...] = ()
    """(start_s within the clip, sentence): captions, and where a false barge-in resumes."""
    levels: bytes = b""
    """Of each packet in bands (`band_levels.pack_levels`): what its echo is recognised by. Empty:
    not known, and then an echo of this clip passes for speech."""

    @property
    def duration_s(self) -> float:
        """Length in seconds: 20 ms a packet."""
        return len(self.packets) * PACKET_MS / 1000


@dataclass(frozen=True, slots=True)
class SegmentAudio:
    """A stretch of the candidate's speech that is closed, or the open one so far (interim)."""

    info: SegmentInfo
    pcm: Pcm = field(repr=False)
    final: bool
