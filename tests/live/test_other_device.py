"""The link on another device: it may take over, or not; what was said stays where it was said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from media_server.interview import events as ev
from media_server.interview.view import is_hidden
from media_server.live import resume
from media_server.ports import Refused
from tests.live.bench import Bench, Guest, make_spec, open_bench

pytestmark = pytest.mark.virtual_time

SAID = "Words of the first device."
OTHER = "Words of the second device."


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


async def begun(bench: Bench, **spec: Any) -> tuple[str, Guest]:
    """Question 1 answered by typing, question 2 asked."""
    interview_id = await bench.interview(make_spec(**spec))
    guest = await bench.call(interview_id)
    guest.send("ready")
    await guest.listening(1)
    guest.send("text_answer", text=SAID)
    await guest.sees("transcript", text=SAID)
    await guest.listening(2)
    return interview_id, guest


def told(guest: Guest) -> str:
    return str(guest.messages)


async def token_epoch(bench: Bench, guest: Guest) -> int:
    token = (await guest.sees("welcome"))["resume_token"]
    return (await bench.service.resumed(token))[1]


async def test_the_link_takes_over_without_what_was_said_and_both_are_told(bench: Bench) -> None:
    interview_id, first = await begun(bench)
    other = await bench.call(interview_id)
    gone = await first.sees("error", code="superseded", recoverable=False)
    assert "another device" in gone["message"]
    await other.sees("hint", code="history_hidden")
    assert any("another device" in notice for notice in other.of("welcome")[0]["notices"])
    await other.listening(2)
    other.send("hello", last_seq=0)  # asks for the whole story
    other.send("text_answer", text=OTHER)
    await other.sees("transcript", text=OTHER)
    assert SAID not in told(other)
    result = await bench.service.result(interview_id)
    assert [answer["text"] for answer in result["answers"][:2]] == [SAID, OTHER]
    await first.candidate.vanish()
    await other.candidate.leave()


async def test_the_resume_token_brings_what_its_device_had_seen(bench: Bench) -> None:
    interview_id, first = await begun(bench)
    epoch = await token_epoch(bench, first)
    again = await bench.call(interview_id, resumed_from=epoch)
    await again.sees("transcript", text=SAID)
    assert again.of("hint") == []
    assert again.of("welcome")[0]["notices"] == ["A stand-in for tests."]
    await first.sees("error", code="superseded")
    assert "another device" not in first.of("error")[0]["message"]
    await again.candidate.leave()
    await first.candidate.vanish()


async def test_for_how_long_who_had_vanished_was_away_stands_in_the_log(bench: Bench) -> None:
    interview_id, first = await begun(bench)
    session = bench.service._registry.get(interview_id)
    assert session is not None
    assert session.connection is not None
    await first.candidate.vanish()
    connection = session.connection
    await bench.until(lambda: connection.silent_s > 0.4)
    again = await bench.call(interview_id)
    await again.sees("welcome")
    entries = await bench.services.log.read(interview_id)
    vanished_s = [e.data["vanished_s"] for e in entries if e.type == "connected"]
    assert vanished_s[0] == 0.0
    assert vanished_s[1] >= 0.4
    await again.candidate.leave()


async def test_a_thief_who_comes_again_with_a_token_sees_no_more_than_before(bench: Bench) -> None:
    interview_id, first = await begun(bench)
    thief = await bench.call(interview_id)
    await thief.listening(2)
    thief.send("text_answer", text=OTHER)
    await thief.sees("transcript", text=OTHER)
    epoch = await token_epoch(bench, thief)
    assert epoch == 2
    await thief.candidate.vanish()
    again = await bench.call(interview_id, resumed_from=epoch)
    await again.sees("transcript", text=OTHER)
    assert SAID not in told(again)
    for guest in (first, again):
        await guest.candidate.vanish()


async def test_words_that_come_late_are_hidden_too(bench: Bench) -> None:
    """Said before the other device came, written down after."""
    late = ev.SegmentTranscribed(
        segment_id="1-4", turn_epoch=3, round=1, start_s=0.0, end_s=1.0, text=SAID
    )
    assert is_hidden(late, 3)
    assert not is_hidden(late, 2)
    assert not is_hidden(ev.Muted(muted=True), 9)


async def test_an_integrator_may_refuse_another_device(bench: Bench) -> None:
    interview_id, first = await begun(bench, second_device="refuse")
    with pytest.raises(Refused) as refused:
        await bench.call(interview_id)
    assert (refused.value.status, refused.value.code) == (409, "open_elsewhere")
    await first.sees("hint", code="opened_elsewhere")
    epoch = await token_epoch(bench, first)
    assert not first.candidate.closed.is_set(), "who is there goes on"
    await first.candidate.vanish()
    again = await bench.call(interview_id, resumed_from=epoch)
    await again.sees("transcript", text=SAID)
    await again.candidate.leave()


async def test_before_the_start_any_device_may_come(bench: Bench) -> None:
    interview_id = await bench.interview(make_spec(second_device="refuse"))
    first = await bench.call(interview_id)
    await first.sees("welcome")
    second = await bench.call(interview_id)
    await second.sees("welcome")
    await first.sees("error", code="superseded")
    assert second.of("hint") == []
    for guest in (first, second):
        await guest.candidate.leave()


async def test_a_log_of_before_this_rule_hides_nothing(bench: Bench) -> None:
    old = {"type": "connected", "connection_epoch": 1, "media_offset_s": 0.0, "microphone": True}
    event = ev.EVENT.validate_python({**old, "channel": True})
    assert isinstance(event, ev.Connected)
    assert event.hidden_turns == 0
    interview_id, guest = await begun(bench)
    state = bench.service.sessions()[0].state
    assert resume.connection_of(state, "x" * 60) == 0
    assert (await bench.service.get(interview_id))["live"]
    await guest.candidate.leave()
