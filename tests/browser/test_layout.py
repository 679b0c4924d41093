"""The layout of every state: one column, the title once, Done first, Leave last and apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.site import make_app, served

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TITLE = "Community gardener"
LOOK = """(title) => {
  const shown = (e) => e?.checkVisibility({ visibilityProperty: true }) ?? false;
  const box = (e) => { const { left, right, top, bottom } = e.getBoundingClientRect();
    return { left, right, top, bottom }; };
  const inner = (e) => { const b = box(e); const s = getComputedStyle(e);
    return [b.left + parseFloat(s.paddingLeft), b.right - parseFloat(s.paddingRight)]; };
  const screen = document.querySelector(".screen");
  const card = screen.matches(".centered");
  const banner = document.querySelector(".banner");
  const own = (e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("");
  const tools = [...document.querySelectorAll(".tool")].filter(shown);
  const done = document.querySelector(".done");
  return {
    columns: [inner(document.querySelector(".top")),
      card ? [box(screen).left, box(screen).right] : inner(screen),
      ...(shown(banner) ? [[box(banner).left, box(banner).right]] : [])],
    titles: [...document.querySelectorAll("body *")]
      .filter((e) => shown(e) && own(e).trim() === title).length,
    dead: shown(done) && done.getAttribute("aria-disabled") === "true",
    done: shown(done) ? box(done) : null,
    tools: tools.map((e) => ({ name: e.className, ...box(e) })),
    filled: [...screen.querySelectorAll("*")].filter(shown).reduce(
      (most, e) => Math.max(most, box(e).bottom), 0) / innerHeight,
  };
}"""


async def look(page: Page, state: str) -> dict[str, Any]:
    await page.evaluate("(state) => draw(state)", state)
    seen: dict[str, Any] = await page.evaluate(LOOK, TITLE)
    return seen


async def test_every_state_stands_in_one_column(open_browser: OpenBrowser) -> None:
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, reduced_motion="reduce", viewport={"width": 1280, "height": 800}) as (
            page,
            _,
        ),
    ):
        await page.goto(f"{base}/pages/gallery.html?state=loading")
        await page.locator("body[data-ready]").wait_for()
        names: list[str] = await page.evaluate("window.galleryStates")
        seen = {name: await look(page, name) for name in names}
        columns = {tuple(map(round, c)) for one in seen.values() for c in one["columns"]}
        assert len(columns) == 1, columns
        assert [name for name, one in seen.items() if one["titles"] > 1] == []
        assert [name for name, one in seen.items() if one["dead"]] == []
        assert seen["listening"]["done"]
        # A screen reaches the middle of the window, however little it has to say.
        assert [name for name, one in seen.items() if one["filled"] < 0.4] == []
        for name in ("listening", "speaking", "greeting"):
            check_order(seen[name], least_gap_px=8)
        await page.set_viewport_size({"width": 360, "height": 740})
        for name in ("listening", "speaking", "greeting"):
            check_order(await look(page, name), least_gap_px=0)
        await page.evaluate("draw('landing')")
        start = await page.get_by_role("button", name="Start the demo interview").bounding_box()
        assert start is not None
        assert start["y"] + start["height"] < 740, "the button is above the fold"


def check_order(seen: dict[str, Any], *, least_gap_px: float) -> None:
    """Done above all others, Leave after all others, at the edge."""
    *others, leave = seen["tools"]
    assert "leave" in leave["name"]
    if seen["done"]:
        assert all(seen["done"]["bottom"] <= one["top"] for one in seen["tools"])
    beside = [one for one in others if abs(one["top"] - leave["top"]) < 8]
    assert all(one["right"] + least_gap_px <= leave["left"] for one in beside)
    assert all(one["top"] <= leave["top"] + 8 for one in others)
