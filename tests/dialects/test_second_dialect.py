"""A second dialect is one file: a real call whose channel has its label."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_server.dialects.registry import DIALECTS, find
from media_server.tools.headless import HeadlessCandidate
from tests.dialects.toy_lines import ToyLines
from tests.live.bench import Bench, open_bench
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import until

BOTH = (*DIALECTS, ToyLines())


class LineCandidate(HeadlessCandidate):
    def __init__(self, lines: list[str], label: str) -> None:
        super().__init__(on_message=lambda _: None, channel_label=label)
        self.only_loopback = True
        self._lines = lines

    def _on_text(self, data: str | bytes) -> None:
        self._lines.append(str(data))


class LineGuest:
    def __init__(self, label: str = ToyLines.label) -> None:
        self.lines: list[str] = []
        self.candidate = LineCandidate(self.lines, label)

    async def call(self, bench: Bench, interview_id: str, call_id: str) -> None:
        async def exchange(offer: str) -> str:
            made = await bench.service.open_call(interview_id, offer, call_id=call_id)
            return made.answer_sdp

        await self.candidate.connect_by(exchange)

    async def hears(self, line: str, after: int = 0) -> int:
        """Its place among the lines."""
        await until(lambda: line in self.lines[after:], line)
        return self.lines.index(line, after)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path, dialects=BOTH) as made:
        yield made


async def test_a_call_in_a_second_dialect(bench: Bench, tmp_path: Path) -> None:
    guest = LineGuest()
    await guest.call(bench, await bench.interview(), "call-toy")
    await guest.hears("NOTE A stand-in for tests.")
    assert guest.lines[0] == "WELCOME 3"
    guest.candidate.send_raw("START")
    await guest.hears("BOT Question 1?")
    at = await guest.hears("NOW listening", await guest.hears("ASK Question 1?"))
    speech = speak_wav("I worked as a teacher for many years.", tmp_path / "s.wav", rate=16_000)
    guest.candidate.say(*read_wav(speech))
    await guest.hears("HEARD These are the words of my answer.")
    at = await guest.hears("NOW listening", await guest.hears("ASK Question 2?", at))
    guest.candidate.send_raw("SKIP")
    await guest.hears("NOW listening", await guest.hears("ASK Question 3?", at))
    guest.candidate.send_raw("PING 7")
    await guest.hears("PONG 7")
    guest.candidate.send_raw("WHAT is this")
    guest.candidate.send_raw("")
    await guest.hears("ERROR bad_message")
    assert not [line for line in guest.lines if "{" in line], "no word of another dialect"
    counters = bench.service.media().counters
    assert (counters["unknown_messages"], counters["bad_messages"]) == (1, 1)
    await guest.candidate.leave()


async def test_each_call_has_the_dialect_of_its_channel(bench: Bench) -> None:
    interview_id = await bench.interview()
    toy = LineGuest()
    await toy.call(bench, interview_id, "call-toy")
    await toy.hears("WELCOME 3")
    guest = await bench.call(interview_id)  # the newest takes over
    assert (await guest.sees("welcome"))["resumed"] is True
    await toy.hears("ERROR superseded")
    await toy.candidate.leave()
    await guest.candidate.leave()


async def test_what_crosses_a_limit_is_told_in_the_dialect_of_the_call(bench: Bench) -> None:
    toy = LineGuest()
    await toy.call(bench, await bench.interview(), "call-toy")
    await toy.hears("WELCOME 3")
    for _ in range(100):
        toy.candidate.send_raw("PING 1")
    await toy.hears("ERROR limit")
    guest = await bench.call(await bench.interview())
    await guest.sees("welcome")
    for _ in range(100):
        guest.send("ping", t_ms=1)
    error = await guest.sees("error", code="limit", recoverable=False)
    assert error["message"] == "the call was ended: more than 20 messages a second"
    await toy.candidate.leave()
    await guest.candidate.leave()


async def test_nothing_is_said_on_a_channel_in_no_dialect(bench: Bench) -> None:
    stranger = LineGuest("chat")
    interview_id = await bench.interview()
    await stranger.call(bench, interview_id, "call-x")
    stranger.candidate.send_raw('{"type": "ready"}')
    await until(lambda: bench.service.media().counters["unknown_messages"] == 1)
    assert stranger.lines == []
    assert (await bench.service.get(interview_id))["status"] == "ready"
    await stranger.candidate.leave()


def test_a_subprotocol_goes_before_the_label() -> None:
    first, toy = BOTH
    assert find(BOTH, "interview.v1", "") is first
    assert find(BOTH, "interview.v1", "unknown") is first
    assert find(BOTH, "any name", "toy.lines") is toy
    assert find(BOTH, "interview.v1", "toy.lines") is toy
    assert find(BOTH, "any name", "") is None
