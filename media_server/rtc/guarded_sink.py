"""Calls a `CallSink` so that what it raises costs one callback and never the call."""

from __future__ import annotations

import logging
from collections import Counter

from media_server.ports import CallSink
from media_server.rtc.drop_reasons import SINK_ERROR
from media_server.rtc.guard import describe_error

logger = logging.getLogger(__name__)


class GuardedSink:
    """The sink's exceptions are counted in `dropped`, by callback."""

    def __init__(self, sink: CallSink, dropped: Counter[str]) -> None:
        self.sink = sink
        """For `on_rtp`, which is called 50 times a second: hand what it raises to `failed`."""
        self.closed = False
        """Set before the last callback, `on_closed`: no other one comes any more."""
        self._dropped = dropped

    def tell(self, callback: str, *arguments: object) -> None:
        """Call the sink's method of this name. Nothing is raised.

        After `closed` only `on_closed` gets through.
        """
        if self.closed and callback != "on_closed":
            return
        try:
            getattr(self.sink, callback)(*arguments)
        except Exception as error:
            self.failed(callback, error)

    def failed(self, callback: str, error: Exception) -> None:
        """Once a call: an error per packet would flood the log. Its text may quote the candidate,
        so only its type and place are written."""
        key = SINK_ERROR + callback
        self._dropped[key] += 1
        if self._dropped[key] == 1:
            logger.error("%s failed, the call goes on: %s", callback, describe_error(error))
