"""Interviews in memory behind `ports.InterviewService`, spoken truly, without media.

Over 400 lines on purpose: it is one Protocol, method by method.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media_server.interview import next_steps
from media_server.interview.own_words import own_transcript
from media_server.interview.result import build
from media_server.interview.spec import InterviewSpec
from media_server.interview.state import initial
from media_server.live.summary import details
from media_server.ports import (
    DEFAULT_TENANT,
    AcceptedCall,
    Blob,
    CallStats,
    CloseReason,
    Distribution,
    EvidenceBundle,
    LlmFigures,
    MediaFigures,
    Readiness,
    Refused,
    Signer,
    StoreFigures,
    SttStatus,
    TextLine,
    Transcriber,
    TrickleAnswer,
)
from media_server.ports.live_events import Watch
from media_server.ports.load import LoadFigures
from media_server.ports.only import ALL, Only
from tests.signaling import loads
from tests.signaling.memory_documents import MemoryDocuments
from tests.signaling.memory_holds import MemoryHolds
from tests.signaling.memory_operations import MemoryOperations
from tests.signaling.memory_reports import MemoryReports
from tests.signaling.memory_scores import MemoryScores
from tests.signaling.memory_webhooks import MemoryWebhooks

ANSWER_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
)


def blob_of(data: bytes, interview_id: str = "iv_1", name: str = "audio-0001.ogg") -> Blob:
    """In memory; 64 bytes at a time."""

    async def read(start: int, end: int) -> AsyncGenerator[bytes, None]:
        for at in range(start, end, 64):
            yield data[at : min(at + 64, end)]

    return Blob(interview_id, name, len(data), f"{len(data):x}", 1_750_000_000.5, read)


class MemoryCall:
    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        self.position_s: float | None = None
        self.delivered = True

    def play(self, clip: Any, utterance_id: str, *, from_s: float = 0.0) -> None: ...
    def stop_playing(self) -> None: ...
    def send_text(self, text: str) -> bool:
        return True

    def stats(self) -> CallStats:
        return CallStats()

    def close(self, reason: CloseReason) -> None: ...


class EchoLine:
    """Implements `ports.TextLine`: says what it is told."""

    def __init__(self) -> None:
        self.close_reason: CloseReason | None = None
        self.texts: asyncio.Queue[str | None] = asyncio.Queue(16)
        self.told: list[str | bytes] = []
        self.signs_of_life = 0
        self.delivered: list[str] = []

    def received(self, data: str | bytes) -> None:
        self.told.append(data)
        self.texts.put_nowait(f"echo {data!r}")

    def heard(self) -> None:
        self.signs_of_life += 1

    async def next(self) -> str | None:
        return await self.texts.get()

    def sent(self, text: str) -> None:
        self.delivered.append(text)

    def hang_up(self, reason: CloseReason) -> None:
        self.close_reason = self.close_reason or reason
        self.texts.put_nowait(None)


@dataclass
class Kept:
    spec: InterviewSpec
    status: str = "created"
    consent: bool | None = None
    calls: list[str] = field(default_factory=list)
    tenant: str = DEFAULT_TENANT


class MemoryService:
    """Implements `ports.InterviewService`."""

    def __init__(self, recordings: Path | None = None) -> None:
        self.interviews: dict[str, Kept] = {}
        self.resume_tokens: dict[str, str] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        self.calls: dict[str, tuple[str, str]] = {}
        self.rehearsals: dict[str, str] = {}
        self.recordings = recordings
        self.full = False
        self.voices: Container[str] = ("en", "de", "es", "fr", "ar")
        self.resumed_from = 0
        self.documents = MemoryDocuments()
        self.webhooks = MemoryWebhooks()
        self.holds = MemoryHolds(self.documents)
        self.reports = MemoryReports(lambda interview_id: self._kept(interview_id).spec)
        self.operations = MemoryOperations(lambda interview_id: self._kept(interview_id).tenant)
        self.scores = MemoryScores(lambda interview_id: self._kept(interview_id).spec)
        self.bug: Exception | None = None
        self.offers: list[str] = []
        self.lines: list[EchoLine] = []
        self.narrowed: list[Only] = []
        self.watched: list[tuple[str, str | None]] = []
        self.watch_of: Callable[[], Watch] | None = None
        self.reviews: list[tuple[dict[str, str], int]] = []

    def readiness(self) -> Readiness:
        reasons = ("full: 1 of 1",) if self.full else ()
        return Readiness(not self.full, reasons, len(self.calls), 1 if self.full else 50, 7)

    def load(self) -> LoadFigures:
        return loads.of(self.readiness())

    def drain(self) -> None:
        self.drained = True

    async def leave_writers(self) -> None:
        for line in self.lines:
            line.hang_up("shutdown")

    def media(self) -> MediaFigures:
        return MediaFigures(
            counters={"received": 500, "lost": 5, "lost_ms": 100, "gate_refusals": 2},
            closed={"left": 3},
            dropped={"stun_forged": 7},
            gauges={"worst_jitter": 0.02},
            distributions={"loss": Distribution(((0.0, 0), (0.01, 2)), 3, 0.5)},
        )

    def transcription(self) -> SttStatus:
        return SttStatus(1, 2, 3, 0.5, "scripted", "none", "", counters={"dead_letters": 4})

    def storage(self) -> StoreFigures:
        return StoreFigures({"recordings_bytes": 12}, {"interviews_damaged": 1, "store_ready": 1})

    def language_model(self) -> LlmFigures:
        return LlmFigures(
            requests={("follow_up", "answered"): 4, ("greeting", "silent"): 1},
            retries={"greeting": 2},
            first_token={"follow_up": Distribution(((0.1, 3), (0.5, 4)), 4, 0.6)},
            answer={},
            gauges={"running": 1, "open": 1},
        )

    def speaks(self, locale: str) -> bool:
        return locale in self.voices

    async def create(
        self,
        spec: Any,
        *,
        idempotency_key: str | None,
        request_digest: str,
        demo: bool = False,
        tenant: str = DEFAULT_TENANT,
    ) -> Mapping[str, Any]:
        if self.bug is not None:
            raise self.bug
        key = None if idempotency_key is None else f"{tenant} {idempotency_key}"
        if key in self.keys:
            known, interview_id = self.keys[key or ""]
            if known != request_digest:
                raise Refused(422, "idempotency_key_reused", "used with another body")
            return await self.get(interview_id)
        interview_id = f"{'demo' if demo else 'iv'}_{len(self.interviews) + 1}"
        self.interviews[interview_id] = Kept(spec, tenant=tenant)
        if key is not None:
            self.keys[key] = (request_digest, interview_id)
        return await self.get(interview_id)

    async def repeated(
        self, *, idempotency_key: str, request_digest: str, tenant: str = DEFAULT_TENANT
    ) -> Mapping[str, Any] | None:
        if f"{tenant} {idempotency_key}" not in self.keys:
            return None
        return await self.create(
            None, idempotency_key=idempotency_key, request_digest=request_digest, tenant=tenant
        )

    async def get(self, interview_id: str) -> Mapping[str, Any]:
        kept = self._kept(interview_id)
        return {
            "id": interview_id,
            "status": kept.status,
            "created_at": "2026-11-23T12:00:00Z",
            "title": kept.spec.title,
            "candidate_external_id": kept.spec.candidate.external_id,
            "questions_total": len(kept.spec.questions),
            "round": 0,
            "prompt": {"id": kept.spec.questions[0].id, "kind": "question"},
            "live": bool(kept.calls),
            "metadata": dict(kept.spec.metadata),
            **details(kept.spec),
        }

    async def owner(self, interview_id: str) -> str | None:
        kept = self.interviews.get(interview_id)
        return None if kept is None else kept.tenant

    async def page(
        self,
        after: str | None,
        limit: int,
        *,
        tenant: str = DEFAULT_TENANT,
        only: Only = ALL,
    ) -> tuple[Sequence[Mapping[str, Any]], str]:
        self.narrowed.append(only)
        ids = [i for i in reversed(self.interviews) if self.interviews[i].tenant == tenant]
        start = ids.index(after) + 1 if after in ids else 0
        found = ids[start : start + limit]
        more = start + limit < len(ids)
        return [await self.get(i) for i in found], found[-1] if more else ""

    async def erase(self, interview_id: str) -> None:
        self._kept(interview_id)
        if await self.holds.stored.held(interview_id):
            raise Refused(409, "held", "A legal hold keeps it")
        del self.interviews[interview_id]

    async def cancel(self, interview_id: str) -> None:
        kept = self._kept(interview_id)
        if kept.status == "cancelled":
            raise Refused(409, "already_over", "The interview is over: cancelled")
        kept.status = "cancelled"

    async def result(self, interview_id: str) -> Mapping[str, Any]:
        spec = self._kept(interview_id).spec
        return build(interview_id, initial(spec), now_s=1_800_000_000.0).model_dump(mode="json")

    async def export(self, interview_id: str) -> AsyncIterator[str]:
        spec = self._kept(interview_id).spec.model_dump(mode="json")

        async def lines() -> AsyncIterator[str]:
            yield json.dumps({"interview": interview_id, "spec": spec}) + "\n"
            for seq in (1, 2):
                if self.bug is not None:
                    raise self.bug
                data = {"expires_s": 9e9} if seq == 1 else {}
                type_ = "created" if seq == 1 else "joined"
                entry = {"seq": seq, "at_s": 1e9 + seq, "type": type_, "data": data}
                yield json.dumps(entry) + "\n"

        return lines()

    async def evidence(
        self, interview_id: str, signer: Signer, transcripts: Mapping[str, Transcriber]
    ) -> EvidenceBundle:
        self._kept(interview_id)
        raise Refused(503, "busy", "bundles are made from a real store", retry_after_s=10)

    async def watch(
        self, interview_id: str, *, after_id: str, words_by: str | None = None
    ) -> Watch | None:
        self._kept(interview_id)
        self.watched.append((after_id, words_by))
        return self.watch_of() if self.watch_of is not None else None

    async def recording(self, interview_id: str, name: str) -> Blob:
        self._kept(interview_id)
        if self.recordings is None or not (self.recordings / name).exists():
            raise Refused(404, "unknown_recording", "The result names the recordings there are")
        return blob_of((self.recordings / name).read_bytes(), interview_id, name)

    async def joined(self, interview_id: str, *, ended: bool = False) -> Mapping[str, Any]:
        kept = self._kept(interview_id)
        if kept.status == "cancelled" and not ended:
            raise Refused(410, "interview_over", "This interview is over: cancelled")
        spec = kept.spec
        return {
            "id": interview_id,
            "title": spec.title,
            "questions_total": len(spec.questions),
            "minutes": 5,
            "locale": spec.candidate.locale,
            "consent": {
                "required": spec.consent.required,
                "version": spec.consent.version,
                "text": spec.consent.text,
                "locale": spec.candidate.locale,
                "given": bool(kept.consent),
            },
            "record_audio": True,
            "text_mode": False,
            "status": kept.status,
            "notices": [],
            "demo": spec.metadata.get("demo") == "true",
            **next_steps.shown(spec),
        }

    async def own_transcript(
        self, interview_id: str, *, resumed_from: int = 0
    ) -> Mapping[str, Any]:
        state = initial(self._kept(interview_id).spec)
        return own_transcript(interview_id, state, now_s=0.0).model_dump(mode="json")

    async def review(
        self, interview_id: str, texts: Mapping[str, str], *, resumed_from: int = 0
    ) -> Mapping[str, Any]:
        self.reviews.append((dict(texts), resumed_from))
        return await self.own_transcript(interview_id)

    async def resumed(self, token: str) -> tuple[str, int]:
        interview_id = self.resume_tokens.get(token)
        if interview_id is None:
            raise Refused(401, "unknown_resume", "This way back is not valid; open the link again")
        return interview_id, 1

    async def consent(self, interview_id: str, *, version: str, accepted: bool) -> None:
        kept = self._kept(interview_id)
        if version != kept.spec.consent.version:
            raise Refused(409, "consent_version", "show it again")
        kept.consent = accepted

    async def open_call(
        self, interview_id: str, offer_sdp: str, *, call_id: str, resumed_from: int = 0
    ) -> AcceptedCall:
        self.resumed_from = resumed_from
        if self.full:
            raise Refused(503, "full", "full: 1 of 1", retry_after_s=7)
        kept = self._kept(interview_id)
        if not kept.consent:
            raise Refused(403, "consent_needed", "Consent first: POST /v1/consent")
        if not offer_sdp.startswith("v=0"):
            raise Refused(400, "offer_rejected", "line 1 must be v=0")
        for old in kept.calls:  # one live connection per interview
            self.calls.pop(old, None)
        kept.calls = [call_id]
        self.calls[call_id] = (interview_id, "etag1")
        self.offers.append(offer_sdp)
        return AcceptedCall(MemoryCall(call_id), ANSWER_SDP, "etag1")

    async def open_text(
        self, interview_id: str, *, call_id: str, resumed_from: int = 0
    ) -> TextLine:
        self.resumed_from = resumed_from
        if self.full:
            raise Refused(503, "full", "full: 1 of 1", retry_after_s=7)
        if not self._kept(interview_id).consent:
            raise Refused(403, "consent_needed", "Consent first: POST /v1/consent")
        line = EchoLine()
        self.lines.append(line)
        return line

    async def probe(self, interview_id: str, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        self._kept(interview_id)
        self.offers.append(offer_sdp)
        return AcceptedCall(MemoryCall(call_id), ANSWER_SDP, "etag1")

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        _, etag = self.calls[call_id]
        if if_match == "*":
            self.calls[call_id] = (self.calls[call_id][0], "etag2")
            return TrickleAnswer(200, "a=ice-ufrag:abcd\r\n", "etag2")
        if if_match != f'"{etag}"':
            raise Refused(412, "bad_fragment", "the ETag is of an earlier ICE session")
        return TrickleAnswer(204)

    async def close_call(self, call_id: str) -> bool:
        found = self.calls.pop(call_id, None)
        if found is not None:
            self._kept(found[0]).calls = []
        return found is not None

    async def rehearse(self, interview_id: str, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        accepted = await self.open_call(interview_id, offer_sdp, call_id=call_id)
        self.rehearsals[call_id] = interview_id
        del self.calls[call_id]
        return accepted

    async def close_rehearsal(self, call_id: str) -> bool:
        return self.rehearsals.pop(call_id, None) is not None

    def rehearsal_interview(self, call_id: str) -> str | None:
        return self.rehearsals.get(call_id)

    def call_interview(self, call_id: str) -> str | None:
        found = self.calls.get(call_id)
        return found[0] if found is not None else None

    def _kept(self, interview_id: str) -> Kept:
        kept = self.interviews.get(interview_id)
        if kept is None:
            raise Refused(404, "unknown_interview", "No such interview; it may have been erased")
        return kept
