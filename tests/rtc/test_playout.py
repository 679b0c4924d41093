"""The shared tick, on a clock that jumps."""

from __future__ import annotations

import asyncio
import time

import pytest

from media_server.audio.growing_packets import GrowingPackets
from media_server.audio.types import SpeechClip
from media_server.interview.pacing import PLAYOUT_MARGIN_S
from media_server.rtc.guard import FaultLog
from media_server.rtc.playout import Pacer, Utterance


class Speaker:
    def __init__(self, packets: int, from_s: float = 0.0, *, broken: bool = False) -> None:
        self._broken = broken
        self.sent: list[tuple[float, bytes, bool]] = []
        self.reports: list[tuple[str, float, float]] = []
        self.began_s = asyncio.get_running_loop().time()
        numbered = tuple(b"%d" % number for number in range(packets))
        speech = SpeechClip("k", "t", numbered, "e", "v")
        self.utterance = Utterance(speech, from_s, self._send, self._report)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self.began_s

    def _send(self, opus: bytes, first: bool) -> None:
        self.sent.append((self._now(), opus, first))
        if self._broken and not first:
            raise RuntimeError("canary words of a candidate")

    def _report(self, what: str, position_s: float) -> None:
        self.reports.append((what, position_s, self._now()))


@pytest.mark.virtual_time
async def test_a_packet_each_tick_and_no_timer_afterwards() -> None:
    pacer, speaker = Pacer(), Speaker(50)
    pacer.start(speaker.utterance)
    await asyncio.sleep(2)
    assert [opus for _, opus, _ in speaker.sent] == [b"%d" % n for n in range(50)]
    assert [first for _, _, first in speaker.sent] == [True] + [False] * 49
    assert [at for at, _, _ in speaker.sent] == pytest.approx([n * 0.02 for n in range(50)])
    assert [(what, at) for what, at, _ in speaker.reports] == [("started", 0), ("finished", 1.0)]
    assert speaker.reports[1][2] == pytest.approx(1.0)
    assert pacer.idle


@pytest.mark.virtual_time
async def test_an_hour_of_speech_does_not_drift() -> None:
    pacer, speaker = Pacer(), Speaker(180_000)
    pacer.start(speaker.utterance)
    await asyncio.sleep(3601)
    assert len(speaker.sent) == 180_000
    assert speaker.sent[-1][0] == pytest.approx(3599.98, abs=0.02)


@pytest.mark.virtual_time
async def test_all_calls_share_one_tick() -> None:
    pacer = Pacer()
    first = Speaker(100)
    pacer.start(first.utterance)
    await asyncio.sleep(0.107)
    late = Speaker(10)
    pacer.start(late.utterance)
    await asyncio.sleep(3)
    shared = {round(at + first.began_s, 6) for at, _, _ in first.sent}
    own = [round(at + late.began_s, 6) for at, _, _ in late.sent]
    assert set(own[1:]) <= shared
    assert own[0] == pytest.approx(late.began_s)  # at once, not at the next tick
    assert len(own) == 10


@pytest.mark.virtual_time
async def test_from_a_position_and_stopping_reports_what_was_sent() -> None:
    pacer, speaker = Pacer(), Speaker(50, from_s=0.5)
    pacer.start(speaker.utterance)
    await asyncio.sleep(0.1)
    speaker.utterance.stop()
    speaker.utterance.stop()
    await asyncio.sleep(1)
    assert speaker.sent[0][1] == b"25"
    assert [(what, at) for what, at, _ in speaker.reports] == [
        ("started", 0.5),
        ("stopped", pytest.approx(0.5 + 0.02 * len(speaker.sent))),
    ]
    assert pacer.idle


@pytest.mark.virtual_time
async def test_from_beyond_the_end_finishes_at_once() -> None:
    pacer, speaker = Pacer(), Speaker(5, from_s=9.0)
    pacer.start(speaker.utterance)
    await asyncio.sleep(0.1)
    assert speaker.sent == []
    assert [what for what, _, _ in speaker.reports] == ["started", "finished"]


async def test_a_held_up_loop_catches_up_a_little_and_then_keeps_the_pace() -> None:
    pacer, speaker = Pacer(), Speaker(40)
    pacer.start(speaker.utterance)
    await asyncio.sleep(0.05)
    time.sleep(0.5)  # noqa: ASYNC251  # the loop is held up on purpose
    before = len(speaker.sent)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(speaker.sent) - before <= 6
    while speaker.reports[-1][0] != "finished":
        await asyncio.sleep(0.01)
    assert [opus for _, opus, _ in speaker.sent] == [b"%d" % n for n in range(40)]
    assert speaker.reports[-1][2] > 1.1  # what was held up is said later, not faster
    assert pacer.idle
    pacer.close()


@pytest.mark.virtual_time
async def test_an_error_in_one_clip_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    faults = FaultLog()
    pacer = Pacer(faults)
    broken, healthy = Speaker(10, broken=True), Speaker(50)
    pacer.start(broken.utterance)
    pacer.start(healthy.utterance)
    await asyncio.sleep(2)
    assert len(healthy.sent) == 50
    assert [what for what, _, _ in healthy.reports] == ["started", "finished"]
    assert [what for what, _, _ in broken.reports] == ["started", "finished"]  # nobody waits on it
    assert faults.totals == {"error_playout": 9}
    (line,) = caplog.messages
    assert "RuntimeError" in line
    assert "canary" not in line
    assert pacer.idle


@pytest.mark.virtual_time
async def test_a_clip_that_was_moved_says_so() -> None:
    """Who compares what comes back with what was sent must know when it was."""
    speaker = Speaker(100)
    began_s = asyncio.get_running_loop().time()
    speaker.utterance.begin(began_s)
    speaker.utterance.advance(began_s + 0.02)
    speaker.utterance.advance(began_s + 1.0)
    assert [(what, position) for what, position, _ in speaker.reports] == [
        ("started", 0.0),
        ("moved", pytest.approx(0.04)),
    ]


@pytest.mark.virtual_time
async def test_a_packet_that_is_not_encoded_yet_is_waited_for() -> None:
    pacer, speaker = Pacer(), Speaker(0)
    packets = GrowingPackets(20)
    packets.add(0, [b"%d" % number for number in range(10)])
    clip = SpeechClip("k", "t", packets, "e", "v")
    pacer.start(Utterance(clip, 0.0, speaker._send, speaker._report))
    await asyncio.sleep(0.51)
    assert [opus for _, opus, _ in speaker.sent] == [b"%d" % number for number in range(10)]
    packets.add(10, [b"%d" % number for number in range(10, 20)])
    await asyncio.sleep(1.0)
    assert [opus for _, opus, _ in speaker.sent] == [b"%d" % number for number in range(20)]
    later = [at for at, _, _ in speaker.sent[10:]]
    assert later == pytest.approx([0.52 + n * 0.02 for n in range(10)]), "none is rushed"
    assert [number for number, (_, _, first) in enumerate(speaker.sent) if first] == [0, 10]
    assert [(what, round(at, 2)) for what, at, _ in speaker.reports] == [
        ("started", 0.0), ("moved", 0.2), ("finished", 0.4),
    ]  # fmt: skip
    assert pacer.idle


@pytest.mark.virtual_time
async def test_a_clip_whose_end_cannot_be_made_finishes_there() -> None:
    pacer, speaker = Pacer(), Speaker(0)
    packets = GrowingPackets(20)
    packets.add(0, [b"%d" % number for number in range(10)])
    clip = SpeechClip("k", "t", packets, "e", "v")
    pacer.start(Utterance(clip, 0.0, speaker._send, speaker._report))
    await asyncio.sleep(0.3)
    packets.end()
    await asyncio.sleep(0.1)
    assert len(speaker.sent) == 10
    assert [(what, round(at, 2)) for what, at, _ in speaker.reports][-1] == ("finished", 0.2)
    assert pacer.idle


@pytest.mark.virtual_time
async def test_a_clip_whose_end_does_not_come_is_over_before_the_interview_goes_on() -> None:
    """Else the rest would be said into the candidate's answer, whenever it comes."""
    pacer, speaker = Pacer(), Speaker(0)
    packets = GrowingPackets(20)
    packets.add(0, [b"%d" % number for number in range(10)])
    clip = SpeechClip("k", "t", packets, "e", "v")
    pacer.start(Utterance(clip, 0.0, speaker._send, speaker._report))
    await asyncio.sleep(clip.duration_s + PLAYOUT_MARGIN_S)
    assert [(what, round(at, 2)) for what, at, _ in speaker.reports][-1] == ("finished", 0.2)
    assert pacer.idle
    packets.add(10, [b"late"] * 10)
    await asyncio.sleep(1.0)
    assert len(speaker.sent) == 10
