"""The Protocols between the rooms. A room is written against these and against nothing else.

Times named `now_s` are seconds of one process-wide clock that never jumps (see `Clock`); times
named `start_s` / `end_s` are seconds of the candidate's audio. "Failure is a value": what an
engine could not do comes back as a value or as the one documented exception.

One module per seam; all of them are imported from here.
"""

from __future__ import annotations

from media_server.ports.blobs import Blob, Blobs
from media_server.ports.call import (
    AcceptedCall,
    Call,
    CallSink,
    CallStats,
    CloseReason,
    OfferRejected,
    Transport,
    TrickleAnswer,
)
from media_server.ports.clock import Clock
from media_server.ports.documents import Document, Documents
from media_server.ports.evidence import EvidenceBundle, Signer, Transcriber
from media_server.ports.figures import Distribution, LlmFigures, MediaFigures, StoreFigures
from media_server.ports.llm import GreetingRequest, JsonAnswer, Llm, LlmRequest, LlmUnavailable
from media_server.ports.log import (
    Appended,
    Conflict,
    DamagedInterview,
    EventLog,
    Fenced,
    InterviewRow,
    KeyReused,
    Lease,
    LogEntry,
    NewEntry,
    QuotaReached,
    Restorable,
    StoreUnavailable,
    SummaryRow,
    UnknownInterview,
)
from media_server.ports.public_text import Public
from media_server.ports.service import InterviewService, Readiness, Refused, Waiting
from media_server.ports.spool import Recording, Recordings, Spool, SpoolDamage, SpooledPacket
from media_server.ports.stt import (
    CannotTranscribe,
    EngineUnavailable,
    SpeechToText,
    SttCapabilities,
    SttEngine,
    SttJob,
    SttOutcome,
    SttRequest,
    SttStatus,
    Transcription,
    Window,
    Word,
)
from media_server.ports.tenancy import DEFAULT_TENANT, OPERATORS, SCOPES, Scope
from media_server.ports.text_line import TextLine
from media_server.ports.tts import (
    KeptSpeech,
    RawSpeech,
    SpeaksInClauses,
    SpeechUnavailable,
    TextToSpeech,
    TtsEngine,
)

__all__ = [
    "DEFAULT_TENANT",
    "OPERATORS",
    "SCOPES",
    "AcceptedCall",
    "Appended",
    "Blob",
    "Blobs",
    "Call",
    "CallSink",
    "CallStats",
    "CannotTranscribe",
    "Clock",
    "CloseReason",
    "Conflict",
    "DamagedInterview",
    "Distribution",
    "Document",
    "Documents",
    "EngineUnavailable",
    "EventLog",
    "EvidenceBundle",
    "Fenced",
    "GreetingRequest",
    "InterviewRow",
    "InterviewService",
    "JsonAnswer",
    "KeptSpeech",
    "KeyReused",
    "Lease",
    "Llm",
    "LlmFigures",
    "LlmRequest",
    "LlmUnavailable",
    "LogEntry",
    "MediaFigures",
    "NewEntry",
    "OfferRejected",
    "Public",
    "QuotaReached",
    "RawSpeech",
    "Readiness",
    "Recording",
    "Recordings",
    "Refused",
    "Restorable",
    "Scope",
    "Signer",
    "SpeaksInClauses",
    "SpeechToText",
    "SpeechUnavailable",
    "Spool",
    "SpoolDamage",
    "SpooledPacket",
    "StoreFigures",
    "StoreUnavailable",
    "SttCapabilities",
    "SttEngine",
    "SttJob",
    "SttOutcome",
    "SttRequest",
    "SttStatus",
    "SummaryRow",
    "TextLine",
    "TextToSpeech",
    "Transcriber",
    "Transcription",
    "Transport",
    "TrickleAnswer",
    "TtsEngine",
    "UnknownInterview",
    "Waiting",
    "Window",
    "Word",
]
