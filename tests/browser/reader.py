"""Somebody who reads a report: opens the page, looks for its words, plays it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.browser import report_states
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.hearing import TAP
from tests.browser.report_site import TOKEN, Site
from tests.browser.site import served

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

NAME = "int_example"
SAID = '[...document.querySelectorAll(".turn:not(.interviewer) .word")]'
BUILD_ALL = 'dispatchEvent(new Event("beforeprint"))'
"""Words far from the window are built when they come near it, or for paper."""
SEEK = """((at) => { const slider = document.querySelector(".position");
  slider.value = at; slider.dispatchEvent(new Event("input")); })"""
PLAY = """((button) => button.hasAttribute("data-playing") || button.click())(
  document.querySelector(".toggle"));"""
TONE = 0.12
"""Half of what a tone is made with, less what Opus takes."""


@asynccontextmanager
async def opened(
    open_browser: OpenBrowser,
    site: Site,
    *,
    name: str = NAME,
    tap: bool = False,
    **options: Any,
) -> AsyncIterator[Page]:
    if tap:
        site.play_at_once()
    async with served(site.app()) as base, open_browser(AUTOPLAY) as browser:
        options = {"scripts": (TAP,) if tap else (), "bypass_csp": tap} | options
        async with shown(browser, base, name=name, **options) as page:
            await page.locator(".report").wait_for()
            if tap:
                await page.evaluate("window.tapped.then(() => true)")
            yield page


@asynccontextmanager
async def shown(
    browser: Browser, base: str, *, name: str = NAME, token: str = TOKEN, **options: Any
) -> AsyncIterator[Page]:
    async with new_page(browser, reduced_motion="reduce", **options) as (page, _):
        await opens(page, base, name=name, token=token)
        yield page


async def opens(page: Page, base: str, *, name: str, token: str = TOKEN) -> None:
    """In a page that may show another report."""
    await page.goto("about:blank")  # another token alone would load nothing
    await page.goto(f"{base}/r/{name}#{token}")
    # Not of the notice that comes where a page is slow: it goes when the report has come.
    await page.locator("main:not([lang]) h1:not(.quiet-heading)").wait_for()


ANOTHER = """async ([path, name]) => {
  const before = document.getElementById("app");
  before.replaceWith(before.cloneNode(false));  // what the last report still draws is nowhere
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  document.documentElement.removeAttribute("style");
  history.replaceState(null, "", path);
  return import(`/client/report/main.js?${name}`);
}"""


async def turns_to(page: Page, name: str) -> None:
    """Another report in a page that shows one: it begins again, in a document that has its modules
    and what was done to it before, such as axe. To load the modules and axe takes longer than to
    look."""
    await page.evaluate(ANOTHER, [f"/r/{name}#{TOKEN}", name])
    await page.locator("main:not([lang]) h1:not(.quiet-heading)").wait_for()


async def reaches(page: Page, at_s: float) -> None:
    """Wait until the timeline stands there; under the page's policy no script waits for us."""
    for _ in range(450):
        if await page.evaluate("document.querySelector('.position').valueAsNumber") >= at_s:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"it does not reach {at_s} s")


def site_of(*names: str) -> Site:
    site = Site()
    for name in names or ("complete",):
        site.add(NAME if name == "complete" else name, report_states.STATES[name][0])
    return site
