"""Silero under a near gate that knows the room: the default.

A frame is asked about only where webrtcvad fires and the level comes near the bar; then Silero says
whether it is speech at all, and the near gate whether it is the talker's. While it is, Silero is
asked again about the last 32 ms every 0.3 s: speech does not turn into keys from one frame to the
next, and an inference costs as much as four packets. While it is not, it hears everything.
"""

from __future__ import annotations

from collections import deque

import webrtcvad

from media_server.audio.gate.near import NearGate
from media_server.audio.gate.policy import GateCounts
from media_server.audio.gate.silero_model import CHUNK, CONTEXT, SileroNetwork, SileroStream
from media_server.audio.levels import SpeechBand, power_dbfs
from media_server.audio.ring import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, Origin
from media_server.audio.types import SAMPLE_RATE

_REAL_SOUND = (int(Origin.RECEIVED), int(Origin.FEC))
_VAD_MODE = 2
"""The more willing one: what it misses nobody looks at again."""
_BEGINS, _GOES_ON = 0.5, 0.35
"""Likelihoods, Silero's own defaults."""
_BEGINS_OVER_BOT = 0.7
"""An echo through a small loudspeaker is less sure than a talker."""
_CONFIRMED = 400 // FRAME_MS
"""How long a yes of Silero's holds."""
_ASK_AGAIN = 100 // FRAME_MS
"""How long before it runs out Silero is asked again."""
_MARGIN_DB = 3.0
"""Below the bar what is said still tells the near gate that others speak."""
_MOST_CHUNKS = 4
_RECHECK_CHUNKS = 1
_BUFFER = -(-(_MOST_CHUNKS * CHUNK + CONTEXT) // FRAME_SAMPLES) + 1
_VOTES, _OF = 3, 5
_MASK = (1 << _OF) - 1
_VOTES_AMONG_VOICES, _OF_AMONG_VOICES = 7, 10
"""To break a silence where others speak, by what is not near: a burst of theirs is shorter."""
_MASK_AMONG_VOICES = (1 << _OF_AMONG_VOICES) - 1
_ENOUGH = tuple((h & _MASK).bit_count() >= _VOTES for h in range(_MASK_AMONG_VOICES + 1))
_WINDOW = 5


class SileroGate:
    """A `SpeechGate`. Where the network fails, webrtcvad's word is taken under the stricter bar."""

    def __init__(self, network: SileroNetwork, talker_dbfs: float | None = None) -> None:
        self._is_voiced = webrtcvad.Vad(_VAD_MODE).is_speech
        self._power = SpeechBand(FRAME_SAMPLES).power
        self._near = NearGate(talker_dbfs)
        self._stream = SileroStream(network)
        self._frames: deque[bytes] = deque([bytes(FRAME_BYTES)] * _BUFFER, _BUFFER)
        self._unheard = 0
        """Samples since the network was last asked."""
        self._confirmed = 0
        """Frames for which Silero's yes still holds."""
        self._bot = self._broken = False
        self._history = 0
        self._heard = False
        """Whether the last frame was the talker's speech."""
        self._powers = [0.0] * _WINDOW
        self._at = 0
        self._far = self._not_speech = self._failed = 0
        self.power = 0.0

    @property
    def level_dbfs(self) -> float:
        """Of the last 100 ms, the whole band."""
        return power_dbfs(sum(self._powers) / _WINDOW)

    @property
    def peak_dbfs(self) -> float:
        """Of the talker, in the speech band."""
        return self._near.peak

    @property
    def counts(self) -> GateCounts:
        """Frames kept out, by reason."""
        return GateCounts(self._far, self._not_speech, self._failed)

    def bot_speaking(self, speaking: bool) -> None:
        """While it does a voice must be surer, and no level is learnt."""
        if self._bot and not speaking:
            self._near.turn_begins()
        self._bot = speaking

    def judge(self, frame: bytes, origin: int) -> bool:
        """Whether `_VOTES` of the last `_OF` frames were speech of the talker."""
        if real := origin in _REAL_SOUND:
            power, band = self._power(frame)
            voiced = self._is_voiced(frame, SAMPLE_RATE, FRAME_SAMPLES)
        else:
            power, band, voiced = 0.0, 0.0, False
        at = self._at
        self.power = self._powers[at] = power
        self._at = at + 1 if at < _WINDOW - 1 else 0
        self._frames.append(frame)
        self._unheard += FRAME_SAMPLES
        if self._confirmed:
            self._confirmed -= 1
        learn = not self._bot  # else its echo would be learnt as a talker
        passed = self._may_be_talker(band, learn) if voiced else self._goes_on(band, learn, real)
        self._history = history = (self._history << 1 | passed) & _MASK_AMONG_VOICES
        heard = _ENOUGH[history]
        if heard and not self._heard and self._near.crowded and not self._near.is_clear:
            heard = history.bit_count() >= _VOTES_AMONG_VOICES
        self._heard = heard
        return heard

    def _goes_on(self, band: float, learn: bool, real: bool) -> bool:
        """Whether a frame that is not voiced is the hiss at the end of a word."""
        near = self._near
        above_db = near.measure(band, self._broken, real)
        hiss = real and learn and self._confirmed > 0 and above_db > 0 and near.stands_out
        if learn:
            near.follow(hiss, hiss, False)
        return hiss

    def _may_be_talker(self, band: float, learn: bool) -> bool:
        """Whether a voiced frame is speech, and near. `band`: its power in the speech band."""
        above_db = self._near.measure(band, self._broken)
        speech = passed = False
        if above_db > -_MARGIN_DB:
            # its yes holds, and it is not yet time to ask again
            speech = self._confirmed > _ASK_AGAIN or self._is_speech()
            passed = speech and above_db > 0
            self._not_speech += not speech
        if above_db <= 0:
            self._far += 1
        if learn:
            self._near.follow(speech, passed, True)
        return passed

    def _is_speech(self) -> bool:
        """Ask the network, if its last yes does not hold for long, and there is a chunk to hear."""
        if self._confirmed > _ASK_AGAIN or self._unheard < CHUNK:
            return self._confirmed > 0 or self._broken
        try:
            likelihood = self._stream.likelihood(self._next_chunks())
        except Exception:  # onnxruntime raises kinds of its own; a call must not end for one
            self._failed += 1
            self._broken = True
            return True
        self._broken = False
        begins = _BEGINS_OVER_BOT if self._bot else _BEGINS
        if likelihood >= (_GOES_ON if self._confirmed else begins):
            self._confirmed = _CONFIRMED
        return self._confirmed > 0

    def _next_chunks(self) -> bytes:
        """What comes after the last one, or the newest where too much was left out."""
        chunks = self._unheard // CHUNK
        rest = self._unheard % CHUNK
        if self._confirmed and chunks > _RECHECK_CHUNKS:
            chunks, rest = _RECHECK_CHUNKS, 0
        elif chunks > _MOST_CHUNKS:
            chunks, rest = _MOST_CHUNKS, 0  # the state is of old: better than none, measured
        self._unheard = rest
        pcm = b"".join(self._frames)
        end = len(pcm) - 2 * rest
        return pcm[end - 2 * (chunks * CHUNK + CONTEXT) : end]
