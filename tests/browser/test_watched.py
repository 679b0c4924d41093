"""The candidate's page says that people may watch, and shows when somebody does. And at a server
with one place: who finds it taken waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.browser.candidate import FAKE_MICROPHONE, STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.test_interview import QUESTIONS, SHOTS, TYPE_INSTEAD, create
from tests.faults.visitor import AUTHORISED, join
from tests.support.server import HURRIED, Server, start_server, stop_server

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(240)]
MAY = "People of the organisation that invited you may follow this interview live, in writing."
DOES = "Somebody is following this interview live."
WAITING = "You\N{RIGHT SINGLE QUOTATION MARK}re waiting for a place"
AWAY = "Check your internet connection. We keep trying."
LEFT = "You\N{RIGHT SINGLE QUOTATION MARK}ve left the interview"
ANNOUNCED = """
() => {
  window.announced = [];
  for (const region of document.querySelectorAll('[role="status"]')) {
    new MutationObserver(() => window.announced.push(region.textContent))
      .observe(region, { childList: true, characterData: true, subtree: true });
  }
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **HURRIED)
    yield made
    assert stop_server(made) == 0


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Server]:
    """A server of one place. Of this test alone: whoever comes next would wait for it, too."""
    one_place = {"MEDIA_SERVER_MAX_LIVE": "1", "MEDIA_SERVER_RETRY_AFTER_S": "1"}
    made = start_server(tmp_path, **one_place, **HURRIED)
    yield made
    assert stop_server(made) == 0


async def test_who_finds_no_place_waits_and_joins_when_there_is_one(
    small: Server, open_browser: OpenBrowser
) -> None:
    """In writing, from the link to the first question; the network is away for a while."""
    other, link = await asyncio.to_thread(create, small)
    _, join_url = await asyncio.to_thread(create, small)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, context),
        aiohttp.ClientSession() as http,
    ):
        joined = await join(small, http, link.rpartition("/")[2])
        protocols = ("interview.v1", f"bearer.{joined['token']}")
        async with http.ws_connect(
            f"{small.url}/v1/calls/{other}/text", protocols=protocols
        ) as place:
            await place.send_json({"type": "hello", "last_seq": 0})
            await place.receive_json()
            candidate = Candidate(page, SHOTS)
            await page.goto(join_url)
            await candidate.agree()
            await candidate.click(TYPE_INSTEAD)
            await candidate.sees_heading(WAITING)
            standing = page.locator(".later .lead").get_by_text("You are next.")
            await standing.wait_for()
            await page.get_by_role("status").get_by_text("You are next.").wait_for()
            await candidate.sees("Your turn stays yours for about a minute.")
            assert not await page.get_by_text("Your microphone").is_visible()
            await candidate.shot("waits")
            await context.set_offline(True)
            await standing.wait_for(state="hidden")
            await page.get_by_role("status").get_by_text(AWAY).wait_for()
            assert await candidate.heading() == WAITING
            await context.set_offline(False)
            await standing.wait_for()
            cancel = f"{small.url}/v1/interviews/{other}/cancel"
            async with http.post(cancel, headers=AUTHORISED) as answer:
                assert answer.ok, await answer.text()
        await candidate.sees_heading(QUESTIONS[0])
        await candidate.click("Leave")
        await candidate.click("Leave for good")
        await candidate.sees_heading(LEFT)


async def test_who_is_watched_sees_it(server: Server, open_browser: OpenBrowser) -> None:
    interview_id, join_url = await asyncio.to_thread(create, server, watching=True)
    url = f"{server.url}/v1/interviews/{interview_id}/events?include=words"
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
        aiohttp.ClientSession(headers=AUTHORISED) as http,
    ):
        candidate = Candidate(page, SHOTS)
        await page.goto(join_url)
        await candidate.sees(MAY)
        assert "follow the interview live" in await page.locator(".consent-text").inner_text()
        await candidate.agree()
        await candidate.click(TYPE_INSTEAD)
        await candidate.sees_heading(QUESTIONS[0])
        line = page.locator(".watched")
        assert not await line.is_visible()
        await page.evaluate(ANNOUNCED)
        async with http.get(url) as stream:
            assert stream.status == 200
            await line.wait_for()
            assert await line.inner_text() == DOES
            await candidate.shot("watched")
            await candidate.answer_in_writing("A nurse.")
            await candidate.sees_heading(QUESTIONS[1])
            async with asyncio.timeout(30):
                while b"A nurse." not in (got := await stream.content.readline()):
                    assert got, "the stream ended early"
        await line.wait_for(state="hidden")
        announced: list[str] = await page.evaluate("window.announced")
        assert announced.count(DOES) == 1


async def test_who_is_not_watched_reads_nothing_of_it(
    server: Server, open_browser: OpenBrowser
) -> None:
    _, join_url = await asyncio.to_thread(create, server)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.sees("Your consent")
        assert not await page.get_by_text(MAY).is_visible()
