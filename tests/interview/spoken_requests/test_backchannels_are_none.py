"""What is said to show that one listens is never taken for a request."""

from __future__ import annotations

import pytest

from media_server.interview import backchannels
from media_server.interview.spoken_requests import recognise

PHRASES = [
    (locale, phrase.strip())
    for table in (backchannels._ACKNOWLEDGE, backchannels._MAY_ANSWER)
    for locale, phrases in table.items()
    for phrase in phrases.split(",")
]


@pytest.mark.parametrize(("locale", "phrase"), PHRASES)
def test_a_back_channel_is_no_sure_request(locale: str, phrase: str) -> None:
    found = recognise(phrase, locale)
    assert found is None or not found.sure


@pytest.mark.parametrize(
    "text", ["Okay, go on.", "Please go on.", "Hold on one second. Okay, go on."]
)
def test_go_on_is_no_sure_wish_for_the_next_question(text: str) -> None:
    found = recognise(text, "en")
    assert found is None or (found.intent, found.sure) != ("skip", True)
