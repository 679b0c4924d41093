from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.ring import FRAME_BYTES, FRAME_SAMPLES, Origin, PcmRing
from tests.support.examples import examples

WRITES = st.lists(
    st.tuples(
        st.sampled_from([40, 80, 160, 320, 640, 960, 1, 319, 321, 16_000]),
        st.sampled_from(list(Origin)),
    ),
    max_size=60,
)


@given(WRITES, st.sampled_from([0.1, 1.0, 100.0]), st.data())
@settings(max_examples=examples(150), deadline=None)
def test_reads_what_was_written_and_no_more_than_it_may_hold(
    writes: list[tuple[int, Origin]], capacity_s: float, data: st.DataObject
) -> None:
    ring = PcmRing(capacity_s)
    truth = np.zeros(0, np.int16)
    origins: list[Origin] = []
    frames: list[tuple[bytes, int]] = []
    for number, (samples, origin) in enumerate(writes):
        if origin in (Origin.LOST, Origin.DTX):
            part = np.zeros(samples, np.int16)
            frames += ring.write_silence(samples, origin)
        else:
            part = np.full(samples, number + 1, np.int16)
            frames += ring.write(part.tobytes(), origin)
        truth = np.concatenate([truth, part])
        origins += [origin] * samples
    assert ring.position == len(truth)
    assert b"".join(frame for frame, _ in frames) == truth.tobytes()[: len(frames) * FRAME_BYTES]
    for index, (_, worst) in enumerate(frames):
        assert worst == max(origins[index * FRAME_SAMPLES : (index + 1) * FRAME_SAMPLES])
    oldest = ring.oldest_frame * FRAME_SAMPLES
    assert ring.frames * FRAME_SAMPLES - oldest <= max(2 * FRAME_SAMPLES, capacity_s * 16_000)
    start = data.draw(st.integers(oldest, len(truth)))
    end = data.draw(st.integers(start, len(truth)))
    assert np.array_equal(ring.read(start, end), truth[start:end])
    span = origins[start:end]
    assert ring.missing(start, end) == (span.count(Origin.LOST), span.count(Origin.CONCEALED))
    marked = [Origin.RECEIVED] * len(span)
    for first, last, origin in ring.origins(start, end):
        marked[first - start : last - start] = [origin] * (last - first)
    assert marked == span
    assert ring.totals == [origins.count(origin) for origin in Origin]


def test_marks_outlive_the_audio_and_are_bounded_too() -> None:
    ring = PcmRing(1.0)
    for _ in range(10_000):
        ring.write_silence(FRAME_SAMPLES, Origin.LOST)
        ring.write_silence(FRAME_SAMPLES, Origin.DTX)
    assert ring.missing(ring.position - 640 * 1000, ring.position) == (320_000, 0)
    assert ring.missing_ms(390.0, 400.0) == (5000, 0)
    assert len(ring.origins(0, ring.position)) <= 4096
    assert ring.missing(0, ring.position)[0] >= 2048 * FRAME_SAMPLES / 2


def test_an_outage_that_was_longer_than_its_gap_is_told_in_full() -> None:
    ring = PcmRing(1.0)
    ring.write_silence(16_000, Origin.DTX)
    ring.write_silence(1000, Origin.CONCEALED)
    ring.write_silence(15_000, Origin.LOST)
    ring.stretch_loss(144_000)
    ring.write(bytes(FRAME_BYTES), Origin.FEC)
    ring.write_silence(16_000, Origin.LOST)
    assert ring.missing(0, 32_000) == (159_000, 1000)
    assert ring.missing(0, 17_000) == (0, 1000)
    assert ring.missing(32_000, 32_320) == (0, 0)
    halves = [ring.missing(0, 24_500)[0], ring.missing(24_500, ring.position)[0]]
    assert halves == [79_500, 79_500 + 16_000]  # nothing twice and nothing left out
    assert ring.totals[Origin.LOST] == 159_000 + 16_000


def test_what_was_let_go_reads_as_silence() -> None:
    ring = PcmRing(2.0)
    ring.write(np.ones(FRAME_SAMPLES * 60, np.int16).tobytes(), Origin.RECEIVED)
    ring.release(50)
    ring.release(10)
    assert ring.oldest_frame == 50
    assert not ring.read(0, 50 * FRAME_SAMPLES).any()
    assert ring.read(50 * FRAME_SAMPLES, 60 * FRAME_SAMPLES).all()
    ring.write(np.ones(FRAME_SAMPLES * 200, np.int16).tobytes(), Origin.RECEIVED)
    assert ring.oldest_frame == 160
    assert ring.read(160 * FRAME_SAMPLES, 260 * FRAME_SAMPLES).all()
    ring.release(10_000)
    assert not ring.read(0, ring.position).any()


def test_reading_outside_gives_what_there_is() -> None:
    ring = PcmRing(1.0)
    ring.write(np.arange(100, dtype=np.int16).tobytes(), Origin.RECEIVED)
    assert list(ring.read(90, 1000)) == list(range(90, 100))
    assert list(ring.read(-5, 3)) == [0, 1, 2]
    assert len(ring.read(200, 300)) == len(ring.read(50, 20)) == 0
    assert len(ring.read_s(0.0, 0.005)) == 80
