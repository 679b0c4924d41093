from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.sentences import MAX_SENTENCE_CHARS, split_sentences
from media_server.tts.text import speakable


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


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        (
            "What is the difference between C# and C++?",
            "What is the difference between C sharp and C plus plus?",
        ),
        ("Have you used F#?", "Have you used F sharp?"),
        ("C#, C#'s and (C#)", "C sharp, C sharp's and (C sharp)"),
        (".NET, ASP.NET or Node.js?", "dot NET, ASP dot NET or Node J S?"),
        ("Is x <= 5, or y > 3?", "Is x less than or equal to 5, or y greater than 3?"),
        (
            "Is <10 ms for >90 % of ~200 good?",
            "Is less than 10 ms for more than 90 percent of about 200 good?",
        ),
        ("R&D & design, 50%", "R and D and design, 50 percent"),
        ("What does == do, and ===?", "What does double equals do, and triple equals?"),
        ("<b>bold</b> #1 *stars* a_b", "b bold /b 1 stars a b"),
        ("Issue #12, C##, ab#", "Issue 12, C , ab"),
    ],
)
def test_signs_that_have_a_name_are_said(text: str, spoken: str) -> None:
    assert speakable(text) == spoken
    assert speakable(text, "en-GB") == spoken


def test_other_languages_have_no_table_yet() -> None:
    assert speakable("C# und 5 %", "de") == "C und 5 %"
