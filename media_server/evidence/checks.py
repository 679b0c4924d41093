"""Whether the result of a bundle says what its log says, and names audio that is there. Pure.

A verifier of another release must come to the same verdict, so the log is not folded: it is asked
whether each word, with its times, and each text of the result was written into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MAX_WORDS = 2_000_000
"""Of a log; more are of no interview (a word takes 0.2 s and more)."""
SHOWN = 5
"""Faults of one kind that are listed; the rest are counted."""


class BadLog(Exception):
    """The text says which entry, and what is wrong with it."""


class LogWords:
    """What a log has of the candidate's words. `add` for every entry."""

    def __init__(self) -> None:
        self.words: set[tuple[str, float, float]] = set()
        self.texts: set[str] = set()
        """Letters and digits of recognised texts, which are joined with other spacing."""
        self.typed: set[str] = set()
        self.entries = 0

    def add(self, entry: Mapping[str, Any]) -> None:
        """Raises BadLog."""
        self.entries += 1
        if entry.get("seq") != self.entries:
            raise BadLog(f"entry {self.entries} has another number")
        kind, data = entry.get("type"), entry.get("data")
        if not isinstance(kind, str) or not isinstance(data, Mapping):
            raise BadLog(f"entry {self.entries} has no type, or no data")
        if kind in ("segment_transcribed", "stretch_transcribed"):
            self.texts |= {_letters(str(data.get(name, ""))) for name in ("text", "rejected_text")}
            for word in _mappings(data.get("words")):
                self.words.add(_word(word))
            if len(self.words) > MAX_WORDS:
                raise BadLog(f"there are more than {MAX_WORDS} words in it")
        elif kind in ("turn_ended", "typed_late", "requested"):
            self.typed |= {str(data.get(name) or "") for name in ("typed", "text")}
        elif kind == "reviewed":
            self.typed |= {str(c.get("text", "")) for c in _mappings(data.get("corrections"))}


class ResultChecks:
    """What was compared, and what did not agree."""

    def __init__(self, result: Mapping[str, Any], log: LogWords, audio: frozenset[str]) -> None:
        """`audio`: names of the recordings in the bundle."""
        self.faults: list[str] = []
        self.unproved: list[str] = []
        self.words = self.recordings = 0
        self._log = log
        self._audio = audio
        self.answers = list(_mappings(result.get("answers")))
        for answer in self.answers:
            self._answer(answer)
        media = result.get("media")
        for connection in _mappings(media.get("connections") if isinstance(media, Mapping) else ()):
            self._connection(connection)
        if result.get("evaluation") is not None:
            self.unproved.append("the evaluation: this program does not know its form")

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
        if not _made_of(_letters(text), self._log.texts):
            self.faults.append(f"{name}: a text is not made of what the log has")

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
        if file not in self._audio:
            fault = f"{by}: its audio {file!r:.110} is not in the bundle"
            if fault not in self.faults:
                self.faults.append(fault)


def shortened(lines: Iterable[str], limit: int) -> Iterator[str]:
    """The first `limit`, and how many more there are."""
    listed = list(lines)
    yield from listed[:limit]
    if len(listed) > limit:
        yield f"and {len(listed) - limit} more"


def _made_of(letters: str, texts: set[str]) -> bool:
    """Whether it can be put together from some of `texts`, one behind the other."""
    usable = [text for text in texts if text and text in letters]
    reached, seen = [0], {0}
    while reached:
        at = reached.pop()
        if at == len(letters):
            return True
        for text in usable:
            end = at + len(text)
            if end not in seen and letters.startswith(text, at):
                seen.add(end)
                reached.append(end)
    return False


def _word(word: Mapping[str, Any]) -> tuple[str, float, float]:
    start, end = word.get("s"), word.get("e")
    times = (float(t) if isinstance(t, int | float) else float("inf") for t in (start, end))
    start_s, end_s = times
    return str(word.get("w")), start_s, end_s


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _mappings(found: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, Mapping))
