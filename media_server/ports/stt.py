"""Speech to text: what an engine gives, and the pool as the live sessions see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from media_server.audio.types import Pcm
from media_server.interview.given_up import GivenUp
from media_server.ports.figures import Distribution


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a transcription, with its place in the audio."""

    text: str
    start_s: float
    """Seconds from the first sample of the audio that was given."""
    end_s: float
    confidence: float | None
    """0 to 1, as far as the engine says; None: it does not."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """What an engine made of one stretch of audio. Empty `text`: nothing was recognised."""

    text: str
    words: tuple[Word, ...]
    engine: str
    model: str
    language: str
    confidence: float | None = None
    rejected: str = ""
    """Why text was taken out (repetition, known invention on silence); empty: nothing was."""
    rejected_text: str = field(default="", repr=False)
    """What was taken out: no part of the answer, and kept for people to judge."""


class SttEngine(Protocol):
    """Runs inside a worker process, blocking, one call at a time."""

    name: str
    model: str
    notice: str
    """A sentence the candidate and the result must carry, or "" (the stand-in's honesty)."""

    def warm_up(self) -> None:
        """Load whatever is slow. Raises EngineUnavailable with what to do about it."""

    def transcribe(
        self, pcm: Pcm, *, language: str, final: bool, glossary: Sequence[str]
    ) -> Transcription: ...


class EngineUnavailable(Exception):
    """An engine cannot be used here; the text says why and how to fix it."""


@dataclass(frozen=True, slots=True)
class SttJob:
    """Self-contained: any worker on any machine can do it."""

    interview_id: str
    segment_id: str
    attempt: int
    final: bool
    start_s: float
    pcm: Pcm = field(repr=False)
    language: str = "en"
    glossary: tuple[str, ...] = ()
    speech_ms: int = 0


@dataclass(frozen=True, slots=True)
class SttOutcome:
    """The fate of a job. `transcription` None: given up after retries, `reason` says why."""

    interview_id: str
    segment_id: str
    attempt: int
    final: bool
    transcription: Transcription | None
    reason: str = ""
    queued_s: float = 0.0
    worked_s: float = 0.0
    deliveries: int = 1
    cause: GivenUp = ""
    """Of `reason`, as a value."""


@dataclass(frozen=True, slots=True)
class SttStatus:
    """The pool and its queue as they are now. Times in seconds."""

    workers_ready: int
    workers_wanted: int
    queued: int
    """Finals that wait for a worker."""
    oldest_queued_s: float
    engine: str
    model: str
    notice: str
    saturated: bool = False
    """Finals do not keep up, or nobody works: let no new candidate in."""
    trouble: str = ""
    """Why workers are missing, with what to do; "" when all is well."""
    counters: Mapping[str, int] = field(default_factory=dict)
    queued_interims: int = 0
    running: int = 0
    """Jobs in work."""
    expected_wait_s: float = 0.0
    """How long a final submitted now would wait for a worker; infinite without one."""
    newcomer_wait_s: float = 0.0
    """The same of a new candidate's, who does not wait for the whole backlog of one interview."""
    timings: Mapping[tuple[str, str], Distribution] = field(default_factory=dict)
    """By ("wait" or "run", "final" or "interim"): until a worker began, and its work."""


class SpeechToText(Protocol):
    """The pool as the live sessions see it. All methods run on the event loop.

    After `start` returns, at least one worker is warm. `on_outcome` is called on the loop exactly
    once per final job that was submitted and not dropped by `forget`; for an interim at most once,
    without a transcription where it was not computed (a newer interim of the same interview
    replaces a waiting older one, load may leave it out).
    """

    async def start(self) -> None:
        """Start the workers and wait for the first. Raises EngineUnavailable with what to do."""

    async def close(self) -> None:
        """End the workers. Finals that wait have no outcome: the next server does them again."""

    def submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None:
        """Queue a job; returns at once. A full queue is an outcome too, never an exception."""

    def drop_interims(self, interview_id: str) -> None:
        """The candidate left: what nobody will read is not computed. Finals stay owed."""

    def forget(self, interview_id: str) -> None:
        """Erasure: every job of the interview is dropped, and its outcomes with it."""

    def status(self) -> SttStatus:
        """From memory, at once."""
