"""RTP and RTCP against aiortc's independent parsers, reception statistics, and fuzz."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

import aiortc.rtp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.audio.types import RtpPacket
from media_server.rtc.incoming import IncomingStreams, TooManySsrcs
from media_server.rtc.outgoing import OutgoingStream
from media_server.rtc.reception import ReceptionStats
from media_server.rtc.rtp import (
    Bye,
    Nack,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    build_report,
    build_rtp,
    is_rtcp,
    parse_rtcp,
    parse_rtp,
)

PACKETS = st.builds(
    RtpPacket,
    ssrc=st.integers(0, 2**32 - 1),
    sequence_number=st.integers(0, 65_535),
    timestamp=st.integers(0, 2**32 - 1),
    marker=st.booleans(),
    payload_type=st.integers(0, 127).filter(lambda number: not 64 <= number <= 95),
    payload=st.binary(max_size=60),
)
BLOCKS = st.builds(
    ReportBlock,
    ssrc=st.integers(0, 2**32 - 1),
    fraction_lost=st.integers(0, 255),
    cumulative_lost=st.integers(-(2**23), 2**23 - 1),
    highest_sequence=st.integers(0, 2**32 - 1),
    jitter=st.integers(0, 2**32 - 1),
    last_sr=st.integers(0, 2**32 - 1),
    delay_since_sr=st.integers(0, 2**32 - 1),
)


@given(PACKETS)
def test_rtp_round_trip_also_through_another_implementation(packet: RtpPacket) -> None:
    raw = build_rtp(packet)
    assert parse_rtp(raw) == packet
    assert not is_rtcp(raw)
    theirs = aiortc.rtp.RtpPacket.parse(raw)
    assert theirs.sequence_number == packet.sequence_number
    assert theirs.payload == packet.payload


@given(PACKETS, st.integers(0, 3), st.integers(0, 20))
def test_csrcs_extension_and_padding_are_taken_off(
    packet: RtpPacket, words: int, padding: int
) -> None:
    raw = build_rtp(packet)
    extension = struct.pack("!HH", 0xBEDE, words) + bytes(4 * words)
    flags = 0x80 | 0x10 | 2 | (0x20 if padding else 0)
    tail = bytes(padding - 1) + bytes([padding]) if padding else b""
    full = bytes([flags]) + raw[1:12] + bytes(8) + extension + raw[12:] + tail
    assert parse_rtp(full) == packet


@given(st.binary(max_size=120))
def test_any_bytes_are_parsed_or_not(data: bytes) -> None:
    parse_rtp(data)
    parse_rtcp(data)
    is_rtcp(data)


@given(st.binary(max_size=90), st.integers(192, 223), st.integers(0, 31))
def test_any_body_of_any_rtcp_type(body: bytes, kind: int, count: int) -> None:
    body = body[: len(body) // 4 * 4]
    parse_rtcp(struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body)


@given(st.lists(BLOCKS, max_size=4))
def test_receiver_reports_round_trip(blocks: list[ReportBlock]) -> None:
    report = ReceiverReport(7, tuple(blocks))
    raw = build_report(report, "name")
    assert parse_rtcp(raw) == (report,)
    theirs = aiortc.rtp.RtcpPacket.parse(raw)
    assert [type(part).__name__ for part in theirs] == ["RtcpRrPacket", "RtcpSdesPacket"]
    assert [b.packets_lost for b in theirs[0].reports] == [b.cumulative_lost for b in blocks]  # type: ignore[union-attr]  # an RR
    assert is_rtcp(raw)


@given(st.integers(0, 2**64 - 1), BLOCKS)
def test_sender_reports_round_trip(ntp_time: int, block: ReportBlock) -> None:
    report = SenderReport(7, ntp_time, 960, 3, 180, (block,))
    assert parse_rtcp(build_report(report, "n")) == (report,)
    theirs = aiortc.rtp.RtcpPacket.parse(build_report(report, "n"))[0]
    assert isinstance(theirs, aiortc.rtp.RtcpSrPacket)
    assert theirs.sender_info.ntp_timestamp == ntp_time


def test_nack_and_bye_of_another_implementation() -> None:
    lost = [100, 101, 117, 65_535]
    nack = aiortc.rtp.RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=2, lost=lost)
    assert parse_rtcp(bytes(nack)) == (Nack(2, tuple(lost)),)
    assert parse_rtcp(bytes(aiortc.rtp.RtcpByePacket(sources=[5, 6]))) == (Bye((5, 6)),)


# --- what the reports say -------------------------------------------------------------------------


def stream(numbers: list[int], *, step_s: float = 0.02) -> ReceptionStats:
    stats = ReceptionStats(1, numbers[0] & 0xFFFF)
    for number in numbers:
        arrival_s = 100 + number * step_s
        stats.on_packet(number & 0xFFFF, number * 960 & 0xFFFFFFFF, arrival_s)
    return stats


@given(st.integers(0, 200_000), st.integers(2, 400), st.integers(0, 50), st.integers(0, 999))
def test_loss_is_true_across_the_wrap_of_sequence_numbers(
    first: int, count: int, percent: int, seed: int
) -> None:
    rng = random.Random(seed)
    sent = list(range(first, first + count))
    got = [n for n in sent if n in (sent[0], sent[-1]) or rng.randrange(100) >= percent]
    stats = stream(got)
    assert stats.lost == count - len(got)
    block = stats.report(0)
    assert block.cumulative_lost == count - len(got)
    assert block.fraction_lost == min(255, (count - len(got)) * 256 // count)
    assert stats.report(0).fraction_lost == 0  # nothing new since


def test_reordered_packets_are_not_lost() -> None:
    assert stream([10, 12, 11, 13, 16, 14, 15]).lost == 0


def test_steady_arrival_has_no_jitter_and_late_packets_have() -> None:
    assert stream(list(range(200))).jitter_ms == pytest.approx(0, abs=0.01)
    stats = ReceptionStats(1, 0)
    for number in range(400):
        stats.on_packet(number, number * 960, number * 0.02 + (0.010 if number % 2 else 0))
    assert stats.jitter_ms == pytest.approx(10, rel=0.01)  # |D| is 10 ms each time


def test_a_jump_of_the_clock_is_no_jitter_and_a_restart_no_loss() -> None:
    stats = stream(list(range(50)))
    for number in range(50, 60):
        stats.on_packet(number, (number * 960 + 2**31) & 0xFFFFFFFF, 100 + number * 0.02)
    assert stats.jitter_ms < 1
    for number in range(40_000, 40_050):
        stats.on_packet(number, number * 960, 100 + number * 0.02)
    assert stats.lost <= 1


def test_the_delay_since_the_last_sender_report() -> None:
    stats = stream([1, 2, 3])
    stats.on_sender_report(0x1122334455667788, 10.0)
    block = stats.report(10.5)
    assert block.last_sr == 0x33445566
    assert block.delay_since_sr == 32_768


def test_only_opus_of_few_ssrcs_is_accepted() -> None:
    streams = IncomingStreams(111)
    assert not streams.accept(RtpPacket(1, 1, 0, False, 13, b""), 0)
    for ssrc in range(1, 5):
        assert streams.accept(RtpPacket(ssrc, 1, 0, False, 111, b"x"), 0.0)
    with pytest.raises(TooManySsrcs):
        streams.accept(RtpPacket(5, 1, 0, False, 111, b"x"), 0.0)
    assert len(streams.reports(1.0)) == 4
    assert streams.reports(100.0) == ()
    assert streams.received == 4


# --- what is sent ---------------------------------------------------------------------------------


def sent(stream: OutgoingStream, *, spurt: bool, now_s: float) -> RtpPacket:
    packet = parse_rtp(stream.packet(b"opus", talk_spurt=spurt, now_s=now_s)[1])
    assert packet is not None
    return packet


def test_timestamps_follow_the_clock_across_silence() -> None:
    out = OutgoingStream(111, 0.0)
    first = sent(out, spurt=True, now_s=1.0)
    second = sent(out, spurt=False, now_s=1.02)
    after = sent(out, spurt=True, now_s=11.0)
    assert (first.marker, second.marker, after.marker) == (True, False, True)
    assert (second.timestamp - first.timestamp) & 0xFFFFFFFF == 960
    assert (after.timestamp - first.timestamp) & 0xFFFFFFFF == 480_000
    assert (after.sequence_number - first.sequence_number) & 0xFFFF == 2
    early = sent(out, spurt=True, now_s=11.001)  # replaced at once: still never back in time
    assert (early.timestamp - after.timestamp) & 0xFFFFFFFF == 960


def test_a_sender_report_names_one_instant_on_both_clocks() -> None:
    out = OutgoingStream(111, 5.0)
    packet = sent(out, spurt=True, now_s=6.0)
    report = out.report((), 6.0, 5.5)
    assert isinstance(report, SenderReport)
    assert (report.rtp_time, report.packets, report.octets) == (packet.timestamp, 1, 4)
    assert out.report((), 9.0, 6.5) == ReceiverReport(out.ssrc, ())


def test_resends_are_bounded() -> None:
    out = OutgoingStream(111, 0.0)
    for number in range(200):
        out.remember(number, b"%d" % number)
    assert out.resend(10, 0.0) is None  # too old
    assert out.resend(199, 0.0) == b"199"
    assert out.resend(199, 0.01) is None  # just sent
    assert out.resend(199, 0.1) == b"199"
    assert out.resend(199, 0.2) == b"199"
    assert out.resend(199, 0.3) is None  # often enough


def test_the_round_trip_is_that_of_the_report_that_is_answered() -> None:
    stream = OutgoingStream(96, 0.0)
    stream.packet(b"opus", talk_spurt=True, now_s=0.0)
    report = stream.report((), 10.0, 0.0)
    assert isinstance(report, SenderReport)
    middle = report.ntp_time >> 16 & 0xFFFFFFFF
    block = ReportBlock(stream.ssrc, 64, 3, 10, 0, middle, int(0.5 * 65_536))
    stream.on_reports((replace(block, ssrc=stream.ssrc ^ 1),), 10.6)
    assert stream.round_trip_s is None
    stream.on_reports((block,), 10.62)
    assert stream.round_trip_s == pytest.approx(0.12, abs=1e-4)
    assert stream.remote_loss == 0.25
    stream.on_reports((replace(block, last_sr=middle ^ 1),), 20.0)  # of no report of ours
    stream.on_reports((replace(block, delay_since_sr=1 << 31),), 20.0)  # before it was sent
    assert stream.round_trip_s == pytest.approx(0.12, abs=1e-4)
