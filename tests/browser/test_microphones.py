"""A microphone that goes, is silenced or gives nothing, and a window that is taken back: the page
says which it is, nobody who spoke is made to type, and the focus stays where it was."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.candidate import FAKE_MICROPHONE
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.site import make_app, served
from tests.browser.test_drafts import LISTENING, asked, hears

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(300)]

SUPERSEDED = {"type": "error", "code": "superseded", "message": "", "recoverable": False}
HERE = re.compile("Continue here|Use this window")
SAID = """["aside.banner strong", ".presence-label", '.tool[data-on=""] .button-label']
  .map((where) => document.querySelector(where)?.textContent)"""
FOCUS = "document.activeElement.innerText || document.activeElement.tagName"
UNPLUG = """() => { const track = microphones.at(-1); track.stop();
  track.dispatchEvent(new Event("ended")); }"""
REFUSED = re.compile("The microphone is blocked|The permission prompt was closed")
ON_THE_LIST = "document.activeElement.tagName === 'SELECT'"
PLUG_IN = 'navigator.mediaDevices.dispatchEvent(new Event("devicechange"))'


async def fails(page: Page, name: str) -> None:
    await page.evaluate(f"window.microphoneFailure = {json.dumps(name)}")


async def says(page: Page, words: str) -> None:
    """Banner, headline and button alike; an empty banner is hidden, whatever it said last."""
    await page.locator("aside.banner", has_text=words).wait_for()
    assert await page.evaluate(SAID) == [words] * 3


async def is_well(page: Page) -> None:
    await page.locator("aside.banner").wait_for(state="hidden")
    await page.locator(".presence-label", has_text="Listening").wait_for()
    await page.get_by_role("button", name="Mute", exact=True).wait_for()


async def with_microphone(page: Page, base: str, can: tuple[str, ...] = ("repeat",)) -> None:
    await page.goto(f"{base}/pages/call.html")
    await page.locator("body[data-ready]").wait_for()
    listening: dict[str, Any] = {**LISTENING, "can": [*LISTENING["can"], *can]}
    await hears(page, asked(1), listening)
    await page.evaluate("interviewPage.devices.choose('one')")
    await is_well(page)


async def a_window_is_taken_back(page: Page) -> None:
    heading = page.get_by_role("heading", level=1)
    await hears(page, SUPERSEDED)
    await fails(page, "NotFoundError")
    await page.get_by_role("button", name=HERE).click()
    await heading.filter(has_text="Welcome back").wait_for()
    assert await page.evaluate("window.called") == 1, "no call without the microphone"

    use = page.get_by_role("button", name="Use my microphone")
    await use.focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("No microphone was found").wait_for()
    assert await page.evaluate(FOCUS) == "Try again"
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Try again").wait_for()
    assert await page.evaluate(FOCUS) == "Try again"
    await fails(page, "")
    await page.keyboard.press("Enter")
    await page.locator(".verdict").wait_for()
    assert await page.evaluate("document.activeElement !== document.body")
    await page.get_by_role("button", name="Continue the interview").click()
    await page.wait_for_function("window.called === 2 && window.spoke")
    await hears(page, asked(1), LISTENING)
    await is_well(page)

    await hears(page, SUPERSEDED)
    await page.get_by_role("button", name=HERE).click()
    await page.wait_for_function("window.called === 3 && window.spoke")
    await hears(page, asked(1), LISTENING)
    await is_well(page)


async def it_is_unplugged(page: Page) -> None:
    pause = page.get_by_role("button", name="Pause")
    await pause.focus()
    await fails(page, "NotFoundError")
    await page.evaluate(UNPLUG)
    await says(page, "Microphone unplugged")
    await page.locator("textarea").wait_for()
    assert await page.evaluate(FOCUS) == "Pause", "the panel opened by itself"

    # None can be had: said where the candidate is, and so for another one that is chosen.
    await page.get_by_role("button", name="Choose a microphone").click()
    await page.wait_for_function(ON_THE_LIST)
    refused = page.locator("dialog[open]").get_by_text("No microphone was found")
    await refused.wait_for()
    # Nothing is chosen, so that whatever is taken is a choice.
    assert await page.evaluate("document.activeElement.selectedIndex") == -1
    await page.evaluate("interviewPage.set({notice: ''})")
    await page.evaluate("interviewPage.devices.choose('two')")
    await refused.wait_for()
    assert await page.evaluate(ON_THE_LIST)
    await fails(page, "")
    await page.evaluate(PLUG_IN)
    await page.locator("aside.banner").wait_for(state="hidden")
    await page.keyboard.press("Escape")
    await is_well(page)
    # The button that opened the list went with the banner.
    await page.wait_for_function("document.activeElement === document.querySelector('h1')")

    await fails(page, "NotAllowedError")
    await page.evaluate(UNPLUG)
    await says(page, "Microphone blocked")
    await page.get_by_role("button", name="Choose a microphone").click()
    await page.locator("dialog[open]").get_by_text(REFUSED).wait_for()
    await page.keyboard.press("Escape")
    await fails(page, "")  # allowed again: the same button takes it
    await page.get_by_role("button", name="Choose a microphone").click()
    await is_well(page)
    assert await page.locator("dialog[open]").count() == 0


async def it_is_silenced(page: Page) -> None:
    await page.evaluate('microphones.at(-1).dispatchEvent(new Event("mute"))')
    await says(page, "Muted by your device")
    await page.evaluate('microphones.at(-1).dispatchEvent(new Event("unmute"))')
    await is_well(page)
    limits = "Object.assign(interviewPage.sound.silence.limits, {floorDbfs: %d, unheardMs: 200})"
    await page.evaluate(limits % 0)  # whatever comes counts as nothing
    await says(page, "Microphone silent")
    two = "interviewPage.setCheck({microphones: ['a', 'b'].map((id) => ({id, label: id}))})"
    await page.evaluate(two)
    await page.get_by_role("button", name="Microphone silent").click()
    await page.wait_for_function(ON_THE_LIST)
    assert await page.evaluate("interviewPage.model.muted") is False
    await page.keyboard.press("Escape")
    await page.evaluate("interviewPage.setCheck({microphones: []})")
    await page.get_by_role("button", name="Microphone silent").click()  # no choice: anew
    await is_well(page)


async def test_windows_and_microphones(open_browser: OpenBrowser) -> None:
    async with (
        served(make_app()) as base,
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), bypass_csp=True) as (page, _),
    ):
        await with_microphone(page, base)
        await a_window_is_taken_back(page)
        await it_is_unplugged(page)
        await it_is_silenced(page)
