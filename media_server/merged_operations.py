"""Answers of several workers about operations, as one. Pure, on what JSON holds.

For whoever stands before the workers and asks each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Answer = Mapping[str, Any]


def merged(answers: Sequence[Answer], silent: Iterable[int] = ()) -> dict[str, Any]:
    """`GET /v1/ops` of each worker that answered, at least one. `silent`: the numbers of those
    that did not. The time is the newest of theirs."""
    workers = [worker for answer in answers for worker in answer["workers"]]
    missing = {*silent, *(number for answer in answers for number in answer.get("silent", ()))}
    here = {worker["number"] for worker in workers}
    return {
        "now": max(str(answer["now"]) for answer in answers),
        "workers": sorted(workers, key=lambda worker: int(worker["number"])),
        "silent": sorted(missing - here),
    }


def merged_turns(answers: Sequence[Answer], limit: int) -> dict[str, Any]:
    """`GET /v1/ops/turns` of each worker that answered, at least one: the slowest of all."""
    turns = [turn for answer in answers for turn in answer["turns"]]
    turns.sort(key=lambda turn: float(turn["waited_s"]), reverse=True)
    return {"now": max(str(answer["now"]) for answer in answers), "turns": turns[:limit]}
