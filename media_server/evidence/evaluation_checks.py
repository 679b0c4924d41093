"""Whether the evaluation of a bundle is the one of its log, and quotes what was said. Pure.

Bounded like the rest of the verifier: a quote is looked up in the turn that it names, and there are
only so many turns and criteria.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MAX_CRITERIA = 2_000
"""Of a log: 100 questions with 20 each."""
MAX_QUOTES = 64
"""Of a criterion."""
MAX_COMPARED = 200_000_000
"""Characters, of all quotes: an honest evaluation takes a few thousand."""
_SCORED = ("status", "score", "scores", "spread", "quotes", "reasons")
_DECIDED = ("score", "confirmed", "by", "reason", "via")
_OUTCOMES = {"evaluation_made": "ready", "evaluation_failed": "failed"}
Key = tuple[str, str]


class EvaluationLog:
    """What a log has of an evaluation. `add` for every entry."""

    def __init__(self) -> None:
        self.criteria: dict[Key, Mapping[str, Any]] = {}
        self.decisions: dict[Key, list[Mapping[str, Any]]] = {}
        self.outcome = ""
        self.too_many = False
        self._left = MAX_COMPARED
        self._entries = 0
        self._live: dict[object, list[tuple[float, str]]] = {}
        """By turn: (start, letters) of each segment, of each stretch, and what was typed."""
        self._record: dict[object, list[tuple[float, str]]] = {}
        self._typed: dict[object, list[str]] = {}
        self._joined: dict[object, tuple[str, ...]] = {}

    def add(self, kind: str, data: Mapping[str, Any]) -> None:
        match kind:
            case "segment_transcribed":
                self._words(self._live, data)
            case "stretch_transcribed":
                self._words(self._record, data)
            case "turn_ended" | "typed_late" if data.get("typed"):
                turn = _turn(data.get("turn_epoch"))
                self._typed.setdefault(turn, []).append(letters(str(data["typed"])))
            case "criterion_judged":
                self.criteria[_key(data)] = {name: data.get(name) for name in _SCORED}
            case "evaluation_renewed":
                # Nothing of the one before counts from here on, but for decisions: a server begins
                # nothing again that a person has decided about.
                self.criteria, self.outcome = {}, ""
            case "evaluation_decided":
                known = {name: data.get(name) for name in _DECIDED}
                self.decisions.setdefault(_key(data), []).append(known)
            case _:
                self.outcome = _OUTCOMES.get(kind, self.outcome)
        self._entries += kind in ("criterion_judged", "evaluation_decided")
        self.too_many = self._entries > 2 * MAX_CRITERIA

    def _words(self, where: dict[object, list[tuple[float, str]]], data: Mapping[str, Any]) -> None:
        start_s = data.get("start_s")
        at_s = start_s if isinstance(start_s, float) else 0.0
        found = where.setdefault(_turn(data.get("turn_epoch")), [])
        found.append((at_s, letters(str(data.get("text", "")))))

    def said_in(self, turn_epoch: object) -> Iterator[str]:
        """The letters of a turn as they came live, as the record has them, and as typed; nothing
        any more where looking them up takes too long."""
        turn = _turn(turn_epoch)
        if (joined := self._joined.get(turn)) is None:
            joined = self._joined[turn] = tuple(self._all(turn))
        self._left -= sum(map(len, joined)) + 100
        if self._left >= 0:
            yield from joined

    def _all(self, turn: object) -> Iterator[str]:
        for where in (self._live, self._record):
            yield "".join(text for _, text in sorted(where.get(turn, ())))
        yield from self._typed.get(turn, ())


def faults(found: object, log: EvaluationLog, texts: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """`found`: the result's evaluation. `texts`: of the turns of each answer, by prompt id, which
    are known to stand in the log."""
    if not isinstance(found, Mapping):
        yield "the evaluation cannot be read"
        return
    if log.too_many:
        yield "the log has more criteria or decisions than any interview"
        return
    if found.get("status") != (log.outcome or "pending"):
        yield "the evaluation: the log does not say that it is as far as that"
    shown = [one for one in _list(found.get("criteria")) if isinstance(one, Mapping)]
    if [_key(one) for one in shown] != list(log.criteria):
        yield "the evaluation: its criteria are not those that the log has as judged"
        return
    for criterion in shown:
        yield from _criterion(criterion, log, texts)


def _criterion(
    shown: Mapping[str, Any], log: EvaluationLog, texts: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    key = _key(shown)
    name = f"the evaluation of {key[0]!r:.40} by {key[1]!r:.40}"
    logged = log.criteria[key]
    differing = [field for field in _SCORED if shown.get(field) != logged.get(field)]
    if differing:
        yield f"{name}: {', '.join(differing)} is not what the log has"
    decisions = _list(shown.get("decisions"))
    known = log.decisions.get(key, [])
    if [_decision(one) for one in decisions] != [_decision(one) for one in known]:
        yield f"{name}: what people decided is not what the log has"
    last = decisions[-1] if decisions else None
    if shown.get("decision") != last or shown.get("final") is not bool(decisions):
        yield f"{name}: it says final, or who decided, other than its decisions do"
    quotes = _list(shown.get("quotes"))
    if len(quotes) > MAX_QUOTES:
        yield f"{name}: it has more quotes than any"
    elif not all(_is_said(quote, log, texts) for quote in quotes):
        yield f"{name}: a quote is not what the candidate said in the turn that it names"


def _is_said(quote: object, log: EvaluationLog, texts: Mapping[str, Iterable[str]]) -> bool:
    """Word for word: in the answer as the result has it, or as the log had it when it was judged
    (better words may have come since)."""
    if not isinstance(quote, Mapping):
        return False
    text = str(quote.get("text") or "")
    said = letters(text)
    if not said:
        return False
    if any(text in turn for turn in texts.get(str(quote.get("prompt_id")), ())):
        return True
    return any(said in turn for turn in log.said_in(quote.get("turn_epoch")))


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _decision(found: object) -> tuple[object, ...] | None:
    return tuple(found.get(name) for name in _DECIDED) if isinstance(found, Mapping) else None


def _turn(found: object) -> object:
    return found if isinstance(found, int) else None


def _key(found: Mapping[str, Any]) -> Key:
    return str(found.get("question_id")), str(found.get("criterion_id"))


def _list(found: object) -> list[Any]:
    return found if isinstance(found, list) else []
