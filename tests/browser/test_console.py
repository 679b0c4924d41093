"""The console on a real server: by nothing but the public API, with a key that only memory has."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import aiohttp
import pytest
import pytest_asyncio

from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.test_gallery import AXE, EVERY_RULE, OVERFLOW, violations
from tests.browser.test_interview import SHOTS
from tests.browser.test_preload import imported_by
from tests.faults.visitor import AUTHORISED, Visitor, create, get
from tests.support.http_server import serving
from tests.support.server import API_KEY, Server, start_server, stop_server
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
ANCHORS = [{"score": 1, "text": "Names nothing"}, {"score": 5, "text": "Names a measure"}]
KEPT = """() => JSON.stringify([
  {...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state,
])"""


class Receiver(BaseHTTPRequestHandler):
    """Of webhooks: takes each, and remembers its id."""

    received: ClassVar[list[str]] = []

    def do_POST(self) -> None:  # the name that http.server calls
        self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(self.headers["webhook-id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as it is there
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(Receiver) as url:
        settings = {
            "MEDIA_SERVER_WEBHOOK_URL": url,
            "MEDIA_SERVER_WEBHOOK_SECRETS": "whsec_" + base64.b64encode(b"x" * 32).decode(),
            "MEDIA_SERVER_WEBHOOK_ALLOW_NETWORKS": "127.0.0.1",
        }
        made = start_server(tmp_path_factory.mktemp("data"), **settings)
        yield made
        assert stop_server(made) == 0


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@asynccontextmanager
async def console(server: Server, open_browser: OpenBrowser) -> AsyncIterator[Page]:
    """Opened, with the key."""
    async with open_browser() as browser, new_page(browser) as (page, _):
        await page.goto(f"{server.url}/console")
        await sign_in(page)
        yield page


async def sign_in(page: Page) -> None:
    await page.get_by_label("API key").fill(API_KEY)
    await page.get_by_role("button", name="Open the console").click()
    await page.get_by_role("heading", name="Interviews", exact=True).wait_for()


async def shot(page: Page, name: str) -> None:
    if SHOTS is not None:
        await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def test_every_module_of_the_page_is_named() -> None:
    named, found = imported_by("console.html", "console/main.js")
    assert sorted(named) == sorted(found)


async def test_the_key_is_in_memory_alone(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    await create(server, http, title="Line cook")
    async with open_browser() as browser, new_page(browser) as (page, context):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{server.url}/console")
        await page.get_by_label("API key").fill("not-the-key-of-this-server")
        await page.get_by_role("button", name="Open the console").click()
        await page.get_by_text("This key is not one of this server's.").wait_for()
        await sign_in(page)
        await page.get_by_role("link", name="Line cook").first.wait_for()
        assert API_KEY not in await page.evaluate(KEPT)
        assert await context.cookies() == []
        assert not [url for url in asked if API_KEY in url or not url.startswith(server.url)]
        await page.reload()
        await page.get_by_label("API key").wait_for()
        assert await page.get_by_label("API key").input_value() == ""
        await sign_in(page)
        await page.get_by_role("button", name="Forget the key").click()
        await page.get_by_label("API key").wait_for()
        assert not await page.get_by_role("link", name="Line cook").count()


async def test_an_interview_from_the_form_to_its_erasing(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    async with console(server, open_browser) as page:
        await page.get_by_role("link", name="New interview").click()
        await page.get_by_label("Title").fill("Nurse, night shift")
        await page.get_by_label("Your name for the candidate").fill("A-5000")
        await page.get_by_role("button", name="Add a question").click()
        await page.get_by_label("Question 2", exact=True).fill("How do you hand over?")
        await page.get_by_text("More settings").click()
        await page.get_by_label("Whom the candidate may ask").fill("javascript:alert(1)")
        await page.get_by_label("Metadata").fill("team = north\nround=2")
        await page.get_by_role("button", name="Create the interview").click()
        await page.get_by_text("2 fields need another value.").wait_for()
        first = page.get_by_label("Question 1", exact=True)
        assert await first.get_attribute("aria-invalid") == "true"
        assert await first.evaluate("(e) => e === document.activeElement")
        contact = page.get_by_label("Whom the candidate may ask")
        described = await contact.get_attribute("aria-describedby")
        assert described is not None
        fault = page.locator(f"#{described.split()[-1]}")
        assert "mailto" in await fault.inner_text()
        await first.fill("What did you do last night?")
        await contact.fill("mailto:jobs@example.org")
        await page.get_by_role("button", name="Create the interview").click()
        await page.get_by_role("heading", name="Nurse, night shift").wait_for()
        interview_id = page.url.rpartition("/")[2]
        made = await get(server, http, f"/v1/interviews/{interview_id}")
        assert made["candidate_external_id"] == "A-5000"
        assert made["metadata"] == {"team": "north", "round": "2"}
        assert [q["text"] for q in made["questions"]][1] == "How do you hand over?"
        assert await page.locator(".secret-link").inner_text() == made["join_url"]
        await page.get_by_role("button", name="Show the QR code").click()
        code = page.get_by_role("img", name="QR code of the link for the candidate")
        await code.wait_for()
        assert await code.evaluate("(e) => e.decode().then(() => e.naturalWidth > 0)")
        await page.get_by_role("button", name="Cancel the interview").click()
        await page.get_by_role("dialog").get_by_role("button", name="Cancel the interview").click()
        await page.get_by_text("The interview is cancelled.").wait_for()
        await page.get_by_role("button", name="Erase everything").click()
        erase = page.get_by_role("dialog").get_by_role("button", name="Erase everything")
        assert await erase.get_attribute("aria-disabled") == "true"
        await page.get_by_label("Type erase to confirm").fill("erase")
        await erase.click()
        await page.get_by_role("heading", name="Interviews", exact=True).wait_for()
        url = f"{server.url}/v1/interviews/{interview_id}"
        async with http.get(url, headers=AUTHORISED) as answer:
            assert answer.status == 404


async def test_a_long_list_is_searched_and_turned(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    for number in range(45):
        await create(server, http, title=f"Search {number}", metadata={"team": "zürich"})
    async with console(server, open_browser) as page:
        await page.get_by_label("Search").fill("ZÜRICH")
        await page.get_by_role("button", name="Show", exact=True).click()
        seen: list[str] = []
        for number in (1, 2, 3):
            await page.get_by_text(re.compile(f"^Page {number},")).wait_for()
            seen += await page.locator("tbody a").all_inner_texts()
            if number < 3:
                await page.get_by_role("button", name="Older").click()
        assert seen == [f"Search {number}" for number in reversed(range(45))]
        await page.get_by_role("button", name="Newer").click()
        await page.get_by_text(re.compile("^Page 2,")).wait_for()
        await page.get_by_label("Status").select_option("cancelled")
        await page.get_by_text("No interview matches.").wait_for()


async def test_an_interview_is_followed_with_its_words(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    made = await create(server, http, title="Followed", watching=True)
    quiet = await create(server, http, title="Not followed")
    async with console(server, open_browser) as page:
        await page.goto(f"{server.url}/console#/interview/{quiet['id']}")
        await page.get_by_role("button", name="Follow with words").click()
        await page.get_by_text("Its candidate was not told that people may follow").wait_for()
        await page.goto(f"{server.url}/console#/interview/{made['id']}")
        await page.get_by_role("heading", name="Followed", exact=True).wait_for()
        await page.get_by_role("button", name="Follow with words").click()
        visitor = Visitor(server, http, made["join_url"])
        await visitor.visit()
        await visitor.listening(1)
        await visitor.sees("state", watched=True)
        visitor.send("text_answer", text="Said to question one.")
        await page.get_by_text("Said to question one.").wait_for()
        await page.get_by_text("This is question number 2.", exact=True).last.wait_for()
        await page.get_by_text("Answer recorded").wait_for()
        await page.get_by_role("link", name="Now").click()
        await page.get_by_role("link", name="Followed").wait_for()
        await visitor.sees("state", watched=False, timeout_s=PATIENCE_S)
        await visitor.candidate.leave()


async def test_deliveries_are_shown_and_sent_again(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    made = await create(server, http, title="Told of")
    url = f"{server.url}/v1/interviews/{made['id']}/cancel"
    async with http.post(url, headers=AUTHORISED) as answer:
        assert answer.status == 200
    async with console(server, open_browser) as page:
        await page.get_by_role("link", name="Webhooks").click()
        await page.get_by_text("Deliveries go out").wait_for()
        row = (
            page.get_by_role("row")
            .filter(has_text="interview.cancelled")
            .filter(has_text=made["id"])
        )
        async with asyncio.timeout(PATIENCE_S):
            while not await row.get_by_text("Delivered").count():
                await page.get_by_role("button", name="Newest, as of now").click()
                await asyncio.sleep(0.2)
        before = list(Receiver.received)
        await row.get_by_role("button", name="Send again").click()
        await page.get_by_text("It is sent again, under the same id.").wait_for()
        async with asyncio.timeout(PATIENCE_S):
            while len(Receiver.received) == len(before):
                await asyncio.sleep(0.05)
        assert Receiver.received[-1] in before
        await row.get_by_role("link", name=made["id"]).click()
        await page.get_by_role("heading", name="Told of").wait_for()


async def test_a_report_is_made_and_opened(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    made = await create(server, http, title="Reported on")
    async with console(server, open_browser) as page:
        await page.goto(f"{server.url}/console#/interview/{made['id']}")
        await page.get_by_role("button", name="Make a link to the report").click()
        link = page.get_by_role("link", name="Open the report")
        await link.wait_for()
        assert f"/r/{made['id']}#" in str(await link.get_attribute("href"))
        async with page.context.expect_page() as opened:
            await link.click()
        report = await opened.value
        await report.get_by_role("heading", name="Reported on").wait_for()


async def test_how_far_an_evaluation_is_and_the_way_to_decide(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    """No model judges here: a person decides, and having it judged once more is refused."""
    criterion = {"id": "c1", "text": "Says what was cooked", "anchors": ANCHORS}
    question = {"id": "q1", "text": "What did you cook?", "criteria": [criterion]}
    made = await create(server, http, title="Judged cook", questions=[question], evaluation={})
    path = f"/v1/interviews/{made['id']}"
    async with http.post(f"{server.url}{path}/cancel", headers=AUTHORISED) as answer:
        assert answer.status == 200
    async with asyncio.timeout(PATIENCE_S):
        while (await get(server, http, f"{path}/evaluation"))["status"] == "pending":
            await asyncio.sleep(0.1)
    async with console(server, open_browser) as page:
        row = page.get_by_role("row", name="Judged cook")
        await row.get_by_text("Evaluation: needs a person").wait_for()
        await row.get_by_role("link", name="Judged cook").click()
        await page.get_by_role("heading", name="Evaluation", exact=True).wait_for()
        await page.get_by_role("button", name="Have it judged once more").click()
        await page.get_by_text("This server has no language model").wait_for()
        await page.get_by_role("button", name="Make a link to decide").click()
        link = page.get_by_role("link", name="Open the report to decide")
        assert f"/r/{made['id']}" in str(await link.get_attribute("href"))


async def test_who_has_left_an_interview_asks_no_more_about_it(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    """Its evaluation goes on, and the last answer about it comes when another screen is there."""
    criterion = {"id": "c1", "text": "Says what was cooked", "anchors": ANCHORS}
    question = {"id": "q1", "text": "What did you cook?", "criteria": [criterion]}
    made = await create(server, http, title="Left cook", questions=[question], evaluation={})
    asked: list[str] = []
    held = asyncio.Event()

    async def goes_on(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            await held.wait()
        body = {**made, "status": "completed", "evaluation": "pending"}
        await route.fulfill(json=body)

    async with console(server, open_browser) as page:
        await page.clock.install()
        await page.route(f"**/v1/interviews/{made['id']}", goes_on)
        await page.get_by_role("link", name="Left cook").click()
        await page.get_by_role("link", name="New interview").click()
        await page.get_by_role("heading", name="New interview").wait_for()
        async with page.expect_response(f"**/v1/interviews/{made['id']}"):
            held.set()
        for _ in range(3):
            await page.clock.run_for(11_000)
        assert len(asked) == 1


async def test_an_interview_from_a_template(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    question = {"text": "What did you cook?", "follow_ups": {"max": 1}}  # which needs a model
    body = {"name": "Kitchens", "title": "Line cook", "questions": [question]}
    async with http.post(f"{server.url}/v1/templates", json=body, headers=AUTHORISED) as answer:
        assert answer.status == 201, await answer.text()
    async with console(server, open_browser) as page:
        await page.get_by_role("link", name="New interview").click()
        await page.get_by_label("Begin with").select_option("Template: Kitchens (1 question)")
        await page.get_by_label("Your name for the candidate").fill("A-6000")
        assert not await page.get_by_label("Question 1", exact=True).is_visible()
        await page.get_by_role("button", name="Create the interview").click()
        await page.get_by_role("heading", name="Line cook").wait_for()
        await page.get_by_text("The interview is made. Send its link").wait_for()
        remarks = page.locator(".warnings li")
        assert "Question 1\n\nThis server has no language model" in await remarks.inner_text()
        interview_id = page.url.rpartition("/")[2]
        made = await get(server, http, f"/v1/interviews/{interview_id}")
        assert made["candidate_external_id"] == "A-6000"
        assert [q["text"] for q in made["questions"]] == ["What did you cook?"]


@pytest.mark.parametrize(("scheme", "language"), [("light", "de"), ("dark", "ar")])
async def test_nothing_is_wrong_with_any_part(
    server: Server,
    http: aiohttp.ClientSession,
    open_browser: OpenBrowser,
    scheme: str,
    language: str,
) -> None:
    """In the language with the longest words, and in one that runs from right to left."""
    made = await create(server, http, title="Looked at", metadata={"team": "north"})
    parts = {
        "list": "",
        "now": "now",
        "create": "create",
        "deliveries": "deliveries",
        "detail": f"interview/{made['id']}",
    }
    async with open_browser() as browser, new_page(browser, locale=language) as (page, _):
        await page.goto(f"{server.url}/console")
        await page.locator("#key").fill(API_KEY)
        await page.locator("#key").press("Enter")
        await page.locator("tbody a").first.wait_for()
        root = await page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
        assert root == [language, "rtl" if language == "ar" else "ltr"]
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        await page.evaluate(AXE.read_text())
        for name, path in parts.items():
            await page.evaluate("(path) => { location.hash = `#/${path}`; }", path)
            await page.locator("main h1").wait_for()
            await asyncio.sleep(0.5)
            if name == "create":
                await page.locator("details.more > summary").click()
            for width in (1280, 360, 320):
                await page.set_viewport_size({"width": width, "height": 740})
                assert await page.evaluate(OVERFLOW) <= 0, (name, width)
                if width != 320:
                    await shot(page, f"console-{name}-{scheme}-{width}")
                    assert await violations(page, EVERY_RULE) == [], (name, width)
        await page.locator(".button.danger").click()
        assert await violations(page, EVERY_RULE) == []
        await page.keyboard.press("Escape")
        await page.locator(".console-top button").click()
        assert await violations(page, EVERY_RULE) == []


def test_no_word_is_kept_for_later() -> None:
    """The page's code has no way to keep anything."""
    directory = Path(__file__).parents[2] / "client" / "console"
    for path in directory.glob("*.js"):
        text = path.read_text()
        assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", text), path
