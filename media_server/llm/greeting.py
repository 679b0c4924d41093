"""The greeting: the test a model's wording has to pass, by language. Pure.

What a greeting must mention is a file in `prompts/`: a language is one file more.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from media_server.interview.phrases import fallback_greeting
from media_server.ports import GreetingRequest

MIN_CHARS = 60
MAX_CHARS = 600
_PROMPTS = Path(__file__).parent / "prompts"
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)
_FORMATTING = re.compile(r"[*_#`]+|^\s*[-•]\s+", re.MULTILINE)
_MARKUP = re.compile(r"<[^>]*>|[{}\[\]|<>\\]|https?:|www\.|\d\s*[.)]\s*\n")
_SENTENCE_END = re.compile("[.!?\u2026][\"'\u201d\u00bb)]*(?=\\s|$)")
_NUMBER = re.compile(r"\d+")


class Rejected(Exception):
    """The model's text is no greeting; the reason holds none of its words."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's file."""

    language: str
    name: str
    """Of the language, in English, for the prompt."""
    must_mention: dict[str, str]
    """What → pattern: that it is an AI, and how to have a question repeated."""


def wording(locale: str) -> Wording | None:
    """None: no file for this language."""
    primary = locale.strip().lower().replace("_", "-").split("-", 1)[0]
    return _load(primary) if _LANGUAGE.fullmatch(primary) else None


@functools.cache
def _load(language: str) -> Wording | None:
    try:
        text = (_PROMPTS / f"greeting.{language}.json").read_text("utf-8")
    except FileNotFoundError:
        return None
    return Wording(language=language, **json.loads(text))


@functools.cache
def prompt(name: str) -> str:
    """A prompt file's text."""
    return (_PROMPTS / f"{name}.txt").read_text("utf-8").strip()


def scripted_greeting(request: GreetingRequest) -> str:
    """The fixed wording; in English where there are no words for the language."""
    return fallback_greeting(request.questions_total, request.minutes, request.locale)


def checked_greeting(text: str, request: GreetingRequest, words: Wording) -> str:
    """The model's text, cleaned and cut at a sentence. Raises Rejected.

    It must say what a greeting owes the candidate, name the right number of minutes and no number
    that nobody gave it: small models invent durations.
    """
    cleaned = _FORMATTING.sub("", _THOUGHTS.sub("", text))
    if _MARKUP.search(cleaned):
        raise Rejected("markup in the text")
    cleaned = " ".join(cleaned.split()).strip("\"'\u201c\u201d\u00ab\u00bb ")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn", "So"} for char in cleaned):
        raise Rejected("characters that cannot be spoken")
    cleaned = _cut(cleaned)
    if len(cleaned) < MIN_CHARS:
        raise Rejected("too short or without an end")
    for what, pattern in words.must_mention.items():
        if not re.search(pattern, cleaned, re.IGNORECASE):
            raise Rejected(f"does not mention: {what}")
    numbers = set(_NUMBER.findall(cleaned))
    if str(request.minutes) not in numbers:
        raise Rejected("does not mention: minutes")
    given = {str(request.minutes), str(request.questions_total), *_NUMBER.findall(request.title)}
    if numbers - given:
        raise Rejected("a number that was not given")
    return cleaned


def _cut(text: str) -> str:
    """Up to the last sentence that is whole within MAX_CHARS."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text[: MAX_CHARS + 1])]
    within = [end for end in ends if end <= MAX_CHARS]
    return text[: within[-1]] if within else ""
