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

    Young collections come often, so that each is short: 2,000 objects are well below a millisecond.
    Full ones come seldom: with 200 calls one would hold the loop for tens of milliseconds, several
    times a minute. But not so seldom as to let memory grow: a call is garbage in cycles when it is
    over, 0.2 MB with what its decoder and its keys have, and who outlives a younger collection
    waits for an older one.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # of next to nothing: a full one comes when a quarter has been added to the last
    gc.set_threshold(2_000, 5, 5)
