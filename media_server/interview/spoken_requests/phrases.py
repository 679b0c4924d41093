"""Phrases over words, and one automaton that finds all of them from a given word on.

A phrase is written as it is said, with `(a|b c)` for one of several, `[a|b]` for one or none,
`<name>` for a group of the table, and `*` for one to four words that nobody can list:

    (can|could) you repeat [that|<question>]
    what do you mean by *
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

MOST_SLOT_WORDS = 4
_OTHER = ""
"""Every word that no phrase knows."""
_TOKEN = re.compile(r"[()\[\]|*]|[^\s()\[\]|*<>]+")
_GROUP = re.compile(r"<(\w+)>")


def written_out(phrase: str, groups: Mapping[str, str]) -> str:
    """With the text of each `<name>` in its place. KeyError: a name that is no group."""
    while _GROUP.search(phrase):
        phrase = _GROUP.sub(lambda found: f"({groups[found[1]]})", phrase)
    return phrase


class Automaton:
    """All phrases of a language: add them, `begin()`, then ask.

    A state is the set of places in the phrases where the words so far may have led to. A state is
    made when words first lead there; there are as many as the phrases allow, whatever is said.
    """

    def __init__(self, not_in_slots: Iterable[str] = ()) -> None:
        self._nodes = 1
        self._silent: dict[int, list[int]] = {}
        self._by_word: dict[int, list[tuple[str, int]]] = {}
        self._slot: dict[int, int] = {}
        self._label: dict[int, int] = {}
        self._not_in_slots = frozenset(not_in_slots)
        self._known: set[str] = set(self._not_in_slots)
        self._number: dict[frozenset[int], int] = {}
        self._ways: list[dict[str, set[int]]] = []
        self._next: list[dict[str, int]] = []
        self._labels: list[tuple[int, ...]] = []

    def add(self, phrase: str, label: int) -> None:
        """Add a phrase with its groups written out. ValueError: brackets that do not match."""
        tokens = _TOKEN.findall(phrase)
        tokens.reverse()
        end = self._either(0, tokens)
        if tokens:
            raise ValueError(f"a bracket too many in {phrase!r}")
        self._label[end] = label

    def begin(self) -> None:
        """Make the state before the first word: the largest, and the only one that takes long."""
        self._enter({0})

    def ends(self, words: Sequence[str], start: int) -> list[tuple[int, tuple[int, ...]]]:
        """(end, labels) of every phrase that begins at word `start`."""
        found: list[tuple[int, tuple[int, ...]]] = []
        state = 0
        for position in range(start, len(words)):
            word = words[position] if words[position] in self._known else _OTHER
            following = self._next[state].get(word)
            if following is None:
                ways = self._ways[state]
                places = ways.get(word, ways.get(_OTHER, set()))
                following = self._next[state][word] = self._enter(set(places))
            state = following
            if not self._ways[state] and not self._labels[state]:
                break
            if self._labels[state]:
                found.append((position + 1, self._labels[state]))
        return found

    # --- the phrases, one node for each place between two words ---

    def _node(self) -> int:
        self._nodes += 1
        return self._nodes - 1

    def _lead_on(self, node: int, following: int) -> None:
        self._silent.setdefault(node, []).append(following)

    def _either(self, start: int, tokens: list[str]) -> int:
        end = self._node()
        while True:
            self._lead_on(self._in_row(start, tokens), end)
            if not tokens or tokens[-1] != "|":
                return end
            tokens.pop()

    def _in_row(self, node: int, tokens: list[str]) -> int:
        while tokens and tokens[-1] not in ("|", ")", "]"):
            token = tokens.pop()
            if token in ("(", "["):
                end = self._either(node, tokens)
                if not tokens or tokens.pop() != {"(": ")", "[": "]"}[token]:
                    raise ValueError(f"no end of {token!r} in a phrase")
                if token == "[":  # noqa: S105 - a bracket
                    self._lead_on(node, end)
                node = end
            elif token == "*":  # noqa: S105 - a slot
                node = self._slots(node)
            else:
                if not token.isalnum():
                    raise ValueError(f"no word: {token!r}")
                following = self._node()
                self._by_word.setdefault(node, []).append((token, following))
                self._known.add(token)
                node = following
        return node

    def _slots(self, node: int) -> int:
        end = self._node()
        for _ in range(MOST_SLOT_WORDS):
            following = self._node()
            self._slot[node] = following
            self._lead_on(following, end)
            node = following
        return end

    # --- states ---

    def _enter(self, nodes: set[int]) -> int:
        waiting = list(nodes)
        while waiting:
            for node in self._silent.get(waiting.pop(), ()):
                if node not in nodes:
                    nodes.add(node)
                    waiting.append(node)
        telling = (n for n in nodes if n in self._by_word or n in self._slot or n in self._label)
        key = frozenset(telling)
        if key not in self._number:
            self._number[key] = len(self._ways)
            self._ways.append(self._ways_from(key))
            self._next.append({})
            self._labels.append(tuple(sorted({self._label[n] for n in key if n in self._label})))
        return self._number[key]

    def _ways_from(self, nodes: frozenset[int]) -> dict[str, set[int]]:
        """Where each word leads; `_OTHER`: any that is not named and may stand in a slot."""
        ways: dict[str, set[int]] = {}
        for node in nodes:
            for word, following in self._by_word.get(node, ()):
                ways.setdefault(word, set()).add(following)
        slots = {self._slot[node] for node in nodes if node in self._slot}
        if slots:
            for word, following_of in ways.items():
                if word not in self._not_in_slots:
                    following_of |= slots
            for word in self._not_in_slots:
                ways.setdefault(word, set())
            ways[_OTHER] = slots
        return ways
