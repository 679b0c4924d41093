"""To wait for something that must happen soon, and to say what it was when it does not.

The bound is no measure of speed: it ends a test in which nothing will happen any more. It is wide
because the machine may be busy with other things; a test that passes does not wait for it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable

PATIENCE_S = 45.0
_POLL_S = 0.01


async def until(
    condition: Callable[[], object], what: str = "", *, within_s: float = PATIENCE_S
) -> None:
    """Raises AssertionError naming `what`, or the source of the condition."""
    try:
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        if condition():
            return  # it had come, and this process stood still
        words = what or source_of(condition)
        raise AssertionError(f"waited {within_s:g} s in vain for: {words}") from None


def source_of(condition: Callable[[], object]) -> str:
    """As it is written where it is used."""
    try:
        return " ".join(inspect.getsource(condition).split())
    except (OSError, TypeError):
        return repr(condition)
