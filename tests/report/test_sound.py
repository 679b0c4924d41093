"""The sound child and its host: what is measured, and that nobody can have too much of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_server.audio.loudness import STEP_S, laid, loudness_of, step_for
from media_server.audio.mixing import Voice, cut, joined, mixed
from media_server.audio.ogg import OggOpusWriter, read_ogg_opus
from media_server.audio.opus import OpusEncoder
from media_server.ports import Blob, StoreUnavailable
from media_server.sound import host
from media_server.sound import spool as spooling
from media_server.sound.host import SoundBusy, SoundFailed, SoundJobs
from media_server.sound.spool import GRACE_S, MIN_BYTES_PER_S, Spool, TooSlow
from tests.report.place import INTERVIEW, heard, loudness_at, ogg, opened, tone
from tests.support.waiting import PATIENCE_S


def blob(data: bytes, *, size: int | None = None, slow: asyncio.Event | None = None) -> Blob:
    async def read(start: int, end: int) -> AsyncGenerator[bytes, None]:
        if slow is not None:
            await slow.wait()
        for at in range(start, min(end, len(data)), 10_000):
            yield data[at : min(at + 10_000, end)]

    return Blob("iv", "audio-0001.ogg", len(data) if size is None else size, "e", 0.0, read)


async def whole(parts: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([part async for part in parts])


def sounding(*stretches: tuple[float, float, float], length_s: float) -> bytes:
    """(hz, from, to)"""
    line = np.zeros(round(length_s * 16_000), np.int16)
    for hz, from_s, to_s in stretches:
        part = tone(hz, from_s, to_s)
        line[round(from_s * 16_000) : round(from_s * 16_000) + len(part)] += part
    return ogg(line)


def test_loudness_and_gaps() -> None:
    writer, parts = OggOpusWriter(serial=1), []
    loud = tone(440, 0, 1)
    with OpusEncoder(16_000) as encoder:
        packets = [encoder.encode(loud[n * 320 : (n + 1) * 320]) for n in range(50)]
    parts.append(writer.header())
    for n, packet in enumerate(packets):
        if not 20 <= n < 35:  # 0.3 s never came
            parts.append(writer.add(2.0 + n * 0.02, packet))
    found = loudness_of(b"".join([*parts, writer.finish()]))
    assert len(found.levels) == 3.0 / STEP_S
    assert found.levels[: round(1.9 / STEP_S)] == bytes(round(1.9 / STEP_S)), "nothing before"
    assert min(found.levels[round(2.1 / STEP_S) : round(2.35 / STEP_S)]) > 170
    assert max(found.levels[round(2.45 / STEP_S) : round(2.65 / STEP_S)]) == 0
    ((start_s, end_s),) = found.gaps
    assert (start_s, end_s) == pytest.approx((2.4, 2.7), abs=0.001)
    assert loudness_of(b"no Ogg at all").damaged


def test_laid_on_one_line() -> None:
    assert step_for(60.0, 4000) == STEP_S
    assert 3600 / step_for(3600.0, 4000) <= 4000
    line = laid([(0.0, bytes([9] * 20)), (0.5, bytes([50] * 4)), (0.9, bytes([7] * 99))], 1.0, 0.1)
    assert line == (9, 9, 9, 9, 9, 50, 50, 9, 9, 9)


def test_mixing_keeps_places_and_clips_nothing() -> None:
    one = sounding((440, 1.0, 2.0), length_s=4.0)
    other = sounding((300, 0.0, 1.0), length_s=1.0)
    voices = [Voice(one, 0.0), Voice(other, 1.5, 0.25, 0.75), Voice(other, 3.0)]
    pcm = heard(b"".join(mixed(voices, 4.0)))
    assert loudness_at(pcm, 440, 1.1) > 0.8
    assert loudness_at(pcm, 300, 1.1) < 0.05
    assert loudness_at(pcm, 300, 1.55, 0.4) > 0.8
    assert loudness_at(pcm, 440, 1.55, 0.4) > 0.8, "both at once"
    assert loudness_at(pcm, 300, 2.05) < 0.05, "it stopped being heard"
    assert loudness_at(pcm, 300, 3.2) > 0.8
    edges = [np.flatnonzero(np.abs(line) > 1500)[0] / 16_000 for line in (heard(one), pcm)]
    assert edges[1] == pytest.approx(edges[0], abs=0.002), "what the encoder delays is made good"


def test_joined_and_cut_copy_packets() -> None:
    one, other = sounding((440, 0.0, 1.0), length_s=1.0), sounding((440, 0.5, 1.0), length_s=2.0)
    both = b"".join(joined([Voice(one, 0.0), Voice(other, 3.0)]))
    own = {payload for data in (one, other) for _, payload in read_ogg_opus(data).packets}
    assert {p for _, p in read_ogg_opus(both).packets if len(p) > 2} <= own
    assert loudness_at(heard(both), 440, 3.6) > 0.8
    piece = b"".join(cut([Voice(other, 0.0, 0.5, 1.0), Voice(one, 0.0, 0.0, 0.5)]))
    assert {p for _, p in read_ogg_opus(piece).packets if len(p) > 2} <= own
    assert read_ogg_opus(piece).end / 48_000 == pytest.approx(0.58 + 0.5 + 0.5, abs=0.05)


async def test_the_child_does_it_too() -> None:
    data = sounding((440, 0.2, 0.8), length_s=1.0)
    job = {"job": "mix", "voices": [{"file": 0, "start_s": 0.5, "from_s": 0.0}], "duration_s": 2.0}
    pcm = heard(await whole(SoundJobs().run(job, [blob(data)])))
    assert loudness_at(pcm, 440, 0.9) > 0.8


async def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(SoundFailed, match="too long"):
        await whole(SoundJobs().run({"job": "loudness"}, [blob(b"", size=host.MAX_BYTES + 1)]))


@pytest.mark.parametrize("error", [StoreUnavailable("away"), FileNotFoundError("gone")])
async def test_what_cannot_be_read_is_said_as_it_was(error: Exception) -> None:
    async def read(start: int, end: int) -> AsyncGenerator[bytes, None]:
        yield b"OggS"
        raise error

    with pytest.raises(type(error)):
        await whole(SoundJobs().run({"job": "loudness"}, [Blob("iv", "a", 99, "e", 0.0, read)]))


async def test_damaged_is_said() -> None:
    job = {"job": "join", "voices": [{"file": 0, "start_s": 0.0, "from_s": 0.0}]}
    data = bytearray(sounding((440, 0.0, 1.0), length_s=1.0))
    data[300] ^= 1
    with pytest.raises(SoundFailed, match="damaged"):
        await whole(SoundJobs().run(job, [blob(bytes(data))]))


async def test_no_more_than_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "WAIT_S", 0.2)
    jobs, gate = SoundJobs(), asyncio.Event()
    data = sounding((440, 0.0, 0.2), length_s=0.2)
    waiting = [
        asyncio.create_task(whole(jobs.run({"job": "loudness"}, [blob(data, slow=gate)])))
        for _ in range(2)
    ]
    await asyncio.sleep(0)
    with pytest.raises(SoundBusy):
        await whole(jobs.run({"job": "loudness"}, [blob(data)]))
    gate.set()
    await asyncio.gather(*waiting)
    assert await whole(jobs.run({"job": "loudness"}, [blob(data)]))


async def test_a_reader_that_goes_ends_the_work() -> None:
    """The next one has its place at once, and no process is left (the leak check looks)."""
    jobs = SoundJobs(at_once=1)
    data = sounding((440, 0.0, 1.0), length_s=20.0)
    job = {"job": "mix", "voices": [{"file": 0, "start_s": 0.0, "from_s": 0.0}], "duration_s": 3e3}
    async with contextlib.aclosing(jobs.run(job, [blob(data)])) as parts:
        assert await anext(parts)
    async with asyncio.timeout(PATIENCE_S):
        assert await whole(jobs.run({"job": "loudness"}, [blob(data)]))


async def test_a_reader_that_stands_still_keeps_no_turn() -> None:
    jobs = SoundJobs(at_once=1)
    data = sounding((440, 0.0, 10.0), length_s=10.0)
    voices = [{"file": 0, "start_s": 11.0 * n, "from_s": 0.0} for n in range(20)]
    async with contextlib.aclosing(
        jobs.run({"job": "join", "voices": voices}, [blob(data)])
    ) as slow:
        parts = [await anext(slow)]
        async with asyncio.timeout(PATIENCE_S):
            assert await whole(jobs.run({"job": "loudness"}, [blob(data)]))
        parts += [part async for part in slow]
    assert sum(map(len, parts)) > 400_000, "more than pipes hold"
    assert read_ogg_opus(b"".join(parts)).end / 48_000 == pytest.approx(219.0, abs=0.1)


async def test_readers_that_keep_files_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "MOST_READERS", 1)
    jobs, data = SoundJobs(), sounding((440, 0.0, 0.2), length_s=0.2)
    async with contextlib.aclosing(jobs.run({"job": "loudness"}, [blob(data)])) as slow:
        await anext(slow)
        with pytest.raises(SoundBusy):
            await whole(jobs.run({"job": "loudness"}, [blob(data)]))
    assert await whole(jobs.run({"job": "loudness"}, [blob(data)]))


async def test_who_reads_far_too_slowly_is_given_up() -> None:
    """For what is slow to be made the reader is not to blame."""
    now_s = 0.0
    spool = Spool(now_s=lambda: now_s)
    try:
        async with contextlib.aclosing(spool.read()) as parts:
            for _ in range(2):
                reading = asyncio.ensure_future(anext(parts))
                await asyncio.sleep(0)
                now_s += 1e6
                await spool.write(bytes(MIN_BYTES_PER_S))
                assert len(await reading) == MIN_BYTES_PER_S
                now_s += 1.0
            now_s += GRACE_S + 0.1
            with pytest.raises(TooSlow):
                await anext(parts)
    finally:
        await spool.close()


async def test_a_file_stays_small_however_much_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "MOST_BYTES", 10_000)
    made = [bytes([n]) * 3_000 for n in range(20)]
    spool, largest = Spool(), 0

    async def write() -> None:
        nonlocal largest
        for part in made:
            await spool.write(part)
            largest = max(largest, spool._size)
        spool.end()

    writing = asyncio.create_task(write())
    try:
        got = [part async for part in spool.read()]
    finally:
        await writing
        await spool.close()
    assert b"".join(got) == b"".join(made)
    assert largest <= 10_000


async def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "_write", full)
    with pytest.raises(SoundFailed, match="No space left"):
        await whole(SoundJobs().run({"job": "loudness"}, [blob(sounding(length_s=0.2))]))


async def test_who_is_cancelled_twice_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the files are still being read, by something that takes its time to end."""
    made: list[asyncio.subprocess.Process] = []
    execute = asyncio.create_subprocess_exec

    async def noted(*args: Any, **options: Any) -> asyncio.subprocess.Process:
        made.append(await execute(*args, **options))
        return made[-1]

    async def read(start: int, end: int) -> AsyncGenerator[bytes, None]:
        try:
            yield b"OggS"
            reading.set()
            await asyncio.sleep(60.0)
        finally:
            await released.wait()

    reading, released = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    parts = SoundJobs().run({"job": "loudness"}, [Blob("iv", "a", 99, "e", 0.0, read)])
    asking = asyncio.create_task(whole(parts))
    await reading.wait()
    for _ in range(2):
        asking.cancel()
        await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE_S):  # before what is being read has ended
        await made[0].wait()
    released.set()
    await asyncio.wait([asking], timeout=PATIENCE_S)
    assert asking.cancelled()


async def test_slow_readers_keep_no_report_waiting(tmp_path: Path) -> None:
    async with opened(tmp_path) as place:
        reports = place.bench.service.reports
        slow = [await reports.whole_audio(INTERVIEW, "candidate") for _ in range(host.AT_ONCE)]
        async with asyncio.timeout(PATIENCE_S):
            assert (await reports.waveform(INTERVIEW))["waveform"]
        async with asyncio.timeout(PATIENCE_S):  # what they have not read is still in the pipe
            for parts in slow:
                assert await anext(parts)
                await parts.aclose()
