"""What is there before the first call."""

from __future__ import annotations

import logging
import threading

import pytest

from media_server.audio import opus
from media_server.audio.gate import factory
from media_server.live import assembly
from media_server.logging import SafeFormatter


async def test_what_a_call_needs_is_looked_for_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    by: list[threading.Thread] = []

    def no_opus() -> str:
        by.append(threading.current_thread())
        raise opus.OpusUnavailable("libopus was not found: install it")

    def no_gate(_name: str) -> str:
        by.append(threading.current_thread())
        return "silero_vad_v6.onnx was not found"

    monkeypatch.setattr(opus, "library_name", no_opus)
    monkeypatch.setattr(factory, "problem_of", no_gate)
    with caplog.at_level(logging.WARNING):
        await assembly._prepare_listening("silero")
    assert len(by) == 2
    assert threading.current_thread() not in by
    lines = [SafeFormatter().message(record) for record in caplog.records]
    assert "libopus was not found: install it" in lines[0]
    assert "webrtc serves" in lines[1]
