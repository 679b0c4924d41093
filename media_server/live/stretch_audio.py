"""The audio of a stretch for the record, from that of its segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.interview.record import Stretch


def joined(stretch: Stretch, segments: Sequence[Pcm]) -> Pcm:
    """`segments`: the audio of its pieces, in order. Each begins where the stretch says it does,
    whatever its audio came to; between them there is silence."""
    pcm = np.zeros(round(stretch.length_s * SAMPLE_RATE), np.int16)
    for piece, audio in zip(stretch.pieces, segments, strict=True):
        start = round(piece.at_s * SAMPLE_RATE)
        room = min(pcm.size - start, round(piece.length_s * SAMPLE_RATE), audio.size)
        pcm[start : start + room] = audio[:room]
    return pcm
