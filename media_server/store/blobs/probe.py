"""Whether an object storage can be used, found out by using it; for `media-server doctor`."""

from __future__ import annotations

import secrets

from media_server.ports import StoreUnavailable
from media_server.store.blobs.objects import ObjectBlobs, open_store
from media_server.store.blobs.settings_check import ObjectSettings

NOBODY = "doctor"
"""No interview has this id."""


async def probe(settings: ObjectSettings) -> None:
    """Writes, lists, reads and deletes a small object. Raises StoreUnavailable, ValueError."""
    blobs, name = ObjectBlobs(open_store(settings)), f"{secrets.token_hex(8)}.txt"
    data = b"written by media-server doctor"
    await blobs.put(NOBODY, name, data)
    try:
        found = [blob for blob in await blobs.list(NOBODY) if blob.name == name]
        if not found or await found[0].whole(limit=1000) != data:
            raise StoreUnavailable("the object storage does not give back what it was sent")
    except FileNotFoundError:
        raise StoreUnavailable("the object storage has lost what it was sent") from None
    finally:
        await blobs.delete(NOBODY, name)
