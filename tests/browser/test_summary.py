"""The summary at the end, at the real page against the real server: read, corrected, confirmed."""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from media_server.interview.phrases import their_questions
from tests.browser.candidate import FAKE_MICROPHONE, STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.test_gallery import EVERY_RULE, axe, too_wide, violations
from tests.support.server import API_KEY, HURRIED, Server, start_server, stop_server

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
LOOKS: dict[str, tuple[tuple[int, int], Literal["light", "dark"]]] = {
    "desktop": ((1280, 720), "light"),
    "phone-dark": ((360, 740), "dark"),
    "narrow": ((320, 640), "light"),
}
"""Window and colours; the last one is the one in which the candidate acts."""
SHOTS = Path(os.environ["BROWSER_SHOTS"]) if "BROWSER_SHOTS" in os.environ else None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **HURRIED)
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


async def nothing_is_wrong(candidate: Candidate, axe: str, name: str) -> None:
    """In no look."""
    page = candidate.page
    await page.evaluate(axe)
    for look, ((width, height), scheme) in LOOKS.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme=scheme)
        await candidate.shot(f"{name}-{look}")
        assert await violations(page, EVERY_RULE) + await too_wide(page) == [], look


async def test_it_is_read_corrected_and_confirmed(
    server: Server, open_browser: OpenBrowser, axe: str
) -> None:
    """Over 50 lines on purpose: one visit, from its beginning to its end."""
    body = {
        "title": "Two questions",
        "greeting": "Hello.",
        "questions": [{"id": f"q{n}", "text": text} for n, text in enumerate(QUESTIONS, 1)],
        "summary": "offer",
        "candidate_questions": True,
        # Looked at three times at each step, on whatever machine.
        "accommodations": {"time_multiplier": 4},
    }
    made = ask(server, "/v1/interviews", body)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(
            browser,
            scripts=(FAKE_MICROPHONE,),
            bypass_csp=True,
            viewport={"width": 320, "height": 640},
            **STILL,
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
        await nothing_is_wrong(candidate, axe, "their-questions")
        await candidate.answer_in_writing("No.")
        await candidate.sees_heading(OFFER)
        await page.get_by_role("button", name="Yes, tell me").wait_for()
        await nothing_is_wrong(candidate, axe, "summary-offer")
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
        await nothing_is_wrong(candidate, axe, "summary-edit")
        await candidate.click("Save this change")
        await candidate.sees("Saved")
        await nothing_is_wrong(candidate, axe, "summary-saved")
        await candidate.click("That’s right")
        await page.get_by_role("heading", name="Thank you, that’s everything").wait_for(
            timeout=60_000
        )
        told = page.locator(".answers > li").first.locator(".correction")
        assert RIGHT in await told.inner_text()
        await nothing_is_wrong(candidate, axe, "summary-after")
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
