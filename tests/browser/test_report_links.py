"""The page of a report and the server: a link that opens nothing, one that grows, one erased."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenBrowser
from tests.browser.reader import PLAY, SEEK, opened, reaches, shown, site_of
from tests.browser.report_site import PROBLEMS, TOKEN, Site
from tests.browser.site import served
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from playwright.async_api import Page

LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
"""As who comes back to the tab."""
TOP = """async () => {
  const top_px = () => document.querySelector("#p-7").getBoundingClientRect().top;
  for (let same = 0, last = top_px(); same < 6; ) {
    await new Promise(requestAnimationFrame);
    [same, last] = top_px() === last ? [same + 1, last] : [0, top_px()];
  }
  return top_px();
}"""
"""The top of #p-7 once it no longer moves. What comes near the window is laid out in the next
frames, at another height than guessed. The browser scrolls by the difference before it paints; what
is read in between is too early."""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_a_link_that_does_not_open_says_what_to_do(open_browser: OpenBrowser) -> None:
    site = site_of()
    titles = {
        "report_link_expired": "This link has expired",
        "report_link_revoked": "This link was withdrawn",
        "report_link_other_interview": "This link belongs to another interview",
        "report_link_invalid": "This link does not open the report",
        "interview_erased": "This interview was deleted",
    }
    wanted = {token: titles[code] for token, (_, code) in PROBLEMS.items()}
    # Nothing that the server knows, damaged on the way, and none at all.
    wanted["a-word-that-is-no-token-of-any-kind"] = titles["report_link_invalid"]
    wanted["%E0%A4%A-is-no-percent-encoding"] = titles["report_link_invalid"]
    wanted[""] = "The link is not complete"
    async with served(site.app()) as base, open_browser() as browser:
        for token, title in wanted.items():
            async with shown(browser, base, token=token) as page:
                assert await page.locator("h1").inner_text() == title
                assert "sent" in await page.locator("main p").inner_text()
                assert not await page.get_by_role("button").count(), "trying again would not help"
        async with shown(browser, base, name="int_erased") as page:
            assert await page.locator("h1").inner_text() == "There is no such report"
        site.report_status = (503, "unavailable")
        async with shown(browser, base, name="int_later") as page:
            await page.get_by_role("heading", name="The server is busy").wait_for()
            site.report_status = (0, "")
            site.add("int_later")
            await page.get_by_role("button", name="Try again").click()
            await page.locator(".report").wait_for()


async def test_a_report_that_grows_is_refreshed_in_place(open_browser: OpenBrowser) -> None:
    """By who reads it: what plays goes on, and nothing moves."""
    site = site_of("running")
    button, status = ".refresh", ".fresh [role=status]"
    async with opened(open_browser, site, name="running") as page:
        assert (await page.locator(".as-of").inner_text()).startswith("As of ")
        await page.get_by_label("Speed").select_option("2")
        await page.get_by_label("Listen to").select_option("alone")
        await page.evaluate(f"{SEEK}(20); {PLAY}")
        await reaches(page, 20.5)
        site.report_status = (503, "unavailable")
        await page.locator(button).press("Enter")  # the page moves with what plays
        await page.get_by_text("It could not be refreshed.").wait_for()
        assert await page.get_by_role("button", name="Pause", exact=True).is_visible()
        site.report_status = (0, "")
        _answer_more(site)
        await page.evaluate("dispatchEvent(new Event('wheel')); scrollTo(0, 60)")  # by hand
        await page.locator(button).press("Enter")
        await page.locator("#p-7 .turn:not(.interviewer)").wait_for()
        await page.locator(status).filter(has_text="Updated.").wait_for()
        assert await page.evaluate("document.activeElement.textContent") == "Refresh"
        assert await page.evaluate("scrollY") == 60
        assert await page.get_by_label("Speed").input_value() == "2"
        assert await page.get_by_label("Listen to").input_value() == "alone"
        await reaches(page, 22)
        assert await page.locator(".bar").count() == 1
        assert await page.evaluate("document.querySelectorAll('audio').length") == 3
        # One player listens to the keys, not the old one as well.
        await page.evaluate("document.activeElement.blur()")
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Play", exact=True).wait_for()
        site.add("running")
        await page.locator(button).click()
        await page.locator(".badge-text").filter(has_text="Complete").wait_for()
        assert await page.locator(button).count() == 0, "it is final"
        assert await page.evaluate("document.activeElement.tagName") == "H1"


async def test_a_report_in_progress_grows_under_who_reads_it(open_browser: OpenBrowser) -> None:
    """Without a hand: the sound goes on without a gap, a word that has the focus keeps it, the page
    stays where it is, and what is the same stays the same element."""
    site = site_of("running")
    async with opened(open_browser, site, name="running") as page:
        await page.evaluate(f"{SEEK}(20); {PLAY}")
        await reaches(page, 20.2)
        await page.evaluate(
            """() => {
              const sound = document.querySelector("audio");
              window.pauses = 0;
              sound.addEventListener("pause", () => { window.pauses += 1; });
              sound.addEventListener("emptied", () => { window.pauses += 1; });
              document.querySelector("#p-1").dataset.kept = "yes";
              dispatchEvent(new Event("wheel"));
              document.querySelector("#p-7").scrollIntoView();
            }"""
        )
        await page.evaluate(LOOK)
        async with asyncio.timeout(PATIENCE_S):
            while not site.unchanged:
                await asyncio.sleep(0.02)
        _answer_more(site)
        site.reports["running"]["result"]["notices"] = ["Something that was not there before."]
        before = await page.evaluate(TOP)
        await page.evaluate(LOOK)
        word = page.locator("#p-7 .turn:not(.interviewer) .word").nth(3)
        await word.wait_for()
        assert abs(await page.evaluate(TOP) - before) < 2, "a notice has come above it"
        await word.evaluate("(e) => { e.click(); e.focus(); }")  # the reader of the new words
        held = await word.inner_text()
        turns = site.reports["running"]["result"]["answers"][-1]["turns"]
        turns.append(site.reports["running"]["result"]["answers"][1]["turns"][0])
        await page.evaluate(LOOK)
        await page.locator("#p-7 .turn:not(.interviewer)").nth(1).wait_for()
        assert await page.evaluate("document.activeElement.textContent") == held
        assert await page.locator("#p-1[data-kept=yes]").count() == 1
        assert await page.get_by_role("button", name="Pause", exact=True).is_visible()
        assert await page.evaluate("window.pauses") == 0
        assert await page.locator(".told").inner_text() == "Updated."
        await page.get_by_label("Add new parts as they come").uncheck()
        asked = len(site.asked)
        turns.pop()
        await page.evaluate(LOOK)
        await page.get_by_role("button", name="Pause", exact=True).click()
        assert site.asked[asked:].count("/v1/interviews/running/report") == 0


async def test_an_answer_that_comes_late_takes_nothing_back(open_browser: OpenBrowser) -> None:
    """One asked for before what is shown, and one asked for before the interview was erased."""
    site = site_of("running")
    said = "#p-7 .turn:not(.interviewer)"
    drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    async with opened(open_browser, site, name="running") as page:
        site.reports["running"]["result"]["notices"] = ["Something that was not there before."]
        site.hold = "look"
        await page.evaluate(LOOK)
        await site.held.wait()
        _answer_more(site)
        await page.locator(".refresh").click()
        await page.locator(said).wait_for()
        await _comes_late(page, site)
        await page.evaluate(drawn)
        assert await page.locator(said).count() == 1
        site.held.clear()
        site.let_go.clear()
        # Of another kind: all of it would be drawn again.
        site.reports["running"]["branding"] = {"name": "Another", "accent": "#14576b", "logo": ""}
        site.hold = "refresh"
        await page.locator(".refresh").click()
        await site.held.wait()
        site.report_status = (410, "interview_erased")
        await page.evaluate(LOOK)
        await page.get_by_role("heading", name="This interview was deleted").wait_for()
        await _comes_late(page, site)
        await page.evaluate(drawn)
        assert await page.locator(".report").count() == 0


async def _comes_late(page: Page, site: Site) -> None:
    """What is held, until the page has all of it."""
    async with page.expect_response("**/report") as late:
        # The driver tells of a response only once it knows that somebody waits for one. It takes
        # what it is asked in order, but hears of the response from the browser.
        await page.evaluate("0")
        site.let_go.set()
    await (await late.value).finished()


def _answer_more(site: Site) -> None:
    answers = site.reports["running"]["result"]["answers"]
    answers[-1]["turns"] = [copy.deepcopy(answers[0]["turns"][0])]


async def test_erased_while_it_is_open(open_browser: OpenBrowser) -> None:
    """Whatever asks the server first learns it, and the words go too."""
    for asks in ("Refresh", "Text", "Play"):
        site = site_of("running")
        async with opened(open_browser, site, name="running") as page:
            site.report_status = (410, "interview_erased")
            if asks == "Play":
                site.audio_status = 410
                await page.evaluate(f"document.querySelector('audio').src = ''; {SEEK}(20); {PLAY}")
            else:
                await page.get_by_role("button", name=asks, exact=True).click()
            await page.get_by_role("heading", name="This interview was deleted").wait_for()
            await page.get_by_text("braised lamb").first.wait_for(state="detached")
            await page.locator("audio").first.wait_for(state="detached")


async def test_the_token_leaves_the_address_and_a_reload_still_works(
    open_browser: OpenBrowser,
) -> None:
    async with opened(open_browser, site_of()) as page:
        assert "#" not in page.url
        kept = "document.cookie + JSON.stringify(localStorage) + history.length"
        assert TOKEN not in await page.evaluate(kept)
        await page.reload()
        await page.locator(".report").wait_for()
        assert TOKEN not in await page.content()
        await page.get_by_role("link", name="3", exact=True).click()
        assert page.url.endswith("#p-4")
        assert await page.locator("#p-4").is_visible()
