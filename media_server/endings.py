"""Ends tasks for certain: asked again until they are done, and never waited for without bound.

One `task.cancel()` is not always enough. Before Python 3.12 `asyncio.wait_for` swallows a
cancellation that meets the end of what it waits for, and a library may do so in any version; the
loop around it then goes on for ever, and so does whoever awaits it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.2
END_S = 3.0


async def end(
    tasks: Iterable[asyncio.Task[Any]], *, within_s: float = END_S, again_s: float = AGAIN_S
) -> set[asyncio.Task[Any]]:
    """Cancels until they are done. Answers those that still run after `within_s`.

    `again_s`: how long a task may take to clean up before it is cancelled once more. What they
    raised stays in them. A caller that is cancelled itself hears of it.
    """
    pending = set(tasks)
    loop = asyncio.get_running_loop()
    end_s = loop.time() + within_s
    while pending and (left_s := end_s - loop.time()) > 0:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=min(again_s, left_s))
    return pending
