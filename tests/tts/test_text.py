from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.tts.text import MAX_SENTENCE_CHARS, speakable, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", ()),
        ("   \n", ()),
        ("Yes.", ("Yes.",)),
        ("Hello. Who are you? I see!", ("Hello.", "Who are you?", "I see!")),
        ("Ask Dr. Smith, e.g. today. Then go on.", ("Ask Dr. Smith, e.g. today.", "Then go on.")),
        ("It costs 3.5 euro. Fine.", ("It costs 3.5 euro.", "Fine.")),
        ('He said "no." Then he left.', ('He said "no."', "Then he left.")),
        ("你好。你是谁？", ("你好。", "你是谁？")),  # noqa: RUF001  # Chinese has its own marks
    ],
)
def test_sentences(text: str, sentences: tuple[str, ...]) -> None:
    assert split_sentences(text) == sentences


@given(st.text(max_size=1500))
def test_no_letter_is_lost_and_no_sentence_is_endless(text: str) -> None:
    sentences = split_sentences(text)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(0 < len(sentence) <= MAX_SENTENCE_CHARS for sentence in sentences)
    assert all(sentence == sentence.strip() for sentence in sentences)


@given(st.text(max_size=300))
def test_what_is_spoken_holds_no_command_and_no_control_character(text: str) -> None:
    spoken = speakable(text)
    assert not set(spoken) & set("<>[]{}|\\`")
    assert not any(unicodedata.category(char) in {"Cc", "Co", "Cs", "Cn", "So"} for char in spoken)
    assert speakable(spoken) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("<speak>Hi</speak>", "speak Hi /speak"),
        ("[[h@'loU]] there", "h@'loU there"),
        ("\x01Hi\x1b[0m you", "Hi 0m you"),
        ("Well done \U0001f600!", "Well done !"),
        ("\U0001f600 \U0001f680", ""),
        ("...", ""),
        ("שלום", "שלום"),
    ],
)
def test_markup_and_pictographs(text: str, spoken: str) -> None:
    assert speakable(text) == spoken
