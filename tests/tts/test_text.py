from __future__ import annotations

import unicodedata
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview.phrases import TABLES
from media_server.sentences import MAX_SENTENCE_CHARS, split_sentences
from media_server.tts.signs import NAMES, SIGNS, named
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


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("What is 2^10, or 3 * 4 * x?", "What is 2 to the power of 10, or 3 times 4 times x?"),
        ("Is O(n^2) worse?", "Is O(n to the power of 2) worse?"),
        ("10 % 3 is 1, and 10 % of it", "10 modulo 3 is 1, and 10 percent of it"),
        ("if a<b or 3>2", "if a less than b or 3 greater than 2"),
        ("a List<String> or Map<K, V>", "a List String or Map K, V"),
        ("a Box<T> and <b>", "a Box T and b"),
        ("a && b || c", "a and b or c"),
        ("What does `&` do, and '*', “^”, `~`, `%`, `#`?",
         "What does ampersand do, and 'star', “caret”, tilde , percent sign , hash ?"),
        ("SELECT * and COUNT(*)", "SELECT star and COUNT(star)"),
        ("un*believ*able, * one * two", "un believ able, one two"),
    ],
)  # fmt: skip
def test_signs_of_a_formula_and_signs_that_are_spoken_of(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@pytest.mark.parametrize(
    ("locale", "text", "spoken"),
    [
        ("de-AT", "C# oder F#, <5 ms, ~5 %, R&D",
         "C sharp oder F sharp, weniger als 5 ms, etwa 5 Prozent, R und D"),
        ("de", "Ist 2^3 > 2 * 3?", "Ist 2 hoch 3 größer als 2 mal 3?"),
        ("es", "¿C# o C++? ~50 % y x <= 4",
         "¿C sharp o C más más? aproximadamente 50 por ciento y x menor o igual que 4"),
        ("fr", "C#, 50 % de 2^3 & plus", "C sharp, 50 pour cent de 2 puissance 3 et plus"),
        ("ar", "ما هو C#؟ و 50%", "ما هو C شارب؟ و 50 بالمئة"),
        ("pt", "C# e 5 %", "C e 5 %"),
    ],
)  # fmt: skip
def test_signs_have_the_names_of_the_language(locale: str, text: str, spoken: str) -> None:
    assert speakable(text, locale) == spoken


@given(st.text(max_size=100), st.sampled_from(sorted(NAMES)))
def test_what_has_no_sign_is_said_as_it_is_written(text: str, locale: str) -> None:
    without = "".join(char for char in text if char not in SIGNS | {"."})
    assert named(without, locale) == without


def test_every_language_of_the_bot_names_every_sign() -> None:
    assert NAMES.keys() == TABLES.keys()
    for names in NAMES.values():
        assert all(asdict(names).values())


@given(st.text(alphabet="a1B#+.<>=!~%&^*|`'( )NET", max_size=60), st.sampled_from(sorted(NAMES)))
def test_what_is_named_is_named_once(text: str, locale: str) -> None:
    spoken = speakable(text, locale)
    assert speakable(spoken, locale) == spoken
    assert not set(spoken) & set("<>`^*#~")
