"""The real network: it loads, it hears who breaks off, and what is no model is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.model_files import TURN
from media_server.turn_model.smart_turn import (
    FILE,
    PULL,
    SmartTurn,
    TurnModelUnavailable,
    find_problem,
)
from tests.support.real_models import real_model
from tests.support.speak import read_wav, speak_wav

FINISHED = (
    "I worked there for two years.",
    "I like to solve problems with people.",
    "The project was done in time, and everybody was happy.",
    "That is my answer.",
)
BROKEN_OFF = (
    "I worked there for two years, and, um",
    "I like to solve problems because",
    "The project was done in time, and the",
    "My answer is, um, that the",
)


@pytest.fixture(scope="module")
def model() -> SmartTurn:
    return SmartTurn(str(real_model(TURN, "smart-turn")))


def test_it_hears_who_breaks_off(model: SmartTurn, tmp_path: Path) -> None:
    def asked(text: str) -> float:
        return model.goes_on(read_wav(speak_wav(text, tmp_path / "said.wav"))[0])

    finished, broken_off = map(asked, FINISHED), map(asked, BROKEN_OFF)
    assert sum(value < 0.5 for value in finished) >= 3
    assert sum(value > 0.5 for value in broken_off) >= 3


@pytest.mark.parametrize("seconds", [0.0, 0.01, 8.0, 60.0])
def test_any_length_gives_a_share(model: SmartTurn, seconds: float) -> None:
    pcm: Pcm = np.full(round(seconds * SAMPLE_RATE), 3, np.int16)
    assert 0.0 <= model.goes_on(pcm) <= 1.0


def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    assert PULL in find_problem(str(tmp_path))
    with pytest.raises(TurnModelUnavailable, match="is missing"):
        SmartTurn(str(tmp_path))


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no network")
    with pytest.raises(TurnModelUnavailable, match=PULL):
        SmartTurn(str(tmp_path))
