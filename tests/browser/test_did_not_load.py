"""A part of the page does not come: the candidate is told so, and can try again."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenBrowser
from tests.browser.site import make_app, served
from tests.browser.test_gallery import EVERY_RULE, axe, too_wide, violations
from tests.browser.test_interview import SHOTS
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from playwright.async_api import Page, Route, ViewportSize

__all__ = ["axe"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ENGLISH = "The page did not load"
MISSING = (
    # Of the page itself, of what that needs, of what it asks for when it runs.
    (r"page/main\.js", "en-GB", ENGLISH, "Try again"),
    (r"sdk/inbox\.js", "de-AT", "Die Seite wurde nicht geladen", "Erneut versuchen"),
    (r"strings/..\.js", "ar", "لم تُحمَّل الصفحة", "إعادة المحاولة"),
)
SLOW_MS = 20_000
IN_SIGHT = "(e) => e.getBoundingClientRect().bottom < innerHeight"
PHONE: ViewportSize = {"width": 360, "height": 640}


async def refuse(route: Route) -> None:
    await route.abort("connectionreset")


async def test_a_part_that_does_not_come(open_browser: OpenBrowser, axe: str) -> None:
    async with served(make_app()) as base, open_browser() as browser:
        for part, locale, title, again in MISSING:
            asked = re.compile(f"/client/{part}")
            context = await browser.new_context(
                locale=locale, viewport=PHONE, bypass_csp=True, reduced_motion="reduce"
            )
            page = await context.new_page()
            await page.route(asked, refuse)
            await page.goto(f"{base}/j/iv_1.secret")
            await page.get_by_role("heading", name=title).wait_for()
            button = page.get_by_role("button", name=again)
            assert await button.evaluate(IN_SIGHT), "nobody scrolls on an empty page"
            await page.add_script_tag(content=axe)
            assert await violations(page, EVERY_RULE) == []
            assert not await too_wide(page)
            if SHOTS is not None:
                await page.screenshot(path=SHOTS / f"did-not-load-{locale}.png")
            await page.unroute(asked)
            await button.click()
            await has_loaded(page, title)
            await context.close()


async def test_a_part_that_hangs_and_comes_after_all(open_browser: OpenBrowser) -> None:
    """After a while it is said, and taken back when the page stands."""
    let_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    async with served(make_app()) as base, open_browser() as browser:
        page = await browser.new_page(locale="en-GB")
        await page.clock.install()
        await page.route("**/client/sdk/inbox.js", hold)
        await page.goto(f"{base}/j/iv_1.secret", wait_until="commit")
        notice = page.get_by_role("heading", name=ENGLISH)
        async with asyncio.timeout(PATIENCE_S):
            while not await notice.is_visible():
                await page.clock.run_for(SLOW_MS // 4)
        let_go.set()
        await has_loaded(page, ENGLISH)


async def has_loaded(page: Page, title: str) -> None:
    """No server answers here: the page says so itself."""
    await page.locator("#app h1").filter(has_not_text=title).wait_for()
    assert await page.get_by_role("heading", name=title).count() == 0
