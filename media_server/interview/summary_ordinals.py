"""Which question somebody names: "for question two", "my third answer". Pure."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.interview.key_sentences import words_of

NEAR = 2
"""So many words may stand between "second" and "question"."""
_ONE_OF = frozenset({"frage", "antwort", "punkt", "satz"})
"""Behind a number with a full stop: "2. Frage". In other languages two of them would be meant."""
LAST = -1
"""Instead of a number: the last of them."""


@dataclass(frozen=True, slots=True)
class _Words:
    question: frozenset[str]
    """What is counted."""
    number: frozenset[str]
    """Before a number that names a question."""
    counts: dict[str, int]
    """Said behind "question" only: "two questions" are any two."""
    ordinals: dict[str, int]


def _words(question: str, number: str, counts: str, ordinals: str, last: str) -> _Words:
    """`counts`, `ordinals`: for 1, 2, 3 and so on; those of one number with a stroke between."""
    numbers, places = (
        {word: n for n, words in enumerate(text.split(), 1) for word in words.split("|")}
        for text in (counts, ordinals)
    )
    places.update(dict.fromkeys(last.split(), LAST))
    return _Words(frozenset(question.split()), frozenset(number.split()), numbers, places)


_TABLES = {
    "en": _words(
        "question questions answer answers one point points sentence",
        "question number",
        "one two three four five six seven eight nine ten eleven twelve",
        "first|1st second|2nd third|3rd fourth|4th fifth|5th sixth|6th seventh|7th eighth|8th "
        "ninth|9th tenth|10th eleventh|11th twelfth|12th",
        "last",
    ),
    "de": _words(
        "frage fragen antwort antworten punkt satz",
        "frage nummer",
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "erste|ersten|erster zweite|zweiten|zweiter dritte|dritten|dritter "
        "vierte|vierten|vierter fünfte|fünften|fünfter sechste|sechsten|sechster "
        "siebte|siebten|siebter achte|achten|achter neunte|neunten|neunter "
        "zehnte|zehnten|zehnter elfte|elften|elfter zwölfte|zwölften|zwölfter",
        "letzte letzten letzter",
    ),
    "es": _words(
        "pregunta preguntas respuesta respuestas punto frase",
        "pregunta número",
        "uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "primera|primer|primero segunda|segundo tercera|tercer|tercero cuarta|cuarto quinta|quinto "
        "sexta|sexto séptima|séptimo octava|octavo novena|noveno décima|décimo undécima|undécimo "
        "duodécima|duodécimo",
        "última último",
    ),
    "fr": _words(
        "question questions réponse réponses point phrase",
        "question numéro",
        "un deux trois quatre cinq six sept huit neuf dix onze douze",
        "première|premier deuxième|seconde|second|2e troisième|3e quatrième|4e cinquième|5e "
        "sixième|6e septième|7e huitième|8e neuvième|9e dixième|10e onzième|11e douzième|12e",
        "dernière dernier",
    ),
    "ar": _words(
        "السؤال سؤال للسؤال بالسؤال الجواب الإجابة النقطة",
        "السؤال رقم سؤال",
        "واحد اثنان|اثنين ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة",
        "الأول|الأولى الثاني|الثانية الثالث|الثالثة الرابع|الرابعة الخامس|الخامسة "
        "السادس|السادسة السابع|السابعة الثامن|الثامنة التاسع|التاسعة العاشر|العاشرة",
        "",
    ),
}


def question_named(text: str, locale: str) -> int | None:
    """Its number, from 1, or LAST; None: no question is named, or more than one. English is
    understood in every language."""
    words = words_of(text)
    language = locale.partition("-")[0].casefold()
    for table in (_TABLES.get(language, _TABLES["en"]), _TABLES["en"]):
        named = {n for at in range(len(words)) if (n := _named_at(table, words, at)) is not None}
        if len(named) == 1:
            return named.pop()
    return None


def _named_at(table: _Words, words: list[str], at: int) -> int | None:
    """The number that is said here: "question two", or "the second of my answers"."""
    word = words[at]
    before, behind = words[max(0, at - NEAR) : at], words[at + 1 : at + 1 + NEAR]
    if word in table.ordinals:
        number = table.ordinals[word]
        near = behind[:1] if number == LAST else before + behind  # "at one point last year"
        return number if table.question.intersection(near) else None
    digits = word.isdecimal() and len(word) < 4
    named = table.number.intersection(before[-1:]) or (digits and _ONE_OF.intersection(behind[:1]))
    return (int(word) if digits else table.counts.get(word)) or None if named else None
