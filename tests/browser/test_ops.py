"""The operations page: on a real server until it is killed, and in every state that it has."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.ops_answers import HEALTHY, ILL, TURNS, OpsSite
from tests.browser.site import served
from tests.browser.test_console import KEPT, shot
from tests.browser.test_gallery import (
    AXE,
    CUT_OFF,
    EVERY_RULE,
    OVERFLOW,
    RULES_OF_COLOUR,
    violations,
)
from tests.browser.test_preload import imported_by
from tests.faults.visitor import create
from tests.support.server import API_KEY, start_server, stop_server
from tests.support.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
OPEN = "Open the operations page"


async def sign_in(page: Page, key: str = API_KEY) -> None:
    await page.get_by_label("API key").fill(key)
    await page.get_by_role("button", name=OPEN).click()


async def look_up(page: Page, interview_id: str) -> None:
    await page.get_by_label("Id of the interview").fill(interview_id)
    await page.get_by_role("button", name="Show its decisions").click()


def test_every_module_of_the_page_is_named() -> None:
    named, found = imported_by("ops.html", "ops/main.js")
    assert sorted(named) == sorted(found)


async def test_the_page_on_a_real_server(tmp_path: Path, open_browser: OpenBrowser) -> None:
    server = start_server(tmp_path)
    async with aiohttp.ClientSession() as http:
        made = await create(server, http, title="Line cook")
    async with open_browser() as browser, new_page(browser) as (page, context):
        await page.goto(f"{server.url}/ops")
        await sign_in(page, "not-the-key-of-this-server")
        await page.get_by_text("This key is not one of this server's").wait_for()
        await sign_in(page)
        await page.get_by_role("heading", name="The server", exact=True).wait_for()
        assert API_KEY not in await page.evaluate(KEPT)
        assert await context.cookies() == []
        await look_up(page, "iv_none")
        await page.get_by_text("No such interview").wait_for()
        await look_up(page, made["id"])
        await page.get_by_role("heading", name=made["id"]).wait_for()
        entry = page.locator(".timeline > li").last
        assert "created" in await entry.inner_text()
        await page.get_by_role("button", name="Show the words").click()
        await page.get_by_text("this key asked for them").wait_for()
        assert await page.get_by_text("The server does not answer", exact=True).count() == 0
        assert stop_server(server) == 0
        await page.get_by_text("The server does not answer", exact=True).wait_for()
        await page.get_by_text("Everything below is of").wait_for()
        assert await page.locator(".ops[data-old]").count() == 1
        await page.get_by_role("button", name="Forget the key").click()
        await page.get_by_label("API key").wait_for()
        assert not await page.get_by_text(made["id"]).count()
    log = (tmp_path / "serve.log").read_text()
    assert f"the words of interview {made['id']}: read with key 1 of MEDIA_SERVER_API_KEY" in log


async def refused_after_it_was_left(page: Page, site: OpsSite) -> None:
    """A refusal of the key before does not take away the one that is typed."""
    over = asyncio.Event()
    site.workers = None
    site.may_answer.clear()
    site.asked.clear()
    await until(site.asked.is_set)

    def end(request: Request) -> None:
        if "/turns" not in request.url:
            over.set()

    page.on("requestfinished", end)
    page.on("requestfailed", end)
    await page.get_by_role("button", name="Forget the key").click()
    await page.get_by_label("API key").fill("another key")
    over.clear()
    site.may_answer.set()
    await until(over.is_set)
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    assert await page.get_by_label("API key").input_value() == "another key"


async def test_nothing_is_wrong_in_any_state(open_browser: OpenBrowser) -> None:
    """Nobody's key, healthy and empty, sixteen workers that are ill, an interview with its words:
    every rule of axe in light, those of colour in dark, nothing spills at 320 px."""
    site = OpsSite()
    found: dict[str, list[str]] = {}

    async def look(page: Page, state: str) -> None:
        await page.set_viewport_size({"width": 1280, "height": 720})
        await page.emulate_media(color_scheme="light")
        found[f"{state}, light"] = await violations(page, EVERY_RULE)
        await shot(page, f"ops-{state}")
        await page.emulate_media(color_scheme="dark")
        found[f"{state}, dark"] = await violations(page, RULES_OF_COLOUR)
        await page.set_viewport_size({"width": 320, "height": 720})
        wide = await page.evaluate(OVERFLOW) > 0
        found[f"{state}, 320"] = await page.evaluate(CUT_OFF) + (["too wide"] if wide else [])

    async with (
        served(site.app) as base,
        open_browser() as browser,
        new_page(browser, bypass_csp=True, reduced_motion="reduce") as (page, _),
    ):
        await page.goto(f"{base}/ops")
        await page.evaluate(AXE.read_text())
        await look(page, "key")
        await sign_in(page)
        await page.get_by_text("Healthy", exact=True).first.wait_for()
        await page.get_by_text("No turn was answered in the last hour.").wait_for()
        await look(page, "healthy")
        site.workers, site.turns = ILL, TURNS
        await page.get_by_text("Worker 3 does not answer").wait_for()
        assert await page.locator(".worker").count() == 16
        reasons = await page.locator(".verdict li").all_inner_texts()
        assert reasons[1].startswith("Worker 7: the event loop comes 300 ms late")
        await page.get_by_role("button", name="Show all 9").click()
        await page.get_by_role("button", name="Held").click()
        held = page.locator("td[data-name=Held]")
        assert [await held.nth(n).inner_text() for n in (0, 8)] == ["68 ms", "60 ms"]
        await look(page, "ill")
        await look_up(page, "iv_1")
        await page.get_by_role("button", name="Show the words").click()
        await page.get_by_text("I cook for eighty people.").wait_for()
        await look(page, "words")
        site.workers = None
        await page.get_by_text("This API key has not the scope ops.").wait_for()
        site.workers = HEALTHY
        await sign_in(page)
        await page.get_by_text("Healthy", exact=True).first.wait_for()
        await refused_after_it_was_left(page, site)
    assert len(found) == 12
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
