"""What the near gate learns of a room, in levels alone: no sound, no network."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.gate.near import SHALLOWEST_DB, NearGate
from media_server.audio.levels import dbfs_power
from tests.support.examples import examples

TALKER, VOICES, QUIET = -16.0, (-50.0, -36.0), -67.0


def hear(
    gate: NearGate, levels: Iterable[float], *, speech: bool, heard: bool = True
) -> list[bool]:
    """Frames of 20 ms with these levels in dBFS; for each whether it passed."""
    passed = []
    for level in levels:
        above_db = gate.measure(dbfs_power(level) if heard else 0.0, strict=False, heard=heard)
        passed.append(speech and heard and above_db > 0)
        gate.follow(speech and heard, passed[-1], speech and heard)
    return passed


def steady(level: float, seconds: float) -> list[float]:
    return [level] * round(seconds * 50)


def voices(seconds: float, seed: int = 1) -> list[float]:
    """Many at once: every 0.1 s another level, and no gap down to a quiet room."""
    rng = random.Random(seed)
    return [level for _ in range(round(seconds * 10)) for level in [rng.uniform(*VOICES)] * 5]


def talks(seconds: float, below: float) -> list[float]:
    """Loud and soft by turns, with gaps down to what is behind."""
    pattern = [*steady(TALKER, 0.3), *steady(TALKER - 10, 0.2), *steady(below, 0.1)]
    return (pattern * round(seconds / 0.6 + 1))[: round(seconds * 50)]


def among_voices() -> NearGate:
    gate = NearGate()
    hear(gate, voices(2.0), speech=False)
    hear(gate, talks(3.0, VOICES[0]), speech=True)
    return gate


def in_quiet() -> NearGate:
    gate = NearGate()
    hear(gate, steady(QUIET, 2.0), speech=False)
    hear(gate, talks(3.0, QUIET), speech=True)
    return gate


def test_voices_that_were_there_before_are_none_of_the_talkers() -> None:
    passed = hear(among_voices(), voices(4.0, seed=2), speech=True)
    assert sum(passed[30:]) < 5, "0.6 s after the last word the silence runs"


def test_in_a_quiet_room_words_as_soft_as_they_are_heard() -> None:
    gate = in_quiet()
    hear(gate, steady(QUIET, 1.0), speech=False)
    assert sum(hear(gate, voices(0.4, seed=2), speech=True)) >= 18


def test_a_soft_word_right_after_a_loud_one_is_heard_among_voices_too() -> None:
    gate = among_voices()
    hear(gate, steady(TALKER, 0.3), speech=True)
    assert all(hear(gate, steady(-45.0, 0.4), speech=True))


def test_noise_that_is_steady_raises_no_bar() -> None:
    gate = NearGate()
    hear(gate, steady(-39.0, 2.0), speech=False)
    hear(gate, talks(3.0, -39.0), speech=True)
    hear(gate, steady(-39.0, 1.0), speech=False)
    assert not gate.crowded
    assert all(hear(gate, steady(-35.0, 0.5), speech=True)[2:])


def test_the_voices_do_not_become_the_talker_after_one_short_word() -> None:
    """ "Yes.", and nothing more: they are no talker who has become softer."""
    gate = NearGate()
    hear(gate, voices(2.0), speech=False)
    hear(gate, steady(TALKER, 0.35), speech=True)
    level = gate.peak
    passed = hear(gate, voices(8.0, seed=3), speech=True)
    assert not any(passed[75:])
    assert gate.peak > level - 3


def test_a_talker_who_has_become_softer_is_heard_above_them() -> None:
    gate = among_voices()
    gate.turn_begins()
    hear(gate, talks(0.3, VOICES[0]), speech=True)
    before = gate.peak
    hear(gate, steady(before - SHALLOWEST_DB - 4, 4.0), speech=True)
    assert gate.peak < before - 3


def test_a_room_that_falls_quiet_is_quiet_again() -> None:
    gate = among_voices()
    hear(gate, steady(QUIET, 4.0), speech=False)
    assert all(hear(gate, steady(-45.0, 0.4), speech=True)[2:])


def test_what_was_lost_says_nothing_of_the_room() -> None:
    gate = among_voices()
    floor = gate.floor
    hear(gate, steady(0.0, 1.0), speech=False, heard=False)
    hear(gate, voices(0.2), speech=False)
    assert gate.floor >= floor


@given(
    st.lists(
        st.tuples(st.floats(-90, 0), st.integers(1, 60), st.booleans(), st.booleans()),
        max_size=30,
    )
)
@settings(max_examples=examples(60), deadline=None)
def test_the_bar_lies_between_a_quiet_room_and_the_talkers_loud_words(
    runs: list[tuple[float, int, bool, bool]],
) -> None:
    gate = NearGate()
    for level, count, speech, heard in runs:
        hear(gate, [level] * count, speech=speech, heard=heard)
        assert -66.0 <= gate.bar <= max(-66.0, gate.peak - SHALLOWEST_DB)


def test_who_speaks_far_below_the_level_they_are_known_by_is_heard() -> None:
    """A microphone that was turned down, and no gap in what is said: that is no room of voices."""
    for before in ([], voices(3.0, seed=3)):
        gate = NearGate(TALKER)
        hear(gate, before, speech=False)
        passed = hear(gate, [level - 4 for level in voices(12.0)], speech=True)
        assert sum(passed[400:]) > 0.7 * len(passed[400:]), "from 8 s on"
