"""Composition: settings to a transcription pool."""

from __future__ import annotations

from media_server.ports import SpeechToText
from media_server.stt.settings import SttSettings


def create_speech_to_text(settings: SttSettings) -> SpeechToText:
    """Workers on this machine, or the queue to workers elsewhere. Nothing is started yet."""
    from media_server.stt.pool import LocalSpeechToText  # noqa: PLC0415 - only what is configured

    return LocalSpeechToText(settings)
