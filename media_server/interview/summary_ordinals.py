"""Which question somebody names: "for question two", "my third answer". Pure."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.interview.key_sentences import words_of

NEAR = 2
"""So many words may stand between the number and "question"."""


@dataclass(frozen=True, slots=True)
class _Words:
    question: frozenset[str]
    """What is counted."""
    numbers: dict[str, int]


def _words(question: str, *numbers: str) -> _Words:
    """`numbers`: the words for 1, 2, 3 and so on; those of one number with spaces between."""
    counted = {word: n for n, words in enumerate(numbers, 1) for word in words.split()}
    return _Words(frozenset(question.split()), counted)


_TABLES = {
    "en": _words(
        "question questions answer one number",
        "one first 1st", "two second 2nd", "three third 3rd", "four fourth 4th", "five fifth 5th",
        "six sixth 6th", "seven seventh 7th", "eight eighth 8th", "nine ninth 9th",
        "ten tenth 10th",
    ),
    "de": _words(
        "frage fragen antwort",
        "eins erste ersten erster", "zwei zweite zweiten zweiter", "drei dritte dritten dritter",
        "vier vierte vierten vierter", "fünf fünfte fünften fünfter",
        "sechs sechste sechsten sechster", "sieben siebte siebten siebter",
        "acht achte achten achter", "neun neunte neunten neunter", "zehn zehnte zehnten zehnter",
    ),
    "es": _words(
        "pregunta preguntas respuesta número",
        "uno primera", "dos segunda", "tres tercera", "cuatro cuarta", "cinco quinta",
        "seis sexta", "siete séptima", "ocho octava", "nueve novena", "diez décima",
    ),
    "fr": _words(
        "question questions réponse numéro",
        "première premier", "deux deuxième seconde", "trois troisième", "quatre quatrième",
        "cinq cinquième", "six sixième", "sept septième", "huit huitième", "neuf neuvième",
        "dix dixième",
    ),
    "ar": _words(
        "السؤال سؤال للسؤال بالسؤال الجواب الإجابة",
        "الأول واحد الأولى", "الثاني اثنان اثنين الثانية", "الثالث ثلاثة الثالثة",
        "الرابع أربعة الرابعة", "الخامس خمسة الخامسة", "السادس ستة السادسة",
        "السابع سبعة السابعة", "الثامن ثمانية الثامنة", "التاسع تسعة التاسعة",
        "العاشر عشرة العاشرة",
    ),
}  # fmt: skip


def question_named(text: str, locale: str) -> int | None:
    """Its number, from 1; None: no question is named, or more than one. English is understood in
    every language."""
    words = words_of(text)
    language = locale.partition("-")[0].casefold()
    for table in (_TABLES.get(language, _TABLES["en"]), _TABLES["en"]):
        named = {n for at in range(len(words)) if (n := _named_at(table, words, at)) is not None}
        if len(named) == 1:
            return named.pop()
    return None


def _named_at(table: _Words, words: list[str], at: int) -> int | None:
    """The number that is said here, where the word for a question is near."""
    word = words[at]
    number = table.numbers.get(word)
    if number is None and word.isdecimal() and len(word) < 4:
        number = int(word)
    if not number:
        return None
    near = words[max(0, at - NEAR) : at] + words[at + 1 : at + 1 + NEAR]
    # "one" counts, and is counted: it is no number beside "the second".
    if word in table.question and any(other in table.numbers for other in near):
        return None
    return number if any(other in table.question for other in near) else None
