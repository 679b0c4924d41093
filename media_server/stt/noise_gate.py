"""Whether words were made of noise: from what Whisper says of its own decoding. Pure.

A breath, a knock or a cough that the speech detector lets through comes out as "Oh.", "Thank you."
or syllables. The model knows better: it finds such a segment far less like speech than any word
that somebody said, and it guesses. Neither tells them apart alone, since a person in a loud room is
guessed at, too. benchmarks/stt_noise.py measures both sides: noise that comes through, and short
answers that would be lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from media_server.ports import Transcription
from media_server.stt.hallucination_filter import MOST_KEPT

REASON = "noise, no speech"
LEAST_NO_SPEECH = 0.15
LOG_PROB_WEIGHT = 0.3
LIMIT = 0.5
"""Short answers measured up to 0.58 (a synthetic "Okay."), else 0.46; noise without voices from
0.55, voices of others all at once from 0.39."""
CERTAIN = 0.65
"""Not worth another decode: no speech came near, at 5 dB over a room of voices at most 0.60."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one decoding says of itself."""

    no_speech: float = 0.0
    """The first token's probability of no speech at all."""
    mean_log_prob: float = 0.0
    """Of a token, in the worst of its pieces."""

    @property
    def score(self) -> float:
        """How much it looks like noise: 0, not at all; 1, certainly."""
        if self.no_speech < LEAST_NO_SPEECH:
            return 0.0
        return self.no_speech - LOG_PROB_WEIGHT * self.mean_log_prob


def evidence(segments: Iterable[Any]) -> Evidence:
    """Of what faster-whisper returns: its `Segment`s of one piece of audio."""
    pieces = list(segments)
    if not pieces:
        return Evidence()
    return Evidence(
        float(pieces[0].no_speech_prob), min(float(piece.avg_logprob) for piece in pieces)
    )


def gated(made: Transcription, of: Evidence) -> Transcription:
    """`made`, or nothing but what was rejected."""
    if not made.text or of.score < LIMIT:
        return made
    return replace(
        made,
        text="",
        words=(),
        confidence=None,
        rejected="; ".join(filter(None, (made.rejected, REASON))),
        rejected_text=" ".join(filter(None, (made.text, made.rejected_text)))[:MOST_KEPT],
    )
