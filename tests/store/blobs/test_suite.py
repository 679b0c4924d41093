"""One suite for every backend of `ports.Blobs`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from media_server.ports import Blobs, StoreUnavailable
from media_server.ports.blobs import CHUNK_BYTES
from media_server.store.blobs.probe import probe
from tests.support.s3_server import FaultyProxy, S3Server, refusal


async def read(blobs: Blobs, name: str, *span: int, interview_id: str = "i1") -> bytes:
    blob = await blobs.find(interview_id, name)
    assert blob is not None
    return b"".join([chunk async for chunk in blob.read(*span)])


async def test_what_is_put_is_found_listed_and_read(blobs: Blobs) -> None:
    data = bytes(range(256)) * 4
    await blobs.put("i1", "audio-0001.ogg", data)
    await blobs.put("i1", "said-abc.ogg", b"a clip")
    await blobs.put("i10", "audio-0001.ogg", b"a neighbour")
    found = await blobs.find("i1", "audio-0001.ogg")
    assert found is not None
    assert (found.interview_id, found.name, found.size) == ("i1", "audio-0001.ogg", 1024)
    assert found.changed_s > 1_700_000_000
    assert await blobs.list("i1") == (found, await blobs.find("i1", "said-abc.ogg"))
    assert await read(blobs, "audio-0001.ogg") == data
    assert await read(blobs, "audio-0001.ogg", 10, 20) == data[10:20]
    assert await read(blobs, "audio-0001.ogg", 1000) == data[1000:]
    assert await read(blobs, "audio-0001.ogg", 1000, 9999) == data[1000:]
    assert await read(blobs, "audio-0001.ogg", 7, 7) == b""
    assert await found.whole(limit=1024) == data
    with pytest.raises(ValueError, match="1024 bytes"):
        await found.whole(limit=1023)


async def test_chunks_are_bounded(blobs: Blobs) -> None:
    data = bytes(3 * CHUNK_BYTES + 1)
    await blobs.put("i1", "big.bin", data)
    blob = await blobs.find("i1", "big.bin")
    assert blob is not None
    sizes = [len(chunk) async for chunk in blob.read()]
    assert sum(sizes) == len(data)
    assert max(sizes) <= CHUNK_BYTES


async def test_put_takes_the_place_of_what_was_there_and_changes_its_etag(blobs: Blobs) -> None:
    await blobs.put("i1", "waveform.bin", b"1111")
    before = await blobs.find("i1", "waveform.bin")
    await blobs.put("i1", "waveform.bin", b"2222")
    after = await blobs.find("i1", "waveform.bin")
    assert before is not None
    assert after is not None
    assert before.etag != after.etag
    assert await read(blobs, "waveform.bin") == b"2222"
    assert [blob.name for blob in await blobs.list("i1")] == ["waveform.bin"]


async def test_deleting_one_and_all(blobs: Blobs) -> None:
    for name in ("a.ogg", "b.ogg", "c.bin"):
        await blobs.put("i1", name, b"x")
    await blobs.put("i2", "a.ogg", b"x")
    found = await blobs.find("i1", "b.ogg")
    assert found is not None
    assert await blobs.delete("i1", "b.ogg") == ("b.ogg",)
    assert await blobs.delete("i1", "b.ogg") == ()
    with pytest.raises(FileNotFoundError):
        await found.whole(limit=10)
    assert await blobs.find("i1", "b.ogg") is None
    assert set(await blobs.delete("i1")) == {"a.ogg", "c.bin"}
    assert await blobs.list("i1") == ()
    assert await blobs.delete("i1") == ()
    assert len(await blobs.list("i2")) == 1


async def test_nothing_is_there_of_an_unknown_interview(blobs: Blobs) -> None:
    assert await blobs.list("nobody") == ()
    assert await blobs.find("nobody", "a.ogg") is None
    assert await blobs.delete("nobody") == ()


@pytest.mark.parametrize("bad", ["", "..", ".hidden", "a/b", "../i2", "x" * 65, "a\nb", "é"])
async def test_names_lead_nowhere_else(blobs: Blobs, bad: str) -> None:
    work: list[Any] = [
        blobs.put(bad, "a.ogg", b""), blobs.put("i1", bad, b""),
        blobs.find(bad, "a.ogg"), blobs.find("i1", bad), blobs.list(bad), blobs.delete(bad),
        blobs.delete("i1", bad), blobs.sign("i1", bad, ttl_s=60),
    ]  # fmt: skip
    for step in work:
        with pytest.raises(ValueError, match="an id is"):
            await step


async def test_many_at_once(blobs: Blobs) -> None:
    async def one(n: int) -> None:
        data = bytes([n]) * (1000 + n)
        await blobs.put(f"i{n}", "a.bin", data)
        assert await read(blobs, "a.bin", interview_id=f"i{n}") == data

    await asyncio.gather(*(one(n) for n in range(40)))


@pytest.mark.s3
async def test_the_doctor_uses_it_and_leaves_nothing(
    s3: S3Server, s3_proxy: FaultyProxy, tmp_path: Path
) -> None:
    await probe(s3.settings(tmp_path))
    assert s3.stored() == []
    s3_proxy.fault = lambda _: refusal(403, "AccessDenied")
    with pytest.raises(StoreUnavailable, match=r"refuses the credentials \(403 AccessDenied\)"):
        await probe(s3.settings(tmp_path, endpoint=s3_proxy.endpoint))
