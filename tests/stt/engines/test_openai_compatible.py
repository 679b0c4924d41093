"""Against a real HTTP server that speaks the protocol, and one that misbehaves."""

from __future__ import annotations

import email
import email.policy
import io
import json
import math
import socket
import threading
import traceback
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from media_server.ports import (
    CannotTranscribe,
    EngineUnavailable,
    SttJob,
    SttRequest,
    Transcription,
    Word,
)
from media_server.stt.engines import asking, openai_compatible
from media_server.stt.engines.openai_compatible import OpenAiCompatible
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from tests.stt.queues import Outcomes
from tests.support.waiting import PATIENCE_S

PCM = (np.arange(8000) % 100).astype(np.int16)
VERBOSE = {
    "text": " Hello , world",
    "language": "en",
    "words": [{"word": " Hello", "start": 0.1, "end": 0.3}, {"word": "?"}],
}


class Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, Any]] = []
        """Given one after another; then VERBOSE."""
        self.models_status = 404
        self.forms: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.keys: list[str | None] = []
        self.over = threading.Event()
        """Whoever was answered with silence need not be kept waiting any more."""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.keys.append(self.headers["Authorization"])
        refused = self.headers["Authorization"] == "Bearer wrong"
        self._answer(401 if refused else self.server.models_status, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/audio/transcriptions"
        head = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n"
        parts = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        form: dict[str, Any] = {}
        for part in parts.iter_parts():
            name = part.get_param("name", header="content-disposition")
            form[str(name)] = part.get_payload(decode=True)
        self.server.forms.append(form)
        self.server.bodies.append(body)
        self._answer(*(self.server.answers.pop(0) if self.server.answers else (200, VERBOSE)))

    def _answer(self, status: int, body: Any) -> None:
        if body == "silent":
            self.server.over.wait(PATIENCE_S)
            self.close_connection = True
            return
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def engine_for(server: Server, **settings: Any) -> OpenAiCompatible:
    values = {"url": server.base, "request_timeout_s": 20, "api_key": "secret", **settings}
    return OpenAiCompatible(SttSettings(**values))


def ask(engine: OpenAiCompatible, **asked: Any) -> Transcription:
    values: dict[str, Any] = {
        "language": "en-GB",
        "final": True,
        "glossary": ("aiortc",),
        "speech_ms": 400,
    }
    return asking.ask(engine, SttRequest(PCM, **(values | asked)))


def test_what_is_sent_and_what_is_made_of_the_answer(server: Server) -> None:
    engine = engine_for(server)
    engine.warm_up()
    made = ask(engine)
    assert made.text == "Hello, world"
    assert made.words == (Word("Hello", 0.1, 0.3, None),)
    assert (made.engine, made.model, made.language) == ("openai-compatible", "whisper-1", "en")
    assert server.keys == ["Bearer secret"]
    (form,) = server.forms
    assert (form["model"], form["language"], form["prompt"]) == (b"whisper-1", b"en", b"aiortc")
    with wave.open(io.BytesIO(form["file"])) as sent:
        assert (sent.getframerate(), sent.getnchannels(), sent.getsampwidth()) == (16_000, 1, 2)
        assert sent.readframes(sent.getnframes()) == PCM.tobytes()


def test_server_without_verbose_json_is_asked_for_plain_from_then_on(server: Server) -> None:
    server.answers = [(400, {"error": "unsupported"}), (200, {"text": "plain"})]
    engine = engine_for(server)
    assert ask(engine).text == "plain"
    ask(engine)
    kinds = [form["response_format"] for form in server.forms]
    assert kinds == [b"verbose_json", b"json", b"json"]


def test_verbose_json_is_asked_for_again_after_a_while(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_compatible, "PLAIN_S", 0.0)
    server.answers = [(422, {}), (200, {"text": "plain"})]
    engine = engine_for(server)
    assert ask(engine).words == ()
    assert ask(engine).words == (Word("Hello", 0.1, 0.3, None),)


def test_audio_that_is_refused_either_way_says_nothing_of_the_format(server: Server) -> None:
    server.answers = [(400, {}), (400, {})]
    engine = engine_for(server)
    with pytest.raises(CannotTranscribe, match="status 400"):
        ask(engine)
    assert ask(engine).words == (Word("Hello", 0.1, 0.3, None),)
    server.answers = [(400, {}), (503, {}), (503, {})]
    with pytest.raises(EngineUnavailable, match="status 503"):
        ask(engine)
    assert ask(engine).words, "the plain request never succeeded"


def segment(text: str, start_s: float, **more: Any) -> dict[str, Any]:
    return {"text": text, "start": start_s, "end": start_s + 1.0, "tokens": [1, 2], **more}


def test_confidence_is_the_mean_probability_of_a_token(server: Server) -> None:
    sure = segment(" Hello", 0.0, avg_logprob=-0.1, no_speech_prob=0.9)
    unsure = segment(" world", 1.0, avg_logprob=-0.7, tokens=[1, 2, 3, 4])
    server.answers = [(200, {"text": "Hello world", "segments": [sure, unsure]})]
    made = ask(engine_for(server))
    assert made.text == "Hello world", "sure of its words: speech, whatever no_speech_prob says"
    assert made.confidence == pytest.approx(math.exp((-0.1 * 2 - 0.7 * 4) / 6), abs=1e-3)
    assert b'granularities[]"\r\n\r\nsegment' in server.bodies[0]


@pytest.mark.parametrize(
    "segments",
    [
        None,
        "none",
        [3, None, {}, {"text": 4}],
        [segment("Hello", 0.0)],
        [segment("Hello", 0.0, avg_logprob=0.0, no_speech_prob=1.0)],
        [segment("Hello", 0.0, avg_logprob=math.nan, no_speech_prob=1.0, words=7)],
        [segment("Hello", 0.0, avg_logprob=True, tokens="many")],
    ],
)
def test_a_server_that_knows_no_probabilities(server: Server, segments: Any) -> None:
    server.answers = [(200, {"text": "Hello", "segments": segments})]
    made = ask(engine_for(server))
    assert (made.text, made.confidence, made.rejected) == ("Hello", None, "")


def test_what_the_model_takes_for_silence_is_left_out(server: Server) -> None:
    spoken = segment(" Hello there.", 0.0, avg_logprob=-0.2, no_speech_prob=0.1)
    invented = segment(" And so on.", 1.0, avg_logprob=-1.4, no_speech_prob=0.8)
    words = [
        {"word": " Hello", "start": 0.1, "end": 0.4, "probability": 0.9},
        {"word": " there.", "start": 0.5, "end": 0.9, "probability": 7},
        {"word": " And", "start": 1.1, "end": 1.3, "probability": 0.2},
        {"word": " so", "start": math.inf, "end": 1.5},
    ]
    text = "Hello there. And so on."
    server.answers = [(200, {"text": text, "segments": [spoken, invented], "words": words})]
    engine = engine_for(server)
    made = ask(engine)
    assert made.text == "Hello there."
    assert made.words == (Word("Hello", 0.1, 0.4, 0.9), Word("there.", 0.5, 0.9, None))
    assert made.confidence == pytest.approx(math.exp(-0.2), abs=1e-3)
    server.answers = [(200, {"text": text, "segments": [invented], "words": words})]
    made = ask(engine)
    assert (made.text, made.words) == ("", ())
    assert (made.rejected, made.rejected_text) == ("no speech, says the model", "And so on.")


def test_words_within_their_segments(server: Server) -> None:
    """As whisper.cpp sends them."""
    words = [{"word": " Hello", "start": 0.1, "end": 0.4, "probability": 0.9}]
    server.answers = [(200, {"text": "Hello", "segments": [segment("Hello", 0.0, words=words)]})]
    assert ask(engine_for(server)).words == (Word("Hello", 0.1, 0.4, 0.9),)


@pytest.mark.parametrize(
    "first", [(503, {}), (429, {}), (200, b"no json"), (200, []), (200, "silent")]
)
def test_passing_failure_is_retried_for_a_final(server: Server, first: tuple[int, Any]) -> None:
    # One after the other, should the machine be too slow for half a second.
    hasty = {"request_timeout_s": 0.5, "request_retries": 5} if first[1] == "silent" else {}
    server.answers = [first]
    with pytest.raises(EngineUnavailable, match="failed"):
        ask(engine_for(server, **hasty), final=False)
    server.answers = [first]
    assert ask(engine_for(server, **hasty)).text == "Hello, world"
    assert len(server.forms) >= 3


def test_lasting_failures(server: Server) -> None:
    server.answers = [(500, {})] * 2
    with pytest.raises(EngineUnavailable, match="status 500"):
        ask(engine_for(server))
    server.answers = [(413, {})]
    with pytest.raises(CannotTranscribe, match="status 413"):
        ask(engine_for(server))
    server.answers = [(200, {"words": []})]
    with pytest.raises(EngineUnavailable, match="sent no text"):
        ask(engine_for(server))
    server.answers = [(200, b" " * (4 * 1024 * 1024 + 1))] * 2
    with pytest.raises(EngineUnavailable, match="over 4 MiB"):
        ask(engine_for(server))


def test_warm_up_says_what_to_mend(server: Server) -> None:
    with pytest.raises(EngineUnavailable, match="correct stt api_key"):
        engine_for(server, api_key="wrong").warm_up()
    with pytest.raises(EngineUnavailable, match="not an HTTP address"):
        engine_for(server, url="localhost:8000").warm_up()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        with pytest.raises(EngineUnavailable, match="does not answer \\(ConnectionRefusedError\\)"):
            engine_for(server, url=url).warm_up()
    for status in (429, 502):  # a proxy answers for a server that is gone
        server.models_status = status
        with pytest.raises(EngineUnavailable, match=f"does not answer \\(status {status}\\)"):
            engine_for(server).warm_up()


@pytest.mark.parametrize(
    "key", ["canary-1\n", "can\r\nary: 1", "canary\x00", "canäry", "clé-canary"]
)
def test_key_that_no_header_can_carry_is_refused_without_telling_it(
    server: Server, key: str
) -> None:
    engine = engine_for(server, api_key=key)
    with pytest.raises(EngineUnavailable, match="stt api_key has characters that no key") as raised:
        engine.warm_up()
    assert "can" not in str(raised.value)
    assert server.keys == []


@pytest.mark.parametrize("key", ["canary-1\n", "ключ"])
def test_key_that_cannot_be_sent_is_not_told_either(server: Server, key: str) -> None:
    with pytest.raises(EngineUnavailable, match=r"failed \((Value|UnicodeEncode)Error\)") as raised:
        ask(engine_for(server, api_key=key), final=False)
    assert key.strip() not in "".join(traceback.format_exception(raised.value))


def test_silence_is_not_sent_and_inventions_are_rejected(server: Server) -> None:
    engine = engine_for(server)
    assert ask(engine, speech_ms=0).text == ""
    assert server.forms == []
    server.answers = [(200, {"text": "Thanks for watching!"})]
    made = ask(engine, speech_ms=50)
    assert (made.text, made.rejected) == ("", "known invention on silence")
    assert made.rejected_text == "Thanks for watching!"


def test_what_looks_like_a_loop_is_asked_for_once_more(server: Server) -> None:
    engine = engine_for(server)
    loop = "and so " * 50
    server.answers = [(200, {"text": loop}), (200, {"text": "and so we went home"})]
    assert ask(engine).text == "and so we went home"
    assert [form["temperature"] for form in server.forms] == [b"0", b"0.5"]
    server.answers = [(200, {"text": loop}), (500, {})]
    made = ask(engine)
    assert (made.text, made.rejected) == ("and so", "repetition loop")
    server.answers = [(200, {"text": loop})]
    assert ask(engine, final=False).text == "and so"
    assert len(server.forms) == 5


async def test_through_the_pool(server: Server) -> None:
    pool = LocalSpeechToText(SttSettings(engine="openai-compatible", url=server.base))
    try:
        await pool.start()
        outcomes = Outcomes(pool)
        outcomes.submit(SttJob("i", "s", 1, True, 0.0, PCM, speech_ms=400))
        assert outcomes is not None
        done = await outcomes.count(1)
    finally:
        await pool.close()
    assert done[0].transcription is not None
    assert done[0].transcription.text == "Hello, world"
