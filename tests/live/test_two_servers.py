"""Two servers on one store: the candidate's newest window wins, at whichever server it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from media_server.live.settings import LiveSettings
from media_server.ports import Refused
from tests.faults.invariants import check_silence
from tests.live.bench import Bench, open_bench

pytestmark = pytest.mark.virtual_time


@dataclass
class Pair:
    one: Bench
    two: Bench


@pytest.fixture
async def pair(store_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    # Two processes of one machine share the directory, two machines do not.
    where = (tmp_path / "one", tmp_path / ("two" if store_url else "one"))
    async with (
        open_bench(where[0], store_url=store_url) as one,
        open_bench(where[1], store_url=store_url) as two,
    ):
        yield Pair(one, two)


@pytest.mark.parametrize("answering", [True, False])
async def test_the_newest_window_wins_across_servers(pair: Pair, *, answering: bool) -> None:
    interview_id = await pair.one.interview()
    old = await pair.one.call(interview_id)
    if answering:
        old.send("ready")
        await old.listening(1)
        old.send("text_answer", text="One.")
        await old.listening(2)
    else:
        await old.sees("state", stage="ready")
    asked_s = time.monotonic()
    new = await pair.two.call(interview_id)
    welcome, before = await new.sees("welcome"), old.of("welcome")[-1]
    # All that the former window was told is in the log that the new server found.
    told = [m["seq"] for m in old.messages if "seq" in m]
    assert max([before["found_seq"] + 1, *told]) <= welcome["found_seq"] <= welcome["last_seq"]
    assert time.monotonic() - asked_s < LiveSettings().lease_renew_s + 3.5
    await old.sees("error", code="superseded", recoverable=False)
    check_silence(old.messages, "superseded")
    await pair.one.until(lambda: not pair.one.service.sessions())
    if not answering:
        new.send("ready")
        await new.listening(1)
        new.send("text_answer", text="One.")
    await new.listening(2)
    for number in (2, 3):
        await new.listening(number)
        new.send("text_answer", text=f"Answer {number}.")
    await new.sees("completed")
    result = await pair.one.service.result(interview_id)
    assert [bool(answer["text"]) for answer in result["answers"]] == [True] * 3
    await new.candidate.leave()
    await old.candidate.vanish()


async def test_link_and_consent_may_go_to_different_servers(pair: Pair) -> None:
    interview_id = await pair.one.interview(consent=False)
    assert not pair.one.service.sessions(), "an opened link keeps nothing"
    asked_s = time.monotonic()
    joined = await pair.two.service.joined(interview_id)
    assert time.monotonic() - asked_s < LiveSettings().lease_renew_s, "no lease is waited for"
    assert not joined["consent"]["given"]
    await pair.two.service.consent(interview_id, version="2026-11", accepted=True)
    assert (await pair.one.service.joined(interview_id))["consent"]["given"]


async def test_who_only_asks_does_not_take_it(pair: Pair) -> None:
    interview_id = await pair.one.interview()
    guest = await pair.one.call(interview_id)
    guest.send("ready")
    await guest.listening(1)
    assert (await pair.two.service.get(interview_id))["status"] == "listening"
    with pytest.raises(Refused) as refused:
        await pair.two.service.cancel(interview_id)
    assert (refused.value.status, refused.value.code) == (503, "elsewhere")
    await asyncio.sleep(LiveSettings().lease_renew_s + 0.5)
    assert not guest.of("error")
    await guest.candidate.leave()
