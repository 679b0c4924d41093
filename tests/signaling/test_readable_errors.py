"""Whoever speaks to us wrongly can read why: problem details everywhere, to every origin."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

import signaling
from media_server.http_connections import LimitedSite, listen
from media_server.http_settings import HttpSettings
from signaling.routes import ROUTES
from tests.signaling.conftest import API, SECRETS, SPEC, House, bearer, open_house
from tests.signaling.memory_service import MemoryService

ORIGIN = "https://elsewhere.example"
AGENTS_SDK = "authorization,content-type,openai-beta,x-openai-agents-sdk,x-stainless-lang"
PROBLEM = "application/problem+json"


def _readable(response: Any) -> bool:
    return bool(response.headers.get("Access-Control-Allow-Origin") == "*")


# --- other origins ---


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("POST", "/v1/realtime/calls", {}, 404),  # OpenAI's WebRTC clients
        ("POST", "/api/offer", {}, 404),  # Pipecat's
        ("POST", "/whip", {}, 404),
        ("POST", "/whip/iv_1/c/more", {}, 404),
        ("PUT", "/whip/iv_1", {}, 405),
        ("DELETE", "/v1/join", {}, 405),
        ("POST", "/v1/join", {"data": b"x" * 5000}, 413),
        ("POST", "/v1/join", {"data": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", "/v1/join", {"json": {"link": "wrong"}}, 404),
    ],
)
async def test_errors_are_readable_from_every_origin(
    house: House, method: str, path: str, more: dict[str, Any], status: int
) -> None:
    headers = {"Origin": ORIGIN, "Content-Type": "application/json", **more.pop("headers", {})}
    if "json" in more:
        del headers["Content-Type"]
    response = await house.client.request(method, path, headers=headers, **more)
    assert response.status == status
    assert response.content_type == PROBLEM
    assert _readable(response)


async def test_too_many_and_a_bug_are_readable_too() -> None:
    house = await open_house(HttpSettings(demo_per_minute=1))
    try:
        await house.client.post("/v1/demo")
        limited = await house.client.post("/v1/demo", headers={"Origin": ORIGIN})
        assert (limited.status, _readable(limited)) == (429, True)
        assert "Retry-After" in limited.headers["Access-Control-Expose-Headers"]
    finally:
        await house.client.close()
    house = await open_house()
    try:
        house.service.bug = RuntimeError("innards")
        failed = await house.client.post("/v1/demo", headers={"Origin": ORIGIN})
        assert (failed.status, _readable(failed)) == (500, True)
    finally:
        await house.client.close()


@pytest.mark.parametrize("path", ["/v1/realtime/calls", "/v1/demo", "/whip/iv_1", "/whip/iv_1/c"])
async def test_what_other_clients_send_passes_the_preflight(house: House, path: str) -> None:
    asks = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": AGENTS_SDK,
    }
    response = await house.client.options(path, headers=asks)
    assert response.status == 204
    assert _readable(response)
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(AGENTS_SDK.split(",")) <= set(allowed)
    assert "POST" in response.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    "path", ["/v1/interviews", "/v1/interviews/iv_1", "/v1/interviews/iv_1/nothing/here"]
)
async def test_the_integrators_api_stays_closed_with_its_errors(house: House, path: str) -> None:
    asks = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    for method in ("OPTIONS", "PUT", "GET", "POST"):
        response = await house.client.request(method, path, headers={**asks, **API}, json=SPEC)
        assert "Access-Control-Allow-Origin" not in response.headers, method
        assert method != "OPTIONS" or response.status >= 400


async def test_named_origins_hold_for_errors_too() -> None:
    house = await open_house(HttpSettings(cors_origins=("https://jobs.example.org",)))
    try:
        for origin, shown in ((ORIGIN, None), ("https://jobs.example.org",) * 2):
            response = await house.client.post("/nothing", headers={"Origin": origin})
            assert response.headers.get("Access-Control-Allow-Origin") == shown
            assert response.headers["Vary"] == "Origin"
    finally:
        await house.client.close()


# --- every route ---


def _example(path: str) -> str:
    return re.sub(r"\{(\w+)[^}]*\}", r"x\1", path) or "/"


PATHS = sorted({_example(route.path) for route in ROUTES})


@pytest.mark.parametrize("prefix", ["", "/interviews"])
async def test_every_route_refuses_a_method_it_does_not_have(prefix: str) -> None:
    house = await open_house(prefix=prefix)
    try:
        for path in PATHS:
            response = await house.client.request("PROPFIND", prefix + path)
            assert response.status == 405, path
            assert response.content_type == PROBLEM, path
            assert response.headers["Allow"], path
    finally:
        await house.client.close()


@pytest.mark.parametrize("prefix", ["", "/interviews"])
async def test_below_every_route_an_unknown_path_is_a_problem(prefix: str) -> None:
    house = await open_house(prefix=prefix)
    try:
        for path in [*PATHS, "/nothing", "/v1", "/v2/x", "/%00", "/..%2f", "/é", "/j"]:
            for method in ("GET", "POST", "OPTIONS"):
                unknown = f"{prefix}{path.rstrip('/')}/no/such/thing"
                response = await house.client.request(method, unknown)
                # The path of a file has any number of parts.
                known = path.startswith("/client/") and method != "GET"
                assert response.status == (405 if known else 404), unknown
                assert response.content_type == PROBLEM, unknown
    finally:
        await house.client.close()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """As `media-server serve` listens."""
    app = signaling.create_app(HttpSettings(), secrets=SECRETS, service=MemoryService())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    listening = listen("127.0.0.1", 0)
    await LimitedSite(runner, listening, max_connections=10).start()
    yield listening.getsockname()[1]
    await runner.cleanup()


@pytest.mark.parametrize(
    ("head", "status", "said"),
    [
        ("Content-Length: abc", 400, "Content-Length"),
        ("Content-Length: -1", 400, "Content-Length"),
        ("Content-Length: 1, 2", 400, "Content-Length"),
        ("Content-Length: 1\r\nContent-Length: 2", 400, "Content-Length"),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked", 400, "Content-Length"),
        ("Content-Length: 99999999999999999999999999", 400, "Content-Length"),
        ("X-Canary: " + "canary" * 2000, 431, "8190"),
        ("no colon canary", 400, "RFC 9112"),
        ("X\x00canary: 1", 400, "RFC 9112"),
        ("X-Canary: a\x00canary", 400, "RFC 9112"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/join", "/v1/interviews", "/whip/iv_1", "/nothing"])
async def test_a_head_that_cannot_be_read_is_a_problem(
    port: int, path: str, head: str, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await _raw(port, f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n")
    top, _, body = answer.partition(b"\r\n\r\n")
    assert int(top.split()[1]) == status
    assert PROBLEM.encode() in top
    problem = json.loads(body)
    assert problem["status"] == status
    assert said in problem["detail"]
    assert "canary" not in problem["detail"] + caplog.text.replace("test_a_head", "")


async def test_an_expectation(port: int) -> None:
    head = "POST /v1/join HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n"
    head += "Content-Type: application/json\r\n"
    refused = await _raw(port, head + "Expect: canary\r\n\r\n{}")
    top, _, body = refused.partition(b"\r\n\r\n")
    assert b" 417 " in top
    assert PROBLEM.encode() in top
    assert b"canary" not in body
    asked = await _raw(port, head + "Expect: 100-Continue\r\n\r\n{}")
    assert asked.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 422 ")


async def test_tls_on_the_plain_port_is_told(port: int) -> None:
    answer = await _raw(port, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 canary\r\n\r\n")
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"does not speak TLS" in answer


async def test_a_request_line_that_is_too_long(port: int) -> None:
    answer = await _raw(port, f"GET /{'canary' * 3000} HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b" 431 " in answer.split(b"\r\n")[0]
    assert b"canary" not in answer


async def _raw(port: int, text: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(text.encode("latin-1"))
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


async def test_a_token_of_another_shape_is_a_problem(house: House) -> None:
    joined = await house.join()
    for header in ("Basic x", "Bearer", "Bearer " + "x" * 5000, "Bearer a b"):
        response = await house.client.post(
            "/v1/consent", json={}, headers={**bearer(joined), "Authorization": header}
        )
        assert (response.status, response.content_type) == (401, PROBLEM)
