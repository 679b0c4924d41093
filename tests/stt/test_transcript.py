from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.ports import Word
from media_server.stt.transcript import join, on_timeline, tidy


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (["hello", "world"], "hello world"),
        ([" Hello , world . ", "", "Next one ?"], "Hello, world. Next one?"),
        (["I was...", "...thinking about it."], "I was thinking about it."),
        (["We did -", "\u2014 that."], "We did that."),
        (["It ended...", "...", "."], "It ended..."),
        (["今日は。", "元気です"], "今日は。元気です"),
        (["use", "今日"], "use 今日"),
        ([], ""),
    ],
)
def test_joining(texts: list[str], joined: str) -> None:
    assert join(texts) == joined


@given(st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8}){0,4}[.?!]?", fullmatch=True)))
def test_no_word_is_lost_or_added(texts: list[str]) -> None:
    assert join(texts).split() == " ".join(texts).split()


@given(st.lists(st.text(max_size=30)))
def test_spacing_is_sane(texts: list[str]) -> None:
    joined = join(texts)
    assert joined == joined.strip()
    assert not re.search(r"[ \n]{2}| [,;]", joined)


@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


def test_words_move_to_the_candidates_timeline() -> None:
    words = (Word("a", -0.1, 0.2, 0.5), Word("b", 0.1, 0.4, None), Word("c", 0.9, 1.4, 0.1))
    assert on_timeline(words, 10.0, 1.0) == (
        Word("a", 10.0, 10.2, 0.5),
        Word("b", 10.1, 10.4, None),
        Word("c", 10.9, 11.0, 0.1),
    )


times = st.floats(-2, 30)


@given(st.lists(st.builds(Word, st.just("w"), times, times, st.none())), st.floats(0, 20))
def test_times_never_go_back_or_leave_the_segment(words: list[Word], duration_s: float) -> None:
    placed = on_timeline(words, 5.0, duration_s)
    starts = [word.start_s for word in placed]
    assert starts == sorted(starts)
    assert all(4.999 <= w.start_s <= w.end_s + 0.001 <= 5.002 + duration_s for w in placed)
