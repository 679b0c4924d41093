"""Each public part of the rooms that others build on says what it is, and more than its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY
from tests.support.source import parsed

_ROOMS = ("audio", "ports", "rtc", "store", "stt")
_SERVER = REPOSITORY / "media_server"
_FILES = [
    file
    for room in _ROOMS
    for file in sorted((_SERVER / room).rglob("*.py"))
    if file.name != "__init__.py"
]
_PARTS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_FILLERS = frozenset({
    "a", "an", "and", "as", "at", "by", "do", "does", "for", "from", "get", "gets", "give",
    "gives", "if", "in", "is", "it", "its", "make", "makes", "of", "on", "or", "return",
    "returns", "set", "sets", "that", "the", "their", "this", "to", "what", "which", "whether",
    "with",
})  # fmt: skip


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        if isinstance(node, _PARTS) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, node.name + ".")


def faults(tree: ast.Module) -> Iterator[str]:
    if not ast.get_docstring(tree):
        yield "the module says nothing"
    for name, node in public(tree.body):
        assert isinstance(node, _PARTS)
        text = ast.get_docstring(node)
        if not text:
            yield f"{name} has no docstring"
        elif _words(text) <= _words(name):
            yield f"{name} says no more than its name"


def _words(text: str) -> set[str]:
    """Those that mean something, without the s of a plural or a verb; `CamelCase` is two."""
    found = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", text)}
    return {word.removesuffix("s") for word in found - _FILLERS}


@pytest.mark.parametrize("file", _FILES, ids=lambda file: str(file.relative_to(_SERVER)))
def test_every_public_part_says_what_it_is(file: Path) -> None:
    assert list(faults(parsed(file))) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 1", ["the module says nothing"]),
        ('"""M."""\ndef f(): ...', ["f has no docstring"]),
        (
            '"""M."""\nclass C:\n    """Of one call."""\n    def f(self): ...',
            ["C.f has no docstring"],
        ),
        (
            '"""M."""\nclass CallStats:\n    """The stats of the call."""',
            ["CallStats says no more than its name"],
        ),
        ('"""M."""\ndef close():\n    """Closes it."""', ["close says no more than its name"]),
        ('"""M."""\ndef close():\n    """Closes it within 5 s."""\ndef _f(): ...', []),
    ],
)
def test_what_says_nothing_is_found(source: str, found: list[str]) -> None:
    assert list(faults(ast.parse(source))) == found
