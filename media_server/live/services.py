"""Everything a live session uses, made once per process."""

from __future__ import annotations

from dataclasses import dataclass, field

from media_server.dialects.registry import DIALECTS
from media_server.live.media_figures import MediaCounts
from media_server.live.session_counts import SessionCounts
from media_server.live.settings import LiveSettings
from media_server.ports import Clock, EventLog, Llm, Recordings, SpeechToText, Spool, TextToSpeech
from media_server.ports.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Services:
    log: EventLog
    spool: Spool
    recordings: Recordings
    stt: SpeechToText
    tts: TextToSpeech
    llm: Llm
    clock: Clock
    settings: LiveSettings
    server: str = ""
    """This server's name, which stays over a restart (see `store.server_id`)."""
    dialects: tuple[Dialect, ...] = DIALECTS
    media: MediaCounts = field(default_factory=MediaCounts)
    counts: SessionCounts = field(default_factory=SessionCounts)
