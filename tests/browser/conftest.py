"""A real Chromium for the page, and the candidate's fake microphone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.support.env import REPOSITORY
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright

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
SHARED: frozenset[tuple[str, ...]] = frozenset({(), (AUTOPLAY,)})
LAUNCH_MS = 120_000
THREADS = 6
HEADLESS_SHELL = "chromium-headless-shell"
"""The same browser without its windows: a third less of a processor for every page opened. It lacks
some flags, such as --unsafely-treat-insecure-origin-as-secure."""
# Playwright's driver reads its compiled code instead of its sources.
os.environ.setdefault("NODE_COMPILE_CACHE", str(REPOSITORY / "build" / "node-code"))

OpenBrowser = Callable[..., AbstractAsyncContextManager["Browser"]]


class Browsers:
    """The browsers that tests share, one for each of SHARED, and the driver of all browsers.

    To start a driver and a browser takes a second of a processor. A page that is alone in a context
    (Playwright: a profile that is kept nowhere) sees nothing of those before it.
    """

    def __init__(self, playwright: Playwright, usual: Path) -> None:
        self._playwright = playwright
        self._usual = usual
        self._shared: dict[tuple[str, ...], Browser] = {}

    @asynccontextmanager
    async def opened(self, *more: str, program: Path | None = None) -> AsyncIterator[Browser]:
        """One for these flags. What was opened in it is closed then, or all of it. `program`:
        instead of the usual one."""
        if program or more not in SHARED:
            async with await self._launch(*more, program=program or self._usual) as browser:
                yield browser
            return
        found = self._shared.get(more)
        if found is None or not found.is_connected():  # a test that failed may have hurt it
            found = await self._launch(*more, program=self._usual)
        browser = self._shared[more] = found
        before = set(browser.contexts)
        try:
            yield browser
        finally:
            for context in set(browser.contexts) - before:
                await context.close()

    async def close(self) -> None:
        for browser in self._shared.values():
            await browser.close()

    async def _launch(self, *more: str, program: Path) -> Browser:
        return await self._playwright.chromium.launch(
            executable_path=str(program), args=[*FLAGS, *more], timeout=LAUNCH_MS
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers(chromium_path: Path) -> AsyncIterator[Browsers]:
    """For the session. A test that finds them started leaves nothing of them behind."""
    playwright_api = pytest.importorskip("playwright.async_api")
    _start_threads(asyncio.get_running_loop())
    async with playwright_api.async_playwright() as playwright:
        shell = shutil.which(HEADLESS_SHELL)
        found = Browsers(playwright, Path(shell) if shell else chromium_path)
        yield found
        await found.close()


def _start_threads(loop: asyncio.AbstractEventLoop) -> None:
    """Those of `asyncio.to_thread`, which stay as long as their loop."""
    pool = ThreadPoolExecutor(THREADS)
    together = threading.Barrier(THREADS)
    list(pool.map(lambda _: together.wait(STEP_MS / 1000), range(THREADS)))
    loop.set_default_executor(pool)


@pytest_asyncio.fixture(loop_scope="session")
async def open_browser(browsers: Browsers) -> AsyncIterator[OpenBrowser]:
    """`async with open_browser(*more_flags) as browser`, as `Browsers.opened`. Such a test runs in
    the session's loop."""
    before = asyncio.all_tasks()
    yield browsers.opened
    this = asyncio.current_task()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while left := [t for t in asyncio.all_tasks() - before if t is not this]:
                await asyncio.sleep(0.02)
    if left:  # the loop goes on: nothing else would find them
        pytest.fail("left behind by this test:\n  " + "\n  ".join(map(repr, left)), pytrace=False)


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
    """Given an expression, `wait_for_function` evaluates it in the page at every look, which the
    page's policy forbids from the second look on. It may be given a function."""
    async with asyncio.timeout(PATIENCE_S):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)
