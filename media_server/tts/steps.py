"""Work in short steps, between which something more urgent may be done. Pure."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Yields after each step and returns the result."""
S = TypeVar("S")
StepsWith = Generator[S, None, T]
"""The same; what it yields is of use before the result is there."""


def finish(steps: Generator[Any, None, T]) -> T:
    """All steps at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
