"""The WebSocket of a call in writing: who may open one, what a refusal looks like, how it ends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from media_server.http_settings import HttpSettings
from signaling import text_calls
from tests.signaling.conftest import OFFER, House, bearer, open_house
from tests.support.waiting import until


async def dial(house: House, joined: dict[str, Any], **options: Any) -> Any:
    """The client's side of the socket."""
    offered = options.pop("protocols", ("interview.v1", f"bearer.{joined['token']}"))
    return await house.client.ws_connect(joined["text_url"], protocols=offered, **options)


async def refusal(house: House, joined: dict[str, Any], **options: Any) -> tuple[Any, int | None]:
    """(what the one message says, close code)."""
    async with await dial(house, joined, **options) as socket:
        message = await socket.receive(timeout=45)
        assert message.type is WSMsgType.TEXT
        last = await socket.receive(timeout=45)
        assert last.type is WSMsgType.CLOSE
        return json.loads(message.data), socket.close_code


async def test_messages_pass_both_ways_and_the_end_is_told(house: House) -> None:
    joined = await house.consented()
    assert joined["text_url"] == f"/v1/calls/{joined['interview']}/text"
    async with await dial(house, joined) as socket:
        assert socket.protocol == "interview.v1"
        await socket.send_str('{"type":"hello"}')
        assert (await socket.receive(timeout=45)).data == 'echo \'{"type":"hello"}\''
        await socket.send_bytes(b"\xff")
        assert (await socket.receive(timeout=45)).data == "echo b'\\xff'"
        line = house.service.lines[0]
        await until(lambda: len(line.delivered) == 2, "the line knows what has left")
    await until(lambda: line.close_reason == "left", "a close frame is a good-bye")


async def test_a_client_that_says_nothing_is_asked_and_answers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_calls, "PING_S", 0.05)
    async with await dial(house, await house.consented()) as socket:
        line = house.service.lines[0]
        reading = asyncio.create_task(socket.receive(timeout=30))  # answers pings by itself
        await until(lambda: line.signs_of_life >= 2, "its answers to our pings")
        line.texts.put_nowait("go on")
        assert (await reading).data == "go on"


async def test_the_end_of_the_call_closes_the_socket(house: House) -> None:
    async with await dial(house, await house.consented()) as socket:
        line = house.service.lines[0]
        line.close_reason = "superseded"
        line.texts.put_nowait(None)
        last = await socket.receive(timeout=45)
        assert last.type is WSMsgType.CLOSE
        assert (last.data, last.extra) == (1000, "superseded")


async def test_after_a_lost_lease_not_a_byte_leaves(house: House) -> None:
    async with await dial(house, await house.consented()) as socket:
        line = house.service.lines[0]
        line.close_reason = "lease_lost"
        line.texts.put_nowait(None)
        last = await socket.receive(timeout=45)
        assert last.type in (WSMsgType.CLOSED, WSMsgType.ERROR)
        assert socket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


async def test_a_message_that_is_too_long_ends_it(house: House) -> None:
    async with await dial(house, await house.consented()) as socket:
        await socket.send_str("x" * (text_calls.MAX_MESSAGE_BYTES + 1))
        last = await socket.receive(timeout=45)
        assert last.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    line = house.service.lines[0]
    await until(lambda: line.close_reason == "limit")
    assert not line.told


async def test_refusals_can_be_read_by_a_page(house: House) -> None:
    """A browser shows no status of a refused upgrade."""
    unsure = await house.join()
    body, code = await refusal(house, unsure)
    assert (body["status"], body["code"], code) == (403, "consent_needed", 4403)
    joined = await house.consented()
    body, code = await refusal(house, joined, protocols=("interview.v1",))
    assert (body["status"], body["code"], code) == (401, "unauthorized", 4401)
    body, code = await refusal(house, joined, protocols=("interview.v1", "bearer.no-token"))
    assert (body["status"], code) == (401, 4401)
    body, code = await refusal(house, {**joined, "text_url": unsure["text_url"]})
    assert (body["status"], body["code"]) == (401, "invalid_token"), "of another interview"
    house.service.full = True
    body, code = await refusal(house, joined)
    assert (body["status"], body["code"], code) == (503, "full", 4503)
    assert body["retry_after_s"] == 7
    assert not house.service.lines


async def test_the_token_stays_out_of_addresses(house: House) -> None:
    joined = await house.consented()
    in_address = {**joined, "text_url": f"{joined['text_url']}?token={joined['token']}"}
    body, _ = await refusal(house, in_address, protocols=("interview.v1",))
    assert body["status"] == 401


async def test_what_is_no_websocket_is_told_so(house: House) -> None:
    joined = await house.consented()
    response = await house.client.get(joined["text_url"], headers=bearer(joined))
    assert response.status == 426
    assert response.headers["Upgrade"] == "websocket"
    assert (await response.json())["code"] == "upgrade_needed"


async def test_pages_of_other_origins_are_refused_as_by_cors() -> None:
    house = await open_house(HttpSettings(cors_origins=("https://jobs.example",)))
    joined = await house.consented()
    own = str(house.client.make_url("/")).rstrip("/")
    for origin in ("https://jobs.example", own):
        async with await dial(house, joined, origin=origin) as socket:
            assert not socket.closed
    with pytest.raises(WSServerHandshakeError) as refused:
        await dial(house, joined, origin="https://elsewhere.example")
    assert refused.value.status == 403
    await house.client.close()


async def test_the_check_of_the_network_is_answered_with_sdp(house: House) -> None:
    joined = await house.join()  # nothing of the interview is touched: it may come before consent
    url = f"/v1/calls/{joined['interview']}/connectivity"
    sdp = {"Content-Type": "application/sdp"}
    answered = await house.client.post(url, data=OFFER, headers={**bearer(joined), **sdp})
    assert answered.status == 201
    assert (await answered.text()).startswith("v=0")
    assert not house.service.calls, "it takes no place"
    refused = await house.client.post(url, data=OFFER, headers=sdp)
    assert refused.status == 401


async def test_a_server_that_stops_waits_for_nobody_who_writes(house: House) -> None:
    """To aiohttp the call is a request, for which its shutdown waits."""
    async with await dial(house, await house.consented()) as socket:
        line = house.service.lines[0]
        reading = asyncio.create_task(socket.receive(timeout=30))
        await house.app.shutdown()
        assert line.close_reason == "shutdown"
        assert (await reading).type is WSMsgType.CLOSE
