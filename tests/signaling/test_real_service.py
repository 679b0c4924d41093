"""The HTTP side over the real service: real engines, real store, real transport, one process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from media_server.app import create_app
from media_server.config import load_config
from media_server.live.interview_service import LiveInterviewService
from media_server.logging import JsonFormatter
from media_server.rtc.call import Call
from media_server.rtc.ice import IceSession
from media_server.rtc.lite_path import LitePath
from media_server.tools.headless import HeadlessCandidate
from signaling import CONTEXT
from signaling.whip import FRAGMENT

KEY = "real-service-key-0123456789"
API = {"Authorization": f"Bearer {KEY}"}
CANARY = "Canary-Ada-Lovelace"
SPEC = {
    "title": CANARY,
    "candidate": {"external_id": CANARY},
    "questions": [{"id": "q1", "text": f"{CANARY}?"}],
}
HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\na=setup:actpass\r\n"
)
OFFERS = {
    "empty": "",
    "not SDP": "hello",
    "no media": HEAD,
    "video only": HEAD + AUDIO.replace("audio", "video").replace("opus/48000/2", "VP8/90000"),
    "two audio lines": HEAD + AUDIO + AUDIO.replace("mid:0", "mid:1"),
    "without Opus": HEAD + AUDIO.replace("opus/48000/2", "PCMA/8000"),
    "no rtcp-mux": HEAD + AUDIO.replace("a=rtcp-mux\r\n", ""),
    "bad ufrag": HEAD + AUDIO.replace("abcd\r\n", "a\r\n"),
    "no fingerprint": HEAD + AUDIO.replace("a=fingerprint", "a=x-fingerprint"),
    "500 m-lines": HEAD + AUDIO + "m=audio 9 RTP/AVP 0\r\n" * 500,
    "5000 candidates": HEAD + AUDIO + "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n" * 5000,
    "1 MB": HEAD + "a=ssrc:1 cname:x\r\n" * 55_000,
}
INNER: web.AppKey[web.Application] = web.AppKey("inner")


@asynccontextmanager
async def opened(data_dir: Path, **env: str) -> AsyncIterator[TestClient[Any, Any]]:
    config = load_config(
        {
            "DATA_DIR": str(data_dir),
            "MEDIA_SERVER_API_KEY": KEY,
            "MEDIA_SERVER_RTC_BIND_ADDRESSES": "127.0.0.1",
            "MEDIA_SERVER_ADMIT_BY_LOAD": "off",  # the machine is busy with tests
            **env,
        }
    )
    app = web.Application()
    inner = create_app(config)
    app[INNER] = inner
    app.add_subapp("/interviews/", inner)
    async with TestClient(TestServer(app)) as found:
        yield found


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient[Any, Any]]:
    async with opened(tmp_path) as found:
        yield found


async def test_no_review_where_the_words_are_deleted_at_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path, MEDIA_SERVER_TRANSCRIPT_DAYS="0") as client:

        async def post(**spec: Any) -> tuple[int, dict[str, Any]]:
            spec = {"questions": SPEC["questions"], **spec}
            response = await client.post("/interviews/v1/interviews", json=spec, headers=API)
            return response.status, await response.json()

        status, problem = await post(review=True)
        assert (status, problem["code"]) == (422, "review_without_words")
        assert "MEDIA_SERVER_TRANSCRIPT_DAYS" in problem["detail"]
        assert (await post(review=True, retention={"transcript_days": 1}))[0] == 201
        assert (await post())[0] == 201


async def test_bad_input_is_refused_and_loses_nothing(
    client: TestClient[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Over 50 lines on purpose: one interview that suffers everything in turn."""
    caplog.set_level(logging.DEBUG, "media_server")
    created = await client.post("/interviews/v1/interviews", json=SPEC, headers=API)
    assert created.status == 201, await created.text()
    interview = await created.json()
    link = interview["join_url"].rpartition("/")[2]
    joined = await (await client.post("/interviews/v1/join", json={"link": link})).json()
    assert joined["page"]["title"] == CANARY
    bearer = {"Authorization": f"Bearer {joined['token']}"}
    whip = joined["whip_url"]
    sdp = {**bearer, "Content-Type": "application/sdp"}

    before = await client.post(whip, data=HEAD + AUDIO, headers=sdp)
    assert (before.status, (await before.json())["code"]) == (403, "consent_needed")
    consent = {"version": joined["page"]["consent"]["version"], "accepted": True}
    answer = await client.post("/interviews/v1/consent", json=consent, headers=bearer)
    assert answer.status == 204, await answer.text()

    for name, offer in OFFERS.items():
        refused = await client.post(whip, data=offer, headers=sdp)
        assert 400 <= refused.status < 500, name
        assert refused.content_type == "application/problem+json", name
        assert (await refused.json())["detail"], name
    unknown = await client.get("/interviews/v1/interviews/iv_none", headers=API)
    assert unknown.status == 404

    call = await client.post(whip, data=HEAD + AUDIO, headers=sdp)
    assert call.status == 201, await call.text()
    text = await call.text()
    assert "a=setup:passive" in text
    assert "a=rtcp-mux" in text
    url = call.headers["Location"]
    fragment = {**bearer, "Content-Type": "application/trickle-ice-sdpfrag"}
    for body, if_match, status in [
        ("a=ice-ufrag:abcd\r\n", None, 428),
        ("a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n", '"stale"', 412),
        ("nonsense", call.headers["ETag"], 400),
    ]:
        headers = fragment if if_match is None else {**fragment, "If-Match": if_match}
        assert (await client.patch(url, data=body, headers=headers)).status == status
    assert (await client.delete(url, headers=bearer)).status == 200

    shown = await client.get(f"/interviews/v1/interviews/{interview['id']}", headers=API)
    assert (await shown.json())["id"] == interview["id"]
    erased = await client.delete(f"/interviews/v1/interviews/{interview['id']}", headers=API)
    assert erased.status == 204
    gone = await client.post("/interviews/v1/join", json={"link": link})
    assert gone.status == 410

    formatter = JsonFormatter()
    lines = "\n".join(formatter.format(record) for record in caplog.records)
    assert "/whip/" in lines, "there is an access log"
    for secret in (
        CANARY,
        joined["token"],
        link.partition(".")[2],
        KEY,
        "abcdefghijklmnopqrstuvwx",
    ):
        assert secret not in lines


async def joined_with_consent(client: TestClient[Any, Any]) -> dict[str, Any]:
    created = await client.post("/interviews/v1/interviews", json=SPEC, headers=API)
    link = (await created.json())["join_url"].rpartition("/")[2]
    joined = dict(await (await client.post("/interviews/v1/join", json={"link": link})).json())
    bearer = {"Authorization": f"Bearer {joined['token']}"}
    consent = {"version": joined["page"]["consent"]["version"], "accepted": True}
    given = await client.post("/interviews/v1/consent", json=consent, headers=bearer)
    assert given.status == 204
    return joined


async def check_with(candidate: HeadlessCandidate, ice: IceSession, ufrag: str, pwd: str) -> None:
    """The client uses these credentials from now on, until the server knows no others."""
    assert candidate._pc is not None
    sender: Any = candidate._pc.getTransceivers()[0].sender
    agent = sender.transport.transport._connection
    agent.remote_username, agent.remote_password = ufrag, pwd
    async with asyncio.timeout(45):
        while ice.ufrags != (ufrag,):
            pair = next(iter(agent._nominated.values()))
            check = agent.build_request(pair, nominate=True)
            check.add_message_integrity(pwd.encode())
            pair.protocol.send_stun(check, pair.remote_addr)
            await asyncio.sleep(0.1)


async def test_an_ice_restart_in_a_call_and_the_media_goes_on(
    client: TestClient[Any, Any],
) -> None:
    joined = await joined_with_consent(client)
    candidate = HeadlessCandidate(on_message=lambda _: None)
    whip = str(client.make_url(URL(joined["whip_url"]).path))
    await candidate.connect(whip, joined["token"], client.session)
    candidate.send({"type": "hello", "last_seq": 0})
    candidate.send({"type": "ready"})
    url, inner = candidate._call_url, client.app
    assert url is not None
    assert inner is not None
    service = cast("LiveInterviewService", inner[INNER][CONTEXT].live())
    call = cast("Call", service._calls._calls[url.name][1].call)
    path = cast("LitePath", call.path)

    headers = {"Authorization": f"Bearer {joined['token']}", "Content-Type": FRAGMENT}
    body = "a=ice-ufrag:NEWU\r\na=ice-pwd:" + "n" * 22 + "\r\n"
    old_ufrag = path.ice.local.ufrag
    restart = await client.session.patch(url, data=body, headers={**headers, "If-Match": "*"})
    assert (restart.status, restart.content_type) == (200, FRAGMENT)
    assert restart.headers["ETag"] not in ("", candidate.etag)
    fragment = (await restart.text()).splitlines()
    lines = dict(line[2:].split(":", 1) for line in fragment if ":" in line)
    assert lines["ice-ufrag"] != old_ufrag
    assert "candidate" in lines

    await check_with(candidate, path.ice, lines["ice-ufrag"], lines["ice-pwd"])
    received, heard = call.stats().packets_received, candidate.packets_received
    async with asyncio.timeout(45):
        while call.stats().packets_received < received + 50:
            await asyncio.sleep(0.02)
        while candidate.packets_received < heard + 20:  # the greeting
            await asyncio.sleep(0.02)
    stale = {**headers, "If-Match": candidate.etag}
    assert (await client.session.patch(url, data=body, headers=stale)).status == 412
    await candidate.leave()
