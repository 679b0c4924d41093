"""The backends of the suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_server.ports import Blobs
from media_server.store.blobs.local import LocalBlobs
from media_server.store.disk import DiskThread


@pytest.fixture
async def disk() -> AsyncIterator[DiskThread]:
    thread = DiskThread()
    await thread.start()
    yield thread
    await thread.close()


@pytest.fixture
def blobs(tmp_path: Path, disk: DiskThread) -> Blobs:
    return LocalBlobs(tmp_path / "recordings", disk)
