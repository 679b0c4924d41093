"""How often another try was made at segments that the recogniser had given up. Pure.

It stands in the log, and a try before it is made: one that takes the process down with it counts,
on every server and over every restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from media_server.interview import events as ev
from media_server.interview.given_up import HARMS_NO_WORKER, GivenUp
from media_server.segment_info import SegmentId


@dataclass(frozen=True, slots=True)
class LateTries:
    """Of one segment that has no words yet."""

    segment_id: ev.SegmentKey
    times: int
    """The one that is being made included."""
    since_s: float | None = None
    """When the last one failed, or began where nothing is known of its end. None: it was broken
    off, and the next need not wait."""
    under_way: bool = False
    """Nothing is known of the end of the last one: it is being made, or took a process with it."""
    cause: GivenUp | None = None
    """Of the last one that failed; None: none did."""


def harmless(tries: Iterable[LateTries], segment: ev.SegmentTranscribed) -> bool:
    """Whether one more costs no worker, as far as is known. An engine that cannot be used with it
    while others can is an outage no more."""
    known = of(tries, segment.segment_id)
    if known is None or (known.cause is None and not known.under_way):
        return segment.cause in HARMS_NO_WORKER
    return not known.under_way and known.cause in HARMS_NO_WORKER - {"unavailable"}


def of(tries: Iterable[LateTries], segment_id: SegmentId) -> LateTries | None:
    """None: none was made yet."""
    return next((known for known in tries if known.segment_id == segment_id), None)


def without(tries: Iterable[LateTries], segment_id: SegmentId) -> tuple[LateTries, ...]:
    return tuple(known for known in tries if known.segment_id != segment_id)


def after(tries: tuple[LateTries, ...], event: ev.LateTried, at_s: float) -> tuple[LateTries, ...]:
    """With what `event` says. The end of a try that is not known of changes nothing."""
    known = of(tries, event.segment_id)
    if event.outcome == "begun":
        known = known or LateTries(event.segment_id, 0)
        now = replace(known, times=known.times + 1, since_s=at_s, under_way=True)
    elif known is None:
        return tries
    elif event.outcome == "failed":
        now = replace(known, since_s=at_s, under_way=False, cause=event.cause)
    else:
        now = replace(known, since_s=None, under_way=False)
    return (*without(tries, event.segment_id), now)
