"""A talker falls silent, with packets, in DTX, or with none at all; or the line dies instead."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate, repeat

import pytest

from media_server.audio.receiver import (
    AudioLost,
    AudioReceiver,
    ReceiverEvent,
    ReceiverSettings,
    SpeechPaused,
    SpeechResumed,
    TurnEnded,
)
from media_server.audio.types import RtpPacket
from media_server.audio.unsent import CONFIRM_S, UnsentSilence
from tests.audio.streams import encode, fire, join, room, rtp, voice

SPOKEN_S = 4.0
Happening = tuple[float, RtpPacket | None]
"""When; a packet, or None for a sign of life that is none."""


@cache
def talk(seconds: float = SPOKEN_S) -> tuple[bytes, ...]:
    return tuple(encode(join(room(0.5), voice(seconds - 0.5))))


@cache
def more() -> tuple[bytes, ...]:
    """Somebody says something else."""
    return tuple(encode(voice(3.0, seed=1)))


@cache
def quiet(seconds: float) -> tuple[bytes, ...]:
    return tuple(encode(room(seconds)))


@cache
def two_sentences(seed: int, first_s: float, pause_s: float, second_s: float) -> tuple[bytes, ...]:
    first, second = voice(first_s, seed=seed), voice(second_s, seed=seed + 1)
    return tuple(encode(join(room(0.4), first, room(pause_s), second)))


def packets_at(packets: Iterable[RtpPacket], from_s: float = 0.0) -> list[Happening]:
    return [(from_s + 0.02 * index, packet) for index, packet in enumerate(packets)]


def signs(interval_s: float, until_s: float, from_s: float = 0.3) -> list[Happening]:
    times = accumulate(repeat(interval_s), initial=from_s)
    found: list[Happening] = []
    for at_s in times:
        if at_s >= until_s:
            return found
        found.append((at_s, None))
    return found


def run(
    happenings: Iterable[Happening], until_s: float, receiver: AudioReceiver | None = None
) -> tuple[AudioReceiver, list[tuple[float, ReceiverEvent]]]:
    """(when on the clock, event)."""
    if receiver is None:
        receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
        receiver.listen(1)
    told: list[tuple[float, ReceiverEvent]] = []
    for at_s, packet in sorted(happenings, key=lambda entry: entry[0]):
        while (due_s := receiver.deadline()) is not None and due_s <= at_s:
            told += [(due_s, event) for event in receiver.handle_timer(due_s)]
        found = receiver.line_alive(at_s) if packet is None else receiver.receive(packet, at_s)
        told += [(at_s, event) for event in found]
    rest: list[ReceiverEvent] = []
    fire(receiver, rest, until_s)
    told += [(until_s, event) for event in rest]
    return receiver, told


def end_of(told: list[tuple[float, ReceiverEvent]]) -> tuple[float, TurnEnded] | None:
    ends = [(at_s, event) for at_s, event in told if isinstance(event, TurnEnded)]
    assert len(ends) <= 1
    return ends[0] if ends else None


@pytest.mark.parametrize("interval_s", [0.5, 1.1, 2.0, 2.66, 5.0])
def test_who_sends_nothing_in_silence_is_heard_out(interval_s: float) -> None:
    """Late by up to the time between two signs of life, and 0.6 s."""
    receiver, told = run(
        [*packets_at(rtp(talk())), *signs(interval_s, 20.0)],
        20.0,
    )
    found = end_of(told)
    assert found is not None
    assert found[1].reason == "silence"
    late_s = found[0] - (SPOKEN_S + 2.0)
    known_late = interval_s + CONFIRM_S + 0.3
    assert -0.3 <= late_s <= known_late + (interval_s if interval_s > 3 else 0)
    assert receiver.quality().lost_ms == 0
    receiver.close()


def test_a_dead_line_is_no_silence() -> None:
    receiver, told = run([*packets_at(rtp(talk())), *signs(1.0, SPOKEN_S)], 60.0)
    assert end_of(told) is None
    assert receiver.silent_until_s == 0.0
    receiver.close()


def test_after_an_outage_a_check_may_come_before_the_packets() -> None:
    """The line is dead for 2.5 s in mid-speech; its first sign of life is 60 ms ahead of them."""
    payloads = talk(10.0)
    stream = packets_at(rtp(payloads))
    back_s = 6.5
    heard = [h for h in stream if not 4.0 <= h[0] < back_s + 0.06]
    receiver, told = run([*heard, *signs(1.0, 4.0), *signs(1.0, 10.0, back_s)], 10.1)
    assert end_of(told) is None
    lost = [event for _, event in told if isinstance(event, AudioLost)]
    assert [2400 <= event.lost_ms <= 2600 for event in lost] == [True]
    receiver.close()


def test_a_pause_without_packets_is_silence_and_no_loss() -> None:
    """RTP goes on with the next sequence number, its clock with the pause."""
    first, second = talk(), more()
    pause_s = 1.5
    later = rtp(
        second,
        sequence=len(first),
        timestamp=960 * len(first) + round(48_000 * pause_s),
    )
    happenings = packets_at(rtp(first)) + packets_at(later, SPOKEN_S + pause_s)
    receiver, told = run(happenings + signs(0.7, 8.0), 8.4)
    assert end_of(told) is None
    resumed = [event for _, event in told if isinstance(event, SpeechResumed)]
    assert len(resumed) == 1
    assert 1200 <= resumed[0].pause_ms <= 1700
    quality = receiver.quality()
    assert (quality.lost_ms, quality.lost, quality.rebases) == (0, 0, 0)
    assert receiver.position_s == pytest.approx(SPOKEN_S + pause_s + 3.0, abs=0.2)
    receiver.close()


def test_a_long_pause_that_nobody_vouched_for_is_silence_once_it_is_over() -> None:
    first, second = talk(), more()
    later = rtp(second, sequence=len(first), timestamp=960 * (len(first) + 500))
    happenings = packets_at(rtp(first)) + packets_at(later, SPOKEN_S + 10.0)
    receiver, told = run(happenings, 18.0)
    assert [event for _, event in told if isinstance(event, AudioLost)] == []
    assert [event for _, event in told if isinstance(event, SpeechPaused)]
    assert (receiver.quality().lost_ms, receiver.quality().rebases) == (0, 0)
    receiver.close()


def test_a_clock_that_leaps_is_not_believed() -> None:
    first, second = talk(), more()
    later = rtp(second, sequence=len(first), timestamp=960 * len(first) + 48_000 * 3600)
    receiver, _ = run(packets_at(rtp(first)) + packets_at(later, SPOKEN_S), 8.0)
    assert receiver.quality().rebases == 1
    assert receiver.position_s == pytest.approx(SPOKEN_S + 3.0, abs=0.05)
    receiver.close()


def test_a_sender_whose_clock_stands_still_in_its_pauses() -> None:
    first, second = talk(), more()
    later = rtp(second, sequence=len(first), timestamp=960 * len(first))
    happenings = packets_at(rtp(first)) + packets_at(later, SPOKEN_S + 1.5)
    receiver, told = run(happenings + signs(0.7, 8.0), 8.4)
    assert end_of(told) is None
    assert receiver.quality().rebases == 0
    receiver.close()


def test_nobody_is_listened_to_so_nothing_is_added() -> None:
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    run([*packets_at(rtp(talk())), *signs(0.5, 60.0)], 60.0, receiver)
    assert receiver.position_s == pytest.approx(SPOKEN_S, abs=0.05)
    receiver.close()


def dtx(payloads: Sequence[bytes], silent: int) -> list[Happening]:
    """As an encoder in DTX sends it: one packet of a byte or two each 0.4 s."""
    stream = rtp(payloads)
    tail: list[Happening] = []
    for number in range(silent // 20):
        at = len(payloads) + number * 20
        packet = rtp(
            [b"\x08"], sequence=len(payloads) + number, timestamp=960 * at
        )[0]  # fmt: skip
        tail.append((0.02 * at, packet))
    return packets_at(stream) + tail


@pytest.mark.parametrize("kind", ["packets", "dtx", "nothing"])
@pytest.mark.parametrize("seed", range(6))
def test_the_turn_of_a_talker_who_falls_silent_always_ends(kind: str, seed: int) -> None:
    """Pauses of any kind in it, some packets lost, and then silence."""
    rng = random.Random(seed)
    spoken = two_sentences(
        seed, 1.5 + rng.random(), rng.uniform(0.2, 1.2), 2.0 + rng.random()
    )  # fmt: skip
    end_s = 0.02 * len(spoken)
    if kind == "packets":
        happenings = packets_at(rtp(spoken + quiet(12.0)))
    elif kind == "dtx":
        happenings = dtx(spoken, 600)
    else:
        happenings = packets_at(rtp(spoken))
    lost = [h for h in happenings if rng.random() > 0.05]
    control = signs(rng.uniform(0.8, 2.66), end_s + 12.0, rng.random())
    receiver, told = run(lost + control, end_s + 12.0)
    found = end_of(told)
    assert found is not None
    assert found[1].reason == "silence"
    assert end_s + 1.5 <= found[0] <= end_s + 2.2 + 4.0
    receiver.close()


def test_silence_before_an_outage_does_not_count_after_it() -> None:
    """The address changed in a pause of 1.6 s: 6.7 s are lost, then the next sentence comes."""
    payloads = [*talk(), *encode(join(room(1.6 + 6.7 + 1.0), voice(3.0, seed=1), room(4.0)))]
    stream = packets_at(rtp(payloads))
    heard = [h for h in stream if not SPOKEN_S + 1.6 <= h[0] < SPOKEN_S + 1.6 + 6.7]
    receiver, told = run(heard, 30.0)
    lost = [(at_s, event.lost_ms) for at_s, event in told if isinstance(event, AudioLost)]
    assert len(lost) == 1
    assert 6600 <= lost[0][1] <= 6800
    found = end_of(told)
    assert found is not None
    assert found[0] > SPOKEN_S + 1.6 + 6.7 + 1.0 + 3.0 + 1.8  # after the second sentence
    receiver.close()


def test_an_outage_in_a_pause_leaves_a_whole_window_after_it() -> None:
    payloads = [*talk(), *quiet(20.0)]
    back_s = SPOKEN_S + 1.6 + 3.0
    heard = [h for h in packets_at(rtp(payloads)) if not SPOKEN_S + 1.6 <= h[0] < back_s]
    receiver, told = run(heard, 30.0)
    found = end_of(told)
    assert found is not None
    assert found[0] == pytest.approx(back_s + 2.0, abs=0.3)
    receiver.close()


def test_without_a_packet_no_sign_tells_anything() -> None:
    unsent = UnsentSilence()
    for at_s in range(10):
        unsent.sign(float(at_s))
    assert unsent.deadline() is None
    assert unsent.take_s(20.0, 0.02) == 0.0
