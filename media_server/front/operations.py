"""/v1/ops of every worker: each is asked the same and judges by itself who asks. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from media_server.merged_operations import merged, merged_turns

OPS_PATH = "/v1/ops"
TURNS_PATH = "/v1/ops/turns"
DEFAULT_TURNS = 20
"""As `signaling.ops` has it."""


def all_workers(said: Mapping[int, bytes], numbers: Iterable[int]) -> dict[str, Any]:
    """`said`: by a worker's number its answer to `OPS_PATH`. Those without one are silent."""
    return merged([json.loads(body) for body in said.values()], set(numbers) - set(said))


def all_turns(said: Mapping[int, bytes], limit: str) -> dict[str, Any]:
    """Of the answers to `TURNS_PATH`: the slowest of all."""
    most = int(limit) if limit.isdecimal() else DEFAULT_TURNS
    return merged_turns([json.loads(body) for body in said.values()], most)
