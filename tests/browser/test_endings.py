"""From declining to a corrected transcript in one window; most of it with the keyboard alone."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.candidate import STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, comes_true, new_page
from tests.browser.test_interview import TYPE_INSTEAD, ask, create, result
from tests.support.server import API_KEY, HURRIED, Server, start_server, stop_server

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Locator, Page, Route

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(300)]
HEARD = "I look after the cool garden."
HEARD_AT_FIRST = "I look after"
MEANT = "I look after the school garden."
COUNTDOWN = re.compile(r"In \d+ seconds? you go on to example\.org")
FETCHED = """performance.getEntriesByType("resource")
  .filter(({ name }) => /\\/(own-words|going-on|after\\/en)\\.js$/.test(name)).length === 3"""
IS_KEPT = "(text) => Object.values(sessionStorage).some((kept) => kept.includes(text))"
OTHER_WINDOW = "Your words are shown only in the window where you said them."
SPEC = {
    "questions": [{"id": "q1", "text": "What is your work?"}],
    "accommodations": {"text_mode": True},
    "review": True,
    "completion": {"text": "We write to you on Friday.", "url": "https://example.org/next"},
    "redirect_url": "https://example.org/done",
    "contact": "mailto:jobs@example.org",
    "privacy_url": "https://example.org/privacy",
    "alternative_url": "tel:+4930123456",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **HURRIED)
    yield made
    assert stop_server(made) == 0


async def press(page: Page, name: str) -> None:
    """Reach a button with Tab from where the focus is, and press it."""
    await page.get_by_role("button", name=name).first.wait_for()
    for _ in range(40):
        await page.keyboard.press("Tab")
        focused = await page.evaluate("document.activeElement?.innerText ?? ''")
        if focused.strip().startswith(name):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


async def links(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = await page.evaluate(
        """Object.fromEntries([...document.querySelectorAll("main a")].map((a) =>
             [a.getAttribute("href"), [a.rel, a.referrerPolicy, a.target]]))"""
    )
    return found


async def test_declined_undone_finished_reloaded_corrected(
    server: Server, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    """Over 50 lines on purpose: one visit, from its beginning to its end."""
    interview_id, join_url = await asyncio.to_thread(create, server, **SPEC)
    async with open_browser(AUTOPLAY) as browser, new_page(browser, **STILL) as (page, context):
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.sees_heading("Three questions")
        outside = await links(page)
        assert set(outside) == {SPEC["contact"], SPEC["privacy_url"], SPEC["alternative_url"]}
        safe = ["noopener noreferrer", "no-referrer"]
        assert all(how[:2] == safe for how in outside.values()), outside
        assert outside["https://example.org/privacy"][2] == "_blank"

        await press(page, "I do not agree")
        await candidate.sees_heading("Thank you for letting us know")
        await press(page, "Undo")
        await candidate.sees_heading("Three questions")
        status = await asyncio.to_thread(ask, server, f"/v1/interviews/{interview_id}")
        assert status["status"] == "joined"

        await candidate.agree()
        await candidate.click(TYPE_INSTEAD)
        await candidate.sees_heading("What is your work?")
        await candidate.activity("typing")
        await comes_true(page, FETCHED)  # what the end shows needs no connection then
        await candidate.answer_in_writing(HEARD)
        await candidate.sees_heading("Thank you, that’s everything")
        for _ in range(2):  # as it ended, and after a reload
            await candidate.sees("We write to you on Friday.")
            await candidate.sees(HEARD)
            await page.get_by_role("button", name="Check your words").wait_for()
            await page.get_by_role("link", name="Continue to example.org").wait_for()
            ways = await links(page)
            assert {"https://example.org/next", SPEC["contact"]} <= set(ways)
            assert ways["https://example.org/done"] == [*safe, "_top"]
            assert await page.get_by_text(COUNTDOWN).is_hidden()  # the review comes first
            await page.reload()
            await candidate.sees_heading("Thank you, that’s everything")
        async with page.expect_download() as downloading:
            await candidate.click("Download as text")
        copy = tmp_path / "copy.txt"
        await (await downloading.value).save_as(copy)
        assert HEARD in copy.read_text()
        found = await result(server, interview_id)
        assert (found["partial"], found["review"]["status"]) == (True, "open")

        box = page.get_by_label("What is your work?")
        await _late_words_reach_the_open_review(page, box)
        await page.keyboard.press("Tab")
        assert await box.evaluate("(box) => document.activeElement === box")
        await page.keyboard.press("Control+A")
        await page.keyboard.press("Delete")
        await candidate.sees("As heard:")
        await press(page, "Not now")
        await press(page, "Check your words")
        await box.wait_for()
        assert await box.input_value() == ""  # taken back, and it stays so
        await box.focus()
        await page.keyboard.type(MEANT)
        await page.wait_for_function(IS_KEPT, arg=MEANT)
        await page.reload()  # not handed over yet: it is there again
        await press(page, "Check your words")
        await box.wait_for()
        assert await box.input_value() == MEANT
        await candidate.sees(HEARD)
        await press(page, "Hand over with 1 correction")
        await candidate.sees_heading("Thank you, that’s everything")
        await candidate.sees("They have been handed over.")
        await _it_goes_on_by_itself(page, context)
        await candidate.sees("They have been handed over.")
        await page.get_by_role("link", name="Continue to example.org").wait_for()
        assert await page.get_by_text(COUNTDOWN).is_hidden()
        assert MEANT in await page.locator(".correction").inner_text()
        await _another_window_sees_no_word(context, join_url)

        found = await result(server, interview_id)
        assert (found["partial"], found["review"]["status"]) == (False, "done")
        answer = found["answers"][0]
        assert (answer["text"], answer["correction"]["text"]) == (HEARD, MEANT)
        await asyncio.to_thread(_delete, server, interview_id)
        await page.reload()
        await candidate.sees_heading("This interview was deleted")


async def _late_words_reach_the_open_review(page: Page, box: Locator) -> None:
    all_there = asyncio.Event()

    async def answer(route: Route) -> None:
        response = await route.fetch()
        found = await response.json()
        if not all_there.is_set():
            found["pending"] = 1
            found["answers"][0]["text"] = HEARD_AT_FIRST
        await route.fulfill(response=response, json=found)

    await page.route("**/v1/transcript", answer)
    await page.reload()
    await press(page, "Check your words")
    await box.wait_for()
    assert await box.input_value() == HEARD_AT_FIRST
    all_there.set()
    await page.wait_for_function(
        "(text) => document.querySelector('textarea').value === text", arg=HEARD
    )
    await page.unroute("**/v1/transcript")


async def _it_goes_on_by_itself(page: Page, context: BrowserContext) -> None:
    """There, said once before; and back again, where it does not happen a second time."""
    there = "https://example.org/done"
    await context.route(there, lambda route: route.fulfill(body="Welcome back"))
    await page.get_by_text(COUNTDOWN).wait_for()
    assert await page.get_by_role("button", name="Stay here").is_visible()
    announced = page.get_by_role("status").filter(has_text="You will be taken to example.org")
    await announced.wait_for(state="attached")
    assert await announced.count() == 1
    await page.wait_for_url(there)
    await page.go_back()


async def _another_window_sees_no_word(context: BrowserContext, join_url: str) -> None:
    page = await context.new_page()
    candidate = Candidate(page)
    await page.goto(join_url)
    await candidate.sees_heading("Thank you, that’s everything")
    await candidate.sees(OTHER_WINDOW)
    text = await page.locator("main").inner_text()
    assert HEARD not in text
    assert MEANT not in text
    await page.close()


def _delete(server: Server, interview_id: str) -> None:
    request = urllib.request.Request(  # noqa: S310  # our own server, by HTTP
        f"{server.url}/v1/interviews/{interview_id}",
        headers={"Authorization": f"Bearer {API_KEY}"},
        method="DELETE",
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # as above
        pass
