"""`models list|pull` against a hub on loopback; no test reaches the real one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from media_server import cli
from media_server.config import load_config
from media_server.model_files import PIPER, WHISPER
from media_server.stt.whisper_files import missing_files
from media_server.tools import doctor, model_download, model_hub
from media_server.tools.model_catalogue import CATALOGUE, Entry, find, voice_folder
from media_server.tools.model_download import pull
from media_server.tools.model_failure import PullFailed
from tests.tools.hub import COMMIT, Hub, running_hub

MODEL = Path(__file__).parents[1] / "fixtures" / "tiny-whisper"
VOICE = "en_US-ljspeech-medium"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with running_hub() as hub:
        hub.files = {path.name: path.read_bytes() for path in MODEL.iterdir() if path.is_file()}
        hub.files["README.md"] = b"---\nlicense: mit\n---\n"
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HF_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(model_hub, "RETRY_S", 0.01)
        yield hub


@pytest.fixture
def tiny(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """The catalogue's "tiny" as the hub of this test has it."""
    checksum = {"model.bin": hashlib.sha256(hub.files["model.bin"]).hexdigest()}
    entry = replace(CATALOGUE["tiny"], revision=COMMIT, sha256=checksum)
    monkeypatch.setitem(CATALOGUE, "tiny", entry)
    return entry


def test_a_pulled_model_is_complete_and_says_where_it_is_from(
    hub: Hub, tiny: Entry, tmp_path: Path
) -> None:
    target = pull(tiny, tmp_path)
    assert missing_files(str(target)) == []
    assert (target / "model.bin").read_bytes() == hub.files["model.bin"]
    source = json.loads((target / "SOURCE.json").read_text())
    assert source["revision"] == COMMIT
    assert source["licence"] == tiny.licence
    assert [p.name for p in (tmp_path / ".partial").iterdir() if p.is_dir()] == []


def test_all_is_on_the_disk_before_the_model_appears(
    hub: Hub, tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def noting(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)

    monkeypatch.setattr(os, "fsync", noting)
    target = pull(tiny, tmp_path)
    assert synced[-2:] == [f"{WHISPER}-tiny", WHISPER], "the folder, and after the move its parent"
    assert sorted(synced[:-2]) == sorted(path.name for path in target.iterdir())


def test_a_pulled_model_that_was_cut_off_is_fetched_again(
    hub: Hub, tiny: Entry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = pull(tiny, tmp_path)
    os.truncate(target / "model.bin", 1000)
    assert cli.main(["models", "pull", "tiny", "--dir", str(tmp_path)]) == 0
    assert (target / "model.bin").read_bytes() == hub.files["model.bin"]


@pytest.mark.parametrize("ignores_ranges", [False, True])
def test_a_broken_line_goes_on_where_it_was(
    hub: Hub, tiny: Entry, tmp_path: Path, ignores_ranges: bool
) -> None:
    hub.cut_after, hub.ignores_ranges = [100_000, 200_000, 0], ignores_ranges
    target = pull(tiny, tmp_path)
    assert (target / "model.bin").read_bytes() == hub.files["model.bin"]
    ranges = [asked for path, asked in hub.requests if path == "/store/model.bin"]
    assert ranges[:2] == ["", "bytes=100000-"]


def test_the_next_run_goes_on_where_the_last_one_stopped(
    hub: Hub, tiny: Entry, tmp_path: Path
) -> None:
    hub.cut_after = [100_000, *[0] * model_hub.ATTEMPTS]
    with pytest.raises(PullFailed, match="the same command goes on"):
        pull(tiny, tmp_path)
    assert not (tmp_path / WHISPER).exists(), "half a model is not taken for one"
    hub.cut_after = []
    hub.requests.clear()
    pull(tiny, tmp_path)
    assert ("/store/model.bin", "bytes=100000-") in hub.requests


def test_an_unreachable_hub_is_said_at_once_with_what_to_do(
    tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(PullFailed, match="cannot be reached") as failed:
            pull(tiny, tmp_path)
    for word in ("HTTPS_PROXY", "HF_ENDPOINT", "model.bin", str(tmp_path), tiny.repository):
        assert word in str(failed.value)


def test_where_nothing_came_nothing_is_unfinished(hub: Hub, tiny: Entry, tmp_path: Path) -> None:
    hub.status = 503
    with pytest.raises(PullFailed, match="cannot be reached"):
        pull(tiny, tmp_path / "models")
    config = load_config({"DATA_DIR": str(tmp_path)})
    assert not [f for f in doctor.examine(config) if "not fetched" in f.what]


def test_a_place_that_cannot_be_written(
    hub: Hub, tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(PullFailed, match=r"cannot be written: .*--dir") as failed:
        pull(tiny, blocked)
    assert f"Models go to {blocked}" in str(failed.value)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_download, "_write_source", full)
    with pytest.raises(PullFailed, match=r"No space left on device. Make room, or .*--dir"):
        pull(tiny, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("HTTPS_PROXY", "ftp://proxy", "correct HTTPS_PROXY"),
        ("HF_TOKEN", "caf\xe9-canary", "HF_TOKEN has characters"),
        ("HF_TOKEN", "a\nb-canary", "HF_TOKEN has characters"),
        ("HF_ENDPOINT", "hub.example", "missing an 'http://'"),
    ],
)
def test_an_environment_that_cannot_be_used(
    hub: Hub,
    tiny: Entry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    message: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PullFailed, match=message) as failed:
        pull(tiny, tmp_path)
    assert "canary" not in str(failed.value)


@pytest.mark.parametrize(
    ("status", "message"),
    [(404, "has no Systran"), (401, "HF_TOKEN"), (503, "cannot be reached"), (418, "answered 418")],
)
def test_what_a_hub_refuses(
    hub: Hub, tiny: Entry, tmp_path: Path, status: int, message: str
) -> None:
    hub.status = status
    with pytest.raises(PullFailed, match=message):
        pull(tiny, tmp_path)


def test_damage_is_noticed_and_deleted(hub: Hub, tiny: Entry, tmp_path: Path) -> None:
    hub.lies["model.bin"] = hub.files["model.bin"][:-1] + b"?"
    with pytest.raises(PullFailed, match="came damaged"):
        pull(tiny, tmp_path)
    hub.lies = {"config.json": b"x" * len(hub.files["config.json"])}
    with pytest.raises(PullFailed, match=r"config\.json came damaged"):
        pull(tiny, tmp_path)
    hub.lies = {"config.json": b"x" * 100_000}
    with pytest.raises(PullFailed, match="longer than"):
        pull(tiny, tmp_path)
    hub.lies = {}
    assert pull(tiny, tmp_path).is_dir()


def test_other_weights_than_the_pinned_ones_are_not_fetched(
    hub: Hub, tiny: Entry, tmp_path: Path
) -> None:
    hub.files["model.bin"] += b"!"
    with pytest.raises(PullFailed, match=r"another model\.bin"):
        pull(tiny, tmp_path)
    assert all("/resolve/" not in path for path, _ in hub.requests)


def test_another_revision_than_the_pinned_one(hub: Hub, tiny: Entry, tmp_path: Path) -> None:
    other = "f" * 40
    hub.revisions = (other,)
    with pytest.raises(PullFailed, match="not the one that was asked for"):
        pull(replace(tiny, revision=other), tmp_path)


def test_files_that_the_repository_lacks(hub: Hub, tiny: Entry, tmp_path: Path) -> None:
    del hub.files["tokenizer.json"]
    with pytest.raises(PullFailed, match=r"has no tokenizer\.json"):
        pull(tiny, tmp_path)


def test_a_page_that_is_no_hub(
    hub: Hub, tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hub, "listing", lambda _: {"hello": "world"})
    with pytest.raises(PullFailed, match="check HF_ENDPOINT"):
        pull(tiny, tmp_path)


def test_no_room_is_said_before_anything_is_fetched(
    hub: Hub, tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(PullFailed, match="make room"):
        pull(tiny, tmp_path)


def test_one_pull_at_a_time(
    hub: Hub, tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def again(name: str, done: int, total: int) -> None:
        if not seen:
            with pytest.raises(PullFailed, match="by another process"):
                pull(tiny, tmp_path)
            seen.append(name)

    pull(tiny, tmp_path, again)
    assert seen


def serve_voice(hub: Hub) -> None:
    folder = voice_folder(VOICE)
    hub.repository, hub.revisions = "rhasspy/piper-voices", ("v1.0.0",)
    description = {"audio": {"sample_rate": 22050}, "language": {"code": "en_US"}}
    hub.files = {
        f"{folder}/{VOICE}.onnx": bytes(range(256)) * 800,
        f"{folder}/{VOICE}.onnx.json": json.dumps(description).encode(),
        f"{folder}/MODEL_CARD": b"# Model card\n\n* License: public domain\n",
        "de/de_DE/other/low/de_DE-other-low.onnx": b"not asked for",
    }


def test_a_voice_by_its_name_and_its_licence(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve_voice(hub)
    monkeypatch.setitem(CATALOGUE, VOICE, replace(CATALOGUE[VOICE], sha256={}))
    assert cli.main(["models", "pull", VOICE, "--dir", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "public domain (LJ Speech)" in told
    assert "as its model card has it: public domain" in told
    model = tmp_path / PIPER / VOICE / f"{VOICE}.onnx"
    assert f"MEDIA_SERVER_TTS_PIPER_MODEL={model}" in told
    assert sorted(p.name for p in model.parent.iterdir()) == [
        "MODEL_CARD", "SOURCE.json", f"{VOICE}.onnx", f"{VOICE}.onnx.json",
    ]  # fmt: skip


def test_the_settings_find_pulled_models_by_name(
    hub: Hub, tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["models", "pull", "tiny"]) == 0
    config = load_config(
        {
            "DATA_DIR": str(tmp_path),
            "MEDIA_SERVER_STT_MODEL_DIR": "tiny",
            "MEDIA_SERVER_TTS_PIPER_MODEL": VOICE,
        }
    )
    assert missing_files(config.stt.model_dir) == []
    assert config.tts.piper_model == tmp_path / "models" / "piper" / VOICE / f"{VOICE}.onnx"
    given = load_config({"DATA_DIR": str(tmp_path), "MEDIA_SERVER_STT_MODEL_DIR": str(MODEL)})
    assert given.stt.model_dir == str(MODEL)


def test_list(hub: Hub, tiny: Entry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pull(tiny, tmp_path)
    (tmp_path / WHISPER / "mine").mkdir()
    assert cli.main(["models", "list", "--json", "--dir", str(tmp_path)]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["models"]}
    assert rows["tiny"]["problem"] == ""
    assert rows["small"]["problem"]
    assert "model.bin is missing" in rows["mine"]["problem"]
    assert cli.main(["models", "list", "--dir", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^tiny +whisper +76 +yes +MIT", told, re.MULTILINE)
    assert re.search(r"^mine +whisper +part ", told, re.MULTILINE)


def test_what_is_complete_is_not_fetched_again_unasked(
    hub: Hub, tiny: Entry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = ["models", "pull", "tiny", "--dir", str(tmp_path)]
    assert cli.main(order) == 0
    hub.requests.clear()
    assert cli.main(order) == 0
    assert hub.requests == []
    assert "complete" in capsys.readouterr().out
    assert cli.main([*order, "--again"]) == 0
    assert hub.requests
    assert cli.main(["models", "pull", "nonesuch", "--dir", str(tmp_path)]) == 2
    assert "there is no model 'nonesuch'" in capsys.readouterr().err


def test_doctor_tells_what_is_here_and_what_was_not_finished(
    hub: Hub, tiny: Entry, tmp_path: Path
) -> None:
    config = load_config({"DATA_DIR": str(tmp_path)})
    models = tmp_path / "models"
    pull(tiny, models)
    (models / WHISPER / "mine").mkdir()
    hub.cut_after = [1000, *[0] * model_hub.ATTEMPTS]
    with pytest.raises(PullFailed):
        pull(replace(tiny, name="base"), models)
    found = [f for f in doctor.examine(config) if f.area == "models"]
    assert [(f.level, f.what.partition(":")[0]) for f in found] == [
        ("warn", "mine is not complete"),
        ("warn", "base was not fetched to its end"),
        ("ok", "pulled"),
    ]
    assert "media-server models pull base" in found[1].mend


def test_list_of_what_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "list", "--dir", "x" * 300]) == 1
    assert "cannot be read: File name too long" in capsys.readouterr().err


def test_a_model_card_does_nothing_to_the_terminal(
    hub: Hub, tiny: Entry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.files["README.md"] = b"license: mit\x1b[2J\n"
    assert cli.main(["models", "pull", "tiny", "--dir", str(tmp_path)]) == 0
    assert "as its model card has it: mit\\x1b[2J" in capsys.readouterr().out


def test_list_of_what_is_no_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    assert cli.main(["models", "list", "--dir", str(blocked)]) == 1
    assert "is not a directory: name the one" in capsys.readouterr().err


def test_a_name_that_is_nearly_one() -> None:
    for name, meant in [("smal", "small"), ("Systran/faster-whisper-medium", "medium")]:
        with pytest.raises(ValueError, match=rf"there is no model .* \(did you mean {meant}\?\)"):
            find(name)
    with pytest.raises(ValueError, match="there is no model 'xyz': take one of tiny"):
        find("xyz")


def test_names() -> None:
    assert find("turbo").name == "large-v3-turbo"
    assert find("nl_NL-mls-medium").files[0] == "nl/nl_NL/mls/medium/nl_NL-mls-medium.onnx"
    for entry in CATALOGUE.values():
        assert entry.licence
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in entry.sha256.values())
        assert set(entry.sha256) <= {path.rstrip("?") for path in entry.files}
        assert re.fullmatch(r"[0-9a-f]{40}|main|v1\.0\.0", entry.revision) or not entry.repository
