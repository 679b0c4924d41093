"""The candidate's page in Firefox: a whole interview, and a frame that passes no microphone on.

Where Firefox is not installed these tests skip: `make test` installs Chromium alone.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.candidate import FAKE_MICROPHONE
from tests.browser.firefox import firefox_page
from tests.browser.site import make_app, served
from tests.browser.test_embed import BARE_FRAME, jobs_page
from tests.browser.test_interview import ANSWERS, QUESTIONS, create, result
from tests.support.server import REAL_RECOGNISER, Server, start_server, stop_server
from tests.support.speak import speak_wav

SOUND = """(async () => { const context = new AudioContext();
  await Promise.race([context.resume(), new Promise((later) => setTimeout(later, 10_000))]);
  return context.state === "running"; })()"""

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def firefox_path() -> Path:
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        pytest.skip("Firefox is not installed: apt-get install firefox-esr")
    return Path(found)


@pytest.fixture
def server(firefox_path: Path, tmp_path: Path) -> Iterator[Server]:
    # On every address: Firefox calls nobody by the loopback, which other tests use.
    made = start_server(tmp_path, **REAL_RECOGNISER, MEDIA_SERVER_RTC_BIND_ADDRESSES="")
    yield made
    assert stop_server(made) == 0


async def test_an_interview_spoken_and_typed(
    server: Server, firefox_path: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    interview_id, join_url = create(server)
    wav = speak_wav(ANSWERS[0], tmp_path / "answer.wav", rate=48_000)
    data = base64.b64encode(wav.read_bytes()).decode()
    profile = tmp_path_factory.mktemp("firefox")
    async with firefox_page(firefox_path, profile, FAKE_MICROPHONE) as page:
        await page.goto(join_url)
        if not await page.evaluate(SOUND):
            pytest.skip("Firefox finds no loudspeaker here: apt-get install pulseaudio")
        await page.click("I agree, continue")
        await page.click("Use my microphone")
        await page.wait_for("window.microphones.length > 0")
        await page.evaluate(f"window.say({json.dumps(data)})")
        await page.sees("We hear you well.")
        await page.click("Start the interview")
        await page.sees(QUESTIONS[0])
        await page.wait_for("document.querySelector('.presence')?.dataset.activity === 'listening'")
        await page.evaluate(f"window.say({json.dumps(data)})")
        await page.sees(QUESTIONS[1])
        for question, text in zip(QUESTIONS[1:], ANSWERS[1:], strict=True):
            await page.sees(question)
            activity = "document.querySelector('.presence')?.dataset.activity"
            await page.wait_for(f"['listening', 'typing'].includes({activity})")
            if not await page.evaluate("!!document.querySelector('textarea')?.checkVisibility()"):
                await page.click("Type instead")
            box = "document.querySelector('textarea')"
            await page.evaluate(f"{box}.focus()")
            await page.evaluate(
                f"{box}.value = {json.dumps(text)},"
                f" {box}.dispatchEvent(new InputEvent('input', {{ bubbles: true }}))"
            )
            await page.click("Send answer")
        await page.sees("Thank you, that’s everything")
        loudest = await page.evaluate("Math.max(...window.heard.map((one) => one.rms))")
    assert loudest > 0.02, "the interviewer was heard"
    found = await result(server, interview_id)
    assert [answer["mode"] for answer in found["answers"]] == ["voice", "text", "text"]
    assert found["answers"][0]["text"], "what was said was understood"


async def test_a_frame_without_a_microphone_is_recognised(
    firefox_path: Path, tmp_path: Path
) -> None:
    async with (
        served(make_app()) as base,
        served(jobs_page(base)) as around,
        firefox_page(firefox_path, tmp_path) as page,
    ):
        await page.goto(around)
        await page.evaluate(f"({BARE_FRAME})({json.dumps(base + '/pages/call.html#embed=x')})")
        await page.enter_frame()
        await page.wait_for("!!document.body?.dataset.ready")
        await page.evaluate("interviewPage.toCheck()")
        await page.click("Use my microphone")
        await page.sees("This page may not use your microphone here")
        link = (
            "[...document.links].find((one) => one.innerText.trim() === 'Open in a new tab').href"
        )
        assert await page.evaluate(link) == f"{base}/pages/call.html"
