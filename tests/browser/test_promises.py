"""What the screen says about listening is so in a real browser: its track is off while paused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.candidate import FAKE_MICROPHONE, STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, comes_true, new_page
from tests.browser.test_interview import QUESTIONS, create, result
from tests.support.server import HURRIED, Server, start_server, stop_server
from tests.support.speak import speak_wav

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(360)]
TRACK_IS_ON = "window.calls.at(-1).getSenders()[0].track?.enabled === true"
PACKETS_SENT = """(async () => {
    const found = [...(await window.calls.at(-1).getStats()).values()];
    return found.find((report) => report.type === "outbound-rtp").packetsSent;
})()"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **HURRIED)
    yield made
    assert stop_server(made) == 0


async def test_nobody_listens_while_the_page_says_so(
    server: Server, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    questions = [{"id": "q1", "text": QUESTIONS[0]}]
    interview_id, join_url = await asyncio.to_thread(create, server, questions=questions)
    wav = speak_wav("I am a nurse in a small hospital.", tmp_path / "a.wav", rate=48_000)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.agree()
        await candidate.check_microphone()
        await candidate.say(wav)
        await candidate.click("Start the interview")
        await candidate.activity("listening")
        assert await page.evaluate(TRACK_IS_ON)
        await candidate.click("Mute")
        await candidate.sees("You are muted")
        assert not await page.evaluate(TRACK_IS_ON)
        await candidate.click("Unmute")
        await comes_true(page, TRACK_IS_ON)
        await candidate.click("Pause")
        await candidate.sees("Your microphone is off.")
        assert not await page.evaluate(TRACK_IS_ON)
        sent = await page.evaluate(PACKETS_SENT)
        await candidate.say(wav)  # to nobody
        assert await page.evaluate(PACKETS_SENT) < sent + 10, "not even silence, 50 times a second"
        await candidate.click("Resume")
        await candidate.activity("listening")
        assert await page.evaluate(TRACK_IS_ON)
        await asyncio.sleep(2.0)
        found = await result(server, interview_id)
        assert [turn for turn in found["answers"][0]["turns"] if turn["start_s"] is not None] == []
        await candidate.say(wav)
        await page.get_by_role("heading", name="Thank you, that’s everything").wait_for(
            timeout=60_000
        )
    found = await result(server, interview_id)
    spoken = [turn for turn in found["answers"][0]["turns"] if turn["start_s"] is not None]
    assert len(spoken) == 1
