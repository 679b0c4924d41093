"""Every state of the page, light and dark, narrow and wide: axe finds nothing, nothing spills."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.site import HERE, make_app, served

AXE = HERE.parents[1] / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = (("light", 1280), ("dark", 320))
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _axe() -> str:
    if not AXE.is_file():
        message = "axe-core is missing: run `npm ci`"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return AXE.read_text()


@pytest.mark.timeout(400)
async def test_axe_finds_nothing_in_any_state(open_browser: OpenBrowser) -> None:
    axe = _axe()
    found: dict[str, Any] = {}
    async with served(make_app()) as base, open_browser() as browser:
        for scheme, width in LOOKS:
            size = {"width": width, "height": 800}
            async with new_page(
                browser,
                viewport=size,
                color_scheme=scheme,
                reduced_motion="reduce",
                bypass_csp=True,
            ) as (page, _):
                await page.goto(f"{base}/pages/gallery.html")
                names = await page.evaluate("window.galleryStates")
                assert len(names) > 20
                for name in names:
                    await page.goto(f"{base}/pages/gallery.html?state={name}")
                    await page.locator("main").wait_for()
                    await page.evaluate(axe)
                    result = await page.evaluate("axe.run()")
                    wrong = [(v["id"], v["nodes"][0]["html"][:120]) for v in result["violations"]]
                    if await page.evaluate(OVERFLOW) > 0:
                        wrong.append(("overflow", f"{width} px"))
                    if wrong:
                        found[f"{name} {scheme} {width}"] = wrong
    assert found == {}
