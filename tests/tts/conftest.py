from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from media_server.tts import disk_calls
from media_server.tts import service as service_module
from media_server.tts.factory import create_text_to_speech
from media_server.tts.service import SpeechService
from media_server.tts.settings import TtsSettings
from tests.support.env import missing, require_tool
from tests.support.waiting import PATIENCE_S

StartVoice = Callable[..., Awaitable[SpeechService]]


@pytest.fixture(autouse=True)
def _patient_with_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need more than the second after which a clip is made instead."""
    monkeypatch.setattr(disk_calls, "TIMEOUT_S", PATIENCE_S)
    monkeypatch.setattr(service_module, "ERASE_TIMEOUT_S", PATIENCE_S)


@pytest.fixture(params=["hibari", "espeak", "flite"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each real engine; skips, saying so, where it is not installed."""
    if request.param == "flite":
        require_tool("flite", package="flite")
    elif request.param == "espeak":
        require_espeak()
    return str(request.param)


def require_espeak() -> None:
    try:
        import espeakng_loader  # type: ignore[import-untyped, unused-ignore] # noqa: F401, PLC0415  # asked for only where a test needs it
    except ImportError:
        missing("espeak-ng is not installed: pip install '.[espeak]'")


@pytest.fixture
def without_hibari(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As on a machine where it cannot be imported; the folder that hides it."""
    folder = tmp_path / "packages"
    folder.mkdir(exist_ok=True)
    (folder / "hibari.py").write_text("raise ImportError(name='onnxruntime')")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
async def start_voice(tmp_path: Path) -> AsyncIterator[StartVoice]:
    """Starts a real service with its real child; all are closed at the end."""
    services: list[SpeechService] = []

    async def start(**changes: Any) -> SpeechService:
        changes.setdefault("cache_dir", tmp_path / "speech")
        changes.setdefault("start_timeout_s", 60.0)  # the machine may be busy with other tests
        service = create_text_to_speech(TtsSettings(**changes))
        services.append(service)
        await service.start()
        return service

    yield start
    for service in services:
        await service.close()
