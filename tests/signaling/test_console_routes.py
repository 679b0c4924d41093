"""What the console needs of the API: its page, a list that is narrowed, the link as a QR code."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from media_server.ports.only import Only
from signaling.context import CONTEXT
from signaling.link_code import drawn
from tests.signaling.conftest import API, House


async def test_the_page_needs_no_key_and_can_be_switched_off(house: House) -> None:
    page = await house.client.get("/console")
    assert page.status == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    context = house.app[CONTEXT]
    object.__setattr__(context.settings, "console", False)
    assert (await house.client.get("/console")).status == 404


async def test_nobody_frames_it_though_the_candidates_page_may_be(house: House) -> None:
    context = house.app[CONTEXT]
    object.__setattr__(context.settings, "frame_ancestors", ("https://jobs.example.org",))
    console = await house.client.get("/console")
    assert "frame-ancestors 'none'" in console.headers["Content-Security-Policy"]
    assert console.headers["X-Frame-Options"] == "DENY"


async def test_a_list_is_narrowed(house: House) -> None:
    query = {"status": "asking,listening,asking", "text": " Cook "}
    answer = await house.client.get("/v1/interviews", params=query, headers=API)
    assert answer.status == 200
    assert house.service.narrowed == [Only(("asking", "listening"), "Cook")]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"status": "sleeping"}, "bad_status"),
        ({"text": "x" * 201}, "bad_text"),
        ({"state": "asking"}, "unknown_parameter"),
    ],
)
async def test_what_no_list_knows_is_refused(
    house: House, query: dict[str, str], code: str
) -> None:
    answer = await house.client.get("/v1/interviews", params=query, headers=API)
    assert (answer.status, (await answer.json())["code"]) == (400, code)


async def test_the_link_is_drawn_for_whoever_has_a_key(house: House) -> None:
    created = await house.create()
    path = f"/v1/interviews/{created['id']}/link.svg"
    assert (await house.client.get(path)).status == 401
    answer = await house.client.get(path, headers=API)
    body = await answer.read()
    assert (answer.status, answer.content_type) == (200, "image/svg+xml")
    assert answer.headers["Cache-Control"] == "no-store"
    assert body == drawn(created["join_url"]) != drawn(created["join_url"] + "x")
    root = ET.fromstring(body)  # noqa: S314  # our own
    assert root.tag.endswith("svg")
    assert not [e for e in root.iter() if e.tag.endswith("script")]
