"""The whole faster-whisper path on a tiny model with random weights: structure, not sense.

Over 400 lines on purpose: one engine and one tiny model, loaded once.
"""

from __future__ import annotations

import math
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_server.audio.types import Pcm
from media_server.ports import CannotTranscribe, SttJob, SttRequest, Transcription
from media_server.stt.engines import faster_whisper
from media_server.stt.engines.asking import ask
from media_server.stt.engines.faster_whisper import FasterWhisper, _confidence
from media_server.stt.engines.lockstep import LockstepModel
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from tests.stt.queues import Outcomes

MODEL = Path(__file__).parents[2] / "fixtures" / "tiny-whisper"


def noise(seconds: float = 2.0) -> Pcm:
    random = np.random.default_rng(1)
    return (random.standard_normal(int(16_000 * seconds)) * 3000).astype(np.int16)


def warm(**settings: object) -> FasterWhisper:
    values = {"engine": "faster-whisper", "model_dir": str(MODEL), **settings}
    engine = FasterWhisper(SttSettings.from_mapping(values))
    engine.warm_up()
    return engine


def hear(engine: FasterWhisper, pcm: Pcm | None = None, **asked: object) -> Transcription:
    values: dict[str, Any] = {"language": "en", "final": True, "speech_ms": 2000, **asked}
    return ask(engine, SttRequest(noise() if pcm is None else pcm, **values))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to reach a hub fails the test at once."""

    def refuse(*_: object, **__: object) -> object:
        pytest.fail("a network connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a worker: onnxruntime, behind the VAD, keeps a database at home without it."""
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "1")


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
        {"beam_size": 3},
        {"threads": 2},
        {"batch_size": 2},
        {"vad_filter": True},
        {"device": "cpu", "compute_type": "int8"},
        {"device": "cpu", "compute_type": "int8_float32"},
        {"device": "cpu", "compute_type": "float32"},
        {"device": "cpu", "compute_type": "default"},
        {"device": "cpu", "compute_type": "auto"},
        {"short_window": False},
        {"device": "auto", "compute_type": "auto"},
    ],
)
@pytest.mark.usefixtures("offline")
def test_every_setting_decodes(settings: dict[str, object]) -> None:
    made = hear(warm(**settings), glossary=("Kubernetes", "aiortc"))
    assert made.language
    assert not made.rejected


def test_every_setting_reaches_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    from media_server.stt.engines import short_window  # noqa: PLC0415 - a second, for this test alone

    built: dict[str, object] = {}
    asked: list[dict[str, object]] = []

    class Noting(short_window.ShortWindowModel):
        def __init__(self, path: str, **options: object) -> None:
            built.update(options, path=path)
            super().__init__(path, **options)

        def transcribe(self, audio: object, **options: object) -> object:
            asked.append(options)
            return super().transcribe(audio, **options)

    monkeypatch.setattr(short_window, "ShortWindowModel", Noting)
    engine = warm(device="cpu", compute_type="float32", threads=2, beam_size=3, vad_filter=True)
    assert built == {
        "path": str(MODEL),
        "device": "cpu",
        "compute_type": "float32",
        "cpu_threads": 2,
        "num_workers": 1,
        "local_files_only": True,
    }
    assert (engine._whisper.model.device, engine._whisper.model.compute_type) == ("cpu", "float32")
    del asked[:]
    hear(engine, language="de-AT", glossary=("aiortc",))
    hear(engine, language="auto", final=False)
    final, interim = asked
    wanted = {"beam_size": 3, "vad_filter": True, "language": "de", "word_timestamps": True}
    assert final.items() >= {**wanted, "hotwords": "aiortc", "temperature": (0.0,)}.items()
    wanted = {"beam_size": 1, "vad_filter": True, "language": None, "word_timestamps": False}
    assert interim.items() >= {**wanted, "hotwords": None, "temperature": (0.0,)}.items()


def test_its_own_vad_leaves_silence_out() -> None:
    made = hear(warm(vad_filter=True), np.zeros(32_000, np.int16))
    assert (made.text, made.words, made.confidence, made.rejected) == ("", (), None, "")


def test_language_as_the_job_says_or_detected(engine: FasterWhisper) -> None:
    assert hear(engine, language="de-AT").language == "de"
    assert hear(engine, language="auto").language in engine.capabilities.languages


def test_word_times_and_confidence(engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faster_whisper, "TEMPERATURES", (0.0,))
    monkeypatch.setattr(faster_whisper, "AGAIN_TEMPERATURES", (0.0,))
    made = hear(engine)
    assert made.words, "the model makes words of this noise"
    assert "".join(word.text for word in made.words) == made.text.replace(" ", "")
    ends_s = [word.end_s for word in made.words]
    assert ends_s == sorted(ends_s)
    assert 0 < ends_s[-1] <= 2.1
    assert made.confidence is not None
    assert 0 < made.confidence < 1


def test_confidence_weighs_segments_by_their_tokens() -> None:
    class Segment:
        def __init__(self, tokens: int, avg_logprob: float) -> None:
            self.tokens, self.avg_logprob = [1] * tokens, avg_logprob

    wanted = math.exp((-0.1 * 3 - 0.9) / 4)
    assert _confidence([Segment(3, -0.1), Segment(1, -0.9)]) == pytest.approx(wanted, abs=1e-3)
    assert _confidence([]) is None
    assert _confidence([Segment(0, -0.1)]) is None


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
        no_speech_prob = 0.0

    monkeypatch.setattr(engine, "_decode", lambda *_, **__: ([Segment()], "en"))
    made = hear(engine, speech_ms=60)
    assert made.text == ""
    assert made.rejected == "known invention on silence"
    assert made.rejected_text == "Thanks for watching!"


def test_what_looks_like_a_loop_is_decoded_once_more(
    engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With higher temperatures; a ratio alone drops nothing."""

    class Segment:
        words = ()
        tokens = (1, 2)
        avg_logprob = -0.1
        no_speech_prob = 0.0

        def __init__(self, text: str) -> None:
            self.text = text

    ten_s = np.zeros(10 * 16000, np.int16)
    enumeration = " ".join(f"we tested the {name} page," for name in "abcdefgh")
    asked: list[bool] = []

    def decode(_: object, how: faster_whisper._Pass) -> object:
        again = how.temperatures == faster_whisper.AGAIN_TEMPERATURES
        asked.append(again)
        return [Segment(second if again else first)], "en"

    monkeypatch.setattr(engine, "_decode", decode)
    first, second = "and so " * 50, "and so we went home"
    assert hear(engine, pcm=ten_s, speech_ms=9000).text == second
    assert asked == [False, False, True], "over the full window first"
    first = second = enumeration
    made = hear(engine, pcm=ten_s, speech_ms=9000)
    assert (made.text, made.rejected) == (enumeration, "")
    first, second = "We used Redis", "not asked"
    asked.clear()
    assert hear(engine, pcm=ten_s, speech_ms=9000).text == first
    assert asked == [False]
    first = "and so " * 50
    assert hear(engine, speech_ms=900, final=False).text == "and so", "an interim is not worth it"
    assert asked == [False, False]


def test_ordinary_text_in_scripts_of_three_bytes_needs_one_decode(
    engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []
    real = engine._whisper.transcribe

    def note(audio: object, **options: object) -> object:
        asked.append(options)
        return real(audio, **options)

    monkeypatch.setattr(engine._whisper, "transcribe", note)
    hear(engine)
    assert asked[0]["compression_ratio_threshold"] is None


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


# --- batches ---


def requests() -> list[SttRequest]:
    """Of different lengths, languages, kinds and glossaries, as calls have them."""
    random = np.random.default_rng(1)

    def audio(seconds: float) -> Pcm:
        return (random.standard_normal(int(16_000 * seconds)) * 3000).astype(np.int16)

    return [
        SttRequest(audio(0.5), "en", True, (), 400),
        SttRequest(audio(2.0), "auto", True, (), 1500),
        SttRequest(audio(8.0), "de", False, (), 7000),
        SttRequest(audio(4.0), "en", True, ("Kubernetes",), 3000),
        SttRequest(audio(3.0), "en", True, ("aiortc", "Redis Streams"), 2000),
        SttRequest(audio(2.0), "en", True, (), 0),
        SttRequest(audio(1.0), "en", False, (), 800),
        SttRequest(audio(20.0), "en", True, (), 15_000),
    ]


def alone(engine: FasterWhisper, request: SttRequest) -> Transcription:
    return ask(engine, request)


@pytest.mark.parametrize("settings", [{}, {"beam_size": 3}])
def test_a_batch_gives_what_one_by_one_gives(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The fallbacks sample at random: with them not even one segment comes out the same twice.
    monkeypatch.setattr(faster_whisper, "TEMPERATURES", (0.0,))
    monkeypatch.setattr(faster_whisper, "AGAIN_TEMPERATURES", (0.0,))
    engine = warm(device="cpu", batch_size=8, **settings)
    assert engine.capabilities.batch_size == 8
    expected = [alone(engine, request) for request in requests()]
    together = engine.transcribe(requests())
    assert [made for made in together if isinstance(made, Exception)] == []
    for made, want in zip(together, expected, strict=True):
        assert isinstance(made, Transcription)
        assert (made.text, made.rejected, made.language) == (
            want.text,
            want.rejected,
            want.language,
        )
        assert made.confidence == pytest.approx(want.confidence, abs=0.01)
        assert [w.text for w in made.words] == [w.text for w in want.words]
        for word, wanted in zip(made.words, want.words, strict=True):
            assert word.start_s == pytest.approx(wanted.start_s, abs=0.05)
            assert word.confidence == pytest.approx(wanted.confidence, abs=0.01)
    assert any(word for made in expected for word in made.words), "word times were compared"


def test_equal_steps_are_one_call_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faster_whisper, "TEMPERATURES", (0.0,))
    monkeypatch.setattr(faster_whisper, "AGAIN_TEMPERATURES", (0.0,))
    engine = warm(device="cpu", batch_size=8)
    request = requests()[6]
    assert engine._lockstep is not None
    engine.transcribe([request] * 2)
    two, engine._lockstep.calls = engine._lockstep.calls, 0
    engine.transcribe([request] * 8)
    assert engine._lockstep.calls == two


def test_one_poison_segment_does_not_spoil_the_rest(
    engine: FasterWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faster_whisper, "TEMPERATURES", (0.0,))
    monkeypatch.setattr(faster_whisper, "AGAIN_TEMPERATURES", (0.0,))
    good = requests()[:4]
    expected = [alone(engine, request) for request in good]
    poison = SttRequest("not audio", "en", True, (), 1500)  # type: ignore[arg-type]  # the poison
    made = engine.transcribe([good[0], poison, *good[1:]])
    assert isinstance(made[1], Exception)
    assert [made[0], *made[2:]] == expected


def test_a_call_that_the_model_refuses_fails_one_decoding_only() -> None:
    class Model:
        device = "cpu"

        def encode(self, features: np.ndarray, to_cpu: bool) -> np.ndarray:
            return features

        def generate(self, encoded: np.ndarray, prompts: list[list[int]]) -> list[int]:
            if [13] in prompts:
                raise ValueError("unlucky")
            return [prompt[0] for prompt in prompts]

    model = LockstepModel(Model(), lambda array: array)

    def decode(number: int) -> int:
        return int(model.generate(model.encode(np.zeros((1, 2, 3))), [[number]])[0])

    made = model.run([lambda number=number: decode(number) for number in (1, 13, 2)])  # type: ignore[misc]  # mypy cannot type a lambda's default
    assert made[0::2] == [1, 2]
    assert isinstance(made[1], ValueError)
    assert decode(4) == 4, "outside a batch calls pass through"


def test_batch_size_is_by_device_unless_set(engine: FasterWhisper) -> None:
    assert engine.capabilities.batch_size == (
        faster_whisper.GPU_BATCH if engine._whisper.model.device == "cuda" else 1
    )
    assert warm(batch_size=3).capabilities.batch_size == 3
