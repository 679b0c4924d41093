"""What turn-taking is judged in: each condition makes its labelled clips from a seed.

    from benchmarks.turns.conditions import CONDITIONS, Maker
    clips = CONDITIONS["babble 10 dB"].clips(Maker(FOLDER))

The same condition gives the same samples every time. Four kinds of it:

- turn: the candidate speaks with pauses; the turn is open from the beginning;
- question: the bot speaks, and nothing that comes is a reason to stop it;
- answer: the candidate answers while the bot speaks;
- sounds: nobody speaks for ten minutes, the turn is open.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.turns import noises
from benchmarks.turns.clips import Clip, Span, clip, over_bot, shifted, silence, soften, turn
from benchmarks.turns.sounds import (
    FLITE_VOICES,
    VOICE_DBFS,
    Sound,
    at_level,
    decibels,
    flite,
    halves,
    recording,
    spoken,
)
from media_server.audio.types import SAMPLE_RATE

Kind = Literal["turn", "question", "answer", "sounds"]
Rng = np.random.Generator
PAIRS = (
    ("ls_3080-5032-0004.wav", "ls_3080-5032-0005.wav"),
    ("ls_1998-15444-0000.wav", "ls_1998-15444-0005.wav"),
    ("ls_3005-163389-0001.wav", "ls_3005-163389-0004.wav"),
)
SHORT_PAUSES_S = (0.5, 0.8, 1.2, 1.6)
SHORT_WORDS = ("Yes.", "No.", "Okay.", "Never.", "Maybe.", "Sure.", "Right.", "Python.")
BACKCHANNELS = ("Okay.", "Mm hmm.", "Yeah.", "Right.", "Uh huh.", "I see.", "Sure.", "Mm.")
_SHORTEST_S = 3.3


@dataclass(frozen=True)
class Transport:
    """How the packets come."""

    dtx: bool = False
    """The encoder sends next to nothing in silence, as browsers do when told to."""
    sends_silence: bool = True
    """False: in silence no packet is sent at all."""
    loss: float = 0.0
    drift_ppm: float = 0.0
    """By how much the sender's clock is slow."""
    jumps: int = 0
    """How often the RTP timestamps jump although nothing is missing."""


@dataclass(frozen=True)
class Condition:
    name: str
    kind: Kind
    make: Callable[[Maker, Rng], Iterator[Clip]]
    count: int
    """How many clips."""
    transport: Transport = field(default_factory=Transport)
    needs_flite: bool = False

    @property
    def seed(self) -> int:
        return zlib.crc32(self.name.encode())

    def clips(self, maker: Maker, limit: int | None = None) -> Iterator[Clip]:
        """Its clips in order; `limit`: the first few of them."""
        rng = np.random.default_rng(self.seed)
        yield from islice(self.make(maker, rng), min(self.count, limit or self.count))

    @property
    def possible(self) -> bool:
        return not self.needs_flite or flite() is not None


class Maker:
    """The recordings of one folder as material for clips."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = sorted(path.name for path in folder.glob("l[sj]_*.wav"))
        self._names = [name for name in names if name not in noises.BABBLE]

    def sentence(self, index: int) -> Sound:
        """A sentence of at least 3.3 s, another for each index until all were given."""
        return self._long()[index % len(self._long())]

    def _long(self) -> list[Sound]:
        sounds = (recording(self.folder / name) for name in self._names)
        return [sound for sound in sounds if len(sound) >= _SHORTEST_S * SAMPLE_RATE]

    def parts(self, index: int) -> tuple[Sound, Sound]:
        """Two parts of a turn: one sentence cut in its middle, or two of one speaker."""
        sources = len(self._long()) + len(PAIRS)
        index %= sources
        if index >= len(self._long()):
            first, second = PAIRS[index - len(self._long())]
            return recording(self.folder / first), recording(self.folder / second)
        return halves(self.sentence(index))

    def noise(self, kind: str, seconds: float, rng: Rng, below_voice_db: float) -> Sound:
        sound = noises.noise(kind, seconds, rng, self.folder)
        return at_level(sound, VOICE_DBFS - below_voice_db)

    def bot(self, index: int) -> Sound:
        """What the bot says: LJ Speech, the voice that most synthesisers were trained on."""
        names = sorted(path.name for path in self.folder.glob("lj_*.wav"))
        names = [name for name in names if name not in noises.BABBLE]
        sounds = [recording(self.folder / name) for name in names]
        long = [sound for sound in sounds if len(sound) >= _SHORTEST_S * SAMPLE_RATE]
        return at_level(long[index % len(long)], -22.0)


Around = Callable[[Maker, float, Rng], Sound]
"""What else the microphone hears for so many seconds."""


def _turns(
    pauses_s: tuple[float, ...],
    around: Around | None = None,
    *,
    gain_db: float = 0.0,
    shape: Callable[[Sound], Sound] = lambda part: part,
) -> Callable[[Maker, Rng], Iterator[Clip]]:
    """Two parts with one pause; every source with each of the pauses in turn."""

    def make(maker: Maker, rng: Rng) -> Iterator[Clip]:
        for index in range(10_000):
            pause_s = pauses_s[index % len(pauses_s)]
            parts = [shape(part) * decibels(gain_db) for part in maker.parts(index)]
            sound, spans = turn(parts, [pause_s])
            others = [around(maker, len(sound) / SAMPLE_RATE, rng)] if around else []
            yield clip(sound, spans, rng, *others)

    return make


def _natural(maker: Maker, rng: Rng) -> Iterator[Clip]:
    """Whole sentences read aloud, with the pauses that their readers made."""
    for index in range(10_000):
        sound, spans = turn([maker.sentence(index)], [])
        yield clip(sound, spans, rng)


def _noise(kind: str, below_voice_db: float) -> Around:
    return lambda maker, seconds, rng: maker.noise(kind, seconds, rng, below_voice_db)


def _room_sound(name: str) -> Around:
    return lambda _, seconds, rng: noises.ROOM_SOUNDS[name](seconds, rng)


def _second_talker(maker: Maker, seconds: float, rng: Rng) -> Sound:
    """Somebody else reads aloud, 12 dB below, without an end."""
    voices = [recording(maker.folder / name) for name in noises.BABBLE[:5]]
    voice = voices[int(rng.integers(len(voices)))]
    turned = np.roll(voice, int(rng.integers(len(voice))))
    return np.asarray(np.resize(turned, round(seconds * SAMPLE_RATE)) * decibels(-12))


def _words(words: tuple[str, ...]) -> Iterator[Sound]:
    for index in range(10_000):
        voice = FLITE_VOICES[index % len(FLITE_VOICES)]
        yield spoken(words[(index // len(FLITE_VOICES)) % len(words)], voice)


def _first_word(maker: Maker, rng: Rng) -> Iterator[Clip]:
    """ "Yes." and nothing more, in babble 20 dB below."""
    for word in _words(("Yes.",)):
        sound, spans = turn([word], [], lead_s=float(rng.uniform(0.6, 3.0)))
        babble = maker.noise("babble", len(sound) / SAMPLE_RATE, rng, 20)
        yield clip(sound, spans, rng, babble)


def _soft_words(maker: Maker, rng: Rng) -> Iterator[Clip]:
    """A sentence, then one short word 20 dB softer."""
    for index, word in enumerate(_words(SHORT_WORDS)):
        sound, spans = turn([maker.sentence(index), word * decibels(-20)], [1.0])
        yield clip(sound, spans, rng)


def _outage(*, in_pause: bool) -> Callable[[Maker, Rng], Iterator[Clip]]:
    """6 s of the middle never arrive."""

    def make(maker: Maker, rng: Rng) -> Iterator[Clip]:
        for index in range(10_000):
            first, second = maker.parts(index)
            if in_pause:
                sound, spans = turn([first, second], [8.6])
                begins_s = spans[0][1] + 1.6
            else:
                sound, spans = turn([first, maker.sentence(index + 7), second], [0.4, 0.4])
                begins_s = spans[0][1] - 0.5
            outage = (begins_s, begins_s + 6.0)
            made = clip(sound, spans, rng)
            yield replace(made, speech=_outside(made.speech, outage), outage=outage)

    return make


def _outside(spans: tuple[Span, ...], hole: Span) -> tuple[Span, ...]:
    pieces = [
        piece
        for start_s, end_s in spans
        for piece in ((start_s, min(end_s, hole[0])), (max(start_s, hole[1]), end_s))
    ]
    return tuple(piece for piece in pieces if piece[1] - piece[0] > 0.02)


def _echo(loss_db: float, *, after_answer: bool = False) -> Callable[[Maker, Rng], Iterator[Clip]]:
    """The bot's own voice in the microphone. `after_answer`: the talker's level is known."""

    def make(maker: Maker, rng: Rng) -> Iterator[Clip]:
        for index in range(10_000):
            said, at_s = maker.bot(index), 0.3
            lead: Sound = silence(0.0)
            if after_answer:
                lead = np.concatenate((silence(0.3), maker.sentence(index), silence(2.5)))
                at_s = len(lead) / SAMPLE_RATE
            seconds = at_s + len(said) / SAMPLE_RATE + 0.5
            delay_s = float(rng.uniform(0.05, 0.25))
            heard = noises.echo(said, rng, loss_db=loss_db, delay_s=delay_s)
            sound = shifted(lead, 0.0, seconds) + shifted(heard, at_s, seconds)
            yield over_bot(clip(sound, (), rng), said, at_s)

    return make


def _question_in(around: Around) -> Callable[[Maker, Rng], Iterator[Clip]]:
    """The first question, and a room that is not quiet."""

    def make(maker: Maker, rng: Rng) -> Iterator[Clip]:
        for index in range(10_000):
            said = maker.bot(index)
            seconds = 1.0 + len(said) / SAMPLE_RATE
            made = clip(silence(seconds), (), rng, around(maker, seconds, rng))
            yield over_bot(made, said, 0.5)

    return make


def _backchannels(maker: Maker, rng: Rng) -> Iterator[Clip]:
    """ "Okay", "mm-hm" over the question: the candidate listens."""
    for index, word in enumerate(_words(BACKCHANNELS)):
        said = maker.bot(index)
        at_s = 1.0 + float(rng.uniform(1.0, 2.5))
        seconds = 1.5 + len(said) / SAMPLE_RATE
        made = clip(shifted(word, at_s, seconds), (), rng)
        yield over_bot(made, said, 1.0)


def _answers(
    around: Around | None = None, *, echo_db: float | None = None
) -> Callable[[Maker, Rng], Iterator[Clip]]:
    """The candidate answers before the question is over. Half a second later the bot is silent,
    and its echo is too."""

    def make(maker: Maker, rng: Rng) -> Iterator[Clip]:
        for index in range(10_000):
            said = maker.bot(index)
            begins_s = 0.5 + float(rng.uniform(1.0, 2.5))
            sound, spans = turn([maker.sentence(index)], [], lead_s=begins_s)
            seconds = len(sound) / SAMPLE_RATE
            others = [around(maker, seconds, rng)] if around else []
            if echo_db is not None:
                delay_s = float(rng.uniform(0.05, 0.25))
                heard = said[: round(begins_s * SAMPLE_RATE)]
                heard = noises.echo(heard, rng, loss_db=echo_db, delay_s=delay_s)
                others.append(shifted(heard, 0.5, seconds))
            made = clip(sound, spans, rng, *others)
            yield over_bot(made, said, 0.5)

    return make


def _sounds(name: str) -> Callable[[Maker, Rng], Iterator[Clip]]:
    """One minute each; before every second one the candidate has said a sentence."""

    def make(maker: Maker, rng: Rng) -> Iterator[Clip]:
        for index in range(10_000):
            sound = silence(60.0)
            spans: tuple[Span, ...] = ()
            if index % 2:
                sound, spans = turn([maker.sentence(index)], [], tail_s=60.0)
            begins_s = spans[-1][1] + 2.5 if spans else 0.0
            seconds = len(sound) / SAMPLE_RATE
            noise = shifted(noises.ROOM_SOUNDS[name](seconds - begins_s, rng), begins_s, seconds)
            yield clip(sound, spans, rng, noise)

    return make


def _all() -> Iterator[Condition]:
    yield from _quiet_room()
    yield from _noisy_rooms()
    yield from _hard_talkers()
    yield from _lines()
    yield from _while_the_bot_speaks()
    for name in noises.ROOM_SOUNDS:
        yield Condition(f"nobody speaks, {name}", "sounds", _sounds(name), 10)


def _quiet_room() -> Iterator[Condition]:
    yield Condition("clean, natural pauses", "turn", _natural, 36)
    yield Condition("clean, pauses to 1.6 s", "turn", _turns(SHORT_PAUSES_S), 160)
    for pause_s in (1.9, 2.5, 3.0):
        yield Condition(f"clean, pauses of {pause_s} s", "turn", _turns((pause_s,)), 40)


def _noisy_rooms() -> Iterator[Condition]:
    babble = _noise("babble", 15)
    yield Condition("babble 15 dB, pauses to 1.6 s", "turn", _turns(SHORT_PAUSES_S, babble), 80)
    yield Condition("babble 15 dB, pauses of 1.9 s", "turn", _turns((1.9,), babble), 40)
    for kind in noises.NOISES:
        for below_voice_db in (20, 15, 10, 5):
            if (kind, below_voice_db) != ("babble", 15):
                make = _turns((0.8, 1.2, 1.6), _noise(kind, below_voice_db))
                yield Condition(f"{kind} {below_voice_db} dB", "turn", make, 12)
    yield Condition("second talker -12 dB", "turn", _turns((0.8, 1.2, 1.6), _second_talker), 16)
    for name in noises.ROOM_SOUNDS:
        make = _turns((0.8, 1.2, 1.6), _room_sound(name))
        yield Condition(f"talker and {name}", "turn", make, 16)


def _hard_talkers() -> Iterator[Condition]:
    yield Condition("quiet talker, -43 dBFS", "turn", _turns(SHORT_PAUSES_S, gain_db=-20), 40)
    yield Condition("soft sentence ends, 1.9 s", "turn", _turns((1.9,), shape=soften), 40)
    yield Condition("short word 20 dB softer", "turn", _soft_words, 32, needs_flite=True)
    yield Condition("first word in babble 20 dB", "turn", _first_word, 32, needs_flite=True)


def _lines() -> Iterator[Condition]:
    turns, babble = _turns(SHORT_PAUSES_S), _turns(SHORT_PAUSES_S, _noise("babble", 20))
    yield Condition("DTX", "turn", turns, 40, Transport(dtx=True))
    yield Condition("DTX, babble 20 dB", "turn", babble, 20, Transport(dtx=True))
    yield Condition("nothing sent in silence", "turn", turns, 40, Transport(sends_silence=False))
    for percent in (5, 10):
        yield Condition(f"loss {percent} %", "turn", turns, 40, Transport(loss=percent / 100))
    yield Condition("outage of 6 s in a pause", "turn", _outage(in_pause=True), 20)
    yield Condition("outage of 6 s in speech", "turn", _outage(in_pause=False), 20)
    yield Condition("clock 0.2 % slow", "turn", turns, 20, Transport(drift_ppm=2000))
    yield Condition("clock 0.2 % fast", "turn", turns, 20, Transport(drift_ppm=-2000))
    yield Condition("timestamps jump", "turn", turns, 20, Transport(jumps=3))


def _while_the_bot_speaks() -> Iterator[Condition]:
    for loss_db in (12, 16, 20, 25, 30):
        yield Condition(f"question, echo -{loss_db} dB", "question", _echo(loss_db), 20)
    yield Condition(
        "question after an answer, echo -20 dB", "question", _echo(20, after_answer=True), 20
    )
    arounds = {
        "babble 15 dB": _noise("babble", 15),
        "white 10 dB": _noise("white", 10),
        "second talker -12 dB": _second_talker,
        **{name: _room_sound(name) for name in noises.ROOM_SOUNDS},
    }
    for name, around in arounds.items():
        yield Condition(f"question, {name}", "question", _question_in(around), 20)
    yield Condition("question, back-channels", "question", _backchannels, 32, needs_flite=True)
    yield Condition("answer over the bot", "answer", _answers(), 60)
    yield Condition("answer, echo -20 dB", "answer", _answers(echo_db=20), 40)
    yield Condition("answer, echo -12 dB", "answer", _answers(echo_db=12), 40)
    yield Condition("answer, babble 15 dB", "answer", _answers(_noise("babble", 15)), 20)


CONDITIONS: dict[str, Condition] = {condition.name: condition for condition in _all()}
