from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.tts.cache import SpeechCache
from media_server.tts.clip_codec import BadClip, EncodedSpeech, from_bytes, seal, to_bytes, unseal
from tests.support.env import REPOSITORY


def key_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def cache(tmp_path: Path) -> SpeechCache:
    made = SpeechCache(tmp_path / "a" / "speech", 100_000)
    made.open()
    return made


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def clips(directory: Path) -> list[Path]:
    """The shared ones first."""
    return sorted(directory.rglob("*.clip"), key=lambda path: (path.parts[-3] != "shared", path))


def bytes_on_disk(directory: Path) -> int:
    """Each file once, however many names it has."""
    stats = [path.stat() for path in files(directory)]
    return sum({stat.st_ino: stat.st_size for stat in stats}.values())


@given(
    st.lists(st.binary(min_size=1, max_size=1275), min_size=1, max_size=50),
    st.lists(st.floats(0, 1e4), min_size=1, max_size=5),
)
def test_a_clip_comes_back_as_it_went(packets: list[bytes], starts: list[float]) -> None:
    speech = EncodedSpeech("e", "vøice", tuple(packets), tuple(starts))
    assert from_bytes(to_bytes(speech)) == speech


def test_levels_go_with_their_packets() -> None:
    levels = bytes(range(24))
    speech = EncodedSpeech("e", "v", (b"one", b"two", b"three"), (0.0,), levels)
    assert from_bytes(to_bytes(speech)) == speech


def test_what_an_earlier_version_kept_is_read_without_levels() -> None:
    header = json.dumps({"engine": "e", "voice": "v", "starts_s": [0.0]}).encode()
    old = b"".join(len(part).to_bytes(2, "big") + part for part in (header, b"one", b"two"))
    assert from_bytes(old) == EncodedSpeech("e", "v", (b"one", b"two"), (0.0,))


@given(st.binary(max_size=400))
def test_nonsense_is_no_clip(data: bytes) -> None:
    with pytest.raises(BadClip):
        from_bytes(data)
    with pytest.raises(BadClip):
        unseal("key", data)


@given(st.binary(max_size=60), st.data())
def test_any_changed_bit_or_cut_is_noticed(body: bytes, data: st.DataObject) -> None:
    content = bytearray(seal("key", body))
    at = data.draw(st.integers(0, len(content) - 1))
    cut = bytes(content[:at])
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    for damaged in (bytes(content), cut):
        with pytest.raises(BadClip):
            unseal("key", damaged)
    with pytest.raises(BadClip):
        unseal("another key", seal("key", body))


def test_kept_privately(cache: SpeechCache, tmp_path: Path) -> None:
    key = key_of("a")
    assert cache.get(key) is None
    assert cache.put(key, b"body")
    assert cache.get(key) == b"body"
    shared, owned = clips(tmp_path)
    assert shared.samefile(owned)
    for path in (shared, *shared.parents[:3], owned, *owned.parents[:3]):
        assert path.stat().st_mode & 0o077 == 0
    assert not cache.owners(), "what is for all is nobody's to erase"
    cache.erase("_all")
    assert cache.get(key) == b"body"


def test_a_damaged_file_is_gone_and_can_be_made_again(cache: SpeechCache, tmp_path: Path) -> None:
    key = key_of("a")
    cache.put(key, b"body")
    file = clips(tmp_path)[0]
    file.write_bytes(file.read_bytes()[:-1])
    assert cache.get(key) is None
    assert cache.damaged == 1
    assert clips(tmp_path) == []
    assert cache.put(key, b"body")
    assert cache.get(key) == b"body"


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, 10_000)
    cache.open()
    keys = [key_of(str(n)) for n in range(12)]
    for age, key in enumerate(keys[:9]):
        cache.put(key, bytes(1000))
        path = next(tmp_path.glob(f"shared/??/{key}*"))
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    assert cache.get(keys[0]) is not None, "used just now"
    for key in keys[9:]:
        cache.put(key, bytes(1000))
    assert bytes_on_disk(tmp_path) <= 10_000
    assert cache.get(keys[0]) is not None
    assert cache.get(keys[1]) is None
    assert cache.get(keys[-1]) is not None


def test_leftovers_of_a_crash_are_removed(cache: SpeechCache, tmp_path: Path) -> None:
    cache.put(key_of("a"), b"body")
    file = clips(tmp_path)[1]
    nobodys = clips(tmp_path)[0].with_name(f"{key_of('b')}.clip")
    nobodys.write_bytes(b"its owner was erased, and then the power failed")
    stale, fresh = file.with_name("x.1.part"), file.with_name("y.2.part")
    stale.write_bytes(b"half")
    fresh.write_bytes(b"being written")
    os.utime(stale, (1_000_000, 1_000_000))
    cache.open()
    assert not stale.exists()
    assert fresh.exists()
    assert not nobodys.exists()
    assert cache.get(key_of("a")) == b"body"


def test_more_than_the_bound_is_not_written(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, 100)
    cache.open()
    assert not cache.put(key_of("a"), bytes(200))
    assert files(tmp_path) == []


def test_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files, in a process of its own: the write ends half-way."""
    script = """
import resource, signal, sys
from pathlib import Path
from media_server.tts.cache import SpeechCache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
cache = SpeechCache(Path(sys.argv[1]), 10**6)
cache.open()
assert cache.put("ab" * 32, bytes(100)) and not cache.problem
assert not cache.put("cd" * 32, bytes(2000))
assert cache.problem == "disk full", cache.problem
assert cache.get("cd" * 32) is None
assert cache.get("ab" * 32) == bytes(100)
"""
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], check=True, timeout=30, cwd=REPOSITORY
    )
    assert len({path.stat().st_ino for path in files(tmp_path)}) == 1, "no half file is left"


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    cache = SpeechCache(blocked / "speech", 1000)
    cache.open()
    assert cache.problem
    assert not cache.put(key_of("a"), b"body")
    assert cache.get(key_of("a")) is None


def test_readers_never_see_half_a_file(cache: SpeechCache) -> None:
    """Readers and writers of the same clip at once: neither ever disturbs the other."""
    key, bodies = key_of("a"), [bytes([n]) * 20_000 for n in range(8)]
    stop = threading.Event()
    seen: set[bytes | None] = set()

    def read() -> None:
        while not stop.is_set():
            seen.add(cache.get(key))

    cache.put(key, bodies[0])
    reader = threading.Thread(target=read)
    reader.start()
    try:
        failed = [cache.problem for body in bodies * 25 if not cache.put(key, body)]
    finally:
        stop.set()
        reader.join()
    assert not failed
    assert seen <= set(bodies)
    assert cache.damaged == 0


def test_a_clip_that_loses_its_name_while_it_is_stored_is_stored(
    cache: SpeechCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment that a reader needs, held still: it puts back the earlier file that it found."""
    key, link = key_of("a"), os.link
    assert cache.put(key, b"earlier")

    def link_late(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        assert cache.get(key) == b"earlier"
        link(source, target)

    monkeypatch.setattr(os, "link", link_late)
    assert cache.put(key, b"later")
    assert cache.get(key) == b"later"


@pytest.fixture(params=["links", "copies"])
def either_cache(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SpeechCache:
    """On a file system with hard links, and on one without."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if request.param == "copies":
        monkeypatch.setattr(os, "link", refuse)
    made = SpeechCache(tmp_path / "speech", 100_000)
    made.open()
    return made


def test_what_interviews_say_goes_with_the_last_of_them(
    either_cache: SpeechCache, tmp_path: Path
) -> None:
    cache = either_cache
    core, own, fixed = key_of("a core question"), key_of("a greeting"), key_of("Take your time.")
    assert cache.put(core, b"body", "iv_1")
    assert cache.put(own, b"hello", "iv_1")
    assert cache.put(fixed, b"for all")
    assert cache.get(core, "iv_2") == b"body", "the same bytes for the next candidate"
    assert cache.claim(core, "iv_3")
    assert not cache.claim(key_of("never said"), "iv_4")
    assert set(cache.owners()) == {"iv_1", "iv_2", "iv_3"}
    cache.erase("iv_1")
    assert [path for path in tmp_path.rglob("*") if "iv_1" in str(path)] == []
    assert [path for path in files(tmp_path) if own in path.name] == []
    cache.erase("iv_2")
    cache.open()
    assert cache.get(core, "iv_3") == b"body"
    cache.erase("iv_3")
    assert [path for path in files(tmp_path) if core in path.name] == []
    assert cache.get(fixed) == b"for all"
    cache.erase("iv_1")
    cache.erase("../../elsewhere")
    assert not cache.put(core, b"body", "../../elsewhere"), "it could not be erased again"
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_clip_that_only_its_owner_has_left_is_shared_again(
    either_cache: SpeechCache, tmp_path: Path
) -> None:
    cache, key = either_cache, key_of("a core question")
    for use in (cache.get, cache.claim):
        cache.put(key, b"body", "iv_1")
        clips(tmp_path)[0].unlink()
        assert cache.get(key, "iv_2") is None
        assert use(key, "iv_1")
        assert cache.get(key, "iv_2") == b"body"
        cache.erase("iv_1")
        cache.erase("iv_2")
        assert files(tmp_path) == []


def test_an_owner_follows_the_shared_clip(cache: SpeechCache, tmp_path: Path) -> None:
    """Made twice at the same time: in the end all have the same."""
    key = key_of("a core question")
    cache.put(key, b"one take", "iv_1")
    cache.put(key, b"another take", "iv_2")
    assert cache.get(key, "iv_1") == b"another take"
    assert len({path.stat().st_ino for path in files(tmp_path)}) == 1


def test_erased_by_another_process_while_it_is_written(
    cache: SpeechCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, link = key_of("its question"), os.link

    def erased_then(source: Path, target: Path) -> None:
        link(source, target)
        source.unlink()

    monkeypatch.setattr(os, "link", erased_then)
    cache.put(key, b"body", "iv_1")
    assert files(tmp_path) == []


def test_links_cost_nothing_and_are_evicted_with_their_clip(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, 10_000)
    cache.open()
    core = key_of("a core question")
    cache.put(core, bytes(3000), "iv_0")
    for number in range(20):
        assert cache.get(core, f"iv_{number}") is not None
    cache.open()
    assert len(clips(tmp_path)) == 21
    for path in clips(tmp_path):
        os.utime(path, (1_000_000, 1_000_000))
    for number in range(9):
        assert cache.put(key_of(str(number)), bytes(1000), "iv_new")
    assert [path for path in clips(tmp_path) if core in path.name] == []
    assert bytes_on_disk(tmp_path) <= 10_000
    assert set(cache.owners()) == {"iv_new"}


def test_folders_of_interviews_count_and_go_when_there_is_too_much(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, 10_000)
    cache.open()
    for number in range(30):
        assert cache.put(key_of(str(number)), bytes(1000), f"iv_{number}")
    assert bytes_on_disk(tmp_path) <= 10_000
    assert len(cache.owners()) <= 10, "an empty folder goes with its last clip"


def test_words_of_the_earlier_layout_are_removed(tmp_path: Path) -> None:
    old = tmp_path / "speech" / "ab" / f"ab{'0' * 62}.clip"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"somebody's question")
    old.parent.parent.chmod(0o755)
    SpeechCache(tmp_path / "speech", 1000).open()
    assert files(tmp_path) == []
    assert (tmp_path / "speech").stat().st_mode & 0o077 == 0
