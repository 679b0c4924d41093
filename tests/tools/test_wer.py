from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.tools.wer import bootstrap, word_error_rate, word_errors

sentences = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "errors"),
    [
        ("one two three", "one two three", 0),
        ("One, two-three!", "one two three", 0),
        ("one two three", "one three", 1),
        ("one two three", "one two two three", 1),
        ("one two three", "one too three", 1),
        ("one two three", "", 3),
        ("it\u2019s here", "it's here", 0),
    ],
)
def test_errors(reference: str, hypothesis: str, errors: int) -> None:
    assert word_errors(reference, hypothesis) == (errors, 3 if "one" in reference.lower() else 2)


def test_rate() -> None:
    assert word_error_rate("one two", "one two three four five") == 1.5
    with pytest.raises(ValueError, match="no words"):
        word_error_rate("...", "one")


@given(sentences, sentences)
def test_errors_are_a_distance(one: str, two: str) -> None:
    errors = word_errors(one, two)[0]
    assert errors == word_errors(two, one)[0]
    assert (errors == 0) == (one == two)
    assert errors <= max(len(one.split()), len(two.split()))


def test_the_interval_covers_what_it_should() -> None:
    """Of 95 % intervals of many samples, about that many hold the true rate."""
    random = np.random.default_rng(5)
    hits = 0
    for seed in range(200):
        lengths = random.integers(5, 20, 60)
        errors = random.binomial(lengths, 0.3)
        found = bootstrap(errors.tolist(), lengths.tolist(), resamples=400, seed=seed)
        assert found.low <= found.value <= found.high
        hits += found.low <= 0.3 <= found.high
    assert 175 <= hits <= 200


def test_pairing_takes_out_what_both_share() -> None:
    lengths = [10] * 50
    hard = [n % 10 for n in range(50)]
    same = bootstrap([float(e) for e in hard], lengths, [float(e) for e in hard])
    assert (same.value, same.low, same.high) == (0, 0, 0)
    worse = bootstrap([e + 1.0 for e in hard], lengths, [float(e) for e in hard])
    assert worse.value == pytest.approx(0.1)
    assert worse.low == pytest.approx(0.1)
    with pytest.raises(ValueError, match="same utterances"):
        bootstrap([1.0], [3], [1.0, 2.0])
    with pytest.raises(ValueError, match="a word"):
        bootstrap([1.0], [0])
