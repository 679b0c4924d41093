"""A network that lets no UDP through: the page says so, and the interview is typed over HTTP.

Needs root, /dev/net/tun and iproute2; skips, saying so, without them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.browser.candidate import Candidate
from tests.browser.conftest import FLAGS, new_page
from tests.network.inside import ask, environment
from tests.network.link import NoLink, linked
from tests.support.server import HURRIED, start_server, stop_server

if TYPE_CHECKING:
    from playwright.async_api import Page

playwright_api = pytest.importorskip("playwright.async_api")
pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(240)]

TYPE_INSTEAD = "Continue without a microphone"
TYPE_OVER_WEB = "Type over the web connection"
TIMES = """
window.networkAt = {};
new MutationObserver(() => {
  const found = document.querySelector("[data-network]")?.getAttribute("data-network");
  if (found) window.networkAt[found] ??= performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


class Names(NamedTuple):
    """Of two namespaces, and of the network between them."""

    near: str
    far: str
    net: str


def names() -> Names:
    """Of this process alone."""
    number = os.getpid() % 200 + 20
    return Names(f"ms{number}c", f"ms{number}d", f"10.{number}.76")


@pytest.fixture
def link() -> Iterator[subprocess.Popen[str]]:
    try:
        with linked(*names(), "--no-udp") as process:
            yield process
    except NoLink as lack:
        pytest.skip(str(lack))


@pytest.fixture
def url(link: subprocess.Popen[str], tmp_path: Path) -> Iterator[str]:
    assert link.poll() is None
    address = f"http://{names().net}.2:8080"
    server = start_server(
        tmp_path,
        HOST=f"{names().net}.2",
        PORT="8080",
        MEDIA_SERVER_PUBLIC_URL=address,
        **environment(names().far),
        **HURRIED,
    )
    yield address
    stop_server(server)


@pytest.fixture
def chromium_there(chromium_path: Path, tmp_path: Path) -> Path:
    """Chromium in the candidate's namespace."""
    script = tmp_path / "chromium-there"
    script.write_text(f'#!/bin/sh\nexec ip netns exec {names().near} {chromium_path} "$@"\n')
    script.chmod(0o755)
    return script


def create(url: str) -> tuple[str, str]:
    questions = [{"id": f"q{n}", "text": f"Question {n}?"} for n in (1, 2)]
    spec = {"greeting": "Hello.", "questions": questions}
    made = ask(names().near, f"{url}/v1/interviews", json.dumps(spec))
    return made["id"], made["join_url"]


async def answer(candidate: Candidate, number: int) -> None:
    await candidate.sees_heading(f"Question {number}?")
    await candidate.activity("typing")
    await candidate.answer_in_writing(f"This is answer {number}.")


async def is_complete(page: Page, url: str, interview_id: str) -> Any:
    await page.locator('body[data-screen="finished"]').wait_for()
    found = ask(names().near, f"{url}/v1/interviews/{interview_id}/result")
    said = [turn["text"] for given in found["answers"] for turn in given["turns"]]
    assert said == ["This is answer 1.", "This is answer 2."]
    assert found["status"] == "completed"
    return found


async def test_where_udp_is_blocked_the_interview_is_typed_to_its_end(
    link: subprocess.Popen[str], url: str, chromium_there: Path
) -> None:
    async with playwright_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium_there),
            args=[*FLAGS, f"--unsafely-treat-insecure-origin-as-secure={url}"],
        )
        async with new_page(browser) as (page, context):
            await context.add_init_script(TIMES)
            await _blocked_from_the_start(page, url)
        async with new_page(browser) as (page, _):
            link.send_signal(signal.SIGUSR2)  # UDP passes
            await _blocked_in_the_middle(page, url, link)
        await browser.close()


async def _blocked_from_the_start(page: Page, url: str) -> None:
    interview_id, join_url = create(url)
    candidate = Candidate(page)
    await page.goto(join_url)
    await candidate.agree()
    await candidate.sees("Your network blocks the call")
    times = await page.evaluate("window.networkAt")
    assert times["blocked"] - times["checking"] < 5_000
    await candidate.click(TYPE_OVER_WEB)
    seen: set[str] = set()
    for number in (1, 2):
        await answer(candidate, number)
        seen.add(await page.locator(".presence").get_attribute("data-activity") or "")
    found = await is_complete(page, url, interview_id)
    assert "speaking" not in seen, "nothing is heard, and the page does not say so"
    assert len(found["media"]["connections"]) == 1


async def _blocked_in_the_middle(page: Page, url: str, link: subprocess.Popen[str]) -> None:
    interview_id, join_url = create(url)
    candidate = Candidate(page)
    await page.goto(join_url)
    await candidate.agree()
    await candidate.sees("Your connection lets sound through.")
    await candidate.click(TYPE_INSTEAD, exact=False)
    await answer(candidate, 1)
    await candidate.sees_heading("Question 2?")
    await candidate.activity("typing")
    link.send_signal(signal.SIGUSR2)
    # In place of "Connection lost, trying again" without end.
    await page.locator('.banner[data-kind="blocked"]').wait_for(timeout=20_000)
    await candidate.click(TYPE_OVER_WEB)
    await answer(candidate, 2)
    found = await is_complete(page, url, interview_id)
    assert len(found["media"]["connections"]) == 2
