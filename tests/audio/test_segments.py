from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.events import ReceiverSettings
from media_server.audio.segments import Segmenter, Span
from tests.support.examples import examples

RUNS = st.lists(st.tuples(st.booleans(), st.integers(1, 1400)), max_size=14)


def frames_of(runs: list[tuple[bool, int]]) -> list[bool]:
    return [speech for speech, length in runs for _ in range(length)]


def run(
    segmenter: Segmenter, speech: list[bool], *, answers: bool = True, start: int = 0
) -> list[Span]:
    spans: list[Span] = []
    for index, is_speech in enumerate(speech, start):
        for span in segmenter.frame(index, is_speech, 1.0 + index % 7, index * 0.02) or ():
            spans.append(span)
            if answers and not span.final:
                segmenter.interim_done(span.number)
    return spans


def finals(spans: list[Span]) -> list[Span]:
    return [span for span in spans if span.final]


@given(RUNS)
@settings(max_examples=examples(200), deadline=None)
def test_finals_hold_all_speech_once_and_in_order(runs: list[tuple[bool, int]]) -> None:
    segmenter = Segmenter(ReceiverSettings())
    speech = frames_of(runs)
    spans = run(segmenter, speech)
    last = segmenter.close()
    if last is not None:
        spans.append(last)
    done = finals(spans)
    assert [span.number for span in done] == list(range(1, len(done) + 1))
    covered = [False] * len(speech)
    previous_end = 0
    for span in done:
        assert previous_end <= span.start < span.end <= len(speech)
        assert span.end - span.start <= 1000
        assert span.speech_frames == sum(speech[span.start : span.end]) > 0
        covered[span.start : span.end] = [True] * (span.end - span.start)
        previous_end = span.end
    assert all(kept for kept, is_speech in zip(covered, speech, strict=True) if is_speech)
    assert segmenter.start is None


@given(RUNS, st.integers(0, 40))
@settings(max_examples=examples(100), deadline=None)
def test_never_two_interims_at_a_time(runs: list[tuple[bool, int]], answer_after: int) -> None:
    segmenter = Segmenter(ReceiverSettings())
    outstanding: tuple[int, int] | None = None
    for index, is_speech in enumerate(frames_of(runs)):
        if outstanding and index >= outstanding[1]:
            segmenter.interim_done(outstanding[0])
            outstanding = None
        for span in segmenter.frame(index, is_speech, 1.0, index * 0.02) or ():
            if span.final:
                outstanding = None  # of a closed segment nobody waits for an interim
                continue
            assert outstanding is None
            assert span.end - span.start <= 400
            assert span.end == index + 1
            outstanding = (span.number, index + answer_after)


def test_padding_on_both_sides() -> None:
    spans = run(Segmenter(ReceiverSettings()), frames_of([(False, 50), (True, 30), (False, 60)]))
    assert [(span.start, span.end) for span in spans] == [(40, 90)]


def test_a_pause_just_below_half_a_second_does_not_close() -> None:
    below = frames_of([(True, 30), (False, 24), (True, 30), (False, 25)])
    exactly = frames_of([(True, 30), (False, 25), (True, 30), (False, 25)])
    assert len(finals(run(Segmenter(ReceiverSettings()), below))) == 1
    assert len(finals(run(Segmenter(ReceiverSettings()), exactly))) == 2


def test_without_a_pause_the_quietest_point_between_12_and_20_s_is_cut() -> None:
    segmenter = Segmenter(ReceiverSettings())
    spans: list[Span] = []
    for index in range(1100):
        power = 1.0 if 740 <= index < 745 else 0.5 if index == 100 else 100.0
        spans += segmenter.frame(index, True, power, index * 0.02) or ()
    done = finals(spans)
    assert len(done) == 1
    assert done[0].end == 742
    last = segmenter.close()
    assert last is not None
    assert (last.start, last.end, last.speech_frames) == (742, 1100, 358)


def test_a_batch_is_four_chunks() -> None:
    spans = run(Segmenter(ReceiverSettings()), [True] * 320)
    assert [(span.start, span.end) for span in spans] == [(0, 100), (0, 200), (0, 300)]


def test_an_interim_shows_the_last_eight_seconds() -> None:
    spans = run(Segmenter(ReceiverSettings()), [True] * 600)
    assert (spans[-1].start, spans[-1].end) == (200, 600)


def test_a_batch_is_flushed_by_the_clock_when_no_audio_comes() -> None:
    segmenter = Segmenter(ReceiverSettings())
    assert segmenter.deadline() is None
    run(segmenter, [True] * 30)
    assert segmenter.deadline() == 2.0
    assert segmenter.handle_timer(1.99) is None
    spans = segmenter.handle_timer(2.0)
    assert spans is not None
    assert (spans[0].start, spans[0].end, spans[0].final) == (0, 30, False)
    assert segmenter.deadline() is None, "nothing new: nothing to flush"
    assert segmenter.handle_timer(100.0) is None


def test_an_interim_that_never_comes_back_blocks_for_ten_seconds_only() -> None:
    segmenter = Segmenter(ReceiverSettings())
    spans = run(segmenter, [True] * 700, answers=False)
    assert [span.end for span in spans] == [100, 600]
    segmenter.interim_done(99)
    assert run(segmenter, [True] * 100, answers=False, start=700) == []
    segmenter.interim_done(spans[-1].number)
    assert len(run(segmenter, [True], start=800)) == 1


def test_the_interim_of_a_closed_segment_does_not_hold_back_the_next_segments() -> None:
    segmenter = Segmenter(ReceiverSettings())
    spans = run(segmenter, frames_of([(True, 110), (False, 30), (True, 110)]), answers=False)
    assert [(span.number, span.final) for span in spans] == [(1, False), (1, True), (2, False)]


def test_a_cut_does_not_hasten_the_next_interim() -> None:
    segmenter = Segmenter(ReceiverSettings())
    spans = run(segmenter, [True] * 2400)
    ends = [span.end for span in spans if not span.final]
    assert {later - earlier for earlier, later in pairwise(ends)} <= {100, 101}


def test_nothing_is_given_twice_when_listening_starts_over() -> None:
    segmenter = Segmenter(ReceiverSettings())
    first = finals(run(segmenter, frames_of([(True, 50), (False, 30)])))
    segmenter.begin(40)
    again = finals(run(segmenter, frames_of([(True, 20), (False, 30)]), start=first[0].end))
    assert again[0].start == first[0].end
    assert again[0].number == 2


def test_close_without_speech_is_nothing() -> None:
    segmenter = Segmenter(ReceiverSettings())
    run(segmenter, [False] * 100)
    assert segmenter.close() is None
