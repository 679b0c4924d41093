"""A connection by itself: a real ear, and a call and a session that only take notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from media_server.audio.events import EarSettings
from media_server.audio.types import RtpPacket, SegmentAudio, SpeechClip
from media_server.dialects import interview_v1 as v1
from media_server.interview import inputs as inp
from media_server.live.connection import Connection
from media_server.live.media_figures import MediaCounts
from media_server.ports import CallStats, CloseReason, SpooledPacket
from tests.audio.streams import rtp, spoken

T = TypeVar("T")
VOICE_AT = 50
"""The packet of `spoken()` in which the voice begins."""
VOICE_ENDS = 150


@dataclass
class Notes:
    """Session, spool, clock and call in one."""

    interview_id: str = "iv_1"
    certain: bool = True
    call_id: str = "call-1"
    position_s: float | None = None
    now: float = 100.0
    posted: list[inp.Input] = field(default_factory=list)
    segments: list[SegmentAudio] = field(default_factory=list)
    kept: list[SpooledPacket] = field(default_factory=list)

    def of(self, kind: type[T]) -> list[T]:
        return [input_ for input_ in self.posted if isinstance(input_, kind)]

    def now_s(self) -> float:
        return self.now

    def post(self, input_: inp.Input) -> None:
        self.posted.append(input_)

    def connected(self, connection: Connection) -> None: ...
    def hello(self, connection: Connection, last_seq: int) -> None: ...
    def acknowledged(self, connection: Connection) -> None: ...
    def closed(self, connection: Connection, reason: CloseReason) -> None: ...

    def transcribe(self, connection: Connection, turn_epoch: int, audio: SegmentAudio) -> None:
        if audio.final:
            self.segments.append(audio)

    def put(self, interview_id: str, packets: list[SpooledPacket]) -> None:
        self.kept += packets

    def play(self, clip: SpeechClip, utterance_id: str, *, from_s: float = 0.0) -> None:
        self.position_s = from_s

    def stop_playing(self) -> None:
        self.position_s = None

    def send_text(self, text: str) -> bool:
        return True

    def stats(self) -> CallStats:
        return CallStats()

    def close(self, reason: CloseReason) -> None: ...


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def connection(notes: Notes) -> Iterator[Connection]:
    parts: Any = notes  # it plays all of them
    made = Connection(
        parts,
        call_id="call-1",
        microphone=True,
        channel=True,
        ear_settings=EarSettings(silence_ms=600, min_turn_ms=500),
        clock=parts,
        spool=parts,
        counts=MediaCounts(),
    )
    made.call = parts
    made.begin(
        1, 0.0, None,
        v1.Welcome(
            interview_id="iv_1", connection_epoch=1, resumed=False, last_seq=0, title="",
            questions_total=1, pace="normal",
        ),
    )  # fmt: skip
    yield made
    made.on_closed("left")
    assert made._ear is not None
    made._ear.close()


def hear(connection: Connection, packets: list[RtpPacket], notes: Notes) -> None:
    """One each 20 ms."""
    for packet in packets:
        notes.now += 0.02
        connection.on_rtp(packet, notes.now)


async def test_what_a_barge_in_heard_is_what_was_sent_not_what_the_clock_says(
    connection: Connection, notes: Notes
) -> None:
    sentences = ((0.0, "One."), (0.6, "Two."), (1.2, "Three."))
    clip = SpeechClip("k", "t", (b"x",) * 100, "e", "v", sentences)
    packets = rtp(spoken())
    hear(connection, packets[:VOICE_AT], notes)
    connection.play("u-1", clip, 0.5)
    connection.on_playout("u-1", "started", 0.5)
    notes.now += 30.0  # the loop stood still: nothing was sent meanwhile
    notes.position_s = 0.74
    hear(connection, packets[VOICE_AT : VOICE_AT + 40], notes)
    (barged,) = notes.of(inp.BargeIn)
    assert (barged.heard_s, barged.resume_from_s) == (0.74, 0.6)


async def test_nothing_is_heard_beyond_the_end_of_a_clip(
    connection: Connection, notes: Notes
) -> None:
    hear(connection, rtp(spoken())[:VOICE_AT], notes)
    connection.play("u-1", SpeechClip("k", "t", (b"x",) * 10, "e", "v"), 0.0)
    notes.position_s = 7.0
    hear(connection, rtp(spoken())[VOICE_AT : VOICE_AT + 40], notes)
    assert [barged.heard_s for barged in notes.of(inp.BargeIn)] == [0.2]


async def test_the_jitter_of_a_turn_is_its_highest(connection: Connection, notes: Notes) -> None:
    packets = rtp(spoken())
    hear(connection, packets[:VOICE_AT], notes)
    connection.listen(1, None, 300_000)
    for packet in packets[VOICE_AT : VOICE_AT + 40]:  # by turns at once and 40 ms later
        notes.now += 0.04 * (packet.sequence_number % 2)
        connection.on_rtp(packet, notes.now)
    hear(connection, packets[VOICE_AT + 40 :], notes)
    (turn,) = notes.of(inp.TurnOver)
    assert connection.reception()[0].jitter_ms < 2
    assert 12 < turn.jitter_ms < 20

    connection.listen(2, None, 300_000)  # the next answer has a jitter of its own
    connection.close_turn(2, "done")
    assert notes.of(inp.TurnOver)[-1].jitter_ms < 2
