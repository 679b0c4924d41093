"""The greeting: what a model is asked for, and the test that its wording has to pass. Pure.

A language is a file in `prompts/`, with what its greeting must mention.
"""

from __future__ import annotations

import re
import unicodedata

from media_server import prompts
from media_server.interview.phrases import fallback_greeting
from media_server.ports import GreetingRequest, LlmRequest
from media_server.prompts import Prompt, fence

MIN_CHARS = 60
MAX_CHARS = 600
MAX_COLLECTED_CHARS = 4 * MAX_CHARS
"""A long answer included; what is more will not be a greeting."""
_MAX_TITLE_CHARS = 200
_FORMATTING = re.compile(r"[*_#`]+|^\s*[-•]\s+", re.MULTILINE)
_MARKUP = re.compile(r"<[^>]*>|[{}\[\]|<>\\]|https?:|www\.|\d\s*[.)]\s*\n")
_SENTENCE_END = re.compile("[.!?\u2026][\"'\u201d\u00bb)]*(?=\\s|$)")
_NUMBER = re.compile(r"\d+")


class Rejected(Exception):
    """The model's text is no greeting; the reason holds none of its words."""


def wording(locale: str) -> Prompt | None:
    """None: there is no file for this language, so no test that a model's greeting could pass."""
    primary = locale.strip().lower().replace("_", "-").split("-", 1)[0]
    found = prompts.prompt("greeting", primary)
    return found if found.language == primary else None


def greeting_request(
    request: GreetingRequest, words: Prompt, *, first_token_s: float, total_s: float
) -> LlmRequest:
    """One attempt: the interview itself counts them. Nothing of the candidate is in it."""
    title = " ".join("".join(c for c in request.title if c.isprintable()).split())
    return LlmRequest(
        purpose="greeting",
        system=words.system_with(),
        user=words.user_with(
            title=fence("title", title[:_MAX_TITLE_CHARS]),
            questions=str(request.questions_total),
            minutes=str(request.minutes),
        ),
        locale=words.language,
        max_tokens=220,
        temperature=0.4,
        first_token_s=first_token_s,
        total_s=total_s,
    )


def scripted_greeting(request: GreetingRequest) -> str:
    """The fixed wording; in English where there are no words for the language."""
    return fallback_greeting(request.questions_total, request.minutes, request.locale)


def checked_greeting(text: str, request: GreetingRequest, words: Prompt) -> str:
    """The model's text, cleaned and cut at a sentence. Raises Rejected.

    It must say what a greeting owes the candidate, name the right number of minutes and no number
    that nobody gave it: small models invent durations.
    """
    cleaned = _FORMATTING.sub("", text)
    if _MARKUP.search(cleaned):
        raise Rejected("markup in the text")
    cleaned = " ".join(cleaned.split()).strip("\"'\u201c\u201d\u00ab\u00bb ")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn", "So"} for char in cleaned):
        raise Rejected("characters that cannot be spoken")
    cleaned = _cut(cleaned)
    if len(cleaned) < MIN_CHARS:
        raise Rejected("too short or without an end")
    for what, pattern in words.patterns.items():
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
