"""What signals ask of the serving process, and an end that comes whatever hangs.

| signal | what happens |
|---|---|
| SIGTERM, SIGINT | first: drain. Second: now. Third: on the spot. Under a parent that passes them on, what comes within a second of the last is the same one: a whole process group was asked |
| SIGHUP, SIGUSR1, SIGUSR2 | a line in the log; calls go on |
| SIGQUIT | where every thread is, to stderr: files, lines and functions, no values |

The end is enforced by a thread: a loop that hangs fires no timer.
"""  # noqa: E501  # the table

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import threading
from collections.abc import Callable

from media_server.ports import Public

logger = logging.getLogger(__name__)

EXIT_OK = 0
LET_GO_S = 5.0
"""So long after the drain everything has been closed, or leases are given back past what hangs."""
GONE_S = 8.0
"""So long after the drain the process is gone."""
NOW_S = 8.0
"""After the second signal the process is gone within this time."""
SAME_S = 1.0
"""A signal to the whole process group comes twice: directly, and passed on by the parent."""
STOPPING = (signal.SIGTERM, signal.SIGINT)
_IGNORED = tuple(
    getattr(signal, name) for name in ("SIGHUP", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)
)


class Stopping:
    """`listen` on the loop that serves, `close` when it has been left."""

    def __init__(
        self, drain_s: float, *, let_go: Callable[[], None], interrupts: bool = True
    ) -> None:
        """`let_go` is called on the loop when closing hangs: it gives back what others wait for.
        `interrupts` False: SIGINT is for the parent, which passes it on as SIGTERM."""
        self.asked = asyncio.Event()
        self.now = asyncio.Event()
        """No pause is waited for any more."""
        self._drain_s = drain_s
        self._let_go = let_go
        self._signals = 0
        self._asked_s = float("-inf")
        self._passed_on = not interrupts
        self._handled = STOPPING if interrupts else (signal.SIGTERM,)

    def listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in self._handled:
            loop.add_signal_handler(number, self._asked)
        for number in _IGNORED:
            loop.add_signal_handler(number, self._ignored, number)
        if hasattr(signal, "SIGQUIT"):
            faulthandler.register(signal.SIGQUIT, all_threads=True, chain=False)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (*self._handled, *_IGNORED):
            loop.remove_signal_handler(number)
        # Who was asked to go still has to go: what comes after the loop may hang, too.

    def _asked(self) -> None:
        loop = asyncio.get_running_loop()
        since_s, self._asked_s = loop.time() - self._asked_s, loop.time()
        if self._passed_on and since_s < SAME_S:
            return
        self._signals += 1
        self.asked.set()
        if self._signals == 1:
            loop.call_later(self._drain_s + LET_GO_S, self._late)
            self._gone_after(self._drain_s + GONE_S)
        elif self._signals == 2:
            self.now.set()
            self._gone_after(NOW_S)
        else:
            os._exit(EXIT_OK)

    def _late(self) -> None:
        logger.error("closing takes longer than %.0f s: leases are given back", LET_GO_S)
        self._let_go()

    def _gone_after(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._gone)
        timer.daemon = True
        timer.name = "the end"
        timer.start()

    def _gone(self) -> None:
        logger.error("closing did not end in time: this process leaves what hangs behind")
        os._exit(EXIT_OK)

    def _ignored(self, number: signal.Signals) -> None:
        logger.info("%s means nothing here and is ignored", Public(number.name))
