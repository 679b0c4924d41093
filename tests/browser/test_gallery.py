"""Every state of the page, light and dark, narrow and wide: axe finds nothing, nothing spills."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.site import make_app, served
from tests.support.env import REPOSITORY, missing

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(480)]

STYLES = REPOSITORY / "client" / "styles"
AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
EVERY_RULE: dict[str, object] = {
    "rules": {"target-size": {"enabled": True}},
    "runOnly": {"type": "tag", "values": TAGS},
    "resultTypes": ["violations"],
}
RULES_OF_COLOUR: dict[str, object] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
"""What can differ between light and dark, for dark changes colours alone: see the test of it."""
COLOURED = {
    "accent-color", "background", "border", "border-block", "border-bottom", "border-color",
    "border-inline-start", "border-inline-start-color", "border-top", "box-shadow", "color",
    "outline", "text-decoration", "--tone", "--tone-soft",
}  # fmt: skip
RULES_OF_LAYOUT: dict[str, object] = {
    "rules": {"target-size": {"enabled": True}},
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "link-in-text-block", "scrollable-region-focusable",
                   "target-size"],
    },
    "resultTypes": ["violations"],
}  # fmt: skip
"""What can differ between wide and narrow where the same is shown: where it stands, on what."""
SHOWN = """[...document.querySelectorAll("body *")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))"""
ELEMENTS = SHOWN + ".map((e) => e.outerHTML.match(/^<[^>]*>/)[0]).join()"
COLOURS = (
    SHOWN
    + """.map((e) => {
  const { color, backgroundColor, fontSize, fontWeight } = getComputedStyle(e);
  const large = parseFloat(fontSize) >= (fontWeight >= 700 ? 18.6 : 24);
  return [color, backgroundColor, large].join();
}).join()"""
)
"""By which axe judges them, but for what stands behind what: RULES_OF_LAYOUT look at that."""
RUN_AXE = """(options) => axe.run(document, options).then(({ passes, violations }) => [
  passes.length,
  violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}`),
])"""
"""What axe tells of all that it has checked is long: to hand it over takes longer than to check."""
NUMBERED = re.compile(r"-\d+")
"""What tells two elements of the same kind apart in their ids."""
WIDTHS = (320, 360, 640)
"""Small and usual phones, and 1280 at 200 %."""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """[...document.querySelectorAll("main *, .banner *, dialog[open] *")]
  .filter((e) => e.checkVisibility() && !e.matches(".visually-hidden")
    && ["hidden", "clip"].includes(getComputedStyle(e).overflowX)
    && e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 120))"""
TEXT_SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""  # WCAG 1.4.12
LINE_HEIGHT_IN_EM = """((style) => parseFloat(style.lineHeight) / parseFloat(style.fontSize))(
  getComputedStyle(document.querySelector("main, h1")))"""


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


async def violations(page: Page, rules: dict[str, object]) -> list[str]:
    """Each broken rule with the first element that breaks it."""
    passes, found = await page.evaluate(RUN_AXE, rules)
    assert passes, "axe checked nothing"
    return list(found)


async def too_wide(page: Page) -> list[str]:
    return ["wider than the window"] if await page.evaluate(OVERFLOW) > 0 else []


async def spills(page: Page, width: int) -> list[str]:
    await page.set_viewport_size({"width": width, "height": 720})
    return await too_wide(page)


async def looks(page: Page, seen: set[str]) -> dict[str, list[str]]:
    """What is wrong with what is drawn: wide and narrow, light and dark. Nothing twice: narrow,
    the same elements in the same colours show nothing new in dark; nor does a state with the same
    elements in the same colours as one before, whose words alone differ: those may spill."""

    async def look(rules: dict[str, object]) -> list[str]:
        return await violations(page, rules) + await too_wide(page)

    await page.emulate_media(color_scheme="light")
    wide = [NUMBERED.sub("-", await page.evaluate(ELEMENTS)), await page.evaluate(COLOURS)]
    if "".join(wide) in seen:
        return {f"{width}": await spills(page, width) for width in WIDTHS}
    seen.add("".join(wide))
    found = {"light, 1280": await look(EVERY_RULE)}
    await page.emulate_media(color_scheme="dark")
    found["dark, 1280"] = await look(RULES_OF_COLOUR)
    await page.set_viewport_size({"width": 320, "height": 720})
    await page.emulate_media(color_scheme="light")
    narrow = [NUMBERED.sub("-", await page.evaluate(ELEMENTS)), await page.evaluate(COLOURS)]
    same_elements = narrow[0] == wide[0]
    found["light, 320"] = await look(RULES_OF_LAYOUT if same_elements else EVERY_RULE)
    if narrow != wide:
        await page.emulate_media(color_scheme="dark")
        found["dark, 320"] = await look(RULES_OF_COLOUR)
    return found | {f"{width}": await spills(page, width) for width in WIDTHS[1:]}


async def test_nothing_is_wrong_in_any_state(open_browser: OpenBrowser, axe: str) -> None:
    """Each state is drawn once and looked at wide and narrow, light and dark, then enlarged.

    Every rule of axe in light; in dark those of colour. Narrow, where the same is shown as wide,
    those of layout. 1280 x 1024 at 400 % is a window of 320 x 256: with text spacing (WCAG 1.4.12)
    nothing may be cut off. One document for all, each state in a shell of its own: to load the page
    and axe again takes longer than to look.
    """
    found: dict[str, list[str]] = {}
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, bypass_csp=True, reduced_motion="reduce") as (page, _),
    ):
        names = await states(page, base)
        await page.evaluate(axe)
        seen: set[str] = set()
        spacing = await page.add_style_tag(content=TEXT_SPACING)
        for state in names:
            await spacing.evaluate("(style) => { style.disabled = true; }")
            await page.set_viewport_size({"width": 1280, "height": 720})
            await page.evaluate("(state) => draw(state)", state)
            found |= {
                f"{state}, {look}": wrong for look, wrong in (await looks(page, seen)).items()
            }
            await page.set_viewport_size({"width": 320, "height": 256})
            await spacing.evaluate("(style) => { style.disabled = false; }")
            assert await page.evaluate(LINE_HEIGHT_IN_EM) == 1.5
            found[f"{state}, enlarged"] = await page.evaluate(CUT_OFF) + await too_wide(page)
    assert len(found) >= 4 * len(names)
    assert len(seen) > 50
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def test_dark_changes_colours_alone() -> None:
    """Which is why the rules of colour are enough there."""
    sheets = "".join(path.read_text() for path in sorted(STYLES.glob("*.css")))
    dark = re.findall(r"prefers-color-scheme:\s*(\w+)\)\s*{\s*:root\s*{([^}]*)}\s*}", sheets)
    assert [scheme for scheme, _ in dark] == ["dark"]
    assert sheets.count("prefers-color-scheme") == 1
    names = re.findall(r"(\S+):[^;]+;", dark[0][1])
    assert len(names) > 20
    light = sheets[: sheets.index("prefers-color-scheme")]
    for name in names:
        value = re.search(rf"^\s*{name}:\s*([^;]+);", light, re.MULTILINE)
        assert value is not None, f"{name} is set in dark alone"
        assert re.match(r"(var\(--brand-light-\w+, )?#[0-9a-f]{6}\)?$|.*rgb\(", value[1]), (
            f"{name} is no colour"
        )
    for name in (*names, *(use for use in COLOURED if use.startswith("--"))):
        uses = re.findall(rf"([\w-]+):[^;:{{}}]*var\({name}\)", sheets)
        assert uses, name
        assert set(uses) <= COLOURED, f"{name} is used for {uses}"


async def test_axe_would_find_something(open_browser: OpenBrowser, axe: str) -> None:
    """The check itself can fail: contrast, a name, a target that is too small."""
    spoil = """document.querySelector("h1").style.color = "#e0e0e0";
      document.querySelector(".tools").style.cssText = "display:flex;gap:0";
      document.querySelector(".done .button-label").remove();
      document.querySelectorAll(".tool").forEach((tool) => {
        tool.style.cssText = "flex:none;width:8px; min-width:0;height:8px;min-height:0;padding:0";
        tool.replaceChildren();
        tool.setAttribute("aria-label", "small");
      });"""
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, bypass_csp=True, color_scheme="light") as (page, _),
    ):
        await show(page, base, "listening")
        await page.evaluate(axe)
        await page.evaluate(spoil)
        found = {wrong.split(":")[0] for wrong in await violations(page, EVERY_RULE)}
        coloured = {wrong.split(":")[0] for wrong in await violations(page, RULES_OF_COLOUR)}
    assert {"color-contrast", "button-name", "target-size"} <= found
    assert coloured == {"color-contrast"}


async def test_at_400_percent_the_controls_do_not_cover_the_words(
    open_browser: OpenBrowser,
) -> None:
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, viewport={"width": 320, "height": 256}) as (page, _),
    ):
        await show(page, base, "listening")
        position = await page.evaluate(
            "getComputedStyle(document.querySelector('.controls')).position"
        )
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
        for state in ("thinking", "speaking", "listening", "loading", "waiting", "waiting-over"):
            await show(page, base, state)
            assert await page.evaluate("document.getAnimations().length") == 0


async def test_forced_colours_leave_a_frame_around_what_can_be_pressed(
    open_browser: OpenBrowser,
) -> None:
    """A background is taken away there; what shows the turn keeps its own colour."""
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, forced_colors="active") as (page, _),
    ):
        for state in ("listening", "check-heard", "leaving", "finished"):
            await show(page, base, state)
            bare = await page.evaluate(
                """[...document.querySelectorAll("button")].filter((e) => e.checkVisibility()
                  && getComputedStyle(e).borderTopStyle !== "solid").map((e) => e.innerText)"""
            )
            assert bare == [], state
        await show(page, base, "listening")
        kept = "getComputedStyle(document.querySelector('.orb')).forcedColorAdjust"
        assert await page.evaluate(kept) == "none"
