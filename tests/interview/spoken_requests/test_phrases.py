"""How phrases are written, and how the words of a turn are made alike."""

from __future__ import annotations

import pytest

from media_server.interview.spoken_requests.languages import TABLES
from media_server.interview.spoken_requests.languages.en import EN
from media_server.interview.spoken_requests.phrases import Automaton, written_out
from media_server.interview.spoken_requests.table import groups, phrases, requests
from media_server.interview.spoken_requests.words import MOST_POLITE_WORDS, comparer, normalised


def found(phrase: str, text: str) -> list[int]:
    """Ends of the phrase in the text, from its first word on."""
    automaton = Automaton(not_in_slots={"is"})
    automaton.add(phrase, 7)
    automaton.begin()
    ends = automaton.ends(text.split(), 0)
    assert all(labels == (7,) for _, labels in ends)
    return [end for end, _ in ends]


@pytest.mark.parametrize(
    ("phrase", "text", "ends"),
    [
        ("say it", "say it", [2]),
        ("say it", "say", []),
        ("say it", "please say it", []),
        ("say [it] again", "say again", [2]),
        ("say [it] again", "say it again", [3]),
        ("(can|would) you", "would you", [2]),
        ("(can|would) you", "you", []),
        ("say [(it|that) again]", "say that again", [1, 3]),
        ("mean by *", "mean by cold chain", [3, 4]),
        ("mean by *", "mean by", []),
        ("mean by *", "mean by a b c d e", [3, 4, 5, 6]),
        ("mean by *", "mean by it is", [3]),
        ("what * means", "what that means", [3]),
        ("what * means", "what means", []),
        ("a b|c", "c", [1]),
        ("a|a b", "a b", [1, 2]),
    ],
)
def test_phrases(phrase: str, text: str, ends: list[int]) -> None:
    assert found(phrase, text) == ends


@pytest.mark.parametrize("phrase", ["say (it", "say it)", "say [it", "(a]", "say it?"])
def test_a_phrase_that_is_written_wrong_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"phrase|word|bracket"):
        Automaton().add(phrase, 0)


def test_groups_may_hold_groups() -> None:
    assert written_out("<a> c", {"a": "x|<b>", "b": "y"}) == "(x|(y)) c"
    with pytest.raises(KeyError):
        written_out("<nobody>", {})


def test_lines_that_are_set_in_further_go_on() -> None:
    assert phrases("    a (b|\n        c)\n    d\n") == ("a (b| c)", "d")
    assert groups("x:\n    a\n    b\n") == {"x": "a|b"}
    assert requests("skip:\n    a\npause:\n    b|c\n") == {"skip": ("a",), "pause": ("b|c",)}
    with pytest.raises(KeyError, match="skipp"):
        requests("skipp:\n    a\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Could you, could you repeat THAT, please?", "could you repeat that"),
        ("I I didn't", "i did not"),
        ("I\u2019D LIKE \u2019em", "i would like em"),
        ("Testing, testing.", "testing testing"),
        ("Um. Uh, hmm.", ""),
        ("my manager's mic", "my manager s mic"),
    ],
)
def test_words_are_made_alike(text: str, words: str) -> None:
    assert " ".join(normalised(text, EN).words) == words


def test_where_a_clause_begins_is_kept() -> None:
    heard = normalised("Um, I see. Can you stop - now?", EN)
    assert heard.words == ("i", "see", "can", "you", "stop", "now")
    assert heard.edges == {0, 2, 5, 6}
    assert heard.is_question


def test_a_phrase_is_written_as_people_write() -> None:
    assert comparer(EN)("I really can't (h\u00e9ar|please) [it's]") == "i  can not (hear|) [it is]"


@pytest.mark.parametrize("tag", TABLES)
def test_tables_are_written_right(tag: str) -> None:
    """Every group is used, no phrase is only fillers, no politeness too long to be looked for."""
    table = TABLES[tag]
    kinds = (table.asked, table.stated, table.alone, table.doubtful)
    texts = [phrase for kind in kinds for group in kind.values() for phrase in group]
    compared = comparer(table)
    assert all(compared(written_out(text, table.groups)).strip("()[]| ") for text in texts)
    everything = " ".join([*texts, *table.around, *table.questions, *table.groups.values()])
    assert [name for name in table.groups if f"<{name}>" not in everything] == []
    assert all(2 <= len(words) <= MOST_POLITE_WORDS for words in table.polite)
    assert "" not in table.spellings.values(), "what is dropped is a filler"
