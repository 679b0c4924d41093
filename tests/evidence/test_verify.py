"""Whatever is changed in a bundle, by chance or on purpose, its verifier finds and names."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from media_server.evidence import chain, layout, manifest
from media_server.evidence.checks import MAX_CHARACTERS
from media_server.evidence.keys import SigningKeys
from media_server.evidence.verify import UNDECIDED, WHOLE, WRONG, Verdict, verify
from tests.evidence.bundles import (
    INTERVIEW,
    TRANSCRIPTS,
    bundle,
    contents,
    filled,
    finished,
    remade,
    signing_keys,
)

FLIPS = 1_000


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    return signing_keys()


@pytest.fixture(scope="module")
def data(keys: SigningKeys, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    async def made() -> bytes:
        async with filled(tmp_path_factory.mktemp("data"), finished()) as bench:
            return await bundle(bench, keys)

    return asyncio.run(made())


@pytest.fixture
def look(tmp_path: Path, keys: SigningKeys) -> Callable[[bytes], Verdict]:
    def looked(content: bytes) -> Verdict:
        file = tmp_path / "b.zip"
        file.write_bytes(content)
        return verify(file, {keys.current.kid})

    return looked


Look = Callable[[bytes], Verdict]


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def structure(data: bytes) -> list[int]:
    """Where bytes of the ZIP's own stand: headers, directory, end; and of the signature."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        places = [
            at
            for info in infos
            for at in range(
                info.header_offset,
                info.header_offset + layout.LOCAL_BYTES + len(info.filename),
            )
        ]
        signature = archive.getinfo(manifest.SIGNATURE)
        at = signature.header_offset + layout.LOCAL_BYTES + len(signature.filename)
        return [*places, *range(at, at + 64), *range(archive.start_dir, len(data))]


def test_what_was_signed_holds(data: bytes, look: Look) -> None:
    verdict = look(data)
    assert (verdict.faults, verdict.code) == ([], WHOLE)
    assert any("in an unbroken chain" in fact for fact in verdict.facts)
    assert any("24 words of 3 answers" in fact for fact in verdict.facts)


def test_each_of_a_thousand_flipped_bits_is_found(data: bytes, look: Look) -> None:
    chosen = random.Random(15).sample(range(8 * len(data)), FLIPS)
    missed = [bit for bit in chosen if look(flipped(data, bit)).code != WRONG]
    assert missed == []


def test_a_flipped_bit_in_every_byte_of_the_structure_is_found(data: bytes, look: Look) -> None:
    rng = random.Random(16)
    places = structure(data)
    assert len(places) > 900
    missed = [at for at in places if look(flipped(data, 8 * at + rng.randrange(8))).code != WRONG]
    assert missed == []


def test_without_a_key_a_flipped_bit_is_found_too(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    for bit in random.Random(17).sample(range(8 * len(data)), 100):
        file.write_bytes(flipped(data, bit))
        assert verify(file, ()).code == WRONG
    file.write_bytes(data)
    assert verify(file, ()).code == UNDECIDED, "anybody may have signed it"


def test_the_fault_names_the_file_and_the_line(data: bytes, look: Look) -> None:
    at = data.index(b'"seq":7,')
    faults = look(data[:at] + b'"seq":8,' + data[at + 8 :]).faults
    assert any(fault.startswith("log.ndjson (bytes") for fault in faults)
    assert any(fault.startswith("line 8 of log.ndjson") for fault in faults)
    at = data.index(b"OpusHead")
    (fault,) = look(flipped(data, 8 * at)).faults
    assert fault.startswith("audio/audio-0001.ogg (bytes ")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.95, 0.9999])
def test_what_was_cut_off(data: bytes, look: Look, share: float) -> None:
    assert look(data[: int(share * len(data))]).code == WRONG


@pytest.mark.parametrize("more", [b"\0", b"PK\x05\x06" + bytes(18), b"x" * 100_000])
def test_what_was_added(data: bytes, look: Look, more: bytes) -> None:
    (fault,) = look(data + more).faults
    assert fault == f"{len(more)} bytes were added after its end"
    assert look(more + data).code == WRONG
    middle = data.index(b"PK\x01\x02")
    assert look(data[:middle] + more + data[middle:]).code == WRONG


def test_two_files_that_changed_places(data: bytes, look: Look) -> None:
    files = contents(data)
    one, two = files["transcript.vtt"], files["transcript.txt"]
    at, then = data.index(one), data.index(two)
    swapped = data[:at] + two + data[at + len(one) : then] + one + data[then + len(two) :]
    assert look(swapped).code == WRONG


def test_packed_again_by_another_program(data: bytes, look: Look) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        packed = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(data)) as old,
            zipfile.ZipFile(packed, "w", method) as new,
        ):
            for name in old.namelist():
                new.writestr(name, old.read(name))
        assert look(packed.getvalue()).code == WRONG


async def test_signed_by_another_key(data: bytes, look: Look) -> None:
    (fault,) = look(await remade(data, signing_keys(), {})).faults
    assert "none of the keys you gave" in fault


async def test_another_key_under_the_name_of_ours(
    data: bytes, look: Look, keys: SigningKeys
) -> None:
    forged = await remade(data, signing_keys(), {})
    other = json.loads(zipfile.ZipFile(io.BytesIO(forged)).read(manifest.MANIFEST))["key"]
    theirs = forged.replace(other["kid"].encode(), keys.current.kid.encode())
    assert any("manifest.json is not what was signed" in fault for fault in look(theirs).faults)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b'"w": "answer"', b'"w": "answex"', "1 of its words are not in the log"),
        (b'"s": 1.4', b'"s": 1.5', "of its words are not in the log"),
        (b"umlaut: \xc3\xbc.", b"umlaut: no.", "a text is not made of what the log has"),
        (b'"audio-0001.ogg"', b'"audio-0009.ogg"', "'audio-0009.ogg' is not in the bundle"),
        (b'"id": "iv_evidence"', b'"id": "iv_other"', "is of another interview"),
        (b"{", b"[" * 100_000 + b"{", "cannot be read"),
    ],
    ids=["word", "time", "text", "audio", "interview", "deep"],
)
async def test_a_result_that_says_other_than_the_log_though_it_is_signed(
    data: bytes, look: Look, keys: SigningKeys, old: bytes, new: bytes, fault: str
) -> None:
    result = contents(data)["result.json"]
    assert old in result
    changed = await remade(data, keys, {"result.json": result.replace(old, new)})
    verdict = look(changed)
    assert any(fault in found for found in verdict.faults), verdict.faults
    assert not any("the header" in found for found in verdict.faults), "nothing else is wrong"


async def test_a_log_with_an_entry_taken_out(data: bytes, look: Look, keys: SigningKeys) -> None:
    lines = contents(data)["log.ndjson"].splitlines(keepends=True)
    changed = await remade(data, keys, {"log.ndjson": b"".join(lines[:9] + lines[10:])})
    assert look(changed).faults == ["entry 9 has another number"]


async def test_audio_that_was_left_out(data: bytes, look: Look, keys: SigningKeys) -> None:
    verdict = look(await remade(data, keys, {"audio/audio-0001.ogg": None}))
    assert any("'audio-0001.ogg' is not in the bundle" in fault for fault in verdict.faults)


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 200_000_000)
    return packed.getvalue()


def claiming(size: int) -> bytes:
    return layout.local_header(layout.Stored(manifest.MANIFEST, size, 0)) + b"{}" * 100


@pytest.mark.parametrize(
    "made",
    [bomb, lambda: claiming(0xFFFF_FFFF), lambda: claiming(200), lambda: b"", lambda: b"%PDF-1.7"],
    ids=["deflated", "4 GiB", "no manifest", "empty", "PDF"],
)
def test_what_is_no_bundle_takes_no_memory(look: Look, made: Callable[[], bytes]) -> None:
    content = made()
    tracemalloc.start()
    assert look(content).code == WRONG
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


async def test_a_line_without_an_end(data: bytes, look: Look, keys: SigningKeys) -> None:
    log = contents(data)["log.ndjson"]
    changed = await remade(data, keys, {"log.ndjson": log + b"x" * (17 << 20)})
    assert look(changed).faults == ["a line of log.ndjson is longer than any log's"]


async def test_an_hour_of_audio_takes_no_more_memory(tmp_path: Path, keys: SigningKeys) -> None:
    """64 MiB: more than an hour at the most that is kept of a candidate. Made and verified."""
    async with filled(tmp_path / "data", finished()) as bench:
        recording = tmp_path / "data" / "recordings" / "iv_evidence" / "audio-0001.ogg"
        recording.write_bytes(random.Random(1).randbytes(1 << 20) * 64)
        made_at = tmp_path / "b.zip"
        tracemalloc.start()
        made = await bench.service.evidence(INTERVIEW, keys, TRANSCRIPTS)
        with made_at.open("wb") as file:
            async for part in made.parts():
                file.write(part)
        assert verify(made_at, {keys.current.kid}).code == WHOLE
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert made_at.stat().st_size > 64 << 20
    assert peak < 8_000_000


def test_a_pipe_that_nobody_writes_into_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    with pytest.raises(OSError, match="no ordinary file"):
        verify(pipe, ())


async def test_more_hashes_than_lines(data: bytes, look: Look, keys: SigningKeys) -> None:
    real = chain.text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "text", lambda hashes: real(hashes) + b"0" * 64 + b"\n")
        changed = await remade(data, keys, {})
    assert look(changed).faults == ["log.chain has more hashes than log.ndjson has lines"]


def test_sizes_beyond_what_a_zip_can_tell(look: Look, keys: SigningKeys) -> None:
    files = [
        {"name": name, "size": layout.MAX_BYTES, "sha256": "0" * 64} for name in manifest.REQUIRED
    ]
    told = {
        "interview": INTERVIEW, "status": "completed", "partial": False, "made_at": "", "files":
        files, "software": "", "key": keys.public_jwk(), "log": {"entries": 0, "chain": "0" * 64},
    }  # fmt: skip
    text = json.dumps(told).encode()
    first = layout.Stored(manifest.MANIFEST, len(text), 0)
    then = layout.Stored(manifest.SIGNATURE, manifest.SIGNATURE_BYTES, 0)
    made = layout.local_header(first) + text + layout.local_header(then) + keys.sign(text)
    (fault,) = look(made).faults
    assert fault.endswith("no bundle is as large")


def said(log: bytes, *data: object) -> dict[str, bytes | None]:
    """The log with these entries of the recogniser behind its own."""
    known = log.count(b"\n")
    more = [
        {"seq": known + n, "type": "segment_transcribed", "data": d} for n, d in enumerate(data)
    ]
    return {"log.ndjson": log + b"".join(json.dumps(one).encode() + b"\n" for one in more)}


async def test_a_time_that_is_no_number_of_any_clock(
    data: bytes, look: Look, keys: SigningKeys
) -> None:
    word = {"w": "answer", "s": 10**400, "e": 10**400 + 1}
    changes = said(contents(data)["log.ndjson"], {"text": "answer", "words": [word]})
    assert look(await remade(data, keys, changes)).faults == []


async def test_a_log_with_more_text_than_is_remembered(
    data: bytes, look: Look, keys: SigningKeys
) -> None:
    more = [{"text": f"{n}" + "x" * 1_000_000} for n in range(20)]
    changed = await remade(data, keys, said(contents(data)["log.ndjson"], *more))
    (fault,) = look(changed).faults
    assert fault == f"the log has more than {MAX_CHARACTERS} characters of text"


async def test_texts_that_are_made_to_take_for_ever(
    data: bytes, look: Look, keys: SigningKeys
) -> None:
    """Each beginning of the answer can be put together in many ways, and its end in none."""
    files = contents(data)
    result = json.loads(files["result.json"])
    answer = result["answers"][0]
    answer["text"] = answer["turns"][0]["text"] = "a" * 50_000 + "b"
    more = [{"text": "a" * n} for n in range(1, 1_500)]
    changes = {
        **said(files["log.ndjson"], *more),
        "result.json": json.dumps(result).encode(),
    }
    (fault,) = look(await remade(data, keys, changes)).faults
    assert "take too long to compare" in fault
