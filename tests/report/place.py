"""The example interview on a real server: its log in a real store, its sound as real files.

Where the candidate speaks there is a tone of 440 Hz, where the interviewer does one of 300 Hz, and
nothing else, so that a test hears what is where.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from numpy.typing import NDArray
from yarl import URL

import signaling
from media_server.audio.ogg import OggOpusWriter, read_ogg_opus
from media_server.audio.opus import OpusDecoder, OpusEncoder
from media_server.http_settings import HttpSettings
from media_server.interview import events as ev
from media_server.ports import NewEntry
from signaling.secret_files import Secrets
from tests.live.bench import Bench, open_bench
from tests.report import example

KEY = "report-api-key-0123456789"
API = {"Authorization": f"Bearer {KEY}"}
SECRETS = Secrets((KEY,), ("signing-secret-of-the-tests",), None)
INTERVIEW = "iv_example"
CANDIDATE_HZ, INTERVIEWER_HZ = 440, 300
Samples = NDArray[np.int16]


@dataclass
class Wall:
    """Unix time, as the test says."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Place:
    client: TestClient[Any, Any]
    bench: Bench
    wall: Wall
    told: example.Told
    base: str = f"/v1/interviews/{INTERVIEW}"
    api: dict[str, str] = field(default_factory=lambda: dict(API))

    async def get(self, path: str, headers: dict[str, str] | None = None) -> ClientResponse:
        return await self.client.get(self.base + path, headers=API if headers is None else headers)

    async def link(self, **body: Any) -> dict[str, Any]:
        """A link to the report; with `token` and `auth`, the headers for it."""
        made = await self.client.post(f"{self.base}/report-links", json=body, headers=API)
        assert made.status == 201, await made.text()
        found: dict[str, Any] = await made.json()
        token = found["url"].partition("#")[2]
        return {**found, "token": token, "auth": {"Authorization": f"Bearer {token}"}}

    async def report(self, headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self.get("/report", headers)
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def code(answer: ClientResponse) -> tuple[int, str]:
    return answer.status, (await answer.json())["code"]


def path_of(url: str) -> str:
    """Path and query: a test client asks its own server."""
    return str(URL(url).relative())


def tone(hz: float, from_s: float, to_s: float) -> Samples:
    at = np.arange(round(from_s * 16_000), round(to_s * 16_000)) / 16_000
    return (6_000 * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def ogg(pcm: Samples) -> bytes:
    """`pcm`: 16 kHz."""
    writer = OggOpusWriter(serial=7)
    parts = [writer.header()]
    with OpusEncoder(16_000, complexity=0) as encoder:
        for n in range(len(pcm) // 320):
            packet = encoder.encode(pcm[n * 320 : (n + 1) * 320])
            parts.append(writer.add(n * 0.02, packet))
    return b"".join([*parts, writer.finish()])


def heard(data: bytes) -> Samples:
    """From media time 0 on, 16 kHz."""
    stream = read_ogg_opus(data)
    with OpusDecoder() as decoder:
        parts = [decoder.decode(payload) for _, payload in stream.packets]
    lead = np.zeros(stream.packets[0][0] // 3 if stream.packets else 0, np.int16)
    return np.concatenate([lead, *parts])


def loudness_at(pcm: Samples, hz: float, at_s: float, for_s: float = 0.2) -> float:
    """How much of a tone there is, 1.0 for the whole of what `tone` makes."""
    part = pcm[round(at_s * 16_000) : round((at_s + for_s) * 16_000)].astype(float)
    if not len(part):
        return 0.0
    wave = np.exp(-2j * np.pi * hz * np.arange(len(part)) / 16_000)
    return float(2 * abs(np.dot(part, wave)) / len(part) / 6_000)


def recordings(told: example.Told) -> dict[str, bytes]:
    files = {}
    for connection in told.state.connections:
        line = np.zeros(round(connection.media_s * 16_000), np.int16)
        for segment in (s for turn in told.state.turns for s in turn.segments):
            if segment.segment_id.connection_epoch == connection.connection_epoch:
                from_s = segment.start_s - connection.media_offset_s
                sound = tone(CANDIDATE_HZ, from_s, segment.end_s - connection.media_offset_s)
                at = round(from_s * 16_000)
                line[at : at + len(sound)] = sound[: len(line) - at]
        files[f"audio-{connection.connection_epoch:04d}.ogg"] = ogg(line)
    return files


@cache
def files() -> dict[str, bytes]:
    """Of the example: recordings and clips by name. Takes a second, once."""
    told = example.told()
    clips = {p.clip: ogg(tone(INTERVIEWER_HZ, 0.0, p.duration_s)) for p in told.facts.pieces}
    return {**recordings(told), **clips}


async def fill(bench: Bench, told: example.Told, sound: Mapping[str, bytes]) -> None:
    """The interview with its whole log, and these files."""
    entries = [
        NewEntry(event.type, event.model_dump(mode="json", exclude={"type"}), at_s)
        for at_s, event in told.log
        if event.durability is not ev.Durability.NEVER
    ]
    await bench.services.log.create(
        INTERVIEW,
        spec=example.SPEC.model_dump(mode="json"),
        entries=entries,
        status=told.state.status.value,
        now_s=told.now_s,
    )
    for name, data in sound.items():
        await bench.services.blobs.put(INTERVIEW, name, data)


@asynccontextmanager
async def opened(
    data_dir: Path, *, store_url: str = "", sound: bool = True, **settings: Any
) -> AsyncIterator[Place]:
    made = files() if sound else {}  # before anything has a deadline
    async with open_bench(data_dir, store_url=store_url) as bench:
        told, wall = example.told(), Wall()
        await fill(bench, told, made)
        app = signaling.create_app(
            HttpSettings(**settings), secrets=SECRETS, service=bench.service, wall_s=wall
        )
        async with TestClient(TestServer(app)) as client:
            yield Place(client, bench, wall, told)
