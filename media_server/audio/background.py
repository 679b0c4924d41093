"""How loud a place is when nobody near speaks: the quieter blocks of the last seconds."""

from __future__ import annotations

_BLOCK_FRAMES = 5
_BLOCKS = 30
"""3 s. Anybody who speaks pauses within them; a room full of voices does not."""
_QUIETER_SHARE = 0.2
_FEWEST_BLOCKS = 3


class Background:
    """Power of the background, from 20 ms frames. One block is 100 ms."""

    def __init__(self) -> None:
        self._blocks: list[float] = []
        self._at = 0
        self._sum = 0.0
        self._frames = 0

    def frame(self, power: float) -> None:
        """One that was received; what was lost says nothing of the place."""
        total, frames = self._sum + power, self._frames + 1
        if frames < _BLOCK_FRAMES:
            self._sum, self._frames = total, frames
            return
        mean, self._sum, self._frames = total / _BLOCK_FRAMES, 0.0, 0
        if len(self._blocks) < _BLOCKS:
            self._blocks.append(mean)
        else:
            self._blocks[self._at] = mean
            self._at = (self._at + 1) % _BLOCKS

    @property
    def power(self) -> float:
        """0: too little was heard."""
        if len(self._blocks) < _FEWEST_BLOCKS:
            return 0.0
        return sorted(self._blocks)[int(len(self._blocks) * _QUIETER_SHARE)]
