from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.spacing import join, tidy


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
        (["I write", ".NET code"], "I write .NET code"),
        (["about", ".5 percent", ", I think"], "about .5 percent, I think"),
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
    assert not re.search(r"[ \n]{2}| [,;](?: |$)", joined)


@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
