"""Who was sent where a while ago, so that it goes there again. Pure: time comes in.

A worker's memory has limits, calls' tokens and rehearsals that no other has: whoever asks again is
sent to the same one. Forgetting one costs little, so that only so many are kept.
"""

from __future__ import annotations

from collections import OrderedDict


class Pins:
    """`keep_s`: since the last use; `most`: the one that was used longest ago goes first."""

    def __init__(self, *, keep_s: float, most: int = 10_000) -> None:
        self._keep_s = keep_s
        self._most = most
        self._kept: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: str, now_s: float) -> int | None:
        worker, used_s = self._kept.get(key, (None, 0.0))
        return worker if now_s - used_s <= self._keep_s else None

    def put(self, key: str, worker: int, now_s: float) -> None:
        self._kept[key] = (worker, now_s)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
