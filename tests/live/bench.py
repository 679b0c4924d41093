"""A live side in one process: real log, spool, transport, receiver; recogniser and voice scripted.

What the recogniser "hears" is told by the test, so that a test is about the conversation and not
about pocketsphinx; the words come back through the same Protocol, later, one job at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from media_server.audio.opus import OpusEncoder
from media_server.audio.types import SpeechClip
from media_server.delivery import PLAIN, Delivery
from media_server.dialects.registry import DIALECTS
from media_server.interview.spec import InterviewSpec, Question, TurnSettings
from media_server.live.interview_service import LiveInterviewService
from media_server.live.services import Services
from media_server.live.settings import LiveSettings
from media_server.llm.scripted import ScriptedLlm
from media_server.ports import (
    Llm,
    LlmRequest,
    LlmUnavailable,
    SpeechToText,
    SpeechUnavailable,
    SttJob,
    SttOutcome,
    SttStatus,
    Transcription,
    Word,
)
from media_server.ports.dialect import Dialect
from media_server.ports.turn_model import NoTurnModel, TurnModel
from media_server.rtc.factory import create_transport
from media_server.rtc.settings import RtcSettings
from media_server.store.factory import create_stores
from media_server.store.settings import StoreSettings
from media_server.tenants import NO_TENANTS, Tenants
from media_server.tools.headless import HeadlessCandidate
from media_server.wall_clock import AnchoredClock
from tests.support.waiting import PATIENCE_S, until

LOOPBACK = RtcSettings(
    bind_addresses=("127.0.0.1",), connect_timeout_s=60.0, channel_timeout_s=60.0
)
"""No call is given up that a busy machine connects late."""


class ScriptedStt:
    """Answers every final with the next text of its script, after `delay_s`."""

    def __init__(self, texts: list[str], delay_s: float = 0.02) -> None:
        self.texts = texts
        self.delay_s = delay_s
        self.languages: tuple[str, ...] = ()
        self.jobs: list[SttJob] = []
        self.dropped: list[str] = []
        self._timers: list[asyncio.TimerHandle] = []

    async def start(self) -> None: ...

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None:
        self.jobs.append(job)
        finals = sum(j.final for j in self.jobs)
        text = self.texts[min(finals - 1, len(self.texts) - 1)] if job.final else "so far"
        words = (Word(text.split()[0], 0.1, 0.4, 0.9),) if text else ()
        made = Transcription(text, words, "scripted", "none", "en", 0.9)
        outcome = SttOutcome(job.interview_id, job.segment_id, job.attempt, job.final, made)
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(self.delay_s, on_outcome, outcome))

    def drop_interims(self, interview_id: str) -> None:
        self.dropped.append(interview_id)

    def forget(self, interview_id: str) -> None:
        self.dropped.append(interview_id)

    def status(self) -> SttStatus:
        return SttStatus(
            1, 1, 0, 0.0, "scripted", "none", "A stand-in for tests.", languages=self.languages
        )


class ToneVoice:
    """Half a second of a quiet tone for every text; or no voice at all."""

    def __init__(self, duration_s: float = 0.5, works: bool = True) -> None:
        self.works = works
        self.duration_s = duration_s
        self.spoken: list[str] = []

    async def start(self) -> None: ...
    async def close(self) -> None: ...
    def figures(self) -> dict[str, int]:
        return {}

    def speaks(self, locale: str) -> bool:
        return self.works

    def describe(self, *, details: bool = True) -> str:
        return "tone"

    async def erase(self, interview_id: str) -> None: ...
    async def interviews(self) -> dict[str, float]:
        return {}

    async def prepare(self, text: str, *, locale: str, interview_id: str = "") -> bool:
        return self.works

    async def speak(
        self,
        text: str,
        *,
        locale: str,
        deadline_s: float,
        interview_id: str = "",
        delivery: Delivery = PLAIN,
        early: bool = False,
    ) -> SpeechClip:
        if not self.works:
            raise SpeechUnavailable("no engine")
        self.spoken.append(text)
        packets = _tone(int(self.duration_s * 50))
        return SpeechClip(text, text, packets, "tone", "tone", ((0.0, text),))


@cache
def _tone(frames: int) -> tuple[bytes, ...]:
    """Encoded once: the tests ask for it thousands of times."""
    encoder = OpusEncoder(16_000)
    at = np.arange(320 * frames) / 16_000
    tone = (3_000 * np.sin(2 * np.pi * 300 * at)).astype(np.int16)
    packets = tuple(encoder.encode(tone[n * 320 : (n + 1) * 320]) for n in range(frames))
    encoder.close()
    return packets


class PlainLlm(ScriptedLlm):
    """A model that can greet, in fixed words, and nothing else; `fail`: not even that."""

    name = "plain"
    scripted = False

    def __init__(self, fail: bool = False) -> None:
        self.fail = fail
        self.asked = 0

    async def stream(self, request: LlmRequest) -> AsyncIterator[str]:
        self.asked += 1
        if self.fail or request.purpose != "greeting":
            raise LlmUnavailable("connection refused", failure="unreachable")
        minutes = request.user.rsplit(" ", 1)[1]
        yield "Hello, I am a machine, an AI interviewer. "
        yield f"It takes about {minutes} minutes, and I repeat any question if you ask me to."

    async def close(self) -> None: ...


def make_spec(questions: int = 3, **changes: Any) -> InterviewSpec:
    changes.setdefault("turn", TurnSettings(silence_ms=600, min_turn_ms=500))
    return InterviewSpec(
        questions=tuple(
            Question(id=f"q{n}", text=f"Question {n}?") for n in range(1, questions + 1)
        ),
        **changes,
    )


class Bench:
    def __init__(self, service: LiveInterviewService, services: Services) -> None:
        self.service = service
        self.services = services
        self.calls = 0

    async def interview(self, spec: InterviewSpec | None = None, *, consent: bool = True) -> str:
        made = await self.service.create(
            spec or make_spec(), idempotency_key=None, request_digest=""
        )
        interview_id: str = made["id"]
        await self.service.joined(interview_id)
        if consent:
            await self.service.consent(interview_id, version="2026-11", accepted=True)
        return interview_id

    async def call(
        self,
        interview_id: str,
        *,
        connect_s: float = PATIENCE_S,
        resumed_from: int = 0,
        **options: Any,
    ) -> Guest:
        self.calls += 1
        guest = Guest(f"call-{self.calls}", **options)

        async def exchange(offer: str) -> str:
            accepted = await self.service.open_call(
                interview_id, offer, call_id=guest.call_id, resumed_from=resumed_from
            )
            return accepted.answer_sdp

        await guest.candidate.connect_by(exchange, timeout_s=connect_s)
        guest.candidate.send({"type": "hello", "last_seq": options.get("last_seq", 0)})
        return guest

    async def until(self, what: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
        await until(what, within_s=timeout_s)


class Guest:
    """A headless candidate and everything it was told."""

    def __init__(self, call_id: str, *, microphone: bool = True, last_seq: int = 0) -> None:
        self.call_id = call_id
        self.messages: list[dict[str, Any]] = []
        self.candidate = HeadlessCandidate(on_message=self.messages.append, microphone=microphone)
        # Tests beside this one make networks and take them away again.
        self.candidate.only_loopback = True

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    def send(self, kind: str, **fields: Any) -> None:
        self.candidate.send({"type": kind, **fields})

    async def sees(
        self, type_: str, count: int = 1, timeout_s: float = PATIENCE_S, **fields: Any
    ) -> Any:
        """The `count`-th message of a kind with these fields, waited for."""

        def found() -> list[dict[str, Any]]:
            return [m for m in self.of(type_) if all(m.get(k) == v for k, v in fields.items())]

        try:
            async with asyncio.timeout(timeout_s):
                while len(found()) < count:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            tail = [(m["type"], m.get("activity") or m.get("text")) for m in self.messages[-12:]]
            raise AssertionError(f"no {type_} {fields} x{count}; last: {tail}") from None
        return found()[count - 1]

    async def listening(self, number: int) -> None:
        """Question `number` was asked and the server listens."""
        await self.sees("question", number=number)
        at = self.messages.index(next(m for m in self.of("question") if m["number"] == number))
        await until(
            lambda: any(m.get("activity") == "listening" for m in self.messages[at:]),
            f"listening after question {number}",
        )


@asynccontextmanager
async def open_bench(
    data_dir: Path,
    *,
    stt: SpeechToText | None = None,
    tts: ToneVoice | None = None,
    llm: Llm | None = None,
    live: LiveSettings | None = None,
    rtc: RtcSettings | None = None,
    store_url: str = "",
    min_free_mb: int = 0,
    server: str = "bench",
    dialects: tuple[Dialect, ...] = DIALECTS,
    tenants: Callable[[], Tenants] = lambda: NO_TENANTS,
    store: StoreSettings | None = None,
    turn_model: TurnModel | None = None,
) -> AsyncIterator[Bench]:
    clock = AnchoredClock()
    stores = create_stores(
        store or StoreSettings(data_dir=data_dir, store_url=store_url, min_free_mb=min_free_mb)
    )
    services = Services(
        log=stores.log,
        spool=stores.spool,
        recordings=stores.recordings,
        documents=stores.documents,
        deliveries=stores.deliveries,
        blobs=stores.blobs,
        stt=stt or ScriptedStt(["These are the words of my answer."]),
        tts=tts or ToneVoice(),
        llm=llm or PlainLlm(),
        clock=clock,
        settings=live or LiveSettings(),
        server=server,
        dialects=dialects,
        tenants=tenants,
        turn_model=turn_model or NoTurnModel(),
    )
    transport = create_transport(rtc or LOOPBACK, clock=clock)
    service = LiveInterviewService(services, transport, stores)
    await service.open()
    try:
        yield Bench(service, services)
    finally:
        await service.close()
