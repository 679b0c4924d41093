"""Makes a bundle: every file is read twice, and none is ever held whole but the small ones.

First all are read for their sizes and hashes; then the manifest can be signed and the length of
the ZIP is known; then they are read again and sent. A file that is not what it was the first time
(erased meanwhile, cut short) breaks the bundle off: a part never looks like the whole.
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from media_server.evidence import layout, manifest
from media_server.evidence.manifest import FileFacts, LogFacts, Manifest, PublicJwk
from media_server.ports import Signer
from media_server.ports.blobs import CHUNK_BYTES

Chunks = AsyncGenerator[bytes, None]
Reader = Callable[[], Chunks]


class TooLarge(Exception):
    """A bundle of such files would be larger than the format allows."""


class Changed(Exception):
    """A file is not what it was when it was hashed. The text names it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to be. `read` gives it from its beginning, and may give more the second time: what
    has grown since is left out."""

    name: str
    read: Reader


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of the interview in the manifest."""

    interview: str
    status: str
    partial: bool
    made_at: str
    software: str


def in_memory(name: str, data: bytes) -> Source:
    async def read() -> Chunks:
        for at in range(0, len(data), CHUNK_BYTES):
            yield data[at : at + CHUNK_BYTES]

    return Source(name, read)


class Bundle:
    """Implements `ports.EvidenceBundle`."""

    def __init__(self, sources: Sequence[Source], facts: Sequence[_Seen]) -> None:
        self._sources = sources
        self._seen = facts
        self._files = tuple(layout.Stored(s.name, seen.size, seen.crc) for s, seen in self._pairs())
        self.size = layout.total_size([(file.name, file.size) for file in self._files])

    async def parts(self) -> Chunks:
        """The whole file, some at a time. Raises Changed, and what reading raises."""
        for (source, seen), file in zip(self._pairs(), self._files, strict=True):
            yield layout.local_header(file)
            meter = _Meter()
            async with aclosing(source.read()) as chunks:
                async for chunk in chunks:
                    kept = chunk[: seen.size - meter.size]
                    if not kept:
                        break
                    await asyncio.to_thread(meter.add, kept)
                    yield kept
            if meter.seen() != seen:
                raise Changed(source.name)
        yield layout.tail(self._files)

    def _pairs(self) -> list[tuple[Source, _Seen]]:
        return list(zip(self._sources, self._seen, strict=True))


async def make(
    sources: Sequence[Source], facts: Facts, log: Callable[[], LogFacts], signer: Signer
) -> Bundle:
    """`sources` in the order of the format. `log`: asked when all of them have been read. Raises
    TooLarge, and what reading raises."""
    if len(sources) > layout.MAX_FILES:
        raise TooLarge
    seen = [await _survey(source) for source in sources]
    made = Manifest(
        interview=facts.interview,
        status=facts.status,
        partial=facts.partial,
        made_at=facts.made_at,
        software=facts.software,
        key=PublicJwk.model_validate(signer.public_jwk()),
        log=log(),
        files=tuple(
            FileFacts(name=source.name, size=found.size, sha256=found.sha256)
            for source, found in zip(sources, seen, strict=True)
        ),
    )
    text = manifest.encode(made)
    if len(text) > manifest.MAX_MANIFEST_BYTES:
        raise TooLarge
    first = [
        in_memory(manifest.MANIFEST, text),
        in_memory(manifest.SIGNATURE, signer.sign(text)),
    ]
    bundle = Bundle([*first, *sources], [*[await _survey(one) for one in first], *seen])
    if bundle.size > layout.MAX_BYTES:
        raise TooLarge
    return bundle


@dataclass(frozen=True, slots=True)
class _Seen:
    size: int
    crc: int
    sha256: str


class _Meter:
    def __init__(self) -> None:
        self.size = 0
        self._crc = 0
        self._sha256 = hashlib.sha256()

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._crc = zlib.crc32(chunk, self._crc)
        self._sha256.update(chunk)

    def seen(self) -> _Seen:
        return _Seen(self.size, self._crc, self._sha256.hexdigest())


async def _survey(source: Source) -> _Seen:
    meter = _Meter()
    async with aclosing(source.read()) as chunks:
        async for chunk in chunks:
            await asyncio.to_thread(meter.add, chunk)
            if meter.size > layout.MAX_BYTES:
                raise TooLarge
    return meter.seen()
