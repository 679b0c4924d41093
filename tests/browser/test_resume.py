"""The page when the connection is cut, in an answer: it says so, comes back by itself, nothing is
lost and nothing is done twice."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.candidate import FAKE_MICROPHONE, STILL, Candidate
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.router import Router
from tests.browser.test_interview import SHOTS, ask, create
from tests.network.inside import environment, run
from tests.support.env import free_port, missing
from tests.support.server import (
    HURRIED,
    REAL_RECOGNISER,
    Server,
    kill_server,
    start_server,
    stop_server,
)
from tests.support.speak import speak_wav

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(480)]

QUESTIONS = ("What is your work?", "What did you mend?")
SPOKEN = "I am a nurse in a small hospital. I work with the old people in the house by the river."
TYPED = ("That is my work.", "I mended the pump.")
CUT_AFTER_S = 3.0
"""Of about 5 s of speech: words have been said and more are to come."""
OUTAGE_S = 30.0
STEP_S = 120.0
"""Ends a test in which one candidate waits for another who will never be ready."""


class House:
    """A server that can be killed and started again at the same address. `home`: the network
    namespace in which it is asked, if not this one."""

    def __init__(self, data_dir: Path, *, home: str = "", **settings: str) -> None:
        self._data_dir = data_dir
        self._home = home
        self._settings = {"PORT": str(free_port()), **settings}
        self.server = self._start()

    def _start(self) -> Server:
        return start_server(self._data_dir, **REAL_RECOGNISER, **HURRIED, **self._settings)

    def kill(self) -> None:
        kill_server(self.server)

    def start_again(self) -> None:
        self.server = self._start()

    def create(self) -> tuple[str, str]:
        """(id, join URL); the turns end late enough to be cut."""
        questions = [{"id": f"q{n}", "text": text} for n, text in enumerate(QUESTIONS, 1)]
        turn = {"silence_ms": 2500, "min_turn_ms": 500}
        if self._home:
            return run(self._home, create, self.server, questions=questions, turn=turn)
        return create(self.server, questions=questions, turn=turn)

    async def result(self, interview_id: str) -> Any:
        path = f"/v1/interviews/{interview_id}/result"
        if self._home:
            return await asyncio.to_thread(run, self._home, ask, self.server, path)
        return await asyncio.to_thread(ask, self.server, path)

    def log(self, interview_id: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self._data_dir / "interviews.sqlite3")) as store:
            wanted = "SELECT type, data FROM entry WHERE interview_id = ? ORDER BY seq"
            rows = store.execute(wanted, (interview_id,)).fetchall()
        return [{"type": name, **json.loads(data)} for name, data in rows]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    stop_server(made.server)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speak_wav(SPOKEN, tmp_path_factory.mktemp("speech") / "answer.wav", rate=48_000)


@asynccontextmanager
async def candidate_in(browser: Browser) -> AsyncIterator[Candidate]:
    async with new_page(browser, scripts=(FAKE_MICROPHONE,), **STILL) as (page, _):
        yield Candidate(page, SHOTS)


async def begin(candidate: Candidate, join_url: str) -> None:
    """Up to the first question, listening."""
    await candidate.page.goto(join_url)
    await candidate.agree()
    await candidate.check_microphone()
    await candidate.click("Start the interview")
    await candidate.sees_heading(QUESTIONS[0])
    await candidate.activity("listening")


async def half_an_answer(candidate: Candidate, answer: Path) -> None:
    """Returns in the middle of the speech."""
    await candidate.begin_to_say(answer)
    await asyncio.sleep(CUT_AFTER_S)
    assert await candidate.heading() == QUESTIONS[0]


async def written_down(candidate: Candidate) -> None:
    """What was said before the cut. On a busy machine the recogniser gets its turn last."""
    await candidate.page.locator(".final").first.wait_for(timeout=1000 * STEP_S)


async def finish_in_writing(candidate: Candidate) -> None:
    """The rest of the first answer, and the second."""
    for question, text in zip(QUESTIONS, TYPED, strict=True):
        await candidate.sees_heading(question)
        await candidate.activity("listening", "typing")
        if not await candidate.page.get_by_label("Type your answer").is_visible():
            await candidate.click("Type instead")
        await candidate.answer_in_writing(text)
    await candidate.sees_heading("Thank you, that’s everything")


async def check_survival(house: House, interview_id: str, *, connections: int) -> None:
    """One greeting, each question asked once, what was said before the cut kept, nothing twice."""
    log = house.log(interview_id)
    spoken = [entry for entry in log if entry["type"] == "utterance_started"]
    kinds = [entry["kind"] for entry in spoken if entry["kind"] in {"greeting", "question"}]
    assert kinds == ["greeting", "question", "question"]
    assert [e["text"] for e in spoken if e["kind"] == "question"] == list(QUESTIONS)
    assert [e["round"] for e in log if e["type"] == "round_advanced"] == [0, 1]
    assert len([e for e in log if e["type"] == "started"]) == 1
    assert len([e for e in log if e["type"] == "connected"]) == connections
    async with asyncio.timeout(90):  # a recogniser under load is slow; no word may be missing
        while (found := await house.result(interview_id))["pending_segments"]:
            await asyncio.sleep(0.5)
    assert found["status"] == "completed"
    assert [each["status"] for each in found["answers"]] == ["answered"] * 2
    first, second = ([turn["text"] for turn in each["turns"]] for each in found["answers"])
    heard = [text for text in first if text != TYPED[0]]
    assert len(first) == len(heard) + 1, first
    # How many, not which: of three seconds of speech the stand-in may get every word wrong.
    assert 3 <= len(" ".join(heard).split()) <= len(SPOKEN.split()) + 5, first  # none comes twice
    assert second == [TYPED[1]]


async def test_another_page_in_the_middle_of_an_answer(
    house: House, open_browser: OpenBrowser, answer: Path
) -> None:
    """The same one, reloaded, or a second tab. Two candidates, side by side."""
    async with open_browser(AUTOPLAY) as browser, asyncio.TaskGroup() as candidates:
        candidates.create_task(reload_in_the_middle_of_an_answer(house, browser, answer))
        candidates.create_task(second_tab_takes_over_in_an_answer(house, browser, answer))


async def reload_in_the_middle_of_an_answer(house: House, browser: Browser, answer: Path) -> None:
    interview_id, join_url = await asyncio.to_thread(house.create)
    async with candidate_in(browser) as candidate:
        await begin(candidate, join_url)
        await half_an_answer(candidate, answer)
        await candidate.page.reload()
        await candidate.sees_heading("Welcome back")
        await candidate.check_microphone()
        await candidate.click("Continue the interview")
        await written_down(candidate)
        await finish_in_writing(candidate)
    await check_survival(house, interview_id, connections=2)


async def second_tab_takes_over_in_an_answer(house: House, browser: Browser, answer: Path) -> None:
    """The newest wins; the old one, which never hangs up here, gets not a byte afterwards."""
    interview_id, join_url = await asyncio.to_thread(house.create)
    async with candidate_in(browser) as old:
        await begin(old, join_url)
        await old.page.evaluate("window.keepTheLine()")
        new = Candidate(await old.page.context.new_page())
        await new.page.goto(join_url)
        await new.check_microphone()
        await half_an_answer(old, answer)
        before = await old.received()
        await new.click("Continue the interview")
        await old.sees_heading("The interview is open in another window")
        told = await all_received(old)
        assert before["packets"] > 50
        assert told["lastType"] == "superseded"
        await new.sees_heading(QUESTIONS[0])
        await new.activity("listening")
        await finish_in_writing(new)
        assert (await new.received())["packets"] > 50  # questions were asked: in the new one
        assert await old.received() == told
        assert await new.page.locator(".banner").is_hidden()
    await check_survival(house, interview_id, connections=2)


async def all_received(candidate: Candidate) -> dict[str, Any]:
    """Once nothing has come for a second: the goodbye of DTLS follows the last message."""
    received = await candidate.received()
    async with asyncio.timeout(30):
        while True:
            await asyncio.sleep(1.0)
            before, received = received, await candidate.received()
            if received == before:
                return received


async def test_server_killed_in_the_middle_of_an_answer(
    house: House, open_browser: OpenBrowser, answer: Path
) -> None:
    """kill -9 and a new process at the same address: the call comes back with no new permission.

    Three candidates: one speaks, one types and sends when nobody is there, one sends what goes to
    the dead server.
    """
    async with open_browser(AUTOPLAY) as browser:
        death = Death(house, candidates=3)
        async with asyncio.TaskGroup() as candidates:
            candidates.create_task(speaks_while_the_server_dies(death, browser, answer))
            candidates.create_task(types_while_nobody_is_connected(death, browser))
            candidates.create_task(sends_to_a_dead_server(death, browser))


class Death:
    """Of the server, when all are ready for it; it is there again when all have seen it."""

    def __init__(self, house: House, candidates: int) -> None:
        self.house = house
        self._all = asyncio.Barrier(candidates)

    async def is_near(self) -> None:
        """All are being listened to."""
        await self._first()

    async def comes(self) -> None:
        if await self._first():
            self.house.kill()
        await self._first()

    async def is_over(self) -> None:
        if await self._first():
            await asyncio.to_thread(self.house.start_again)
        await self._first()

    async def _first(self) -> bool:
        """Waits for all; whether this is the first of them."""
        async with asyncio.timeout(STEP_S):
            return await self._all.wait() == 0


async def speaks_while_the_server_dies(death: Death, browser: Browser, answer: Path) -> None:
    interview_id, join_url = await asyncio.to_thread(death.house.create)
    async with candidate_in(browser) as candidate:
        page = candidate.page
        await begin(candidate, join_url)
        await death.is_near()
        await half_an_answer(candidate, answer)
        await death.comes()
        await candidate.sees("Connection lost")
        assert await page.locator(".interim").count() == 0
        await candidate.shot("real-reconnecting")
        await death.is_over()
        await candidate.sees("You’re back")
        await written_down(candidate)
        await finish_in_writing(candidate)
        assert await page.evaluate("window.microphoneRequests") == 1
    await check_survival(death.house, interview_id, connections=2)


async def types_while_nobody_is_connected(death: Death, browser: Browser) -> None:
    """What was typed is kept."""
    _, join_url = await asyncio.to_thread(death.house.create)
    async with candidate_in(browser) as candidate:
        await begin(candidate, join_url)
        await candidate.click("Type instead")
        typing = candidate.page.get_by_label("Type your answer")
        await typing.fill(TYPED[0])
        await death.is_near()
        await death.comes()
        await candidate.sees("Connection lost")
        await candidate.click("Send answer")
        await candidate.sees("Your text stays here")
        assert await typing.input_value() == TYPED[0]
        await death.is_over()
        await candidate.activity("listening", "typing")
        await candidate.click("Send answer")
        await candidate.sees_heading(QUESTIONS[1])


async def sends_to_a_dead_server(death: Death, browser: Browser) -> None:
    """The channel takes it for seconds after a kill -9: what the server has not told is kept."""
    interview_id, join_url = await asyncio.to_thread(death.house.create)
    async with candidate_in(browser) as candidate:
        page = candidate.page
        await begin(candidate, join_url)
        await candidate.click("Type instead")
        typing = page.get_by_label("Type your answer")
        await typing.fill(TYPED[0])
        await death.is_near()
        await death.comes()
        await candidate.click("Send answer")
        assert await typing.input_value() == ""
        await candidate.sees("Your answer was sent but isn’t confirmed yet.")
        await candidate.sees("Connection lost")
        await candidate.sees("Your text is back here")
        await candidate.sees("Your last answer may not have arrived.")
        assert await typing.input_value() == TYPED[0]
        await death.is_over()
        await candidate.sees("Your answer didn’t arrive.")
        assert await typing.input_value() == TYPED[0]
        await finish_in_writing(candidate)
    found = await death.house.result(interview_id)
    assert [answer["text"] for answer in found["answers"]] == list(TYPED)


@pytest.fixture
def router() -> Iterator[Router]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        missing("a cut network needs root and iproute2", even_in_ci=True)
    made = Router(os.getpid() % 200 + 20)
    try:
        try:
            made.make()
        except subprocess.CalledProcessError as error:
            missing(f"network namespaces cannot be made here: {error.stderr!r}", even_in_ci=True)
        yield made
    finally:
        made.remove()


async def test_thirty_seconds_without_a_network_in_an_answer(
    router: Router, tmp_path: Path, open_browser: OpenBrowser, answer: Path, chromium_path: Path
) -> None:
    """Between two network namespaces, the router in the middle forwards nothing for 30 s."""
    base = f"http://{router.address}:8080"
    there = {"HOST": router.address, "PORT": "8080", **environment(router.server)}
    house = House(tmp_path, home=router.home, **there)
    try:
        interview_id, join_url = house.create()
        program = router.at_home(chromium_path, tmp_path)
        secure = f"--unsafely-treat-insecure-origin-as-secure={base}"
        async with (
            open_browser(AUTOPLAY, secure, program=program) as browser,
            candidate_in(browser) as candidate,
        ):
            page = candidate.page
            await begin(candidate, join_url)
            await half_an_answer(candidate, answer)
            router.cut(True)
            cut_s = asyncio.get_running_loop().time()
            await candidate.sees("The connection is weak")
            await candidate.sees("Connection lost")
            await asyncio.sleep(cut_s + OUTAGE_S - asyncio.get_running_loop().time())
            router.cut(False)
            await candidate.sees("You’re back")
            await finish_in_writing(candidate)
            assert await page.evaluate("window.microphoneRequests") == 1
        await check_survival(house, interview_id, connections=2)
    finally:
        router.cut(False)
        stop_server(house.server)
