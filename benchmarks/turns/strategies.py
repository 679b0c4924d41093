"""The ways to take turns that are compared."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from benchmarks.turns.judge import Strategy
from media_server.audio.receiver import ReceiverSettings


def _settings(**wanted: Any) -> ReceiverSettings:
    """Those of `wanted` that the receiver knows."""
    known = {field.name for field in fields(ReceiverSettings)}
    return replace(
        ReceiverSettings(), **{name: value for name, value in wanted.items() if name in known}
    )


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("product"),
        Strategy("webrtc", _settings(gate="webrtc")),
    )
}
