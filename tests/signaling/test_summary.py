"""A summary may be asked for over the API."""

from __future__ import annotations

import pytest

from tests.signaling.conftest import API, SPEC, House


@pytest.mark.parametrize("wanted", ["off", "offer"])
@pytest.mark.parametrize("path", ["/v1/interviews", "/v1/templates"])
async def test_a_summary_is_taken(house: House, wanted: str, path: str) -> None:
    name = {"name": "Cooks"} if path.endswith("templates") else {}
    body = {**SPEC, **name, "summary": wanted}
    response = await house.client.post(path, json=body, headers=API)
    assert response.status == 201, await response.text()


async def test_what_is_no_choice_is_refused_with_a_pointer(house: House) -> None:
    body = {**SPEC, "summary": "always"}
    response = await house.client.post("/v1/interviews", json=body, headers=API)
    problem = await response.json()
    assert response.status == 422
    assert [error["pointer"] for error in problem["errors"]] == ["#/summary"]
