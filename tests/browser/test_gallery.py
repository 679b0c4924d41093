"""Every state of the page, light and dark, narrow and wide: axe finds nothing, nothing spills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.site import make_app, served
from tests.support.env import REPOSITORY, missing

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """axe.run(document, {rules: {"target-size": {enabled: true}}, runOnly: {type: "tag",
  values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """[...document.querySelectorAll("main *, .banner *, dialog[open] *")]
  .filter((e) => e.checkVisibility() && ["hidden", "clip"].includes(getComputedStyle(e).overflowX)
    && e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 120))"""
TEXT_SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""  # WCAG 1.4.12


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        missing("axe-core is not installed: npm ci")
    return AXE.read_text()


async def show(page: Page, base: str, state: str) -> None:
    await page.goto(f"{base}/pages/gallery.html?state={state}")
    await page.locator("body[data-ready]").wait_for()


async def states(page: Page, base: str) -> list[str]:
    await show(page, base, "loading")
    names: list[str] = await page.evaluate("window.galleryStates")
    assert len(names) > 50
    return names


async def violations(page: Page, axe: str) -> list[str]:
    await page.evaluate(axe)
    found = await page.evaluate(RUN_AXE)
    assert found["passes"], "axe checked nothing"
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_state(
    open_browser: OpenBrowser, axe: str, scheme: str, width: int
) -> None:
    found: dict[str, list[str]] = {}
    size = {"width": width, "height": 720}
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(
            browser, bypass_csp=True, reduced_motion="reduce", viewport=size, color_scheme=scheme
        ) as (page, _),
    ):
        for state in await states(page, base):
            await show(page, base, state)
            wrong = await violations(page, axe)
            if await page.evaluate(OVERFLOW) > 0:
                wrong.append("wider than the window")
            if wrong:
                found[state] = wrong
    assert found == {}


async def test_axe_would_find_something(open_browser: OpenBrowser, axe: str) -> None:
    """The check itself can fail: contrast, a name, a target that is too small."""
    spoil = """document.querySelector("h1").style.color = "#e0e0e0";
      document.querySelector(".tools").style.cssText = "display:flex;gap:0";
      document.querySelector(".done .button-label").remove();
      document.querySelectorAll(".tool").forEach((tool) => {
        tool.style.cssText = "width:8px; min-width:0; height:8px; min-height:0; padding:0";
        tool.replaceChildren();
        tool.setAttribute("aria-label", "small");
      });"""
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, bypass_csp=True, color_scheme="light") as (page, _),
    ):
        await show(page, base, "listening")
        await page.evaluate(spoil)
        found = {wrong.split(":")[0] for wrong in await violations(page, axe)}
    assert {"color-contrast", "button-name", "target-size"} <= found


async def test_text_spacing_and_400_percent_zoom_lose_nothing(open_browser: OpenBrowser) -> None:
    """1280 x 1024 at 400 % is a window of 320 x 256: the controls must not cover the words."""
    found: dict[str, list[str]] = {}
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, bypass_csp=True, viewport={"width": 320, "height": 256}) as (page, _),
    ):
        for state in await states(page, base):
            await show(page, base, state)
            await page.add_style_tag(content=TEXT_SPACING)
            wrong = await page.evaluate(CUT_OFF)
            if await page.evaluate(OVERFLOW) > 0:
                wrong.append("wider than the window")
            if wrong:
                found[state] = wrong
        await show(page, base, "listening")
        position = await page.evaluate(
            "getComputedStyle(document.querySelector('.controls')).position"
        )
    assert found == {}
    assert position == "static"


async def test_under_the_strict_policy_nothing_is_blocked(open_browser: OpenBrowser) -> None:
    """No inline script or style, no request to anywhere else; `new_page` fails on complaints."""
    async with (
        served(make_app("/interviews")) as base,
        open_browser() as browser,
        new_page(browser) as (page, _),
    ):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for state in ("landing", "listening", "check-heard", "leaving", "finished"):
            await show(page, f"{base}/interviews", state)
        await page.goto(f"{base}/interviews/")
        await page.get_by_role("button", name="Start the demo interview").wait_for()
    assert asked
    assert all(url.startswith(f"{base}/interviews/") for url in asked)


async def test_reduced_motion_stands_still(open_browser: OpenBrowser) -> None:
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, reduced_motion="reduce") as (page, _),
    ):
        for state in ("thinking", "speaking", "listening", "loading"):
            await show(page, base, state)
            assert await page.evaluate("document.getAnimations().length") == 0
