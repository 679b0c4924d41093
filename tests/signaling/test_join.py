"""The candidate's way in: join, consent, the call, and the limits on each.

Over 400 lines on purpose: they share one server in memory and its clock.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest

from media_server.http_settings import HttpSettings
from signaling import start_draining
from signaling.tokens import AUDIENCE, ISSUER
from tests.signaling.conftest import API, OFFER, SECRETS, House, bearer, open_house

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


async def test_join_answers_what_the_page_needs(house: House) -> None:
    joined = await house.join()
    assert joined["token"].count(".") == 2
    assert joined["page"]["id"] == joined["interview"]
    assert joined["ice_servers"] == []
    assert joined["whip_url"] == f"/whip/{joined['interview']}"


async def test_the_whole_address_may_be_pasted(house: House) -> None:
    created = await house.create()
    for link in (created["join_url"], created["join_url"] + "/?utm=1", " " + created["join_url"]):
        response = await house.client.post("/v1/join", json={"link": link})
        assert response.status == 200


async def test_wrong_links(house: House) -> None:
    link = (await house.create())["join_url"].rpartition("/")[2]
    interview_id, _, signature = link.partition(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    for wrong in (
        "x",
        "iv_1",
        f"{interview_id}.",
        f"iv_2.{signature}",
        f"{interview_id}.{flipped}",
        f"{interview_id}.{signature}A",
        "é" * 100,
    ):
        response = await house.client.post("/v1/join", json={"link": wrong})
        assert response.status == 404, wrong
        assert (await response.json())["code"] == "unknown_link"
    for bad in ({"link": ""}, {"link": "x" * 3000}, {}, {"link": 5}, {"link": link, "x": 1}):
        assert (await house.client.post("/v1/join", json=bad)).status == 422


async def test_link_of_a_cancelled_interview(house: House) -> None:
    created = await house.create()
    await house.client.post(f"/v1/interviews/{created['id']}/cancel", headers=API)
    link = created["join_url"].rpartition("/")[2]
    assert (await house.client.post("/v1/join", json={"link": link})).status == 410
    over = await house.client.post("/v1/join", json={"link": link, "ended": True})
    assert (over.status, (await over.json())["page"]["status"]) == (200, "cancelled")
    await house.client.delete(f"/v1/interviews/{created['id']}", headers=API)
    gone = await house.client.post("/v1/join", json={"link": link})
    assert (gone.status, (await gone.json())["code"]) == (410, "interview_gone")


async def test_consent_by_version(house: House) -> None:
    joined = await house.join()
    version = joined["page"]["consent"]["version"]
    stale = await house.client.post(
        "/v1/consent", json={"version": "old", "accepted": True}, headers=bearer(joined)
    )
    assert stale.status == 409
    before = await house.call(joined)
    assert before.status == 403
    answer = await house.client.post(
        "/v1/consent", json={"version": version, "accepted": True}, headers=bearer(joined)
    )
    assert answer.status == 204
    assert (await house.call(joined)).status == 201


async def test_a_call_from_offer_to_leaving(house: House) -> None:
    joined = await house.consented()
    response = await house.call(joined)
    assert response.status == 201
    assert response.content_type == "application/sdp"
    assert (await response.text()).startswith("v=0")
    assert response.headers["ETag"] == '"etag1"'
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    exposed = response.headers["Access-Control-Expose-Headers"]
    assert {"Location", "ETag", "Link"} <= set(exposed.split(", "))
    assert 'rel="urn:ietf:params:whip:ext:' in response.headers["Link"]
    call = response.headers["Location"]

    headers = {**bearer(joined), **FRAGMENT}
    missing = await house.client.patch(call, data="a=ice-ufrag:x\r\n", headers=headers)
    assert missing.status == 428
    stale = {**headers, "If-Match": '"etag0"'}
    assert (await house.client.patch(call, data="a=x\r\n", headers=stale)).status == 412
    good = {**headers, "If-Match": '"etag1"'}
    assert (await house.client.patch(call, data="a=x\r\n", headers=good)).status == 204
    restart = {**headers, "If-Match": "*"}
    restarted = await house.client.patch(call, data="a=x\r\n", headers=restart)
    assert restarted.status == 200
    assert restarted.headers["ETag"] == '"etag2"'
    assert restarted.content_type == "application/trickle-ice-sdpfrag"
    for body, wrong, status in [
        (b"", good, 400),
        (b"x" * 9000, good, 413),
        (b"a=x", {**good, "Content-Type": "text/plain"}, 415),
        (b"\xff", good, 400),
    ]:
        assert (await house.client.patch(call, data=body, headers=wrong)).status == status
    assert house.service.calls, "a refused PATCH must not end the call"

    assert (await house.client.delete(call, headers=bearer(joined))).status == 200
    assert not house.service.calls
    assert (await house.client.delete(call, headers=bearer(joined))).status == 404
    assert (await house.client.patch(call, data="a=x", headers=good)).status == 404


async def test_options_and_get(house: House) -> None:
    options = await house.client.options("/whip/iv_1")
    assert options.status == 204
    assert options.headers["Accept-Post"] == "application/sdp"
    for path in ("/whip/iv_1", "/whip/iv_1/c1"):
        for method in ("GET", "HEAD"):
            response = await house.client.request(method, path)
            assert response.status == 204
            assert await response.read() == b""
    preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "PATCH"}
    for path in ("/whip/iv_1/c1", "/v1/join", "/v1/consent", "/v1/demo"):
        response = await house.client.options(path, headers=preflight)
        assert response.status == 204
        assert {"POST", "PATCH", "DELETE", "OPTIONS"} <= set(
            response.headers["Access-Control-Allow-Methods"].split(", ")
        )
        allowed = response.headers["Access-Control-Allow-Headers"]
        assert {"Authorization", "Content-Type", "If-Match"} <= set(allowed.split(", "))
    api = await house.client.get("/v1/interviews", headers={**API, **preflight})
    assert "Access-Control-Allow-Origin" not in api.headers


async def test_named_origins_only() -> None:
    house = await open_house(HttpSettings(cors_origins=("https://a.example",)))
    try:
        mine = await house.client.options("/v1/join", headers={"Origin": "https://a.example"})
        assert mine.headers["Access-Control-Allow-Origin"] == "https://a.example"
        assert mine.headers["Vary"] == "Origin"
        other = await house.client.options("/v1/join", headers={"Origin": "https://b.example"})
        assert "Access-Control-Allow-Origin" not in other.headers
    finally:
        await house.client.close()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/sdp", 400),
        (b"   ", "application/sdp", 400),
        (b"v=0\x00", "application/sdp", 400),
        (b"\xff\xfe", "application/sdp", 400),
        (b"hello", "application/sdp", 400),
        (OFFER.encode(), "text/plain", 415),
        (OFFER.encode(), "", 415),
        (b"v=0\r\n" + b"a=x\r\n" * 10_000, "application/sdp", 413),
        (b"v" * 1_000_000, "application/sdp", 413),
    ],
)
async def test_bad_offers(house: House, body: bytes, content_type: str, status: int) -> None:
    joined = await house.consented()
    response = await house.client.post(
        f"/whip/{joined['interview']}",
        data=body,
        headers={**bearer(joined), "Content-Type": content_type},
    )
    assert response.status == status
    assert response.content_type == "application/problem+json"
    assert not house.service.calls


async def test_a_chunked_body_is_cut_off_at_the_limit(house: House) -> None:
    joined = await house.consented()
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 100_000_000:
            sent += 10_000
            yield b"a" * 10_000

    response = await house.client.post(
        f"/whip/{joined['interview']}", data=endless(), headers={**bearer(joined), **SDP}
    )
    assert response.status == 413
    assert sent < 50_000_000


async def test_a_full_server_says_when_to_come_back(house: House) -> None:
    joined = await house.consented()
    house.service.full = True
    response = await house.call(joined)
    assert response.status == 503
    assert response.headers["Retry-After"] == "7"
    ready = await house.client.get("/readyz")
    assert ready.status == 503
    assert ready.headers["Retry-After"] == "7"
    assert (await ready.json())["reasons"] == ["full: 1 of 1"]


async def test_draining_refuses_newcomers_and_keeps_calls(house: House) -> None:
    joined = await house.consented()
    call = (await house.call(joined)).headers["Location"]
    start_draining(house.app)
    assert (await house.client.get("/readyz")).status == 503
    assert (await house.client.get("/healthz")).status == 200
    assert (await house.call(joined)).status == 503
    assert (await house.client.post("/v1/demo")).status == 503
    headers = {**bearer(joined), **FRAGMENT, "If-Match": '"etag1"'}
    assert (await house.client.patch(call, data="a=x", headers=headers)).status == 204
    assert (await house.client.delete(call, headers=bearer(joined))).status == 200


async def test_ten_calls_at_once_leave_one(house: House) -> None:
    joined = await house.consented()
    answers = await asyncio.gather(*(house.call(joined) for _ in range(10)))
    assert [answer.status for answer in answers] == [201] * 10
    assert len({answer.headers["Location"] for answer in answers}) == 10
    assert len(house.service.calls) == 1


# --- tokens ---


def _forged(key: bytes | str, headers: dict[str, Any], **changes: Any) -> str:
    now = 1_800_000_000
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "iv_1",
        "scope": "join",
        "iat": now,
        "exp": now + 600,
        "jti": "x",
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    algorithm = headers.get("alg", "HS256")
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


def _real_key() -> tuple[bytes, str]:
    secret = SECRETS.signing[0].encode()
    key = hmac.new(secret, b"client-token", hashlib.sha256).digest()
    return key, hmac.new(secret, b"key-id", hashlib.sha256).hexdigest()[:12]


def _unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts) + "."


def bad_tokens() -> dict[str, str]:
    key, kid = _real_key()
    now = 1_800_000_000
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "iv_1", "scope": "join", "jti": "x"}
    times = {"iat": now, "exp": now + 600}
    return {
        "alg none": _unsigned({**good, **times}, {"alg": "none", "kid": kid, "typ": "JWT"}),
        "old kid": _forged(key, {"kid": "0123456789ab"}),
        "no kid": _forged(key, {}),
        "kid of another type": _forged(key, {"kid": kid}).replace("eyJ", "eyK", 1),
        "other key": _forged(b"k" * 32, {"kid": kid}),
        "other algorithm": _forged(key + key, {"kid": kid, "alg": "HS512"}),
        "expired": _forged(key, {"kid": kid}, iat=now - 700, exp=now - 100),
        "issued in the future": _forged(key, {"kid": kid}, iat=now + 60, exp=now + 120),
        "lives too long": _forged(key, {"kid": kid}, exp=now + 6000),
        "no expiry": _forged(key, {"kid": kid}, exp=None),
        "expiry is text": _forged(key, {"kid": kid}, exp="never"),
        "other audience": _forged(key, {"kid": kid}, aud="elsewhere"),
        "other issuer": _forged(key, {"kid": kid}, iss="elsewhere"),
        "other scope": _forged(key, {"kid": kid}, scope="admin"),
        "other interview": _forged(key, {"kid": kid}, sub="iv_2"),
        "no subject": _forged(key, {"kid": kid}, sub=None),
        "garbage": "abc",
        "dots": "...",
        "huge": "a" * 3000,
    }


async def test_a_token_made_as_the_server_makes_it_passes(house: House) -> None:
    """So that the refusals below are for the reason their name says."""
    await house.consented()
    key, kid = _real_key()
    response = await house.call({"interview": "iv_1", "token": _forged(key, {"kid": kid})})
    assert response.status == 201


@pytest.mark.parametrize("name", sorted(bad_tokens()))
async def test_bad_tokens(house: House, name: str) -> None:
    await house.consented()
    token = bad_tokens()[name]
    response = await house.call({"interview": "iv_1", "token": token})
    assert response.status == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    text = await response.text()
    assert token not in text
    assert response.content_type == "application/problem+json"
    assert not house.service.calls


async def test_a_token_replayed_for_another_interview(house: House) -> None:
    first, second = await house.consented(), await house.consented()
    mixed = {"interview": second["interview"], "token": first["token"]}
    assert (await house.call(mixed)).status == 401
    call = (await house.call(second)).headers["Location"]
    assert (await house.client.delete(call, headers=bearer(first))).status == 401
    moved = call.replace(second["interview"], first["interview"])
    assert (await house.client.delete(moved, headers=bearer(first))).status == 404
    assert len(house.service.calls) == 1


async def test_the_call_accepts_its_expired_token_and_nothing_else_does(house: House) -> None:
    joined = await house.consented()
    call = (await house.call(joined)).headers["Location"]
    house.clock.now += 3600
    assert (await house.call(joined)).status == 401
    consent = await house.client.post(
        "/v1/consent", json={"version": "2026-11", "accepted": True}, headers=bearer(joined)
    )
    assert consent.status == 401
    headers = {**bearer(joined), **FRAGMENT, "If-Match": '"etag1"'}
    assert (await house.client.patch(call, data="a=x", headers=headers)).status == 204
    assert (await house.client.delete(call, headers=bearer(joined))).status == 200
    assert (await house.client.delete(call, headers=bearer(joined))).status == 401


async def test_another_expired_token_does_not_open_a_call_url(house: House) -> None:
    joined = await house.consented()
    created = {"join_url": await _link_of(house, joined["interview"])}
    house.clock.now += 1
    later = await house.join(created)
    call = (await house.call(joined)).headers["Location"]
    assert later["token"] != joined["token"]
    house.clock.now += 3600
    assert (await house.client.delete(call, headers=bearer(later))).status == 401
    fresh = await house.join(created)
    assert (await house.client.delete(call, headers=bearer(fresh))).status == 200


async def _link_of(house: House, interview_id: str) -> str:
    shown = await house.client.get(f"/v1/interviews/{interview_id}", headers=API)
    return str((await shown.json())["join_url"])


# --- the demo and the limits ---


async def test_the_demo_makes_an_interview_that_can_be_joined(house: House) -> None:
    response = await house.client.post("/v1/demo", json={})
    assert response.status == 201
    demo = await response.json()
    joined = await house.join(demo)
    assert joined["page"]["questions_total"] == 3


async def test_the_demo_can_be_off_and_is_limited() -> None:
    house = await open_house(HttpSettings(demo=False))
    try:
        assert (await house.client.post("/v1/demo")).status == 404
    finally:
        await house.client.close()
    house = await open_house(HttpSettings(demo_per_minute=2))
    try:
        statuses = [(await house.client.post("/v1/demo")).status for _ in range(3)]
        assert statuses == [201, 201, 429]
        limited = await house.client.post("/v1/demo")
        assert limited.headers["Retry-After"] == "30"
        house.clock.now += 31
        assert (await house.client.post("/v1/demo")).status == 201
    finally:
        await house.client.close()


async def test_guessing_is_slowed_down() -> None:
    house = await open_house(HttpSettings(requests_per_minute=10))
    try:
        wrong = {"Authorization": "Bearer wrong"}
        statuses = [
            (await house.client.get("/v1/interviews", headers=wrong)).status for _ in range(7)
        ]
        assert statuses == [401] * 5 + [429] * 2
        good = await house.client.get("/v1/interviews", headers=API)
        assert good.status == 200, "who has the key is not punished for a neighbour's guesses"
    finally:
        await house.client.close()


RELAY = HttpSettings(
    stun_urls=("stun:s.example:3478",),
    turn_urls=("turn:t.example:3478?transport=udp",),
    turn_secret="shared",  # noqa: S106  # of this test
)


async def _agree(house: House, joined: dict[str, Any], *, accepted: bool = True) -> Any:
    version = joined["page"]["consent"]["version"]
    body = {"version": version, "accepted": accepted}
    return await house.client.post("/v1/consent", json=body, headers=bearer(joined))


async def test_a_relay_is_given_after_consent_only() -> None:
    house = await open_house(RELAY)
    try:
        created = await house.create()
        joined = await house.join(created)
        stun = {"urls": ["stun:s.example:3478"]}
        assert joined["ice_servers"] == [stun], "opening a link opens no relay"
        assert (await house.call(joined)).headers.getall("Link", []) == []
        assert (await _agree(house, joined, accepted=False)).status == 204
        agreed = await _agree(house, joined)
        assert agreed.status == 200
        assert agreed.headers["Cache-Control"] == "no-store"
        assert [server.get("urls") for server in (await agreed.json())["ice_servers"]] == [
            stun["urls"],
            ["turn:t.example:3478?transport=udp"],
        ]
        back = await house.join(created)
        assert len(back["ice_servers"]) == 2, "who has agreed before comes back with a relay"
    finally:
        await house.client.close()


async def test_a_relay_is_good_by_the_wall_clock() -> None:
    """Coturn compares Unix time; the clock of the limits counts from anywhere."""
    house = await open_house(RELAY, wall_s=lambda: 1_900_000_000.0)
    try:
        created = await house.create()
        agreed = await (await _agree(house, await house.join(created))).json()
        back = await house.join(created)
        called = await house.call(back)
        until_s = str(1_900_000_000 + RELAY.turn_ttl_s)
        for servers in (agreed["ice_servers"], back["ice_servers"]):
            assert servers[1]["username"].partition(":")[0] == until_s
        assert any(f'username="{until_s}:' in link for link in called.headers.getall("Link"))
    finally:
        await house.client.close()


async def test_a_demo_gets_no_relay() -> None:
    """Anybody may start one: its credentials would make an open relay of the TURN server."""
    house = await open_house(RELAY)
    try:
        demo = await (await house.client.post("/v1/demo", json={})).json()
        joined = await house.join(demo)
        agreed = await _agree(house, joined)
        called = await house.call(joined)
        back = await house.join(demo)
        assert joined["page"]["demo"] is True
        assert called.status == 201
        told = [joined["ice_servers"], (await agreed.json())["ice_servers"], back["ice_servers"]]
        assert told == [[{"urls": ["stun:s.example:3478"]}]] * 3
        assert not any("turn:" in link for link in called.headers.getall("Link"))
    finally:
        await house.client.close()


async def test_ice_servers_with_credentials_of_their_own() -> None:
    settings = RELAY
    house = await open_house(settings)
    try:
        joined = await house.join()
        stun, turn = (await (await _agree(house, joined)).json())["ice_servers"]
        assert stun == {"urls": ["stun:s.example:3478"]}
        expires, _, tag = turn["username"].partition(":")
        assert int(expires) == house.clock.now + settings.turn_ttl_s
        assert settings.turn_ttl_s <= 900, "as long as a token and a little more"
        assert joined["interview"] not in tag
        raw = hmac.new(b"shared", turn["username"].encode(), hashlib.sha1).digest()
        assert turn["credential"] == base64.b64encode(raw).decode()
        links = (await house.call(joined)).headers.getall("Link")
        assert '<stun:s.example:3478>; rel="ice-server"' in links
        assert any(
            link.startswith('<turn:t.example:3478?transport=udp>; rel="ice-server"; username="')
            and link.endswith('credential-type="password"')
            for link in links
        )
    finally:
        await house.client.close()


async def test_changes_to_a_call_are_limited_like_calls() -> None:
    house = await open_house(HttpSettings(calls_per_minute=1))
    try:
        joined = await house.consented()
        url = (await house.call(joined)).headers["Location"]
        headers = {**bearer(joined), **FRAGMENT, "If-Match": '"etag1"'}
        body = "a=ice-ufrag:abcd\r\n"
        statuses = [
            (await house.client.patch(url, data=body, headers=headers)).status for _ in range(9)
        ]
        assert statuses == [204] * 8 + [429]
        refused = await house.client.delete(url, headers=bearer(joined))
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) >= 1
        house.clock.now += 60
        assert (await house.client.delete(url, headers=bearer(joined))).status == 200
    finally:
        await house.client.close()


async def test_changes_to_calls_are_limited_per_address() -> None:
    house = await open_house(HttpSettings(requests_per_minute=20))
    try:
        guesses = [await house.client.delete("/whip/iv_1/none") for _ in range(25)]
        assert [guess.status for guess in guesses[-5:]] == [429] * 5
    finally:
        await house.client.close()


async def test_demos_are_limited_whoever_asks() -> None:
    settings = HttpSettings(all_demos_per_minute=3, trusted_proxies=("127.0.0.0/8",))
    house = await open_house(settings)
    try:
        answers = [
            await house.client.post("/v1/demo", headers={"X-Forwarded-For": f"203.0.113.{n}"})
            for n in range(5)
        ]
        assert [answer.status for answer in answers] == [201] * 3 + [429] * 2
    finally:
        await house.client.close()


async def test_addresses_of_one_ipv6_site_share_a_limit() -> None:
    settings = HttpSettings(demo_per_minute=2, trusted_proxies=("127.0.0.0/8",))
    house = await open_house(settings)
    try:
        answers = [
            await house.client.post("/v1/demo", headers={"X-Forwarded-For": f"2001:db8::{n}:1"})
            for n in range(3)
        ]
        assert [answer.status for answer in answers] == [201, 201, 429]
        other = {"X-Forwarded-For": "2001:db8:0:1::1"}
        assert (await house.client.post("/v1/demo", headers=other)).status == 201
    finally:
        await house.client.close()


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        (HttpSettings(), 201),
        (HttpSettings(host="::1"), 201),
        (HttpSettings(host="localhost"), 201),
        (HttpSettings(host="0.0.0.0"), 404),  # bound by nobody
        (HttpSettings(host="::"), 404),
        (HttpSettings(host="interviews.example.org"), 404),
        (HttpSettings(public_url="https://interviews.example.org"), 404),  # behind a proxy
        (HttpSettings(public_url="http://localhost:8080"), 201),
        (HttpSettings(public_url="https://interviews.example.org", demo=True), 201),
        (HttpSettings(host="0.0.0.0", demo=True), 201),
        (HttpSettings(demo=False), 404),
    ],
)
async def test_the_demo_is_off_where_others_reach_it_unless_asked_for(
    settings: HttpSettings, status: int
) -> None:
    house = await open_house(settings)
    try:
        assert (await house.client.post("/v1/demo")).status == status
    finally:
        await house.client.close()


async def test_a_call_tells_whether_its_device_was_there_before(house: House) -> None:
    """By the resume token it was, by the link it cannot show it."""
    joined = await house.consented()
    assert (await house.call(joined)).status == 201
    assert house.service.resumed_from == 0
    house.service.resume_tokens["way-back"] = joined["interview"]
    back = await house.client.post("/v1/join", json={"resume": "way-back"})
    assert (await house.call(dict(await back.json()))).status == 201
    assert house.service.resumed_from == 1
