"""Logs of former releases: facts that they held as prose only, read once, when an event is loaded.

Nothing else reads a fact out of a sentence. New events carry these values themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SILENCE = re.compile(r"(?:after [\d.]+ s, )?silence (\d+) ms")


def with_outcome(event: object) -> object:
    """`UtteranceEnded.outcome`, which stood in `reason` and `complete`."""
    if not isinstance(event, Mapping) or "outcome" in event:
        return event
    reason = str(event.get("reason", ""))
    if reason == "barge-in":
        outcome = "interrupted"
    elif reason == "gate closed":
        outcome = "gate_closed"
    elif reason.startswith("shown, not spoken"):
        outcome = "shown"
    else:
        outcome = "heard" if event.get("complete") else "stopped"
    return {**event, "outcome": outcome}


def with_silence_ms(event: object) -> object:
    """`TurnEnded.silence_ms`, which stood in `detail`: `silence 2013 ms`."""
    if not isinstance(event, Mapping) or "silence_ms" in event:
        return event
    found = _SILENCE.fullmatch(str(event.get("detail", "")))
    changed: dict[str, Any] = {"silence_ms": int(found[1])} if found is not None else {}
    return {**event, **changed}
