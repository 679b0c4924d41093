"""What a transcription server says beside the text: words, how sure it is, whether it was speech.

Pure. Servers differ in what they send; what is missing or makes no sense is left out, and nothing
here fails for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from media_server.ports import Word
from media_server.spacing import join, tidy

NO_SPEECH_PROBABILITY = 0.6
SURE_LOG_PROBABILITY = -1.0
"""Whisper's own rule: a segment is silence when it thinks so and is not sure of its words
(Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, 4.5)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What an answer says was spoken. Times of words are seconds of the audio that was sent."""

    text: str
    words: tuple[Word, ...]
    confidence: float | None
    """0 to 1; None: the server does not say."""
    silence: str = ""
    """What was left out as invented on silence."""


@dataclass(frozen=True, slots=True)
class _Segment:
    text: str
    start_s: float | None
    end_s: float | None
    log_probability: float | None
    """Mean of its tokens."""
    weight: int
    no_speech: bool
    words: Any

    def holds(self, word: Word) -> bool:
        middle_s = (word.start_s + word.end_s) / 2
        return (
            self.start_s is not None
            and self.end_s is not None
            and self.start_s <= middle_s < self.end_s
        )


def read(answer: Mapping[str, Any], text: str) -> Heard:
    """`answer`: its JSON, whatever stands in it; `text`: its own text, known to be one.

    Raises nothing.
    """
    segments = _segments(answer.get("segments"))
    words = _words(answer.get("words"))
    if not words:  # whisper.cpp puts them into their segments
        words = tuple(word for segment in segments for word in _words(segment.words))
    silent = [segment for segment in segments if segment.no_speech]
    if not silent:
        return Heard(tidy(text), words, _confidence(segments))
    spoken = [segment for segment in segments if not segment.no_speech]
    return Heard(
        join(segment.text for segment in spoken),
        tuple(w for w in words if spoken and not any(segment.holds(w) for segment in silent)),
        _confidence(spoken),
        join(segment.text for segment in silent),
    )


def _segments(listed: Any) -> list[_Segment]:
    segments: list[_Segment] = []
    for item in listed if isinstance(listed, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("text"), str):
            continue
        text, tokens = item["text"], item.get("tokens")
        log_probability = _number(item.get("avg_logprob"))
        if log_probability is not None and log_probability >= 0:
            log_probability = None  # what servers send that do not know it
        no_speech = _number(item.get("no_speech_prob"))
        segments.append(
            _Segment(
                text,
                _number(item.get("start")),
                _number(item.get("end")),
                log_probability,
                max(1, len(tokens) if isinstance(tokens, list) and tokens else len(text)),
                no_speech is not None
                and no_speech > NO_SPEECH_PROBABILITY
                and log_probability is not None
                and log_probability <= SURE_LOG_PROBABILITY,
                item.get("words"),
            )
        )
    return segments


def _confidence(segments: Sequence[_Segment]) -> float | None:
    """Mean probability of a token, weighted by the tokens of each segment."""
    known = [(s.log_probability, s.weight) for s in segments if s.log_probability is not None]
    if not known:
        return None
    total = sum(log_probability * weight for log_probability, weight in known)
    return round(math.exp(total / sum(weight for _, weight in known)), 4)


def _words(listed: Any) -> tuple[Word, ...]:
    words: list[Word] = []
    for item in listed if isinstance(listed, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("word"), str):
            continue
        start_s, end_s = _number(item.get("start")), _number(item.get("end"))
        if start_s is None or end_s is None:
            continue
        probability = _number(item.get("probability"))
        if probability is not None and not 0 <= probability <= 1:
            probability = None
        words.append(Word(item["word"].strip(), start_s, end_s, probability))
    return tuple(words)


def _number(value: Any) -> float | None:
    """JSON as Python reads it also has NaN, Infinity and numbers written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
