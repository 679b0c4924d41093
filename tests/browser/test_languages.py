"""The page in other languages: no English is left over, it fits, and it runs from right to left."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.candidate import STILL
from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.site import make_app, served
from tests.browser.test_gallery import (
    CUT_OFF,
    EVERY_RULE,
    axe,
    states,
    too_wide,
    violations,
)
from tests.browser.test_interview import ask
from tests.support.server import Server, start_server, stop_server

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["axe"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SERVER_SAID = ".brand, .hint, .advice, .confirm-text, .welcome .failure, [role=status]"
"""The gallery is drawn with what a server and an integrator said in English."""
SAID = {"Take your time. I am waiting.", "Gardeners\N{RIGHT SINGLE QUOTATION MARK} Guild"}
"""The same, in the place of what the page says."""
READ = """([language, apart]) => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  const own = (e) => e.closest("[lang]").lang.split("-")[0] === language;
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    const text = node.textContent.trim();
    if (text && shown(parent) && own(parent) && !(apart && parent.closest(apart))) found.push(text);
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (element.hasAttribute(name) && shown(element) && own(element))
        found.push(element.getAttribute(name));
  return found;
}"""
"""What is shown or read aloud, but for what is marked as another language."""
LATIN = re.compile(r"[A-Za-z]{2,}")
ADDRESS = re.compile(r"\S+@\S+|https?://\S+|\bexample\.org\b")
NAMES = {"Ctrl", "Enter", "Chrome", "Edge", "Firefox", "Safari", "VPN", "https", "en", "ar"}
SAME_IN_GERMAN = {"Pause", "OK", "Optional", "Demo", "Normal", "Name", "Version"}
LOOKED_AT_CLOSELY = {"welcome", "check", "listening", "typing", "options", "paused", "finished",
                     "problem-superseded"}  # fmt: skip


async def read(page: Page, language: str, *, apart: str = SERVER_SAID) -> set[str]:
    return set(await page.evaluate(READ, [language, apart]))


def english_of(language: str, shown: set[str], in_english: set[str]) -> set[str]:
    """What of it is English. Arabic shows by its letters; German is compared with the original."""
    if language == "ar":
        return {text for text in shown if set(LATIN.findall(ADDRESS.sub("", text))) - NAMES}
    return {text for text in shown & in_english if LATIN.search(text)} - SAME_IN_GERMAN


async def test_no_state_shows_english(open_browser: OpenBrowser, axe: str) -> None:
    """All states of the gallery, drawn in German and in Arabic, 320 px wide."""
    found: dict[str, Any] = {}
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(
            browser,
            bypass_csp=True,
            **STILL,
            viewport={"width": 320, "height": 720},
        ) as (page, _),
    ):
        names = await states(page, base)
        await page.add_script_tag(content=axe)
        in_english = {}
        for state in names:
            await page.evaluate("(state) => draw(state)", state)
            in_english[state] = await read(page, "en")
        for language, direction in (("de", "ltr"), ("ar", "rtl")):
            await page.evaluate("(language) => speak(language)", language)
            for state in names:
                await page.evaluate("(state) => draw(state)", state)
                root = await page.evaluate(
                    "(({ lang, dir }) => [lang, dir])(document.documentElement)"
                )
                assert root == [language, direction]
                shown = await read(page, language)
                assert shown, state
                wrong = sorted(english_of(language, shown - SAID, in_english[state]))
                wrong += await too_wide(page)
                wrong += [
                    one for one in await page.evaluate(CUT_OFF) if "visually-hidden" not in one
                ]
                if state in LOOKED_AT_CLOSELY:
                    wrong += await violations(page, EVERY_RULE)
                if wrong:
                    found[f"{language} {state}"] = wrong
    assert found == {}, json.dumps(found, ensure_ascii=False, indent=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"))
    yield made
    assert stop_server(made) == 0


ARABIC = {
    "title": "بستاني",
    "candidate": {"locale": "ar-EG"},
    "accommodations": {"text_mode": True},
    "questions": [{"id": "q1", "text": "ما عملك؟"}],
}


async def test_an_arabic_interview_from_link_to_end(
    server: Server, open_browser: OpenBrowser
) -> None:
    """The bot's own words, too, and the page loads no table that it does not show. The browser is
    German: its language is shown until the interview's is known."""
    made = await asyncio.to_thread(ask, server, "/v1/interviews", ARABIC)
    tables: list[str] = []
    english: set[str] = set()
    async with (
        open_browser() as browser,
        new_page(browser, locale="de-AT", **STILL) as (page, _),
    ):
        page.on(
            "request", lambda request: tables.extend(re.findall(r"/strings/(\w+)\.js", request.url))
        )

        async def look() -> None:
            english.update(english_of("ar", await read(page, "ar", apart=""), set()))
            assert await page.evaluate("document.documentElement.dir") == "rtl"

        await page.goto(server.url)
        await page.get_by_role("button", name="Demo-Interview starten").wait_for()
        assert set(tables) == {"index", "de"}
        await page.goto(made["join_url"])
        await page.get_by_role("heading", name="بستاني").wait_for()
        assert set(tables) == {"index", "de", "ar"}
        await look()
        await page.get_by_role("button", name="أوافق، متابعة").click()
        await page.get_by_role("heading", name="افحص الصوت").wait_for()
        await look()
        await page.get_by_role("button", name="المتابعة من دون ميكروفون والكتابة").click()
        await page.locator(".caption p").filter(has_text="ذكاء اصطناعي").wait_for()
        await look()
        await page.get_by_role("heading", name="ما عملك؟").wait_for()
        await page.locator('.presence[data-activity="typing"]').wait_for()
        await look()
        await page.locator("textarea").fill("أعمل ممرضًا.")
        await page.get_by_role("button", name="إرسال الإجابة").click()
        await page.get_by_role("heading", name="شكرًا لك، هذا كل شيء").wait_for()
        await look()
    assert english == set()
