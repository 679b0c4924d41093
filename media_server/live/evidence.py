"""Evidence bundles of interviews: what goes into one, and how many are made at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from media_server.evidence import chain, layout, manifest, readme, writer
from media_server.evidence.manifest import LogFacts
from media_server.evidence.writer import Source, in_memory
from media_server.interview import result
from media_server.interview.result import Result, iso
from media_server.live import export
from media_server.live.refusals import store_refusal
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.ports import (
    EvidenceBundle,
    InterviewRow,
    Refused,
    Signer,
    StoreUnavailable,
    Transcriber,
)
from media_server.wall_clock import wall_s

AT_ONCE = 4
"""Each reads a whole log and all of its audio."""


class EvidenceMaker:
    """One per process."""

    def __init__(self, services: Services, registry: Registry) -> None:
        self._services = services
        self._registry = registry
        self._making = 0

    async def make(
        self, interview_id: str, signer: Signer, transcripts: Mapping[str, Transcriber]
    ) -> EvidenceBundle:
        """As `ports.InterviewService.evidence`."""
        if self._making >= AT_ONCE:
            detail = "Too many bundles are being made at this moment"
            raise Refused(503, "busy", detail, retry_after_s=10)
        self._making += 1
        try:
            return await self._make(interview_id, signer, transcripts)
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        except export.Incomplete:
            raise Refused(404, "unknown_interview", "It is being erased") from None
        except FileNotFoundError:
            detail = "Some of its audio was erased while it was read: try again"
            raise Refused(503, "busy", detail, retry_after_s=1) from None
        except writer.TooLarge:
            detail = (
                f"It has more than 4 GiB, or more than {layout.MAX_FILES} files: fetch the "
                "recordings one by one"
            )
            raise Refused(409, "too_large", detail) from None
        finally:
            self._making -= 1

    async def _make(
        self, interview_id: str, signer: Signer, transcripts: Mapping[str, Transcriber]
    ) -> EvidenceBundle:
        """The result is that of the very entries in the bundle's log: what a live session knows
        beyond them is left out of both."""
        row = await self._registry.sound_row(interview_id)
        state, entries = await self._registry.fold(interview_id)
        blobs = [
            blob
            for blob in await self._services.blobs.list(interview_id)
            if manifest.is_audio(manifest.AUDIO + blob.name)
        ]
        made_s = wall_s(self._services.clock)
        notice = self._services.stt.status().notice
        built = await asyncio.to_thread(
            result.build,
            interview_id,
            state,
            now_s=made_s,
            recordings=frozenset(blob.name for blob in blobs),
            notices=(notice,) if notice else (),
            record_within_s=self._services.record_within_s(),
        )
        facts = writer.Facts(
            interview=interview_id,
            status=built.status.value,
            partial=bool(built.partial or built.pending_segments or built.record_pending),
            made_at=iso(made_s),
            software=f"media-server {version('media-server')}",
        )
        log = _Log(self._services, replace(row, version=entries))
        sources = [
            *await asyncio.to_thread(_texts, built, facts, signer, transcripts),
            Source(manifest.LOG, log.lines),
            Source(manifest.CHAIN, log.chain),
            *[Source(manifest.AUDIO + blob.name, blob.read) for blob in blobs],
        ]
        return await writer.make(sources, facts, log.facts, signer)


class _Log:
    """The exported lines, and their chain as far as they were read last."""

    def __init__(self, services: Services, row: InterviewRow) -> None:
        self._services = services
        self._row = row
        self._hashes = bytearray()
        self._entries = -1
        """The header counts for none."""

    async def lines(self) -> writer.Chunks:
        self._hashes, self._entries = bytearray(), -1
        async for text in export.lines(self._services.log, self._row):
            yield await asyncio.to_thread(self._chained, text)

    async def chain(self) -> writer.Chunks:
        yield await asyncio.to_thread(chain.text, self._hashes)

    def facts(self) -> LogFacts:
        return LogFacts(entries=self._entries, chain=self._last().hex())

    def _chained(self, text: str) -> bytes:
        data = text.encode()
        for line in data.removesuffix(b"\n").split(b"\n"):
            self._hashes += chain.following(self._last(), line + b"\n")
            self._entries += 1
        return data

    def _last(self) -> bytes:
        if not self._hashes:
            return chain.start(self._row.interview_id)
        return bytes(self._hashes[-chain.HASH_BYTES :])


def _texts(
    built: Result,
    facts: writer.Facts,
    signer: Signer,
    transcripts: Mapping[str, Transcriber],
) -> list[Source]:
    body: dict[str, Any] = built.model_dump(mode="json")
    explained = readme.text(
        interview=facts.interview,
        software=facts.software,
        made_at=facts.made_at,
        kid=signer.public_jwk()["kid"],
    )
    result_text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    return [
        in_memory(manifest.README, explained),
        in_memory(manifest.RESULT, result_text.encode()),
        *[in_memory(name, make(body).encode()) for name, make in transcripts.items()],
    ]
