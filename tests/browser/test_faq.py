"""A candidate asks the interviewer something in writing, reads the answer, and goes on; the reader
of the report finds both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.browser.candidate import FAKE_MICROPHONE, STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.test_interview import SHOTS, TYPE_INSTEAD, ask, create, result
from tests.support.server import HURRIED, Server, start_server, stop_server

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(240)]

FAQ = [
    {"q": "What is the salary?", "a": "Between 42,000 and 48,000 euros a year."},
    {"q": "Can I work from home?", "a": "Two days a week, after the first three months."},
]
ASKED = ("What would my salary be?", "And could I work from home?")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **HURRIED)
    yield made
    assert stop_server(made) == 0


async def test_a_question_is_answered_and_stands_in_the_report(
    server: Server, open_browser: OpenBrowser
) -> None:
    """Over 50 lines on purpose: one visit, from its beginning to its end."""
    question = {"id": "q1", "text": "What is your work?"}
    interview_id, join_url = create(server, faq=FAQ, questions=[question])
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        candidate = Candidate(page, SHOTS)
        await page.add_init_script("window.microphoneFailure = 'NotFoundError'")
        await page.goto(join_url)
        await candidate.agree()
        await candidate.click("Use my microphone")
        await candidate.click(TYPE_INSTEAD)
        await candidate.sees_heading("What is your work?")
        await candidate.activity("typing")
        for asked, entry in zip(ASKED, FAQ, strict=True):
            await candidate.answer_in_writing(asked)
            await candidate.sees(entry["a"])
            await candidate.shot(f"faq-{FAQ.index(entry)}-said")
            await candidate.activity("typing")
            caption = page.locator(".caption", has_text=entry["a"])
            assert await caption.is_visible(), "who reads slowly can read it"
            assert await candidate.heading() == "What is your work?", "the same one goes on"
        requests = page.locator(".request")
        assert await requests.all_inner_texts() == [f"You asked {asked}" for asked in ASKED]
        await candidate.shot("faq-asked")
        await candidate.answer_in_writing("I am a nurse.")
        await candidate.sees("1 of 1 question answered")
        await candidate.shot("faq-finished")

        found = await result(server, interview_id)
        assert [turn["text"] for turn in found["answers"][0]["turns"] if not turn["request"]] == [
            "I am a nurse."
        ]
        assert [one["answer"]["text"] for one in found["requests"]] == [one["a"] for one in FAQ]

        path = f"/v1/interviews/{interview_id}/report-links"
        link = await asyncio.to_thread(ask, server, path, {"ttl_s": 600, "scopes": ["report"]})
        await page.goto(link["url"])
        part = page.get_by_role("region", name="Requests")
        rows = part.get_by_role("listitem")
        await rows.first.wait_for()
        for row, asked, entry in zip(await rows.all(), ASKED, FAQ, strict=True):
            text = await row.inner_text()
            assert "Question to the employer" in text
            assert asked in text
            assert "Answered from your FAQ:" in text
            assert entry["a"] in text
        await part.scroll_into_view_if_needed()
        await candidate.shot("faq-report")
        await page.set_viewport_size({"width": 360, "height": 740})
        await part.scroll_into_view_if_needed()
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide
        await candidate.shot("faq-report-360")
