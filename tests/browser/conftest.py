"""A real Chromium for the page, and the candidate's fake microphone."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.env import REPOSITORY
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

WITHOUT_FEATURES = (
    # The popups below the address bar are pages too. No test sees them, and each new window loads
    # them: half a second of a processor for every page that is opened.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # What Playwright turns off (chromiumSwitches of its driver). Of two lists Chromium takes the
    # last.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
LIGHT = f"--disable-features={','.join(WITHOUT_FEATURES)}"
FLAGS = (
    LIGHT,
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A machine with `lo` alone has no other address to offer.
    "--allow-loopback-in-peer-connection",
)
AUTOPLAY = "--autoplay-policy=no-user-gesture-required"
STEP_MS = 60_000
LAUNCH_MS = 120_000
# Playwright's driver is started for each test. It reads its compiled code instead of its sources.
os.environ.setdefault("NODE_COMPILE_CACHE", str(REPOSITORY / "build" / "node-code"))

OpenBrowser = Callable[..., AbstractAsyncContextManager["Browser"]]


@pytest.fixture
def open_browser(chromium_path: Path) -> OpenBrowser:
    """`async with open_browser(*more_flags) as browser`."""
    playwright_api = pytest.importorskip("playwright.async_api")

    @asynccontextmanager
    async def opened(*more: str) -> AsyncIterator[Browser]:
        async with playwright_api.async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=str(chromium_path), args=[*FLAGS, *more], timeout=LAUNCH_MS
            )
            try:
                yield browser
            finally:
                await browser.close()

    return opened


class Troubles:
    """What a page complained about: errors on its console, exceptions nobody caught."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        self.missed: list[str] = []
        """Requests that came to nothing: no fault by themselves, and what explains one."""
        page.on("requestfailed", lambda asked: self.missed.append(f"{asked.url} {asked.failure}"))
        page.on("pageerror", lambda error: self.found.append(f"exception: {error}"))
        page.on("console", self._on_console)

    def _on_console(self, message: Any) -> None:
        # Refused requests are the server's answers; the page shows them to the candidate.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.found.append(f"console: {message.text}")


@contextlib.asynccontextmanager
async def new_page(
    browser: Browser, *, scripts: tuple[Path, ...] = (), **options: Any
) -> AsyncIterator[tuple[Page, BrowserContext]]:
    """A page of its own that must end without a complaint."""
    context = await browser.new_context(**options)
    context.set_default_timeout(STEP_MS)
    for script in scripts:
        await context.add_init_script(path=script)
    page = await context.new_page()
    troubles = Troubles(page)
    try:
        yield page, context
    except BaseException:
        await _print_state(page, troubles)
        raise
    finally:
        await context.close()
    assert not troubles.found, "\n".join(troubles.found)


async def _print_state(page: Page, troubles: Troubles) -> None:
    """For the report of a test that has failed."""
    print(*troubles.found, *troubles.missed, sep="\n")  # noqa: T201
    with contextlib.suppress(Exception):
        print(await page.locator("body").inner_text(timeout=1_000))  # noqa: T201


async def comes_true(page: Page, expression: str) -> None:
    """`wait_for_function` evaluates text in the page, which its policy forbids."""
    async with asyncio.timeout(PATIENCE_S):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)
