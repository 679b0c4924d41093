"""The stand-in speaks both protocols, as their own clients read them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import jsonschema
import ollama
import pytest

from tests.support.json_example import example_of
from tests.support.llm_server import (
    MODEL,
    Asked,
    llm_server_thread,
    open_llm_server,
)
from tests.support.waiting import until

SCHEMA = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "minimum": 1},
        "quotes": {"type": "array", "items": {"type": "string"}, "minItems": 2},
        "kind": {"enum": ["a", "b"]},
    },
    "required": ["score", "quotes", "kind"],
}
MESSAGES = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Well?"}]


async def _close(client: Any) -> None:
    await client.close()  # not annotated


def test_the_smallest_example_fits_its_schema() -> None:
    jsonschema.validate(example_of(SCHEMA), SCHEMA)


async def test_the_client_of_ollama_reads_it() -> None:
    async with open_llm_server(lambda asked: f"You said: {asked.user}") as server:
        client = ollama.AsyncClient(host=server.url)
        assert [entry.model for entry in (await client.list()).models] == [MODEL]
        assert (await client.show(MODEL)).capabilities == ["completion"]
        whole = await client.chat(model=MODEL, messages=MESSAGES)
        assert (whole.message.content, whole.done_reason) == ("You said: Well?", "stop")
        parts = [p async for p in await client.chat(model=MODEL, messages=MESSAGES, stream=True)]
        assert "".join(part.message.content or "" for part in parts) == "You said: Well?"
        assert parts[-1].done
        cut = await client.chat(model=MODEL, messages=MESSAGES, options={"num_predict": 2})
        assert (cut.message.content, cut.done_reason) == ("You said:", "length")
        with pytest.raises(ollama.ResponseError) as missing:
            await client.chat(model="other", messages=MESSAGES)
        assert missing.value.status_code == 404
        await _close(client)


async def test_chat_completions() -> None:
    async with open_llm_server(api_key="k") as server, httpx.AsyncClient() as client:
        url = f"{server.openai_url}/chat/completions"
        body: dict[str, Any] = {"model": MODEL, "messages": MESSAGES}
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
        }
        assert (await client.post(url, json=body)).status_code == 401
        client.headers["authorization"] = "Bearer k"
        answer = (await client.post(url, json=body)).json()
        jsonschema.validate(json.loads(answer["choices"][0]["message"]["content"]), SCHEMA)
        lines = (await client.post(url, json=body | {"stream": True})).text.split("\n\n")
        assert lines[-2] == "data: [DONE]"
        deltas = [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]
        text = "".join(d["choices"][0]["delta"].get("content", "") for d in deltas)
        jsonschema.validate(json.loads(text), SCHEMA)
        listed = (await client.get(f"{server.openai_url}/models")).json()
        assert listed["data"][0]["id"] == MODEL


async def test_a_client_that_leaves_is_counted_and_the_tokens_end() -> None:
    async with open_llm_server(lambda _: "word " * 500, tokens_per_s=200) as server:
        client = ollama.AsyncClient(host=server.url)
        stream: Any = await client.chat(model=MODEL, messages=MESSAGES, stream=True)
        assert (await anext(stream)).message.content
        await stream.aclose()
        await until(lambda: server.hang_ups == 1 and not server.computing, "the hang-up")
        sent = server.tokens
        await asyncio.sleep(0.05)
        assert server.tokens == sent
        await _close(client)


async def test_it_refuses_and_accepts_again() -> None:
    async with open_llm_server() as server, httpx.AsyncClient() as client:
        await server.refuse()
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{server.url}/api/tags")
        await server.accept()
        assert (await client.get(f"{server.url}/api/tags")).status_code == 200


def test_in_a_thread() -> None:
    def answer(asked: Asked) -> str:
        return asked.system

    with llm_server_thread(answer) as server:
        body = {"model": MODEL, "messages": MESSAGES, "stream": False}
        told = httpx.post(f"{server.url}/api/chat", json=body).json()
    assert told["message"]["content"] == "Be short."
