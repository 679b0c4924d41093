"""What is kept of one connection of an interview. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    connection_epoch: int
    media_offset_s: float
    connected_at_s: float
    microphone: bool
    media_s: float = 0.0
    lost_ms: int = 0
    concealed_ms: int = 0
    jitter_ms: float = 0.0
    packets_received: int = 0
    packets_lost: int = 0
    unkept_ms: int = 0
    reason: str = ""
    resume_hash: str = ""
    """SHA-256 of the resume token that its welcome carried, kept to know one that has been
    superseded from one that never was."""
    hidden_turns: int = 0
    """What was said up to this turn it does not get to see."""
