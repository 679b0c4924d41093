"""The clips that turn-taking is judged with: labels that are exact, and the same every time."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.turns import noises
from benchmarks.turns.clips import clip, over_bot, shifted, silence, soften, turn
from benchmarks.turns.conditions import CONDITIONS, Condition, Maker
from benchmarks.turns.sounds import Sound, above, at_level, decibels, halves, rms, trim
from media_server.audio.types import SAMPLE_RATE

KINDS = sorted({condition.kind for condition in CONDITIONS.values()})


def tone(seconds: float, hertz: float = 440.0, dbfs: float = -23.0) -> Sound:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return at_level(np.sin(2 * np.pi * hertz * time), dbfs)


def level_db(sound: Sound) -> float:
    return float(20 * np.log10(rms(sound)))


def test_labels_say_where_the_words_are_to_the_sample() -> None:
    first, second = tone(1.0), tone(0.7)
    sound, spans = turn([first, second], [1.6], lead_s=0.5, tail_s=2.0)
    assert spans == ((0.5, 1.5), (3.1, 3.8))
    loud = np.flatnonzero(np.abs(sound) > 1e-4) / SAMPLE_RATE
    assert loud[0] == pytest.approx(0.5, abs=0.002)
    assert loud[-1] == pytest.approx(3.8, abs=0.002)
    assert not np.any((loud > 1.5) & (loud < 3.1))


def test_a_thump_moves_no_label() -> None:
    rng = np.random.default_rng(1)
    thump = 0.1 * np.sin(2 * np.pi * 60 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    sound = np.concatenate((thump, tone(1.0), thump)) + rng.standard_normal(3 * SAMPLE_RATE) * 1e-4
    assert len(trim(sound, 0.0)) / SAMPLE_RATE == pytest.approx(1.0, abs=0.05)


def test_a_pause_within_a_phrase_is_no_word() -> None:
    rng = np.random.default_rng(1)
    phrase = np.concatenate((tone(1.0), silence(0.6), tone(0.5), silence(0.1), tone(0.5)))
    made = clip(*turn([phrase], [], lead_s=0.5), rng)
    assert made.end_s == 3.2
    assert len(made.speech) == 2
    assert made.speech[0] == pytest.approx((0.5, 1.5), abs=0.03)
    assert made.speech[1] == pytest.approx((2.1, 3.2), abs=0.03)


def test_no_speech_is_no_label() -> None:
    with pytest.raises(ValueError, match="no speech"):
        trim(np.zeros(SAMPLE_RATE))


def test_a_clip_lies_in_a_quiet_room() -> None:
    sound, spans = turn([tone(1.0)], [])
    made = clip(sound, spans, np.random.default_rng(1))
    assert made.end_s == spans[-1][1]
    assert level_db(made.pcm[:8000] / 32768) == pytest.approx(-66, abs=0.5)
    assert level_db(made.pcm[12_000:24_000] / 32768) == pytest.approx(-23, abs=0.3)


def test_a_sentence_ends_12_db_softer() -> None:
    softer = soften(tone(3.0))
    assert level_db(softer[: 2 * SAMPLE_RATE]) == pytest.approx(-23, abs=0.1)
    assert level_db(softer[-SAMPLE_RATE // 4 :]) == pytest.approx(-35, abs=0.1)


def test_echo_comes_later_and_softer_by_what_was_asked() -> None:
    said = tone(2.0, hertz=800.0)
    heard = noises.echo(said, np.random.default_rng(1), loss_db=20, delay_s=0.1)
    assert not np.any(heard[: SAMPLE_RATE // 10])
    assert level_db(heard[SAMPLE_RATE // 10 :][: len(said)]) == pytest.approx(-43, abs=0.1)


def test_the_bot_is_labelled_and_not_in_the_microphone() -> None:
    made = clip(silence(3.0), (), np.random.default_rng(1))
    made = over_bot(made, tone(1.5), 1.0)
    assert made.bot == (1.0, 2.5)
    assert len(made.bot_pcm) == 1.5 * SAMPLE_RATE
    assert level_db(made.pcm / 32768) == pytest.approx(-66, abs=0.5)


def test_what_is_shifted_beyond_the_end_is_cut() -> None:
    assert rms(shifted(tone(1.0), 0.5, 1.0)[: SAMPLE_RATE // 2]) == 0
    assert len(shifted(tone(1.0), 0.5, 1.0)) == SAMPLE_RATE


@pytest.mark.parametrize("name", noises.ROOM_SOUNDS)
def test_a_sound_of_a_room_fills_its_time_and_repeats(name: str) -> None:
    make = noises.ROOM_SOUNDS[name]
    sound = make(30.0, np.random.default_rng(5))
    assert len(sound) == 30 * SAMPLE_RATE
    assert np.array_equal(sound, make(30.0, np.random.default_rng(5)))
    assert not np.array_equal(sound, make(30.0, np.random.default_rng(6)))
    for third in np.split(sound, 3):
        assert rms(third) > decibels(-70)


@pytest.mark.parametrize("kind", ["white", "pink", "brown"])
def test_noise_has_the_level_it_is_asked_for(kind: str) -> None:
    sound = noises.noise(kind, 3.0, np.random.default_rng(2), Path())
    assert level_db(sound) == pytest.approx(0, abs=0.01)
    high = level_db(above(sound, 4000))
    assert {"white": high > -5, "pink": -20 < high < -5, "brown": high < -10}[kind]


def test_no_noise_has_another_name() -> None:
    with pytest.raises(ValueError, match="purple"):
        noises.noise("purple", 1.0, np.random.default_rng(2), Path())


def first_of(kind: str) -> Condition:
    return next(each for each in CONDITIONS.values() if each.kind == kind and not each.needs_flite)


@pytest.mark.corpus
@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_is_the_same_every_time(speech_dir: Path, kind: str) -> None:
    condition = first_of(kind)
    first, again = (list(condition.clips(Maker(speech_dir), 2)) for _ in range(2))
    assert len(first) == 2
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.pcm, other.pcm)
        assert np.array_equal(one.bot_pcm, other.bot_pcm)
        assert (one.speech, one.bot, one.end_s) == (other.speech, other.bot, other.end_s)
    assert not np.array_equal(first[0].pcm, first[1].pcm)


@pytest.mark.corpus
@pytest.mark.parametrize("name", [n for n, each in CONDITIONS.items() if not each.needs_flite])
def test_labels_are_in_order_and_inside_the_clip(speech_dir: Path, name: str) -> None:
    condition = CONDITIONS[name]
    for made in condition.clips(Maker(speech_dir), 1):
        for start_s, end_s in made.speech:
            assert 0 <= start_s < end_s <= made.seconds
        for (_, end_s), (start_s, _) in pairwise(made.speech):
            assert start_s > end_s
        assert (made.end_s is None) == (not made.speech)
        assert (made.bot is None) == (condition.kind in ("turn", "sounds"))
        if made.end_s is not None:
            assert made.end_s >= made.speech[-1][1] - 1e-9
        if made.bot is not None:
            assert made.bot[0] < made.bot[1] <= max(made.seconds, made.bot[1])
            assert len(made.bot_pcm) / SAMPLE_RATE == pytest.approx(made.bot[1] - made.bot[0])


@pytest.mark.corpus
def test_the_labelled_words_are_what_is_loud(speech_dir: Path) -> None:
    condition = CONDITIONS["clean, pauses of 1.9 s"]
    for made in condition.clips(Maker(speech_dir), 8):
        sound = made.pcm / 32768
        gaps = [
            (after[0] - before[1], before[1], after[0]) for before, after in pairwise(made.speech)
        ]
        pause_s, first_end_s, second_s = max(gaps)
        assert pause_s == pytest.approx(1.9, abs=0.001)
        pause = sound[round(first_end_s * SAMPLE_RATE) : round(second_s * SAMPLE_RATE)]
        assert level_db(pause) < -64
        for start_s, end_s in made.speech:
            assert level_db(sound[round(start_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]) > -35


@pytest.mark.corpus
def test_both_halves_of_a_sentence_are_words(speech_dir: Path) -> None:
    for first, second in (halves(Maker(speech_dir).sentence(index)) for index in range(5)):
        assert min(len(first), len(second)) > 0.7 * SAMPLE_RATE
