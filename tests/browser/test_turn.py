"""What the page shows of turn-taking, with a server of the test's own: the wait, a question back,
an answer that is open again, a skip that may be undone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import OpenBrowser, comes_true, new_page
from tests.browser.site import make_app, served

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(120)]

CAN = ["done", "not_finished", "repeat", "skip", "text_answer", "pause", "leave"]
STARTED = {"type": "turn", "phase": "started"}
RESUMED = {"type": "turn", "phase": "resumed"}
ASKS_BACK = "Shall I repeat the question?"
RUN = ".ring .run"
DONE = "I\N{RIGHT SINGLE QUOTATION MARK}m done"
OFFSET = f"parseFloat(getComputedStyle(document.querySelector('{RUN}')).strokeDashoffset)"
COUNT_WHAT_IS_READ_OUT = """window.readOut = 0;
  for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
    new MutationObserver((changes) => (window.readOut += changes.length))
      .observe(region, { childList: true, characterData: true, subtree: true });
  }"""
ANNOUNCED = """[...document.querySelectorAll("[role=status]")]
  .some((region) => region.textContent === "Question 1 of 2. Listening. Your turn.")"""
HIDE = """(hidden) => {
  Object.defineProperty(document, "visibilityState", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
FOCUSED = "document.activeElement.tagName + ' ' + document.activeElement.textContent"


def asked(number: int) -> dict[str, Any]:
    return {
        "type": "question",
        "seq": number * 10,
        "prompt_id": f"q{number}",
        "kind": "question",
        "question_id": f"q{number}",
        "number": number,
        "of": 2,
        "text": f"What is number {number}?",
    }


def state(number: int, *more: str, **changes: Any) -> dict[str, Any]:
    return {
        "type": "state",
        "status": "listening",
        "stage": "answer",
        "activity": "listening",
        "can": [*CAN, *more],
        "prompt_id": f"q{number}",
        "number": number,
        **changes,
    }


def paused(silence_ms: int, wait_ms: int | None) -> dict[str, Any]:
    return {"type": "turn", "phase": "paused", "silence_ms": silence_ms, "wait_ms": wait_ms}


def words(number: int, text: str) -> dict[str, Any]:
    return {
        "type": "transcript",
        "seq": number * 10 + 1,
        "segment_id": f"{number}-1",
        "prompt_id": f"q{number}",
        "question_id": f"q{number}",
        "text": text,
        "final": True,
    }


@asynccontextmanager
async def in_a_call(open_browser: OpenBrowser, **options: Any) -> AsyncIterator[Page]:
    async with (
        served(make_app()) as base,
        open_browser() as browser,
        new_page(browser, **options) as (page, _),
    ):
        await page.goto(f"{base}/pages/call.html")
        await page.locator("body[data-ready]").wait_for()
        yield page


async def hears(page: Page, *messages: dict[str, Any]) -> None:
    await page.evaluate(f"window.said(...{json.dumps(messages)})")


async def sent(page: Page, kind: str) -> list[dict[str, Any]]:
    return [m for m in await page.evaluate("window.sent") if m["type"] == kind]


async def box(page: Page, name: str) -> dict[str, float]:
    found = await page.get_by_role("button", name=name, exact=True).bounding_box()
    assert found is not None
    return {side: found[side] for side in ("x", "y", "width", "height")}


async def test_the_ring_fills_as_the_wait_runs_and_empties_when_speech_resumes(
    open_browser: OpenBrowser,
) -> None:
    async with in_a_call(open_browser, viewport={"width": 1280, "height": 800}) as page:
        await hears(page, asked(1), state(1), STARTED)
        assert not await page.locator(RUN).is_visible()
        await comes_true(page, ANNOUNCED)
        await comes_true(page, "document.getAnimations().length === 0")  # it has come in
        done = await box(page, DONE)
        await page.evaluate(COUNT_WHAT_IS_READ_OUT)
        await hears(page, paused(100_000, 400_000))
        await page.get_by_text("Waiting for more.").wait_for()
        await page.wait_for_timeout(400)  # it has come to where it stands
        assert 70 < await page.evaluate(OFFSET) < 75
        await comes_true(page, f"{OFFSET} < 74")  # it runs by itself
        await hears(page, paused(200_000, 250_000))
        await page.wait_for_timeout(400)
        assert 10 < await page.evaluate(OFFSET) < 20
        assert await box(page, DONE) == done
        await hears(page, RESUMED)
        await page.get_by_text("We hear you.").wait_for()
        await comes_true(page, f"{OFFSET} === 100")
        await comes_true(page, f"getComputedStyle(document.querySelector('{RUN}')).opacity === '0'")
        await hears(page, paused(300, None))
        assert not await page.get_by_text("Waiting for more.").is_visible()
        assert await page.evaluate("window.readOut") == 0, "nothing of it is read out"


async def test_with_less_motion_the_wait_goes_in_steps_and_only_while_it_is_seen(
    open_browser: OpenBrowser,
) -> None:
    async with in_a_call(open_browser, reduced_motion="reduce") as page:
        lit = page.locator(".wait-steps [data-on]")
        await hears(page, asked(1), state(1), STARTED, paused(0, 6_000))
        await page.locator(".wait-steps").wait_for()
        assert await page.locator(RUN).is_hidden()
        assert await page.evaluate("document.getAnimations().length") == 0
        assert await lit.count() < 5
        await comes_true(page, "document.querySelectorAll('.wait-steps [data-on]').length === 5")
        await page.evaluate(HIDE, "hidden")
        await hears(page, paused(0, 1_000))
        before = await lit.count()
        await page.wait_for_timeout(1_300)
        assert await lit.count() == before < 5
        await page.evaluate(HIDE, "visible")
        assert await lit.count() == 5
        await hears(page, RESUMED)
        assert not await page.locator(".wait-steps").is_visible()


async def test_an_answer_that_is_open_again_is_shown_also_after_a_reload(
    open_browser: OpenBrowser,
) -> None:
    story = (asked(1), words(1, "I work as a nurse and"), asked(2), words(2, "Hm."))
    async with in_a_call(open_browser) as page:
        heading, own = page.locator("main h1"), page.locator(".words")
        typed = page.get_by_label("Type your answer")
        await hears(page, *story, state(2))
        assert await heading.inner_text() == "What is number 2?"
        assert await page.get_by_text("Question 2 of 2").is_visible()
        await hears(page, state(1))
        for reloaded in (False, True):
            if reloaded:
                await page.reload()
                await page.locator("body[data-ready]").wait_for()
                await hears(page, state(1), *story, state(1))
            assert await page.get_by_text("Back to question 1", exact=True).is_visible()
            assert await heading.inner_text() == "What is number 1?"
            assert (await own.inner_text()).strip() == "I work as a nurse and"
            if not reloaded:
                await page.get_by_role("button", name="Type instead").click()
                await typed.fill("at night")
            assert await typed.input_value() == "at night"
        await hears(page, state(2))
        assert await heading.inner_text() == "What is number 2?"
        assert (await own.inner_text()).strip() == "Hm."
        assert await typed.input_value() == ""
        await hears(page, state(1))
        assert await typed.input_value() == "at night"


async def test_a_skip_can_be_undone_by_keyboard_and_takes_no_focus(
    open_browser: OpenBrowser,
) -> None:
    async with in_a_call(open_browser, viewport={"width": 320, "height": 800}) as page:
        await hears(page, asked(1), state(1))
        await page.get_by_role("button", name="Skip").click()
        assert len(await sent(page, "skip")) == 1
        await hears(page, asked(2), state(2, "undo_skip", skipped="q1"))
        await page.get_by_text("Question 1 skipped.", exact=True).wait_for()
        said = page.get_by_role("status").get_by_text("You can undo this for a few seconds.")
        await said.wait_for()
        assert await said.inner_text() == (
            "Question 1 skipped. You can undo this for a few seconds."
        )
        assert (await page.evaluate(FOCUSED)).endswith("Skip")
        undo = page.get_by_role("button", name="Undo")
        for width in (1280, 320):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await undo.evaluate(
                "(e) => { const r = e.getBoundingClientRect(); const x = r.x + r.width / 2;"
                " return e.contains(document.elementFromPoint(x, r.y + r.height / 2)); }"
            ), f"something lies on it at {width}"
        while not await undo.evaluate("(e) => e === document.activeElement"):
            await page.keyboard.press("Shift+Tab")
            assert not (await page.evaluate(FOCUSED)).startswith("BODY"), "it cannot be reached"
        await page.keyboard.press("Enter")
        assert len(await sent(page, "undo_skip")) == 1
        await hears(page, state(1))
        assert not await undo.is_visible()
        assert await page.evaluate(FOCUSED) == "H1 What is number 1?"
        assert await page.get_by_text("Back to question 1", exact=True).is_visible()


async def test_a_question_back_is_answered_by_one_of_three_buttons(
    open_browser: OpenBrowser,
) -> None:
    async with in_a_call(open_browser, viewport={"width": 320, "height": 640}) as page:
        await hears(page, asked(1), state(1))
        await page.get_by_role("button", name="Pause").focus()
        for label, choice in (
            ("Yes", "yes"),
            ("No, I’ll go on", "no"),
            ("That’s my answer", "answer"),
        ):
            await hears(page, state(1, "confirm", confirm=ASKS_BACK))
            group = page.get_by_role("group", name=ASKS_BACK)
            assert not (await page.evaluate(FOCUSED)).startswith("H1")
            assert await group.get_by_role("button").count() == 3
            await group.get_by_role("button", name=label, exact=True).click()
            assert (await sent(page, "confirm"))[-1]["choice"] == choice
            await hears(page, state(1))
            assert not await group.is_visible()
            assert await page.evaluate(FOCUSED) == "H1 What is number 1?"
            await page.get_by_role("button", name="Pause").focus()


async def test_other_words_are_offered_where_there_are_some_and_advice_is_put_away(
    open_browser: OpenBrowser,
) -> None:
    async with in_a_call(open_browser) as page:
        other = page.get_by_role("button", name="Rephrase")
        await hears(page, asked(1), state(1, "rephrase"))
        await hears(page, state(1, can=["pause", "leave"], status="deciding"))
        assert await other.is_visible(), "between the questions nothing jumps"
        await hears(page, state(1, "rephrase"))
        await other.focus()
        await hears(page, asked(2), state(2))
        assert await other.is_visible(), "under the fingers nothing goes"
        assert await other.get_attribute("aria-disabled") == "true"
        await page.get_by_role("button", name="Repeat").focus()
        await hears(page, state(2))
        assert not await other.is_visible()

        advice = {"type": "hint", "code": "use_headphones", "text": "Headphones would help."}
        text = page.locator(".advice").get_by_text("Headphones would help.")
        await hears(page, advice, STARTED)
        await text.wait_for()
        await page.get_by_role("button", name="Got it").click()
        await text.wait_for(state="hidden")
        assert await page.evaluate(FOCUSED) == "H1 What is number 2?"
        await hears(page, advice)
        assert not await text.is_visible()
