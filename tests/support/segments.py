"""Segments of a candidate's speech, for tests that need no audio."""

from __future__ import annotations

from typing import Any

from media_server.interview import inputs as inp
from media_server.segment_info import SegmentId, SegmentInfo


def info(
    segment_id: str,
    start_s: float = 1.0,
    end_s: float = 3.0,
    speech_ms: int = 1500,
    *,
    turn_epoch: int = 1,
    **changes: Any,
) -> SegmentInfo:
    """Of the id as logs have it, and clear speech unless told otherwise."""
    at = SegmentId.parse(segment_id)
    quality = {"lost_ms": 0, "concealed_ms": 0, "level_dbfs": -20.0} | changes
    return SegmentInfo(at, turn_epoch, start_s, end_s, speech_ms, **quality)


def ready(turn_epoch: int, segment_id: str, *span: Any, **changes: Any) -> inp.SegmentReady:
    return inp.SegmentReady(info(segment_id, *span, turn_epoch=turn_epoch, **changes))


def heard(segment_id: str, text: str, *made: Any, **more: Any) -> inp.SegmentHeard:
    return inp.SegmentHeard(SegmentId.parse(segment_id), text, *made, **more)
