"""Whether the result of a bundle says what its log says, and names audio that is there. Pure.

A verifier of another release must come to the same verdict, so the log is not folded: it is asked
whether each word, with its times, and each text of the result was written into it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from media_server.evidence import evaluation_checks
from media_server.evidence.evaluation_checks import EvaluationLog, letters

MAX_WORDS = 500_000
"""Of a log; more are of no interview (a word takes 0.2 s and more: 27 hours of speech)."""
MAX_CHARACTERS = 16 << 20
"""Of all texts of a log that are remembered."""
MAX_COMPARED = 500_000_000
"""Characters, of all answers. An honest hour takes a few millions; a bundle that is made for it
could keep its reader busy for days."""
_STEP = 100
"""What looking a text up takes besides, in characters."""
SHOWN = 5
"""Faults of one kind that are listed; the rest are counted."""


class BadLog(Exception):
    """The text says which entry, and what is wrong with it."""


class TooMuch(Exception):
    """More than any interview's result takes."""


class LogWords:
    """What a log has of the candidate's words. `add` for every entry."""

    def __init__(self) -> None:
        self.words: set[tuple[str, float, float]] = set()
        self.texts: dict[int, set[str]] = {}
        """By their lengths: letters and digits of recognised texts, which are joined with other
        spacing."""
        self.typed: set[str] = set()
        self.evaluation = EvaluationLog()
        self.entries = 0
        self._characters = 0

    def add(self, entry: Mapping[str, Any]) -> None:
        """Raises BadLog."""
        self.entries += 1
        if entry.get("seq") != self.entries:
            raise BadLog(f"entry {self.entries} has another number")
        kind, data = entry.get("type"), entry.get("data")
        if not isinstance(kind, str) or not isinstance(data, Mapping):
            raise BadLog(f"entry {self.entries} has no type, or no data")
        self.evaluation.add(kind, data)
        if kind in ("segment_transcribed", "stretch_transcribed"):
            for name in ("text", "rejected_text"):
                known = self._counted(letters(str(data.get(name, ""))))
                self.texts.setdefault(len(known), set()).add(known)
            for word in _mappings(data.get("words")):
                self._counted(str(word.get("w")))
                self.words.add(_word(word))
            if len(self.words) > MAX_WORDS:
                raise BadLog(f"there are more than {MAX_WORDS} words in the log")
        elif kind in ("turn_ended", "typed_late", "requested", "summary_corrected"):
            self.typed |= {self._counted(str(data.get(name) or "")) for name in ("typed", "text")}
        elif kind == "reviewed":
            corrections = _mappings(data.get("corrections"))
            self.typed |= {self._counted(str(c.get("text", ""))) for c in corrections}
        elif kind in ("criterion_judged", "evaluation_decided"):
            for name in ("quotes", "reasons", "reason", "by"):
                self._counted(str(data.get(name, "")))

    def _counted(self, text: str) -> str:
        """Raises BadLog when all of them are more than an interview has."""
        self._characters += len(text)
        if self._characters > MAX_CHARACTERS:
            raise BadLog(f"the log has more than {MAX_CHARACTERS} characters of text")
        return text


class ResultChecks:
    """What was compared, and what did not agree."""

    def __init__(self, result: Mapping[str, Any], log: LogWords, audio: frozenset[str]) -> None:
        """`audio`: names of the recordings in the bundle."""
        self.faults: list[str] = []
        self.unproved: list[str] = []
        self.words = self.recordings = self.criteria = 0
        self._log = log
        self._audio = audio
        self._absent: set[str] = set()
        self._left = MAX_COMPARED
        self.answers = list(_mappings(result.get("answers")))
        try:
            for answer in self.answers:
                self._answer(answer)
        except TooMuch:
            self.faults.append("the texts of the result take too long to compare with the log")
        media = result.get("media")
        for connection in _mappings(media.get("connections") if isinstance(media, Mapping) else ()):
            self._connection(connection)
        if (evaluation := result.get("evaluation")) is not None:
            self.criteria = len(log.evaluation.criteria)
            self.faults += evaluation_checks.faults(evaluation, log.evaluation, self._texts())
            self.unproved += _not_proved(log.evaluation)

    def _texts(self) -> dict[str, list[str]]:
        """Of the turns, by prompt: whether they stand in the log is checked with their answers."""
        return {
            str(answer.get("prompt_id")): [
                str(turn.get("text") or "") for turn in _mappings(answer.get("turns"))
            ]
            for answer in self.answers
        }

    def _answer(self, answer: Mapping[str, Any]) -> None:
        name = f"answer {answer.get('prompt_id')!r:.60}"
        counted = []
        for turn in _mappings(answer.get("turns")):
            text = str(turn.get("text") or "")
            if turn.get("mode") == "text":
                if text not in self._log.typed:
                    self.faults.append(f"{name}: a typed text is not in the log")
            else:
                self._spoken(name, turn, text)
            if text and not turn.get("request") and not turn.get("set_aside"):
                counted.append(text)
            if turn.get("untranscribed"):
                self.unproved.append(f"what was said in a part of {name}: it was not written down")
        if str(answer.get("text") or "") != " ".join(counted):
            self.faults.append(f"{name}: its text is not that of its turns")
        correction = answer.get("correction")
        if isinstance(correction, Mapping) and correction.get("text") not in self._log.typed:
            self.faults.append(f"{name}: the candidate's correction is not in the log")
        for one in _mappings(answer.get("summary_corrections")):
            text = str(one.get("text") or "")
            if text not in self._log.typed and not self._made_of_texts(letters(text)):
                self.faults.append(f"{name}: what was corrected in the summary is not in the log")
        for span in _mappings(answer.get("audio")):
            self._named(str(span.get("file")), name)

    def _spoken(self, name: str, turn: Mapping[str, Any], text: str) -> None:
        found = [_word(word) for word in _mappings(turn.get("words"))]
        missing = [word for word in found if word not in self._log.words]
        self.words += len(found)
        if missing:
            _, start_s, _ = missing[0]
            self.faults.append(
                f"{name}: {len(missing)} of its words are not in the log with these times, the "
                f"first at {start_s:g} s"
            )
        if not self._made_of_texts(letters(text)):
            self.faults.append(f"{name}: a text is not made of what the log has")

    def _made_of_texts(self, said: str) -> bool:
        """Whether it can be put together from texts of the log, one behind the other. Raises
        TooMuch."""
        texts = sorted(self._log.texts.items())
        reached, seen = [0], {0}
        while reached:
            at = reached.pop()
            if at == len(said):
                return True
            for length, having in texts:
                end = at + length
                if end > len(said):
                    break
                self._left -= length + _STEP
                if self._left < 0:
                    raise TooMuch
                if end not in seen and said[at:end] in having:
                    seen.add(end)
                    reached.append(end)
        return False

    def _connection(self, connection: Mapping[str, Any]) -> None:
        name = f"connection {connection.get('connection_epoch')!r:.12}"
        recording = connection.get("recording")
        if recording is not None:
            self.recordings += 1
            self._named(str(recording), name)
        elif connection.get("microphone") and connection.get("media_s"):
            self.unproved.append(
                f"how {name} sounded: its audio was never kept, or was erased when its time was "
                "over"
            )

    def _named(self, file: str, by: str) -> None:
        if file not in self._audio and file not in self._absent:
            self._absent.add(file)
            self.faults.append(f"{by}: its audio {file!r:.110} is not in the bundle")


def _not_proved(log: EvaluationLog) -> Iterator[str]:
    if log.criteria:
        yield "that a proposed score is right: a model proposed it from the quotes"
    if log.decisions:
        yield "that whoever decided about a score has the name that they gave"


def shortened(lines: Iterable[str], limit: int) -> Iterator[str]:
    """The first `limit`, and how many more there are."""
    listed = list(lines)
    yield from listed[:limit]
    if len(listed) > limit:
        yield f"and {len(listed) - limit} more"


def _word(word: Mapping[str, Any]) -> tuple[str, float, float]:
    return str(word.get("w")), _time_s(word.get("s")), _time_s(word.get("e"))


def _time_s(found: object) -> float:
    """Infinite for what is no time."""
    try:
        return float(found) if isinstance(found, int | float) else math.inf
    except OverflowError:
        return math.inf


def _mappings(found: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, Mapping))
