"""One thread, few questions at once, an answer in time or none; a model that fails harms nobody."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.types import Pcm
from media_server.turn_model import service as turn_model
from media_server.turn_model.service import WAITING, TurnModelService
from tests.support.waiting import PATIENCE_S

SPEECH: Pcm = np.zeros(1600, np.int16)


class Slow:
    """Answers when it is let go."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.go = threading.Event()
        self.asked = 0

    def goes_on(self, pcm: Pcm) -> float:
        self.asked += 1
        self.go.wait(PATIENCE_S)
        if not len(pcm):
            raise RuntimeError("of its own")
        return 0.75


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[Slow]:
    made: list[Slow] = []

    def make(folder: str) -> Slow:
        made.append(Slow(folder))
        return made[0]

    monkeypatch.setattr(turn_model, "SmartTurn", make)
    monkeypatch.setattr(turn_model, "WITHIN_S", PATIENCE_S)
    return made


async def test_an_answer_comes(slow: list[Slow]) -> None:
    service = TurnModelService("somewhere")
    await service.open()
    slow[0].go.set()
    assert await service.goes_on(SPEECH) == 0.75
    await service.close()
    assert not service.ready
    assert await service.goes_on(SPEECH) is None


async def test_who_is_late_says_nothing(slow: list[Slow], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_model, "WITHIN_S", 0.05)
    service = TurnModelService("somewhere")
    await service.open()
    assert await service.goes_on(SPEECH) is None
    slow[0].go.set()
    await service.close()


async def test_only_so_many_wait(slow: list[Slow]) -> None:
    service = TurnModelService("somewhere")
    await service.open()
    asked = [asyncio.ensure_future(service.goes_on(SPEECH)) for _ in range(WAITING + 3)]
    await asyncio.sleep(0)
    assert [task.done() and task.result() for task in asked[WAITING:]] == [None] * 3
    slow[0].go.set()
    assert await asyncio.gather(*asked[:WAITING]) == [0.75] * WAITING
    assert slow[0].asked == WAITING
    await service.close()


async def test_a_failure_is_no_answer_and_the_next_one_counts(slow: list[Slow]) -> None:
    service = TurnModelService("somewhere")
    await service.open()
    slow[0].go.set()
    assert await service.goes_on(np.zeros(0, np.int16)) is None
    assert await service.goes_on(SPEECH) == 0.75
    await service.close()


async def test_without_its_file_interviews_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = TurnModelService(str(tmp_path))
    await service.open()
    assert not service.ready
    assert "models pull smart-turn" in caplog.text
    assert await service.goes_on(SPEECH) is None
    await service.close()


async def test_where_none_is_wanted_nothing_is_loaded(slow: list[Slow]) -> None:
    service = TurnModelService("")
    await service.open()
    assert not service.ready
    assert not slow
    await service.close()
