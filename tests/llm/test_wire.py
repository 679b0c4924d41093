"""What servers of either protocol really send: byte by byte, over a real connection."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from media_server.llm.chat_completions import ChatCompletions
from media_server.llm.engine import Engine
from media_server.llm.guarded import GuardedLlm
from media_server.llm.ollama import OllamaEngine
from media_server.llm.settings import LlmSettings
from tests.llm.world import FOLLOW_UP, SCHEMA, asking, failure, guarded, said
from tests.support.llm_server import Fault, open_llm_server
from tests.support.waiting import until

PATIENT = asking(first_token_s=30, total_s=40, locale="")


@dataclass
class Wire:
    """A server that sends these bytes to every request."""

    body: bytes
    holds: bool = False
    """The answer's end is sent, and the line stays open."""
    port: int = 0
    connections: int = 0
    heads: list[str] = field(default_factory=list)
    open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                length = head.lower().split("content-length:")[1].split("\r\n")[0]
                await reader.readexactly(int(length))
                writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                writer.write(b"%x\r\n%s\r\n" % (len(self.body), self.body))
                if not self.holds:
                    writer.write(b"0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def wire(body: bytes, *, holds: bool = False, host: str = "127.0.0.1") -> AsyncIterator[Wire]:
    made = Wire(body, holds)
    server = await asyncio.start_server(made.serve, host, 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await until(lambda: made.open == 0, "the connections end")


@asynccontextmanager
async def asked_at(url: str, engine: str = "openai") -> AsyncIterator[GuardedLlm]:
    patient: dict[str, Any] = {"first_token_s": 30.0, "connect_timeout_s": 10.0}
    settings = LlmSettings(engine="openai", url=url, model="org/mo-del:1b", **patient)
    if engine == "ollama":
        settings = LlmSettings(ollama_url=url, ollama_model="org/mo-del:1b", **patient)
    made: Engine = OllamaEngine(settings) if engine == "ollama" else ChatCompletions(settings)
    llm = GuardedLlm(made, settings)
    try:
        yield llm
    finally:
        await llm.close()


def events(*all_of_them: Any) -> bytes:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in all_of_them]
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def event(content: str | None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    delta = {"content": content, **more}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


END = event(None, "stop")
OLLAMA = (
    b'{"model":"m","message":{"role":"assistant","content":"Hi there."},"done":false}\n'
    b'{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n'
)


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        (events(event("Hi."), END, {"choices": [], "usage": {}}, "[DONE]"), "Hi."),
        (events({"id": "x", "usage": None}, event("Hi."), END, "[DONE]"), "Hi."),
        (events({"choices": [], "prompt_filter_results": []}, event("Hi."), END), "Hi."),
        (events(event(None, reasoning_content="Hm."), event("Hi."), END, "[DONE]"), "Hi."),
        (events(event("Hi", ""), event(" there.", ""), END, "[DONE]"), "Hi there."),
        (events(event("Hi."), "[DONE]"), "Hi."),
        (events(event("Hi."), END, "[DONE]").replace(b"\n", b"\r\n"), "Hi."),
        (b": keep-alive\n\ndata:\n\nevent: x\nid: 1\n" + events(event("Hi."), END), "Hi."),
        (
            events('{"choices":[{"delta":{"content":"Hi\u2028you\x85there."}}]}', END),
            "Hi\u2028you\x85there.",
        ),
        (
            events({"choices": [event("No.")["choices"][0] | {"index": 1}]}, event("Hi."), END),
            "Hi.",
        ),
    ],
)  # fmt: skip
async def test_an_answer_of_chat_completions(sent: bytes, heard: str) -> None:
    async with wire(sent) as server, asked_at(f"http://127.0.0.1:{server.port}/v1") as llm:
        assert await said(llm, PATIENT) == heard


async def test_a_call_of_a_tool_is_no_answer() -> None:
    sent = events(event(None, tool_calls=[{"index": 0}]), event(None, "tool_calls"), "[DONE]")
    async with wire(sent) as server, asked_at(f"http://127.0.0.1:{server.port}/v1") as llm:
        assert (await failure(said(llm, PATIENT))).failure == "empty"


@pytest.mark.parametrize("engine", ["ollama", "openai"])
async def test_a_connection_is_used_again(engine: str) -> None:
    """A new one costs a hosted model's request two or three round trips."""
    sent = OLLAMA if engine == "ollama" else events(event("Hi there."), END, "[DONE]")
    async with wire(sent) as server, asked_at(f"http://127.0.0.1:{server.port}", engine) as llm:
        for _ in range(4):
            assert await said(llm, PATIENT) == "Hi there."
        assert server.connections == 1


@pytest.mark.parametrize("engine", ["ollama", "openai"])
async def test_a_line_that_stays_open_after_the_end_is_hung_up(engine: str) -> None:
    sent = OLLAMA if engine == "ollama" else events(event("Hi there."), END, "[DONE]")
    async with (
        wire(sent, holds=True) as server,
        asked_at(f"http://127.0.0.1:{server.port}", engine) as llm,
    ):
        assert await said(llm, PATIENT) == "Hi there."
        await until(lambda: server.open == 0, "the hang-up")


@pytest.mark.parametrize("engine", ["ollama", "openai"])
async def test_no_proxy_of_the_environment_hears_a_word(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    sent = OLLAMA if engine == "ollama" else events(event("Hi there."), END, "[DONE]")
    async with (
        wire(sent, host="::1") as server,
        asked_at(f"http://[::1]:{server.port}", engine) as llm,
    ):
        assert await said(llm, PATIENT) == "Hi there."


@pytest.mark.real_time
@pytest.mark.parametrize("engine", ["ollama", "openai"])
async def test_a_busy_server_says_how_long_to_wait(engine: str) -> None:
    faults: list[Fault] = ["503", ""]
    async with (
        open_llm_server(
            lambda _: FOLLOW_UP, fault=lambda _: faults.pop(0), retry_after="1"
        ) as server,
        guarded(server, engine) as llm,
    ):
        began_s = time.monotonic()
        assert await said(llm, replace(PATIENT, retries=1)) == FOLLOW_UP
        assert time.monotonic() - began_s >= 1.0
        server.fault, server.retry_after = "503", "3600"
        assert (await failure(said(llm, replace(PATIENT, retries=2)))).failure == "busy"
        assert len(server.asked) == 3, "there is no time for another one"
        server.retry_after = "Fri, 31 Dec 2027 23:59:59 GMT"
        assert (await failure(said(llm, replace(PATIENT, retries=1)))).failure == "busy"
        assert len(server.asked) == 5


async def test_a_server_that_refuses_schemas_is_asked_for_any_json(
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = '{"score": 3, "why": "It was measured."}'
    async with (
        open_llm_server(lambda _: made, formats=("json_object",)) as server,
        guarded(server, "openai") as llm,
    ):
        for _ in range(2):
            assert (await llm.json(PATIENT, SCHEMA)).value["score"] == 3
        kinds = [asked.body["response_format"]["type"] for asked in server.asked]
        assert kinds == ["json_schema", "json_object", "json_object"], "it is remembered"
        assert json.dumps(SCHEMA) in server.asked[1].system
        assert caplog.text.count("refuses a JSON schema") == 1
        await until(lambda: server.computing == 0, "the model stops computing")


async def test_a_key_that_the_environment_has_for_another_client_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "of-somebody-else")
    async with open_llm_server(lambda _: "Hi there.") as server:
        async with guarded(server, "ollama") as llm:
            assert await said(llm, PATIENT) == "Hi there."
        async with guarded(server, "ollama", api_key="mine") as llm:
            assert await said(llm, PATIENT) == "Hi there."
        sent = [{k.lower(): v for k, v in a.headers.items()} for a in server.asked]
        assert [one.get("authorization") for one in sent] == [None, "Bearer mine"]
