"""One labelled clip, and the pure functions that make it. Labels are exact by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.turns.sounds import Sound, decibels, fade, words
from media_server.audio.types import SAMPLE_RATE, Pcm

ROOM_DBFS = -66.0
"""A quiet room: never digital zero."""
Span = tuple[float, float]


@dataclass(frozen=True)
class Clip:
    """What one microphone sends. Times are seconds from its first sample."""

    pcm: Pcm
    speech: tuple[Span, ...] = ()
    """The candidate's words; pauses of 0.3 s and more are not part of it."""
    end_s: float | None = None
    """The true end of the turn; None: the candidate says nothing, or nothing that is a turn."""
    bot: Span | None = None
    """When the bot speaks; the turn opens when it is over. None: the turn is open from 0 on."""
    bot_pcm: Pcm = field(default_factory=lambda: np.zeros(0, np.int16))
    """What it says, from `bot[0]` on."""
    outage: Span | None = None
    """Nothing of what is sent in it arrives."""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE


def to_pcm(sound: Sound) -> Pcm:
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16)


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * SAMPLE_RATE))


def turn(
    parts: Sequence[Sound],
    pauses_s: Sequence[float],
    *,
    lead_s: float = 0.6,
    tail_s: float = 8.5,
) -> tuple[Sound, tuple[Span, ...]]:
    """The parts with the pauses between them, and where each part lies."""
    out, spans, at_s = [silence(lead_s)], [], lead_s
    for index, part in enumerate(parts):
        out.append(fade(part))
        length_s = len(part) / SAMPLE_RATE
        spans.append((round(at_s, 4), round(at_s + length_s, 4)))
        at_s += length_s
        if index < len(pauses_s):
            out.append(silence(pauses_s[index]))
            at_s += pauses_s[index]
    out.append(silence(tail_s))
    return np.concatenate(out), tuple(spans)


def clip(sound: Sound, phrases: Sequence[Span], rng: np.random.Generator, *others: Sound) -> Clip:
    """`sound`, in which the candidate says `phrases`, in a quiet room; `others` are mixed in."""
    speech = [
        (round(start_s + first_s, 4), round(start_s + last_s, 4))
        for start_s, end_s in phrases
        for first_s, last_s in words(
            sound[round(start_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]
        )
    ]
    mixed = sound + rng.standard_normal(len(sound)) * decibels(ROOM_DBFS)
    for other in others:
        count = min(len(other), len(mixed))
        mixed[:count] += other[:count]
    return Clip(to_pcm(mixed), tuple(speech), phrases[-1][1] if phrases else None)


def over_bot(made: Clip, bot: Sound, at_s: float) -> Clip:
    """The bot speaks from `at_s` on. It is not in the microphone: see `noises.echo`."""
    return replace(made, bot=(at_s, at_s + len(bot) / SAMPLE_RATE), bot_pcm=to_pcm(bot))


def soften(part: Sound, down_db: float = 12.0, over_s: float = 1.0) -> Sound:
    """A sentence that ends softer: down over half of `over_s`, and the rest of it so."""
    count = min(round(over_s * SAMPLE_RATE), len(part))
    gain_db = np.zeros(len(part))
    fall = np.minimum(np.arange(count) / max(1, count // 2), 1.0) * -down_db
    gain_db[len(part) - count :] = fall
    return np.asarray(part * 10 ** (gain_db / 20))


def shifted(sound: Sound, at_s: float, seconds: float) -> Sound:
    """`sound` from `at_s` on, in a clip of `seconds`."""
    out = silence(seconds)
    start = round(at_s * SAMPLE_RATE)
    out[start : start + len(sound)] += sound[: max(0, len(out) - start)]
    return out
