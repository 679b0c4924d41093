"""The routes of a candidate whose interview is over; what they mean is tested in tests/live."""

from __future__ import annotations

from tests.signaling.conftest import API, House, bearer


async def test_the_own_words_need_the_token(house: House) -> None:
    joined = await house.join()
    assert (await house.client.get("/v1/transcript")).status == 401
    assert (await house.client.get("/v1/transcript", headers=API)).status == 401
    answer = await house.client.get("/v1/transcript", headers=bearer(joined))
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (await answer.json())["id"] == joined["interview"]


async def test_erased_is_gone(house: House) -> None:
    created = await house.create()
    joined = await house.join(created)
    await house.client.delete(f"/v1/interviews/{created['id']}", headers=API)
    for answer in (
        await house.client.get("/v1/transcript", headers=bearer(joined)),
        await house.client.post("/v1/review", json={}, headers=bearer(joined)),
    ):
        assert (answer.status, (await answer.json())["code"]) == (410, "interview_gone")


async def test_a_review_is_read_strictly(house: House) -> None:
    headers = bearer(await house.join())

    async def sent(body: object) -> int:
        return (await house.client.post("/v1/review", json=body, headers=headers)).status

    one = {"prompt_id": "q1", "text": "what I\x00 meant"}
    assert await sent({"corrections": [one]}) == 200
    assert await sent({}) == 200
    assert house.service.reviews == [({"q1": "what I meant"}, 0), ({}, 0)]
    for bad in (
        {"corrections": [{"prompt_id": "q1"}]},
        {"corrections": [{**one, "x": 1}]},
        {"corrections": [{"prompt_id": "q1", "text": "x" * 20_001}]},
        {"corrections": [one] * 401},
    ):
        assert await sent(bad) == 422
    assert await sent({"corrections": [{"prompt_id": "q1", "text": "x" * 600_000}]}) == 413
    assert (await house.client.post("/v1/review", json={})).status == 401


async def test_links_that_run_code_are_refused_at_their_pointer(house: House) -> None:
    spec = {
        "questions": [{"id": "q1", "text": "Who are you?"}],
        "completion": {"url": "javascript:alert(1)"},
        "contact": "jobs@example.org",
    }
    answer = await house.client.post("/v1/interviews", json=spec, headers=API)
    assert answer.status == 422
    found = {one["pointer"] for one in (await answer.json())["errors"]}
    assert found == {"#/completion/url", "#/contact"}
