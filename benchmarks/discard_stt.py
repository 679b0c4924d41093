"""A recogniser at no cost: `MEDIA_SERVER_STT_ENGINE=benchmarks.discard_stt:create`.

Every segment still makes the whole way: cut, queued, sent to a worker process and answered.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server.audio.types import Pcm
from media_server.ports import Transcription
from media_server.stt.settings import SttSettings


class Discard:
    name = "discard"
    model = "none"
    notice = ""

    def warm_up(self) -> None:
        pass

    def transcribe(
        self, pcm: Pcm, *, language: str, final: bool, glossary: Sequence[str]
    ) -> Transcription:
        del pcm, final, glossary
        return Transcription("words that nobody said", (), self.name, self.model, language)


def create(settings: SttSettings) -> Discard:
    del settings
    return Discard()
