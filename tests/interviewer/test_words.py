"""Words that are the same to the checks, and words that are not."""

from __future__ import annotations

import pytest

from media_server.interviewer.words import accented, akin, language, plain


@pytest.mark.parametrize(
    ("locale", "text", "numbers"),
    [
        (
            "en",
            "one hundred and twenty, twenty-one, 1,200, two thousand five hundred",
            [120, 21, 1200, 2500],
        ),
        ("en", "one of the eighty", [80]),
        ("de", "hundertzwanzig, zweihundertfünfunddreißig, dreitausend", [120, 235, 3000]),
        ("es", "ciento veinte, treinta y cinco, mil doscientos, veintidós", [120, 35, 1200, 22]),
        ("fr", "quarante-deux, quatre-vingt-dix-sept, soixante et onze", [42, 97, 71]),
        ("ar", "٤٢ و خمسين", [42, 50]),
    ],
)
def test_numbers_have_their_value(locale: str, text: str, numbers: list[int]) -> None:
    found = [word.number for word in language(locale).words(text)]
    assert [number for number in found if number is not None] == numbers


@pytest.mark.parametrize(
    ("locale", "one", "other"),
    [
        ("en", "deciding", "decisions"),
        ("en", "wrote", "writing"),
        ("de", "geliefert", "Lieferungen"),
        ("de", "angenommen", "annehmen"),
        ("de", "Größe", "grosse"),
        ("es", "reorganicé", "reorganizar"),
        ("fr", "DECIDE", "décidé"),
        ("ar", "المستودع", "مستودع"),
    ],
)
def test_forms_of_a_word_are_the_same(locale: str, one: str, other: str) -> None:
    known = language(locale)
    assert known.words(one)[0] in known.keys(known.words(other))


@pytest.mark.parametrize(
    ("one", "other"), [("contact", "contract"), ("inform", "infant"), ("cat", "car")]
)
def test_other_words_are_not(one: str, other: str) -> None:
    assert not akin(one, other)


def test_plain_text_keeps_the_ends_of_sentences() -> None:
    assert plain("Où était-ce ? Là !") == "ou etait ce ? la ."
    assert accented("Où était-ce ?") == "où était ce ?"


def test_words_know_where_they_stand() -> None:
    text = "Über zwei-und-zwanzig Kästen"
    assert [text[word.start : word.end] for word in language("de").words(text)][-1] == "Kästen"
