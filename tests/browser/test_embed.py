"""An interview in a page of another origin: the lines of docs/embedding.md, in a real browser."""

from __future__ import annotations

import asyncio
import re

import pytest
from aiohttp import web

from media_server.http_settings import HttpSettings
from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.site import CLIENT, make_app, served
from tests.browser.test_drafts import LISTENING, asked
from tests.signaling.conftest import open_house
from tests.support.env import REPOSITORY
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DOCS = (REPOSITORY / "docs" / "embedding.md").read_text()
LISTEN = """() => { window.told = []; const call = document.querySelector("interview-call");
  for (const type of ["ready", "started", "completed", "error", "height"])
    call.addEventListener(type, ({ detail }) => told.push([type, detail])); }"""
BARE_FRAME = """(src) => { const frame = document.createElement("iframe");
  Object.assign(frame, { id: "bare", allow: "screen-wake-lock", src });
  document.body.append(frame); }"""
DONE = {"type": "completed", "seq": 3, "status": "completed", "ended_reason": "", "answered": 1,
        "of": 2}  # fmt: skip


LEADING = """(url) => interviewPage.set({
  page: { ...interviewPage.model.page, redirect_url: url } })"""
THERE = "https://example.org/done"


def lines_to_paste(base: str) -> str:
    """What the documentation says, with the server and the page of the test."""
    found = re.search(r"```html\n(<script.*?</interview-call>)\n```", DOCS, re.DOTALL)
    assert found is not None
    assert len(found[1].splitlines()) == 2
    pasted = found[1].replace("https://interviews.example.org", base)
    return re.sub(r"/j/[^\"]+", "/pages/call.html", pasted)


def jobs_page(base: str) -> web.Application:
    html = f"<!doctype html><title>Jobs</title>{lines_to_paste(base)}"

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    return app


def test_the_element_is_small() -> None:
    assert (CLIENT / "embed.js").stat().st_size <= 5 * 1024


async def test_only_the_element_and_the_sdk_may_be_loaded_elsewhere() -> None:
    house = await open_house(HttpSettings())
    try:
        for path, shared in (
            ("/client/embed.js", True),
            ("/client/sdk/index.js", True),
            ("/client/sdk/client.js", True),
            ("/client/page/app.js", False),
            ("/client/icon.svg", False),
            ("/j/iv_1.x", False),
        ):
            headers = (await house.client.get(path)).headers
            policy = "cross-origin" if shared else "same-origin"
            assert headers["Cross-Origin-Resource-Policy"] == policy, path
            assert ("Access-Control-Allow-Origin" in headers) is shared, path
    finally:
        await house.client.close()


async def test_the_lines_work_in_a_page_of_another_origin(open_browser: OpenBrowser) -> None:
    """Over 50 lines on purpose: one visit, from its beginning to its end."""
    async with (
        served(make_app()) as base,
        served(jobs_page(base)) as around,
        open_browser() as browser,
        new_page(browser, bypass_csp=True) as (page, _),
    ):
        await page.goto(around)
        await page.evaluate(LISTEN)
        frame = page.frame_locator("interview-call iframe")
        await frame.locator("body[data-ready]").wait_for()
        await page.wait_for_function("told.some(([type]) => type === 'started')")
        inside = page.frames[1]
        await inside.evaluate("(m) => said(...m)", [asked(1), LISTENING])
        assert await inside.evaluate("document.featurePolicy.allowsFeature('microphone')")

        # Nobody else's word counts: the page's own window is not the frame.
        await page.evaluate("postMessage({source: 'interview-call', type: 'error'}, '*')")
        await inside.evaluate(LEADING, THERE)
        await inside.evaluate("(m) => said(m)", DONE)
        await page.wait_for_function("told.some(([type]) => type === 'completed')")
        told = await page.evaluate("told.filter(([type]) => type !== 'height')")
        assert [type_ for type_, _ in told if type_ != "ready"] == ["started", "completed"]
        assert told[-1][1] == {
            "status": "completed", "answered": 1, "of": 2, "redirect_url": THERE,
        }  # fmt: skip
        way = frame.get_by_role("link", name="Continue to example.org")
        assert await way.get_attribute("target") == "_top"
        assert "noopener" in (await way.get_attribute("rel") or "")
        assert await frame.get_by_role("button", name="Stay here").is_hidden()

        # As high as what it shows, and at rest.
        await page.wait_for_function("told.some(([type]) => type === 'height')")
        height = "document.querySelector('iframe').clientHeight"
        before, now = 0, await page.evaluate(height)
        async with asyncio.timeout(PATIENCE_S):
            while now != before:
                await page.wait_for_timeout(300)
                before, now = now, await page.evaluate(height)
        assert 480 <= now < 4000

        # A frame of somebody's own making, that does not pass the microphone on.
        await page.evaluate(BARE_FRAME, f"{base}/pages/call.html#embed=x")
        bare = page.frame_locator("#bare")
        await bare.locator("body[data-ready]").wait_for()
        await page.frames[-1].evaluate("interviewPage.toCheck()")
        await bare.get_by_text("This page may not use your microphone here").wait_for()
        link = bare.get_by_role("link", name="Open in a new tab")
        assert await link.get_attribute("href") == f"{base}/pages/call.html"
        assert await bare.get_by_role("button", name="Try again").is_hidden()

        # In no frame it would go on by itself: the candidate stays, and the focus is not lost.
        await page.goto(f"{base}/pages/call.html")
        await page.locator("body[data-ready]").wait_for()
        await page.evaluate(LEADING, THERE)
        await page.evaluate("(m) => said(...m)", [asked(1), LISTENING, DONE])
        await page.get_by_role("button", name="Stay here").click()
        assert await page.get_by_text("you go on to").is_hidden()
        assert await page.evaluate("document.activeElement.href") == THERE
