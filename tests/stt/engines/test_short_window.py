"""The encoder's window: its length, what becomes of doubtful words, what the library promises."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_server.audio.types import Pcm
from media_server.ports import SttRequest, Transcription
from media_server.stt import noise_gate
from media_server.stt.engines import faster_whisper
from media_server.stt.engines.asking import ask
from media_server.stt.engines.faster_whisper import FasterWhisper
from media_server.stt.hallucination_filter import LOOP as LOOP_REASON
from media_server.stt.settings import SttSettings

MODEL = Path(__file__).parents[2] / "fixtures" / "tiny-whisper"


def noise(seconds: float) -> Pcm:
    random = np.random.default_rng(1)
    return (random.standard_normal(int(16_000 * seconds)) * 3000).astype(np.int16)


def warm(**settings: object) -> FasterWhisper:
    values = {"engine": "faster-whisper", "model_dir": str(MODEL), "device": "cpu", **settings}
    engine = FasterWhisper(SttSettings.from_mapping(values))
    engine.warm_up()
    return engine


@pytest.fixture(scope="module")
def loaded() -> FasterWhisper:
    return warm()


@pytest.fixture
def engine(loaded: FasterWhisper, monkeypatch: pytest.MonkeyPatch) -> FasterWhisper:
    """Random weights are never sure: without limits no test waits for fallbacks."""
    monkeypatch.setattr(faster_whisper, "LOG_PROB_LIMIT", -99.0)
    monkeypatch.setattr(faster_whisper, "TEMPERATURES", (0.0,))
    monkeypatch.setattr(faster_whisper, "AGAIN_TEMPERATURES", (0.0,))
    return loaded


class Frames:
    """Stands before the CTranslate2 model and notes how many frames it is asked to encode."""

    def __init__(self, engine: FasterWhisper) -> None:
        self.asked: list[int] = []
        self._lockstep: Any = vars(engine)["_lockstep"]
        self._model = self._lockstep._model

    def __enter__(self) -> Frames:
        self._lockstep._model = self
        return self

    def __exit__(self, *_: object) -> None:
        self._lockstep._model = self._model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode(self, features: Any, to_cpu: bool = False) -> Any:
        self.asked.append(features.shape[-1])
        return self._model.encode(features, to_cpu=to_cpu)


def hear(engine: FasterWhisper, seconds: float, **asked: object) -> Transcription:
    values: dict[str, Any] = {"language": "en", "final": True, "speech_ms": 2000, **asked}
    return ask(engine, SttRequest(noise(seconds), **values))


@pytest.mark.parametrize(
    ("seconds", "frames"),
    [(0.3, 1000), (6.0, 1000), (6.1, 1100), (12.0, 1600), (25.9, 3000), (27.0, 3000), (40, 3000)],
)
def test_window_of_the_length_and_a_margin(seconds: float, frames: int) -> None:
    from media_server.stt.engines.short_window import window_frames  # noqa: PLC0415 - the library

    assert window_frames(round(100 * seconds)) == frames


def test_batches_have_few_windows() -> None:
    from media_server.stt.engines import short_window  # noqa: PLC0415 - the library

    steps = {
        short_window.window_frames(frames, short_window.BATCH_STEP_FRAMES)
        for frames in range(0, 3000, 7)
    }
    assert steps == {1000, 1500, 2000, 2500, 3000}


def test_padding_is_what_silence_after_it_would_be(engine: FasterWhisper) -> None:
    from media_server.stt.engines import short_window  # noqa: PLC0415 - the library

    sound = noise(2.0).astype(np.float32) / 32768
    extractor = engine._whisper.feature_extractor
    followed = extractor(np.pad(sound, (0, 16_000 * 4)))
    seen: list[Any] = []

    class Model:
        device = "cpu"

        def encode(self, features: Any, to_cpu: bool) -> None:
            assert not to_cpu
            seen.append(np.array(features))

    real, engine._whisper.model = engine._whisper.model, Model()
    try:
        padded = np.pad(extractor(sound)[..., :-1], ((0, 0), (0, 2800)))
        engine._whisper.encode(padded)
        engine._whisper.encode(np.zeros_like(padded))
    finally:
        engine._whisper.model = real
    window, nothing = seen
    assert window.shape[-1] == short_window.SHORTEST_FRAMES
    assert window[0, :, 210:500] == pytest.approx(followed[:, 210:500], abs=1e-3)
    assert not nothing.any()


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize(("seconds", "frames"), [(2.0, 1000), (12.0, 1600)])
def test_that_much_is_encoded(
    engine: FasterWhisper, seconds: float, frames: int, final: bool
) -> None:
    with Frames(engine) as encoded:
        made = hear(engine, seconds, final=final)
    assert encoded.asked[0] == frames
    assert made.window in ("short", "widened")


def test_the_language_is_detected_in_it(engine: FasterWhisper) -> None:
    with Frames(engine) as encoded:
        hear(engine, 2.0, language="auto", final=False)
    assert set(encoded.asked) == {1000}
    assert len(encoded.asked) >= 2, "once for the language, once for the words"


def test_longer_segments_fill_the_whole_window(engine: FasterWhisper) -> None:
    with Frames(engine) as encoded:
        made = hear(engine, 27.0)
    assert encoded.asked[0] == 3000
    assert made.window == "full"


def test_it_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faster_whisper, "TEMPERATURES", (0.0,))
    monkeypatch.setattr(faster_whisper, "AGAIN_TEMPERATURES", (0.0,))
    engine = warm(short_window=False)
    with Frames(engine) as encoded:
        assert hear(engine, 2.0).window == "full"
        hear(engine, 2.0, final=False)
    assert set(encoded.asked) == {3000}


class Segment:
    words = ()
    tokens = (1, 2)

    def __init__(self, text: str, avg_logprob: float = -0.1, no_speech_prob: float = 0.0) -> None:
        self.text, self.avg_logprob, self.no_speech_prob = text, avg_logprob, no_speech_prob


GUESS = Segment("the cat sad", -1.2)
LOOP = Segment("and so " * 50)
SURE = Segment("the cat sat")


@pytest.mark.parametrize("first", [GUESS, LOOP])
def test_doubtful_words_are_decoded_again_over_the_full_window(
    engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch, first: Segment
) -> None:
    """At temperature 0 first, then with the fallback: the library's own order."""
    asked: list[tuple[str, tuple[float, ...]]] = []
    monkeypatch.setattr(faster_whisper, "LOG_PROB_LIMIT", -1.0)
    monkeypatch.setattr(faster_whisper, "TEMPERATURES", (0.0, 0.2, 0.4))

    def decode(_: object, how: faster_whisper._Pass) -> object:
        asked.append((how.window, how.temperatures))
        return [first if how.window == "short" else SURE], "en"

    monkeypatch.setattr(engine, "_decode", decode)
    made = hear(engine, 10.0, speech_ms=9000)
    assert (made.text, made.window, made.rejected) == ("the cat sat", "widened", "")
    assert asked == [("short", (0.0,)), ("widened", (0.0, 0.2, 0.4))]
    asked.clear()
    assert hear(engine, 10.0, speech_ms=9000, final=False).window == "short"
    assert len(asked) == 1, "an interim is not worth it"


@pytest.mark.parametrize(("first", "reason"), [(GUESS, noise_gate.REASON), (LOOP, LOOP_REASON)])
def test_words_that_no_further_pass_finds_are_kept_for_people(
    engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch, first: Segment, reason: str
) -> None:
    monkeypatch.setattr(faster_whisper, "LOG_PROB_LIMIT", -1.0)

    def decode(_: object, how: faster_whisper._Pass) -> object:
        return [first] if how.window == "short" else [], "en"

    monkeypatch.setattr(engine, "_decode", decode)
    made = hear(engine, 10.0, speech_ms=9000)
    assert (made.text, made.rejected, made.window) == ("", reason, "widened")
    assert made.rejected_text.startswith(first.text[:6])


def test_sure_words_are_decoded_once(
    engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def decode(_: object, how: faster_whisper._Pass) -> object:
        asked.append(how.window)
        return [SURE], "en"

    monkeypatch.setattr(engine, "_decode", decode)
    assert hear(engine, 10.0, speech_ms=9000).window == "short"
    assert asked == ["short"]


@pytest.mark.parametrize("final", [True, False])
def test_words_of_noise_are_rejected_and_kept_for_people(
    engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch, final: bool
) -> None:
    heard = Segment("Oh.", -0.83, 0.52)
    asked: list[str] = []

    def decode(_: object, how: faster_whisper._Pass) -> object:
        asked.append(how.window)
        return [heard], "en"

    monkeypatch.setattr(engine, "_decode", decode)
    monkeypatch.setattr(faster_whisper, "LOG_PROB_LIMIT", -1.0)
    made = hear(engine, 1.5, speech_ms=860, final=final)
    assert (made.text, made.rejected, made.rejected_text) == ("", "noise, no speech", "Oh.")
    assert (made.words, made.confidence, made.window) == ((), None, "short")
    heard = Segment("Okay.", -0.77, 0.06)
    assert hear(engine, 1.0, speech_ms=560, final=final).text == "Okay."
    asked.clear()
    heard = Segment("Thank you.", -1.46, 0.41)
    assert hear(engine, 1.5, speech_ms=860).rejected_text == "Thank you."
    assert asked == ["short"], "what is certainly noise is not decoded again"


@pytest.mark.parametrize(
    ("asked", "device", "chosen"),
    [
        ("auto", "cpu", "int8"),
        ("default", "cpu", "default"),
        ("float32", "cpu", "float32"),
    ],
)
def test_compute_type(asked: str, device: str, chosen: str) -> None:
    assert faster_whisper.compute_type(asked, device) == chosen


@pytest.mark.parametrize(
    ("gpus", "supported", "chosen"),
    [(1, {"float16", "int8"}, "float16"), (1, {"float32"}, "default"), (0, {"int8"}, "int8")],
)
def test_compute_type_where_a_gpu_may_be(
    monkeypatch: pytest.MonkeyPatch, gpus: int, supported: set[str], chosen: str
) -> None:
    import ctranslate2  # noqa: PLC0415 - optional

    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: gpus)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda _: supported)
    assert faster_whisper.compute_type("auto", "auto") == chosen


# --- what this takes for granted of the library -----------------------------------------------


def test_library_encodes_features_padded_with_zeros(engine: FasterWhisper) -> None:
    seen: list[Any] = []

    class Noting(type(engine._whisper)):  # type: ignore[misc]  # its class comes from the engine
        def encode(self, features: Any) -> Any:
            seen.append(features)
            return super().encode(features)

    real = engine._whisper.__class__
    engine._whisper.__class__ = Noting
    try:
        hear(engine, 2.0)
    finally:
        engine._whisper.__class__ = real
    assert seen, (
        "faster-whisper no longer calls WhisperModel.encode for each window: "
        "stt/engines/short_window.py has nothing to shorten, find where it encodes now"
    )
    features = seen[0]
    assert features.shape[-1] == 3000, "faster-whisper no longer pads features to 30 s by itself"
    assert not features[..., 202:].any(), "faster-whisper no longer pads features with zeros"
    assert features[..., :199].any(axis=0).all(), "audio has frames that look like padding"


def test_library_keeps_the_signature_of_encode() -> None:
    from faster_whisper import WhisperModel  # noqa: PLC0415 - a second

    assert list(inspect.signature(WhisperModel.encode).parameters) == ["self", "features"], (
        "faster-whisper's WhisperModel.encode takes other arguments now: "
        "adapt ShortWindowModel.encode in stt/engines/short_window.py"
    )


def test_library_would_suppress_the_same_tokens(engine: FasterWhisper) -> None:
    from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415 - a second
    from faster_whisper.transcribe import get_suppressed_tokens  # noqa: PLC0415

    model = engine._whisper
    for language in ("en", "ja"):
        tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, "transcribe", language
        )
        theirs = get_suppressed_tokens(tokenizer, [-1])
        assert get_suppressed_tokens(tokenizer, list(engine._suppressed)) == theirs, (
            "faster-whisper suppresses other tokens by default than short_window.non_speech_tokens"
        )
