"""What a candidate has of an interview that is over: the page, the own words, the review."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media_server.interview.state import initial
from media_server.interview.status import Status
from media_server.live import after_end
from media_server.ports import Refused
from tests.live.bench import Bench, Guest, make_spec, open_bench

pytestmark = pytest.mark.virtual_time

SAID = "Words of this device."
MEANT = "Words that this device meant."


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


async def ended(bench: Bench, **spec: Any) -> tuple[str, int]:
    """Question 1 answered by typing, then left; and the connection that it was."""
    interview_id = await bench.interview(make_spec(**spec))
    guest: Guest = await bench.call(interview_id)
    token = (await guest.sees("welcome"))["resume_token"]
    guest.send("ready")
    await guest.listening(1)
    guest.send("text_answer", text=SAID)
    await guest.sees("transcript", text=SAID)
    await guest.listening(2)
    guest.send("leave")
    await guest.sees("completed", status="ended_by_candidate")
    await guest.candidate.vanish()
    return interview_id, (await bench.service.resumed(token))[1]


async def test_the_page_and_the_words_come_back_and_only_to_who_was_there(bench: Bench) -> None:
    interview_id, epoch = await ended(bench, contact="mailto:jobs@example.org")
    with pytest.raises(Refused) as refused:
        await bench.service.joined(interview_id)
    assert (refused.value.status, refused.value.code) == (410, "interview_over")
    page = await bench.service.joined(interview_id, ended=True)
    assert (page["status"], page["contact"]) == ("ended_by_candidate", "mailto:jobs@example.org")
    mine = await bench.service.own_transcript(interview_id, resumed_from=epoch)
    assert [one["text"] for one in mine["answers"]] == [SAID, ""]
    assert (mine["words"], mine["review"], mine["answered"]) == ("kept", None, 1)
    by_link = await bench.service.own_transcript(interview_id)
    assert by_link["words"] == "elsewhere"
    assert SAID not in str(by_link)
    with pytest.raises(Refused, match="not meant to be corrected"):
        await bench.service.review(interview_id, {}, resumed_from=epoch)


async def test_a_review_is_handed_over_once(bench: Bench) -> None:
    interview_id, epoch = await ended(bench, review=True, words_by_link=True)
    service = bench.service
    assert (await service.result(interview_id))["partial"]
    with pytest.raises(Refused) as refused:
        await service.review(interview_id, {"q2": MEANT}, resumed_from=epoch)
    assert refused.value.code == "not_yours_to_correct"
    for _ in range(2):  # the answer to the first may be lost
        seen = await service.review(interview_id, {"q1": MEANT}, resumed_from=epoch)
        assert (seen["review"]["status"], seen["answers"][0]["correction"]) == ("done", MEANT)
    with pytest.raises(Refused) as refused:
        await service.review(interview_id, {"q1": "Others."})
    assert refused.value.code == "already_reviewed"
    result = await service.result(interview_id)
    assert (result["partial"], result["answers"][0]["text"]) == (False, SAID)
    assert result["answers"][0]["correction"]["text"] == MEANT
    log = "".join([part async for part in await service.export(interview_id)])
    assert log.count('"type": "reviewed"') + log.count('"type":"reviewed"') == 1
    assert SAID in str(await service.own_transcript(interview_id)), "the integrator lets the link"
    await service.erase(interview_id)
    with pytest.raises(Refused) as refused:
        await service.own_transcript(interview_id, resumed_from=epoch)
    assert refused.value.code == "unknown_interview"


async def test_who_has_begun_cannot_decline_elsewhere(bench: Bench) -> None:
    interview_id = await bench.interview()
    guest = await bench.call(interview_id)
    guest.send("ready")
    await guest.listening(1)
    with pytest.raises(Refused) as refused:
        await bench.service.own_transcript(interview_id)
    assert refused.value.code == "not_over"
    with pytest.raises(Refused) as refused:
        await bench.service.consent(interview_id, version="2026-11", accepted=False)
    assert refused.value.code == "already_begun"
    await guest.candidate.leave()


async def test_declined_and_asked_again(bench: Bench) -> None:
    interview_id = await bench.interview(consent=False)
    await bench.service.consent(interview_id, version="2026-11", accepted=False)
    assert (await bench.service.joined(interview_id, ended=True))["status"] == "declined"
    assert (await bench.service.own_transcript(interview_id))["answers"] == []


def test_as_long_as_the_link_lives_and_a_day_at_least() -> None:
    day_s = after_end.DAY_S
    state = replace(
        initial(make_spec()), status=Status.COMPLETED, ended_s=1_000.0, expires_s=5 * day_s
    )
    after_end.require_live_link(state, 5 * day_s - 1)
    short = replace(state, expires_s=1_000.0)
    after_end.require_live_link(short, 1_000.0 + day_s - 1)
    for dead, unix_s in ((state, 5 * day_s), (short, 1_000.0 + day_s)):
        with pytest.raises(Refused) as refused:
            after_end.require_live_link(dead, unix_s)
        assert (refused.value.status, refused.value.code) == (410, "link_expired")
