"""The page of the API, /docs: it can be read everywhere, and its examples can be copied."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenBrowser, Troubles
from tests.browser.test_gallery import (
    COLOURS,
    ELEMENTS,
    EVERY_RULE,
    RULES_OF_COLOUR,
    RULES_OF_LAYOUT,
    axe,
    too_wide,
    violations,
)
from tests.support.server import API_KEY, Server, start_server, stop_server

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.browser
__all__ = ["axe"]
HOUR_S = 3_600
SHOWN_MS = 2_000
"""How long a button says what it has done: see `client/docs/copy.js`."""
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = start_server(tmp_path_factory.mktemp("docs-page"))
    yield started
    stop_server(started)


async def test_the_page_is_right_everywhere(
    open_browser: OpenBrowser, server: Server, axe: str
) -> None:
    """Every rule of axe where the window is wide and it is day, those of colour in dark too, and
    those of layout where it is narrow: the same elements in the same colours stand elsewhere."""
    async with open_browser() as browser:
        # CSP keeps axe out as well, and is judged by the other test.
        page = await browser.new_page(bypass_csp=True, color_scheme="light")
        await page.goto(f"{server.url}/docs")
        await page.get_by_role(
            "button", name="Copy curl: POST /v1/interviews, Two questions"
        ).wait_for()
        await page.evaluate(OPEN_ALL)
        await page.add_script_tag(content=axe)
        await page.set_viewport_size({"width": 1280, "height": 900})
        assert await too_wide(page) + await violations(page, EVERY_RULE) == []
        shown = await _shown(page)
        await page.emulate_media(color_scheme="dark")
        assert await page.evaluate(ELEMENTS) == shown[0], "dark changes more than colours"
        assert await violations(page, RULES_OF_COLOUR) == []
        await page.emulate_media(color_scheme="light")
        for width in (360, 320):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await _shown(page) == shown, "other rules of axe can find something now"
            assert await too_wide(page) + await violations(page, RULES_OF_LAYOUT) == [], width
        await page.emulate_media(color_scheme="dark")
        assert await page.evaluate(ELEMENTS) == shown[0], "dark changes more than colours"
        assert await too_wide(page) + await violations(page, RULES_OF_COLOUR) == []


async def _shown(page: Page) -> list[str]:
    return [await page.evaluate(ELEMENTS), await page.evaluate(COLOURS)]


@pytest.mark.parametrize("language", ["curl", "Python"])
async def test_an_example_is_copied_by_keyboard_and_runs(
    open_browser: OpenBrowser, server: Server, tmp_path: Path, language: str
) -> None:
    async with open_browser() as browser:
        context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = await context.new_page()
        troubles = Troubles(page)
        await page.clock.install(time=0)
        await page.goto(f"{server.url}/docs")
        await page.clock.pause_at(HOUR_S)
        name = f"Copy {language}: POST /v1/interviews, Two questions"
        button = page.get_by_role("button", name=name)
        assert await button.inner_text() == f"Copy {language}"
        await button.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("status").filter(has_text=f"{language}: Copied").wait_for()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert await button.inner_text() == "Copied"
        await page.clock.run_for(SHOWN_MS - 1)
        assert await button.inner_text() == "Copied"
        await page.clock.run_for(1)
        assert await button.inner_text() == f"Copy {language}"
        assert troubles.found == []
    command = ["bash", "-c", copied] if language == "curl" else [sys.executable, "-c", copied]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env={**os.environ, "API_KEY": API_KEY},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert '"join_url"' in done.stdout


async def test_where_nothing_may_be_copied_it_is_selected(
    open_browser: OpenBrowser, server: Server
) -> None:
    async with open_browser() as browser:
        page = await browser.new_page()
        await page.add_init_script(
            "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
        )
        await page.clock.install(time=0)
        await page.goto(f"{server.url}/docs")
        await page.clock.pause_at(HOUR_S)
        await page.get_by_role("button", name="Copy curl: POST /v1/interviews, Two").click()
        await page.get_by_role("status").filter(has_text="Selected: press Ctrl+C").wait_for()
        selected = await page.evaluate("getSelection().toString()")
        assert selected.startswith(f"curl {server.url}/v1/interviews")
        assert selected.rstrip().endswith("}'")


async def test_without_scripts_the_examples_are_there(
    open_browser: OpenBrowser, server: Server
) -> None:
    async with open_browser() as browser:
        page = await browser.new_page(java_script_enabled=False)
        await page.goto(f"{server.url}/docs")
        text = await page.locator("pre[data-copy]").first.inner_text()
        assert text.startswith(f"curl {server.url}/v1/interviews")
        assert await page.locator("button").count() == 0
