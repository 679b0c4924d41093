"""A rehearsal over HTTP: signalled like a call, opened and ended by its candidate alone."""

from __future__ import annotations

from typing import Any

from tests.signaling.conftest import OFFER, House, bearer

SDP = {"Content-Type": "application/sdp"}


async def rehearse(house: House, joined: dict[str, Any]) -> Any:
    return await house.client.post(
        f"{house.prefix}/v1/rehearsals", data=OFFER, headers={**bearer(joined), **SDP}
    )


async def test_a_rehearsal_is_opened_and_ended_by_its_own_candidate(house: House) -> None:
    joined, stranger = await house.consented(), await house.consented()
    opened = await rehearse(house, joined)
    assert opened.status == 201, await opened.text()
    assert (await opened.text()).startswith("v=0")
    place = opened.headers["Location"]
    assert place.startswith("/v1/rehearsals/")
    assert (await house.client.delete(place)).status == 401
    assert (await house.client.delete(place, headers=bearer(stranger))).status == 401
    assert (await house.client.delete(place, headers=bearer(joined))).status == 200
    again = await house.client.delete(place, headers=bearer(joined))
    assert (again.status, (await again.json())["code"]) == (404, "unknown_call")


async def test_no_rehearsal_without_a_token_or_consent(house: House) -> None:
    nobody = await house.client.post("/v1/rehearsals", data=OFFER, headers=SDP)
    assert nobody.status == 401
    refused = await rehearse(house, await house.join())
    assert (refused.status, (await refused.json())["code"]) == (403, "consent_needed")
    joined = await house.consented()
    wrong = await house.client.post("/v1/rehearsals", data=OFFER, headers=bearer(joined))
    assert wrong.status == 415


async def test_rehearsals_of_an_interview_are_limited_and_its_calls_are_not(house: House) -> None:
    joined = await house.consented()
    answers = [(await rehearse(house, joined)).status for _ in range(8)]
    assert answers == [201] * 6 + [429] * 2
    assert (await house.call(joined)).status == 201
