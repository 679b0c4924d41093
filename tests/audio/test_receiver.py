"""The audio receiver as a whole: packets in, events out.

Over 400 lines on purpose: every event of the audio receiver under one set of recordings.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.opus import OpusDecoder
from media_server.audio.receiver import (
    AudioReceiver,
    Backchannel,
    BargeIn,
    InterimDue,
    Level,
    ReceiverEvent,
    ReceiverSettings,
    SegmentClosed,
    SpeechPaused,
    SpeechStarted,
    TurnEnded,
)
from media_server.audio.ring import FRAME_MS
from media_server.audio.types import RtpPacket, SegmentAudio
from media_server.segment_info import SegmentId
from tests.audio.streams import (
    drive,
    encode,
    join,
    on_time,
    room,
    rtp,
    spoken,
    voice,
)
from tests.support.examples import examples


def receiver(**changes: float) -> AudioReceiver:
    made = ReceiverSettings(**changes)  # type: ignore[arg-type]  # all settings are numbers
    return AudioReceiver(made, connection_epoch=7)


def finals(events: list[ReceiverEvent]) -> list[SegmentAudio]:
    return [event.segment for event in events if isinstance(event, SegmentClosed)]


def ended(events: list[ReceiverEvent]) -> TurnEnded | None:
    ends = [event for event in events if isinstance(event, TurnEnded)]
    return ends[0] if ends else None


def kinds(events: list[ReceiverEvent]) -> list[str]:
    return [type(event).__name__ for event in events if not isinstance(event, Level)]


def test_an_answer_from_first_word_to_end_of_turn() -> None:
    listener = receiver()
    assert listener.listen(1) == []
    events = drive(listener, on_time(rtp(spoken())))
    assert kinds(events) == [
        "SpeechStarted",
        "InterimDue",
        "SegmentClosed",
        "SpeechPaused",
        "TurnEnded",
    ]
    (segment,) = finals(events)
    assert segment.info.segment_id == SegmentId(7, 1)
    assert segment.info.start_s == pytest.approx(0.84, abs=0.06)
    assert segment.info.end_s == pytest.approx(3.3, abs=0.1)
    assert len(segment.pcm) == round((segment.info.end_s - segment.info.start_s) * 16_000)
    assert segment.info.speech_ms == pytest.approx(2050, abs=100)
    assert -30 < segment.info.level_dbfs < -15
    end = ended(events)
    assert end is not None
    assert (end.turn_epoch, end.reason, end.silence_ms) == (1, "silence", 2000)
    assert listener.position_s == pytest.approx(7.0)
    assert listener.quality().received == 350
    listener.close()


def test_audio_of_a_segment_is_what_the_decoder_made() -> None:
    packets = spoken()
    with OpusDecoder() as decoder:
        truth = np.concatenate([decoder.decode(packet) for packet in packets])
    listener = receiver()
    listener.listen(1)
    (segment,) = finals(drive(listener, on_time(rtp(packets))))
    start = round(segment.info.start_s * 16_000)
    assert np.array_equal(segment.pcm, truth[start : start + len(segment.pcm)])
    listener.close()


@pytest.mark.parametrize(("frame_ms", "channels"), [(10, 1), (40, 1), (60, 1), (20, 2)])
def test_other_packet_lengths_and_stereo_are_heard_alike(frame_ms: int, channels: int) -> None:
    pcm = join(room(0.9), voice(2), room(3.1))
    pcm = np.repeat(pcm, channels)
    listener = receiver()
    listener.listen(1)
    packets = rtp(encode(pcm, frame_ms, channels=channels), step=frame_ms * 48)
    events = drive(listener, on_time(packets, frame_ms / 1000))
    assert ended(events) is not None
    assert len(finals(events)) == 1
    assert finals(events)[0].info.speech_ms == pytest.approx(2050, abs=140)
    listener.close()


def test_dtx_silence_ends_a_turn_and_is_no_loss() -> None:
    packets = encode(join(voice(3), np.zeros(16_000 * 5, np.int16)), dtx=True)
    sent = [
        (index * 0.02, packet)
        for index, packet in enumerate(rtp(packets))
        if len(packet.payload) > 2
    ]
    sent = [(at, replace(p, sequence_number=number)) for number, (at, p) in enumerate(sent)]
    assert len(sent) < 200
    listener = receiver()
    listener.listen(1)
    end = ended(drive(listener, sent))
    assert end is not None
    assert end.last_speech_s == pytest.approx(3.1, abs=0.15)
    quality = listener.quality()
    assert (quality.lost, quality.lost_ms) == (0, 0)
    assert quality.dtx_ms > 1500
    listener.close()


def test_lost_packets_freeze_the_silence() -> None:
    packets = rtp(spoken(2.0, 1.0, 12.0))
    arrivals = [(at, p) for at, p in on_time(packets) if not 210 <= p.sequence_number < 255]
    listener, whole = receiver(), receiver()
    for each in (listener, whole):
        each.listen(1)
    holed, full = ended(drive(listener, arrivals)), ended(drive(whole, on_time(packets)))
    assert holed is not None
    assert full is not None
    assert holed.duration_ms == full.duration_ms + 900
    assert holed.silence_ms == full.silence_ms == 2000
    listener.close()
    whole.close()


def test_a_long_outage_is_one_second_of_the_timeline_and_told_in_full() -> None:
    packets = rtp(spoken(2.0, 1.0, 20.0))
    arrivals = [(at, p) for at, p in on_time(packets) if not 190 <= p.sequence_number < 790]
    listener = receiver()
    listener.listen(1)
    events = drive(listener, arrivals)
    assert listener.quality().lost == 600
    assert listener.position_s == pytest.approx(23.0 - 12.0 + 1.0, abs=0.01)
    lost_ms, concealed_ms = listener.span_quality(0.0, listener.position_s)
    assert lost_ms + concealed_ms == pytest.approx(12_000, abs=21)  # FEC may give one back
    assert concealed_ms == 80
    assert listener.quality().lost_ms == lost_ms
    assert ended(events) is not None
    listener.close()


def test_speech_over_the_bot_interrupts_and_its_beginning_is_kept() -> None:
    listener = receiver()
    listener.bot_speaking(True)
    packets = rtp(spoken())
    barge: BargeIn | None = None
    events: list[ReceiverEvent] = []
    for at, packet in on_time(packets):
        for event in listener.receive(packet, at):
            if isinstance(event, BargeIn):
                assert barge is None
                barge = event
                listener.bot_speaking(False)
                events += listener.listen(2, from_s=event.start_s)
            else:
                events.append(event)
    assert barge is not None
    assert barge.at_s - barge.start_s == pytest.approx(0.24)
    (segment,) = finals(events)
    assert segment.info.start_s == pytest.approx(barge.start_s - 0.2)
    end = ended(events)
    assert end is not None
    assert (end.turn_epoch, end.first_speech_s) == (2, barge.start_s)
    listener.close()


def test_a_short_sound_over_the_bot_is_ignored_and_counted() -> None:
    listener = receiver()
    listener.bot_speaking(True)
    pcm = join(room(1), voice(0.16), room(1))
    events = drive(listener, on_time(rtp(encode(pcm))))
    assert kinds(events) == ["Backchannel"]
    assert listener.quality().backchannels == 1
    assert all(e.duration_ms < 300 for e in events if isinstance(e, Backchannel))
    listener.close()


def test_a_turn_that_begins_in_mid_speech_keeps_the_first_words() -> None:
    listener = receiver()
    packets = on_time(rtp(spoken()))
    events = drive(listener, packets[:90])
    begun = listener.listen(1)
    events = begun + drive(listener, packets[90:])
    assert isinstance(begun[0], SpeechStarted)
    (segment,) = finals(events)
    assert segment.info.start_s < 1.0
    listener.close()


def test_reopening_an_answer_gives_no_audio_twice() -> None:
    pcm = join(room(1), voice(2), room(2.5), voice(1.5, seed=2), room(4))
    listener = receiver()
    listener.listen(1)
    events: list[ReceiverEvent] = []
    reopened = False
    for at, packet in on_time(rtp(encode(pcm))):
        events += listener.receive(packet, at)
        end = ended(events)
        if end is not None and not reopened:
            reopened = True
            events += listener.listen(2, from_s=end.last_speech_s - 1.0)
    segments = finals(events)
    assert [str(segment.info.segment_id) for segment in segments] == ["7-1", "7-2"]
    assert segments[0].info.end_s <= segments[1].info.start_s
    epochs = [event.turn_epoch for event in events if isinstance(event, TurnEnded)]
    assert epochs == [1, 2]
    listener.close()


def test_done_gives_the_open_segment_as_final() -> None:
    listener = receiver()
    listener.listen(1)
    drive(listener, on_time(rtp(spoken()))[:120])
    (event,) = listener.stop_listening()
    assert isinstance(event, SegmentClosed)
    assert event.segment.info.end_s == pytest.approx(2.4)
    assert listener.stop_listening() == []
    listener.close()


def test_one_interim_at_a_time_and_a_timer_for_the_last() -> None:
    listener = receiver()
    listener.listen(1)
    packets = on_time(rtp(encode(join(room(0.5), voice(9)))))
    first = [e for e in drive(listener, packets[:400]) if isinstance(e, InterimDue)]
    assert len(first) == 1
    assert not first[0].segment.final
    listener.interim_done(SegmentId(6, 1))
    listener.interim_done(SegmentId(7, 1, recovered=True))
    assert not [e for e in listener.handle_timer(8.1) if isinstance(e, InterimDue)]
    listener.interim_done(first[0].segment.info.segment_id)
    again = [e for e in listener.handle_timer(8.1) if isinstance(e, InterimDue)]
    assert len(again) == 1
    assert again[0].segment.info.end_s - again[0].segment.info.start_s <= 8.0
    listener.close()


def test_levels_come_five_times_a_second() -> None:
    listener = receiver()
    levels = [e for e in drive(listener, on_time(rtp(spoken()))) if isinstance(e, Level)]
    assert len(levels) == 35
    assert max(level.dbfs for level in levels) > -30
    assert min(level.dbfs for level in levels) < -55
    assert {level.speech for level in levels} == {True, False}
    listener.close()


def test_packets_for_the_recording_are_bounded() -> None:
    listener = receiver()
    packet = spoken()[0]
    drive(listener, on_time(rtp([packet] * 4000)))
    kept = listener.take_packets()
    assert len(kept) == 3000
    assert listener.quality().dropped_packets == 1000
    assert kept[0][0] == pytest.approx(20.0)
    assert listener.take_packets() == []
    listener.close()


def test_a_closed_ear_says_nothing() -> None:
    listener = receiver()
    listener.listen(1)
    drive(listener, on_time(rtp(spoken()))[:100])
    listener.close()
    listener.close()
    assert listener.receive(rtp(spoken())[100], 5.0) == []
    assert listener.handle_timer(9.0) == []
    assert listener.deadline() is None
    assert listener.listen(2) == listener.stop_listening() == []


def test_silence_only_ends_nothing_and_sends_nothing() -> None:
    listener = receiver()
    listener.listen(1)
    events = drive(listener, on_time(rtp(encode(room(20)))))
    assert kinds(events) == []
    listener.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"silence_ms": 0},
        {"time_multiplier": 0.5},
        {"cut_from_ms": 20_000},
        {"padding_ms": 300},
        {"batch_chunks": 0},
    ],
)
def test_settings_out_of_range_name_themselves(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ReceiverSettings(**wrong)  # type: ignore[arg-type]  # all settings are numbers


@st.composite
def impairments(draw: st.DrawFn) -> tuple[int, float, float, float]:
    return (
        draw(st.integers(0, 2**32)),
        draw(st.sampled_from([0.0, 0.02, 0.1, 0.3])),
        draw(st.sampled_from([0.0, 0.01, 0.06, 0.2])),
        draw(st.sampled_from([0.0, 0.1])),
    )


def impair(
    packets: list[RtpPacket], seed: int, loss: float, jitter_s: float, doubles: float
) -> list[tuple[float, RtpPacket]]:
    """Loss, jitter without regard to order, duplicates. The first packet always comes first."""
    rng = random.Random(seed)
    arrivals = [(0.0, 0, packets[0])]
    for index, packet in enumerate(packets[1:], 1):
        if rng.random() < loss:
            continue
        copies = 2 if rng.random() < doubles else 1
        arrivals += [
            (index * 0.02 + rng.uniform(0, jitter_s), index, packet) for _ in range(copies)
        ]
    return [(at, packet) for at, _, packet in sorted(arrivals, key=lambda item: item[:2])]


@given(
    impairments(),
    st.sampled_from([0, 0xFFC0]),
    st.sampled_from([0, 0xFFFFFFFF - 48_000]),
    st.integers(0, 2**32),
)
@settings(max_examples=examples(40), deadline=None)
def test_whatever_the_network_does(
    network: tuple[int, float, float, float], sequence: int, timestamp: int, seed: int
) -> None:
    """Each packet once and in order, each final once and in order, finals before their turn's end,
    media time that of the sender; and what the gate takes for speech is in a segment."""
    packets = rtp(spoken(), sequence=sequence, timestamp=timestamp)
    listener = receiver()
    said = watch_speech(listener)
    events = listener.listen(1)
    place = {packet.payload: index for index, packet in reversed(list(enumerate(packets)))}
    taken: list[tuple[float, bytes]] = []
    rng = random.Random(seed)
    for at, packet in impair(packets, *network):
        events += drive(listener, [(at, packet)], tick_s=0.0)
        if rng.random() < 0.05:
            taken += listener.take_packets()
    events += listener.handle_timer(100.0)
    taken += listener.take_packets()
    quality = listener.quality()
    times = [media_s for media_s, _ in taken]
    assert times == sorted(set(times))
    for media_s, payload in taken:
        index = round(media_s / 0.02)
        assert media_s == pytest.approx(index * 0.02)
        assert packets[index].payload == payload or place[payload] == index
    assert len(taken) == quality.received
    assert listener.position_s == pytest.approx(times[-1] + 0.02)
    accounted_s = 0.02 * (quality.received + quality.fec_recovered)
    accounted_s += (quality.concealed_ms + quality.lost_ms) / 1000
    assert accounted_s == pytest.approx(listener.position_s, abs=0.002)
    events += listener.stop_listening()
    check_events(events, listener)
    spans = [segment.info for segment in finals(events)]
    assert said
    assert [at for at in said if not any(i.start_s <= at < i.end_s for i in spans)] == []
    listener.close()


def watch_speech(listener: AudioReceiver) -> list[float]:
    """Where in the open turn, in seconds of the middle of a frame, the gate has found speech."""
    said: list[float] = []
    frame = listener._segmenter.frame

    def watched(index: int, speech: bool, power: float, now_s: float) -> Any:
        if speech:
            said.append((index + 0.5) * FRAME_MS / 1000)
        return frame(index, speech, power, now_s)

    listener._segmenter.frame = watched  # type: ignore[method-assign]
    return said


def check_events(events: list[ReceiverEvent], listener: AudioReceiver) -> None:
    last_end_s = 0.0
    over = False
    for event in events:
        if isinstance(event, SegmentClosed):
            assert not over
            segment = event.segment
            assert last_end_s <= segment.info.start_s < segment.info.end_s <= listener.position_s
            assert len(segment.pcm) == round((segment.info.end_s - segment.info.start_s) * 16_000)
            missing = listener.span_quality(segment.info.start_s, segment.info.end_s)
            assert (segment.info.lost_ms, segment.info.concealed_ms) == missing
            last_end_s = segment.info.end_s
        elif isinstance(event, TurnEnded):
            over = True
        elif isinstance(event, SpeechPaused | InterimDue):
            assert not over


@given(st.lists(st.binary(max_size=200), max_size=60), st.booleans())
@settings(max_examples=examples(60), deadline=None)
def test_no_payloads_upset_it(payloads: list[bytes], between: bool) -> None:
    listener = receiver()
    listener.listen(1)
    good = spoken()[60:120]
    mixed = [p for pair in zip(payloads, good, strict=False) for p in pair] if between else payloads
    events = drive(listener, on_time(rtp(mixed)))
    assert all(not isinstance(event, TurnEnded) for event in events)
    quality = listener.quality()
    assert quality.received + quality.malformed >= len(mixed) - quality.lost
    listener.close()
