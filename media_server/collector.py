"""When Python's garbage collector runs: not while modules load, seldom while candidates talk."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Around imports: all they make stays, and walking it again and again is a tenth of a start."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def tune() -> None:
    """What is loaded by now stays, so that no collection walks it while candidates talk.

    And a full collection comes seldom: with 200 calls it would hold the loop for tens of
    milliseconds, several times a minute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
