"""What an event is: how it meets the log, and the prompt it is about."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from media_server.segment_info import SegmentId


class Durability(StrEnum):
    NOW = "now"
    LAZY = "lazy"
    NEVER = "never"


SegmentKey = Annotated[
    SegmentId,
    PlainValidator(lambda at: at if isinstance(at, SegmentId) else SegmentId.parse(str(at))),
    PlainSerializer(str, return_type=str),
]
"""As text in logs and snapshots."""


class Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    durability: ClassVar[Durability] = Durability.NOW
    type: str


class Lazy(Event):
    durability: ClassVar[Durability] = Durability.LAZY


class Volatile(Event):
    durability: ClassVar[Durability] = Durability.NEVER


class OfPrompt(Event):
    """What is about the answer to one prompt of the agenda."""

    prompt_id: str = ""
    """`agenda.Prompt.prompt_id`; "" in logs of former releases, which have `round` only."""
    round: int | None = None
    """The core question it belongs to; None: it belongs to none."""
