"""Words that no reader should have to guess at stay out of the texts: docs, help, docstrings."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY

WORDS = {
    r"\bmend(s|ed|ing)?\b": "fix, or repair of audio",
    r"\banew\b": "again",
    r"\b(is|are|was|were) told\b": "receives, is sent, learns",
    r"\bFAULTS\b|\b(INTERVIEW|PROTOCOL|FACTS)\.md\b|\bpredecessor": "the fact itself",
}
"""Patterns and what to write in their place."""
PLACES = (
    "*.md",
    "docs/*.md",
    "Makefile",
    "media_server/**/*.py",
    "signaling/*.py",
    "client/**/*.js",
)
TEXTS = (tokenize.COMMENT, tokenize.STRING)


def files() -> list[Path]:
    listed = [file for place in PLACES for file in sorted(REPOSITORY.glob(place))]
    assert len(listed) > 200
    return listed


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """(line, text): everything but the names of Python."""
    content = file.read_text("utf-8")
    if file.suffix == ".py":
        for token in tokenize.generate_tokens(io.StringIO(content).readline):
            if token.type in TEXTS:
                yield token.start[0], token.string
    elif file.suffix == ".js":
        for number, line in enumerate(content.splitlines(), 1):
            if match := re.search(r"//.*|^\s*/?\*.*", line):
                yield number, match[0]
    else:
        yield from enumerate(content.splitlines(), 1)


def found(file: Path) -> list[str]:
    return [
        f"{file.relative_to(REPOSITORY)}:{line}: {match[0]!r}; write: {better}"
        for line, text in texts(file)
        for pattern, better in WORDS.items()
        for match in re.finditer(pattern, text)
    ]


def test_texts_use_plain_words() -> None:
    wrong = [line for file in files() for line in found(file)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text", ["how to mend it", "a client is told", "FAULTS 42", "begin anew"])
def test_each_word_would_be_found(text: str) -> None:
    assert any(re.search(pattern, text) for pattern in WORDS)
