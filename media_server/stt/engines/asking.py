"""One segment to one engine: it is asked only what it can do, and answers or raises."""

from __future__ import annotations

from media_server.ports import CannotTranscribe, SttEngine, SttRequest, Transcription


def ask(engine: SttEngine, request: SttRequest) -> Transcription:
    """Raises CannotTranscribe, EngineUnavailable, or whatever else the engine raises."""
    if lack := engine.capabilities.lacks(request):
        raise CannotTranscribe(f"{engine.name} {engine.model} {lack}: configure another as well")
    (made,) = engine.transcribe([request])
    if isinstance(made, Exception):
        raise made
    if not isinstance(made, Transcription):
        raise TypeError("not a transcription")
    return made
