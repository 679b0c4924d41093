"""Settings of the transcription room."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from media_server.engine_factory import problem
from media_server.setting import check_ranges, setting

WHISPER = "faster-whisper"
MOONSHINE = "moonshine"
REMOTE = "openai-compatible"
ENGINES = {
    "pocketsphinx": "media_server.stt.engines.pocketsphinx:create",
    WHISPER: "media_server.stt.engines.faster_whisper:create",
    MOONSHINE: "media_server.stt.engines.moonshine:create",
    REMOTE: "media_server.stt.engines.openai_compatible:create",
}
"""Every recogniser of this server: a new one is a file of `stt/engines/` and a line here."""
AUTO = "auto"
"""Instead of a name: the configuration chooses by the models that lie there (`stt_choice`)."""
SAME = "same"
"""Instead of a name, for interims: the engine for everything."""
RETRY_BASE_S = 0.2
"""Before the n-th retry of a request at most 2**n times this is waited."""


@dataclass(frozen=True, slots=True)
class SttSettings:
    """Everything an engine and its pool need; travels to the workers as JSON."""

    engine: str = setting(
        AUTO,
        """"auto", "pocketsphinx", "faster-whisper", "openai-compatible", or
        "package.module:factory" where `factory(settings) -> SttEngine`. Several, separated by
        commas, are tried in order. auto: faster-whisper with `model_dir`, or else with the pulled
        model base or tiny.en, the first that is whole; else pocketsphinx, a stand-in.""",
        example="faster-whisper",
    )

    interim_engine: str = setting(
        AUTO,
        """Which engine writes the words that are shown while a candidate speaks: one of those
        names, "same": the one that writes the final words, too; "auto": moonshine for English
        where its model is there and faster-whisper is the engine, else the same.""",
        example="same",
    )

    workers: int = setting(
        1,
        """Worker processes on this machine; 0: none, `media-server stt-worker` machines do the
        work, over the Redis of stt redis_url or of the store.""",
        allowed=(0, 256),
    )
    threads: int = setting(
        1,
        "Threads of one engine; workers * threads should leave one core to the media loop.",
        allowed=(1, 256),
    )
    nice: int = setting(
        5,
        "Scheduling priority of the workers below the server's (0 equal, 19 last).",
        allowed=(0, 19),
    )

    model_dir: str = setting(
        "",
        "faster-whisper: directory of a CTranslate2 Whisper model, or the name of a pulled one.",
        example="/srv/models/whisper-base",
    )
    slow_model_dir: str = setting(
        "",
        """faster-whisper: the model that is taken for English where `model_dir` costs more than
        `slow_cpu_s`: a directory, or the name of a pulled one. Empty: none; with the engine auto,
        the pulled tiny.en behind base.""",
        example="tiny.en",
    )
    slow_cpu_s: float = setting(
        0.5,
        """faster-whisper: seconds of CPU for a second of speech from which this machine is too slow
        for `model_dir`. A worker measures it on one recorded sentence when it first warms up.""",
        allowed=(0.001, 100),
    )
    device: str = setting(
        "auto",
        "faster-whisper: where it computes, cpu or cuda. auto: a GPU where there is one.",
        example="cuda",
    )
    compute_type: str = setting(
        "auto",
        """faster-whisper: the number format it computes in, such as int8, float16 or
        int8_float16: smaller is faster and a little less accurate. auto: int8 on the CPU, float16
        on a GPU; default: as the model was saved.""",
        example="int8",
    )
    short_window: bool = setting(
        True,
        """faster-whisper: the encoder computes what was said and a margin, at least 10 s, and 30 s
        only where the words that came out look wrong. False: always 30 s, at three times the
        cost.""",
    )
    moonshine_dir: str = setting(
        "",
        "moonshine: directory of its three files. Empty: moonshine/tiny-en of the pulled models.",
        example="/srv/models/moonshine-tiny-en",
    )
    beam_size: int = setting(
        1,
        """faster-whisper: how many hypotheses the beam search keeps. 1 is fastest; more get
        a few more words right and take longer.""",
        allowed=(1, 20),
    )
    batch_size: int = setting(
        0,
        """faster-whisper: waiting segments of different calls that a worker decodes as one batch;
        0: eight on a GPU, one on the CPU.""",
        allowed=(0, 64),
    )
    vad_filter: bool = setting(
        False,
        "faster-whisper: its own VAD on top of the evidence that comes with each segment.",
    )
    language: str = setting(
        "",
        """Language that the engine expects, such as en. Empty: the candidate's locale; auto:
        the engine detects it in each segment.""",
        example="auto",
    )

    url: str = setting(
        "", "openai-compatible: base URL of the server.", example="http://localhost:8000/v1"
    )
    api_key: str = setting(
        "",
        "openai-compatible: sent to that server as a bearer token. Empty: none is sent.",
        example="the key of that server",
        secret=True,
    )
    remote_model: str = setting("whisper-1", "openai-compatible: the model to ask that server for.")
    request_timeout_s: float = setting(
        10.0,
        """openai-compatible: how long one request may take. With several engines it is
        `deadline_base_s` at most.""",
        allowed=(0.01, 600),
    )
    request_retries: int = setting(
        1,
        """openai-compatible: how often a failed request for a final is sent again. With several
        engines never: the next engine is asked instead.""",
        allowed=(0, 10),
    )

    deadline_base_s: float = setting(
        5.0,
        """A job is given deadline_base_s + deadline_factor * its audio in seconds, and what
        requests to an openai-compatible server may take; of several engines, each has one request
        of at most deadline_base_s.""",
        allowed=(0.01, 3600),
    )
    deadline_factor: float = setting(
        2.0,
        """Seconds of a job's deadline per second of its audio, added to `deadline_base_s`. Raise it
        for a model that is slower than real time.""",
        allowed=(0, 1000),
    )
    deadline_stretch: float = setting(
        20.0,
        """That deadline counts the worker's CPU time, each of its threads', where the system tells
        it: a busy machine makes words late and repeats no work. On the wall clock a worker that
        still computes may take so many times as long; one that does not is ended at the
        deadline.""",
        allowed=(1, 1000),
    )
    start_timeout_s: float = setting(
        120.0,
        "How long one worker may take to load its model and to warm up.",
        allowed=(0.1, 86_400),
    )
    max_deliveries: int = setting(
        3,
        """How many workers may die of, or hang at, one segment before it is given up and stays
        untranscribed: a segment that kills its worker must not kill all.""",
        allowed=(1, 20),
    )
    max_queued_finals: int = setting(
        256,
        """Segments that may wait for a worker, of all interviews together. One more is refused: it
        stays untranscribed until the queue is idle.""",
        allowed=(1, 1_000_000),
    )
    max_interview_finals: int = setting(
        64,
        """Of one interview; beyond it, its segments stay untranscribed until the queue is idle, and
        nobody else notices.""",
        allowed=(1, 1_000_000),
    )
    thin_wait_s: float = setting(
        0.5,
        "Expected wait of a final from which every second interim is left out.",
        allowed=(0, 86_400),
    )
    drop_wait_s: float = setting(
        1.5,
        "Expected wait of a final from which there are no interims.",
        allowed=(0, 86_400),
    )
    saturated_wait_s: float = setting(
        4.0,
        "Expected or actual wait of a final from which no new candidate should be let in.",
        allowed=(0.01, 86_400),
    )

    recovery_probe_s: float = setting(
        30.0,
        "Several engines: how long a failed engine rests before it is tried again.",
        allowed=(0, 86_400),
    )

    redis_url: str = setting(
        "",
        """A queue that every server and every `media-server stt-worker` machine shares; workers of
        this machine work for all of them.""",
        example="redis://localhost:6379/0",
        secret=True,
    )
    redis_prefix: str = setting(
        "media-server:stt",
        """What every key of that queue begins with. Servers and `media-server stt-worker` machines
        work together when theirs is the same.""",
    )

    def __post_init__(self) -> None:
        """Raises ValueError, which names the setting."""
        check_ranges(self, "stt")
        if not self.engines:
            raise ValueError("stt engine must name an engine")
        if AUTO in self.engine.replace(" ", "").split(",") and self.engine.strip() != AUTO:
            raise ValueError("stt engine auto stands alone: with others, name each")
        for name in self.engines:
            if wrong := problem(name, ENGINES):
                raise ValueError(f"stt engine {wrong}")
        if wrong := problem(self.interim_engine, (AUTO, SAME, *ENGINES)):
            raise ValueError(f"stt interim_engine {wrong}")

    @property
    def engines(self) -> tuple[str, ...]:
        """Names as they are tried, the first one first. Never empty."""
        if self.engine.strip() == AUTO:  # nobody chose: a pool that was made by hand
            return (WHISPER if self.model_dir else "pocketsphinx",)
        return tuple(name.strip() for name in self.engine.split(",") if name.strip())

    def deadline_s(self, audio_s: float) -> float:
        """Seconds that a worker may take over so much audio before it is killed: see `patience`."""
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
        return self if len(self.engines) == 1 else self.without_waiting()

    def without_waiting(self) -> SttSettings:
        """For an engine beside which there is another one."""
        timeout_s = min(self.request_timeout_s, self.deadline_base_s)
        return dataclasses.replace(self, request_timeout_s=timeout_s, request_retries=0)

    def to_mapping(self) -> dict[str, Any]:
        """JSON values, for the workers. The API key is among them: never into a log."""
        return dataclasses.asdict(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> SttSettings:
        """Raises TypeError for an unknown name, ValueError for a value out of range."""
        return cls(**values)
