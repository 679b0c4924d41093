"""Speech to text: what an engine gives, and the pool as the live sessions see it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from media_server.audio.types import SAMPLE_RATE, Pcm
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


Window = Literal["", "short", "full", "widened"]
"""How much an encoder of fixed length was given: what was said and a margin ("short"), all that it
takes ("full"), or all after the short one's words looked wrong ("widened"). "": it has none."""


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
    window: Window = ""


class EngineUnavailable(Exception):
    """An engine cannot be used here; the text says why and how to fix it."""


class CannotTranscribe(Exception):
    """This segment can never succeed on this engine; trying again would not help.

    The text goes into the outcome's reason and perhaps a log: say nothing of what was spoken.
    """


@dataclass(frozen=True, slots=True)
class SttRequest:
    """What an engine is asked about one segment."""

    pcm: Pcm = field(repr=False)
    """Mono s16 at 16 kHz; may be empty."""
    language: str
    """BCP 47, such as "en" or "de-AT"; "" or "auto": the engine finds out."""
    final: bool
    """False: an interim, which the next one replaces. Speed counts more than the last word."""
    glossary: tuple[str, ...] = ()
    """Words that are likely; an engine that cannot use them leaves them."""
    speech_ms: int | None = None
    """How much of it the VAD took for speech; None: nobody looked. 0: there is nothing to hear."""
    lost: int = 0
    """How many workers died, or hung and were killed, over this segment before."""
    locale: str = ""
    """Of the interview, whatever `language` says: for an engine that cannot find out."""


@dataclass(frozen=True, slots=True)
class SttCapabilities:
    """What an engine can do, as it is after `warm_up`. It is never asked for the rest."""

    languages: tuple[str, ...] = ()
    """Primary subtags (BCP 47) in lower case; empty: any, or nobody knows."""
    detects: bool = True
    """Whether it can find out the language; if not, it is asked for that of the interview."""
    batch_size: int = 1
    """Segments that it takes in one call, at most: more only where that is faster in all."""
    finals: bool = True
    interims: bool = True
    longest_s: float = math.inf
    """Audio of one segment, at most."""
    gains_from_context: bool = False
    """It gets more words right where it hears an answer in long stretches, and is fast enough that
    this may be done once more for the record."""

    def lacks(self, request: SttRequest) -> str:
        """Why it cannot be asked this, as "does not ..."; "": it can."""
        asked = request.language
        if not self.detects and asked in ("", "auto"):
            asked = request.locale
        primary = asked.partition("-")[0].lower()
        if self.languages and primary not in ("", "auto", *self.languages):
            known = ", ".join(self.languages[:5])
            return f"does not know the language {primary[:35]!r} (it knows {known})"
        if not (self.finals if request.final else self.interims):
            return f"does not make {'finals' if request.final else 'interims'}"
        if request.pcm.size > self.longest_s * SAMPLE_RATE:
            return f"does not take segments over {self.longest_s:g} s"
        return ""


class SttEngine(Protocol):
    """A recogniser. Runs inside a worker process, blocking, one call at a time.

    `prepare` comes once, in the process that forks the workers; then, in each worker, `warm_up`
    (unless `prepare` has done everything) and any number of `transcribe`.
    """

    name: str
    model: str
    notice: str
    """A sentence the candidate and the result must carry, or "" (the stand-in's honesty)."""

    @property
    def capabilities(self) -> SttCapabilities:
        """Read after `warm_up`."""

    def prepare(self) -> bool:
        """Load what workers can share: no thread, no device, no connection. Often nothing.

        True: nothing is left for `warm_up`, and a new worker is ready as soon as it is forked.
        Raises EngineUnavailable.
        """

    def warm_up(self) -> None:
        """Load what `prepare` did not. Raises EngineUnavailable with what to do about it."""

    def transcribe(self, requests: Sequence[SttRequest]) -> Sequence[Transcription | Exception]:
        """One answer for each of 1 to `capabilities.batch_size` requests, in order.

        Languages and glossaries may differ. What one segment of several raised is answered in its
        place, so that it does not spoil the rest: CannotTranscribe when it can never succeed,
        EngineUnavailable when the engine cannot be used any more. An exception that is raised is
        the answer of a single request; several are then each tried alone.
        """


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
    turn_id: str = ""
    """As `ports.turn_trace.turn_id_of` makes it, for the log of whoever has the job; "": it is of
    no turn, or of a server that did not say."""
    record: bool = False
    """A final of the record: an answer that has its words already is decoded once more. It begins
    only while nothing else waits, and where there are several workers another one is free; that one
    is kept for finals where there are three. Once begun it ends for a final only where a worker is
    replaced in a moment (see `SttEngine.prepare`)."""


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
    turn_id: str = ""
    """Of the job."""


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
    """By ("wait" or "run", "final" or "interim" or "record"): until a worker began, and its
    work."""
    gains_from_context: bool = False
    """Of the engine, as far as known: see `SttCapabilities`."""
    languages: tuple[str, ...] = ()
    """The same; of recognisers elsewhere nothing is known."""


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
