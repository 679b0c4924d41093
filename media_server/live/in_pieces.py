"""Work that stops between its steps, done in a thread without keeping the event loop waiting.

A thread keeps Python's lock until another one has waited for it for `sys.getswitchinterval()`
(`serve.SWITCH_S`), each time the loop has something to do. One that sleeps for a moment after each
millisecond of work gives it up before.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TypeVar

_WORK_S = 0.001
_REST_S = 0.0001
_Value = TypeVar("_Value")


def in_pieces(steps: Generator[None, None, _Value]) -> _Value:
    """The generator's value. Blocks: for a thread. Raises what the generator raises."""
    begun_s = time.perf_counter()
    while True:
        try:
            next(steps)
        except StopIteration as done:
            value: _Value = done.value
            return value
        if time.perf_counter() - begun_s > _WORK_S:
            time.sleep(_REST_S)
            begun_s = time.perf_counter()
