"""A recogniser for servers whose words no test reads: ready at once, where the real one takes a
second of processor time to load, on every start.

Speech gives the same words each time, as many as fit into it; what holds no speech gives none.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server.audio.types import SAMPLE_RATE
from media_server.ports import SttCapabilities, SttEngine, SttRequest, Transcription, Word
from media_server.stt.settings import SttSettings

NAME = "tests.support.recogniser:create"
"""For MEDIA_SERVER_STT_ENGINE."""
WORD_S = 0.3
TEXT = (
    "my neighbour keeps seven brown hens behind the old mill and every morning before breakfast "
    "she carries warm water down to them while two grey cats sleep on that low stone wall until "
    "somebody opens another door"
)


class Scripted:
    """Implements `ports.SttEngine`."""

    name = "scripted"
    model = "test"
    notice = ""
    capabilities = SttCapabilities()

    def prepare(self) -> bool:
        return True

    def warm_up(self) -> None:
        pass

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription]:
        return [hear(request) for request in requests]


def hear(request: SttRequest) -> Transcription:
    audio_s = request.pcm.size / SAMPLE_RATE if request.speech_ms != 0 else 0.0
    words = tuple(
        Word(text, round(n * WORD_S, 3), round(min(audio_s, (n + 1) * WORD_S), 3), 0.9)
        for n, text in enumerate(TEXT.split())
        if n * WORD_S < audio_s
    )
    return Transcription(
        text=" ".join(word.text for word in words),
        words=words,
        engine=Scripted.name,
        model=Scripted.model,
        language="en",
        confidence=0.9 if words else None,
    )


def create(settings: SttSettings) -> SttEngine:
    del settings  # it has none
    return Scripted()
