"""Captions that stand still: by hand, then any order of interims."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from media_server.live.stable_captions import Caption, StableCaption
from tests.support.examples import examples

SENTENCE = "I looked after the gardens behind our school for six years and then we moved to town"
WORDS = SENTENCE.split()
AGAIN = "we had and then and then we had to go and then they saw it"


def captions(*interims: tuple[str, float, float]) -> list[Caption]:
    caption = StableCaption()
    made = [caption.take(*one) for one in interims]
    return [one for one in made if one is not None]


def test_words_of_two_interims_in_a_row_stand_but_for_the_last() -> None:
    made = captions(
        ("I looked often.", 0.0, 2.0),
        ("I looked after the garden", 0.0, 4.0),
        ("I looked after the gardens behind our", 0.0, 6.0),
    )
    assert [one.stable for one in made] == ["", "I looked", "I looked after the"]
    assert made[2].text == "I looked after the gardens behind our"
    twice = captions(("I looked aft", 0.0, 2.0), ("I looked aft", 0.0, 2.2))
    assert twice[1].stable == "I looked", "the audio may end within the last word"


def test_what_stands_is_never_taken_back() -> None:
    made = captions(
        ("Eye looked after it", 0.0, 2.0),
        ("Eye looked after it all", 0.0, 4.0),
        ("I looked after it all the time", 0.0, 6.0),
        ("I looked, after it: all the time I had", 0.0, 8.0),
    )
    assert made[1] == Caption("Eye looked after it all", "Eye looked after it")
    assert made[2] == Caption("Eye looked after it all the time", "Eye looked after it all")
    assert made[3].text == "Eye looked after it all the time I had"


def test_a_long_segment_keeps_its_beginning() -> None:
    """The window of an interim holds its last 8 s; its first word is half of one."""
    made = captions(
        ("I looked after the gardens behind our school for six", 0.0, 6.0),
        ("I looked after the gardens behind our school for six years and then", 0.0, 8.0),
        ("Hind our school for six years and then we moved to", 3.5, 11.5),
        ("Six years and then we moved to town.", 5.5, 13.5),
    )
    assert [one.text for one in made[2:]] == [" ".join(WORDS[:16]), " ".join(WORDS) + "."]
    assert made[3].stable == " ".join(WORDS[:16])


def test_a_window_that_has_nothing_in_common_is_joined_by_its_time() -> None:
    made = captions(
        ("one two three four five six seven eight", 0.0, 8.0),
        ("one two three four five six seven eight nine ten", 0.0, 10.0),
        ("aa bb cc dd ee ff gg hh", 4.0, 12.0),
    )
    before, after = made[1].stable, made[2].text
    assert after.startswith(before)
    assert 10 <= len(after.split()) <= 15


def test_words_that_left_the_window_stand_though_no_two_interims_agreed() -> None:
    made = captions(
        ("first second third fourth", 0.0, 8.0),
        ("other things altogether", 10.0, 18.0),
    )
    assert made[1].stable == "first second third fourth"
    assert made[1].text == "first second third fourth other things altogether"


def test_marks_and_scripts_without_spaces() -> None:
    made = captions(
        ("\u6211\u4eec\u7528 Redis", 0.0, 2.0), ("\u6211\u4eec\u7528\u4e86 Redis\u3002", 0.0, 4.0)
    )
    assert made[1] == Caption("\u6211\u4eec\u7528\u4e86 Redis\u3002", "\u6211\u4eec\u7528")
    made = captions(("Well - I think", 0.0, 2.0), ("Well - I think so", 0.0, 4.0))
    assert made[1] == Caption("Well - I think so", "Well - I think")
    assert captions(("", 0.0, 2.0), (" ... ", 0.0, 4.0)) == []


def test_words_that_come_again_are_joined_by_what_follows_them() -> None:
    """Which of the two "then" a window begins with, its provisional words tell."""
    words = AGAIN.split()
    for ends in [(5, 9), (5, 7, 11), (6, 8, 11)]:
        interims = [(max(0, end - 6), end) for end in ends]
        made = captions(
            *((" ".join(words[start:end]), float(start), float(end)) for start, end in interims)
        )
        assert made[-1].text == " ".join(words[: ends[-1]])


INTERIMS = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*WORDS, "-", "...", "\u6211\u4eec", "Town."]), max_size=20),
        st.floats(0.0, 20.0),
        st.floats(0.1, 8.0),
    ),
    max_size=12,
)


@settings(max_examples=examples(200))
@given(INTERIMS)
def test_whatever_comes_nothing_that_stands_changes(
    interims: list[tuple[list[str], float, float]],
) -> None:
    """Any words and any windows: lost ones, empty ones, those of another order."""
    caption, stable = StableCaption(), ""
    for words, start_s, length_s in interims:
        shown = caption.take(" ".join(words), start_s, start_s + length_s)
        if shown is None:
            assert not any(any(letter.isalnum() for letter in word) for word in words)
            continue
        assert shown.stable.startswith(stable)
        assert shown.text.startswith(shown.stable)
        assert shown.text == shown.text.strip()
        stable = shown.stable


@settings(max_examples=examples(100))
@example({1, 2, 3, 8, 10, 11}, 4.9375)  # "school" began before the window, and ends within it
@example({2, 7, 8, 10, 13}, 5.91)  # "our" lies where "behind" was thought to end
@given(st.sets(st.integers(1, 16)), st.floats(4.0, 8.0))
def test_a_recogniser_that_is_right_is_shown_as_it_is(lost: set[int], window_s: float) -> None:
    """A word a second, a window of the last few seconds, up to two of three interims lost: no word
    is shown twice and none is missing."""
    caption, shown = StableCaption(), None
    heard: set[int] = set()
    for end in range(1, len(WORDS) + 1):
        if end in lost and end % 3 and end < len(WORDS):
            continue
        start_s = max(0.0, end - window_s)
        first = int(start_s + 0.999)
        heard |= set(range(first, end))
        shown = caption.take(" ".join(WORDS[first:end]), start_s, float(end))
    assert shown is not None
    assert shown.text == " ".join(WORDS[n] for n in sorted(heard))
