"""Counts the lines of Python that a call runs: a bound on cost that no busy machine changes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class TooManySteps(BaseException):
    """No parser's `except Exception` may swallow it."""


class Counter:
    def __init__(self) -> None:
        self.steps = 0


@contextmanager
def at_most(limit: int) -> Iterator[Counter]:
    """Raises TooManySteps inside the block as soon as it has run more than `limit` lines."""
    counter = Counter()

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            counter.steps += 1
            if counter.steps > limit:
                raise TooManySteps(f"more than {limit} lines")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield counter
    finally:
        sys.settrace(before)
