"""File descriptors: the soft limit is raised to the hard one, and connections stay below it.

Each TCP connection costs one. Without a limit of ours the next thing that needs one (a call's
socket, a recording, the store) would fail in the middle of an interview.
"""

from __future__ import annotations

import resource

OWN = 256
"""Files of the process itself: libraries, pipes to workers, the store, sockets for media."""
PER_CANDIDATE = 6
"""A recording and its spool; on the `full` transport a socket per address and relay."""
LEAST = 16


def raise_limit() -> int:
    """At start. Answers the soft limit that is in force then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft  # the kernel's own maximum is lower than the hard limit says
    return hard


def limits() -> tuple[int, int]:
    """(soft, hard) as they are now."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def connections_for(descriptors: int, *, wanted: int, max_live: int) -> int:
    """How many TCP connections may be open; `wanted` where the limit has room for them."""
    if descriptors in (resource.RLIM_INFINITY, -1):
        return wanted
    return max(LEAST, min(wanted, descriptors - OWN - PER_CANDIDATE * max_live))
