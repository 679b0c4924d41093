"""Every fault of a model's server, with both real engines, in real time.

It refuses, is silent, is busy, is slow, answers with garbage, a page, a megabyte, another shape, or
half an answer: each becomes its own value within the deadline, and the line is hung up.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from media_server.llm.guarded import GuardedLlm
from media_server.llm.settings import LlmSettings
from media_server.ports import LlmRequest
from media_server.ports.llm import Failure
from tests.llm.world import FOLLOW_UP, SCHEMA, asking, failure, guarded, said
from tests.support.llm_server import Asked, Fault, LlmServer, open_llm_server
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("engine", ["ollama", "openai"])
SLACK_S = 10.0
"""Of a busy machine; a request without a deadline would never end."""


def patient(**changes: Any) -> LlmRequest:
    return asking(**{"first_token_s": 30.0, "total_s": 40.0} | changes)


def answer(asked: Asked) -> str:
    return FOLLOW_UP if asked.schema is None else '{"score": 3, "why": "It was measured."}'


async def told(server: LlmServer, llm: GuardedLlm, kind: str) -> tuple[Failure, str]:
    """Failure and next step of one request, and that nothing computes after it."""
    began_s = time.monotonic()
    request = patient()
    if server.fault == "silent":
        request = asking()
    elif server.fault == "half_open" or server.tokens_per_s:
        request = patient(total_s=2.5)
    error = await failure(said(llm, request) if kind == "text" else llm.json(request, SCHEMA))
    assert time.monotonic() - began_s < request.total_s + SLACK_S
    await until(lambda: server.computing == 0, "the model stops computing")
    return error.failure, error.next_step


async def test_it_answers(engine: str) -> None:
    async with open_llm_server(answer) as server, guarded(server, engine) as llm:
        assert await said(llm, patient(seed=7)) == FOLLOW_UP
        made = await llm.json(patient(max_tokens=90), SCHEMA)
        assert made.value == {"score": 3, "why": "It was measured."}
        assert json.loads(made.raw) == made.value
        text, shaped = server.asked
        assert (text.system, text.user) == ("Ask back.", "The queue was full.")
        assert (text.schema, shaped.schema) == (None, SCHEMA)
        assert shaped.max_tokens == 90
        if engine == "ollama":
            assert text.body["think"] is False
            assert text.body["keep_alive"] == "30m"
            assert text.body["options"]["seed"] == 7
        else:
            assert text.body["seed"] == 7
            assert shaped.body["response_format"]["json_schema"]["strict"] is True


@pytest.mark.real_time
async def test_refused_connections_open_the_circuit_at_once(engine: str) -> None:
    async with (
        open_llm_server(answer) as server,
        guarded(server, engine, circuit_open_s=0.1) as llm,
    ):
        await server.refuse()
        began_s = time.monotonic()
        first = await failure(said(llm, patient(retries=2)))
        assert (first.failure, first.next_step) == ("unreachable", "fall_back")
        second = await failure(said(llm, patient()))
        assert second.failure == "resting"
        assert time.monotonic() - began_s < 2.0
        assert not llm.available()
        await server.accept()
        await until(llm.available, "time for a probe")
        assert await said(llm, patient()) == FOLLOW_UP


@pytest.mark.parametrize("kind", ["text", "json"])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("silent", ("silent", "fall_back")),
        ("half_open", ("slow", "fall_back")),
        ("dies", ("broken", "retry")),
        ("500", ("broken", "retry")),
        ("503", ("busy", "retry")),
        ("garbage", ("broken", "retry")),
        ("page", ("broken", "retry")),
        ("error_line", ("broken", "retry")),
        ("huge_line", ("too_long", "retry")),
        ("repeats", ("repeats", "retry")),
        ("empty", ("empty", "retry")),
        ("refusal", ("refused", "fall_back")),
    ],
)
async def test_a_fault_is_a_value_and_the_line_is_hung_up(
    engine: str, kind: str, fault: Fault, expected: tuple[str, str]
) -> None:
    async with open_llm_server(answer, fault=fault) as server, guarded(server, engine) as llm:
        assert await told(server, llm, kind) == expected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("wrong_schema", ("wrong_schema", "retry")),
        ("not_json", ("wrong_schema", "retry")),
        ("cut_off", ("cut_off", "retry")),
    ],
)
async def test_json_that_is_none_or_of_another_shape(
    engine: str, fault: Fault, expected: tuple[str, str]
) -> None:
    async with open_llm_server(answer, fault=fault) as server, guarded(server, engine) as llm:
        assert await told(server, llm, "json") == expected
        server.fault = ""
        server.answer = lambda _: '{"score": 0, "why": "too little"}'
        assert await told(server, llm, "json") == ("wrong_schema", "retry")
        assert llm.available(), "it answers: what it says is another matter"


async def test_an_answer_without_end_is_ended_by_its_length(engine: str) -> None:
    async with open_llm_server(answer, fault="endless") as server, guarded(server, engine) as llm:
        error = await failure(said(llm, patient(max_tokens=8, total_s=30)))
        assert error.failure == "too_long"
        await until(lambda: server.hang_ups == 1, "the line is hung up")


async def test_one_token_a_second_meets_the_total_deadline(engine: str) -> None:
    async with open_llm_server(answer, tokens_per_s=4) as server, guarded(server, engine) as llm:
        assert await told(server, llm, "text") == ("slow", "fall_back")
        assert server.hang_ups == 1


async def test_a_busy_server_is_asked_again_with_jitter(engine: str) -> None:
    faults: list[Fault] = ["503", "500", ""]
    async with (
        open_llm_server(answer, fault=lambda _: faults.pop(0)) as server,
        guarded(server, engine) as llm,
    ):
        assert await said(llm, patient(retries=2)) == FOLLOW_UP
        assert len(server.asked) == 3
        assert llm.counts.figures().retries == {"follow_up": 2}


async def test_a_request_that_is_refused_stops_no_other_interview(engine: str) -> None:
    """Too many words, or what a filter stops: it is about this request."""
    async with (
        open_llm_server(answer, formats=()) as server,
        guarded(server, engine, circuit_failures=1) as llm,
    ):
        if engine == "ollama":
            server.fault = "400"
        error = await failure(llm.json(patient(retries=2), SCHEMA))
        assert (error.failure, error.next_step) == ("broken", "fall_back")
        assert "HTTP 400" in str(error)
        assert llm.available()
        server.formats, server.fault = ("json_schema",), ""
        assert (await llm.json(patient(), SCHEMA)).value["score"] == 3, "schemas are tried again"


async def test_two_retries_and_no_more(engine: str) -> None:
    async with open_llm_server(answer, fault="503") as server, guarded(server, engine) as llm:
        error = await failure(said(llm, patient(retries=9)))
        assert (error.failure, error.next_step) == ("busy", "fall_back")
        assert len(server.asked) == 3


async def test_json_that_was_cut_off_gets_more_room(engine: str) -> None:
    async with open_llm_server(answer) as server, guarded(server, engine) as llm:
        made = await llm.json(patient(max_tokens=6, retries=1), SCHEMA)
        assert made.value["score"] == 3
        assert [asked.max_tokens for asked in server.asked] == [6, 12]


async def test_another_language_is_noticed(engine: str) -> None:
    german = "Sie haben gesagt, dass die Warteschlange voll war. Was haben Sie zuerst geändert?"
    async with open_llm_server(lambda _: german) as server, guarded(server, engine) as llm:
        assert (await failure(said(llm, patient()))).failure == "wrong_language"
        assert await said(llm, patient(locale="de-AT")) == german


async def test_who_leaves_early_hangs_up(engine: str) -> None:
    async with (
        open_llm_server(lambda _: "word " * 900, tokens_per_s=100) as server,
        guarded(server, engine) as llm,
    ):
        stream = llm.stream(patient(max_tokens=900))
        assert await anext(stream)
        await stream.aclose()
        await until(lambda: server.hang_ups == 1 and not server.computing, "the hang-up")
        task = asyncio.create_task(llm.json(patient(), SCHEMA))
        await until(lambda: server.computing == 1, "it computes")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: server.hang_ups == 2 and not server.computing, "the hang-up")
        assert llm.available()
        assert llm.counts.figures().requests["follow_up", "cancelled"] == 2


async def test_requests_under_way_end_when_it_is_closed(engine: str) -> None:
    async with (
        open_llm_server(answer, fault="half_open") as server,
        guarded(server, engine) as llm,
    ):
        task = asyncio.create_task(failure(said(llm, patient())))
        await until(lambda: server.computing == 1, "it computes")
        await llm.close()
        async with asyncio.timeout(5):
            error = await task
        assert error.failure in {"broken", "no_model"}
        assert (await failure(said(llm, patient()))).failure == "no_model"


async def test_a_model_that_is_not_there(engine: str) -> None:
    async with (
        open_llm_server(answer, models=("other",)) as server,
        guarded(server, engine) as llm,
    ):
        error = await failure(said(llm, patient(retries=2)))
        assert (error.failure, error.next_step) == ("no_model", "fall_back")
        assert len(server.asked) == 1
        assert not llm.available()


async def test_the_key_is_sent_and_shown_to_nobody(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        open_llm_server(answer, api_key="sk-canary") as server,
        guarded(server, engine) as llm,
    ):
        assert await said(llm, patient()) == FOLLOW_UP
        server.api_key = "another"
        if engine == "openai":
            error = await failure(said(llm, patient()))
            assert "API key is refused" in str(error)
            assert "canary" not in f"{error!r} {error.__cause__!r}"
    settings = LlmSettings(engine="openai", url="http://h/v1", model="m", api_key="sk-canary")
    assert "canary" not in f"{settings} {llm.name} {caplog.text}"


async def test_a_redirect_is_not_followed(engine: str) -> None:
    async with open_llm_server(answer) as other, open_llm_server(answer, api_key="key") as server:
        server.redirect_to = other.url
        async with guarded(server, engine) as llm:
            assert (await failure(said(llm, patient()))).failure == "broken"
        assert not other.asked
