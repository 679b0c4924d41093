"""Which engine makes the interims, and that the finals do not care."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from media_server.config import load_config
from media_server.ports import (
    EngineUnavailable,
    SttCapabilities,
    SttRequest,
    Transcription,
)
from media_server.stt.engines.asking import ask
from media_server.stt.engines.failover import Failover
from media_server.stt.engines.registry import create_engines, interim_engine
from media_server.stt.factory import check
from media_server.stt.moonshine_files import FILES
from media_server.stt.settings import SttSettings
from tests.stt.engines.test_failover import PCM, Scripted

QUICK, MAIN = f"{__name__}:quick", f"{__name__}:main"
ENGINES = {"quick": Scripted("quick"), "main": Scripted("main")}


def quick(settings: SttSettings) -> Scripted:
    return ENGINES["quick"]


def main(settings: SttSettings) -> Scripted:
    return ENGINES["main"]


@pytest.fixture(autouse=True)
def fresh() -> None:
    ENGINES.update(quick=Scripted("quick"), main=Scripted("main"))


def engines(**settings: object) -> Failover:
    values = {"engine": MAIN, "interim_engine": QUICK} | settings
    made = create_engines(SttSettings.from_mapping(values))
    assert isinstance(made, Failover)
    return made


def by(engine: Failover, *, final: bool, lost: int = 0, speech_ms: int = 2000) -> str:
    return ask(engine, SttRequest(PCM, "en", final, (), speech_ms, lost)).engine


@pytest.fixture
def moonshine(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "moonshine" / "tiny-en"
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_bytes(b"x")
    return folder


@pytest.mark.parametrize(
    ("settings", "chosen"),
    [
        ({"engine": "faster-whisper"}, "moonshine"),
        ({"engine": "faster-whisper,pocketsphinx"}, "moonshine"),
        ({"engine": "faster-whisper", "language": "en-GB"}, "moonshine"),
        ({"engine": "faster-whisper", "language": "auto"}, "moonshine"),
        ({"engine": "faster-whisper", "language": "de"}, ""),
        ({"engine": "faster-whisper", "interim_engine": "same"}, ""),
        ({"engine": "pocketsphinx"}, ""),
        ({"engine": "pocketsphinx", "interim_engine": "moonshine"}, "moonshine"),
        ({"engine": "moonshine", "interim_engine": "moonshine"}, ""),
        ({"engine": "moonshine"}, ""),
    ],
)
def test_which_it_is(settings: dict[str, str], chosen: str, moonshine: Path) -> None:
    made = SttSettings.from_mapping({"moonshine_dir": str(moonshine), **settings})
    assert interim_engine(made) == chosen
    (moonshine / FILES[0]).unlink()
    if settings.get("interim_engine") != "moonshine":
        assert interim_engine(made) == "", "a worker without the weights works without it"


def test_its_files_lie_with_the_models_that_were_pulled(moonshine: Path, tmp_path: Path) -> None:
    where = {"DATA_DIR": str(tmp_path)}
    assert load_config(where).stt.moonshine_dir == str(moonshine)
    config = load_config({**where, "MEDIA_SERVER_STT_MOONSHINE_DIR": "base-en"})
    assert config.stt.moonshine_dir == str(moonshine.parent / "base-en")
    config = load_config({**where, "MEDIA_SERVER_STT_MOONSHINE_DIR": "/srv/moonshine"})
    assert config.stt.moonshine_dir == "/srv/moonshine"


def test_doctor_names_it_beside_the_engine(moonshine: Path) -> None:
    settings = SttSettings(engine="faster-whisper", moonshine_dir=str(moonshine))
    names = [(one.engine, one.usable) for one in check(settings)]
    assert names == [("faster-whisper", False), ("moonshine for interims", True)]
    (moonshine / FILES[0]).unlink()
    settings = SttSettings(interim_engine="moonshine", moonshine_dir=str(moonshine))
    (*_, found) = check(settings)
    assert not found.usable
    assert "media-server models pull moonshine-tiny-en" in found.detail


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"stt interim_engine 'moonshin' is unknown: use auto"):
        SttSettings(interim_engine="moonshin")


def test_interims_are_its_own_and_finals_the_engines() -> None:
    ENGINES["main"].capabilities = SttCapabilities(batch_size=8)
    engine = engines()
    engine.warm_up()
    assert (engine.name, engine.model, engine.capabilities.batch_size) == ("main", "main", 8)
    assert engine.notice == "main notice.", "none of what is kept is the other's"
    assert by(engine, final=False) == "quick"
    assert by(engine, final=True) == "main"
    assert engine.name == "main"


def test_the_deadlines_are_those_of_the_finals_engines() -> None:
    alone = SttSettings(engine="openai-compatible", interim_engine="same")
    beside = SttSettings(engine="openai-compatible", interim_engine="moonshine")
    assert beside.deadline_s(3.0) == alone.deadline_s(3.0)
    assert beside.for_one_engine() == beside


@pytest.mark.parametrize("mood", ["missing", "broken", "raises", "gone", "nonsense"])
def test_where_it_fails_the_engine_makes_the_interims_too(mood: str) -> None:
    ENGINES["quick"].mood = mood
    engine = engines()
    engine.warm_up()
    assert [by(engine, final=False) for _ in range(4)] == ["main"] * 4
    assert [by(engine, final=True) for _ in range(4)] == ["main"] * 4
    assert ENGINES["quick"].asked <= 1, "it rests"
    assert ENGINES["main"].asked == 8, "a final is asked of nobody else"


def test_an_interim_without_words_is_not_asked_of_the_slow_engine() -> None:
    ENGINES["quick"].mood = "silent"
    engine = engines()
    engine.warm_up()
    for _ in range(5):
        assert ask(engine, SttRequest(PCM, "en", False, (), 2000)).text == ""
    assert (ENGINES["quick"].asked, ENGINES["main"].asked) == (5, 0)


def test_without_the_engine_for_finals_the_worker_is_not_ready() -> None:
    ENGINES["main"].mood = "missing"
    with pytest.raises(EngineUnavailable, match=r"^no engine can be used: main is missing$"):
        engines().warm_up()


def test_a_final_that_cost_workers_goes_round_the_engines_for_finals() -> None:
    """The one for interims is none of those that may have hung."""
    engine = engines(engine=f"{MAIN},tests.stt.test_interim_engine:third")
    engine.warm_up()
    asked = [by(engine, final=True, lost=lost) for lost in range(4)]
    assert asked == ["main", "third", "main", "third"]
    assert by(engine, final=False) == "quick", "nobody had cause to rest it"


class Third(Scripted):
    def transcribe(self, requests: Sequence[SttRequest]) -> Sequence[Transcription | Exception]:
        assert all(isinstance(one.pcm, np.ndarray) for one in requests)
        return super().transcribe(requests)


def third(settings: SttSettings) -> Scripted:
    return Third("third")
