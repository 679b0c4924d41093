"""Blobs that lie on this machine until they are in object storage.

What is made here is a file first: a storage that is slow or away costs no candidate a word.
`uploads` takes it there. Until then this server has it and the others do not.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from media_server.ports.blobs import Blob
from media_server.store.blobs.local import LocalBlobs
from media_server.store.blobs.parts import PartedBlobs


class SpooledBlobs:
    """`Blobs` of `media_server.ports`. What lies here goes before what lies there."""

    def __init__(self, here: LocalBlobs, there: PartedBlobs, wake: Callable[[], None]) -> None:
        """`wake`: something is to be taken there."""
        self._here = here
        self._there = there
        self._wake = wake

    async def put(self, interview_id: str, name: str, data: bytes) -> None:
        """On this machine when it returns, there some seconds later."""
        await self._here.put(interview_id, name, data)
        self._wake()

    async def find(self, interview_id: str, name: str) -> Blob | None:
        """Asks the storage only for what is not here."""
        here = await self._here.find(interview_id, name)
        if here is None:
            return await self._there.find(interview_id, name)
        return self._followed(here)

    async def list(self, interview_id: str) -> tuple[Blob, ...]:
        """Both; raises StoreUnavailable where the storage is away: half a list is a wrong one."""
        # Here first: what goes there meanwhile is in one of the two lists at least.
        here = await self._here.list(interview_id)
        found = {blob.name: blob for blob in await self._there.list(interview_id)}
        found |= {blob.name: self._followed(blob) for blob in here}
        return tuple(sorted(found.values(), key=lambda blob: blob.name))

    async def delete(self, interview_id: str, name: str | None = None) -> tuple[str, ...]:
        """Here first, so that it is not taken there again."""
        here = await self._here.delete(interview_id, name)
        there = await self._there.delete(interview_id, name)
        return tuple(sorted({*here, *there}))

    async def sign(self, interview_id: str, name: str, *, ttl_s: int) -> str | None:
        """None also for what is not there yet: serve it yourself."""
        if await self._there.find(interview_id, name) is None:
            return None
        return await self._there.sign(interview_id, name, ttl_s=ttl_s)

    def _followed(self, blob: Blob) -> Blob:
        """Read from the storage where the file has gone there since it was found."""

        async def read(start: int, end: int) -> AsyncGenerator[bytes, None]:
            at = start
            try:
                async with aclosing(blob.read(start, end)) as chunks:
                    async for chunk in chunks:
                        at += len(chunk)
                        yield chunk
                return
            except FileNotFoundError:
                there = await self._there.find(blob.interview_id, blob.name)
                if there is None or there.size < end:  # another of this name
                    raise
            async with aclosing(there.read(at, end)) as chunks:
                async for chunk in chunks:
                    yield chunk

        return replace(blob, reader=read)
