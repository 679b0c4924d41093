"""Recordings that are in object storage in parts, because their call still runs, or because their
machine was lost before the whole was there.

Part 3 of `audio-0001.ogg` is `audio-0001.ogg.p00003`; parts follow on each other without a gap, and
players do without the page that the last one may break off in. Once the whole is there, parts
are not looked at any more, and are deleted.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from pathlib import Path

from media_server.ports.blobs import RECORDING_PREFIX, Blob
from media_server.store.blobs.local import etag_of
from media_server.store.blobs.objects import ObjectBlobs

_PART = re.compile(r"(.+)\.p([0-9]{5})")
MAX_PARTS = 99_999


def part_name(name: str, number: int) -> str:
    """`number`: from 1."""
    return f"{name}.p{number:05d}"


class PartedBlobs:
    """`Blobs` of `media_server.ports` over `ObjectBlobs`: parts look like their whole."""

    def __init__(self, objects: ObjectBlobs) -> None:
        self.objects = objects

    async def put(self, interview_id: str, name: str, data: bytes) -> None:
        """As it is, whole."""
        await self.objects.put(interview_id, name, data)

    async def put_file(self, interview_id: str, name: str, path: Path, size: int) -> None:
        """As `ObjectBlobs.put_file`."""
        await self.objects.put_file(interview_id, name, path, size)

    async def find(self, interview_id: str, name: str) -> Blob | None:
        """The whole, else what its parts make."""
        whole = await self.objects.find(interview_id, name)
        if whole is not None or not name.startswith(RECORDING_PREFIX):
            return whole
        found = (blob for blob in await self.list(interview_id) if blob.name == name)
        return next(found, None)

    async def list(self, interview_id: str) -> tuple[Blob, ...]:
        """Wholes only."""
        return joined(await self.objects.list(interview_id))

    async def delete(self, interview_id: str, name: str | None = None) -> tuple[str, ...]:
        """With its parts; the names of wholes."""
        if name is None:
            gone = await self.objects.delete(interview_id)
            return tuple(sorted({whole_of(one) for one in gone}))
        gone = await self.objects.delete(interview_id, name)
        parts = await self.delete_parts(interview_id, name)
        return (name,) if gone or parts else ()

    async def delete_parts(self, interview_id: str, name: str) -> int:
        """How many there were; none of anything but a recording."""
        if not name.startswith(RECORDING_PREFIX):
            return 0
        parts = [
            blob.name
            for blob in await self.objects.list(interview_id)
            if blob.name != name and whole_of(blob.name) == name
        ]
        for part in parts:
            await self.objects.delete(interview_id, part)
        return len(parts)

    async def sign(self, interview_id: str, name: str, *, ttl_s: int) -> str | None:
        """None for one that is there in parts only."""
        if await self.objects.find(interview_id, name) is None:
            return None
        return await self.objects.sign(interview_id, name, ttl_s=ttl_s)

    async def interviews(self) -> tuple[str, ...]:
        """Those that have a blob."""
        return await self.objects.interviews()


def whole_of(name: str) -> str:
    """The recording that this is a part of; else the name itself."""
    found = _PART.fullmatch(name)
    return found[1] if found else name


def joined(blobs: Iterable[Blob]) -> tuple[Blob, ...]:
    """Parts of wholes that are not there become one blob each; those after a gap are left out."""
    wholes: dict[str, Blob] = {}
    parts: dict[str, dict[int, Blob]] = {}
    for blob in blobs:
        found = _PART.fullmatch(blob.name)
        if found is None:
            wholes[blob.name] = blob
        else:
            parts.setdefault(found[1], {})[int(found[2])] = blob
    for name, numbered in parts.items():
        row = [numbered[n] for n in itertools.takewhile(numbered.__contains__, itertools.count(1))]
        if name not in wholes and row:
            wholes[name] = _one(name, row)
    return tuple(sorted(wholes.values(), key=lambda blob: blob.name))


def _one(name: str, parts: list[Blob]) -> Blob:
    size = sum(part.size for part in parts)
    version = parts[-1].etag

    async def read(start: int, end: int) -> AsyncGenerator[bytes, None]:
        at = 0
        for part in parts:
            begin, until = max(0, start - at), min(part.size, end - at)
            if begin < until:
                async with aclosing(part.read(begin, until)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            at += part.size

    changed_s = max(part.changed_s for part in parts)
    interview_id = parts[0].interview_id
    return Blob(interview_id, name, size, etag_of(name, size, version), changed_s, read)
