from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient

from media_server.interview.result import Result
from media_server.interview.spec import InterviewSpec
from media_server.tools.replay import read
from signaling import interviews
from tests.signaling.conftest import API, KEY, OTHER_KEY, SPEC, House, open_house
from tests.signaling.memory_service import MemoryService


async def test_create_show_list_cancel_erase(house: House) -> None:
    response = await house.client.post("/v1/interviews", json=SPEC, headers=API)
    assert response.status == 201
    created = await response.json()
    assert created.pop("warnings") == []
    assert response.headers["Location"] == f"/v1/interviews/{created['id']}"
    assert created["join_url"].startswith(f"http://{house.client.host}:{house.client.port}/j/")

    shown = await (await house.client.get(response.headers["Location"], headers=API)).json()
    assert shown == created

    cancelled = await house.client.post(f"/v1/interviews/{created['id']}/cancel", headers=API)
    assert (await cancelled.json())["status"] == "cancelled"
    again = await house.client.post(f"/v1/interviews/{created['id']}/cancel", headers=API)
    assert again.status == 409

    assert (await house.client.delete(f"/v1/interviews/{created['id']}", headers=API)).status == 204
    gone = await house.client.get(f"/v1/interviews/{created['id']}", headers=API)
    assert gone.status == 404
    assert (await gone.json())["code"] == "unknown_interview"


async def test_pages_by_cursor(house: House) -> None:
    ids = [(await house.create())["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        answer = await (await house.client.get("/v1/interviews", params=query, headers=API)).json()
        seen += [row["id"] for row in answer["interviews"]]
        assert all("/j/" in row["join_url"] for row in answer["interviews"])
        cursor = answer["next_cursor"]
        if not cursor:
            break
    assert seen == ids[::-1]


@pytest.mark.parametrize(
    "field",
    [
        {"follow_ups": {"max": 3}, "criteria": [{"id": "c1", "text": "Is honest."}]},
        {"follow_ups": {"max": 0}, "criteria": []},
    ],
)
async def test_an_answer_may_be_asked_back_about(house: House, field: dict[str, Any]) -> None:
    question = {**SPEC["questions"][0], **field}
    response = await house.client.post(
        "/v1/interviews",
        json={**SPEC, "questions": [question], "follow_up_budget": 4},
        headers=API,
    )
    assert response.status == 201


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=%0a", "page=1"])
async def test_bad_list_parameters(house: House, query: str) -> None:
    response = await house.client.get(f"/v1/interviews?{query}", headers=API)
    assert response.status == 400
    assert response.content_type == "application/problem+json"


async def test_same_idempotency_key_same_interview_and_link(house: House) -> None:
    headers = {**API, "Idempotency-Key": "k-1"}
    first = await house.client.post("/v1/interviews", json=SPEC, headers=headers)
    respaced = ' {"questions" : [ {"text":"Who are you?", "id":"q1"} ] } '
    second = await house.client.post(
        "/v1/interviews", data=respaced, headers={**headers, "Content-Type": "application/json"}
    )
    assert await first.json() == await second.json()
    other = {"questions": [{"id": "q1", "text": "Another?"}]}
    third = await house.client.post("/v1/interviews", json=other, headers=headers)
    assert third.status == 422
    assert (await third.json())["code"] == "idempotency_key_reused"


async def test_an_upgrade_between_two_tries_makes_no_other_request(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next release has one more field, and another default."""
    headers = {**API, "Idempotency-Key": "k-1"}
    first = await house.client.post("/v1/interviews", json=SPEC, headers=headers)
    assert first.status == 201

    class Later(InterviewSpec):
        title: str = "Your interview"
        novelty: bool = False

    monkeypatch.setattr(interviews, "InterviewSpec", Later)
    second = await house.client.post("/v1/interviews", json=SPEC, headers=headers)
    assert (second.status, await second.json()) == (201, await first.json())
    other = {**SPEC, "novelty": True}
    third = await house.client.post("/v1/interviews", json=other, headers=headers)
    assert (await third.json())["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
async def test_bad_idempotency_key(house: House, key: str) -> None:
    headers = {**API, "Idempotency-Key": key}
    response = await house.client.post("/v1/interviews", json=SPEC, headers=headers)
    assert response.status == 400


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ({}, "Bearer realm="),
        ({"Authorization": "Bearer wrong"}, 'error="invalid_token"'),
        ({"Authorization": f"Basic {KEY}"}, 'error="invalid_request"'),
        ({"Authorization": f"Bearer {KEY} x"}, 'error="invalid_request"'),
        ({"Authorization": "Bearer " + "x" * 5000}, 'error="invalid_request"'),
    ],
)
async def test_without_a_good_key(house: House, headers: dict[str, str], challenge: str) -> None:
    for method, path in [
        ("GET", "/v1/interviews"),
        ("POST", "/v1/interviews"),
        ("GET", "/v1/interviews/iv_1"),
        ("DELETE", "/v1/interviews/iv_1"),
        ("POST", "/v1/interviews/iv_1/cancel"),
        ("GET", "/v1/interviews/iv_1/result"),
        ("GET", "/v1/interviews/iv_1/audio/a.ogg"),
        ("GET", "/v1/interviews/iv_1/log"),
        ("GET", "/v1/interviews/iv_1/transcript.vtt"),
        ("GET", "/v1/interviews/iv_1/transcript.txt"),
    ]:
        response = await house.client.request(method, path, headers=headers)
        assert response.status == 401
        assert challenge in response.headers["WWW-Authenticate"]
        assert response.content_type == "application/problem+json"
        assert "x" * 50 not in await response.text()


async def test_every_configured_key_is_accepted_and_a_client_token_is_not(house: House) -> None:
    second = {"Authorization": f"Bearer {OTHER_KEY}"}
    assert (await house.client.get("/v1/interviews", headers=second)).status == 200
    joined = await house.join()
    token = {"Authorization": f"Bearer {joined['token']}"}
    assert (await house.client.get("/v1/interviews", headers=token)).status == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/questions"),
        ({"questions": []}, "#/questions"),
        ({"questions": [{"id": "q1"}]}, "#/questions/0/text"),
        ({"questions": [{"id": "q 1", "text": "?"}]}, "#/questions/0/id"),
        ({**SPEC, "quesstions": 1}, "#/quesstions"),
        ({**SPEC, "a/b~c": 1}, "#/a~1b~0c"),
        ({**SPEC, "turn": {"silence_ms": 1}}, "#/turn/silence_ms"),
        ({**SPEC, "expires_at": "2027-01-01T00:00:00"}, "#"),
        ({"questions": [SPEC["questions"][0]] * 2}, "#"),
        ([], "#"),
        ("text", "#"),
    ],
)
async def test_faults_of_a_body_are_listed(house: House, body: Any, pointer: str) -> None:
    response = await house.client.post("/v1/interviews", json=body, headers=API)
    assert response.status == 422
    problem = await response.json()
    assert problem["status"] == 422
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert all(error["message"] for error in problem["errors"])


async def test_a_body_is_never_echoed(house: House) -> None:
    secret = "canary-" + "s" * 3000
    body = {**SPEC, "title": secret, "metadata": {"k": 5, "other": [secret]}, "x": secret}
    response = await house.client.post("/v1/interviews", json=body, headers=API)
    assert response.status == 422
    assert "canary" not in await response.text()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"questions":' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
        (b"NaN", 422),
        (b'{"title": "\xc3\x28"}', 400),
        (b" " * 300_000, 413),
    ],
)
async def test_what_is_not_json(house: House, body: bytes, status: int) -> None:
    headers = {**API, "Content-Type": "application/json"}
    response = await house.client.post("/v1/interviews", data=body, headers=headers)
    assert response.status == status
    assert response.content_type == "application/problem+json"


async def test_wrong_content_type(house: House) -> None:
    response = await house.client.post(
        "/v1/interviews", data=b"{}", headers={**API, "Content-Type": "text/plain"}
    )
    assert response.status == 415
    assert response.headers["Accept-Post"] == "application/json"


async def test_result_and_transcripts(house: House) -> None:
    created = await house.create()
    base = f"/v1/interviews/{created['id']}"
    result = await (await house.client.get(f"{base}/result", headers=API)).json()
    Result.model_validate(result)
    vtt = await house.client.get(f"{base}/transcript.vtt", headers=API)
    assert vtt.content_type == "text/vtt"
    assert (await vtt.text()).startswith("WEBVTT\n")
    text = await house.client.get(f"{base}/transcript.txt", headers=API)
    assert text.content_type == "text/plain"


async def test_the_log_as_lines_that_replay_reads(house: House) -> None:
    created = await house.create()
    url = f"/v1/interviews/{created['id']}/log"
    answer = await house.client.get(url, headers=API)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert "no-store" in answer.headers["Cache-Control"]
    interview_id, steps = read((await answer.text()).splitlines())
    assert (interview_id, len(steps)) == (created["id"], 2)
    head = await house.client.head(url, headers=API)
    assert (head.status, await head.read()) == (200, b"")
    unknown = await house.client.get("/v1/interviews/iv_none/log", headers=API)
    assert unknown.status == 404
    assert (await house.client.get("/healthz")).status == 200


async def test_a_log_that_breaks_off_is_no_whole_answer(house: House) -> None:
    created = await house.create()
    house.service.bug = RuntimeError("canary innards")
    url = f"/v1/interviews/{created['id']}/log"
    with pytest.raises(aiohttp.ClientError):
        await (await house.client.get(url, headers=API)).read()
    house.service.bug = None
    assert (await house.client.get(url, headers=API)).status == 200


async def test_audio_with_ranges(tmp_path: Path) -> None:
    (tmp_path / "connection-1.ogg").write_bytes(bytes(range(200)))
    house = await open_house(service=MemoryService(tmp_path))
    try:
        created = await house.create()
        url = f"/v1/interviews/{created['id']}/audio/connection-1.ogg"
        whole = await house.client.get(url, headers=API)
        assert whole.headers["Content-Type"] == "audio/ogg; codecs=opus"
        assert await whole.read() == bytes(range(200))
        part = await house.client.get(url, headers={**API, "Range": "bytes=10-19"})
        assert part.status == 206
        assert part.headers["Content-Range"] == "bytes 10-19/200"
        assert await part.read() == bytes(range(10, 20))
        beyond = await house.client.get(url, headers={**API, "Range": "bytes=900-"})
        assert beyond.status == 416
        for name in ("none.ogg", "..%2fsecret.ogg", "x.txt", ".ogg"):
            path = f"/v1/interviews/{created['id']}/audio/{name}"
            assert (await house.client.get(path, headers=API)).status == 404
    finally:
        await house.client.close()


async def test_a_bug_is_500_without_its_innards(house: House) -> None:
    house.service.bug = RuntimeError("canary innards")
    response = await house.client.post("/v1/interviews", json=SPEC, headers=API)
    assert response.status == 500
    text = await response.text()
    assert "canary" not in text
    assert "internal_error" in text
    house.service.bug = None
    await house.create()


async def test_own_errors_of_the_framework(house: House) -> None:
    client: TestClient[Any, Any] = house.client
    for method, path, status in [
        ("GET", "/nothing", 404),
        ("PUT", "/v1/interviews", 405),
        ("DELETE", "/v1/join", 405),
    ]:
        response = await client.request(method, path)
        assert response.status == status
        assert response.content_type == "application/problem+json"
        assert (await response.json())["status"] == status
        if status == 405:
            assert response.headers["Allow"]


async def test_a_locale_without_words_is_taken_with_a_warning(house: House) -> None:
    """Its pages are in English, marked as English: whoever creates it hears of that at once."""
    answers = []
    for locale in ("pt-BR", "de-AT"):
        body = {**SPEC, "candidate": {"locale": locale}}
        response = await house.client.post("/v1/interviews", json=body, headers=API)
        assert response.status == 201
        answers.append((await response.json())["warnings"])
    (warning,), none = answers
    assert none == []
    assert warning["code"] == "locale_unsupported"
    assert warning["pointer"] == "/candidate/locale"
    assert "'pt-BR'" in warning["message"]
    assert "ar, de, en, es, fr" in warning["message"]
