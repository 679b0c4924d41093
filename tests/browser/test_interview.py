"""A whole interview at the real page against the real server: sound both ways, real recogniser."""

from __future__ import annotations

import asyncio
import json
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.candidate import FAKE_MICROPHONE, OWN_WORDS, STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.support.server import (
    API_KEY,
    HURRIED,
    REAL_RECOGNISER,
    Server,
    start_server,
    stop_server,
)
from tests.support.speak import speak_wav

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(480)]

QUESTIONS = ("What is your work?", "What did you mend?", "What would you like to learn?")
# Of which the stand-in for a recogniser gets some words even where packets were late.
ANSWERS = (
    "I take care of the people in the hospital.",
    "I mended the water pump in the garden.",
    "I want to learn to swim in the sea.",
)
UNDO_MS = 8_000
"""How long "I do not agree" can be taken back: see `client/page/decline.js`."""
TYPE_INSTEAD = "Continue without a microphone and type"
SHOTS = Path(os.environ["BROWSER_SHOTS"]) if "BROWSER_SHOTS" in os.environ else None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **REAL_RECOGNISER)
    yield made
    assert stop_server(made) == 0


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For those who neither listen nor speak."""
    made = start_server(tmp_path_factory.mktemp("quick"), **HURRIED)
    yield made
    assert stop_server(made) == 0


def ask(server: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    """One request of an integrator; blocking."""
    request = urllib.request.Request(  # noqa: S310  # our own server, by HTTP
        server.url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  # as above
        return json.load(response)


def create(server: Server, **spec: Any) -> tuple[str, str]:
    """(id, join URL) of an interview with a short greeting (the usual one takes 14 s) and turns."""
    body = {
        "title": "Three questions",
        "greeting": "Hello.",
        "questions": [{"id": f"q{n}", "text": text} for n, text in enumerate(QUESTIONS, 1)],
        "turn": {"silence_ms": 900, "min_turn_ms": 500},
        **spec,
    }
    made = ask(server, "/v1/interviews", body)
    return made["id"], made["join_url"]


async def result(server: Server, interview_id: str) -> Any:
    return await asyncio.to_thread(ask, server, f"/v1/interviews/{interview_id}/result")


async def test_spoken_interview_from_consent_to_transcript(
    server: Server, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    """Over 50 lines on purpose: one visit, from its beginning to its end."""
    # Turns as long as they are by default: the words are hidden as soon as one has ended.
    turn = {"silence_ms": 2000, "min_turn_ms": 500}
    interview_id, join_url = create(server, turn=turn, greeting=None)
    wavs = [speak_wav(text, tmp_path / f"{n}.wav", rate=48_000) for n, text in enumerate(ANSWERS)]
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE, OWN_WORDS)) as (page, _),
    ):
        candidate = Candidate(page, SHOTS)
        await page.goto(join_url)
        await candidate.sees_heading("Three questions")
        assert await page.evaluate("window.microphoneRequests ?? 0") == 0
        await candidate.shot("real-welcome")
        await candidate.agree()
        await candidate.check_microphone()
        await candidate.say(wavs[0])
        await candidate.sees("We hear you well.")
        await candidate.shot("real-check")
        await candidate.click("Start the interview")
        await candidate.activity("speaking")
        await candidate.sees("Interviewer")
        for number, (question, wav) in enumerate(zip(QUESTIONS, wavs, strict=True), 1):
            await _answer(candidate, number, question, wav)
        await page.get_by_role("heading", name="Thank you, that’s everything").wait_for(
            timeout=60_000
        )
        await candidate.sees("3 of 3 questions answered")
        await candidate.shot("real-finished")
        # By observation, not by waiting: on a loaded machine the words of a turn may come late.
        assert await page.evaluate("window.ownWords.length") > 0, "own words are shown live"
        assert await page.evaluate("window.ringsRun") > 0, "the wait in a pause is shown"
        shown = await page.locator(".answers li p").all_inner_texts()
        heard = await candidate.heard()
        async with page.expect_download() as download:
            await candidate.click("Download as text")
        text = await asyncio.to_thread(Path(await (await download.value).path()).read_text)
    assert all(words in text for words in (*QUESTIONS, *shown))
    _check_sound(heard)
    found = await result(server, interview_id)
    assert found["status"] == "completed"
    assert [answer["status"] for answer in found["answers"]] == ["answered"] * 3
    # The recogniser is a stand-in that gets about half of the words right.
    right = [_words(spoken) & _words(words) for spoken, words in zip(ANSWERS, shown, strict=True)]
    assert all(len(words.split()) >= 3 for words in shown), shown
    assert sum(map(len, right)) >= 6, shown
    for words, answer in zip(shown, found["answers"], strict=True):
        said = " ".join(turn["text"] for turn in answer["turns"] if turn["text"])
        assert said.split() == words.split()


async def _answer(candidate: Candidate, number: int, question: str, wav: Path) -> None:
    await candidate.sees_heading(question)
    await candidate.sees(f"Question {number} of 3")
    await candidate.activity("listening")
    await candidate.say(wav)
    await candidate.shot(f"real-answer-{number}")


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def _check_sound(heard: list[dict[str, Any]]) -> None:
    """The interviewer is heard while it speaks and is silent while it listens."""
    assert all(sample["running"] for sample in heard[-20:])
    loudest = {
        activity: max((s["rms"] for s in _settled(heard, activity)), default=0.0)
        for activity in ("speaking", "listening")
    }
    assert loudest["speaking"] > 0.02, loudest
    assert len(_settled(heard, "listening")) > 20
    assert loudest["listening"] < 0.001, loudest


def _settled(heard: list[dict[str, Any]], activity: str) -> list[dict[str, Any]]:
    """Samples from 1.5 s after the page began to show this: what is in the browser's playout buffer
    is still heard for a moment, on a busy machine for a longer one."""
    kept, since_ms, last = [], 0.0, ""
    for sample in heard:
        if sample["activity"] != last:
            last, since_ms = sample["activity"], sample["atMs"]
        if last == activity and sample["atMs"] - since_ms > 1500:
            kept.append(sample)
    return kept


async def test_start_unlocks_sound_where_browsers_lock_it(
    server: Server, open_browser: OpenBrowser
) -> None:
    """Without the flag that hides the commonest failure: sound that stays locked."""
    _, join_url = create(server)
    async with (
        open_browser() as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,)) as (page, _),
    ):
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.agree()
        await candidate.check_microphone()
        await candidate.click("Start the interview")
        await candidate.activity("listening")  # it has spoken: see what was heard
        assert await candidate.energy() > 0.001
        assert max(s["rms"] for s in await candidate.heard()) > 0.02
        assert not await page.get_by_role("button", name="Turn on sound").is_visible()
        # A skip is done at once and can be undone: the real server names what it was.
        await candidate.click("Skip")
        await candidate.sees_heading(QUESTIONS[1])
        await candidate.sees("Question 1 skipped.")
        await candidate.click("Undo")
        await candidate.sees("Back to question 1")
        await candidate.sees_heading(QUESTIONS[0])
        await candidate.click("Leave")
        await candidate.click("Leave for good")
        await candidate.sees_heading("You’ve left the interview")


async def test_typed_interview_without_a_microphone(
    quick: Server, open_browser: OpenBrowser
) -> None:
    """From the link to the download, by keyboard alone."""
    interview_id, join_url = create(quick)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        candidate = Candidate(page, SHOTS)
        await page.add_init_script("window.microphoneFailure = 'NotFoundError'")
        await page.goto(join_url)
        await candidate.presses("I agree, continue")
        await candidate.sees_heading("Check your sound")
        await candidate.presses("Use my microphone")
        await candidate.sees("No microphone was found")
        await candidate.presses(TYPE_INSTEAD)
        for question, text in zip(QUESTIONS, ANSWERS, strict=True):
            await candidate.sees_heading(question)
            await candidate.activity("typing")
            await candidate.reaches("Type your answer")
            await page.keyboard.type(text)
            await page.keyboard.press("Control+Enter")
        await page.get_by_role("heading", name="Thank you, that’s everything").wait_for(
            timeout=60_000
        )
        await candidate.shot("real-typed")
        assert await page.locator(".answers li p").all_inner_texts() == list(ANSWERS)
        async with page.expect_download():
            await candidate.presses("Download as text")
    found = await result(quick, interview_id)
    assert found["status"] == "completed"
    assert [answer["mode"] for answer in found["answers"]] == ["text"] * 3


async def test_declining_asks_for_no_microphone(quick: Server, open_browser: OpenBrowser) -> None:
    interview_id, join_url = create(quick)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        candidate = Candidate(page)
        await page.clock.install()
        await page.goto(join_url)
        await candidate.click("I do not agree")
        await candidate.sees_heading("Thank you for letting us know")
        assert await page.evaluate("window.microphoneRequests ?? 0") == 0
        assert await page.evaluate("window.calls.length") == 0
        await page.clock.run_for(UNDO_MS)
        await page.get_by_text("Your decision is saved.").wait_for()
        assert (await result(quick, interview_id))["status"] == "declined"
        await page.reload()
        await candidate.sees_heading("Thank you for letting us know")
        assert not await page.get_by_role("button", name="Undo").is_visible()


async def test_reload_goes_on_at_the_same_question(
    quick: Server, open_browser: OpenBrowser
) -> None:
    """One greeting, the same question, nothing shown twice: also where it is an earlier one that
    was not finished."""
    interview_id, join_url = create(quick)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _),
    ):
        candidate = Candidate(page)
        await page.goto(join_url)
        await candidate.agree()
        await candidate.check_microphone()
        await candidate.click("Start the interview")
        await candidate.sees_heading(QUESTIONS[0])
        await candidate.activity("listening")
        await candidate.click("Type instead")
        await candidate.answer_in_writing(ANSWERS[0])
        await candidate.sees_heading(QUESTIONS[1])
        await candidate.activity("listening")
        await candidate.click("I wasn’t finished")
        await candidate.sees("Back to question 1")
        await candidate.sees_heading(QUESTIONS[0])
        await page.reload()
        await candidate.sees_heading("Welcome back")
        await candidate.check_microphone()
        await candidate.click("Continue the interview")
        await candidate.sees("Back to question 1")
        await candidate.sees_heading(QUESTIONS[0])
        await candidate.activity("listening")
        assert ANSWERS[0] in await page.locator(".words").inner_text()
        await candidate.click("Type instead")
        await candidate.answer_in_writing("I work at night.")
        await candidate.sees_heading(QUESTIONS[1])
        await candidate.sees("Question 2 of 3")
        await candidate.activity("listening")
        await candidate.answer_in_writing(ANSWERS[1])
        await candidate.sees_heading(QUESTIONS[2])
        await candidate.activity("listening")
        await candidate.click("Close typing")
        await candidate.click("Type instead")
        await candidate.answer_in_writing(ANSWERS[2])
        await page.get_by_role("heading", name="Thank you, that’s everything").wait_for()
        shown = await page.locator(".answers li p").all_inner_texts()
    assert shown == [f"{ANSWERS[0]} I work at night.", *ANSWERS[1:]]
    found = await result(quick, interview_id)
    typed = [[turn["text"] for turn in a["turns"] if turn["text"]] for a in found["answers"]]
    assert typed == [[ANSWERS[0], "I work at night."], [ANSWERS[1]], [ANSWERS[2]]]


async def test_second_window_takes_over(quick: Server, open_browser: OpenBrowser) -> None:
    _, join_url = create(quick)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, context),
    ):
        first = Candidate(page)
        await page.goto(join_url)
        await first.agree()
        await first.click(TYPE_INSTEAD)
        await first.sees_heading(QUESTIONS[0])
        second = Candidate(await context.new_page())
        await second.page.goto(join_url)
        await second.click(TYPE_INSTEAD)
        await first.sees_heading("The interview is open in another window")
        await second.sees_heading(QUESTIONS[0])
        await asyncio.sleep(3)  # `superseded` is final: the first does not come back by itself
        assert await second.page.locator(".banner").is_hidden()
        await first.click("Continue here")
        await first.sees_heading(QUESTIONS[0])
        await second.sees_heading("The interview is open in another window")
