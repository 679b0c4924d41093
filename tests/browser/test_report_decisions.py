"""A person decides about proposed scores on the page of a report, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page

from tests.browser.conftest import OpenBrowser, comes_true
from tests.browser.reader import BUILD_ALL, shown, site_of
from tests.browser.report_site import Site
from tests.browser.site import served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
FIRST = "#p-1 .criterion"


async def by_name(page: Page, at: int, name: str, why: str = "") -> None:
    """Open the form of the first question's criterion and fill it in."""
    await page.locator(f"{FIRST} summary").nth(at).click()
    form = page.locator(f"{FIRST} .decide-form").nth(at)
    await form.locator("input").fill(name)
    await form.locator("textarea").fill(why)


@asynccontextmanager
async def looking(open_browser: OpenBrowser, site: Site) -> AsyncIterator[Page]:
    async with (
        served(site.app()) as base,
        open_browser() as browser,
        shown(browser, base, name="evaluated") as page,
    ):
        yield page


def evaluated() -> Site:
    return site_of("evaluated")


async def test_a_proposal_says_what_it_is(open_browser: OpenBrowser) -> None:
    site = evaluated()
    led = site.reports["evaluated"]["result"]["evaluation"]["criteria"][2]
    led |= {"status": "needs_human", "reasons": [{"code": "control_failed", "message": "Led."}]}
    async with looking(open_browser, site) as page:
        first = page.locator(FIRST).first
        assert "Proposed, not a verdict: 4 of 5" in await first.inner_text()
        whole = await page.locator(".evaluation-whole").inner_text()
        assert "Decided by a person: 1. Still open: 3." in whole
        assert "A score is a proposal. Only a person decides." in whole
        await page.evaluate(BUILD_ALL)
        assert await page.locator("#p-1 .word.quoted").count() == 7
        withheld = page.locator(".criterion", has_text="where nothing could earn any")
        assert "No score is proposed." in (await withheld.text_content() or "")
        assert await withheld.locator(".decide-form").count() == 1
        assert await withheld.locator(".decide-form .primary").count() == 0, "nothing to confirm"
        doubted = await page.locator(FIRST).nth(1).inner_text()
        assert "The runs gave 2, 5." in doubted
        assert "The runs of the model are far apart." in doubted
        await first.locator(".quotes button").first.click()
        await comes_true(page, "document.querySelector('audio').currentTime > 0")


async def test_a_person_confirms(open_browser: OpenBrowser) -> None:
    site = evaluated()
    async with looking(open_browser, site) as page:
        await page.locator(f"{FIRST} summary").first.click()
        confirm = page.get_by_role("button", name="Confirm the proposal").first
        await confirm.click()
        told = page.locator(f"{FIRST} [role=alert]").first
        assert await told.inner_text() == "Type your name first."
        assert site.decided == []
        await page.locator(f"{FIRST} .decide-form input").first.fill("Ada Weber")
        await confirm.click()
        decided = page.locator(f"{FIRST} .decided").first
        await decided.wait_for()
        assert "Final: 4 of 5" in await decided.inner_text()
        assert "Ada Weber" in await decided.inner_text()
        assert "Decided by a person: 2" in await page.locator(".evaluation-whole").inner_text()
        [sent] = site.decided
        assert (sent["action"], sent["expected"], "score" in sent) == ("confirm", 0, False)


async def test_another_score_needs_a_reason(open_browser: OpenBrowser) -> None:
    site = evaluated()
    async with looking(open_browser, site) as page:
        await by_name(page, 1, "Bo")
        form = page.locator(f"{FIRST} .decide-form").nth(1)
        assert await form.get_by_role("button", name="Confirm the proposal").count() == 0
        await form.locator("select").select_option("2")
        override = form.get_by_role("button", name="Give this score")
        await override.click()
        assert "Say why" in await form.locator("[role=alert]").inner_text()
        await form.locator("textarea").fill("She names no figure of her own.")
        await override.click()
        await page.locator(f"{FIRST} .decided").wait_for()
        [sent] = site.decided
        assert (sent["score"], sent["reason"]) == (2, "She names no figure of her own.")
        shown_now = await page.locator(FIRST).nth(1).inner_text()
        assert "Final: 2 of 5" in shown_now
        assert "3.5 of 5" in shown_now, "what was proposed stays"


async def test_who_was_not_seen_is_shown_first(open_browser: OpenBrowser) -> None:
    site = evaluated()
    async with looking(open_browser, site) as page:
        await by_name(page, 0, "Bo", "She says so herself.")
        criterion = site.reports["evaluated"]["result"]["evaluation"]["criteria"][0]
        other = site.reports["evaluated"]["result"]["evaluation"]["criteria"][3]["decision"]
        criterion |= {"final": True, "decision": other, "decisions": [other]}
        await page.get_by_role("button", name="Confirm the proposal").first.click()
        decided = page.locator(f"{FIRST} .decided").first
        await decided.wait_for()
        assert "Ada Weber" in await decided.inner_text()
        status = page.locator(".report > [role=status]")
        assert "Somebody else has decided" in await status.inner_text()
        why = page.locator(f"{FIRST} .decide-form textarea").first
        assert await why.is_visible()
        assert await why.input_value() == "She says so herself.", "it need not be typed again"


async def test_what_is_typed_about_another_one_stays(open_browser: OpenBrowser) -> None:
    site = evaluated()
    async with looking(open_browser, site) as page:
        await by_name(page, 1, "Ada Weber", "Half a sentence")
        await by_name(page, 0, "Ada Weber")
        await page.get_by_role("button", name="Confirm the proposal").first.click()
        await page.locator(f"{FIRST} .decided").first.wait_for()
        other = page.locator(f"{FIRST} .decide-form").nth(1)
        assert await other.locator("textarea").input_value() == "Half a sentence"
        focused = "document.activeElement.matches('#p-1 .criterion summary')"
        assert await page.evaluate(focused), "whoever uses the keyboard goes on from here"


async def test_what_could_not_be_saved_is_said(open_browser: OpenBrowser) -> None:
    site = evaluated()
    site.decision_status = 503
    async with looking(open_browser, site) as page:
        await by_name(page, 0, "Bo")
        confirm = page.get_by_role("button", name="Confirm the proposal").first
        await confirm.click()
        told = page.locator(f"{FIRST} [role=alert]").first
        await comes_true(page, "document.querySelector('#p-1 .criterion [role=alert]').textContent")
        assert await told.inner_text()
        assert await page.locator(f"{FIRST} .decide-form input").first.input_value() == "Bo"
        site.decision_status = 0
        await confirm.click()
        await page.locator(f"{FIRST} .decided").first.wait_for()


async def test_without_the_scope_nothing_can_be_decided(open_browser: OpenBrowser) -> None:
    site = evaluated()
    site.reports["evaluated"]["links"]["decisions"] = None
    async with looking(open_browser, site) as page:
        assert await page.locator(FIRST).count() == 2
        assert await page.locator(".decide").count() == 0


async def test_what_was_decided_before_is_not_final(open_browser: OpenBrowser) -> None:
    site = evaluated()
    async with looking(open_browser, site) as page:
        criterion = page.locator(".criterion:has(.history)")
        await criterion.locator(".history > summary").click()
        assert "Final: 3 of 5" in await criterion.inner_text()
        before = await criterion.locator(".history").inner_text()
        assert "No score Ben Ortiz" in before
        assert "Final" not in before
