"""kill -9 of a real server while it judges, and two that could: everything is judged once, the end
is written once, and told once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import redis

from tests.browser.conftest import OpenBrowser, new_page
from tests.faults.invariants import read_sqlite_log
from tests.faults.visitor import AUTHORISED, Visitor, create, get
from tests.support.env import free_port
from tests.support.judge import SAID, Judge, spec
from tests.support.llm_server import MODEL, LlmServer, open_llm_server
from tests.support.server import HURRIED, Server, kill_server, start_server, stop_server
from tests.webhooks.receiver import SECRET, Receiver, receiving

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]
ALL = ["evaluation_began", "criterion_judged", "criterion_judged", "evaluation_made"]
ONCE = ["quotes", *["score"] * 3, "control"] * 2
READY = "result.evaluation_ready"


def kinds(data_dir: Path, interview_id: str) -> list[str]:
    found = [entry["type"] for entry in read_sqlite_log(data_dir, interview_id)]
    return [kind for kind in found if kind.startswith(("evaluation", "criterion"))]


def wanted() -> dict[str, Any]:
    given = spec().model_dump(
        mode="json", include={"questions", "evaluation"}, exclude_defaults=True
    )
    return {**given, "evaluation": {}}


def settings(model: LlmServer, receiver: Receiver) -> dict[str, str]:
    return {
        "MEDIA_SERVER_OLLAMA_URL": model.url,
        "MEDIA_SERVER_OLLAMA_MODEL": MODEL,
        "MEDIA_SERVER_WEBHOOK_URL": receiver.url,
        "MEDIA_SERVER_WEBHOOK_SECRETS": SECRET,
        "MEDIA_SERVER_WEBHOOK_ALLOW_NETWORKS": "127.0.0.1",
        **HURRIED,
    }


async def left(server: Server, http: aiohttp.ClientSession) -> str:
    """Question 1 answered in writing, then left."""
    made = await create(server, http, **wanted())
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await visitor.listening(1)
    visitor.send("text_answer", text=SAID)
    await visitor.listening(2)
    visitor.send("leave")
    await visitor.sees("completed")
    await visitor.candidate.leave()
    return str(made["id"])


async def ready(server: Server, http: aiohttp.ClientSession, interview_id: str) -> None:
    path = f"/v1/interviews/{interview_id}/evaluation"
    async with asyncio.timeout(60):
        while (await get(server, http, path))["status"] == "pending":
            await asyncio.sleep(0.2)
    assert (await get(server, http, path))["status"] == "ready"


async def told_once(receiver: Receiver) -> None:
    """That it is ready, after the words are, whoever delivered it and however often."""
    async with asyncio.timeout(30):
        while READY not in receiver.types():
            await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)  # another one would have come by now
    found = [(id_, body) for id_, body in receiver.got if body["type"] == READY]
    assert len({id_ for id_, _ in found}) == 1
    assert len(receiver.bodies[found[0][0]]) == 1, "every attempt has the same body"
    assert (found[0][1]["data"]["criteria"], found[0][1]["data"]["needs_human"]) == (2, 0)
    assert receiver.types().index("result.transcript_ready") < receiver.types().index(READY)


async def reads(page: Page, server: Server, http: aiohttp.ClientSession, interview_id: str) -> None:
    """The report, while it is judged; it is not to look again while there is no server."""
    path = f"{server.url}/v1/interviews/{interview_id}/report-links"
    body = {"ttl_s": 600, "scopes": ["report"]}
    async with http.post(path, json=body, headers=AUTHORISED) as made:
        await page.goto((await made.json())["url"])
    await page.get_by_text("The answers are being judged.").wait_for()
    await page.locator(".fresh .auto input").uncheck()


async def reads_once(page: Page) -> None:
    """The page is still open, and a newer report is asked for: each criterion stands there once."""
    await page.get_by_role("button", name="Refresh").click()
    proposed = page.locator(".criterion").filter(has_text="Proposed, not a verdict")
    await proposed.nth(1).wait_for()
    assert await page.locator(".criterion").count() == 2
    assert await page.get_by_text("The answers are being judged.").count() == 0


@pytest.mark.browser
async def test_killed_while_it_judges(tmp_path: Path, open_browser: OpenBrowser) -> None:
    judge = Judge()
    async with (
        open_llm_server(judge) as model,
        receiving() as receiver,
        aiohttp.ClientSession() as http,
        open_browser() as browser,
        new_page(browser) as (page, _),
    ):
        model.fault = lambda _: "silent" if len(judge.asked) >= 5 else ""
        told = {"PORT": str(free_port()), **settings(model, receiver)}
        server = await asyncio.to_thread(start_server, tmp_path, **told)
        interview_id = await left(server, http)
        async with asyncio.timeout(40):
            while len(kinds(server.data_dir, interview_id)) < 2:
                await asyncio.sleep(0.1)
        await reads(page, server, http, interview_id)
        kill_server(server)
        assert kinds(server.data_dir, interview_id) == ALL[:2]
        assert READY not in receiver.types()
        model.fault = ""
        server = await asyncio.to_thread(start_server, tmp_path, **told)
        try:
            await ready(server, http, interview_id)
            await reads_once(page)
            assert kinds(server.data_dir, interview_id) == ALL
            assert judge.asked == ONCE, "nothing is judged again"
            await told_once(receiver)
        finally:
            await asyncio.to_thread(stop_server, server)


@pytest.mark.redis
async def test_two_servers_judge_it_once(tmp_path: Path, redis_url: str) -> None:
    judge = Judge()
    async with (
        open_llm_server(judge) as model,
        receiving() as receiver,
        aiohttp.ClientSession() as http,
    ):
        model.first_token_s = 0.5  # so that the other one comes by meanwhile
        shared = {**settings(model, receiver), "MEDIA_SERVER_STORE_URL": redis_url}
        shared["MEDIA_SERVER_SECRETS"] = "a-signing-secret-that-both-servers-share"
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        servers = await asyncio.gather(
            *(asyncio.to_thread(start_server, tmp_path / name, **shared) for name in ("one", "two"))
        )
        try:
            interview_id = await left(servers[0], http)
            await ready(servers[1], http, interview_id)
            with redis.Redis.from_url(redis_url) as store:
                entries: Any = store.lrange(f"ms:{{{interview_id}}}:log", 0, -1)
            found = [json.loads(entry)[1] for entry in entries]
            assert [kind for kind in found if kind in ALL] == ALL
            assert judge.asked == ONCE, "nothing is judged twice"
            await told_once(receiver)
        finally:
            for server in servers:
                await asyncio.to_thread(stop_server, server)
