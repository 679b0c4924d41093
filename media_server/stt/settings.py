"""Settings of the transcription room."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REMOTE = "openai-compatible"
RETRY_BASE_S = 0.2
"""Before the n-th retry of a request at most 2**n times this is waited."""
RANGES: dict[str, tuple[float, float]] = {
    "workers": (0, 256),
    "threads": (1, 256),
    "nice": (0, 19),
    "beam_size": (1, 20),
    "batch_size": (0, 64),
    "request_timeout_s": (0.01, 600),
    "request_retries": (0, 10),
    "deadline_base_s": (0.01, 3600),
    "deadline_factor": (0, 1000),
    "deadline_stretch": (1, 1000),
    "start_timeout_s": (0.1, 86_400),
    "max_deliveries": (1, 20),
    "max_queued_finals": (1, 1_000_000),
    "max_interview_finals": (1, 1_000_000),
    "thin_wait_s": (0, 86_400),
    "drop_wait_s": (0, 86_400),
    "saturated_wait_s": (0.01, 86_400),
    "recovery_probe_s": (0, 86_400),
}
"""What each number may be, both ends included."""


@dataclass(frozen=True, slots=True)
class SttSettings:
    """Everything an engine and its pool need; travels to the workers as JSON."""

    engine: str = "pocketsphinx"
    """"pocketsphinx", "faster-whisper", "openai-compatible", or "package.module:factory" where
    `factory(settings) -> SttEngine`. Several, separated by commas, are tried in order."""

    workers: int = 1
    """Worker processes on this machine; 0: none, `media-server stt-worker` machines do the work,
    over the Redis of stt redis_url or of the store."""
    threads: int = 1
    """Threads of one engine; workers * threads should leave one core to the media loop."""
    nice: int = 5
    """Scheduling priority of the workers below the server's (0 equal, 19 last)."""

    model_dir: str = ""
    """faster-whisper: directory of a CTranslate2 Whisper model, or the name of a pulled one."""
    device: str = "auto"
    compute_type: str = "default"
    beam_size: int = 1
    batch_size: int = 0
    """faster-whisper: waiting segments of different calls that a worker decodes as one batch;
    0: eight on a GPU, one on the CPU."""
    vad_filter: bool = False
    """faster-whisper's own VAD on top of the evidence that comes with each segment."""
    language: str = ""
    """"" as the job says, "auto" detected by the engine, otherwise this one."""

    url: str = ""
    """openai-compatible: base URL, for example http://localhost:8000/v1."""
    api_key: str = field(default="", repr=False)
    remote_model: str = "whisper-1"
    request_timeout_s: float = 10.0
    request_retries: int = 1

    deadline_base_s: float = 5.0
    """A job is given deadline_base_s + deadline_factor * its audio in seconds, and what requests
    to an openai-compatible server may take; of several engines, each has one request of at most
    deadline_base_s."""
    deadline_factor: float = 2.0
    deadline_stretch: float = 20.0
    """That deadline counts the worker's CPU time, each of its threads', where the system tells it:
    a busy machine makes words late and repeats no work. On the wall clock a worker that still
    computes may take so many times as long; one that does not is ended at the deadline."""
    start_timeout_s: float = 120.0
    """Loading the model and warming up one worker."""
    max_deliveries: int = 3
    max_queued_finals: int = 256
    max_interview_finals: int = 64
    """Of one interview; beyond it, its segments stay untranscribed until the queue is idle, and
    nobody else notices."""
    thin_wait_s: float = 0.5
    """Expected wait of a final from which every second interim is left out."""
    drop_wait_s: float = 1.5
    """Expected wait of a final from which there are no interims."""
    saturated_wait_s: float = 4.0
    """Expected or actual wait of a final from which no new candidate should be let in."""

    recovery_probe_s: float = 30.0
    """Failover: how long a failed engine rests before it is tried again."""

    redis_url: str = field(default="", repr=False)
    """A queue that every server and every `media-server stt-worker` machine shares; workers of
    this machine work for all of them."""
    redis_prefix: str = "media-server:stt"

    def __post_init__(self) -> None:
        """Raises ValueError, which names the setting."""
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:  # not so for NaN either
                raise ValueError(f"stt {name} must be {low:,} to {high:,}, not {value}")
        if not self.engines:
            raise ValueError("stt engine must name an engine")

    @property
    def engines(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.engine.split(",") if name.strip())

    def deadline_s(self, audio_s: float) -> float:
        """How long a worker may take over a job before it is killed: see `patience`."""
        return self.deadline_base_s + self.deadline_factor * audio_s + self.requests_s

    @property
    def requests_s(self) -> float:
        """What waiting for servers may take of a job, so that the last engine has time left."""
        one = self.for_one_engine()
        pauses_s = sum(RETRY_BASE_S * 2.0**attempt for attempt in range(1, one.request_retries + 1))
        each_s = one.request_timeout_s * (one.request_retries + 1) + pauses_s
        return each_s * self.engines.count(REMOTE)

    def for_one_engine(self) -> SttSettings:
        """For each engine of the list: where another can be asked, none is waited for long."""
        if len(self.engines) == 1:
            return self
        timeout_s = min(self.request_timeout_s, self.deadline_base_s)
        return dataclasses.replace(self, request_timeout_s=timeout_s, request_retries=0)

    def to_mapping(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> SttSettings:
        """Raises TypeError for an unknown name, ValueError for a value out of range."""
        return cls(**values)
