"""What was said, in one call with a server of the test's own: requests, words that stay, the
conversation so far, a moment to think, the introduction skipped, and who listens to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import AUTOPLAY, OpenBrowser, comes_true
from tests.browser.test_turn import (
    CAN,
    FOCUSED,
    HIDE,
    RUN,
    asked,
    hears,
    in_a_call,
    paused,
    sent,
    state,
    words,
)

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(120)]

NOTE_WHAT_IS_SAID = """() => {
  window.announced = [];
  for (const region of document.querySelectorAll(".visually-hidden[role=status]")) {
    const note = () => region.textContent && window.announced.push(region.textContent.trim());
    new MutationObserver(note)
      .observe(region, { childList: true, characterData: true, subtree: true });
  }
}"""
GREETING = {
    "type": "caption",
    "utterance_id": "u-1",
    "kind": "greeting",
    "text": "Hello, I am an AI.",
    "duration_ms": 4000,
    "sentences": [],
}
DRAWN = """() => {
  window.drawn = 0;
  new MutationObserver((changes) => (window.drawn += changes.length))
    .observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


async def announced(page: Page, *wanted: str) -> None:
    """These, each once, and nothing else since the last time."""
    await comes_true(page, f"window.announced.length >= {len(wanted)}")
    await page.wait_for_timeout(600)  # longer than news takes to settle
    assert await page.evaluate("window.announced.splice(0)") == list(wanted)


def request(number: int, text: str) -> dict[str, Any]:
    told = words(number, text)
    return told | {"segment_id": f"{number}-0", "seq": number * 10 + 2, "request": "repeat"}


async def test_a_conversation_is_shown_as_it_was_and_announced_once(
    open_browser: OpenBrowser,
) -> None:
    """Over 50 lines on purpose: one visit, from its beginning to its end."""
    async with in_a_call(
        lambda: open_browser(AUTOPLAY), viewport={"width": 1280, "height": 800}
    ) as page:
        await page.evaluate(NOTE_WHAT_IS_SAID)
        await page.evaluate("window.interviewPage.set({ hasMicrophone: false })")
        await hears(
            page,
            state(0, stage="greeting", status="greeting", activity="speaking", can=["skip"]),
            GREETING,
        )
        await announced(page, "Hello, I am an AI.")
        await page.get_by_role("button", name="Skip introduction").focus()
        await page.keyboard.press("Enter")
        assert len(await sent(page, "skip")) == 1
        await page.evaluate("window.interviewPage.set({ hasMicrophone: true })")

        # A request is no answer.
        await hears(page, asked(1), state(1, "think"))
        assert await page.get_by_role("button", name="Skip introduction").is_hidden()
        assert await page.evaluate(FOCUSED) == "H1 What is number 1?"
        await announced(page, "Question 1 of 2. Listening. Your turn.")
        await hears(page, request(1, "Can you repeat that?"), words(1, "I am a nurse."))
        own = page.locator(".words")
        assert await own.locator(".request").inner_text() == "You asked Can you repeat that?"
        assert await own.locator(".final").inner_text() == "I am a nurse."
        assert await page.get_by_text("Words in italics").is_hidden()

        # Time to think, with its ring.
        await page.get_by_role("button", name="I need a moment").click()
        assert len(await sent(page, "think")) == 1
        hint = {"type": "hint", "code": "thinking", "text": "Take your time."}
        await hears(page, hint, paused(0, 30_000))
        await page.locator(".presence-note", has_text="Take your time.").wait_for()
        assert await page.locator(RUN).is_visible()
        await announced(page, "Take your time.")

        # The next question: the words stay, and go up to the conversation.
        await page.wait_for_timeout(1_000)
        thinking = state(
            2, status="asking", activity="speaking", can=[n for n in CAN if n != "done"]
        )
        await hears(page, asked(2), thinking)
        before = page.locator(".before")
        await before.get_by_text("I am a nurse.").wait_for()
        assert await own.inner_text() == "Your words appear here while you speak."
        await before.wait_for(state="hidden")
        await page.get_by_role("button", name="Conversation").focus()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="The conversation so far")
        await dialog.wait_for()
        assert await dialog.get_by_role("listitem").count() == 2
        assert "You asked Can you repeat that?" in await dialog.inner_text()
        assert (await page.evaluate(FOCUSED)).startswith("OL ")
        await page.keyboard.press("Escape")
        assert await page.evaluate(FOCUSED) == "BUTTON Conversation"

        # Nobody is told twice, on a reload either; nothing is drawn where nothing has changed.
        await hears(page, state(2))
        await announced(page, "Question 2 of 2. Listening. Your turn.")
        await page.evaluate(DRAWN)
        await page.wait_for_timeout(1_000)
        assert await page.evaluate("window.drawn") == 0
        await page.evaluate(HIDE, "hidden")
        await page.reload()
        await page.locator("body[data-ready]").wait_for()
        await page.evaluate(NOTE_WHAT_IS_SAID)
        story = (asked(1), request(1, "Can you repeat that?"), words(1, "I am a nurse."), asked(2))
        for message in (state(2), *story, state(2)):
            await hears(page, message)
        await announced(page, "Question 2 of 2. Listening. Your turn.")
        assert await before.is_hidden()

        # Too long for the channel: known before it is sent, and nothing is cut off.
        await page.get_by_role("button", name="Type instead").click()
        box = page.get_by_label("Type your answer")
        await box.fill("\u8a9e" * 6_000)
        await page.get_by_text("Please shorten it by about 600 characters.").wait_for()
        await page.keyboard.press("Control+Enter")
        assert await sent(page, "text_answer") == []
        await box.fill("\u8a9e" * 5_000)
        await page.get_by_role("button", name="Send answer").click()
        [answer] = await sent(page, "text_answer")
        assert len(answer["text"]) == 5_000
