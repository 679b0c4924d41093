"""Puts object storage behind the recordings of this machine, where it is asked for."""

from __future__ import annotations

from media_server.store.blobs.objects import ObjectBlobs, open_store
from media_server.store.blobs.parts import PartedBlobs
from media_server.store.blobs.spooled import SpooledBlobs
from media_server.store.blobs.uploads import Erased, Uploads
from media_server.store.recordings import DiskRecordings
from media_server.store.settings import StoreSettings


def to_object_storage(
    settings: StoreSettings,
    recordings: DiskRecordings,
    erased: Erased,
) -> tuple[PartedBlobs, Uploads]:
    """From here on `recordings.blobs` are those of the storage as well. Raises ValueError."""
    there = PartedBlobs(ObjectBlobs(open_store(settings)))
    uploads = Uploads(recordings.here, there, recordings, erased, part_s=settings.blobs_part_s)
    recordings.blobs = SpooledBlobs(recordings.here, there, uploads.wake)
    recordings.on_end = uploads.wake
    return there, uploads
