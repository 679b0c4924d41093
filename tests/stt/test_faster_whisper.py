"""The whole faster-whisper path on a tiny model with random weights: structure, not sense."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.types import Pcm
from media_server.ports import EngineUnavailable, SttJob, Transcription
from media_server.stt import faster_whisper
from media_server.stt.engine import CannotTranscribe
from media_server.stt.faster_whisper import FasterWhisper, missing_files
from media_server.stt.pool import LocalSpeechToText
from media_server.stt.settings import SttSettings
from tests.stt.queues import Outcomes

MODEL = Path(__file__).parents[1] / "fixtures" / "tiny-whisper"


def noise(seconds: float = 2.0) -> Pcm:
    random = np.random.default_rng(1)
    return (random.standard_normal(int(16_000 * seconds)) * 3000).astype(np.int16)


def warm(**settings: object) -> FasterWhisper:
    values = {"engine": "faster-whisper", "model_dir": str(MODEL), **settings}
    engine = FasterWhisper(SttSettings.from_mapping(values))
    engine.warm_up()
    return engine


def hear(engine: FasterWhisper, pcm: Pcm | None = None, **asked: object) -> Transcription:
    values = {"language": "en", "final": True, "glossary": (), "speech_ms": 2000, **asked}
    return engine.transcribe_segment(noise() if pcm is None else pcm, **values)  # type: ignore[arg-type]  # a test's shorthand


@pytest.fixture(scope="module")
def engine() -> FasterWhisper:
    return warm()


def test_structure_of_a_final(engine: FasterWhisper) -> None:
    made = hear(engine)
    assert (made.engine, made.model, made.language) == ("faster-whisper", "tiny-whisper", "en")
    assert made.text or made.rejected
    assert made.confidence is None or 0 <= made.confidence <= 1
    for word in made.words:
        assert 0 <= word.start_s <= word.end_s
        assert word.confidence is not None
        assert 0 <= word.confidence <= 1


def test_no_speech_is_not_decoded(engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_decode", lambda *_, **__: pytest.fail("decoded silence"))
    assert hear(engine, speech_ms=0).text == ""
    assert hear(engine, np.zeros(0, np.int16)).text == ""


def test_interims_carry_no_word_times(engine: FasterWhisper) -> None:
    assert hear(engine, final=False).words == ()


@pytest.mark.parametrize(
    "settings",
    [
        {"language": "auto"},
        {"language": "de"},
        {"beam_size": 3},
        {"threads": 2},
        {"device": "cpu", "compute_type": "int8"},
        {"device": "cpu", "compute_type": "float32"},
    ],
)
def test_every_setting_decodes(settings: dict[str, object]) -> None:
    made = hear(warm(**settings), glossary=("Kubernetes", "aiortc"))
    assert made.language
    if settings.get("language") == "de":
        assert made.language == "de"


def test_language_with_region_and_unknown_language(engine: FasterWhisper) -> None:
    assert hear(engine, language="en-GB").language == "en"
    with pytest.raises(CannotTranscribe, match="'xx'"):
        hear(engine, language="xx")


def test_what_it_is_asked_for(engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}
    real = engine._whisper.transcribe

    def note(audio: object, **options: object) -> object:
        asked.update(options)
        return real(audio, **options)

    monkeypatch.setattr(engine._whisper, "transcribe", note)
    hear(engine, glossary=("Kubernetes", "aiortc", *(f"word{n}" for n in range(500))))
    assert asked["condition_on_previous_text"] is False
    assert asked["no_speech_threshold"] == 0.6
    assert str(asked["hotwords"]).startswith("Kubernetes, aiortc, word0")
    assert len(str(asked["hotwords"])) <= faster_whisper.HOTWORDS_CHARACTERS


def test_rejected_text_is_kept_as_evidence(
    engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Segment:
        text = " Thanks for watching!"
        words = ()
        tokens = (1, 2)
        avg_logprob = -0.1

    monkeypatch.setattr(engine, "_decode", lambda *_, **__: ([Segment()], "en"))
    made = hear(engine, speech_ms=60)
    assert made.text == ""
    assert made.rejected == "known invention on silence: Thanks for watching!"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODEL, tmp_path / "model"))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to reach a hub fails the test at once."""

    def refuse(*_: object, **__: object) -> object:
        pytest.fail("a network connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


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
def test_damaged_weights_and_unusable_device_say_so(copied: Path) -> None:
    (copied / "model.bin").write_bytes(b"\0" * 100)
    with pytest.raises(EngineUnavailable, match="cannot load"):
        warm(model_dir=str(copied))
    with pytest.raises(EngineUnavailable, match="device 'abacus'"):
        warm(device="abacus")
    with pytest.raises(EngineUnavailable, match="compute type 'int3'"):
        warm(compute_type="int3")


async def test_vad_filter_in_a_worker_keeps_no_database_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = SttSettings(
        engine="faster-whisper", model_dir=str(MODEL), device="cpu", vad_filter=True
    )
    pool = LocalSpeechToText(settings)
    try:
        await pool.start()
        outcomes = Outcomes(pool)
        outcomes.submit(SttJob("i", "s", 1, True, 0.0, noise(), speech_ms=1500))
        (outcome,) = await outcomes.count(1)
    finally:
        await pool.close()
    assert outcome.transcription is not None
    assert list(tmp_path.iterdir()) == []


async def test_through_the_pool() -> None:
    settings = SttSettings(engine="faster-whisper", model_dir=str(MODEL), device="cpu", workers=2)
    pool = LocalSpeechToText(settings)
    try:
        await pool.start()
        assert pool.status().model == "tiny-whisper"
        assert pool.status().notice == ""
        outcomes = Outcomes(pool)
        outcomes.submit(
            *(SttJob("i", f"s{n}", 1, True, 0.0, noise(), speech_ms=1500) for n in range(4)),
            SttJob("i", "silence", 1, True, 0.0, noise(), speech_ms=0),
            SttJob("i", "unknown", 1, True, 0.0, noise(), language="xx", speech_ms=1500),
        )
        done = {outcome.segment_id: outcome for outcome in await outcomes.count(6)}
    finally:
        await pool.close()
    silence = done.pop("silence").transcription
    assert silence is not None
    assert silence.text == ""
    assert "'xx'" in done["unknown"].reason
    assert done.pop("unknown").deliveries == 1
    assert all(outcome.transcription is not None for outcome in done.values())
