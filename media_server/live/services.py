"""Everything a live session uses, made once per process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from media_server.dialects.registry import DIALECTS
from media_server.interview import record
from media_server.interview.state import State
from media_server.live.media_figures import MediaCounts
from media_server.live.session_counts import SessionCounts
from media_server.live.settings import LiveSettings
from media_server.live.turn_traces import TurnTraces
from media_server.live.watch_hub import WatchHub
from media_server.llm.counts import LlmCounts
from media_server.ports import (
    Blobs,
    Clock,
    Documents,
    EventLog,
    Llm,
    Recordings,
    SpeechToText,
    Spool,
    TextToSpeech,
)
from media_server.ports.deliveries import Deliveries
from media_server.ports.dialect import Dialect
from media_server.ports.turn_model import NoTurnModel, TurnModel
from media_server.shared_counts.places import SharedPlaces
from media_server.tenants import NO_TENANTS, Tenants
from media_server.wall_clock import wall_s
from media_server.webhooks.settings import WebhookSettings


@dataclass(frozen=True, slots=True)
class Services:
    log: EventLog
    spool: Spool
    recordings: Recordings
    documents: Documents
    deliveries: Deliveries
    blobs: Blobs
    stt: SpeechToText
    tts: TextToSpeech
    llm: Llm
    clock: Clock
    settings: LiveSettings
    server: str = ""
    """This server's name, which stays over a restart (see `store.server_id`)."""
    transcript_days: int | None = None
    """After the end, until the words of an interview that does not say are deleted; None: never."""
    tenants: Callable[[], Tenants] = lambda: NO_TENANTS
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    public_url: str = ""
    """Before the paths in what is sent; "": they are relative."""
    """Those in force, and what they have of their own."""
    evaluations_at_once: int = 1
    """Requests of one evaluation to the language model at a time."""
    machine_places: SharedPlaces | None = None
    """Those of all workers; None: this process has every place that there is."""
    dialects: tuple[Dialect, ...] = DIALECTS
    media: MediaCounts = field(default_factory=MediaCounts)
    counts: SessionCounts = field(default_factory=SessionCounts)
    llm_counts: LlmCounts = field(default_factory=LlmCounts)
    watching: WatchHub = field(default_factory=WatchHub)
    turn_model: TurnModel = field(default_factory=NoTurnModel)
    turns: TurnTraces = field(default_factory=TurnTraces)
    """Where the time of each turn went."""

    def record_within_s(self) -> float:
        """How long after its end an interview's answers may be decoded once more; 0: never, or
        the recogniser would gain nothing by it."""
        within_s = self.settings.record_pass_s
        return within_s if within_s and self.stt.status().gains_from_context else 0.0

    def keeps_for_record(self, state: State) -> bool:
        """Whether audio of this interview is kept until that is done, or its time is over."""
        within_s = self.record_within_s()
        return within_s > 0 and wall_s(self.clock) < record.give_up_s(state, within_s)
