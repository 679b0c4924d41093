"""Files that go to object storage while somebody reads them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.store.blobs.test_uploads import gone_there, opened
from tests.support.s3_server import S3Server

pytestmark = pytest.mark.s3


async def test_a_file_that_goes_there_while_it_is_read_is_read_on_from_where_it_was(
    s3: S3Server, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 4096  # four chunks
    async with opened(s3.settings(tmp_path)) as stores:
        await stores.blobs.put("i1", "audio-0001.ogg", data)
        blob = await stores.blobs.find("i1", "audio-0001.ogg")
        assert blob is not None
        read = b""
        async with contextlib.aclosing(blob.read(1, len(data) - 1)) as chunks:
            async for chunk in chunks:
                read += chunk
                await gone_there(s3, stores, "i1/audio-0001.ogg")
        assert read == data[1:-1]
