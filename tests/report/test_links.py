"""Links to reports: what opens one, what does not, and that revoking works at once everywhere."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import jwt
import pytest
from aiohttp.test_utils import TestClient, TestServer

import signaling
from media_server.http_settings import HttpSettings
from signaling.report_tokens import LinkClaims, ReportTokens
from signaling.secret_files import Secrets
from tests.report.place import API, INTERVIEW, SECRETS, Place, code, opened, path_of

SECRET = SECRETS.signing[0]


@pytest.fixture
async def place(tmp_path: Path, store_url: str) -> AsyncIterator[Place]:
    async with opened(tmp_path, store_url=store_url, sound=False) as made:
        yield made


async def test_a_link_opens_its_report_and_nothing_else(place: Place) -> None:
    made = await place.link(ttl_s=3600)
    assert made["url"].startswith("http://127.0.0.1")
    assert f"/r/{INTERVIEW}#" in made["url"]
    assert made["scopes"] == ["audio", "report"]
    body = await place.report(made["auth"])
    assert body["interview"]["id"] == INTERVIEW
    assert body["scopes"] == ["audio", "report"]
    for path in ("/report.csv", "/transcript.vtt", "/transcript.txt", "/report/waveform"):
        assert (await place.get(path, made["auth"])).status == 200, path
    # What is an integrator's own stays so.
    for path in ("", "/result", "/log", "/report-links"):
        assert (await place.get(path, made["auth"])).status == 401, path
    for method, path in (("DELETE", ""), ("POST", "/cancel"), ("POST", "/report-links")):
        answer = await place.client.request(method, place.base + path, headers=made["auth"])
        assert answer.status == 401, path
    assert (await place.client.get("/v1/interviews", headers=made["auth"])).status == 401


async def test_it_is_no_key_of_anything_in_a_query(place: Place) -> None:
    """Links are passed on and logged; the token goes in a header only."""
    made = await place.link()
    answer = await place.get(f"/report?token={made['token']}", {})
    assert answer.status == 401


async def test_expired(place: Place) -> None:
    made = await place.link(ttl_s=60)
    place.wall.now += 59
    assert (await place.get("/report", made["auth"])).status == 200
    place.wall.now += 7  # five seconds are forgiven: clocks differ
    answer = await place.get("/report", made["auth"])
    assert await code(answer) == (401, "report_link_expired")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert made["token"] not in str(answer.headers) + await answer.text()
    listed = await (await place.get("/report-links")).json()
    assert listed == {"links": []}


async def test_revoked_on_every_server(place: Place) -> None:
    """The second application stands for another node with the same store."""
    made, stays = await place.link(), await place.link()
    other = signaling.create_app(
        HttpSettings(), secrets=SECRETS, service=place.bench.service, wall_s=place.wall
    )
    async with TestClient(TestServer(other)) as elsewhere:
        path = f"{place.base}/report"
        assert (await elsewhere.get(path, headers=made["auth"])).status == 200
        gone = await place.client.delete(f"{place.base}/report-links/{made['id']}", headers=API)
        assert gone.status == 204
        for client in (elsewhere, place.client):
            answer = await client.get(path, headers=made["auth"])
            assert await code(answer) == (401, "report_link_revoked")
            assert (await client.get(path, headers=stays["auth"])).status == 200
    again = await place.client.delete(f"{place.base}/report-links/{made['id']}", headers=API)
    assert await code(again) == (404, "unknown_link")


async def test_listed_without_what_opens_them(place: Place) -> None:
    first = await place.link(scopes=["report"])
    place.wall.now += 1
    second = await place.link()
    found = await (await place.get("/report-links")).json()
    assert [link["id"] for link in found["links"]] == [first["id"], second["id"]]
    assert found["links"][0]["scopes"] == ["report"]
    assert first["token"] not in str(found)
    assert "url" not in found["links"][0]


def forged(place: Place, **changes: object) -> str:
    claims = {
        "iss": "media-server",
        "aud": "media-server/report",
        "sub": INTERVIEW,
        "ten": "default",
        "jti": "link",
        "scope": "report audio",
        "exp": int(place.wall.now) + 600,
        **changes,
    }
    return jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": "0" * 12})


async def test_forged_and_foreign(place: Place) -> None:
    mine = await place.link()
    head, body, signature = mine["token"].split(".")
    other = Secrets((), ("a-secret-of-another-server",), None)
    stranger = ReportTokens(other.signing).link(
        LinkClaims("default", INTERVIEW, mine["id"], frozenset({"report"}), place.wall.now + 600)
    )
    unsigned = jwt.encode({"sub": INTERVIEW}, "", algorithm="none")
    for token in (
        f"{head}.{body}.{'A' * len(signature)}",
        f"{head}.{body[:-2]}AA.{signature}",
        forged(place),
        stranger,
        unsigned,
        "eyJ.eyJ.x",
        "eyJ" + "A" * 4000 + ".a.b",
    ):
        answer = await place.get("/report", {"Authorization": f"Bearer {token}"})
        assert await code(answer) == (401, "report_link_invalid"), token[:30]


async def test_tokens_of_other_kinds_open_nothing(place: Place) -> None:
    """Neither a client token, nor that of a URL, and no link's token opens a call."""
    now_s = place.wall.now
    tokens = ReportTokens(SECRETS.signing)
    client_token, _ = signaling.tokens.ClientTokens(SECRETS.signing).issue(INTERVIEW, now_s)
    url = (await place.report())["links"]["audio"]
    assert url is None, "nothing is recorded"
    for token in (client_token,):
        answer = await place.get("/report", {"Authorization": f"Bearer {token}"})
        assert await code(answer) == (401, "report_link_invalid")
    link = tokens.link(LinkClaims("default", INTERVIEW, "x", frozenset({"report"}), now_s + 600))
    call = await place.client.post(
        f"/whip/{INTERVIEW}",
        data="v=0",
        headers={"Authorization": f"Bearer {link}", "Content-Type": "application/sdp"},
    )
    assert call.status == 401


async def test_of_another_interview(place: Place) -> None:
    made = await place.link()
    created = await place.client.post(
        "/v1/interviews", json={"questions": ["Who are you?"]}, headers=API
    )
    other = (await created.json())["id"]
    answer = await place.client.get(f"/v1/interviews/{other}/report", headers=made["auth"])
    assert await code(answer) == (401, "report_link_other_interview")


async def test_signed_but_never_stored(place: Place) -> None:
    """Who has the secret alone has no link: its document must be there."""
    token = ReportTokens(SECRETS.signing).link(
        LinkClaims("default", INTERVIEW, "made-up", frozenset({"report"}), place.wall.now + 600)
    )
    answer = await place.get("/report", {"Authorization": f"Bearer {token}"})
    assert await code(answer) == (401, "report_link_revoked")


async def test_guessing_is_slowed_down(tmp_path: Path) -> None:
    async with opened(tmp_path, sound=False, requests_per_minute=20) as place:
        wrong = {"Authorization": f"Bearer {forged(place)}"}
        answers = [await place.get("/report", wrong) for _ in range(30)]
        assert {answer.status for answer in answers} == {401, 429}
        slowed = [answer for answer in answers if answer.status == 429]
        assert int(slowed[-1].headers["Retry-After"]) >= 1
        assert (await place.get("/report")).status == 200, "a right key is never slowed by it"


@pytest.mark.parametrize(
    ("body", "status", "wrong"),
    [
        ({"scopes": ["decide"]}, 422, "invalid_body"),
        ({"scopes": ["audio"]}, 422, "invalid_body"),
        ({"scopes": []}, 422, "invalid_body"),
        ({"scopes": ["all"]}, 422, "invalid_body"),
        ({"ttl_s": 10}, 422, "invalid_body"),
        ({"ttl_s": 10**9}, 422, "invalid_body"),
        ({"ttl": 60}, 422, "invalid_body"),
    ],
)
async def test_bad_requests(
    tmp_path: Path, body: dict[str, object], status: int, wrong: str
) -> None:
    async with opened(tmp_path, sound=False) as place:
        answer = await place.client.post(f"{place.base}/report-links", json=body, headers=API)
        assert await code(answer) == (status, wrong)


async def test_without_the_scope_audio_there_is_no_sound(place: Place) -> None:
    made = await place.link(scopes=["report"])
    body = await place.report(made["auth"])
    assert body["scopes"] == ["report"]
    urls = [shown["url"] for shown in (*body["recordings"], *body["spoken"])]
    assert set(urls) <= {None}
    assert body["links"]["audio"] is body["links"]["bundle"] is None
    for path in ("/audio/audio-0001.ogg", "/audio.ogg", "/answers/cold/audio.ogg", "/bundle.zip"):
        answer = await place.get(path, made["auth"])
        assert await code(answer) == (403, "missing_scope"), path


async def test_an_erased_interview_is_gone_with_its_links(place: Place) -> None:
    made = await place.link()
    erased = await place.client.delete(place.base, headers=API)
    assert erased.status == 204
    answer = await place.get("/report", made["auth"])
    assert await code(answer) == (410, "interview_erased"), "and not that the link was revoked"
    documents = place.bench.services.documents
    assert await documents.page("default", "report-link") == ()
    assert (await place.get("/report")).status == 404


async def test_erased_while_somebody_has_the_report(place: Place) -> None:
    """By retention, which knows no links."""
    made = await place.link()
    await place.bench.service.erase(INTERVIEW)
    answer = await place.get("/report", made["auth"])
    assert await code(answer) == (410, "interview_erased")


async def test_not_too_many(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signaling.report_links, "MAX_LINKS", 3)
    for _ in range(3):
        await place.link(ttl_s=60)
    refused = await place.client.post(f"{place.base}/report-links", json={}, headers=API)
    assert await code(refused) == (409, "too_many_links")
    place.wall.now += 61
    await place.link()


async def test_no_token_in_a_log(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = await place.link()
    await place.get("/report", made["auth"])
    await place.get("/audio/audio-0001.ogg?token=" + made["token"], {})
    # aiohttp's own access log, which the test server writes, is off in ours (`serve`).
    ours = [record.getMessage() for record in caplog.records if "aiohttp" not in record.name]
    assert ours
    assert not [line for line in ours if made["token"] in line or made["id"] in line]


async def test_the_page(place: Place) -> None:
    made = await place.link()
    page = await place.client.get(path_of(made["url"].partition("#")[0]))
    assert page.status == 200
    assert page.content_type == "text/html"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"


async def test_the_page_may_be_framed_where_that_is_allowed(tmp_path: Path) -> None:
    origins = ("https://jobs.example.org",)
    async with opened(tmp_path, sound=False, frame_ancestors=origins) as place:
        page = await place.client.get(f"/r/{INTERVIEW}")
        assert "frame-ancestors https://jobs.example.org" in page.headers["Content-Security-Policy"]
