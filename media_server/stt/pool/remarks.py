"""What the schedule remarks about jobs that go on, as lines of the log: each names its turn."""

from __future__ import annotations

import logging

from media_server.ports import Public
from media_server.stt.pool.actions import Remark
from media_server.stt.telling import named

logger = logging.getLogger(__name__)


def log(remark: Remark) -> None:
    """What need not wake anybody is at debug."""
    turn_id, segment_id = named(remark.job)
    match remark.fate:
        case "redelivered":
            line = "turn=%s: segment %s will be given to a worker again: %s"
            logger.info(line, turn_id, segment_id, Public(remark.why))
        case "preempted":
            line = "turn=%s: segment %s gave its worker to a final, and is done again"
            logger.debug(line, turn_id, segment_id)
        case "late":
            line = "turn=%s: an answer about segment %s came late and is not applied"
            logger.info(line, turn_id, segment_id)
