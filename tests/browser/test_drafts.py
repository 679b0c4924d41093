"""What a candidate has typed and not sent outlives a pause and a reload, under its own question."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.site import make_app, served

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(300)]

LISTENING = {
    "type": "state",
    "status": "listening",
    "stage": "answer",
    "activity": "listening",
    "can": ["text_answer", "pause", "leave"],
}
PAUSED = {
    "type": "state",
    "status": "paused",
    "stage": "paused",
    "activity": "idle",
    "can": ["resume", "leave"],
}
COMPLETED = {
    "type": "completed",
    "seq": 3,
    "status": "completed",
    "ended_reason": "",
    "answered": 1,
    "of": 2,
}
ENDS_A_TURN = {"text_answer", "done"}
CAPTION = {
    "type": "caption",
    "utterance_id": "u",
    "kind": "reprompt",
    "text": "Take your time. " * 12,
    "duration_ms": 60_000,
    "spoken": True,
    "sentences": [],
}
HINT = {"type": "hint", "code": "typed_early", "text": "This is noted. " * 4}
STORED = "Object.keys(sessionStorage).filter((key) => key.startsWith('interview-drafts'))"


def asked(number: int) -> dict[str, Any]:
    return {
        "type": "question",
        "seq": number,
        "question_id": f"q{number}",
        "number": number,
        "of": 2,
        "text": f"Question {number}?",
    }


async def hears(page: Page, *messages: dict[str, Any]) -> None:
    await page.evaluate(f"window.said(...{json.dumps(messages)})")


COVERED = """(names) => names.filter((name) => {
  const one = [...document.querySelectorAll("main button")].find((b) => b.textContent === name);
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const middle = [(left + right) / 2, (top + bottom) / 2];
  const points = [[left + 8, top + 8], [right - 8, bottom - 8], middle];
  return points.some(([x, y]) => !one.contains(document.elementFromPoint(x, y)));
})"""


async def typed(page: Page) -> list[str]:
    return [m.get("text", "done") for m in await page.evaluate("sent") if m["type"] in ENDS_A_TURN]


async def test_a_draft_is_put_back_after_a_pause_and_a_reload(open_browser: OpenBrowser) -> None:
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser) as (page, _),
    ):
        await page.goto(f"{base}/pages/call.html")
        await page.locator("body[data-ready]").wait_for()
        area = page.locator("textarea")
        await hears(page, asked(1), LISTENING)
        assert not await area.is_visible()
        await page.get_by_role("button", name="Type").click()
        await area.press_sequentially("We mended the ")
        await hears(page, PAUSED)
        await page.get_by_text("What you typed will still be here").wait_for()
        await hears(page, LISTENING)
        assert await area.input_value() == "We mended the "
        told = [m for m in await page.evaluate("window.sent") if m["type"] == "typing"]
        assert told[0] == {"type": "typing"}, "nothing of the text"
        assert len(told) < 5, "not at each of the letters"

        await area.press_sequentially("tank")
        await page.reload()
        await page.locator("body[data-ready]").wait_for()
        await hears(page, asked(1), LISTENING)
        assert await area.is_visible()
        assert await area.input_value() == "We mended the tank"

        await hears(page, asked(2))
        assert await area.input_value() == ""
        await area.fill("Tomatoes")
        await page.get_by_role("button", name="Send").click()
        sent = [m["text"] for m in await page.evaluate("window.sent") if m["type"] == "text_answer"]
        assert sent == ["Tomatoes"]
        await hears(page, PAUSED, LISTENING)
        assert await area.input_value() == ""

        assert len(await page.evaluate(STORED)) == 1
        await hears(page, COMPLETED)
        assert await page.evaluate(STORED) == []


async def test_done_sends_what_is_typed_and_nothing_covers_sending(
    open_browser: OpenBrowser,
) -> None:
    """With a banner, a caption, a hint and a text of some lines; then question by question."""
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, viewport={"width": 1280, "height": 800}) as (page, _),
    ):
        await page.goto(f"{base}/pages/call.html")
        await page.locator("body[data-ready]").wait_for()
        listening = {
            **LISTENING,
            "can": [*LISTENING["can"], "done", "repeat", "skip", "not_finished"],
        }
        await hears(page, asked(1), {**listening, "prompt_id": "q1"}, CAPTION, HINT)
        await page.evaluate("interviewPage.set({ microphoneTrouble: 'ended' })")
        area = page.locator("textarea")
        assert not await area.is_visible()
        await page.get_by_role("button", name="Type").click()
        await area.press_sequentially("One line\nand two\nand three\n")
        await page.locator("aside.banner").wait_for()
        await page.locator(".caption").wait_for()
        await page.locator(".hint").wait_for()
        assert await page.evaluate(COVERED, ["Send answer"]) == []

        await hears(page, asked(2), {**listening, "prompt_id": "q2"})
        assert await area.input_value() == ""
        await page.get_by_role("button", name="done").click()
        assert await typed(page) == ["done"], "nothing is typed for this question"
        await hears(page, {**listening, "prompt_id": "q1"})  # the first is open again
        assert await area.input_value() == "One line\nand two\nand three\n"
        await page.get_by_role("button", name="done").click()
        assert await typed(page) == ["done", "One line\nand two\nand three"]
        assert await area.input_value() == ""
