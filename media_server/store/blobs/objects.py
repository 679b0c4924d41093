"""Blobs in S3-compatible object storage: `BUCKET/PREFIX/<interview>/<name>`.

By `obstore` (MIT), the Python binding of the Rust crate `object_store` (Apache Arrow), which
databases stand on. Against boto3 and aiobotocore: it is asynchronous without a thread per request,
bytes are sent and signed outside of Python and so outside of the event loop, it is one wheel of
6 MB without further packages, it is typed, and Google's and Azure's storage have the same calls.

Every call has a deadline. What goes wrong becomes StoreUnavailable in words of our own: texts of
the library hold addresses and keys of objects.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from media_server.ports import StoreUnavailable
from media_server.ports.blobs import CHUNK_BYTES, Blob
from media_server.store.blobs.local import etag_of
from media_server.store.blobs.settings_check import ObjectSettings
from media_server.store.disk import safe_name

if TYPE_CHECKING:
    from obstore.store import S3Store

T = TypeVar("T")

CALL_S = 10.0
"""For one small request, the library's own second try included."""
CONNECT_S = 3.0
REQUEST_S = 60.0
"""For one request of an upload: at most `PART_BYTES`."""
RETRIES = 2
"""Of the library, for what it knows to be passing (5xx, a broken connection), within `CALL_S`."""
WINDOW_BYTES = 1024 * 1024
"""Read with one request: a player that seeks asks for the rest of the file and reads little of it,
and one that is slow holds no connection of ours."""
PART_BYTES = 8 * 1024 * 1024
"""Of a multipart upload; S3 takes 5 MiB and more."""
PARTS_AT_ONCE = 1
"""Of one upload: it is in no hurry, and the calls beside it are."""
SLOWEST_BYTES_PER_S = 50_000
"""An upload that is slower than this has failed."""
CONTENT_TYPES = {".ogg": "audio/ogg; codecs=opus", ".json": "application/json"}
_STATUS = re.compile(r"status code: ([0-9]{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,40})</Code>")


def open_store(settings: ObjectSettings) -> S3Store:
    """Sends nothing yet. What `settings` do not say, the usual AWS_* variables may (also the ways
    to short-lived credentials: web identity, container, instance). Raises ValueError."""
    from obstore.exceptions import BaseError  # noqa: PLC0415  # only where it is used
    from obstore.store import S3Store  # noqa: PLC0415

    parts = urlsplit(settings.blobs_url)
    said = {
        "endpoint": settings.blobs_endpoint,
        "region": settings.blobs_region,
        "access_key_id": settings.blobs_access_key,
        "secret_access_key": settings.blobs_secret_key,
    }
    config: dict[str, Any] = {key: value for key, value in said.items() if value}
    try:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options={
                "allow_http": True,
                "connect_timeout": timedelta(seconds=CONNECT_S),
                "timeout": timedelta(seconds=REQUEST_S),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=CALL_S),
                "backoff": {"init_backoff": timedelta(milliseconds=200), "base": 2},
            },
            **config,
        )
    except (BaseError, ValueError):  # its text may repeat what it was given
        raise ValueError("blobs_url: the client of the object storage does not take it") from None


class ObjectBlobs:
    """`Blobs` of `media_server.ports`, and what an upload needs beside it."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    async def put(self, interview_id: str, name: str, data: bytes) -> None:
        """One request, or parts above `PART_BYTES`: either way all of it or nothing."""
        await self._put(interview_id, name, data, len(data))

    async def put_file(self, interview_id: str, name: str, path: Path, size: int) -> None:
        """As `put`, read from a file as it is sent. Raises FileNotFoundError where it is gone."""
        await self._put(interview_id, name, path, size)

    async def find(self, interview_id: str, name: str) -> Blob | None:
        """Asks the storage each time."""
        key = _key(interview_id, name)
        try:
            meta = await _within(CALL_S, self._store.head_async(key))
        except FileNotFoundError:
            await self._require_bucket(key)
            return None
        return self._blob(meta)

    async def list(self, interview_id: str) -> tuple[Blob, ...]:
        """As the storage lists them now; some storages list a new one late."""
        prefix = safe_name(interview_id)
        blobs = [
            self._blob(meta)
            async for page in _steps(self._store.list(prefix))
            for meta in page
            if meta["path"].count("/") == 1
        ]
        return tuple(sorted(blobs, key=lambda blob: blob.name))

    async def delete(self, interview_id: str, name: str | None = None) -> tuple[str, ...]:
        """Of all: what the list has now. Call it again later where the list may be late."""
        if name is not None:
            names = [name] if await self.find(interview_id, name) is not None else []
        else:
            names = [blob.name for blob in await self.list(interview_id)]
        if names:
            keys = [_key(interview_id, one) for one in names]
            await _within(CALL_S * (1 + len(keys) // 100), self._store.delete_async(keys))
        return tuple(names)

    async def sign(self, interview_id: str, name: str, *, ttl_s: int) -> str | None:
        """For GET. Nothing is asked of the storage: there may be none of this name."""
        import obstore  # noqa: PLC0415

        key = _key(interview_id, name)
        expires_in = timedelta(seconds=ttl_s)
        return await _within(CALL_S, obstore.sign_async(self._store, "GET", key, expires_in))

    async def interviews(self) -> tuple[str, ...]:
        """Those that have a blob."""
        found = await _within(CALL_S * 6, self._store.list_with_delimiter_async())
        return tuple(prefix.rstrip("/") for prefix in found["common_prefixes"])

    async def sha256(self, blob: Blob) -> bytes:
        """Of what the storage gives back: all of it is read."""
        digest = hashlib.sha256()
        async with aclosing(blob.read()) as chunks:
            async for chunk in chunks:
                await asyncio.to_thread(digest.update, chunk)
        return digest.digest()

    async def _put(self, interview_id: str, name: str, data: bytes | Path, size: int) -> None:
        kind = CONTENT_TYPES.get(Path(name).suffix, "application/octet-stream")
        work = self._store.put_async(
            _key(interview_id, name),
            data,
            attributes={"Content-Type": kind},
            chunk_size=PART_BYTES,
            max_concurrency=PARTS_AT_ONCE,
        )
        try:
            await _within(CALL_S + size / SLOWEST_BYTES_PER_S, work)
        except FileNotFoundError:
            if isinstance(data, Path) and not await asyncio.to_thread(data.exists):
                raise
            raise StoreUnavailable("the object storage has no such bucket") from None

    async def _require_bucket(self, key: str) -> None:
        """404 on HEAD has no words: it means no object, or no bucket."""
        try:
            await _within(CALL_S, self._store.get_async(key))
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise StoreUnavailable("the object storage has no such bucket") from None

    def _blob(self, meta: Any) -> Blob:
        path, size = meta["path"], meta["size"]
        interview_id, _, name = path.rpartition("/")
        raw = meta["e_tag"] or ""
        version = re.sub(r"[^A-Za-z0-9]", "", raw) or f"{meta['last_modified'].timestamp():.0f}"
        return Blob(
            interview_id,
            name,
            size,
            etag_of(name, size, version),
            meta["last_modified"].timestamp(),
            lambda start, end: self._read(path, raw, start, end),
        )

    async def _read(
        self, path: str, etag: str, start: int, end: int
    ) -> AsyncGenerator[bytes, None]:
        """A window at a time, all of the same version."""
        while start < end:
            until = min(end, start + WINDOW_BYTES)
            window = await _within(CALL_S, self._window(path, etag, start, until))
            for at in range(0, len(window), CHUNK_BYTES):
                yield window[at : at + CHUNK_BYTES]
            start = until

    async def _window(self, path: str, etag: str, start: int, end: int) -> bytes:
        options: Any = {"range": (start, end)}
        if etag:
            options["if_match"] = etag
        found = await self._store.get_async(path, options=options)
        data = bytes(await found.bytes_async())
        if len(data) != end - start:
            raise StoreUnavailable("the object storage sent fewer bytes than there are")
        return data


def _key(interview_id: str, name: str) -> str:
    return f"{safe_name(interview_id)}/{safe_name(name)}"


async def _within(limit_s: float, work: Awaitable[T]) -> T:
    """Raises StoreUnavailable; FileNotFoundError passes."""
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        async with asyncio.timeout(limit_s):
            return await work
    except TimeoutError:
        raise StoreUnavailable(f"no answer from the object storage in {limit_s:.0f} s") from None
    except FileNotFoundError:
        raise
    except (BaseError, OSError, ValueError) as error:
        raise StoreUnavailable(in_words(str(error))) from None


async def _steps(pages: Any) -> AsyncIterator[Any]:
    """Each page of a list within `CALL_S`."""
    iterator = aiter(pages)
    while True:
        try:
            page = await _within(CALL_S, anext(iterator))
        except StopAsyncIteration:
            return
        except FileNotFoundError:
            raise StoreUnavailable("the object storage has no such bucket") from None
        yield page


def in_words(text: str) -> str:
    """What the library says of a failure, without addresses, keys and answers; with what to do."""
    status, code = _STATUS.search(text), _CODE.search(text)
    said = " ".join(found[1] for found in (status, code) if found)
    if "NoSuchBucket" in text:
        return "the object storage has no such bucket"
    if status is not None and status[1] in ("401", "403"):
        return f"the object storage refuses the credentials ({said}): check blobs_access_key"
    if "AccessDenied" in text or "Access Denied" in text:  # of one of several that were deleted
        return "the object storage refuses to delete: check what blobs_access_key may do"
    if said:
        return f"the object storage answers {said}"
    if "credential" in text.lower() or "token" in text.lower():
        return "there are no credentials for the object storage: set blobs_access_key"
    return "the object storage cannot be reached"
