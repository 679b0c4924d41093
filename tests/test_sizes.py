"""Modules, functions and classes stay small enough to be read, or say why they are not.

A reason is a sentence with "on purpose" in the docstring of what is too large.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("media_server", "signaling", "tests", "benchmarks")
MODULE_LINES, MOST_MODULE_LINES = 400, 600
FUNCTION_LINES = 50
ATTRIBUTES = 20
REASON = "on purpose"

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


def sources(*rooms: str) -> Iterator[tuple[str, str]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text()


def says_why(node: Documented) -> bool:
    return REASON in " ".join((ast.get_docstring(node) or "").split())


def attributes(cls: ast.ClassDef) -> set[str]:
    """Those that its methods set."""
    return {
        node.attr
        for node in ast.walk(cls)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def too_large(name: str, source: str) -> Iterator[str]:
    lines = source.count("\n")
    by_length_alone = name.startswith(("tests", "benchmarks"))
    if by_length_alone and lines <= MODULE_LINES:
        return  # not parsed: most files are such
    tree = ast.parse(source)
    if lines > MOST_MODULE_LINES or (lines > MODULE_LINES and not says_why(tree)):
        yield f"{name} has {lines} lines"
    if by_length_alone:
        return
    for node in ast.walk(tree):
        if isinstance(node, Function):
            long = (node.end_lineno or 0) - node.lineno + 1
            if long > FUNCTION_LINES and not says_why(node):
                yield f"{name}: {node.name} has {long} lines"
        if isinstance(node, ast.ClassDef):
            count = len(attributes(node))
            if count > ATTRIBUTES and not says_why(node):
                yield f"{name}: {node.name} has {count} attributes"


def test_what_is_large_says_why() -> None:
    assert [found for name, source in sources(*ROOMS) for found in too_large(name, source)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 1\n" * 401, "m.py has 401 lines"),
        ('"""Over 400 lines on purpose."""\n' + "x = 1\n" * 600, "m.py has 601 lines"),
        ("def f():\n" + "    x = 1\n" * 50, "m.py: f has 51 lines"),
        (
            "class C:\n    def f(self):\n" + "".join(f"        self.a{n} = 1\n" for n in range(21)),
            "m.py: C has 21 attributes",
        ),
    ],
)
def test_what_is_too_large_is_found(source: str, found: str) -> None:
    assert list(too_large("m.py", source)) == [found]
