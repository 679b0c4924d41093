"""The page's own files, asked of the server as a browser asks for them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

from media_server.http_settings import HttpSettings
from tests.signaling.conftest import open_house
from tests.support.env import REPOSITORY

CLIENT = REPOSITORY / "client"
PAGES = REPOSITORY / "tests" / "browser" / "pages"
OTHERS = ("index.html", "report.html", "console.html", "ops.html")
LINK = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
IMPORT = re.compile(r'(?:^import|^export|^\} from)\b[^;"]*"(\.[^"]+)";', re.MULTILINE)


def styles(page: Path) -> list[str]:
    return [Path(link).name for link in LINK.findall(page.read_text())]


def test_every_stylesheet_is_linked_in_one_order() -> None:
    """Later rules win, so every page that shows a screen must link them alike."""
    linked = styles(CLIENT / "interview.html")
    scripts = "".join(path.read_text() for path in CLIENT.rglob("*.js"))
    on_demand = re.findall(r"/\.\./styles/([\w-]+\.css)", scripts)
    others = [styles(CLIENT / page) for page in OTHERS]
    every = {path.name for path in (CLIENT / "styles").iterdir()}
    assert {*linked, *on_demand, *(name for page in others for name in page)} == every
    assert styles(PAGES / "gallery.html") == [*linked, *on_demand]
    assert styles(PAGES / "call.html") == linked
    for page in others:
        shared = [name for name in page if name in linked]
        assert shared == [name for name in linked if name in page]
        assert page[: len(shared)] == shared, "a page's own rules come after those it shares"
        assert len(page) == len(set(page))


@pytest.mark.parametrize("page", ["/", "/j/iv_1.secret"])
async def test_all_that_a_page_loads_is_there_and_asked_again_by_etag(page: str) -> None:
    house = await open_house(HttpSettings())
    try:
        text = await (await house.client.get(page)).text()
        paths = [urljoin(page, link) for link in re.findall(r'(?:href|src)="?([^">]+)', text)]
        assert any(path.endswith(".js") for path in paths)
        paths.append("/client/styles/call.css")  # in the page itself, and there all the same
        seen: set[str] = set()
        while paths:
            path = paths.pop()
            if path in seen:
                continue
            seen.add(path)
            file = await house.client.get(path)
            assert file.status == 200, path
            assert file.headers["Cache-Control"] == "no-cache", path
            known = {"If-None-Match": file.headers["ETag"]}
            assert (await house.client.get(path, headers=known)).status == 304, path
            if path.endswith(".js"):
                paths += [urljoin(path, found) for found in IMPORT.findall(await file.text())]
        if page != "/":
            assert "/client/sdk/lifecycle.js" in seen
    finally:
        await house.client.close()


async def test_the_first_page_bears_the_name_of_the_server() -> None:
    name = 'Jo & "Co" </title><script>'
    house = await open_house(HttpSettings(brand_name=name, brand_accent="#884400"))
    try:
        answer = await house.client.get("/")
        told = re.findall(r'<meta name="brand" content="([^"]*)">', await answer.text())
        assert len(told) == 1
        brand = json.loads(html.unescape(told[0]))
        assert (brand["name"], brand["logo"], set(brand["accent"])) == (
            name,
            None,
            {"light", "dark"},
        )
        other = await house.client.get("/j/iv_1.secret")
        assert 'name="brand"' not in await other.text()
    finally:
        await house.client.close()
    plain = await open_house(HttpSettings())
    try:
        unbranded = await plain.client.get("/")
        assert 'name="brand"' not in await unbranded.text()
        assert unbranded.headers["ETag"] != answer.headers["ETag"]
    finally:
        await plain.client.close()


async def test_the_log_has_who_opens_a_page_and_not_each_of_its_files(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "media_server.access")
    house = await open_house(HttpSettings())
    try:
        for path in ("/", "/client/sdk/lifecycle.js", "/client/none.js"):
            await house.client.get(path)
    finally:
        await house.client.close()
    lines = [" ".join(record.getMessage().split()[:3]) for record in caplog.records]
    assert lines == ["GET / 200", "GET /client/{path} 404"]
