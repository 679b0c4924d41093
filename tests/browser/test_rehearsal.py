"""A rehearsal at the real page against the real server: heard, judged, played back, and a pace."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.candidate import FAKE_MICROPHONE, STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.test_interview import create
from tests.support.server import API_KEY, REAL_RECOGNISER, Server, start_server, stop_server
from tests.support.speak import speak_wav

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(240)]

FOCUSED = "document.activeElement.textContent"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **REAL_RECOGNISER)
    yield made
    assert stop_server(made) == 0


def log_of(server: Server, interview_id: str) -> str:
    request = urllib.request.Request(  # noqa: S310  # our own server, by HTTP
        f"{server.url}/v1/interviews/{interview_id}/log",
        headers={"Authorization": f"Bearer {API_KEY}"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  # as above
        text: str = response.read().decode()
        return text


async def test_a_sentence_before_the_interview_by_keyboard(
    server: Server, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    interview_id, join_url = create(server, practice=True)
    wav = speak_wav("Hello, I can hear you well.", tmp_path / "say.wav", rate=48_000)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.agree()
        await candidate.check_microphone()
        before = await page.evaluate("performance.getEntriesByType('resource').map((r) => r.name)")
        assert not [name for name in before if "rehears" in name and "offer" not in name]
        await page.get_by_role("button", name="Try a sentence").press("Enter")
        await page.get_by_text("Your turn. Please read it aloud.").wait_for()
        assert await page.evaluate(FOCUSED) == "Stop"  # the focus has not moved
        assert await page.locator(".rehearsal-sentence").get_attribute("lang") == "en"
        await candidate.say(wav)
        await candidate.sees("We hear you.")
        await candidate.sees("This is how you sound to us.")
        energy = await candidate.energy()
        await page.get_by_text("How long may a pause be?").wait_for()
        assert await candidate.energy() > energy  # the candidate hears the candidate
        await candidate.sees("You come through well.")
        assert await page.evaluate(FOCUSED) == "Try it again"
        await page.locator(".paces").get_by_label("Relaxed").check()
        await candidate.click("Start the interview")
        await candidate.activity("listening", timeout_ms=90_000)
        await page.locator(".eyebrow").get_by_text("Practice", exact=True).wait_for()
        await candidate.click("Options")
        assert await page.locator("dialog").get_by_label("Relaxed").is_checked()
        calls = await page.evaluate("window.calls.map((call) => call.connectionState)")
        assert set(calls[:-1]) == {"closed"}  # the rehearsal's, and the check of the network
        assert calls[-1] == "connected"
    log = await asyncio.to_thread(log_of, server, interview_id)
    assert '"slower"' in log
    assert "hear you well" not in log.lower()  # nothing of the rehearsal is kept
