"""Legal holds over HTTP."""

from __future__ import annotations

import pytest

from tests.signaling.conftest import API, House


async def test_what_is_held_is_not_erased_until_it_is_released(house: House) -> None:
    created = await house.create()
    interview = f"/v1/interviews/{created['id']}"
    none = await house.client.get(interview + "/hold", headers=API)
    assert (none.status, (await none.json())["code"]) == (404, "no_hold")
    placed = await house.client.post(
        interview + "/hold", json={"reason": "Case 12", "artifacts": ["audio"]}, headers=API
    )
    assert placed.status == 200
    step = {"action": "placed", "at": "2027-01-15T08:00:00+00:00", "artifacts": ["audio"]}
    assert await placed.json() == {
        "interview": created["id"],
        "held": ["audio"],
        "reason": "Case 12",
        "history": [{**step, "reason": "Case 12"}],
    }
    refused = await house.client.delete(interview, headers=API)
    assert (refused.status, (await refused.json())["code"]) == (409, "held")
    wider = await house.client.post(interview + "/hold", json={"reason": "Case 13"}, headers=API)
    assert (await wider.json())["held"] == ["audio", "log", "transcript"]
    released = await house.client.delete(interview + "/hold", headers=API)
    assert (released.status, (await released.json())["held"]) == (200, [])
    shown = await (await house.client.get(interview + "/hold", headers=API)).json()
    assert [line["action"] for line in shown["history"]] == ["placed", "placed", "released"]
    assert shown["reason"] == "Case 13"
    again = await house.client.delete(interview + "/hold", headers=API)
    assert (again.status, (await again.json())["code"]) == (404, "no_hold")
    assert (await house.client.delete(interview, headers=API)).status == 204


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": " "}, {"reason": "x" * 501}, {"reason": "x", "artifacts": []},
     {"reason": "x", "artifacts": ["video"]}, {"reason": "x", "until": "2027"}],
)  # fmt: skip
async def test_a_hold_that_says_nothing_is_refused(house: House, body: dict[str, object]) -> None:
    created = await house.create()
    url = f"/v1/interviews/{created['id']}/hold"
    assert (await house.client.post(url, json=body, headers=API)).status == 422
    assert (await house.client.get(url, headers=API)).status == 404
