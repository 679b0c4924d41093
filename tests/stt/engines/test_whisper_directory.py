"""What faster-whisper says of a model directory it cannot use: before loading, and never online."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from media_server.ports import EngineUnavailable
from media_server.stt.whisper_files import missing_files
from tests.stt.engines.test_faster_whisper import MODEL, offline, warm

__all__ = ["offline"]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODEL, tmp_path / "model"))


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_incomplete_directory_is_named_exactly(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(EngineUnavailable, match=f"{name}.* is missing"):
        warm(model_dir=str(copied))


@pytest.mark.usefixtures("offline")
def test_other_damage(copied: Path, tmp_path: Path) -> None:
    assert missing_files(str(copied)) == []
    assert missing_files("") == ["no model directory is configured"]
    assert missing_files("small") == ["small is not a directory"]
    (copied / "tokenizer.json").write_text("{")
    (copied / "model.bin").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    (copied / "config.json").write_bytes(b"")
    assert missing_files(str(copied)) == [
        "config.json is empty",
        "model.bin is a Git LFS pointer, not the model",
        "tokenizer.json is not JSON",
    ]


@pytest.mark.usefixtures("offline")
def test_what_is_no_model_directory(tmp_path: Path) -> None:
    """Said before anything is loaded, and never taken for a name on the hub."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("a model?")
    for model_dir, reason in [
        ("", "no model directory is configured"),
        ("small", "small is not a directory"),
        ("Systran/faster-whisper-tiny", "is not a directory"),
        (str(tmp_path / "none"), "none is not a directory"),
        (str(tmp_path / "file"), "file is not a directory"),
        (str(tmp_path / "empty"), "model.bin is missing; config.json is missing; tokenizer.json"),
    ]:
        began_s = time.monotonic()
        with pytest.raises(EngineUnavailable, match=reason) as raised:
            warm(model_dir=model_dir)
        assert "media-server models pull NAME" in str(raised.value), "and what to do"
        assert time.monotonic() - began_s < 10.0, "no network is asked"


def test_a_directory_that_may_not_be_read(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    (problem,) = missing_files(str(copied))
    assert problem == f"{copied / 'model.bin'} cannot be read: Permission denied"


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokenizer.json", "{}"),
        ("config.json", "[]"),
        ("vocabulary.json", "[]"),
        ("vocabulary.json", ""),
        ("preprocessor_config.json", "[]"),
        ("preprocessor_config.json", '{"feature_size": 128}'),
    ],
)
def test_files_of_another_model_say_so(copied: Path, name: str, content: str) -> None:
    """Whatever the libraries raise for it, at loading or at the first decode."""
    (copied / name).write_text(content)
    with pytest.raises(EngineUnavailable, match=f"cannot load '{copied}' with device 'auto'"):
        warm(model_dir=str(copied))


@pytest.mark.usefixtures("offline")
def test_damaged_weights_and_unusable_device_say_so(copied: Path) -> None:
    (copied / "model.bin").write_bytes(b"\0" * 100)
    with pytest.raises(EngineUnavailable, match="cannot load") as failed:
        warm(model_dir=str(copied))
    assert "models pull" not in str(failed.value), "of a directory that nobody pulled"
    pulled = copied.parent / "whisper" / "base"
    pulled.parent.mkdir()
    copied.rename(pulled)
    with pytest.raises(EngineUnavailable, match="`media-server models pull base --again` helps"):
        warm(model_dir=str(pulled))
    with pytest.raises(EngineUnavailable, match="device 'abacus'"):
        warm(device="abacus")
    with pytest.raises(EngineUnavailable, match="compute type 'int3'"):
        warm(compute_type="int3")
