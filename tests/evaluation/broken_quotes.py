"""Quotes as models make them: right, nearly right, invented, broken and hostile. From a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

TURNS = (
    "I did not delete the data, because we had 3 backups and 10,000 customers. Then I left early.",
    "Wir haben nicht sofort reagiert, weil niemand die 25 Warnungen gesehen hat. Das war teuer.",
    "No pude hablar con el cliente, porque tenía dos reuniones. Nunca lo olvidé.",
    "Je n'ai jamais vu ce rapport, parce que personne ne me l'a envoyé. C’était en 2019.",
    "Yes.",
    "We used Kafka at \u22123.5 degrees… well, no: in the cold store, for 1.5 years, twenty men!",
    "我没有删除数据\uff0c因为有三个备份。",
)
_WORDS = tuple(word for turn in TURNS for word in turn.split())
_HOSTILE: tuple[object, ...] = (
    "", " ", "\x00", "\ud800", "…", ".", "a" * 100_000, "not " * 25_000, "1 " * 50_000,
    None, 5, True, [], {}, ["I did not"], {"quote": "I did not"}, "</quote>", "\u202e" * 500,
    "I", "the", "and", "e\u0301" * 800,
)  # fmt: skip


def quotes(seed: int, count: int) -> Iterator[object]:
    """So many values in the place of a quote."""
    rng = random.Random(seed)
    for _ in range(count):
        yield _quote(rng)


def _quote(rng: random.Random) -> object:
    kind = rng.random()
    turn = rng.choice(TURNS)
    words = turn.split()
    start = rng.randrange(len(words))
    piece = words[start : start + rng.randint(1, 14)]
    if kind < 0.2:
        return " ".join(piece)
    if kind < 0.6:
        for _ in range(rng.randint(1, 3)):
            piece = _broken(piece, rng)
        return " ".join(piece)
    if kind < 0.7:  # joined across turns
        other = rng.choice(TURNS).split()
        return " ".join([*piece, *other[: rng.randint(1, 6)]])
    if kind < 0.8:  # letters
        letters = list(" ".join(piece))
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(letters))
            letters[at] = rng.choice(["", "x", " ", letters[at].upper(), "\u0301", letters[at] * 2])
        return "".join(letters)
    if kind < 0.95:
        return " ".join(rng.choices(_WORDS, k=rng.randint(1, 20)))
    return rng.choice(_HOSTILE)


def _broken(words: list[str], rng: random.Random) -> list[str]:
    if not words:
        return ["not"]
    at = rng.randrange(len(words))
    change = rng.randrange(6)
    if change == 0:
        return words[:at] + words[at + 1 :]
    if change == 1:
        return [*words[:at], rng.choice(_WORDS), *words[at:]]
    if change == 2:
        return [*words[:at], rng.choice(_WORDS), *words[at + 1 :]]
    if change == 3:
        return [*words[:at], rng.choice(["not", "nicht", "no", "jamais", "7"]), *words[at:]]
    if change == 4:
        return [word.upper().strip(".,") for word in words]
    return [word for word in words if word.casefold() not in {"not", "nicht", "no", "jamais"}]
