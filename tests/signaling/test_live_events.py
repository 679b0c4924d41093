"""Server-sent events over HTTP: their form, who may read them, and how a reader is let go."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

import pytest

from media_server.ports.live_events import LiveEvent
from signaling import live_events
from signaling.context import CONTEXT
from signaling.streams import StreamSlots
from tests.signaling.conftest import API, House
from tests.support.waiting import PATIENCE_S, until

ODD = "Zoë says: \r\n\ndata: x\u2028é\x85"


class Scripted:
    """A watch that gives what it is told."""

    def __init__(self, *batches: tuple[LiveEvent, ...] | None) -> None:
        self.batches = deque(batches)
        self.closed = 0

    async def next(self, timeout_s: float) -> tuple[LiveEvent, ...] | None:
        if self.batches:
            return self.batches.popleft()
        await asyncio.sleep(min(timeout_s, 0.02))
        return ()

    def close(self) -> None:
        self.closed += 1


def parsed(text: str) -> list[dict[str, Any]]:
    """As WHATWG HTML, section 9.2.6, reads a whole stream; comments apart."""
    found: list[dict[str, Any]] = []
    lines: list[str] = []
    name, last_id = "message", ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            if lines:
                data = json.loads("\n".join(lines))
                found.append({"event": name, "data": data, "last_id": last_id})
            name, lines = "message", []
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "id":
                last_id = value
            elif field == "data":
                lines.append(value)
            elif field == "event":
                name = value
    return found


async def test_events_are_written_as_the_standard_says(house: House) -> None:
    created = await house.create()
    watch = Scripted(
        (LiveEvent("interview.started", {"a": ODD}, "3"), LiveEvent("words.final", {"text": ODD})),
        (),
        (LiveEvent("end", {}, "9-final"),),
        None,
    )
    house.service.watch_of = lambda: watch
    path = f"/v1/interviews/{created['id']}/events"
    response = await house.client.get(path, headers={**API, "Last-Event-ID": "2"})
    text = await response.text()
    assert response.status == 200
    assert response.content_type == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert text.startswith("retry: 2000\n\n")
    assert parsed(text) == [
        {"event": "interview.started", "data": {"a": ODD}, "last_id": "3"},
        {"event": "words.final", "data": {"text": ODD}, "last_id": "3"},
        {"event": "end", "data": {}, "last_id": "9-final"},
    ]
    assert house.service.watched == [("2", None)]
    assert watch.closed == 1


async def test_who_has_had_everything_is_not_served_again(house: House) -> None:
    created = await house.create()
    path = f"/v1/interviews/{created['id']}/events"
    response = await house.client.get(path, headers={**API, "Last-Event-ID": "9-final"})
    assert (response.status, await response.read()) == (204, b"")


@pytest.mark.parametrize(
    ("query", "event_id", "code"),
    [
        ("?include=audio", "", "bad_include"),
        ("?include=words&include=words", "", "bad_include"),
        ("?after=3", "", "unknown_parameter"),
        ("", "-1", "bad_event_id"),
        ("", "9" * 16, "bad_event_id"),
        ("", "3-final-final", "bad_event_id"),
    ],
)
async def test_bad_questions_are_refused(
    house: House, query: str, event_id: str, code: str
) -> None:
    created = await house.create()
    headers = {**API, "Last-Event-ID": event_id} if event_id else API
    path = f"/v1/interviews/{created['id']}/events{query}"
    response = await house.client.get(path, headers=headers)
    assert (response.status, (await response.json())["code"]) == (400, code)
    assert house.service.watched == []


async def test_without_a_key_there_is_nothing(house: House) -> None:
    created = await house.create()
    response = await house.client.get(f"/v1/interviews/{created['id']}/events")
    assert response.status == 401


async def test_streams_are_counted_and_a_reader_who_left_is_noticed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_events, "HEARTBEAT_S", 0.1)
    created = await house.create()
    slots = house.app[CONTEXT].streams = StreamSlots(limit=3, per_tenant=2)
    watches: list[Scripted] = []

    def made() -> Scripted:
        watches.append(Scripted())
        return watches[-1]

    house.service.watch_of = made
    path = f"/v1/interviews/{created['id']}/events?include=words"
    one = await house.client.get(path, headers=API)
    two = await house.client.get(path, headers=API)
    assert house.service.watched == [("", "default")] * 2
    refused = await house.client.get(path, headers=API)
    assert (refused.status, (await refused.json())["code"]) == (429, "too_many_streams")
    assert refused.headers["Retry-After"] == "10"
    async with asyncio.timeout(PATIENCE_S):
        assert await one.content.readuntil(b"\n\n") == b"retry: 2000\n\n"
        assert await one.content.readuntil(b"\n\n") == b":\n\n"
    assert slots.open == 2
    one.close()
    await until(lambda: slots.open == 1 and watches[0].closed == 1)
    two.close()
    await until(lambda: slots.open == 0 and watches[1].closed == 1)


async def test_who_takes_nothing_is_cut_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_events, "SEND_S", 0.3)
    created = await house.create()
    big = LiveEvent("words.final", {"text": "x" * 1_000_000})
    watch = Scripted(*[(big,)] * 100)
    house.service.watch_of = lambda: watch
    url = house.client.make_url(f"/v1/interviews/{created['id']}/events")
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=1024)
    head = f"GET {url.path} HTTP/1.1\r\nHost: x\r\nAuthorization: {API['Authorization']}\r\n\r\n"
    writer.write(head.encode())
    await until(lambda: watch.closed == 1)
    assert len(watch.batches) > 80, "what nobody reads is not buffered"
    writer.close()
    del reader
