"""A person at the page: reads what it shows, clicks, speaks and types."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page

FAKE_MICROPHONE = Path(__file__).parent / "pages" / "fake-microphone.js"
OWN_WORDS = Path(__file__).parent / "pages" / "own-words.js"
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""Of a page whose motion no test looks at: what is drawn sixty times a second takes a third of the
processor that a call needs."""


class Candidate:
    def __init__(self, page: Page, shots: Path | None = None) -> None:
        self.page = page
        self._shots = shots

    async def click(self, name: str, *, exact: bool = True) -> None:
        await self.page.get_by_role("button", name=name, exact=exact).click()

    async def reaches(self, name: str) -> None:
        """Tab, until what is called so has the focus; fails after as many as no screen has."""
        for _ in range(40):
            await self.page.keyboard.press("Tab")
            focused: str = await self.page.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).innerText ?? ''"
            )
            if focused.strip() == name:
                return
        raise AssertionError(f"{name!r} is not reached with the keyboard")

    async def presses(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).wait_for()
        await self.reaches(name)
        await self.page.keyboard.press("Enter")

    async def heading(self) -> str:
        return (await self.page.locator("main h1").inner_text()).strip()

    async def sees(self, text: str | re.Pattern[str]) -> None:
        await self.page.get_by_text(text).first.wait_for()

    async def sees_heading(self, text: str) -> None:
        await self.page.get_by_role("heading", level=1, name=text).wait_for()

    async def activity(self, *wanted: str, timeout_ms: float = 60_000) -> None:
        """Wait until the page shows one of these."""
        selector = ", ".join(f'.presence[data-activity="{name}"]' for name in wanted)
        await self.page.locator(selector).wait_for(timeout=timeout_ms)

    async def agree(self) -> None:
        await self.click("I agree, continue")
        await self.sees_heading("Check your sound")

    async def check_microphone(self) -> None:
        await self.click("Use my microphone")
        await self.page.locator(".verdict").wait_for()

    async def say(self, wav: Path) -> None:
        data = base64.b64encode(wav.read_bytes()).decode()
        await self.page.evaluate("(data) => window.say(data)", data)

    async def begin_to_say(self, wav: Path) -> None:
        data = base64.b64encode(wav.read_bytes()).decode()
        await self.page.evaluate("(data) => void window.say(data)", data)

    async def received(self) -> dict[str, Any]:
        """What the newest call of this page has got from the server."""
        found: dict[str, Any] = await self.page.evaluate("window.received()")
        return found

    async def answer_in_writing(self, text: str) -> None:
        await self.page.get_by_label("Type your answer").fill(text)
        await self.click("Send answer")

    async def energy(self) -> float:
        return float(await self.page.evaluate("window.energy()"))

    async def heard(self) -> list[dict[str, Any]]:
        samples: list[dict[str, Any]] = await self.page.evaluate("window.heard")
        return samples

    async def shot(self, name: str) -> None:
        if self._shots is not None:
            await self.page.screenshot(path=self._shots / f"{name}.png")
