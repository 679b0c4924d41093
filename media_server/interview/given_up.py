"""What became of a segment that the recogniser gave up: the cause, as a value. Pure.

The text beside it is for people.
"""

from __future__ import annotations

from typing import Literal

GivenUp = Literal["", "not_taken", "raised", "unavailable", "worker_lost", "not_awaited"]
"""`not_taken`: no worker ever had it, the queue was full. `raised`: the engine refused it, its
worker lives. `unavailable`: the engine could not be used, as in an outage of its server.
`worker_lost`: a worker died with it or hung. `not_awaited`: the server stopped, or nobody waited
any longer. "": of a log that is older than the cause, or there are words."""

HARMS_NO_WORKER: frozenset[GivenUp] = frozenset({"not_taken", "raised", "unavailable"})
"""Another try costs those who speak now nothing, as far as is known."""
