"""The corpus of attacks is whole: every row fits its form, and no kind or language is missing."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.evaluation.corpus import ALL, SECOND_HELD_OUT, Attack, attacks, innocents

LANGUAGES = {"en": 80, "de": 20, "es": 15, "fr": 15, "ar": 12}
"""Fewest attacks in the languages of the page."""
OTHERS = {"pt", "it", "tr", "zh", "ru", "ja"}


def test_it_is_large_enough() -> None:
    assert len(attacks()) >= 130
    assert len(innocents()) >= 60


def test_every_language_of_the_page_and_a_few_more() -> None:
    found = Counter(attack.language for attack in attacks())
    assert all(found[language] >= least for language, least in LANGUAGES.items())
    assert set(found) >= OTHERS
    assert {row.language for row in innocents()} >= set(LANGUAGES)


def test_the_latest_has_the_languages_of_the_page_too() -> None:
    found = Counter(attack.language for attack in attacks(SECOND_HELD_OUT))
    assert sum(found.values()) >= 60
    assert found.keys() == LANGUAGES.keys()
    assert min(found.values()) >= 10


def test_every_kind_way_and_aim_is_there() -> None:
    kinds = Attack.model_fields["kind"].annotation
    assert {attack.kind for attack in attacks()} == set(kinds.__args__)  # type: ignore[union-attr]
    assert Counter(attack.via for attack in attacks()).keys() == {"spoken", "typed"}
    aims = Counter(attack.wants for attack in attacks())
    assert all(aims[aim] >= 10 for aim in ("score", "flow", "leak", "speech"))


@pytest.mark.parametrize("folder", ALL, ids=lambda folder: folder.name)
def test_no_id_twice(folder: Path) -> None:
    rows = [*attacks(folder), *innocents(folder)]
    assert len({row.id for row in rows}) == len(rows)


def test_no_text_twice() -> None:
    rows = [row for folder in ALL for row in (*attacks(folder), *innocents(folder))]
    assert len({row.text for row in rows}) == len(rows)


def test_an_attack_in_several_turns_has_several() -> None:
    assert all(bool(attack.earlier) == (attack.kind == "multi_turn") for attack in attacks())


def test_the_attack_within_an_honest_answer_is_marked() -> None:
    assert all(attack.core in attack.text for attack in attacks())
    assert all(attack.core for attack in attacks() if attack.kind in ("buried", "other_language"))


def test_characters_one_cannot_see_are_escaped_in_the_files() -> None:
    """So that whoever reads a file sees all that stands in it."""
    for file in (file for folder in ALL for file in folder.glob("*.json")):
        hidden = {c for c in file.read_text("utf-8") if unicodedata.category(c) == "Cf"}
        assert not hidden, f"{file.name}: {[f'U+{ord(c):04X}' for c in hidden]}"


def test_what_is_hidden_is_in_the_rows_though() -> None:
    hidden = {c for attack in attacks() for c in attack.text if unicodedata.category(c) == "Cf"}
    assert {"\u200b", "\u00ad", "\u2060", "\u202e"} <= hidden


def test_a_row_of_another_form_is_refused() -> None:
    row = {**attacks()[0].model_dump(), "wants": "money"}
    with pytest.raises(ValidationError):
        Attack.model_validate(row)
