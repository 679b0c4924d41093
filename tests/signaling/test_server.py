"""Mounting, pages, health, slow and half-open connections."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from media_server.app import create_app
from media_server.config import Config
from media_server.http_connections import LimitedSite, listen
from media_server.http_settings import HttpSettings
from media_server.ports import InterviewService
from media_server.store.settings import StoreSettings
from signaling.openapi import document
from signaling.routes import ROUTES
from tests.signaling.conftest import API, OFFER, SPEC, House, bearer, open_house
from tests.signaling.memory_service import MemoryService

VERBS = {
    *("Add", "Answer", "Cancel", "Check", "Create", "Download", "Enable", "End", "Erase"),
    *(
        "Decide",
        "Export",
        "Follow",
        "Get",
        "Give",
        "Hand",
        "Hold",
        "Join",
        "List",
        "Make",
        "Place",
        "Read",
    ),
    *("Release", "Replace", "Revoke", "Send", "Show", "Start", "Write"),
}
"""What the summary of an operation begins with."""


@pytest.fixture
def page_dir(tmp_path: Path) -> Path:
    directory = tmp_path / "client"
    (directory / "sdk").mkdir(parents=True)
    (directory / "index.html").write_text("<title>index</title>")
    (directory / "interview.html").write_text("<title>interview</title>")
    (directory / "sdk" / "index.js").write_text("export {};")
    (directory / ".hidden.js").write_text("hidden")
    (directory / "types.d.ts").write_text("types")
    (tmp_path / "outside.js").write_text("outside")
    (directory / "link.js").symlink_to(tmp_path / "outside.js")
    return directory


async def test_pages_and_their_headers(page_dir: Path) -> None:
    house = await open_house(HttpSettings(client_dir=page_dir))
    try:
        for path, text in [("/", "index"), ("/j/iv_1.x", "interview")]:
            page = await house.client.get(path)
            assert f"<title>{text}</title>" in await page.text()
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            host = f"{house.client.host}:{house.client.port}"
            assert f"connect-src 'self' ws://{host} wss://{host};" in policy
            assert "unsafe" not in policy
            assert "microphone=(self)" in page.headers["Permissions-Policy"]
            assert page.headers["Referrer-Policy"] == "no-referrer"
            assert page.headers["X-Content-Type-Options"] == "nosniff"
        forged = await house.client.get("/", headers={"Host": "a.example; script-src *"})
        assert "script-src *" not in forged.headers["Content-Security-Policy"]
        script = await house.client.get("/client/sdk/index.js")
        assert script.content_type == "text/javascript"
        tag = script.headers["ETag"]
        again = await house.client.get("/client/sdk/index.js", headers={"If-None-Match": tag})
        assert again.status == 304
        for path in (
            "/client/none.js",
            "/client/.hidden.js",
            "/client/types.d.ts",
            "/client/link.js",
            "/client/..%2foutside.js",
            "/client/sdk/..%2f..%2foutside.js",
            "/client/sdk",
            "/client//etc/passwd",
            "/client/%00.js",
        ):
            assert (await house.client.get(path)).status == 404, path
    finally:
        await house.client.close()


async def test_under_a_prefix_every_address_has_it() -> None:
    house = await open_house(prefix="/interviews")
    try:
        response = await house.client.post("/interviews/v1/interviews", json=SPEC, headers=API)
        created = await response.json()
        assert response.headers["Location"] == f"/interviews/v1/interviews/{created['id']}"
        assert "/interviews/j/" in created["join_url"]
        joined = await house.consented()
        assert joined["whip_url"].startswith("/interviews/whip/")
        call = (await house.call(joined)).headers["Location"]
        assert call.startswith("/interviews/whip/")
        assert (await house.client.delete(call, headers=bearer(joined))).status == 200
        spec = await (await house.client.get("/interviews/openapi.json")).json()
        assert spec["servers"] == [{"url": "./"}]
        bare = await house.client.get("/interviews?from=mail", allow_redirects=False)
        assert bare.status == 308
        assert bare.headers["Location"] == "./interviews/?from=mail", "right behind any prefix"
        missing = await house.client.get("/interviews/nothing")
        assert missing.content_type == "application/problem+json"
    finally:
        await house.client.close()


@pytest.mark.parametrize("prefix", ["", "/interviews"])
async def test_public_url_wins(prefix: str) -> None:
    public = f"https://jobs.example.org{prefix}"
    house = await open_house(HttpSettings(public_url=public + "/"), prefix=prefix)
    try:
        created = await house.create()
        assert created["join_url"].startswith(f"{public}/j/")
        joined = await house.consented()
        location = (await house.call(joined)).headers["Location"]
        assert location.startswith(f"{public}/whip/")
    finally:
        await house.client.close()


async def test_forwarded_headers_are_believed_only_from_a_trusted_proxy() -> None:
    headers = {
        **API,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "jobs.example.org",
        "X-Forwarded-Prefix": "/talk",
        "X-Forwarded-For": "203.0.113.9",
    }
    for trusted, expected in (
        ((), "http://127.0.0.1"),
        (("127.0.0.0/8",), "https://jobs.example.org/talk/j/"),
    ):
        house = await open_house(HttpSettings(trusted_proxies=trusted, demo_per_minute=1))
        try:
            created = await house.client.post("/v1/interviews", json=SPEC, headers=headers)
            assert (await created.json())["join_url"].startswith(expected)
            bad = {**headers, "X-Forwarded-Host": "evil.example/<x>", "X-Forwarded-Proto": "js"}
            created = await house.client.post("/v1/interviews", json=SPEC, headers=bad)
            assert "evil" not in (await created.json())["join_url"]
            first = await house.client.post("/v1/demo", headers=headers)
            other = {**headers, "X-Forwarded-For": "198.51.100.7, 203.0.113.10"}
            second = await house.client.post("/v1/demo", headers=other)
            assert [first.status, second.status] == [201, 201 if trusted else 429]
        finally:
            await house.client.close()


async def test_behind_a_proxy_that_takes_a_prefix_away() -> None:
    headers = {
        **API,
        "X-Forwarded-Proto": "HTTPS",
        "X-Forwarded-Host": "jobs.example.org",
        "X-Forwarded-Prefix": "/talk/",
    }
    house = await open_house(HttpSettings(trusted_proxies=("127.0.0.1",)))
    try:
        created = await house.client.post("/v1/interviews", json=SPEC, headers=headers)
        body = await created.json()
        assert body["join_url"].startswith("https://jobs.example.org/talk/j/")
        assert created.headers["Location"] == f"/talk/v1/interviews/{body['id']}"
        link = body["join_url"].rpartition("/")[2]
        joined = await house.client.post("/v1/join", json={"link": link}, headers=headers)
        assert (await joined.json())["whip_url"] == f"/talk/whip/{body['id']}"
        spec = await (await house.client.get("/openapi.json", headers=headers)).json()
        assert spec["servers"] == [{"url": "https://jobs.example.org/talk"}]
        spec = await (await house.client.get("/openapi.json")).json()
        assert spec["servers"] == [{"url": "./"}], "relative to where it was read"
    finally:
        await house.client.close()
    house = await open_house(HttpSettings(public_url="https://jobs.example.org/talk"))
    try:
        spec = await (await house.client.get("/openapi.json")).json()
        assert spec["servers"] == [{"url": "https://jobs.example.org/talk"}]
    finally:
        await house.client.close()


async def test_the_whole_application_is_embedded_in_another(tmp_path: Path) -> None:
    """`app.add_subapp("/interviews/", create_app(config))`, with a service that is opened late."""
    life: list[str] = []

    @asynccontextmanager
    async def open_memory_service(_: Config) -> AsyncIterator[InterviewService]:
        life.append("open")
        yield MemoryService()
        life.append("closed")

    async def theirs(_: web.Request) -> web.Response:
        return web.Response(text="theirs")

    config = Config(store=StoreSettings(data_dir=tmp_path))
    app = web.Application()
    app.router.add_get("/", theirs)
    app.add_subapp("/interviews/", create_app(config, open_service=open_memory_service))
    assert life == []
    async with TestClient(TestServer(app)) as client:
        assert life == ["open"]
        assert await (await client.get("/")).text() == "theirs"
        assert (await client.get("/interviews/readyz")).status == 200
        key = (tmp_path / "secrets" / "api-key").read_text().strip()
        made = await client.post(
            "/interviews/v1/interviews", json=SPEC, headers={"Authorization": f"Bearer {key}"}
        )
        assert made.status == 201
        theirs_404 = await client.get("/nothing")
        assert theirs_404.content_type == "text/plain", "their errors stay theirs"
    assert life == ["open", "closed"]


async def test_the_openapi_document_is_valid_and_complete(house: House) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator  # noqa: PLC0415  # slow to load

    served = await (await house.client.get("/openapi.json")).json()
    OpenAPIV31SpecValidator(served).validate()
    assert served == json.loads(json.dumps(document(ROUTES)))
    described = {
        (path, method.upper()) for path, entry in served["paths"].items() for method in entry
    }
    registered = {(re.sub(r":[^{}]+\}", "}", r.path), r.method) for r in ROUTES if r.published}
    assert described == registered
    operations = [entry for methods in served["paths"].values() for entry in methods.values()]
    summaries = [operation["summary"] for operation in operations]
    assert {summary.split()[0] for summary in summaries} <= VERBS, summaries
    assert not [summary for summary in summaries if len(summary) > 70], "the rest is description"
    page = await house.client.get("/docs")
    text = await page.text()
    assert "/v1/interviews/{interview}" in text
    own = f"http://{house.client.host}:{house.client.port}/"  # of the examples
    assert own in text
    assert "http://" not in text.replace("http://localhost", "").replace(own, "")
    assert "sha256-" in page.headers["Content-Security-Policy"]


async def test_health_and_metrics_tell_no_link(house: House) -> None:
    created = await house.create()
    await house.client.get(f"/j/{created['join_url'].rpartition('/')[2]}")
    assert await (await house.client.get("/healthz")).json() == {"status": "ok"}
    ready = await (await house.client.get("/readyz")).json()
    assert ready == {"ready": True, "reasons": [], "live": 0, "capacity": 50}
    text = await (await house.client.get("/metrics")).text()
    assert 'route="/j/{link}"' in text
    assert created["id"] not in text
    assert "media_server_ready 1.0" in text
    assert "media_server_stt_workers_alive 1.0" in text
    assert 'media_server_stt_queue_depth{kind="final"} 3.0' in text
    assert "media_server_stt_dead_letters_total 4.0" in text
    assert 'media_server_stt_job_wait_seconds_count{kind="final"} 0.0' in text
    for line in (
        "media_server_media_packets_received_total 500.0",
        "media_server_media_packets_lost_total 5.0",
        "media_server_media_packets_recovered_total 0.0",
        "media_server_media_lost_seconds_total 0.1",
        "media_server_gate_refusals_total 2.0",
        'media_server_calls_closed_total{reason="left"} 3.0',
        'media_server_datagrams_dropped_total{reason="stun_forged"} 7.0',
        "media_server_live_jitter_seconds_max 0.02",
        'media_server_call_loss_ratio_bucket{le="0.01"} 2.0',
        'media_server_call_loss_ratio_bucket{le="+Inf"} 3.0',
        'media_server_llm_requests_total{outcome="answered",purpose="follow_up"} 4.0',
        'media_server_llm_requests_total{outcome="resting",purpose="evaluation"} 0.0',
        'media_server_llm_first_token_seconds_bucket{le="0.1",purpose="follow_up"} 3.0',
        'media_server_llm_retries_total{purpose="greeting"} 2.0',
        "media_server_llm_open 1.0",
    ):
        assert line in text


# --- slow and half-open ---


async def _raw(house: House, head: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(house.client.host, house.client.port)
    writer.write(head.encode())
    return reader, writer


async def test_a_body_that_trickles_is_given_up() -> None:
    house = await open_house(HttpSettings(body_timeout_s=0.4))
    try:
        joined = await house.consented()
        reader, writer = await _raw(
            house,
            f"POST /whip/{joined['interview']} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {joined['token']}\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(OFFER)}\r\n\r\n",
        )
        answer = asyncio.ensure_future(reader.readuntil(b"\r\n"))
        for byte in OFFER.encode():  # one byte at a time never resets the deadline
            if answer.done():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)
        assert b"408" in await answer
        writer.close()
        await writer.wait_closed()
        assert not house.service.calls
        await house.create()
    finally:
        await house.client.close()


async def _limited(app: web.Application, **limits: Any) -> tuple[web.AppRunner, LimitedSite, int]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    listening = listen("127.0.0.1", 0)
    site = LimitedSite(runner, listening, **limits)
    await site.start()
    return runner, site, listening.getsockname()[1]


async def test_a_connection_without_a_request_is_closed() -> None:
    app = web.Application()
    app.add_subapp("/x/", _plain())
    runner, site, port = await _limited(app, max_connections=3, head_timeout_s=0.3)
    try:
        silent_reader, silent = await asyncio.open_connection("127.0.0.1", port)
        slow_reader, slow = await asyncio.open_connection("127.0.0.1", port)
        slow.write(b"GET /x/ HTTP/1.1\r\nHost: x\r\n")
        assert await silent_reader.read() == b""
        assert (await slow_reader.read()).startswith(b"HTTP/1.1 408 ")
        assert site.timed_out == 2
        site.head_timeout_s = 60.0
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /x/ HTTP/1.1\r\nHost: x\r\n")
        await asyncio.sleep(0.05)
        [connection] = site._all.open

        def limited() -> bool:
            return connection._timer is not None

        assert limited()
        writer.write(b"\r")
        writer.write(b"\n")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
        assert not limited(), "an answered connection is kept alive"
        writer.write(b"GET /x/ HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"HTTP/1.1 200")
        for opened in (silent, slow, writer):
            opened.close()
            await opened.wait_closed()
    finally:
        await runner.cleanup()


def _plain() -> web.Application:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    return app


def test_every_route_with_an_api_key_says_what_the_key_must_allow() -> None:
    assert all((route.auth == "api_key") == (route.scope is not None) for route in ROUTES)
