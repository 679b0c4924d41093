"""A model of ends of turn, as an interview knows it."""

from __future__ import annotations

from typing import Protocol

from media_server.audio.types import Pcm


class TurnModel(Protocol):
    """Hears how somebody stopped, and says whether more is to come."""

    @property
    def ready(self) -> bool:
        """It answers; else nothing need be kept for it."""

    async def goes_on(self, pcm: Pcm) -> float | None:
        """Whether the speaker of `pcm` (int16 at 16 kHz, up to a pause) has more to say: 0 for an
        end, 1 for more to come. None: it cannot say in time. Never raises."""


class NoTurnModel:
    """Silence and words alone decide."""

    ready = False

    async def goes_on(self, pcm: Pcm) -> float | None:
        """None."""
        del pcm
        return None
