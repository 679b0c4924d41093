"""A recogniser at no cost: `MEDIA_SERVER_STT_ENGINE=benchmarks.discard_stt:create`.

Every segment still makes the whole way: cut, queued, sent to a worker process and answered.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server.ports import SttCapabilities, SttRequest, Transcription
from media_server.stt.settings import SttSettings


class Discard:
    name = "discard"
    model = "none"
    notice = ""
    capabilities = SttCapabilities()

    def prepare(self) -> bool:
        return False

    def warm_up(self) -> None:
        pass

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription]:
        return [
            Transcription("words that nobody said", (), self.name, self.model, request.language)
            for request in requests
        ]


def create(settings: SttSettings) -> Discard:
    del settings
    return Discard()
