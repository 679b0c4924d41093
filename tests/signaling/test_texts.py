"""What HTTP answers to texts that hold what no text may, and to times that no calendar has."""

from __future__ import annotations

import json
from typing import Any

from aiohttp.test_utils import TestClient

from tests.signaling.test_real_service import API, client  # noqa: F401  # a fixture


async def post(client: TestClient[Any, Any], body: str) -> tuple[int, dict[str, Any]]:  # noqa: F811
    headers = {**API, "Content-Type": "application/json"}
    answer = await client.post("/interviews/v1/interviews", data=body, headers=headers)
    return answer.status, await answer.json()


async def test_texts_times_and_cursors(client: TestClient[Any, Any]) -> None:  # noqa: F811
    status, problem = await post(client, r'{"questions": [{"id": "q", "text": "a\u0000b"}]}')
    assert (status, problem["errors"][0]["pointer"]) == (422, "#/questions/0/text")
    assert "U+0000" in problem["errors"][0]["message"]

    body = json.dumps({"questions": [{"id": "q", "text": "x"}], "metadata": {"a\x00b": "c"}})
    status, problem = await post(client, body)
    assert (status, "\x00" in json.dumps(problem), r"\u0000" in json.dumps(problem)) == (
        422,
        False,
        False,
    )
    assert (await post(client, r'{"questions": [{"id": "q", "text": "\ud800"}]}'))[0] in (400, 422)

    for text in ("\u200b\u200b", "..."):
        body = json.dumps({"questions": [{"id": "q", "text": text}]})
        status, problem = await post(client, body)
        assert (status, problem["errors"][0]["pointer"]) == (422, "#/questions/0/text")

    pages = "/interviews/v1/interviews"
    unknown = await client.get(pages, params={"cursor": "iv_never"}, headers=API)
    assert (unknown.status, (await unknown.json())["code"]) == (400, "unknown_cursor")


TIMES = (
    ("9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59Z"),
    ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ("0001-01-01T00:00:00+14:00", None),
    ("2999-01-01T00:00:00+01:00", "2998-12-31T23:00:00Z"),
)


async def test_the_end_of_time(client: TestClient[Any, Any]) -> None:  # noqa: F811
    for time, shown in TIMES:
        body = json.dumps({"questions": [{"id": "q", "text": "x"}], "expires_at": time})
        status, answer = await post(client, body)
        if shown is None:
            assert (status, answer["code"]) == (422, "expires_at_past"), time
            continue
        assert (status, answer["expires_at"]) == (201, shown), time
        one = f"/interviews/v1/interviews/{answer['id']}"
        for path in (one, f"{one}/result"):
            assert (await client.get(path, headers=API)).status == 200, (time, path)
        page = await (await client.get("/interviews/v1/interviews", headers=API)).json()
        listed = {each["id"]: each["expires_at"] for each in page["interviews"]}
        assert listed[answer["id"]] == shown, time
