"""What happens nearly always goes a short way, and it leads to the same as the long one."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.events import ReceiverEvent, ReceiverSettings
from media_server.audio.jitter import JitterBuffer
from media_server.audio.turns import TurnDetector
from media_server.audio.types import RtpPacket
from tests.audio.streams import SSRC, rtp
from tests.audio.test_jitter import journeys, payloads
from tests.audio.test_turns import LOST, SILENCE, SPEECH, run
from tests.support.examples import examples


class UnhurriedBuffer(JitterBuffer):
    """Judges every packet, also the one that is nothing but next."""

    def pass_on(self, packet: RtpPacket, now_s: float) -> int:
        return 0


@given(journeys(), st.sampled_from([10, 20, 60]), st.integers(0, 2**32))
@settings(max_examples=examples(150), deadline=None)
def test_the_next_packet(order: list[int], ms: int, seed: int) -> None:
    """Also past empty and malformed payloads, silence that was not sent, and another source."""
    rng = random.Random(seed)
    packets, shift = [], 0
    for packet in rtp(payloads(max(order) + 1, ms), step=ms * 48):
        shift += rng.choice([0] * 12 + [ms * 48 * 3, -7, 1 << 20])
        payload = rng.choice([packet.payload] * 12 + [b"", b"\x03", b"\x0b\x02ab"])
        ssrc = rng.choice([SSRC] * 20 + [9])
        timestamp = packet.timestamp + shift & 0xFFFFFFFF
        packets.append(replace(packet, payload=payload, ssrc=ssrc, timestamp=timestamp))
    short, long = JitterBuffer(), UnhurriedBuffer()
    for position, index in enumerate(order):
        now_s = position * ms / 1000 + rng.uniform(0, 0.01)
        assert short.receive(packets[index], now_s) == long.receive(packets[index], now_s)
        assert vars(short) == vars(long)


class UnhurriedDetector(TurnDetector):
    """Judges every frame in full, also where nothing can follow of it."""

    def _look_ahead(self) -> None:
        super()._look_ahead()
        self._goes_on, self._limit_from_ms, self._quiet_until_ms = False, 0, 0.0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([SPEECH, SILENCE, LOST]), st.integers(1, 6000)),
        st.tuples(st.just("outage"), st.sampled_from([500, 3000])),
        st.tuples(st.just("wait"), st.sampled_from([300, 2500])),
        st.tuples(st.just("pace"), st.sampled_from([700, 2000])),
        st.tuples(st.just("hold"), st.sampled_from([200, 3000])),
        st.tuples(st.just("start"), st.sampled_from([4000, 300_000])),
    ),
    max_size=25,
)


def told(made: TurnDetector, steps: list[tuple[str, int]]) -> list[tuple[int, ReceiverEvent]]:
    at_ms, epoch, events = 0, 1, []
    for kind, value in steps:
        if kind == "outage":
            events += [(at_ms, event) for event in made.lost(value)]
        elif kind == "wait":
            made.set_wait_ms(value)
        elif kind == "pace":
            made.set_silence_ms(value)
        elif kind == "hold":
            made.hold(value / 1000)
        elif kind == "start":
            epoch += 1
            made.start(epoch, at_ms, value)
        else:
            events += run(made, (kind, value), start_ms=at_ms)
            at_ms += value // 20 * 20
    return events


@given(STEPS, st.sampled_from([1.0, 1.5, 1.37]), st.sampled_from([0, 3000]))
@settings(max_examples=examples(200), deadline=None)
def test_a_frame_of_which_nothing_follows(
    steps: list[tuple[str, int]], multiplier: float, min_turn_ms: int
) -> None:
    changes = ReceiverSettings(
        time_multiplier=multiplier, min_turn_ms=min_turn_ms, max_turn_ms=9000, hard_limit_ms=2000
    )
    short, long = TurnDetector(changes), UnhurriedDetector(changes)
    short.start(1, 0)
    long.start(1, 0)
    assert told(short, steps) == told(long, steps)
