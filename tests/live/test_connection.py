"""A connection by itself: a real receiver, and a call and a session that only take notes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from media_server.audio.allowance import KEPT_BURST_BYTES, KEPT_BYTES_PER_S
from media_server.audio.events import ReceiverSettings
from media_server.audio.types import RtpPacket, SegmentAudio, SpeechClip
from media_server.dialects.registry import DIALECTS
from media_server.interview import inputs as inp
from media_server.live.connection import Connection
from media_server.live.media_figures import MediaCounts
from media_server.ports import CallStats, CloseReason, SpooledPacket
from media_server.ports.dialect import Welcome
from tests.audio.streams import rtp, spoken
from tests.support.waiting import until

pytestmark = pytest.mark.virtual_time

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
    delivered: bool = True
    now: float = 100.0
    posted: list[inp.Input] = field(default_factory=list)
    segments: list[SegmentAudio] = field(default_factory=list)
    kept: list[SpooledPacket] = field(default_factory=list)
    closings: list[CloseReason] = field(default_factory=list)

    def of(self, kind: type[T]) -> list[T]:
        return [input_ for input_ in self.posted if isinstance(input_, kind)]

    def now_s(self) -> float:
        return self.now

    def post(self, input_: inp.Input) -> None:
        self.posted.append(input_)

    def connected(self, connection: Connection) -> None: ...
    def hello(self, connection: Connection, last_seq: int) -> None: ...
    def acknowledged(self, connection: Connection) -> None: ...
    def first_packet(self, utterance_id: str) -> None: ...
    def closed(self, connection: Connection, reason: CloseReason) -> None: ...

    @property
    def transcriber(self) -> Notes:
        return self

    def submit(self, audio: SegmentAudio, shown_to: Connection | None) -> None:
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

    def close(self, reason: CloseReason) -> None:
        self.closings.append(reason)


@pytest.fixture
def notes() -> Notes:
    return Notes()


def begun(notes: Notes) -> Connection:
    parts: Any = notes  # it plays all of them
    made = Connection(
        parts,
        call_id="call-1",
        microphone=True,
        channel=True,
        dialects=DIALECTS,
        receiver_settings=ReceiverSettings(silence_ms=600, min_turn_ms=500),
        clock=parts,
        spool=parts,
        counts=MediaCounts(),
    )
    made.call = parts
    made.begin(
        1, 0.0, None,
        Welcome(
            interview_id="iv_1", connection_epoch=1, resumed=False, last_seq=0, title="",
            questions_total=1, pace="normal",
        ),
    )  # fmt: skip
    return made


@pytest.fixture
async def connection(notes: Notes) -> AsyncIterator[Connection]:
    made = begun(notes)
    yield made
    made.on_closed("left")
    await made.release()


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
    connection.intake.listen(1, None, 300_000)
    for packet in packets[VOICE_AT : VOICE_AT + 40]:  # by turns at once and 40 ms later
        notes.now += 0.04 * (packet.sequence_number % 2)
        connection.on_rtp(packet, notes.now)
    hear(connection, packets[VOICE_AT + 40 :], notes)
    (turn,) = notes.of(inp.TurnOver)
    assert connection.reception()[0].jitter_ms < 2
    assert 12 < turn.jitter_ms < 20

    connection.intake.listen(2, None, 300_000)  # the next answer has a jitter of its own
    connection.intake.close_turn(2, "done")
    assert notes.of(inp.TurnOver)[-1].jitter_ms < 2


LOST = VOICE_AT + 60
CUT = LOST + 4
"""So many arrived, but for the lost one: the last three wait for it."""


def behind_a_gap(connection: Connection, notes: Notes) -> list[bytes]:
    packets = rtp(spoken())
    hear(connection, packets[:VOICE_AT], notes)
    connection.intake.listen(1, None, 300_000)
    arrived = [packet for packet in packets[VOICE_AT:CUT] if packet.sequence_number != LOST]
    hear(connection, arrived, notes)
    assert connection.media_s == pytest.approx(LOST * 0.02)
    return [packet.payload for packet in (*packets[:VOICE_AT], *arrived)]


async def test_what_waits_behind_a_gap_is_kept_when_the_call_ends(
    connection: Connection, notes: Notes
) -> None:
    arrived = behind_a_gap(connection, notes)
    connection.on_closed("gone")
    assert [packet.opus for packet in notes.kept] == arrived
    assert notes.kept[-1].media_s == pytest.approx((CUT - 1) * 0.02)
    (segment,) = notes.segments
    assert segment.info.end_s == pytest.approx(CUT * 0.02, abs=0.01)
    assert connection.gate.refusals == 0


async def test_what_waits_behind_a_gap_belongs_to_the_answer_when_done_is_pressed(
    connection: Connection, notes: Notes
) -> None:
    arrived = behind_a_gap(connection, notes)
    connection.intake.close_turn(1, "done")
    assert [packet.opus for packet in notes.kept] == arrived
    (segment,) = notes.segments
    assert segment.info.end_s == pytest.approx(CUT * 0.02, abs=0.01)
    (turn,) = notes.of(inp.TurnOver)
    assert turn.reason == "done"
    assert turn.start_s == pytest.approx(1.0, abs=0.3)
    assert turn.lost_ms + turn.concealed_ms <= 20
    # The stream goes on where it was.
    hear(connection, rtp(spoken())[CUT : CUT + 50], notes)
    assert connection.media_s == pytest.approx((CUT + 50) * 0.02)


async def test_a_turn_that_ends_by_itself_while_done_is_handled_ends_once(
    connection: Connection, notes: Notes
) -> None:
    packets = rtp(spoken())
    other, length = Notes(), VOICE_AT
    alike = begun(other)
    hear(alike, packets[:VOICE_AT], other)
    alike.intake.listen(1, None, 300_000)
    while not other.of(inp.TurnOver):  # how long it takes
        hear(alike, [packets[length]], other)
        length += 1
    alike.on_closed("left")
    await alike.release()

    hear(connection, packets[:VOICE_AT], notes)
    connection.intake.listen(1, None, 300_000)
    hear(connection, packets[VOICE_AT : length - 3], notes)
    hear(connection, packets[length - 2 : length + 1], notes)  # the end lies behind a gap
    assert not notes.of(inp.TurnOver)
    connection.intake.close_turn(1, "done")
    assert [turn.reason for turn in notes.of(inp.TurnOver)] == ["done"]


async def test_a_call_stays_until_its_last_word_has_arrived(
    connection: Connection, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_server.live.connection.DELIVERY_S", 1e3)
    notes.delivered = False
    connection.shut_when_told("ended", 0.05)
    await asyncio.sleep(0.3)
    assert notes.closings == []
    notes.delivered = True
    await until(lambda: notes.closings)
    assert notes.closings == ["ended"]


async def test_a_last_word_that_never_arrives_keeps_no_call(
    connection: Connection, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_server.live.connection.DELIVERY_S", 0.2)
    notes.delivered = False
    connection.shut_when_told("ended", 0.05)
    await until(lambda: notes.closings)


async def test_a_flood_is_neither_heard_nor_kept_beyond_its_allowance(
    connection: Connection, notes: Notes
) -> None:
    """A minute of audio within a second; then it speaks as anybody does, and is heard again."""
    connection.intake.listen(1, None, 180_000)
    packets = rtp([bytes([0x78]) + bytes(60)] * 6000)
    for packet in packets[:3000]:
        notes.now += 1 / 3000
        connection.on_rtp(packet, notes.now)
    assert connection.media_s < 7.0
    assert connection.counts().too_fast > 2600
    heard_s = connection.media_s
    for packet in packets[3000:]:
        notes.now += 0.02
        connection.on_rtp(packet, notes.now)
    assert connection.media_s - heard_s > 55.0


async def test_packets_too_big_for_speech_are_heard_and_not_kept(
    connection: Connection, notes: Notes
) -> None:
    for packet in rtp([bytes([0x78]) + bytes(1200)] * 1500):
        notes.now += 0.02
        connection.on_rtp(packet, notes.now)
    connection.intake._keep_packets()
    kept = sum(len(packet.opus) for packet in notes.kept)
    assert kept <= KEPT_BURST_BYTES + 30 * KEPT_BYTES_PER_S + 1201
    ended = connection.ended_input()
    assert ended.media_s == pytest.approx(30.0, abs=0.2)
    assert ended.unkept_ms == connection.counts().unkept * 20 > 10_000


@pytest.mark.parametrize("how", ["done", "gone", "muted", "paused"])
async def test_an_outage_at_the_end_of_a_turn_is_counted(
    connection: Connection, notes: Notes, how: str
) -> None:
    """No packet comes after it that would tell of those that never came."""
    connection.intake.listen(1, None, 300_000)
    hear(connection, rtp(spoken()[: VOICE_AT + 50]), notes)
    if how == "muted":
        connection.on_channel_open("interview.v1", "")
        connection.on_text('{"type": "mute", "muted": true}')
    elif how == "paused":
        connection.intake.keep_audio(False)
    notes.now += 20.0
    if how == "gone":
        turn = connection.ended_input().turn
        assert turn is not None
        lost_ms = turn.lost_ms
        assert connection.ended_input().lost_ms == pytest.approx(20_000, abs=20)
    else:
        connection.intake.close_turn(1, "done")
        lost_ms = notes.of(inp.TurnOver)[0].lost_ms
    expected_ms = 20_000 if how in ("done", "gone") else 0
    assert lost_ms == pytest.approx(expected_ms, abs=20)


async def test_silence_that_is_not_sent_ends_the_turn_and_is_no_loss(
    connection: Connection, notes: Notes
) -> None:
    packets = rtp(spoken())
    hear(connection, packets[:VOICE_AT], notes)
    connection.intake.listen(1, None, 300_000)
    hear(connection, packets[VOICE_AT : VOICE_AT + 110], notes)
    for _ in range(2):  # nothing but checks, as from a client that sends no silence
        assert not notes.of(inp.TurnOver)
        notes.now += 1.3
        connection.on_alive(notes.now)
    (turn,) = notes.of(inp.TurnOver)
    assert (turn.reason, turn.lost_ms) == ("silence", 0)


async def test_a_dead_line_in_a_turn_is_an_outage(connection: Connection, notes: Notes) -> None:
    packets = rtp(spoken())
    hear(connection, packets[:VOICE_AT], notes)
    connection.intake.listen(1, None, 300_000)
    hear(connection, packets[VOICE_AT : VOICE_AT + 110], notes)
    notes.now += 5.2
    connection.intake.close_turn(1, "done")
    (turn,) = notes.of(inp.TurnOver)
    assert turn.lost_ms >= 5000


async def test_an_outage_in_a_turn_is_told_when_the_line_is_back(
    connection: Connection, notes: Notes
) -> None:
    packets = rtp(spoken(6.0))
    hear(connection, packets[:VOICE_AT], notes)
    connection.intake.listen(1, None, 300_000)
    hear(connection, packets[VOICE_AT : VOICE_AT + 40], notes)
    notes.now += 3.0
    hear(connection, packets[VOICE_AT + 190 : VOICE_AT + 210], notes)
    assert notes.of(inp.AudioLost) == [inp.AudioLost(1, 3000)]
