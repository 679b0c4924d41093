"""What is in a bundle, of interviews in every state, and how it is fetched."""

from __future__ import annotations

import asyncio
import io
import json
import stat
import subprocess
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientPayloadError
from aiohttp.test_utils import TestClient

from media_server.cli import main
from media_server.evidence import manifest, writer
from media_server.evidence.keys import BadKey, SigningKeys, public_keys
from media_server.evidence.manifest import Manifest
from media_server.evidence.verify import WHOLE, Verdict, verify
from media_server.http_settings import HttpSettings
from media_server.interview import events as ev
from media_server.live import evidence, export
from media_server.ports import Blob, NewEntry, Refused, StoreUnavailable
from media_server.store.retention_plan import redacted
from tests.evidence.bundles import (
    API_KEY,
    INTERVIEW,
    TRANSCRIPTS,
    bundle,
    contents,
    filled,
    finished,
    serving,
    signing_keys,
)
from tests.live.bench import Bench
from tests.support.env import require_tool

API = {"Authorization": f"Bearer {API_KEY}"}
PATH = f"/v1/interviews/{INTERVIEW}/bundle.zip"


def seen(data: bytes, tmp_path: Path) -> Verdict:
    file = tmp_path / "seen.zip"
    file.write_bytes(data)
    told = Manifest.model_validate_json(zipfile.ZipFile(io.BytesIO(data)).read(manifest.MANIFEST))
    return verify(file, {told.key.kid})


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with filled(tmp_path / "data", finished()) as opened:
        yield opened


@pytest.fixture
async def client(tmp_path: Path, bench: Bench) -> AsyncIterator[TestClient[Any, Any]]:
    async with serving(tmp_path / "data", bench) as found:
        yield found


async def test_everything_is_in_it(bench: Bench, tmp_path: Path) -> None:
    files = contents(await bundle(bench, signing_keys()))
    result = await bench.service.result(INTERVIEW)
    told = json.loads(files["result.json"])
    assert (told["answers"], told["media"]) == (result["answers"], result["media"])
    log = "".join([part async for part in await bench.service.export(INTERVIEW)])
    assert files["log.ndjson"].decode() == log
    assert files["transcript.txt"].decode() == TRANSCRIPTS["transcript.txt"](result)
    assert files["transcript.vtt"].startswith(b"WEBVTT")
    blob = await bench.services.blobs.find(INTERVIEW, "audio-0001.ogg")
    assert blob is not None
    assert files["audio/audio-0001.ogg"] == await blob.whole(limit=1 << 20)
    assert b"What this proves, and what it does not" in files["README.txt"]


async def test_of_an_interview_that_goes_on(tmp_path: Path) -> None:
    async with filled(tmp_path / "data", finished(ended=False)) as bench:
        verdict = seen(await bundle(bench, signing_keys()), tmp_path)
    assert verdict.code == WHOLE
    assert verdict.manifest is not None
    assert (verdict.manifest.partial, verdict.manifest.status) == (True, "listening")
    assert any("was not final when this was made" in what for what in verdict.unproved)


async def test_audio_that_grows_while_it_is_read(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "data" / "recordings" / INTERVIEW / "audio-0001.ogg"
    before = path.read_bytes()
    made = await bench.service.evidence(INTERVIEW, signing_keys(), TRANSCRIPTS)
    path.write_bytes(before + b"more of it")
    data = b"".join([part async for part in made.parts()])
    assert contents(data)["audio/audio-0001.ogg"] == before
    assert seen(data, tmp_path).code == WHOLE


async def test_without_audio(tmp_path: Path) -> None:
    async with filled(tmp_path / "data", finished(), audio_s=0.0) as bench:
        data = await bundle(bench, signing_keys())
    assert not [name for name in contents(data) if name.startswith("audio/")]
    assert seen(data, tmp_path).code == WHOLE


async def test_when_the_words_were_erased(tmp_path: Path) -> None:
    async with filled(tmp_path / "data", finished()) as bench:
        log: Any = bench.services.log
        before = await bundle(bench, signing_keys())
        entries = await log.read(INTERVIEW)
        changed = redacted(entries)
        assert await log.redact(
            INTERVIEW, changed, expected_version=len(entries), what="transcript", now_s=2e9
        )
        await bench.services.recordings.erase(INTERVIEW)
        data = await bundle(bench, signing_keys())
    assert b"long enough" in before
    assert b"long enough" not in data
    verdict = seen(data, tmp_path)
    assert verdict.code == WHOLE
    assert any("was not written down" in what for what in verdict.unproved)


async def test_when_the_audio_was_erased_that_is_said(tmp_path: Path) -> None:
    event = ev.Disconnected(connection_epoch=1, reason="left", media_s=60.0)
    left = NewEntry(event.type, event.model_dump(mode="json", exclude={"type"}))
    async with filled(tmp_path / "data", finished(), audio_s=0.0, more=(left,)) as bench:
        verdict = seen(await bundle(bench, signing_keys()), tmp_path)
    assert verdict.code == WHOLE
    assert any("how connection 1 sounded" in what for what in verdict.unproved)


async def test_erased_on_the_way(bench: Bench) -> None:
    made = await bench.service.evidence(INTERVIEW, signing_keys(), TRANSCRIPTS)
    await bench.service.erase(INTERVIEW)
    with pytest.raises((writer.Changed, export.Incomplete)):
        async for _ in made.parts():
            pass
    with pytest.raises(Refused) as refused:
        await bench.service.evidence(INTERVIEW, signing_keys(), TRANSCRIPTS)
    assert refused.value.status == 404


async def test_few_are_made_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    wait = asyncio.Event()
    listed = bench.services.blobs.list

    async def slowly(interview_id: str) -> tuple[Blob, ...]:
        await wait.wait()
        return await listed(interview_id)

    monkeypatch.setattr(bench.services.blobs, "list", slowly)
    making = [asyncio.create_task(bundle(bench, signing_keys())) for _ in range(evidence.AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await bundle(bench, signing_keys())
    assert (refused.value.status, refused.value.code) == (503, "busy")
    wait.set()
    await asyncio.gather(*making)
    await bundle(bench, signing_keys())


async def test_over_http(
    client: TestClient[Any, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await client.get(PATH)).status == 401
    assert (await client.get(PATH.replace(INTERVIEW, "iv_no"), headers=API)).status == 404
    head = await client.head(PATH, headers=API)
    answer = await client.get(PATH, headers=API)
    data = await answer.read()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert int(answer.headers["Content-Length"]) == len(data)
    assert head.status == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{INTERVIEW}.zip"'
    key = await client.get("/v1/evidence-key")  # no key is needed for the key
    (file := tmp_path / "b.zip").write_bytes(data)
    (jwk := tmp_path / "key.json").write_text(await key.text())
    assert main(["verify", str(file), "--key", str(jwk)]) == 0
    kid = (await key.json())["kid"]
    assert main(["verify", str(file), f"--fingerprint={kid}"]) == 0
    assert "This bundle is what the server signed." in capsys.readouterr().out
    assert main(["verify", str(file)]) == 2
    assert f"compare {kid} with" in capsys.readouterr().out
    file.write_bytes(data[:-1])
    assert main(["verify", str(file), "--key", str(jwk)]) == 1
    assert "1 bytes are missing at its end" in capsys.readouterr().out


async def test_a_store_that_fails_on_the_way_cuts_the_answer_off(
    client: TestClient[Any, Any], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, times = bench.services.log.read, 0

    async def once(interview_id: str, **which: Any) -> Any:
        nonlocal times
        times += 1
        if times > 2:  # folded, hashed, and then the store is gone
            raise StoreUnavailable("gone")
        return await read(interview_id, **which)

    monkeypatch.setattr(bench.services.log, "read", once)
    answer = await client.get(PATH, headers=API)
    assert answer.status == 200
    with pytest.raises(ClientPayloadError):
        await answer.read()


async def test_the_key_is_made_when_it_is_first_asked_for(
    client: TestClient[Any, Any], tmp_path: Path
) -> None:
    file = tmp_path / "data" / "secrets" / "evidence-key"
    assert not file.exists()
    first = await (await client.get("/v1/evidence-key")).json()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first == await (await client.get("/v1/evidence-key")).json()
    seed = file.read_text().strip()
    assert seed not in json.dumps(first)
    assert SigningKeys([seed]).current.kid == first["kid"]


async def test_a_bundle_of_before_the_rotation_stays_verifiable(
    bench: Bench, tmp_path: Path
) -> None:
    seeds = ["A" * 43, "B" * 42 + "A"]
    old, both = SigningKeys(seeds[1:]), SigningKeys(seeds)
    assert both.current != old.current
    (file := tmp_path / "b.zip").write_bytes(await bundle(bench, old))
    shown = json.dumps(both.shown()).encode()
    kids = {key.kid for key in public_keys(shown)}
    assert kids == {old.current.kid, both.current.kid}
    assert verify(file, kids).code == WHOLE
    assert verify(file, {both.current.kid}).code == 1


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"keys": []}', b'{"kty":"RSA"}', b'{"kty":"OKP","x":"AA"}']
)
def test_a_file_that_holds_no_key(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadKey):
        public_keys(content)
    (file := tmp_path / "key").write_bytes(content)
    (other := tmp_path / "b.zip").write_bytes(b"")
    assert main(["verify", str(other), "--key", str(file)]) == 2
    assert main(["verify", str(tmp_path), "--key", str(tmp_path / "none")]) == 2
    assert main(["verify", str(tmp_path)]) == 2, "a folder is no bundle"


def test_a_key_that_cannot_be_one_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        HttpSettings(evidence_keys=("short",))
    assert "AAAA" not in repr(HttpSettings(evidence_keys=("A" * 43,)))


async def test_other_tools_check_it_too(bench: Bench, tmp_path: Path) -> None:
    """As README.txt of a bundle says."""
    openssl = require_tool("openssl", package="openssl")
    unzip = require_tool("unzip", package="unzip")
    keys = signing_keys()
    (tmp_path / "b.zip").write_bytes(await bundle(bench, keys))
    (tmp_path / "key.pem").write_text(keys.shown()["pem"])

    def run(*command: object) -> None:
        subprocess.run([*map(str, command)], cwd=tmp_path, check=True, capture_output=True)

    run(unzip, "b.zip")
    run(
        openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin",
        "-in", "manifest.json", "-sigfile", "manifest.json.sig",
    )  # fmt: skip
