"""The same words at another tempo, with the pitch of the voice. Blocking; for the speech child.

FFmpeg's `atempo` (overlap and add): the same samples give the same samples.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.filter import Graph

from media_server.audio.types import Pcm
from media_server.ports import RawSpeech


def at_tempo(raw: RawSpeech, tempo: float) -> RawSpeech:
    """`tempo` 0.5 to 2: below 1 it is slower, and longer by as much.

    Less than 0.1 s stays as it is: the filter needs some to work on.
    """
    if tempo == 1.0 or raw.samples.size < raw.sample_rate // 10:
        return raw
    graph = Graph()
    rate = raw.sample_rate
    source = graph.add_abuffer(
        format="s16", sample_rate=rate, layout="mono", time_base=Fraction(1, rate)
    )
    filter_ = graph.add("atempo", f"{tempo:.3f}")
    sink = graph.add("abuffersink")
    source.link_to(filter_)
    filter_.link_to(sink)
    graph.configure()
    samples = np.ascontiguousarray(raw.samples, np.int16).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    source.push(frame)
    source.push(None)
    pieces: list[Pcm] = []
    while True:
        try:
            made = sink.pull()
        except (av.EOFError, av.BlockingIOError):
            break
        if isinstance(made, av.AudioFrame):
            pieces.append(np.asarray(made.to_ndarray(), np.int16).reshape(-1))
    return RawSpeech(np.concatenate(pieces), rate)
