"""Each public part of these rooms says what it is: what a reader of another room calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY
from tests.support.source import parsed

_FILES = [
    file
    for room in ("ports", "audio", "rtc")
    for file in sorted((REPOSITORY / "media_server" / room).glob("*.py"))
    if file.name != "__init__.py"
]
_PARTS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        if isinstance(node, _PARTS) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, node.name + ".")


@pytest.mark.parametrize("file", _FILES, ids=lambda file: f"{file.parent.name}.{file.stem}")
def test_every_public_part_has_a_docstring(file: Path) -> None:
    tree = parsed(file)
    assert ast.get_docstring(tree), "the module says what is in it"
    bare = [
        name
        for name, node in public(tree.body)
        if isinstance(node, _PARTS) and not ast.get_docstring(node)
    ]
    assert not bare, f"{file}: without a docstring: {', '.join(bare)}"
