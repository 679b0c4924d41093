"""Two real workers behind the front: calls on both, and each request about a call finds its own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.invariants import check_everything
from tests.faults.visitor import Visitor, create, join
from tests.support.server import HURRIED, Server, start_server, stop_server

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]


async def both_ready(server: Server, http: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(120):
        while True:
            async with http.get(f"{server.url}/readyz") as answer:
                if answer.status == 200 and not (await answer.json())["reasons"]:
                    return
            await asyncio.sleep(0.1)


async def test_calls_are_shared_out_and_found_again(tmp_path: Path) -> None:
    server = await asyncio.to_thread(
        lambda: start_server(
            tmp_path, MEDIA_SERVER_SUPERVISE="on", MEDIA_SERVER_WORKERS="2", **HURRIED
        )
    )
    try:
        async with aiohttp.ClientSession() as http:
            await both_ready(server, http)
            made = [await create(server, http) for _ in range(2)]
            joined = [await join(server, http, m["join_url"].rpartition("/")[2]) for m in made]
            visitors = [
                await Visitor(server, http, m["join_url"]).call(j)
                for m, j in zip(made, joined, strict=True)
            ]
            for visitor in visitors:
                await visitor.listening(1)
            async with http.get(f"{server.url}/metrics") as answer:
                families = text_string_to_metric_families(await answer.text())
            live = next(one for one in families if one.name == "media_server_live_calls")
            assert {one.labels["worker"]: one.value for one in live.samples} == {"1": 1, "2": 1}
            for visitor, known in zip(visitors, joined, strict=True):
                assert visitor.candidate._call_url is not None
                token = {"Authorization": f"Bearer {known['token']}"}
                url = visitor.candidate._call_url
                async with http.patch(url, data=b"x", headers=token) as answer:
                    assert answer.status == 415, "404 where the call is not"
            await in_writing(server, http)
            for visitor in visitors:
                visitor.send("leave")
                await visitor.sees("completed")
                await visitor.candidate.leave()
            for one, visitor in zip(made, visitors, strict=True):
                await check_everything(server, http, one, [visitor])
    finally:
        assert await asyncio.to_thread(stop_server, server) == 0


async def in_writing(server: Server, http: aiohttp.ClientSession) -> None:
    """A call over a WebSocket, through the front."""
    made = await create(server, http)
    known = await join(server, http, made["join_url"].rpartition("/")[2])
    url = f"{server.url}/v1/calls/{known['interview']}/text"
    protocols = ("interview.v1", f"bearer.{known['token']}")
    async with http.ws_connect(url, protocols=protocols) as line:
        await line.send_str(json.dumps({"type": "hello", "last_seq": 0}))
        async with asyncio.timeout(60):
            while json.loads(await line.receive_str())["type"] != "welcome":
                pass
