"""A real small model behind the real engine: it streams, keeps to a schema, and is cut off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest

from benchmarks.small_model import SCHEMA, request
from media_server.llm.factory import create_llm
from media_server.llm.settings import LlmSettings
from media_server.ports import Llm
from tests.llm.world import failure
from tests.support.small_model import MODEL, small_model, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with small_model() as address:
        yield address


@pytest.fixture
def llm(url: str) -> Llm:
    patient: dict[str, Any] = {"first_token_s": 30.0, "circuit_failures": 1000}
    return create_llm(LlmSettings(ollama_url=url, ollama_model=MODEL, **patient))


async def test_it_streams_words(llm: Llm) -> None:
    pieces = [piece async for piece in llm.stream(request(1, is_json=False, max_tokens=24))]
    assert len(pieces) > 3
    assert "".join(pieces).strip()
    await llm.close()


async def test_its_json_fits_the_schema_or_is_said_to_be_cut_off(llm: Llm) -> None:
    for number in range(3):
        answer = await llm.json(request(number, is_json=True, max_tokens=160), SCHEMA)
        jsonschema.validate(answer.value, SCHEMA)
    cut = await failure(llm.json(request(0, is_json=True, max_tokens=6), SCHEMA))
    assert (cut.failure, cut.next_step) == ("cut_off", "retry")
    await llm.close()


async def test_who_hangs_up_is_computed_for_no_longer(llm: Llm, url: str) -> None:
    """The model has one place: the next request begins when the one before has ended."""
    stream: Any = llm.stream(request(2, is_json=False, max_tokens=2_000))
    assert await anext(stream)
    await stream.aclose()
    began_s = time.monotonic()
    pieces = [piece async for piece in llm.stream(request(3, is_json=False, max_tokens=4))]
    assert pieces
    assert time.monotonic() - began_s < 30, "2,000 tokens would have taken longer"
    await llm.close()
    async with httpx.AsyncClient() as client, asyncio.timeout(10):
        listed = (await client.get(f"{url}/api/tags")).json()
    assert listed["models"][0]["name"] == MODEL
