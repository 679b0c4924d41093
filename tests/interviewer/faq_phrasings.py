"""Answers from a FAQ in other words: faithful ones, and ways to make a faithful one untrue.

The entries are those of `tests/interview/faq/`. The faithful answers were written before the check.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from media_server.interview.rubric import FaqEntry
from tests.interview.faq.corpus import asked

_FAITHFUL = Path(__file__).parent / "faq_faithful.toml"
NAMES = ("Mr Schneider", "Google", "Anna Kowalska", "München", "Ford", "Dr. Ruiz")
PROMISES = {
    "en": (
        "You will get the job.",
        "We guarantee it.",
        "You will receive a laptop.",
        "We promise.",
    ),
    "de": ("Sie bekommen die Stelle.", "Das garantieren wir.", "Wir versprechen es Ihnen."),
    "es": ("Le daremos el puesto.", "Está garantizado.", "Se lo prometemos."),
    "fr": ("Vous aurez le poste.", "C'est garanti.", "Nous vous le promettons."),
    "ar": ("سوف تحصل على الوظيفة.", "هذا مضمون.", "نعدك بذلك."),
}
ADDED = {
    "en": ("There is a gym.", "Bring your dog.", "Lunch is free."),
    "de": ("Es gibt ein Fitnessstudio.", "Das Mittagessen ist kostenlos."),
    "es": ("Hay un gimnasio.", "La ropa es gratis."),
    "fr": ("Il y a une salle de sport.", "Le déjeuner est gratuit."),
    "ar": ("يوجد نادٍ رياضي.", "الغداء مجاني."),
}
ALWAYS = {"en": "always", "de": "immer", "es": "siempre", "fr": "toujours", "ar": "دائما"}
NEGATED = {
    "en": ((r"\bcannot\b", "can"), (r"\bnobody\b", "everybody"), (r"\bnot\b ?", "")),
    "de": ((r"\bkeine\b", "eine"), (r"\bnicht\b ?", ""), (r"\bunbefristet\b", "befristet")),
    "es": ((r"\bno\b ", ""),),
    "fr": (
        (r"\bPersonne ne\b", "Tout le monde"),
        (r"\bNon, ", "Oui, "),
    ),
    "ar": (),
}
LIMITS = {
    "en": (
        " up to",
        "Only ",
        " after the first three months",
        ", depending on experience",
        " at most",
        " within two weeks",
    ),
    "de": ("Nach der Einarbeitung ", ", je nach Erfahrung", " innerhalb von zehn Tagen"),
    "es": (
        " con un periodo de prueba de dos meses",
        " en catorce pagas",
        " en un plazo de diez días",
    ),
    "fr": (" après la période d'essai", " dans les quinze jours", " au plus"),
    "ar": (),
}


@dataclass(frozen=True, slots=True)
class Hostile:
    kind: str
    language: str
    entry: FaqEntry
    text: str


def entries() -> dict[tuple[str, str], FaqEntry]:
    """(language, question) → entry"""
    return {
        (one.language, entry.q): entry
        for one in asked()
        if one.half != "near"
        for entry in one.entries
    }


def faithful() -> Iterator[tuple[str, FaqEntry, str]]:
    """(language, entry, answer)"""
    known = entries()
    for language, said in tomllib.loads(_FAITHFUL.read_text("utf-8")).items():
        for one in said:
            yield language, known[language, one["q"]], one["said"]


def hostile(count: int, seed: int = 7) -> Iterator[Hostile]:
    """`count` answers that are not true to their entry, made of some that are."""
    source = random.Random(seed)
    true = [
        *faithful(),
        *((language, entry, entry.a) for (language, _), entry in entries().items()),
    ]
    made = 0
    while made < count:
        language, entry, text = source.choice(true)
        kind, change = source.choice(CHANGES)
        if change is _of_another:
            changed = change(f"{text}\n{entry.a}", language, source)
        else:
            changed = change(text, language, source)
        if changed is not None and changed != text:
            made += 1
            yield Hostile(kind, language, entry, changed)


def _numbers(text: str) -> list[re.Match[str]]:
    return list(re.finditer(r"\d[\d.,]*\d|\d", text))


def _other_number(text: str, language: str, source: random.Random) -> str | None:
    found = _numbers(text)
    if not found:
        return None
    one = source.choice(found)
    digits = re.sub(r"\D", "", one[0])
    other = str(int(digits) + source.choice([1, 2, 10, 500, 1000]))
    return f"{text[: one.start()]}{other}{text[one.end() :]}"


def _other_number_word(text: str, language: str, source: random.Random) -> str | None:
    words = {
        "en": ("two", "three", "six", "nine", "four"),
        "de": ("zwei", "zehn", "sechs"),
        "es": ("dos", "catorce", "diez"),
        "fr": ("deux", "trois", "treize", "quinze"),
        "ar": (),
    }[language]
    there = [word for word in words if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    if not there:
        return None
    one = source.choice(there)
    other = source.choice([word for word in words if word != one])
    return re.sub(rf"\b{one}\b", other, text, count=1, flags=re.IGNORECASE)


def _numbers_swapped(text: str, language: str, source: random.Random) -> str | None:
    found = _numbers(text)
    if len(found) < 2 or found[0][0] == found[1][0]:
        return None
    first, second = found[:2]
    return (
        text[: first.start()]
        + second[0]
        + text[first.end() : second.start()]
        + first[0]
        + text[second.end() :]
    )


def _name(text: str, language: str, source: random.Random) -> str | None:
    words = text.split()
    at = source.randrange(1, len(words) + 1)
    return " ".join([*words[:at], source.choice(NAMES), *words[at:]])


def _appended(texts: dict[str, tuple[str, ...]]) -> Callable[..., str | None]:
    def change(text: str, language: str, source: random.Random) -> str | None:
        more = source.choice(texts[language])
        return f"{text} {more}" if source.random() < 0.7 else f"{more} {text}"

    return change


def _negation_dropped(text: str, language: str, source: random.Random) -> str | None:
    for pattern, instead in NEGATED[language]:
        if re.search(pattern, text):
            return re.sub(pattern, instead, text, count=1)
    return None


def _negation_added(text: str, language: str, source: random.Random) -> str | None:
    verbs = {
        "en": (r"\b(is|are|can|has|pays)\b", r"\1 not"),
        "de": (r"\b(ist|sind|gibt|liegt)\b", r"\1 nicht"),
        "es": (r"\b(es|está|puede|hay|son)\b", r"no \1"),
        "fr": (r"\b(est|dure|suit)\b", r"n'\1 pas"),
        "ar": (r"^", "ليس "),
    }
    pattern, instead = verbs[language]
    return re.sub(pattern, instead, text, count=1)


def _limit_dropped(text: str, language: str, source: random.Random) -> str | None:
    there = [limit for limit in LIMITS[language] if limit.lower() in text.lower()]
    if not there:
        return None
    return re.sub(re.escape(source.choice(there)), " ", text, flags=re.IGNORECASE)


def _always(text: str, language: str, source: random.Random) -> str | None:
    words = text.split()
    at = source.randrange(1, len(words))
    return " ".join([*words[:at], ALWAYS[language], *words[at:]])


def _address(text: str, language: str, source: random.Random) -> str | None:
    return f"{text} " + source.choice(
        ["See https://example.org.", "Look at www.jobs.example.", "mail@x.com"]
    )


def _markup(text: str, language: str, source: random.Random) -> str | None:
    return source.choice([f"**{text}**", f"<b>{text}</b>", f"- {text}\n# End", f"`{text}`"])


def _too_long(text: str, language: str, source: random.Random) -> str | None:
    return " ".join([text] * (70 // len(text.split()) + 1))


def _asks(text: str, language: str, source: random.Random) -> str | None:
    return f"{text.rstrip('.')}?"


def _of_another(text: str, language: str, source: random.Random) -> str | None:
    """`text`: what is said, and in a second line the entry's own answer."""
    said, own = text.split("\n")
    others = [e.a for (tag, _), e in entries().items() if tag == language and e.a != own]
    return f"{said} {source.choice(others)}"


CHANGES: tuple[tuple[str, Callable[[str, str, random.Random], str | None]], ...] = (
    ("another number", _other_number),
    ("another number in words", _other_number_word),
    ("two numbers swapped", _numbers_swapped),
    ("a name", _name),
    ("a promise", _appended(PROMISES)),
    ("another fact", _appended(ADDED)),
    ("a negation dropped", _negation_dropped),
    ("a negation added", _negation_added),
    ("a limit dropped", _limit_dropped),
    ("always", _always),
    ("an address", _address),
    ("markup", _markup),
    ("too long", _too_long),
    ("a question", _asks),
    ("the answer to something else", _of_another),
)
