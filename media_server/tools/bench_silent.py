"""A recogniser at no cost: `media-server bench --media-only` measures everything but recognition.

Every segment still makes the whole way: cut, queued, sent to a worker process and answered.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server.ports import SttCapabilities, SttRequest, Transcription
from media_server.stt.settings import SttSettings

ENGINE = "media_server.tools.bench_silent:create"
"""For MEDIA_SERVER_STT_ENGINE."""


class Silent:
    """Implements `ports.SttEngine`."""

    name = "silent"
    model = "none"
    notice = ""
    capabilities = SttCapabilities()

    def prepare(self) -> bool:
        return False

    def warm_up(self) -> None:
        pass

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription]:
        return [
            Transcription("words that were not said", (), self.name, self.model, request.language)
            for request in requests
        ]


def create(settings: SttSettings) -> Silent:
    """For the worker, by its name."""
    del settings
    return Silent()
