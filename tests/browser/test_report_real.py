"""A report from end to end: a candidate speaks with the real server, a reader hears each word.

Where in the recording something was played is found by laying what the page plays over the
recording itself, as the server keeps it.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from media_server.api_client import AsyncClient
from media_server.audio.ogg import read_ogg_opus
from media_server.audio.opus import OpusDecoder
from tests.browser.conftest import AUTOPLAY, OpenBrowser, new_page
from tests.browser.hearing import RATE, TAP, Sound, listen, place_of
from tests.browser.reader import BUILD_ALL, PLAY, SAID, SEEK
from tests.browser.test_interview import ask
from tests.support import mcp_client
from tests.support.forked import FORKER
from tests.support.server import API_KEY, Server, start_server, stop_server
from tests.support.speak import speak_wav

if TYPE_CHECKING:
    from mcp import Client as McpClient

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(300)]

QUESTIONS = ("What is your work?", "What did you repair last?")
ANSWERS = (
    "I am a nurse in a small hospital and I look after twelve people every night.",
    "I repaired the water pump in the garden, and after that the old kitchen radio.",
)


PIECE_S = 0.8
HEARD = 0.6
"""Share of a piece: three of its eight parts may be spoilt, at an edge where the sound begins and
where the player catches up. Of a piece that is not played one is found by chance at most."""


@dataclass
class Held:
    server: Server
    interview_id: str

    def link(self, **body: Any) -> Any:
        asked = {"ttl_s": 600, "scopes": ["report", "audio"]} | body
        return ask(self.server, f"/v1/interviews/{self.interview_id}/report-links", asked)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    server = start_server(tmp_path_factory.mktemp("data"))
    folder = tmp_path_factory.mktemp("answers")
    wavs = [speak_wav(text, folder / f"{n}.wav", rate=48_000) for n, text in enumerate(ANSWERS)]
    spec = {
        "title": "Repair and care",
        "greeting": "Hello.",
        "candidate": {"external_id": "applicant-7 · Ольга"},
        "questions": [{"id": f"q{n}", "text": text} for n, text in enumerate(QUESTIONS, 1)],
        "turn": {"silence_ms": 900, "min_turn_ms": 500},
    }
    made = asyncio.run(created(server, spec))
    told = ("--url", server.url, "--join", made["join_url"], "--answers", *map(str, wavs))
    done = FORKER.run(("simulate", *told), server.environment, timeout_s=200)
    assert done.returncode == 0, done.stdout + done.stderr
    yield Held(server, made["id"])
    assert stop_server(server) == 0


@asynccontextmanager
async def model(server: Server, *, write: bool) -> AsyncIterator[McpClient]:
    """The official client of MCP, as a language model has it."""
    async with (
        AsyncClient(server.url, API_KEY) as api,
        mcp_client.of_tools(api, write=write) as client,
    ):
        yield client


async def tool(client: McpClient, name: str, **arguments: Any) -> dict[str, Any]:
    answer = await client.call_tool(name, arguments)
    assert not answer.is_error, answer.content
    return dict(answer.structured_content or {})


async def created(server: Server, spec: dict[str, Any]) -> dict[str, Any]:
    """By a language model; `id` and `join_url`."""
    async with model(server, write=True) as client:
        made = await tool(client, "create_interview", spec=spec)
        return made | await tool(client, "join_link", interview_id=made["id"])


def get(url: str, token: str, method: str = "GET") -> bytes:
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, headers=headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # our own server
        return bytes(answer.read())


def decoded(data: bytes) -> Sound:
    """At 48 kHz, from position 0 of the file."""
    stream = read_ogg_opus(data)
    with OpusDecoder(RATE) as decoder:
        parts = [decoder.decode(payload) for _, payload in stream.packets]
    return np.concatenate(parts)[stream.pre_skip :] / 32_768


def begins_at(heard: Sound, recording: Sound) -> tuple[float, float]:
    """Where in the recording (s) the first of what is heard lies, and the share of it that is there
    (0 to 1). Silence before it begins does not count."""
    first = int(np.flatnonzero(heard)[0])
    piece = heard[first : first + int(PIECE_S * RATE)]
    return place_of(piece, recording)


async def test_a_model_that_made_it_reads_it_with_its_quotes(held: Held) -> None:
    """What the candidate has said aloud is in the result, and can be quoted; nothing else can."""
    async with model(held.server, write=False) as client:
        status = await tool(client, "interview_status", interview_id=held.interview_id)
        result = await tool(client, "interview_result", interview_id=held.interview_id)
        assert status["status"] == "completed"
        turns = [turn for answer in result["answers"] for turn in answer["turns"]]
        said = next(turn for turn in turns if len(turn["text"].split()) > 5)
        quote = " ".join(said["text"].split()[1:5])
        quotes = [quote, "I have never said these words"]
        found = await tool(client, "check_quotes", interview_id=held.interview_id, quotes=quotes)
        real, invented = found["quotes"]
        assert real["said"]
        assert said["start_s"] <= real["start_s"] < real["end_s"] <= said["end_s"] + 0.1
        assert not invented["said"]


def said_in(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Words of the candidate, in the order of the page."""
    turns = [turn for answer in report["result"]["answers"] for turn in answer["turns"]]
    return [word for turn in turns for word in turn["words"]]


async def report_of(held: Held, url: str) -> tuple[dict[str, Any], str]:
    token = url.partition("#")[2]
    path = f"{held.server.url}/v1/interviews/{held.interview_id}/report"
    return json.loads(await asyncio.to_thread(get, path, token)), token


async def test_each_word_is_heard_where_it_was_said(held: Held, open_browser: OpenBrowser) -> None:
    made = await asyncio.to_thread(held.link)
    report, _ = await report_of(held, made["url"])
    recording = report["recordings"][0]
    data = await asyncio.to_thread(get, f"{held.server.url}/{recording['url']}", API_KEY)
    sound = await asyncio.to_thread(decoded, data)
    said = said_in(report)
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(TAP,), bypass_csp=True) as (page, _),
    ):
        await page.goto(made["url"])
        await page.locator(".report").wait_for()
        await page.evaluate("window.tapped.then(() => true)")
        await page.evaluate(BUILD_ALL)
        assert await page.evaluate(SAID + ".length") == len(said)
        await page.get_by_label("Listen to").select_option("alone")
        for index in (0, len(said) // 3, len(said) // 2, len(said) - 4):
            heard = await listen(page, 1.5, f"{SAID}[{index}].click()")
            await page.keyboard.press("Space")
            await asyncio.sleep(0.2)
            at_s, share = begins_at(heard, sound)
            assert share >= HEARD, "it is this recording"
            assert abs(recording["start_s"] + at_s - said[index]["s"]) < 0.1, (index, at_s)


async def test_the_interviewer_is_heard_at_their_time(
    held: Held, open_browser: OpenBrowser
) -> None:
    """After the last words of an answer comes the next question, as far from them as it was."""
    made = await asyncio.to_thread(held.link)
    report, _ = await report_of(held, made["url"])
    recording = report["recordings"][0]
    asked = [one for one in report["spoken"] if one["kind"] == "question"][1]
    clip = decoded(await asyncio.to_thread(get, f"{held.server.url}/{asked['url']}", API_KEY))
    whole = decoded(await asyncio.to_thread(get, f"{held.server.url}/{recording['url']}", API_KEY))
    before = [word["s"] for word in said_in(report) if word["s"] < asked["start_s"]]
    answer_s = before[-1] - PIECE_S
    from_s = answer_s - 0.5
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, scripts=(TAP,), bypass_csp=True) as (page, _),
    ):
        await page.goto(made["url"])
        await page.locator(".report").wait_for()
        await page.evaluate("window.tapped.then(() => true)")
        seconds = asked["start_s"] - from_s + 2
        heard = await listen(page, seconds, f"{SEEK}({from_s}); {PLAY}")
    size = int(PIECE_S * RATE)
    at = int((answer_s - recording["start_s"]) * RATE)
    answer_at_s, answer_share = place_of(whole[at : at + size], heard)
    from_clip = int(asked["from_s"] * RATE)
    question_at_s, question_share = place_of(clip[from_clip : from_clip + size], heard)
    assert answer_share >= HEARD, "the answer is heard"
    assert question_share >= HEARD, "and the question after it"
    assert abs(question_at_s - answer_at_s - (asked["start_s"] - answer_s)) < 0.08


async def test_links_that_no_longer_open(held: Held, open_browser: OpenBrowser) -> None:
    """Expired, revoked, forged and another interview's, of the real server."""
    short = await asyncio.to_thread(held.link, ttl_s=60)
    revoked = await asyncio.to_thread(held.link)
    path = f"{held.server.url}/v1/interviews/{held.interview_id}/report-links/{revoked['id']}"
    await asyncio.to_thread(get, path, API_KEY, "DELETE")
    other = ask(held.server, "/v1/interviews", {"title": "x", "questions": ["Why?"]})["id"]
    page_of = f"{held.server.url}/r"
    token = short["url"].partition("#")[2]
    async with open_browser() as browser:
        for url, title in (
            (revoked["url"], "This link was withdrawn"),
            (
                f"{page_of}/{held.interview_id}#{token[:-4]}AAAA",
                "This link does not open the report",
            ),
            (f"{page_of}/{held.interview_id}#{'x' * 40}", "This link does not open the report"),
            (f"{page_of}/{other}#{token}", "This link belongs to another interview"),
        ):
            async with new_page(browser) as (page, _):
                await page.goto(url)
                await page.get_by_role("heading", name=title).wait_for()
        reading = await asyncio.to_thread(held.link, scopes=["report"])
        async with new_page(browser) as (page, _):
            await page.goto(reading["url"])
            await page.get_by_text("There is no sound to play").wait_for()
            assert await page.get_by_text("applicant-7 · Ольга").is_visible()
            async with page.expect_download() as waiting:
                await page.get_by_role("button", name="Table (CSV)").click()
            assert (await (await waiting.value).path()).read_text("utf-8-sig").count("\n") >= 3
            await page.reload()
            await page.locator(".report").wait_for()


async def test_erased_meanwhile(held: Held, open_browser: OpenBrowser) -> None:
    """The last of these: the page that is open says it, and so does the link."""
    made = await asyncio.to_thread(held.link)
    path = f"{held.server.url}/v1/interviews/{held.interview_id}"
    async with (
        open_browser(AUTOPLAY) as browser,
        new_page(browser, bypass_csp=True) as (page, _),
    ):
        await page.goto(made["url"])
        await page.locator(".report").wait_for()
        await page.evaluate(f"{SEEK}(8); {PLAY}")
        await page.get_by_role("button", name="Pause", exact=True).wait_for()
        await asyncio.to_thread(get, path, API_KEY, "DELETE")
        # What a browser says when it needs more of the sound than it has kept; unless it has asked
        # for some by now, and the page knows.
        await page.evaluate("document.querySelector('audio')?.dispatchEvent(new Event('error'))")
        title = "This interview was deleted"
        await page.get_by_role("heading", name=title).wait_for(timeout=15_000)
        assert await page.get_by_text(QUESTIONS[0]).count() == 0
        await page.reload()
        await page.get_by_role("heading", name=title).wait_for(timeout=15_000)
