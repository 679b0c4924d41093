"""The demo interview, in the languages of the page. English stands in demo.json, whole; what the
others say instead, in demo_words.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from media_server.interview.spec import InterviewSpec

DEMO_FILE = Path(__file__).with_name("demo.json")
WORDS_FILE = Path(__file__).with_name("demo_words.json")
DEFAULT = "en"
_MAX_TAGS = 20


def demos() -> Mapping[str, InterviewSpec]:
    """By language. Blocking: reads two files."""
    english: dict[str, Any] = json.loads(DEMO_FILE.read_bytes())
    found = {DEFAULT: InterviewSpec.model_validate(english)}
    for language, words in json.loads(WORDS_FILE.read_bytes()).items():
        pairs = zip(english["questions"], words["questions"], strict=True)
        questions = [asked | said for asked, said in pairs]
        spec = english | words | {"candidate": {"locale": language}, "questions": questions}
        found[language] = InterviewSpec.model_validate(spec)
    return found


def spoken(
    known: Mapping[str, InterviewSpec], speaks: Callable[[str], bool]
) -> Mapping[str, InterviewSpec]:
    """Those that are heard. All of them where there is no voice at all: then each is read."""
    return {language: spec for language, spec in known.items() if speaks(language)} or known


def language_of(accepted: str, known: Mapping[str, object]) -> str:
    """The most wanted language of `Accept-Language` (RFC 9110 §12.5.4) that is known, else English.
    As the page chooses: by the first part of each tag."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")[:_MAX_TAGS]):
        tag, _, rest = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in known and (weight := _weight(rest)) > 0:
            wanted.append((-weight, place, language))
    return min(wanted)[2] if wanted else DEFAULT


def _weight(rest: str) -> float:
    """Of "q=0.7"; 1 where nothing is said, 0 for what is no number between 0 and 1."""
    name, _, value = rest.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
