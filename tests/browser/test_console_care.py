"""The console where something is not as usual: plain http, odd addresses, values not whole."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from tests.browser.conftest import OpenBrowser, new_page
from tests.browser.test_console import console, sign_in
from tests.faults.visitor import AUTHORISED, create, get
from tests.support.http_server import serving
from tests.support.server import Server, start_server, stop_server
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


class Gone(BaseHTTPRequestHandler):
    """A receiver of webhooks that wants no more of them, until it does."""

    status: ClassVar[int] = 410

    def do_POST(self) -> None:  # the name that http.server calls
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as it is there
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(Gone) as url:
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


async def test_what_is_not_whole_is_asked_for_and_times_are_in_peoples_units(
    server: Server, open_browser: OpenBrowser
) -> None:
    async with console(server, open_browser) as page:
        sent: list[str] = []
        page.on("request", lambda r: sent.append(r.post_data or "") if r.method == "POST" else None)
        await page.get_by_role("link", name="New interview").click()
        await page.get_by_label("Question 1", exact=True).fill("What did you do last night?")
        await page.get_by_text("More settings").click()
        expires = page.get_by_label("The link expires")
        await expires.focus()
        await page.keyboard.type("12312030")  # a day without a time: its value is empty
        await page.get_by_label("Silence that ends an answer, in seconds").fill("2.5")
        await page.get_by_label("Longest answer, in minutes").fill("7")
        await page.get_by_role("button", name="Create the interview").click()
        await page.get_by_text("1 field needs another value.").wait_for()
        assert await expires.get_attribute("aria-invalid") == "true"
        assert await expires.evaluate("(e) => e === document.activeElement")
        assert sent == [], "it would be made without what was meant"
        await expires.fill("2030-12-31T10:00")
        await page.get_by_role("button", name="Create the interview").click()
        await page.get_by_role("heading", name="Interview", exact=True).wait_for()
        body = json.loads(sent[0])
        assert body["turn"] == {"silence_ms": 2500, "max_turn_ms": 420_000}
        assert body["expires_at"].startswith("2030-12-31")


async def test_it_works_without_https(server: Server, open_browser: OpenBrowser) -> None:
    url = f"http://console.test:{urlsplit(server.url).port}/console"
    mapped = "--host-resolver-rules=MAP console.test 127.0.0.1"
    async with open_browser(mapped) as browser:
        page = await browser.new_page()  # it complains of headers that only https may have
        await page.goto(url)
        assert not await page.evaluate("isSecureContext")
        await sign_in(page)
        await page.get_by_role("link", name="New interview").click()
        await page.get_by_label("Question 1", exact=True).fill("What did you do last night?")
        await page.get_by_role("button", name="Create the interview").click()
        await page.get_by_role("button", name="Copy the link").click()
        await page.get_by_role("button", name="Copy it by hand").wait_for()


async def test_an_address_leads_to_nothing_but_an_interview(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    made = await create(server, http, title="Left on the page")
    async with console(server, open_browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(urlsplit(request.url).path))
        for odd in ("%E0%A4%A", "..%2Ftemplates", f"{made['id']}%3Fx=1"):
            await page.goto(f"{server.url}/console#/interview/{made['id']}")
            await page.get_by_role("heading", name="Left on the page").wait_for()
            asked.clear()
            await page.goto(f"{server.url}/console#/interview/{odd}")
            await (
                page.get_by_role("alert").filter(has_text="There is nothing here").first.wait_for()
            )
            assert await page.locator("h1").inner_text() == "", odd
            assert "/v1/templates" not in asked
            assert f"/v1/interviews/{made['id']}" not in asked


async def test_a_key_that_no_header_can_carry_is_no_fault_of_the_network(
    server: Server, open_browser: OpenBrowser
) -> None:
    async with open_browser() as browser, new_page(browser) as (page, _):
        await page.goto(f"{server.url}/console")
        await page.get_by_label("API key").fill("“schlüssel…”")
        await page.get_by_role("button", name="Open the console").click()
        await page.get_by_text("This key is not one of this server's.").wait_for()


async def test_who_signs_in_next_sees_nothing_of_what_was_looked_for(
    server: Server, open_browser: OpenBrowser
) -> None:
    async with console(server, open_browser) as page:
        await page.get_by_label("Search").fill("a person who is not here")
        await page.get_by_role("button", name="Show", exact=True).click()
        await page.get_by_text("No interview matches.").wait_for()
        await page.get_by_role("link", name="Now").click()
        await page.get_by_role("link", name="Interviews").click()
        assert await page.get_by_label("Search").input_value() == "a person who is not here"
        await page.get_by_role("button", name="Forget the key").click()
        await sign_in(page)
        assert await page.get_by_label("Search").input_value() == ""


async def test_the_way_back_from_an_interview_leads_to_its_page(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    for number in range(25):
        await create(server, http, title=f"Back {number}", metadata={"team": "back"})
    async with console(server, open_browser) as page:
        await page.get_by_label("Search").fill("back")
        await page.get_by_role("button", name="Show", exact=True).click()
        older = page.get_by_role("button", name="Older")
        await page.get_by_text("Page 1, 20").wait_for()
        await older.dblclick()  # the second one finds it at work
        await page.get_by_text("Page 2, 5").wait_for()
        await page.get_by_role("link", name="Back 3", exact=True).click()
        await page.get_by_role("link", name="All interviews").click()
        await page.get_by_text("Page 2, 5").wait_for()


async def test_a_link_to_a_report_is_taken_back(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    made = await create(server, http, title="Reported on")
    path = f"/v1/interviews/{made['id']}/report-links"
    async with console(server, open_browser) as page:
        await page.goto(f"{server.url}/console#/interview/{made['id']}")
        await page.get_by_role("button", name="Make a link to the report").click()
        await page.get_by_role("link", name="Open the report").wait_for()
        assert len((await get(server, http, path))["links"]) == 1
        await page.get_by_role("button", name="Revoke the link").click()
        await page.get_by_text("The link opens nothing any more.").wait_for()
        assert (await get(server, http, path))["links"] == []
        assert await page.get_by_role("button", name="Revoke the link").count() == 0


async def test_an_endpoint_is_switched_on_again(
    server: Server, http: aiohttp.ClientSession, open_browser: OpenBrowser
) -> None:
    made = await create(server, http, title="Told of")
    url = f"{server.url}/v1/interviews/{made['id']}/cancel"
    async with http.post(url, headers=AUTHORISED) as answer:
        assert answer.status == 200
    async with console(server, open_browser) as page:
        await page.get_by_role("link", name="Webhooks").click()
        on = page.get_by_role("button", name="Switch on again: 127.0.0.1")
        async with asyncio.timeout(PATIENCE_S):
            while not await on.count():
                await page.get_by_role("button", name="Newest, as of now").click()
                await asyncio.sleep(0.2)
        Gone.status = 204
        await on.click()
        await page.get_by_text("is switched on. What waits for it is sent now.").wait_for()
        await page.get_by_text("Deliveries go out").wait_for()
