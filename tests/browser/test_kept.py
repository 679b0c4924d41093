"""What the screen says about recording, keeping and erasing, and when the microphone is let go.

The sentences and their tests stand in docs/promises.md.
"""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.candidate import FAKE_MICROPHONE, STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.test_interview import QUESTIONS, TYPE_INSTEAD, ask, create, result
from tests.support.files import files_below, files_holding, size_of
from tests.support.server import API_KEY, HURRIED, Server, kill_server, start_server, stop_server
from tests.support.speak import speak_wav
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(360)]
MICROPHONES = "window.microphones.map((track) => track.readyState)"
CANARY = "quarterly walrus"
SHORT = {
    "greeting": "Hello.",
    "questions": [{"id": "q1", "text": QUESTIONS[0]}, {"id": "q2", "text": QUESTIONS[1]}],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **HURRIED)
    yield made
    assert stop_server(made) == 0


def sound_files(server: Server, interview_id: str) -> list[str]:
    """Files that hold something a candidate said: below `recordings` and `spool`."""
    return [
        str(path.relative_to(server.data_dir))
        for folder in ("recordings", "spool")
        for path in files_below(server.data_dir / folder)
        if interview_id in str(path) and size_of(path)
    ]


def holding(server: Server, words: str) -> list[str]:
    """Whatever file of the server's has these bytes in it, the database's own included."""
    return files_holding(server.data_dir, words)


CALLS = "window.calls.length"
"""With the check of the network before the start."""


async def until(seen: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not await asyncio.to_thread(seen):
        assert time.monotonic() < end_s, what
        await asyncio.sleep(0.05)


async def begin(page: Page, join_url: str) -> Candidate:
    """As far as the first question, with a microphone."""
    candidate = Candidate(page)
    await page.goto(join_url)
    await candidate.agree()
    await candidate.check_microphone()
    await candidate.click("Start the interview")
    await candidate.sees_heading(QUESTIONS[0])
    await candidate.activity("listening")
    return candidate


async def all_let_go(page: Page, count: int) -> None:
    await sees(page, MICROPHONES, ["ended"] * count)


async def sees(page: Page, expression: str, wanted: object) -> None:
    """The page's policy forbids `wait_for_function` (`comes_true`)."""
    end_s = time.monotonic() + PATIENCE_S
    while (found := await page.evaluate(expression)) != wanted:
        assert time.monotonic() < end_s, f"{expression}: {found}"
        await asyncio.sleep(0.05)


async def test_declining_leaves_nothing(server: Server, open_browser: OpenBrowser) -> None:
    """ "You chose not to take part. Nothing was recorded." """
    interview_id, join_url = await asyncio.to_thread(create, server, **SHORT)
    offers: list[str] = []
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        page.on("request", lambda request: offers.append(request.url))
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.sees("I do not agree")
        token = await page.evaluate(_ASK_TO_JOIN, join_url.rsplit("/", 1)[1])
        await candidate.click("I do not agree")
        await candidate.sees("Nothing was recorded.")
        assert await page.evaluate("[microphones.length, calls.length]") == [0, 0]
        # Nor may anything else in this browser speak with what the page was given.
        status = await page.evaluate(_OFFER, [f"{server.url}/whip/{interview_id}", token])
        await page.goto(
            f"{server.url}/docs"
        )  # before it can no longer be undone: it stands all the same
        await until(
            lambda: ask(server, f"/v1/interviews/{interview_id}")["status"] == "declined",
            "declined",
        )
    assert not [url for url in offers if "/whip/" in url][:-1]
    assert status in {403, 409, 410}
    found = await result(server, interview_id)
    assert (found["status"], found["media"]["connections"]) == ("declined", [])
    assert sound_files(server, interview_id) == []


_ASK_TO_JOIN = """async (link) => {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ link });
  const answer = await fetch("../v1/join", { method: "POST", headers, body });
  return (await answer.json()).token;
}"""
_OFFER = """async ([url, token]) => {
  const peer = new RTCPeerConnection();
  peer.addTransceiver("audio");
  const { sdp } = await peer.createOffer();
  const headers = { "Content-Type": "application/sdp", Authorization: `Bearer ${token}` };
  return (await fetch(url, { method: "POST", headers, body: sdp })).status;
}"""


async def test_not_recorded_is_not_kept_either(open_browser: OpenBrowser, tmp_path: Path) -> None:
    """ "Your voice is not recorded … erased as soon as your words are written down", a crash of
    the server in mid-answer included."""
    server = start_server(tmp_path, **HURRIED)
    interview_id, join_url = await asyncio.to_thread(
        create, server, **SHORT, retention={"record_audio": False}
    )
    wav = speak_wav("I am a nurse in a small hospital.", tmp_path / "said.wav", rate=48_000)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        await page.goto(join_url)
        await Candidate(page).sees("Your voice is not recorded.")
        candidate = await begin(page, join_url)
        await candidate.begin_to_say(wav)
        await until(lambda: bool(sound_files(server, interview_id)), "nothing was held")
        assert {name.split("/")[0] for name in sound_files(server, interview_id)} == {"spool"}
        calls = await page.evaluate(CALLS)
        await asyncio.to_thread(kill_server, server)
        assert sound_files(server, interview_id)
        port = server.url.rsplit(":", 1)[1]
        server = await asyncio.to_thread(lambda: start_server(tmp_path, PORT=port, **HURRIED))
        try:
            await sees(page, f"{CALLS} > {calls}", True)
            await candidate.activity("listening")
            await candidate.click("Leave")
            await candidate.click("Leave for good")
            await candidate.sees_heading("You’ve left the interview")
            await all_let_go(page, 1)
            await until(lambda: not sound_files(server, interview_id), "sound was kept")
            found = await result(server, interview_id)
        finally:
            stopped = await asyncio.to_thread(stop_server, server)
    assert stopped == 0
    assert [one["recording"] for one in found["media"]["connections"]] == [None, None]
    assert sound_files(server, interview_id) == []


async def test_recorded_and_then_deleted_by_the_owner(
    server: Server, open_browser: OpenBrowser
) -> None:
    """ "Your voice is recorded", and "Its owner deleted it, along with what you said." """
    interview_id, join_url = await asyncio.to_thread(create, server, **SHORT)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        await page.goto(join_url)
        await Candidate(page).sees("Your voice is recorded and kept with your answers.")
        candidate = await begin(page, join_url)
        await candidate.click("Type instead")
        await candidate.answer_in_writing(f"I once sold a {CANARY}.")
        await candidate.sees_heading(QUESTIONS[1])
        await until(
            lambda: any(
                name.startswith("recordings") for name in sound_files(server, interview_id)
            ),
            "nothing was recorded",
        )
        await until(lambda: bool(holding(server, CANARY)), "the answer was not stored")
        await asyncio.to_thread(_delete, server, interview_id)
        await candidate.sees_heading("This interview was deleted")
        await all_let_go(page, 1)
    await until(lambda: not sound_files(server, interview_id), "sound was kept")
    await until(lambda: not holding(server, CANARY), "words were kept")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        await result(server, interview_id)


def _delete(server: Server, interview_id: str) -> None:
    request = urllib.request.Request(  # noqa: S310  # our own server, by HTTP
        f"{server.url}/v1/interviews/{interview_id}",
        headers={"Authorization": f"Bearer {API_KEY}"},
        method="DELETE",
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # as above
        pass


async def test_who_types_has_no_microphone_open(server: Server, open_browser: OpenBrowser) -> None:
    """ "Continue without a microphone", and "Type instead" in the options of a call that has one.

    Who leaves then: "Your answers so far are saved".
    """
    made = [await asyncio.to_thread(create, server, **SHORT) for _ in range(3)]
    (_, one), (_, two), (interview_id, three) = made
    async with open_browser(AUTOPLAY) as browser, asyncio.TaskGroup() as side_by_side:
        side_by_side.create_task(_typing_from_the_start(browser, one))
        side_by_side.create_task(_typing_while_asked(browser, two))
        side_by_side.create_task(_typing_later_and_leaving(browser, three))
    found = await result(server, interview_id)
    assert (found["status"], found["answers"][0]["status"]) == ("ended_by_candidate", "answered")
    assert CANARY in found["answers"][0]["text"]


async def _typing_later_and_leaving(browser: Browser, join_url: str) -> None:
    async with new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _):
        candidate = await begin(page, join_url)
        calls = await page.evaluate(CALLS)
        await candidate.click("Options")
        await page.get_by_label("Microphone").select_option(label="Type instead")
        await all_let_go(page, 1)
        await sees(page, CALLS, calls + 1)
        assert await page.evaluate(_SENDS) == [False]
        await candidate.click("Close")
        await candidate.activity("typing")
        await candidate.answer_in_writing(f"I once sold a {CANARY}.")
        await candidate.sees_heading(QUESTIONS[1])
        await candidate.activity("typing")
        await candidate.click("Leave")
        await candidate.click("Leave for good")
        await candidate.sees("Your answers so far are saved. Thank you for your time.")


_SENDS = """window.calls.at(-1).getTransceivers().map(
  ({ sender, direction }) => sender.track !== null || direction.startsWith("send"))"""


async def _typing_from_the_start(browser: Browser, join_url: str) -> None:
    async with new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _):
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.agree()
        await candidate.check_microphone()
        await candidate.click(TYPE_INSTEAD)
        await all_let_go(page, 1)
        await candidate.sees_heading(QUESTIONS[0])
        assert await page.evaluate(_SENDS) == [False]


_HOLD = """() => {
  const ask = navigator.mediaDevices.getUserMedia;
  window.grants = [];
  navigator.mediaDevices.getUserMedia = async () => {
    await new Promise((grant) => window.grants.push(grant));
    return ask();
  };
}"""
"""The browser asks whether this page may listen, and waits for the answer."""
_GRANT = "window.grants.forEach((grant) => grant())"


async def _typing_while_asked(browser: Browser, join_url: str) -> None:
    """Permission that comes after "Continue without a microphone" opens none."""
    async with new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _):
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.agree()
        await page.evaluate(_HOLD)
        await candidate.click("Use my microphone")
        await candidate.click(TYPE_INSTEAD)
        await candidate.sees_heading(QUESTIONS[0])
        await page.evaluate(_GRANT)
        await all_let_go(page, 1)


async def test_the_window_that_is_switched_off_does_not_listen(
    server: Server, open_browser: OpenBrowser
) -> None:
    """ "The interview is running in your other window"; used again, this one asks for its
    microphone again: once, however often the button is pressed while the browser asks."""
    _, join_url = await asyncio.to_thread(create, server, **SHORT)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, context),
    ):
        first = await begin(page, join_url)
        second = Candidate(await context.new_page())
        await second.page.goto(join_url)
        await second.click(TYPE_INSTEAD)
        await first.sees("The interview is running in your other window.")
        await all_let_go(page, 1)
        await page.evaluate(_HOLD)
        await first.click("Continue here")
        button = page.locator("main .actions button")
        await first.sees("Trying again")
        assert await button.get_attribute("aria-disabled") == "true"
        await button.evaluate("(button) => button.click()")
        await page.evaluate(_GRANT)
        await first.activity("listening")
        assert await page.evaluate(MICROPHONES) == ["ended", "live"]
        track = "window.calls.at(-1).getSenders()[0].track"
        assert await page.evaluate(f"[{track}.readyState, {track}.enabled]") == ["live", True]
