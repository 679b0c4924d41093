"""What the engine "auto" comes to, by what lies in DATA_DIR/models."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

import pytest

from media_server.config import ConfigError, load_config
from media_server.stt.settings import SttSettings
from media_server.stt.whisper_files import missing_files
from media_server.tools import stt_worker
from media_server.tools.model_catalogue import CATALOGUE
from media_server.tools.model_download import find_problem_of
from media_server.tts.piper import find_problem

WHOLE = Path(__file__).parent / "fixtures" / "tiny-whisper"


def lay(data: Path, name: str, *, whole: bool = True) -> str:
    folder = data / "models" / "whisper" / name
    shutil.copytree(WHOLE, folder)
    if not whole:
        (folder / "tokenizer.json").unlink()
    return str(folder)


def test_nothing_there_is_the_stand_in_with_the_command_that_mends_it(tmp_path: Path) -> None:
    config = load_config({"DATA_DIR": str(tmp_path)})
    assert config.stt.engine == "pocketsphinx"
    assert config.recogniser is not None
    assert config.recogniser.stand_in
    assert "`media-server models pull base`" in config.recogniser.reason


def test_base_comes_before_tiny_en(tmp_path: Path) -> None:
    small = lay(tmp_path, "tiny.en")
    config = load_config({"DATA_DIR": str(tmp_path)})
    assert (config.stt.engine, config.stt.model_dir) == ("faster-whisper", small)
    assert "English only" in config.recogniser.reason if config.recogniser else False
    base = lay(tmp_path, "base")
    config = load_config({"DATA_DIR": str(tmp_path), "MEDIA_SERVER_STT_ENGINE": " auto "})
    assert (config.stt.engine, config.stt.model_dir) == ("faster-whisper", base)
    assert config.stt.slow_model_dir == small
    assert config.recogniser is not None
    assert not config.recogniser.stand_in
    assert not config.recogniser.warnings


def test_a_model_that_is_not_whole_is_passed_over_and_said(tmp_path: Path) -> None:
    lay(tmp_path, "base", whole=False)
    config = load_config({"DATA_DIR": str(tmp_path)})
    assert config.stt.engine == "pocketsphinx"
    assert config.recogniser is not None
    (warning,) = config.recogniser.warnings
    assert "tokenizer.json is missing" in warning
    assert "`media-server models pull base`" in warning
    small = lay(tmp_path, "tiny.en")
    config = load_config({"DATA_DIR": str(tmp_path)})
    assert config.stt.model_dir == small
    assert config.recogniser is not None
    assert config.recogniser.warnings == (warning,)


def test_a_pulled_model_that_was_cut_off_is_passed_over_and_said(tmp_path: Path) -> None:
    base = Path(lay(tmp_path, "base"))
    sizes = {p.name: {"size": p.stat().st_size} for p in base.iterdir() if p.is_file()}
    (base / "SOURCE.json").write_text(json.dumps({"files": {**sizes, "README.md": {"size": 9}}}))
    config = load_config({"DATA_DIR": str(tmp_path)})
    assert config.stt.model_dir == str(base), "a text of another size is no matter"
    os.truncate(base / "model.bin", 1000)
    config = load_config({"DATA_DIR": str(tmp_path)})
    assert config.stt.engine == "pocketsphinx"
    assert config.recogniser is not None
    (warning,) = config.recogniser.warnings
    whole = sizes["model.bin"]["size"]
    assert f"model.bin has 1000 bytes instead of {whole}" in warning
    assert "`media-server models pull base`" in warning
    (base / "SOURCE.json").write_bytes(b"")
    assert "SOURCE.json is damaged" in missing_files(str(base))


def test_a_data_dir_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    """The system refuses so long a name as it does a folder of another user."""
    refused = tmp_path / ("x" * 300)
    config = load_config({"DATA_DIR": str(refused)})
    assert config.stt.engine == "pocketsphinx"
    assert config.recogniser is not None
    (warning,) = config.recogniser.warnings
    assert f"{refused}/models/whisper/base cannot be read: File name too long" in warning
    named = load_config({"DATA_DIR": str(tmp_path), "MEDIA_SERVER_STT_MODEL_DIR": "x" * 300})
    assert missing_files(named.stt.model_dir)
    assert "cannot be read" in find_problem(refused / "voice.onnx")
    for entry in CATALOGUE.values():
        assert "cannot be read" in find_problem_of(entry, refused)


def test_what_the_operator_names_is_taken(tmp_path: Path) -> None:
    lay(tmp_path, "base")
    own = {"DATA_DIR": str(tmp_path), "MEDIA_SERVER_STT_MODEL_DIR": str(WHOLE)}
    config = load_config(own)
    assert (config.stt.engine, config.stt.model_dir) == ("faster-whisper", str(WHOLE))
    assert config.stt.slow_model_dir == ""
    named = load_config({**own, "MEDIA_SERVER_STT_ENGINE": "pocketsphinx"})
    assert named.stt.engine == "pocketsphinx"
    assert named.recogniser is None


def test_auto_stands_alone() -> None:
    with pytest.raises(ConfigError, match="MEDIA_SERVER_STT_ENGINE: stt engine auto stands alone"):
        load_config({"MEDIA_SERVER_STT_ENGINE": "auto, pocketsphinx"})


def test_a_pool_made_by_hand_needs_no_configuration() -> None:
    assert SttSettings().engines == ("pocketsphinx",)
    assert SttSettings(model_dir="somewhere").engines == ("faster-whisper",)


def worker_settings(tmp_path: Path, *options: str, **variables: str) -> SttSettings:
    parser = argparse.ArgumentParser()
    stt_worker.add_arguments(parser)
    arguments = parser.parse_args(["--redis", "redis://a:1/0", *options])
    return stt_worker.settings_of(arguments, load_config({"DATA_DIR": str(tmp_path), **variables}))


def test_a_worker_machine_chooses_alike_and_options_come_first(tmp_path: Path) -> None:
    assert worker_settings(tmp_path).engine == "pocketsphinx"
    made = worker_settings(tmp_path, "--model-dir", str(WHOLE))
    assert (made.engine, made.model_dir) == ("faster-whisper", str(WHOLE))
    base = lay(tmp_path, "base")
    assert worker_settings(tmp_path).model_dir == base
    assert worker_settings(tmp_path, "--engine", "pocketsphinx").engine == "pocketsphinx"
    named = {"MEDIA_SERVER_STT_ENGINE": "pocketsphinx"}
    assert worker_settings(tmp_path, "--engine", "auto", **named).model_dir == base
