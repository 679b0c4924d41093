"""An engine that is asked for nothing but interims, whatever else it can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from media_server.ports import SttCapabilities, SttEngine, SttRequest, Transcription


class InterimsOnly:
    """Implements `ports.SttEngine` by another. It has no notice: none of what is kept is its."""

    notice = ""

    def __init__(self, engine: SttEngine) -> None:
        self._engine = engine
        self.name, self.model = engine.name, engine.model

    @property
    def capabilities(self) -> SttCapabilities:
        """The engine's, without finals."""
        return replace(self._engine.capabilities, finals=False)

    def prepare(self) -> bool:
        """As the engine does. Raises EngineUnavailable."""
        return self._engine.prepare()

    def warm_up(self) -> None:
        """As the engine does. Raises EngineUnavailable."""
        self._engine.warm_up()

    def transcribe(self, requests: Sequence[SttRequest]) -> Sequence[Transcription | Exception]:
        """As the engine does."""
        return self._engine.transcribe(requests)
