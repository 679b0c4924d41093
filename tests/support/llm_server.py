"""A stand-in for Ollama and for an OpenAI-compatible server: their protocol, and their faults.

`/api/chat`, `/api/tags`, `/api/show`, `/v1/chat/completions` and `/v1/models`, as ollama 0.12 and
OpenAI's reference describe them, on a port of the system's choice. What it says is a function of
the request, so that a test can let it ask back, judge, or obey whatever it finds:

    async with open_llm_server(lambda asked: "What did you change?") as server:
        ...  # server.url, server.openai_url, server.asked, server.hang_ups

A test without a loop uses `llm_server_thread`. `server.fault` may be changed at any time.
It is one file on purpose: two protocols and their faults, side by side.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.support.json_example import example_of

MODEL = "stand-in:1b"
Fault = Literal[
    "",
    "silent",  # accepts, reads, and answers nothing
    "half_open",  # three tokens, then nothing, and the line stays
    "slow",  # a token a second
    "dies",  # three tokens, then the line is cut
    "400",
    "500",
    "503",
    "garbage",  # no JSON
    "page",  # HTML, as a proxy sends it
    "error_line",  # {"error": …} in mid-stream
    "huge_line",  # 1 MB with no line break
    "endless",  # tokens for ever, whatever was asked for
    "repeats",  # the same words for ever
    "empty",
    "wrong_schema",  # JSON, but not that
    "not_json",  # words where JSON was asked for
    "cut_off",  # half of the answer, and the token limit as the reason
    "refusal",
]
_PIECE = re.compile(r"\s*\S{1,5}|\s+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for an answer, of either protocol."""

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    def _said_by(self, role: str) -> str:
        return "\n".join(m["content"] for m in self.body["messages"] if m["role"] == role)

    @property
    def system(self) -> str:
        return self._said_by("system")

    @property
    def user(self) -> str:
        return self._said_by("user")

    @property
    def schema(self) -> Mapping[str, Any] | None:
        if self.path == "/api/chat":
            wanted = self.body.get("format")
            return wanted if isinstance(wanted, dict) else None
        wanted = self.body.get("response_format", {})
        return wanted["json_schema"]["schema"] if wanted.get("type") == "json_schema" else None

    @property
    def max_tokens(self) -> int | None:
        if self.path == "/api/chat":
            most = self.body.get("options", {}).get("num_predict")
        else:
            most = self.body.get("max_tokens", self.body.get("max_completion_tokens"))
        return None if most is None else int(most)


def plain_answer(asked: Asked) -> str:
    """The smallest JSON that fits, else a sentence."""
    return "All right." if asked.schema is None else json.dumps(example_of(asked.schema))


@dataclass
class LlmServer:
    answer: Callable[[Asked], str] = plain_answer
    fault: Fault | Callable[[Asked], Fault] = ""
    models: tuple[str, ...] = (MODEL,)
    api_key: str = ""
    """Wanted as a bearer's token on `/v1/`; "": anybody may ask."""
    tokens_per_s: float | None = None
    """A token is at most five letters here. None: as fast as it goes."""
    first_token_s: float = 0.0
    formats: tuple[str, ...] = ("json_schema", "json_object")
    """Of `response_format` on `/v1/`; another one is a 400."""
    retry_after: str = ""
    """The header of a 503."""
    redirect_to: str = ""
    """Where requests for an answer are sent to instead."""
    asked: list[Asked] = field(default_factory=list)
    warm_ups: list[Asked] = field(default_factory=list)
    """Requests for one token, which load a model: answered at once, and not among `asked`."""
    warm_up_fault: Fault = ""
    """Where set, requests to warm up are among the others and have it."""
    hang_ups: int = 0
    """Requests whose client left before the end: a real server stops computing then."""
    finished: int = 0
    computing: int = 0
    """Requests under way."""
    tokens: int = 0
    """Sent, of all requests."""
    port: int = 0
    _runner: web.AppRunner | None = None
    _held: socket.socket | None = None
    """Bound and not listening: who connects is refused, and nobody else gets the port."""
    _closing: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    async def accept(self) -> None:
        """Listens, on the port it had before."""
        self._closing = False
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/chat", self._chat)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._chat)
        # Without it a handler would go on after its client has left.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        held, self._held = self._held or _bound(0), None
        self.port = held.getsockname()[1]
        await web.SockSite(self._runner, held).start()

    async def refuse(self) -> None:
        """Nobody listens any more, and what was under way is cut. The port stays taken."""
        await self.close()
        self._held = _bound(self.port)

    async def close(self) -> None:
        self._closing = True
        if self._held is not None:
            self._held.close()
            self._held = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _tags(self, _: web.Request) -> web.Response:
        return web.json_response({"models": [
            {"name": name, "model": name, "modified_at": "2026-11-01T00:00:00Z", "size": 1_300,
             "digest": "0" * 64, "details": {"format": "gguf", "family": "stand-in",
             "parameter_size": "1B", "quantization_level": "Q4_0"}}
            for name in self.models
        ]})  # fmt: skip

    async def _show(self, request: web.Request) -> web.Response:
        name = str((await request.json()).get("model", ""))
        if name not in self.models:
            return web.json_response({"error": f"model '{name}' not found"}, status=404)
        return web.json_response({
            "modelfile": "", "parameters": "", "template": "", "details": {"format": "gguf"},
            "model_info": {"general.architecture": "stand-in"}, "capabilities": ["completion"],
        })  # fmt: skip

    async def _models(self, request: web.Request) -> web.Response:
        if refused := self._unauthorised(request):
            return refused
        data = [{"id": n, "object": "model", "created": 1, "owned_by": "us"} for n in self.models]
        return web.json_response({"object": "list", "data": data})

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        if not self.api_key or request.headers.get("authorization") == f"Bearer {self.api_key}":
            return None
        return _error(request.path, 401, "Incorrect API key provided")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/v1/") and (refused := self._unauthorised(request)):
            return refused
        try:
            body = await request.json()
            asked = Asked(request.path, body, dict(request.headers))
            assert isinstance(body["model"], str)
            assert all({"role", "content"} <= m.keys() for m in body["messages"])
            _ = (asked.schema, asked.max_tokens)
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError):
            return _error(request.path, 400, "invalid request")
        if asked.max_tokens == 1:
            self.warm_ups.append(asked)
            if not self.warm_up_fault:
                return await self._warmed_up(request, asked)
        else:
            self.asked.append(asked)
        if self.redirect_to:
            raise web.HTTPTemporaryRedirect(self.redirect_to + request.path)
        shape = body.get("response_format")
        if shape is not None and shape["type"] not in self.formats:
            return _error(request.path, 400, "this response_format is not supported")
        if body["model"] not in self.models and f"{body['model']}:latest" not in self.models:
            return _error(request.path, 404, f"model '{body['model']}' not found")
        self.computing += 1
        try:
            answered = await self._answered(request, asked)
        except (asyncio.CancelledError, ConnectionError):
            if not self._closing:
                self.hang_ups += 1
            raise
        finally:
            self.computing -= 1
        self.finished += 1
        return answered

    async def _warmed_up(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(_line(asked, "Yes"))
        await response.write(_end(asked, "length", 1))
        return response

    async def _answered(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        fault = self.fault(asked) if callable(self.fault) else self.fault
        if asked.max_tokens == 1:
            fault = self.warm_up_fault
        match fault:
            case "silent":
                await asyncio.Event().wait()
            case "400" | "500" | "503":
                busy = _error(asked.path, int(fault), "server busy, please try again")
                if self.retry_after:
                    busy.headers["Retry-After"] = self.retry_after
                return busy
            case "page":
                return web.Response(text="<html>Welcome</html>", content_type="text/html")
        ending = "length" if fault == "cut_off" else "stop"
        pieces: list[str] = _PIECE.findall(self._words(asked, fault))
        if asked.max_tokens is not None and len(pieces) > asked.max_tokens and fault != "endless":
            pieces, ending = pieces[: asked.max_tokens], "length"
        if not asked.body.get("stream", asked.path == "/api/chat"):
            await asyncio.sleep(self.first_token_s)
            if self.tokens_per_s:
                await asyncio.sleep(len(pieces) / self.tokens_per_s)
            return web.json_response(_whole(asked, "".join(pieces), ending, len(pieces)))
        response = web.StreamResponse()
        response.content_type = _TYPES[asked.path]
        await response.prepare(request)
        await asyncio.sleep(self.first_token_s)
        await self._send(response, asked, pieces, fault)
        if fault == "dies":
            assert request.transport is not None
            request.transport.abort()
            return response
        await response.write(_end(asked, ending, len(pieces)))
        await response.write_eof()
        return response

    async def _send(
        self, response: web.StreamResponse, asked: Asked, pieces: list[str], fault: Fault
    ) -> None:
        if fault == "huge_line":
            await response.write(b"x" * 1_000_000)
        if fault == "garbage":
            await response.write(b"data: \x00\xff{not json}\n\n" * 20)
        for at, piece in enumerate(pieces):
            if self.tokens_per_s or fault == "slow":
                await asyncio.sleep(1 if fault == "slow" else 1 / (self.tokens_per_s or 1))
            elif fault in {"endless", "repeats"}:
                await asyncio.sleep(0.001)
            self.tokens += 1
            await response.write(_line(asked, piece))
            if at == 2 and fault == "half_open":
                await asyncio.Event().wait()
            if at == 2 and fault == "error_line":
                await response.write(_error_line(asked, "an error was encountered"))
            if at == 2 and fault == "dies":
                return

    def _words(self, asked: Asked, fault: Fault) -> str:
        match fault:
            case "empty":
                return ""
            case "wrong_schema":
                return '["something else"]'
            case "not_json":
                return "Well, let me think about that for a moment."
            case "endless":
                return " ".join(f"word{n * n % 9973}" for n in range(100_000))
            case "repeats":
                return "and then we did it again " * 10_000
            case "refusal":
                return "I'm sorry, but I can't help with that request."
            case "cut_off":
                words = self.answer(asked)
                return words[: max(1, len(words) // 2)]
            case "half_open" | "dies" | "error_line":
                return self.answer(asked) + " and more words that go on for a while"
            case _:
                return self.answer(asked)


_TYPES = {"/api/chat": "application/x-ndjson", "/v1/chat/completions": "text/event-stream"}


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of before linger
    made.bind(("127.0.0.1", port))
    return made


def _error(path: str, status: int, message: str) -> web.Response:
    wrong: Any = message
    if path.startswith("/v1/"):
        wrong = {"message": message, "type": "error", "param": None, "code": None}
    return web.json_response({"error": wrong}, status=status)


def _ollama(asked: Asked, content: str, **rest: Any) -> dict[str, Any]:
    return {
        "model": asked.body["model"], "created_at": "2026-11-01T00:00:00.000000Z",
        "message": {"role": "assistant", "content": content}, "done": False, **rest,
    }  # fmt: skip


def _ollama_end(ending: str, tokens: int) -> dict[str, Any]:
    return {
        "done": True, "done_reason": ending, "total_duration": 1_000_000_000,
        "load_duration": 1_000_000, "prompt_eval_count": 40, "prompt_eval_duration": 90_000_000,
        "eval_count": tokens, "eval_duration": 900_000_000,
    }  # fmt: skip


def _openai(asked: Asked, kind: str, choice: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1", "object": kind, "created": 1, "model": asked.body["model"],
        "choices": [{"index": 0, "logprobs": None, **choice}],
    }  # fmt: skip


def _sse(event: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def _line(asked: Asked, piece: str) -> bytes:
    if asked.path == "/api/chat":
        return json.dumps(_ollama(asked, piece)).encode() + b"\n"
    choice = {"delta": {"content": piece}, "finish_reason": None}
    return _sse(_openai(asked, "chat.completion.chunk", choice))


def _error_line(asked: Asked, message: str) -> bytes:
    if asked.path == "/api/chat":
        return json.dumps({"error": message}).encode() + b"\n"
    return _sse({"error": {"message": message, "type": "server_error"}})


def _end(asked: Asked, ending: str, tokens: int) -> bytes:
    if asked.path == "/api/chat":
        return json.dumps(_ollama(asked, "", **_ollama_end(ending, tokens))).encode() + b"\n"
    choice = {"delta": {}, "finish_reason": ending}
    return _sse(_openai(asked, "chat.completion.chunk", choice)) + b"data: [DONE]\n\n"


def _whole(asked: Asked, text: str, ending: str, tokens: int) -> dict[str, Any]:
    if asked.path == "/api/chat":
        return _ollama(asked, text, **_ollama_end(ending, tokens))
    message = {"role": "assistant", "content": text, "refusal": None}
    whole = _openai(asked, "chat.completion", {"message": message, "finish_reason": ending})
    usage = {"prompt_tokens": 40, "completion_tokens": tokens, "total_tokens": 40 + tokens}
    return whole | {"usage": usage}


@asynccontextmanager
async def open_llm_server(
    answer: Callable[[Asked], str] = plain_answer, **options: Any
) -> AsyncIterator[LlmServer]:
    """On the test's own loop. `options`: fields of LlmServer."""
    server = LlmServer(answer, **options)
    await server.accept()
    try:
        yield server
    finally:
        await server.close()


@contextmanager
def llm_server_thread(
    answer: Callable[[Asked], str] = plain_answer, **options: Any
) -> Iterator[LlmServer]:
    """In a thread with a loop of its own, for tests that have none. `answer` runs there."""
    server = LlmServer(answer, **options)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="llm-server")
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.accept(), loop).result(10)
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
