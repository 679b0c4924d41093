"""Interviews with words, log and audio in a real store, and their bundles."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

import signaling
from media_server.evidence import chain, manifest, writer
from media_server.evidence.keys import SigningKeys
from media_server.evidence.manifest import LogFacts, Manifest
from media_server.http_settings import HttpSettings
from media_server.interview import events as ev
from media_server.interview.events import Durability, durability_of
from media_server.interview.spec import InterviewSpec
from media_server.ports import NewEntry
from signaling.secret_files import load
from signaling.transcripts import text_transcript, web_vtt
from tests.interview.world import World
from tests.live.bench import Bench, open_bench
from tests.store.spool_writer import PACKET

INTERVIEW = "iv_evidence"
API_KEY = "evidence-api-key-0123456789"
TRANSCRIPTS = {manifest.VTT: web_vtt, manifest.TEXT: text_transcript}


def signing_keys(count: int = 1) -> SigningKeys:
    return SigningKeys([secrets.token_urlsafe(32) for _ in range(count)])


def words(text: str, start_s: float) -> tuple[ev.SpokenWord, ...]:
    return tuple(
        ev.SpokenWord(w=word, s=start_s + 0.4 * n, e=start_s + 0.4 * n + 0.3, c=0.9)
        for n, word in enumerate(text.split())
    )


def finished(*, spec: InterviewSpec | None = None, ended: bool = True) -> World:
    """Three answers with the times of their words; `ended` False: in the middle of the third."""
    world = World(spec)
    world.to_question(3)
    if ended:
        world.answer("The last answer, which has “quotes” and an umlaut: ü.")
        world.speak()
    return world


def entries(world: World) -> list[NewEntry]:
    """As the shell would have written them."""
    found = []
    for n, event in enumerate(world.log):
        if durability_of(event) is Durability.NEVER:
            continue
        if isinstance(event, ev.SegmentTranscribed):
            event = event.model_copy(update={"words": words(event.text, event.start_s)})
        data = event.model_dump(mode="json", exclude={"type"})
        found.append(NewEntry(event.type, data, at_s=1_700_000_000.0 + n))
    return found


async def fill(
    bench: Bench, world: World, *, audio_s: float = 2.0, more: tuple[NewEntry, ...] = ()
) -> None:
    services = bench.services
    await services.log.create(
        INTERVIEW,
        spec=world.state.spec.model_dump(mode="json"),
        entries=[*entries(world), *more],
        status=world.state.status.value,
        now_s=services.clock.now_s(),
    )
    if audio_s:
        recording = services.recordings.open(INTERVIEW, 1)
        for n in range(round(audio_s * 50)):
            recording.add(n * 0.02, PACKET)
            if n % 500 == 499:
                await services.recordings.files(INTERVIEW)  # the disk keeps up
        await recording.close()
        assert not recording.failed


async def bundle(bench: Bench, keys: SigningKeys) -> bytes:
    made = await bench.service.evidence(INTERVIEW, keys, TRANSCRIPTS)
    data = b"".join([part async for part in made.parts()])
    assert len(data) == made.size
    return data


@asynccontextmanager
async def filled(data_dir: Path, world: World, **options: Any) -> AsyncIterator[Bench]:
    async with open_bench(data_dir) as bench:
        await fill(bench, world, **options)
        yield bench


def contents(data: bytes) -> dict[str, bytes]:
    """Every file but manifest and signature, in their order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()[2:]
        return {name: archive.read(name) for name in names}


async def remade(data: bytes, keys: SigningKeys, changes: dict[str, bytes | None]) -> bytes:
    """The bundle that a dishonest owner of the key would sign: with other files (None: left out),
    and a chain that fits the log."""
    told = Manifest.model_validate_json(zipfile.ZipFile(io.BytesIO(data)).read(manifest.MANIFEST))
    files = {**contents(data), **changes}
    last, hashes = chain.start(told.interview), bytearray()
    lines = (files[manifest.LOG] or b"").splitlines(keepends=True)
    for line in lines:
        last = chain.following(last, line)
        hashes += last
    files[manifest.CHAIN] = chain.text(hashes)
    sources = [writer.in_memory(name, body) for name, body in files.items() if body is not None]
    facts = writer.Facts(told.interview, told.status, told.partial, told.made_at, told.software)
    log = LogFacts(entries=len(lines) - 1, chain=last.hex())
    made = await writer.make(sources, facts, lambda: log, keys)
    return b"".join([part async for part in made.parts()])


@asynccontextmanager
async def serving(data_dir: Path, bench: Bench) -> AsyncIterator[TestClient[Any, Any]]:
    """The HTTP side over it, with the secrets of `data_dir`."""
    secrets_there = load(data_dir, api_keys=(API_KEY,), signing=())
    app = signaling.create_app(HttpSettings(), secrets=secrets_there, service=bench.service)
    async with TestClient(TestServer(app)) as found:
        yield found
