"""What `models set-up` fetches for a server without settings; nothing is fetched here."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from media_server.config import Config, load_config
from media_server.stt import speed
from media_server.tools import model_setup
from media_server.tools.model_failure import PullFailed
from media_server.tools.model_setup import set_up, wanted

WHOLE = Path(__file__).parents[1] / "fixtures" / "tiny-whisper"


def keys(config: Config) -> list[str]:
    return [entry.key for entry in wanted(config, tests=False)]


def test_a_machine_too_slow_for_base_gets_the_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "models" / "whisper" / "base"
    shutil.copytree(WHOLE, base)
    variables = {"DATA_DIR": str(tmp_path)}
    config = load_config(variables)
    usual = ["base", "moonshine-tiny-en"]
    assert keys(config) == usual, "nobody has measured it"
    speed.remember(config.stt, 0.4)
    assert keys(config) == usual
    speed.remember(config.stt, 0.9, again=True)
    assert keys(config) == [*usual, "tiny.en"]
    old_s = time.time() - speed.SLOW_S - 60
    os.utime(base / ".speed.json", (old_s, old_s))
    assert keys(config) == [*usual, "tiny.en"], "the figure of yesterday will do"
    assert keys(load_config({**variables, "MEDIA_SERVER_STT_SLOW_CPU_S": "2"})) == usual
    assert keys(load_config({**variables, "MEDIA_SERVER_STT_SLOW_MODEL_DIR": "small"})) == usual

    def nothing(*_: object) -> None:
        raise PullFailed("no network")

    monkeypatch.setattr(model_setup, "pull", nothing)
    assert set_up(config, tmp_path / "models", tests=False) == 0
    assert "English stays with Whisper base, which is too slow" in capsys.readouterr().err
