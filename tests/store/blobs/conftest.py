"""The backends of the suite, and stores with object storage behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_server.ports import Blobs
from media_server.store.blobs.local import LocalBlobs
from media_server.store.blobs.objects import ObjectBlobs, open_store
from media_server.store.blobs.parts import PartedBlobs
from media_server.store.blobs.spooled import SpooledBlobs
from media_server.store.disk import DiskThread
from tests.support.s3_server import S3Server


@pytest.fixture
async def disk() -> AsyncIterator[DiskThread]:
    thread = DiskThread()
    await thread.start()
    yield thread
    await thread.close()


@pytest.fixture
def objects(s3: S3Server, tmp_path: Path) -> ObjectBlobs:
    return ObjectBlobs(open_store(s3.settings(tmp_path)))


@pytest.fixture(
    params=[
        "local",
        *(pytest.param(p, marks=pytest.mark.s3) for p in ("objects", "parted", "spooled")),
    ]
)
def blobs(request: pytest.FixtureRequest, tmp_path: Path, disk: DiskThread) -> Blobs:
    here = LocalBlobs(tmp_path / "recordings", disk)
    if request.param == "local":
        return here
    objects: ObjectBlobs = request.getfixturevalue("objects")
    if request.param == "objects":
        return objects
    parted = PartedBlobs(objects)
    if request.param == "parted":
        return parted
    return SpooledBlobs(here, parted, lambda: None)
