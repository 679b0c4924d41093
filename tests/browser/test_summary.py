"""The summary at the end, at the real page against the real server: read, corrected, confirmed."""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from media_server.interview.phrases import their_questions
from tests.browser.candidate import FAKE_MICROPHONE, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.test_gallery import EVERY_RULE, axe, too_wide, violations
from tests.support.server import API_KEY, Server, start_server, stop_server

__all__ = ["axe"]  # a fixture
pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(300)]

QUESTIONS = ("Where did you work?", "What did you mend?")
ANSWERS = (
    "I worked in a bakery in Homburg for five years.",
    "I mended the water pump in the garden.",
)
RIGHT = "I worked in a bakery in Hamburg for five years."
OFFER = "Would you like to hear what I understood? You can also read it on the screen."
TYPE_INSTEAD = "Continue without a microphone and type"
LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "phone-dark": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
}
SHOTS = Path(os.environ["BROWSER_SHOTS"]) if "BROWSER_SHOTS" in os.environ else None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"))
    yield made
    assert stop_server(made) == 0


def ask(server: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310  # our own server, by HTTP
        server.url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  # as above
        return json.load(response)


async def nothing_is_wrong(page: Page, axe: str) -> None:
    await page.evaluate(axe)
    assert await violations(page, EVERY_RULE) + await too_wide(page) == []


@pytest.mark.parametrize("look", LOOKS)
async def test_it_is_read_corrected_and_confirmed(
    server: Server, open_browser: OpenBrowser, axe: str, look: str
) -> None:
    body = {
        "title": "Two questions",
        "greeting": "Hello.",
        "questions": [{"id": f"q{n}", "text": text} for n, text in enumerate(QUESTIONS, 1)],
        "summary": "offer",
        "candidate_questions": True,
    }
    made = ask(server, "/v1/interviews", body)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(
            browser,
            scripts=(FAKE_MICROPHONE,),
            bypass_csp=True,
            reduced_motion="reduce",
            **LOOKS[look],
        ) as (page, _),
    ):
        candidate = Candidate(page, SHOTS)
        await page.goto(made["join_url"])
        await candidate.agree()
        await candidate.click(TYPE_INSTEAD)
        for question, text in zip(QUESTIONS, ANSWERS, strict=True):
            await candidate.sees_heading(question)
            await candidate.activity("typing")
            await candidate.answer_in_writing(text)
        await candidate.sees_heading(their_questions("en"))
        await candidate.activity("typing")
        await candidate.shot(f"their-questions-{look}")
        await nothing_is_wrong(page, axe)
        await candidate.answer_in_writing("No.")
        await candidate.sees_heading(OFFER)
        await page.get_by_role("button", name="Yes, tell me").wait_for()
        await candidate.shot(f"summary-offer-{look}")
        await nothing_is_wrong(page, axe)
        await candidate.click("Yes, tell me")
        await page.get_by_role("heading", level=1, name="What I understood", exact=True).wait_for()
        first = page.get_by_label("Question 1", exact=True)
        assert await first.input_value() == ANSWERS[0]
        assert await page.get_by_label("Question 2", exact=True).input_value() == ANSWERS[1]
        await first.fill(RIGHT)
        await candidate.sees("Not saved yet")
        await page.reload()  # what is typed stays in this tab
        await candidate.click(TYPE_INSTEAD)
        await page.get_by_role("heading", level=1, name="What I understood", exact=True).wait_for()
        assert await first.input_value() == RIGHT
        await candidate.shot(f"summary-edit-{look}")
        await nothing_is_wrong(page, axe)
        await candidate.click("Save this change")
        await candidate.sees("Saved")
        await candidate.shot(f"summary-saved-{look}")
        await nothing_is_wrong(page, axe)
        await candidate.click("That’s right")
        await page.get_by_role("heading", name="Thank you, that’s everything").wait_for(
            timeout=60_000
        )
        told = page.locator(".answers > li").first.locator(".correction")
        assert RIGHT in await told.inner_text()
        await candidate.shot(f"summary-after-{look}")
        await nothing_is_wrong(page, axe)
    found = await asyncio.to_thread(ask, server, f"/v1/interviews/{made['id']}/result")
    assert found["status"] == "completed"
    assert (found["summary"]["status"], found["summary"]["by"]) == ("confirmed", "click")
    assert [one["text"] for one in found["summary"]["sentences"]] == list(ANSWERS)
    by_id = {answer["prompt_id"]: answer for answer in found["answers"]}
    assert by_id["q1"]["text"] == ANSWERS[0], "what was heard stays"
    [made_so] = by_id["q1"]["summary_corrections"]
    expected = {"source": "summary", "by": "text", "text": RIGHT, "original": ANSWERS[0]}
    assert {name: made_so[name] for name in expected} == expected
    assert by_id["q2"]["summary_corrections"] == []
