"""A recogniser at no cost: `media-server bench --media-only` measures everything but recognition.

Every segment still makes the whole way: cut, queued, sent to a worker process and answered. Its
words grow with its length: words that stand still while somebody speaks would end the turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server.audio.types import SAMPLE_RATE
from media_server.ports import SttCapabilities, SttRequest, Transcription
from media_server.stt.settings import SttSettings

ENGINE = "media_server.tools.bench_silent:create"
"""For MEDIA_SERVER_STT_ENGINE."""
_WORDS_PER_S = 2.5


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
            Transcription(_words(request), (), self.name, self.model, request.language)
            for request in requests
        ]


def _words(request: SttRequest) -> str:
    count = 1 + round(len(request.pcm) / SAMPLE_RATE * _WORDS_PER_S)
    return " ".join(f"word{n}" for n in range(count))


def create(settings: SttSettings) -> Silent:
    """For the worker, by its name."""
    del settings
    return Silent()
